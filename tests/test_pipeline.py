"""Figures and labs follow what they are made from, and nothing else."""

import json
import re
import subprocess
import sys
from difflib import unified_diff
from urllib.request import urlopen

import nbformat
import pytest

from snippets import _build
from snippets._build import FIGURES, LABS, drawn, labs, made_from, product, stale
from snippets._style import ROOT
from tests.copies import copied, reloading, run_in, wait
from tests.reproduce import built_in, differing


def made(copy):
    """Every product in a copy, with its content."""
    figures, notebooks = copy.glob("docs/figures/*.svg"), copy.glob("docs/labs/*.ipynb")
    return {
        path.relative_to(copy).as_posix(): path.read_bytes()
        for path in [*figures, *notebooks]
    }


def changed(copy):
    """The products that `python -m snippets` writes in a copy; it must succeed."""
    before = {path: (copy / path).stat().st_mtime_ns for path in made(copy)}
    run = run_in(copy, sys.executable, "-m", "snippets")
    assert run.returncode == 0, run.stderr
    return {p for p in made(copy) if (copy / p).stat().st_mtime_ns != before.get(p)}


def edit(copy, name, old, new):
    path = copy / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


@pytest.fixture(autouse=True)
def fresh():
    """The tests start from products that are up to date."""
    _build.refresh()


def test_nothing_is_drawn_twice(copy):
    assert changed(copy) == set()


def test_a_change_to_one_snippet_redraws_that_one_alone(copy):
    edit(copy, "snippets/interleaving.py", "2.8", "2.9")
    assert changed(copy) == {"docs/figures/interleaving.svg"}


def test_a_lab_is_executed_again_when_a_snippet_that_it_imports_changes(copy):
    edit(copy, "snippets/gridding.py", "walked back", "taken back")
    assert changed(copy) == {"docs/figures/gridding.svg", "docs/labs/stack.ipynb"}


@pytest.fixture(scope="module")
def scratch():
    """Another folder, with all that a build from scratch makes there."""
    with copied(made=False, name="elsewhere") as folder:
        built_in(folder)
        yield folder


def test_figures_and_labs_from_scratch_are_those_that_were_drawn_one_by_one(scratch):
    told = apart(made(scratch), made(ROOT))
    assert not told, "\n".join(told)


def apart(there, here):
    """The lines in which products differ, each with its file; the first of each."""
    return [
        f"{name}: {line[:200]}"
        for name in sorted({*there, *here})
        for line in [
            *unified_diff(
                here.get(name, b"").decode().splitlines(),
                there.get(name, b"").decode().splitlines(),
                lineterm="",
                n=0,
            )
        ][2:12]
    ]


def test_lines_that_differ_are_named():
    assert apart({"a": b"1\n2"}, {"a": b"1\n2"}) == []
    assert apart({"a": b"1\n2"}, {"a": b"1\n3"})[1:] == ["a: -3", "a: +2"]
    assert apart({}, {"a": b"1"})[1:] == ["a: -1"]


def test_every_file_of_the_site_is_the_same_from_scratch_in_another_folder(
    scratch, site
):
    assert differing(site, scratch / "site") == []


def test_the_site_names_no_day_on_which_it_was_built(site):
    sitemap = (site / "sitemap.xml").read_text("utf-8")
    assert "/dilation/</loc>" in sitemap
    assert "lastmod" not in sitemap
    assert (site / "sitemap.xml.gz").read_bytes()[4:8] == bytes(4)


def test_a_file_that_differs_or_is_missing_is_named(tmp_path):
    for folder, text in [("one", "1"), ("other", "2")]:
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.html").write_text("0")
        (tmp_path / folder / "index.html").write_text(text)
        (tmp_path / folder / f"{folder}.svg").write_text("0")
    names = differing(tmp_path / "one", tmp_path / "other")
    assert names == ["index.html", "one.svg", "other.svg"]


def test_what_nothing_makes_is_deleted(copy):
    for name in ["docs/figures/forgotten.svg", "docs/labs/forgotten.ipynb"]:
        (copy / name).write_text("old")
    changed(copy)
    assert not any("forgotten" in name for name in made(copy))


