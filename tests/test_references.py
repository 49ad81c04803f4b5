"""References: one source, each entry whole, used and looked up; the checks can fail."""

import re

import pytest
from markdown import Markdown

from snippets import _references
from snippets._references import (
    NAME,
    SOURCE,
    citations,
    cited,
    malformed,
    misused,
    pages,
    parsed,
    references,
)

TEXT = SOURCE.read_text("utf-8")
ENTRY = """\
@article{one,
  author = {Fukushima, Kunihiko},
  title = {A {Neocognitron}},
  journal = {Biological Cybernetics},
  year = {1980},
  doi = {10.1007/BF00344251},
  annote = {cells},
  checked = {2026-11-22: the article},
}
"""
OTHER = (
    ENTRY.replace("one,", "two,").replace("BF00344251", "BF2").replace("A {N", "The {N")
)
EDITS = {
    "no author": ("  author = {Fukushima, Kunihiko},\n", "", 1, "has no author"),
    "no title": ("  title = {A {Neocognitron}},\n", "", 1, "has no title"),
    "no venue": ("  journal = {Biological Cybernetics},\n", "", 1, "has no journal"),
    "no year": ("  year = {1980},\n", "", 1, "has no year"),
    "no use": ("  annote = {cells},\n", "", 1, "has no annote"),
    "not looked up": ("  checked = {2026-11-22: the article},\n", "", 1, "has no checked"),
    "an empty field": ("{cells}", "{}", 1, "has no annote"),
    "no identifier": ("  doi = {10.1007/BF00344251},\n", "", 1, "neither doi nor eprint nor url"),
    "a bad year": ("{1980}", "{198O}", 5, "has a bad year: '198O'"),
    "a year out of range": ("{1980}", "{1080}", 5, "has a bad year"),
    "a bad DOI": ("10.1007/", "10/", 6, "has a bad doi: '10/BF00344251'"),
    "a DOI with its address": ("{10.1007/", "{https://doi.org/10.1007/", 6, "has a bad doi"),
    "a bad arXiv id": ("doi = {10.1007/BF00344251}", "archiveprefix = {arXiv}, eprint = {abs/1}", 6, "has a bad eprint"),
    "an eprint of nowhere": ("doi = {10.1007/BF00344251}", "eprint = {1812.01187}", 1, "without its archiveprefix"),
    "an insecure address": ("doi = {10.1007/BF00344251}", "url = {http://example.org}", 6, "has a bad url"),
    "an author without a first name": ("Fukushima, Kunihiko", "Fukushima", 2, "has a bad author: 'Fukushima'"),
    "unnamed authors": ("Kunihiko}", "Kunihiko and others}", 2, "has a bad author: 'others'"),
    "a check without its date": ("2026-11-22: ", "", 8, "has a bad checked"),
    "a check without what was seen": (": the article", ": ", 8, "has a bad checked"),
    "an unknown field": ("  year", "  yaer = {1980},\n  year", 5, "has an unknown field 'yaer'"),
    "an unknown kind": ("@article", "@artcile", 1, "is of kind 'artcile'"),
    "a brace that is not closed": ("{Biological", "{{Biological", 1, "Unexpected"),
    "a field twice": ("  year", "  year = {1980},\n  year", 1, "Duplicate field keys"),
    "text between entries": ("@article", "article", 1, "neither an entry nor a comment"),
}  # fmt: skip
TWINS = {
    "the same key": (ENTRY, 10, "Duplicate entry key 'one'"),
    "the same DOI": (OTHER.replace("BF2", "bf00344251"), 15, "two has the doi of one"),
    "the same title": (OTHER.replace("The {N", "a {n"), 12, "two has the title of one"),
}


def test_an_entry_that_is_whole_passes():
    assert malformed(ENTRY + OTHER) == []
    assert malformed("% a comment\n\n" + ENTRY) == []


@pytest.mark.parametrize("fault", EDITS)
def test_a_malformed_entry_is_named_with_its_line(fault):
    old, new, line, message = EDITS[fault]
    assert old in ENTRY
    found = malformed(ENTRY.replace(old, new, 1))
    assert len(found) >= 1
    assert found[0].startswith(f"{NAME}:{line}: ")
    assert message in found[0]


@pytest.mark.parametrize("fault", TWINS)
def test_a_duplicate_is_named_with_its_line(fault):
    twin, line, message = TWINS[fault]
    assert [f for f in malformed(ENTRY + twin) if message in f] == [
        f"{NAME}:{line}: {message}"
    ]


