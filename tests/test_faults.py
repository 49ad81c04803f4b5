"""Faults, planted one at a time in a copy: each is found, and its file and line are named."""

import sys

import pytest

from tests.copies import run_in

BUILD = ["-m", "mkdocs", "build", "--strict", "--site-dir", "site"]
PAGE = "docs/dilation.md"


def suite(*chosen):
    return ["-m", "pytest", "-q", "-p", "no:cacheprovider", *chosen]


BIB = "docs/references.bib"
UNUSED = "@misc{unused, author={A, B}, title={U}, howpublished={V}, url={https://x.org}, annote={x}, checked={2026-01-01: nothing at all}}\n"
GUARDS = suite("tests/test_pages.py")
LINKS = suite("tests/test_site.py", "-k", "leads_somewhere or third_party")
PROOFS = suite("tests/test_ledger.py", "-k", "checked-30] or checked-32]")
LONELY = '"""Alone."""\n\n\ndef alone() -> int:\n    """One."""\n    return 1\n'
LOST = "---\ndescription: A page of enough words to pass, which is in no nav.\n---\n\n# Lost\n"
EDITS = {
    "an include of a missing file": (PAGE, "dilation.py:span", "nothing.py:span", GUARDS, "there is no snippets/nothing.py"),
    "an include of a missing section": (PAGE, "dilation.py:span", "dilation.py:spin", GUARDS, "not 'spin'"),
    "a figure that no snippet draws": (PAGE, "figures/dilation.svg", "figures/nothing.svg", GUARDS, "no snippet draws figures/nothing.svg"),
    "a figure without alt text": (PAGE, "![Two squares of 13", "![](figures/gridding.svg)\n\n[Two squares of 13", GUARDS, "the alt text ''"),
    "a block that is not collected": (PAGE, "```python\nimport torch\nfrom torch import nn", "```py\nimport torch\nfrom torch import nn", GUARDS, "a block of 'py' would not be run"),
    "a shown output that is stale": (PAGE, "torch.Size([1, 1, 3, 3])", "torch.Size([1, 1, 4, 4])", suite(PAGE), "docs/dilation.md::line"),
    "a snippet's output that is stale": (PAGE, "seen 100%", "seen 99%", suite("tests/test_snippets.py", "-k", "gridding and prints"), "stale output"),
    "a number that no longer holds": (PAGE, "reads 49 of its", "reads 48 of its", suite("tests/test_gridding.py"), "the page does not say"),
    "a number that nothing proves": (PAGE, "Nine taps each.", "Nine taps each, 81 routes.", suite("tests/test_dilation.py", "tests/test_numbers.py"), "no test has proven '81'"),
    "a dead link on a page": (PAGE, "In PyTorch, dilation is", "See [this](nowhere.md). In PyTorch, dilation is", BUILD, "dilation.md"),
    "a dead anchor on a page": (PAGE, "In PyTorch, dilation is", "See [this](index.md#nowhere). In PyTorch, dilation is", BUILD, "dilation.md"),
    "a claim whose test does not exist": ("docs/checked.md", "test_the_measured_field_is_the_formula", "test_the_measured_field_is_right", PROOFS, "test_the_measured_field_is_right (tests/test_receptive.py:?): not run"),
    "a claim whose test is skipped": ("tests/test_receptive.py", "def test_the_next_kernel_adds_twice_as_much_behind_a_pool(", "@pytest.mark.skip(reason='planted')\ndef test_the_next_kernel_adds_twice_as_much_behind_a_pool(", PROOFS, "): skipped"),
    "a claim whose test fails": ("tests/test_thousand_pixels.py", "plain, pooled = needed([CONV], 1000)", "plain, pooled = needed([CONV], 900)", PROOFS, "): failed"),
    "a claim whose section is gone": ("docs/checked.md", "(pooling.md#pooling-widens-what-later-layers-see)", "(pooling.md#pooling-widens)", PROOFS, "pooling.md has no section #pooling-widens"),
    "a dead link in a lab": ("docs/labs/stack.py", "(../../dilation/)", "(../../dilution/)", LINKS, "dead link ../../dilution/"),
    "a script from a third party": (PAGE, "## Exercises", '<script src="https://example.org/x.js"></script>\n\n## Exercises', LINKS, "<script> loads https://example.org/x.js"),
    "a colour outside tokens.css": ("docs/stylesheets/site.css", "margin: 1.5em 0;", "margin: 1.5em 0; color: #ff0000;", GUARDS, "#ff0000 belongs in tokens.css"),
    "a colour in a snippet": ("snippets/dilation.py", '"C1"', '"#ff0000"', GUARDS, "#ff0000 belongs in tokens.css"),
    "a snippet that raises": ("snippets/dilation.py", "    fig, ax = plt.subplots", "    raise RuntimeError('planted')\n    fig, ax = plt.subplots", BUILD, "RuntimeError: planted"),
    "a lab cell that raises": ("docs/labs/stack.py", "routes = paths(rates)", "raise RuntimeError('planted')\nroutes = paths(rates)", BUILD, "RuntimeError: planted"),
    "a key that is in no source": (PAGE, "such pictures.[^dumoulin]", "such pictures.[^dumulin]", BUILD, "docs/references.bib has no [^dumulin]"),
    "a footnote that a page defines": (PAGE, "## References", "## References\n\n[^yu]: F. Yu.", BUILD, "[^yu] is defined in docs/references.bib alone"),
    "a reference with a malformed field": (BIB, "doi = {10.1109/WACV.2018.00163}", "doi = {WACV.2018.00163}", BUILD, "wang has a bad doi: 'WACV.2018.00163'"),
    "a reference that cannot be parsed": (BIB, "  title = {Group normalization},", "  title = {Group normalization,", BUILD, "docs/references.bib"),
    "a reference that no page cites": (BIB, "@inproceedings{yu,", UNUSED + "@inproceedings{yu,", BUILD, "no page cites unused"),
}  # fmt: skip
FILES = {
    "a snippet that no page shows": ("snippets/lonely.py", LONELY, GUARDS, "no page shows this snippet"),
    "a page that is in no nav": ("docs/lost.md", LOST, BUILD, "lost.md"),
}  # fmt: skip


