"""Runs after the other tests: each claim names tests that passed, and sections that exist."""

import re
from functools import cache

import pytest
from markdown import Markdown
from mkdocs.config import load_config

from snippets._ledger import HEADING, PROOF, Claim, claims, places, woven
from snippets._ledger import stamp as stamped
from snippets._style import ROOT
from tests import outcomes as session
from tests.outcomes import ran
from tests.prose import DOCS, name

PAGES = [p for p in sorted(DOCS.glob("*.md")) if PROOF.search(p.read_text("utf-8"))]
CLAIMS = {
    f"{page.stem}-{number}": claim
    for page in PAGES
    for number, claim in enumerate(claims(page), 1)
}
each = pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
FENCED = re.compile(r"^( *)```.*?^\1```", re.MULTILINE | re.DOTALL)


@cache
def sections(file: str) -> dict[str, tuple[str, str]]:
    """The title and the text below each heading of a page, by the anchor that MkDocs gives it."""
    config = load_config(str(ROOT / "mkdocs.yml"))
    reader = Markdown(
        extensions=config.markdown_extensions, extension_configs=config.mdx_configs
    )
    text = (DOCS / file).read_text("utf-8")
    body = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    ids = re.findall(r'<h[23] id="([^"]*)"', reader.convert(body))
    bare = FENCED.sub(lambda fence: re.sub(r"[^\n]", " ", fence[0]), text)
    heads = [*HEADING.finditer(bare)]
    ends = [*(head.start() for head in heads[1:]), len(text)]
    return {
        anchor: (head[1], text[head.end() : end])
        for anchor, head, end in zip(ids, heads, ends, strict=True)
    }


def unproven(claim: Claim, outcomes: dict[str, str]) -> list[str]:
    """The tests of a claim that have not passed, each with its place."""
    lines = {f"tests/{file}::{test}": line for (file, test), line in places().items()}
    found = []
    for test in claim.tests:
        if outcomes[test] != "passed":
            where = f"{test.partition('::')[0]}:{lines.get(test, '?')}"
            found.append(f"{claim.place}: {test} ({where}): {outcomes[test]}")
    return found or ([] if claim.tests else [f"{claim.place}: no test is named"])


def dead(claim: Claim) -> list[str]:
    """The sections of a claim that are not where it leads."""
    found = []
    for title, file, anchor in claim.sections:
        known = sections(file) if (DOCS / file).is_file() else {}
        if anchor not in known:
            found.append(f"{claim.place}: {file} has no section #{anchor}")
        elif known[anchor][0] != " ".join(title.split()):
            found.append(
                f"{claim.place}: #{anchor} is {known[anchor][0]!r}, not {title!r}"
            )
    return found or ([] if claim.sections else [f"{claim.place}: no section is named"])


@pytest.fixture(scope="session")
def outcomes(request) -> dict[str, str]:
    """What became of the tests of all claims that this session asks for."""
    calls = [
        item.callspec.params["claim"]
        for item in request.session.items
        if "outcomes" in getattr(item, "fixturenames", ()) and hasattr(item, "callspec")
    ]
    return ran(test for claim in calls for test in claim.tests)


@each
def test_its_tests_exist_ran_and_passed(claim, outcomes):
    found = unproven(claim, outcomes)
    assert not found, "\n".join(found)


@each
def test_its_sections_exist_under_their_titles(claim):
    found = dead(claim)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_quotation_in_a_heading_is_a_claim_with_one_proof(page):
    text = page.read_text("utf-8")
    headed = [match[1] for match in HEADING.finditer(text) if "“" in match[1]]
    assert headed == [claim.title for claim in claims(page)]
    assert len(PROOF.findall(text)) == len(headed), (
        f"{name(page)}: a heading has two proofs"
    )
    assert len(re.findall(r"^Proof", text, re.MULTILINE)) == len(headed)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_block_above_is_the_block_that_is_run(page):
    lines = page.read_text("utf-8").splitlines()
    for claim in claims(page):
        for test in claim.tests:
            if "::line " in test:
                number = int(test.rpartition(" ")[2])
                assert lines[number - 1] == "```python", f"{claim.place}: {test}"


