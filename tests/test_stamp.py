"""The stamp on the built site says what is there, counted in another way."""

import re
import subprocess
import sys
from importlib.metadata import version

import html5lib
import pytest

from snippets._ledger import commit, stamp
from snippets._style import ROOT
from tests.prose import DOCS, fences


def git(folder, *command):
    author = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    run = ["git", "-C", str(folder), *author, *command]
    return subprocess.run(
        run, capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.fixture(scope="module")
def collected() -> list[str]:
    """The node ids of all tests, as pytest itself collects them."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--collect-only",
        "-q",
        "-p",
        "no:cacheprovider",
    ]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
    return [line for line in run.stdout.splitlines() if "::" in line]


@pytest.fixture(scope="module")
def counted(collected) -> dict[str, str]:
    """What the stamp must say."""
    functions = {
        line.partition("[")[0] for line in collected if line.startswith("tests/")
    }
    blocks = [line for line in collected if re.match(r"docs/.*\.md::line \d+", line)]
    lines = [
        line
        for page in DOCS.glob("*.md")
        for line in page.read_text("utf-8").splitlines()
    ]
    short = git(ROOT, "log", "-1", "--format=%h")
    others = git(ROOT, "ls-files", "--modified", "--others", "--exclude-standard")
    staged = git(ROOT, "diff", "--cached", "--name-only")
    return {
        "claims with a proof": str(sum(line.startswith("Proof:") for line in lines)),
        "test functions": str(len(functions)),
        "blocks of code on pages": str(len(blocks)),
        "Python": ".".join(map(str, sys.version_info[:3])),
        "torch": version("torch"),
        "matplotlib": version("matplotlib"),
        "commit": f"{short}, with uncommitted changes" if others or staged else short,
    }


def test_it_stands_in_full_on_its_page(site, counted):
    html = (site / "checked" / "index.html").read_text("utf-8")
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    rows = [[cell.text for cell in row.iter("td")] for row in tree.iter("tr")]
    assert dict(row for row in rows if row) == counted


def test_it_stands_in_the_footer_of_every_page(site, counted):
    claims, tests, blocks, python, torch, matplotlib, at = counted.values()
    wanted = (
        f"{claims} claims, {tests} tests, {blocks} blocks of code · Python {python}, "
        f"torch {torch}, matplotlib {matplotlib} · commit {at}"
    )
    for html in site.rglob("*.html"):
        foot = re.search(
            r'<div class="md-copyright">(.*?)</div>', html.read_text("utf-8"), re.S
        )
        text = " ".join(re.sub("<[^>]*>", "", foot[1]).replace(" ,", ",").split())
        assert text == wanted, html.relative_to(site)


def test_a_block_is_counted_once_and_no_other_is(counted):
    written = [
        f
        for page in DOCS.glob("*.md")
        for f in fences(page)
        if f.info.startswith("python")
    ]
    assert counted["blocks of code on pages"] == str(len(written))


def test_two_stamps_of_one_tree_are_equal():
    assert stamp() == stamp()


def test_outside_git_it_says_so(tmp_path):
    assert commit(tmp_path) == "none: outside git"
    git(tmp_path, "init", "-q")
    assert commit(tmp_path) == "none: outside git"  # nothing is committed yet


def test_it_names_the_commit_and_changes_that_are_not_in_it(tmp_path):
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "x")
    short = git(tmp_path, "rev-parse", "--short", "HEAD")
    assert commit(tmp_path) == short
    (tmp_path / "new").write_text("new")
    assert commit(tmp_path) == f"{short}, with uncommitted changes"


def test_a_copy_inside_another_repository_does_not_borrow_its_commit(tmp_path):
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "x")
    (tmp_path / "inside").mkdir()
    assert commit(tmp_path / "inside") == "none: outside git"


def test_without_git_it_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit() == "none: outside git"


def test_making_it_imports_no_torch():
    code = "import sys, snippets._ledger as l; l.stamp(); print('torch' in sys.modules)"
    run = [sys.executable, "-c", code]
    told = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"


def test_proofs_of_a_published_site_lead_to_their_tests(site):
    html = (site / "checked" / "index.html").read_text("utf-8")
    assert re.search(
        r'href="https://github\.com/example/example/blob/\w+/tests/test_\w+\.py#L\d+"',
        html,
    )