def found(copy, command, file, message, line):
    run = run_in(copy, sys.executable, *command)
    told = run.stdout + run.stderr
    assert run.returncode != 0, f"nothing failed:\n{told}"
    assert message in told, told
    assert file.removeprefix("docs/") in told, told
    if command != BUILD or "planted" in message or BIB in file + message:
        lines = [f"{file}:{number}" for number in range(line - 2, line + 3)]
        assert (
            any(place in told for place in lines)
            or f"::line {line}" in told
            or "::line" in message
        ), told


@pytest.mark.parametrize("fault", EDITS)
def test_it_is_found(copy, fault):
    file, old, new, command, message = EDITS[fault]
    text = (copy / file).read_text("utf-8")
    assert old in text, f"the planting of {fault} no longer fits {file}"
    (copy / file).write_text(text.replace(old, new, 1), "utf-8")
    line = text.count("\n", 0, text.index(old)) + 1
    found(copy, command, file, message, line)


@pytest.mark.parametrize("fault", FILES)
def test_a_forgotten_file_is_found(copy, fault):
    file, text, command, message = FILES[fault]
    (copy / file).write_text(text, "utf-8")
    run = run_in(copy, sys.executable, *command)
    told = run.stdout + run.stderr
    assert run.returncode != 0, told
    assert message in told, told
    assert file.rpartition("/")[2] in told, told


def test_a_broken_include_stops_the_build_too(copy):
    text = (copy / PAGE).read_text("utf-8")
    (copy / PAGE).write_text(
        text.replace("dilation.py:span", "dilation.py:spin"), "utf-8"
    )
    run = run_in(copy, sys.executable, *BUILD)
    assert run.returncode != 0
    assert "dilation.md" in run.stderr
    assert "spin" in run.stderr


def test_the_copy_without_a_fault_passes(copy):
    for command in (BUILD, GUARDS, LINKS):
        run = run_in(copy, sys.executable, *command)
        assert run.returncode == 0, run.stdout + run.stderr