def test_style_colours_and_versions_make_everything_stale(monkeypatch):
    everything = [*drawn(), *labs()]
    assert stale(everything) == []
    monkeypatch.setattr(_build, "VERSIONS", ["another torch"])
    assert stale(everything) == everything
    monkeypatch.undo()
    assert _build.TOKENS in _build.HOUSE
    monkeypatch.setattr(_build, "HOUSE", _build.HOUSE[1:])
    assert stale(everything) == everything


def test_imports_are_followed_through_snippets_and_data(tmp_path, monkeypatch):
    monkeypatch.setattr(_build, "SNIPPETS", tmp_path)
    (tmp_path / "a.py").write_text("from snippets.b import x\n")
    (tmp_path / "b.py").write_text("from snippets import c\nfrom snippets.d import e\n")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "e.py").write_text("import torch\n")
    (tmp_path / "c.py").write_text("import a\nDATA = 'years.csv'\n")
    (tmp_path / "years.csv").write_text("1989")
    names = [path.name for path in made_from(tmp_path / "a.py")]
    assert names == ["a.py", "b.py", "c.py", "e.py", "years.csv"]


def test_a_snippet_that_raises_is_named_and_the_others_are_drawn(copy):
    edit(
        copy,
        "snippets/dilation.py",
        "    fig, ax = plt.subplots",
        "    1 / 0\n    fig, ax = plt.subplots",
    )
    (copy / "docs/figures/gridding.svg").unlink()
    run = run_in(copy, sys.executable, "-m", "snippets")
    line = (copy / "snippets/dilation.py").read_text().splitlines().index(
        "    1 / 0"
    ) + 1
    assert run.returncode == 1
    assert f"snippets/dilation.py:{line}: ZeroDivisionError" in run.stderr
    assert (copy / "docs/figures/gridding.svg").exists()


def test_a_fault_of_syntax_is_named_as_well(copy):
    path = copy / "snippets/dilation.py"
    path.write_text(path.read_text("utf-8") + "\n\ndef half(:\n", "utf-8")
    line = path.read_text("utf-8").splitlines().index("def half(:") + 1
    run = run_in(copy, sys.executable, "-m", "snippets")
    assert run.returncode == 1
    assert f"snippets/dilation.py:{line}: SyntaxError" in run.stderr


def test_what_is_saved_while_it_is_drawn_is_drawn_again(tmp_path, monkeypatch):
    source = tmp_path / "early.py"
    source.write_text("early = 1\n")

    def drawing(path, made):
        path.write_text("late = 1\n")
        return f"<svg/><!-- {made} -->"

    monkeypatch.setattr(_build, "FIGURES", tmp_path)
    monkeypatch.setattr(_build, "_figure", drawing)
    _build.make(source)
    assert stale([source]) == [source]
    monkeypatch.setattr(_build, "_figure", lambda _, made: f"<svg/><!-- {made} -->")
    _build.make(source)
    assert stale([source]) == []


def test_work_of_more_than_a_second_shows_progress(copy):
    for path in sorted(made(copy))[-4:]:
        (copy / path).unlink()
    run = run_in(copy, sys.executable, "-m", "snippets")
    assert re.search(r"drawing.*\d/\d", run.stderr)


def test_a_figure_names_no_date():
    for path in map(product, drawn()):
        text = path.read_text("utf-8")
        assert "<metadata" not in text
        assert not re.search(r"\d{4}-\d\d-\d\dT", text)


def test_a_lab_runs_alone_from_an_empty_folder(tmp_path):
    run = run_in(tmp_path, sys.executable, str(LABS / "stack.py"), MPLBACKEND="agg")
    assert run.returncode == 0, run.stderr
    assert "pixels have a gradient" in run.stdout


