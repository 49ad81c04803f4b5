"""What must hold on every page and lab, as it stands in its file."""

import re
from pathlib import Path

import pytest
import yaml

from conftest import blocks
from snippets._build import FIGURES, SNIPPETS, drawn, product
from snippets._style import ROOT, TOKENS
from tests.prose import DOCS, IMAGE, INCLUDE, fences, name, pages

MARKDOWN = [path for path in pages() if path.suffix == ".md"]
INFO = re.compile(
    r'(python|console|html|yaml|text)?( title="[^"]+")?( hl_lines="[\d -]+")?'
)
SECTION = re.compile(r"^# --8<-- \[start:([\w-]+)\]$", re.MULTILINE)
COLOUR = re.compile(
    r"#(?:[0-9a-fA-F]{3,4}){1,2}\b|\b(?:rgba?|hsla?|oklch|color)\([\d.%, ]+"
)
LINKED = re.compile(r"\]\([^)]*\)|href=\"[^\"]*\"|&#\w+;")
each_page = pytest.mark.parametrize("page", pages(), ids=name)
each_markdown = pytest.mark.parametrize("page", MARKDOWN, ids=name)


def places(path: Path, pattern: re.Pattern[str]) -> list[tuple[str, re.Match[str]]]:
    """Each match in a file, with the place that a message names."""
    text = path.read_text("utf-8")
    found = pattern.finditer(text)
    return [(f"{name(path)}:{text.count(chr(10), 0, m.start()) + 1}", m) for m in found]


def included() -> list[tuple[str, str, str]]:
    """Each include on a page: its place, the file and the section."""
    found = [entry for page in MARKDOWN for entry in places(page, INCLUDE)]
    return [(place, match[1], match[2] or "") for place, match in found]


def shown_figures() -> list[tuple[str, str]]:
    """Each figure on a page: its place and its file."""
    found = [entry for page in MARKDOWN for entry in places(page, IMAGE)]
    return [(place, match[2]) for place, match in found]


@each_markdown
def test_every_include_names_a_section_that_exists(page):
    for place, match in places(page, INCLUDE):
        file, section = ROOT / match[1], match[2]
        assert file.is_file(), f"{place}: there is no {match[1]}"
        known = SECTION.findall(file.read_text("utf-8"))
        assert section in known, (
            f"{place}: {match[1]} has the sections {known}, not {section!r}"
        )


@each_markdown
def test_every_fence_has_an_info_string_that_is_tested(page):
    for fence in fences(page):
        told = f"{name(page)}:{fence.line}: a block of {fence.info!r} would not be run"
        assert INFO.fullmatch(fence.info), told


@each_markdown
def test_every_python_block_is_collected(page):
    written = [fence.line for fence in fences(page) if fence.info.startswith("py")]
    text = page.read_text("utf-8").splitlines()
    collected = [block.lineno for block in blocks(page) if block.syntax == "python"]
    joined = [
        n
        for n in written
        if "pytest-codeblocks:cont" in "".join(text[max(n - 3, 0) : n])
    ]
    missed = sorted(set(written) - set(collected) - set(joined))
    assert not missed, f"{name(page)}:{missed[0]}: this block is not collected"


@each_markdown
def test_no_block_is_marked_to_be_skipped(page):
    for place, match in places(page, re.compile(r"<!--.*?(skip|xfail).*?-->")):
        pytest.fail(f"{place}: {match[0]} switches a check off")


@each_markdown
def test_every_figure_is_drawn_by_a_snippet_and_described(page):
    known = {f"figures/{product(path).name}" for path in drawn()}
    for place, match in places(page, IMAGE):
        alt, target = " ".join(match[1].split()), re.sub(r"^(\.\./)+", "", match[2])
        assert target in known, f"{place}: no snippet draws {target}"
        assert len(alt) > 40, (
            f"{place}: the alt text {alt!r} does not describe {target}"
        )


@each_markdown
def test_every_figure_has_a_caption(page):
    opened = places(page, re.compile(r"<figure markdown>(.*?)</figure>", re.DOTALL))
    assert len(opened) == len(places(page, IMAGE)), (
        f"{name(page)}: an image is in no figure"
    )
    for place, match in opened:
        assert "<figcaption>" in match[1], f"{place}: this figure has no caption"


@pytest.mark.parametrize("lab", [p for p in pages() if p.suffix == ".py"], ids=name)
def test_every_lab_cell_that_draws_describes_its_figure(lab):
    for cell in re.split(r"^(?=# %%)", lab.read_text("utf-8"), flags=re.MULTILINE):
        if "plt.show()" in cell:
            alt = re.match(r'# %% alt="([^"]{40,})"', cell)
            assert alt, f"{name(lab)}: the cell {cell[:60]!r} has no alt text"


@each_markdown
def test_every_page_says_what_it_is(page):
    text = page.read_text("utf-8")
    head = yaml.safe_load(text.split("---")[1]) if text.startswith("---") else {}
    assert 40 <= len(head.get("description", "")) <= 160, (
        f"{name(page)}:1: no description"
    )
    titles = places(page, re.compile(r"^# .+$", re.MULTILINE))
    inside = sum(
        line.startswith("# ")
        for fence in fences(page)
        for line in fence.body.split("\n")
    )
    assert len(titles) - inside == 1, f"{name(page)}: {len(titles) - inside} titles"


def test_figures_drawn_are_figures_shown():
    shown = {Path(target).stem for _, target in shown_figures()}
    assert {path.stem for path in drawn()} == shown


def test_sections_cut_are_sections_shown():
    cut = {
        (name(path), section)
        for path in SNIPPETS.glob("[!_]*.py")
        for section in SECTION.findall(path.read_text("utf-8"))
    }
    assert cut == {(file, section) for _, file, section in included()}


def test_every_snippet_is_shown_on_a_page():
    shown = {file for _, file, _ in included()}
    for path in SNIPPETS.glob("[!_]*.py"):
        assert name(path) in shown, f"{name(path)}: no page shows this snippet"


def test_colours_are_written_in_one_place():
    files = [*DOCS.rglob("*.*"), *SNIPPETS.glob("*.*"), ROOT / "mkdocs.yml"]
    ends = {".md", ".py", ".css", ".js", ".html", ".yml", ".csv"}
    for path in files:
        if path.suffix in ends and path != TOKENS:
            text = LINKED.sub("", path.read_text("utf-8"))
            found = COLOUR.search(text)
            if found:
                line = text.count("\n", 0, found.start()) + 1
                pytest.fail(f"{name(path)}:{line}: {found[0]} belongs in tokens.css")


def test_figures_are_light_enough_for_a_page():
    for path in FIGURES.glob("*.svg"):
        assert path.stat().st_size < 150_000, (
            f"{name(path)} has {path.stat().st_size} bytes"
        )


@each_page
def test_names_are_spelt_right(page):
    for place, match in places(
        page, re.compile(r"Yan LeCun|Hubel and Weisel|Fukashima")
    ):
        pytest.fail(f"{place}: {match[0]}")