def test_a_key_that_is_cited_and_not_there_is_named_with_its_line():
    found = misused(parsed(ENTRY)[0], {"a.md": "One.[^one]\n\nTwo.[^two]"})
    assert found == [f"docs/a.md:3: {NAME} has no [^two]"]


def test_an_entry_that_no_page_cites_is_named_with_its_line():
    found = misused(parsed(ENTRY + OTHER)[0], {"a.md": "One.[^one]"})
    assert found == [f"{NAME}:10: no page cites two"]


def test_a_definition_on_a_page_is_named_with_its_line():
    found = misused(parsed(ENTRY)[0], {"a.md": "One.[^one]\n\n[^one]: Here."})
    assert found == [f"docs/a.md:3: [^one] is defined in {NAME} alone"]


@pytest.mark.parametrize("code", ["`[^x]`", "``a [^x] ` b``", "<!-- [^x] -->", "```\n[^x]\n```", "??? x\n\n    ~~~\n    [^x]\n    ~~~"])  # fmt: skip
def test_code_and_comments_cite_nothing(code):
    assert [key for key, _, _ in citations(f"One.[^a]\n\n{code}\n\nTwo:[^b] 2")] == [
        "a",
        "b",
    ]


def test_every_entry_of_the_site_is_whole_and_there_once():
    assert malformed(TEXT) == []


def test_the_pages_cite_what_is_there_and_all_of_it():
    assert misused(references().values(), pages()) == []


def test_a_page_that_cites_ends_with_a_heading_for_its_references():
    for page, text in pages().items():
        headings = re.findall(r"^## .+$", text, re.MULTILINE)
        if list(citations(text)):
            assert headings[-1] == "## References", f"docs/{page}: no ## References"
            assert text.endswith("\n## References\n"), f"docs/{page}: text after it"


def test_the_source_reads_the_same_line_by_line():
    """A second parser: one field a line, as the file is written."""
    found = {}
    for line in TEXT.splitlines():
        if head := re.fullmatch(r"@(\w+)\{(\w+),", line):
            found[head[2]] = fields = {}
        elif field := re.fullmatch(r"  (\w+) = \{(.*)\},?", line):
            fields[field[1]] = field[2]
        else:
            assert line in {"", "}"} or line.startswith("% "), line
    assert found == {key: dict(entry.fields) for key, entry in references().items()}
    assert list(found) == sorted(found), "the entries are sorted by key"


def test_braces_and_escapes_do_not_show():
    for entry in references().values():
        assert not re.search(r"[{}\\]", cited(entry)), entry.where()


def rendered(text):
    extensions = [
        "snippets._references",
        "footnotes",
        "md_in_html",
        "pymdownx.superfences",
    ]
    return Markdown(extensions=extensions).convert(text)


def test_a_citation_gets_its_footnote():
    html = rendered("Holes.[^yu]\n\n## References\n")
    assert html.count('<li id="fn:yu">') == 1
    assert 'F. Yu and V. Koltun, "Multi-scale context' in html
    assert '<a href="https://arxiv.org/abs/1511.07122">arXiv:1511.07122</a>' in html
    assert "[^" not in html


def test_a_key_in_code_gets_no_footnote():
    html = rendered("Holes.[^yu]\n\n```\n[^wang]\n```\n")
    assert "fn:wang" not in html
    assert "[^wang]" in html


def test_footnotes_stand_in_the_order_of_their_citations():
    html = rendered("One.[^yu] Two.[^wang] [^adam]\n\nThree.[^yu]")
    assert re.findall(r'<li id="fn:(\w+)">', html) == ["yu", "wang", "adam"]


def test_the_list_has_every_entry_with_its_use_its_pages_and_its_check():
    html = re.sub(r"&\w+;|<[^>]*>", "", rendered("<!-- references -->"))
    for entry in references().values():
        for name in ("annote", "checked", "title"):
            told = re.sub(r"\\(.)", r"\1", re.sub(r"[{}]", "", entry.fields[name]))
            assert told in html, entry.where(name)
    assert html.count("Looked up on ") == len(references())


def test_a_fault_is_a_warning_of_the_build(monkeypatch, tmp_path, caplog):
    broken = tmp_path / "references.bib"
    broken.write_text(TEXT.replace("{1511.07122}", "{1511}"), "utf-8")
    monkeypatch.setattr(_references, "SOURCE", broken)
    rendered("<!-- references -->")
    faults = [record.getMessage() for record in caplog.records]
    line = TEXT.count("\n", 0, TEXT.index("{1511.07122}")) + 1
    assert faults == [f"{NAME}:{line}: yu has a bad eprint: '1511'"]