def planted(
    test="tests/test_gridding.py::test_the_caption_counts_right", section="exercises"
):
    """A claim that names one test and one section."""
    sections = (("Exercises", "dilation.md", section),)
    return Claim("docs/x.md:7", "“x”", "Right", "x", (test,), sections)


@pytest.fixture
def unknown(monkeypatch) -> None:
    """A session in which no test has run yet."""
    monkeypatch.setattr(session, "OUTCOMES", {})


def report(when, outcome, nodeid, **more):
    return pytest.TestReport(nodeid, ("x", 1, "x"), {}, outcome, None, when, **more)


@pytest.mark.usefixtures("unknown")
def test_a_test_that_does_not_exist_is_found_where_others_are_not_lost():
    real = "tests/test_workflows.py::test_make_alone_prints_the_targets"
    wrong = ["tests/test_gridding.py::test_nothing", "tests/test_nothing.py::test_x"]
    told = ran([real, *wrong])
    assert told == {real: "passed", wrong[0]: "not run", wrong[1]: "not run"}
    assert unproven(planted(real), told) == []
    assert unproven(planted(wrong[0]), told) == [
        f"docs/x.md:7: {wrong[0]} (tests/test_gridding.py:?): not run"
    ]


@pytest.mark.usefixtures("unknown")
@pytest.mark.parametrize(
    ("reports", "outcome"),
    [
        ([("setup", "passed"), ("call", "passed"), ("teardown", "passed")], "passed"),
        ([("setup", "skipped"), ("teardown", "passed")], "skipped"),
        ([("setup", "passed"), ("call", "skipped")], "skipped"),
        ([("setup", "failed")], "failed"),
        ([("setup", "passed"), ("call", "passed"), ("teardown", "failed")], "failed"),
        ([("setup", "passed")], "not run"),
    ],
)
def test_only_what_ran_to_its_end_has_passed(reports, outcome):
    for when, told in reports:
        session.pytest_runtest_logreport(
            report(when, told, "tests/test_x.py::test_y[1]")
        )
    assert session.outcome("tests/test_x.py::test_y") == outcome


@pytest.mark.usefixtures("unknown")
def test_one_parameter_that_did_not_pass_is_enough():
    for number, told in enumerate(["passed", "skipped", "passed"]):
        session.pytest_runtest_logreport(
            report("call", told, f"tests/test_x.py::test_y[{number}]")
        )
    assert session.outcome("tests/test_x.py::test_y") == "skipped"


@pytest.mark.usefixtures("unknown")
@pytest.mark.parametrize("told", ["passed", "skipped", "failed"])
def test_an_expected_failure_is_no_proof(told):
    session.pytest_runtest_logreport(
        report("call", told, "t.py::test", wasxfail="planted")
    )
    assert session.outcome("t.py::test") == "skipped"


@pytest.mark.usefixtures("unknown")
def test_a_test_that_was_deselected_in_part_is_run_in_whole(request):
    item = request.node
    session.pytest_runtest_logreport(report("call", "passed", f"{item.nodeid}[1]"))
    assert session.outcome(item.nodeid) == "passed"
    session.pytest_deselected([item])
    assert session.outcome(item.nodeid) == "deselected"


def test_a_dead_section_is_found():
    assert dead(planted()) == []
    assert dead(planted(section="exercise")) == [
        "docs/x.md:7: dilation.md has no section #exercise"
    ]
    assert "is 'References', not 'Exercises'" in dead(planted(section="references"))[0]


@pytest.mark.parametrize("url", ["https://git.example/a/b", "https://git.example/a/b/"])
def test_a_proof_leads_to_its_test_where_a_repository_is_named(url):
    page = "x\n\nProof: `test_gridding.py::test_the_caption_counts_right`,\nthe block above.\n\ny\n"
    line = places()["test_gridding.py", "test_the_caption_counts_right"]
    made = woven(page, url, stamped())
    assert re.search(
        rf"\]\(https://git.example/a/b/blob/\w+/tests/test_gridding.py#L{line}\)", made
    )
    assert "the block above.\n{ .proof }\n\ny" in made
    assert woven(page, "", stamped()) == page.replace(
        "above.\n", "above.\n{ .proof }\n"
    )
