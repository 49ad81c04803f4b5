"""The ledger: which tests prove which claim, and the stamp that counts both.

A claim is a heading of a page under which a paragraph begins with ``Proof:`` and names
tests, or the block above it, and the sections that show it.
"""

import platform
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from snippets._style import ROOT

DOCS, TESTS = ROOT / "docs", ROOT / "tests"
HEADING = re.compile(r"^#{2,3} (.+?)(?: \{ ?#([\w-]+) ?\})?$", re.MULTILINE)
PROOF = re.compile(r"^Proof: .+(?:\n.+)*", re.MULTILINE)
TEST = re.compile(r"`(test_\w+\.py)::(test_\w+)`")
LINK = re.compile(r"\[([^\]]+)\]\(([\w-]*(?:\.md)?)#([\w-]+)\)")
VERDICT = re.compile(r"^\*\*(.+?)\.\*\*", re.MULTILINE)
BLOCK = re.compile(r"^\s*```python\b", re.MULTILINE)
DEFINED = re.compile(r"^def (test_\w+)", re.MULTILINE)
STAMP = "<!-- stamp -->"
COUNTED = "What this build counted.\n{ .caption }"


@dataclass(frozen=True)
class Claim:
    """A claim: where it stands, what it says, its tests and the sections that show it.

    ``tests`` are node ids; ``sections`` are titles, files and anchors.
    """

    place: str
    title: str
    verdict: str
    says: str
    tests: tuple[str, ...]
    sections: tuple[tuple[str, str, str], ...]


def claims(page: Path) -> Iterator[Claim]:
    """The claims of a Markdown page, in order."""
    text = page.read_text("utf-8")
    heads = [*HEADING.finditer(text)]
    ends = [*(head.start() for head in heads[1:]), len(text)]
    for head, end in zip(heads, ends, strict=True):
        proof = PROOF.search(text, head.end(), end)
        if proof:
            yield _claim(page, head, proof)


def _claim(page: Path, head: re.Match[str], proof: re.Match[str]) -> Claim:
    file, body = (
        page.relative_to(ROOT).as_posix(),
        head.string[head.end() : proof.start()],
    )
    place = f"{file}:{_line(head.string, proof.start())}"
    verdict = VERDICT.search(body)
    tests = [f"tests/{test[1]}::{test[2]}" for test in TEST.finditer(proof[0])]
    if "the block above" in proof[0]:
        blocks = [head.end() + block.end() for block in BLOCK.finditer(body)]
        if not blocks:
            raise ValueError(f"{place}: there is no block above")
        tests.insert(0, f"{file}::line {_line(head.string, blocks[-1])}")
    sections = [(m[1], m[2] or page.name, m[3]) for m in LINK.finditer(proof[0])]
    said = verdict[1] if verdict else ""
    return Claim(place, head[1], said, body.strip(), tuple(tests), tuple(sections))


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def places() -> dict[tuple[str, str], int]:
    """The line of each test function, by its file and its name.

    A syntax tree takes 0.2 s for all files; a regular expression, checked by a test
    against what pytest collects, a fiftieth of that.
    """
    found = {}
    for path in TESTS.glob("test_*.py"):
        text = path.read_text("utf-8")
        for test in DEFINED.finditer(text):
            found[path.name, test[1]] = _line(text, test.start())
    return found


@dataclass(frozen=True)
class Stamp:
    """What was counted when the site was built, and with what it was built."""

    claims: int
    tests: int
    blocks: int
    python: str
    torch: str
    matplotlib: str
    commit: str

    @property
    def rows(self) -> dict[str, object]:
        """The entries of the stamp in words."""
        return {
            "claims with a proof": self.claims,
            "test functions": self.tests,
            "blocks of code on pages": self.blocks,
            "Python": self.python,
            "torch": self.torch,
            "matplotlib": self.matplotlib,
            "commit": self.commit,
        }


def stamp() -> Stamp:
    """The stamp of the tree as it stands."""
    texts = {path: path.read_text("utf-8") for path in DOCS.rglob("[!.]*.md")}
    return Stamp(
        sum(len(PROOF.findall(text)) for text in texts.values()),
        len(places()),
        sum(len(BLOCK.findall(text)) for text in texts.values()),
        platform.python_version(),
        version("torch"),
        version("matplotlib"),
        commit(),
    )


def commit(root: Path = ROOT) -> str:
    """The short hash of what is checked out, and whether files differ from it."""
    try:
        told = _git(root, "rev-parse", "--show-toplevel", "--short", "HEAD").split("\n")
        if Path(told[0]).resolve() != root.resolve():
            return "none: outside git"  # a copy inside another repository
        changed = _git(root, "status", "--porcelain")
    except (OSError, subprocess.CalledProcessError):
        return "none: outside git"
    return f"{told[1]}, with uncommitted changes" if changed else told[1]


def _git(root: Path, *command: str) -> str:
    run = ["git", "-C", str(root), *command]
    return subprocess.run(run, capture_output=True, text=True, check=True).stdout


def woven(markdown: str, repo_url: str, stamp: Stamp) -> str:
    """A page with its stamp, and with proofs that lead to the named repository."""
    lines = places() if repo_url and "\nProof: " in markdown else {}
    at = stamp.commit if stamp.commit.isalnum() else "HEAD"

    def led(test: re.Match[str]) -> str:
        line = lines.get((test[1], test[2]))
        where = f"{repo_url.rstrip('/')}/blob/{at}/tests/{test[1]}#L{line}"
        return f"[{test[0]}]({where})" if line else test[0]

    rows = "".join(f"| {name} | {value} |\n" for name, value in stamp.rows.items())
    table = f"{COUNTED}\n\n| What | Here |\n|---|---|\n{rows}"
    page = PROOF.sub(lambda m: f"{TEST.sub(led, m[0])}\n{{ .proof }}", markdown)
    return page.replace(STAMP, table)