def test_an_executed_lab_is_the_same_in_each_run():
    for lab in labs():
        notebook = json.loads(product(lab).read_text("utf-8"))
        assert [cell["id"] for cell in notebook["cells"]] == [
            f"cell-{number}" for number in range(len(notebook["cells"]))
        ]
        counts = {cell.get("execution_count") for cell in notebook["cells"]}
        assert counts == {None}
        assert "_style" not in json.dumps(notebook["cells"]), "the set-up cell is gone"
        for output in (
            o for cell in notebook["cells"] for o in cell.get("outputs", [])
        ):
            assert output.get("name") != "stderr", "no progress, no warning"


def test_what_a_stream_wrote_in_pieces_is_joined_to_the_last_end_of_line():
    said = ["one", "\n", "\r 50%", "two", "\n"]
    names = ["stdout", "stdout", "stderr", "stdout", "stdout"]
    pieces = [
        nbformat.v4.new_output("stream", name=name, text=text)
        for name, text in zip(names, said, strict=True)
    ]
    (whole,) = _build._joined(pieces)
    assert (whole.name, whole.text) == ("stdout", "one\ntwo\n")
    blank = nbformat.v4.new_output("stream", name="stdout", text="\n")
    assert _build._joined([blank]) == []


@pytest.fixture
def serving(copy):
    """The copy, and the server that reloads it."""
    with reloading(copy) as server:
        yield copy, server


def test_saving_a_snippet_shows_its_code_and_its_figure_on_the_open_page(
    serving, browser
):
    copy, server = serving
    page = server.opened(browser, "dilation")
    before = (copy / "docs/figures/gridding.svg").read_bytes()
    lab = copy / "docs/labs/stack.ipynb"
    executed = lab.read_bytes()
    path = copy / "snippets/gridding.py"
    text = path.read_text("utf-8").replace(
        "one output pixel, walked", "a single output, walked"
    )
    path.write_text(text.replace("(1, 2, 3)], strict", "(1, 2, 5)], strict"), "utf-8")
    page.get_by_text("a single output, walked back").wait_for()
    with urlopen(f"{server.address}figures/gridding.svg") as answer:
        shown = answer.read()
    page.close()
    assert b"dilations (1, 2, 5)" in shown
    assert shown != before
    wait(lambda: lab.read_bytes() != executed)
    wait(lambda: server.rebuilds() >= 2)
    server.rest(5)
    assert server.rebuilds() == 2, (
        "one for the snippet, one for the lab that imports it"
    )


def test_a_fault_while_serving_is_logged_and_the_site_stays_up(serving, browser):
    copy, server = serving
    edit(
        copy,
        "snippets/gridding.py",
        "def figure() -> Figure:",
        "def figure() -> Figure:\n    raise RuntimeError('planted')\n\n\ndef old() -> Figure:",
    )
    wait(lambda: re.search(r"gridding\.py:\d+: RuntimeError: planted", server.told()))
    page = server.opened(browser, "dilation")
    page.locator("article img").nth(2).wait_for()
    page.close()
    edit(
        copy,
        "snippets/gridding.py",
        "    raise RuntimeError('planted')\n\n\ndef old() -> Figure:\n",
        "",
    )
    wait(lambda: mended(server))


def mended(server):
    """Whether the last rebuild has ended, and without the fault."""
    last = server.told().rpartition("Detected file changes")[2]
    return "Documentation built" in last and "planted" not in last


def test_saving_the_references_shows_them_and_a_fault_in_them_is_logged(
    serving, browser
):
    copy, server = serving
    bib = "docs/references.bib"
    page = server.opened(browser, "dilation")
    edit(copy, bib, "Multi-scale context", "Manifold context")
    page.get_by_text("Manifold context").wait_for()
    edit(copy, bib, "{1511.07122}", "{1511}")
    page.get_by_text("[^yu]").wait_for()
    page.close()
    assert "yu has a bad eprint: '1511'" in server.told()


def test_the_products_of_this_repository_are_ignored_by_git():
    for path in [FIGURES / "x.svg", LABS / "x.ipynb", ROOT / "site" / "x"]:
        run = subprocess.run(
            ["git", "check-ignore", str(path)],
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
        assert run.returncode == 0, path
