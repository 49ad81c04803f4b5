"""The pages as their readers meet them: sentences, numbers, blocks, figures, each with its line."""

import json
import os
import re
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from snippets._references import citations, references
from snippets._style import ROOT

DOCS = ROOT / "docs"
# `make test` runs the tests in several processes: here they tell what they proved.
SAID = os.environ.get("SAID", "")
FENCE = re.compile(r"^\s*(`{3,}|~{3,})\s*(.*?)\s*$")
INCLUDE = re.compile(r'--8<--\s*"([^":]+)(?::([^"]+))?"')
IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)[^)]*\)")
NUMBER = re.compile(
    r"(?<![\w.])(?<![A-Za-z]-)\d[\d,]*(?:\.\d+)?(?![\w.]*\d)(?!-?D\b)(?!\w)"
)
CONSTANTS = re.compile(r"<!--\s*constants:(.*?)-->", re.DOTALL)


def pages() -> list[Path]:
    """Every Markdown page and every lab, as files."""
    return [*sorted(DOCS.rglob("*.md")), *sorted((DOCS / "labs").glob("*.py"))]


def name(path: Path) -> str:
    """The file as a message names it."""
    return path.relative_to(ROOT).as_posix()


def source(page: str) -> Path:
    """The file of a page called as in the address bar, such as ``dilation`` or ``labs/stack``."""
    found = [
        DOCS / f"{page}{end}"
        for end in (".md", ".py")
        if (DOCS / f"{page}{end}").exists()
    ]
    if not found:
        raise FileNotFoundError(f"docs/{page}.md and docs/{page}.py do not exist")
    return found[0]


@dataclass(frozen=True)
class Fence:
    """A fenced block: the line it opens on, its info string and its text."""

    line: int
    info: str
    body: str


def fences(path: Path) -> list[Fence]:
    """The fenced blocks of a Markdown page, with ``` or ~~~, however indented or quoted."""
    found: list[Fence] = []
    opened: tuple[int, str, str] | None = None
    body: list[str] = []
    for number, text in enumerate(path.read_text("utf-8").splitlines(), 1):
        mark = FENCE.match(re.sub(r"^(\s*>)+", "", text))
        if opened is None and mark:
            opened, body = (number, mark[1], mark[2]), []
        elif opened and mark and mark[1].startswith(opened[1]) and not mark[2]:
            found.append(Fence(opened[0], opened[2], "\n".join(body)))
            opened = None
        else:
            body.append(text)
    return found


def rows(path: Path, heading: str) -> list[list[str]]:
    """The cells of each row of the first table under a heading of a page."""
    text = path.read_text("utf-8").split(f"## {heading}\n")[1]
    table = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)
    lines = table[0].splitlines() if table else []
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:]]


@dataclass
class Prose:
    """The running text of a page on one line, and where each piece of it came from."""

    path: Path
    text: str = ""
    starts: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    proven: list[tuple[int, int]] = field(default_factory=list)

    def add(self, number: int, piece: str) -> None:
        """Append a line of the file, its white space folded."""
        self.starts.append(len(self.text))
        self.lines.append(number)
        self.text += " ".join(piece.split()) + ("\n" if not piece.strip() else " ")

    def place(self, offset: int) -> str:
        """The file and the line of a position in the text."""
        return f"{name(self.path)}:{self.lines[bisect(self.starts, offset) - 1]}"

    def prove(self, sentence: str) -> None:
        """Mark every occurrence of a computed sentence; fail, naming the nearest line, if none."""
        flat, wanted = self.text.replace("\n", " "), " ".join(sentence.split())
        spans = [match.span() for match in re.finditer(re.escape(wanted), flat)]
        assert spans, f"{self.nearest(wanted)}: the page does not say {wanted!r}"
        self.proven += spans

    def tell(self, sentence: str) -> None:
        """Note a proof for the process that counts the numbers of all."""
        if SAID:
            with Path(SAID).open("a", encoding="utf-8") as file:
                file.write(json.dumps([name(self.path), sentence]) + "\n")

    def nearest(self, sentence: str) -> str:
        """The place of the line that shares most words with a sentence."""
        words = set(sentence.split())
        ends = [*self.starts[1:], len(self.text)]
        pieces = [
            self.text[a:b].split() for a, b in zip(self.starts, ends, strict=True)
        ]
        best = max(range(len(pieces)), key=lambda i: len(words & set(pieces[i])))
        return f"{name(self.path)}:{self.lines[best]}"

    def unproven(self) -> list[str]:
        """Each number that no test has proven, that no source is cited for, with its line."""
        found = []
        for start, block in _blocks(self.text):
            declared = " ".join(CONSTANTS.findall(block)).replace(",", " ").split()
            for number in NUMBER.finditer(_blanked(block)):
                a, b = start + number.start(), start + number.end()
                value = number[0].rstrip(",")
                if value in declared or any(
                    x <= a and b - 1 <= y for x, y in self.proven
                ):
                    continue
                if not _cited(block, number.start()):
                    found.append(f"{self.place(a)}: no test has proven {value!r}")
        return found


@cache
def prose(path: Path) -> Prose:
    """The prose of a page or lab: no code blocks, no front matter, no list of references."""
    result = Prose(path)
    lines = _lab_lines(path) if path.suffix == ".py" else _markdown_lines(path)
    for number, text in lines:
        result.add(number, text)
    return result


def sources(page: str) -> set[str]:
    """What a page cites, as ``doi:…`` and ``arXiv:…``."""
    text = source(page).read_text("utf-8")
    entries = [references()[key].fields for key, _, _ in citations(text)]
    dois = {f"doi:{fields['doi']}" for fields in entries if "doi" in fields}
    return dois | {
        f"arXiv:{fields['eprint']}" for fields in entries if "eprint" in fields
    }


def _markdown_lines(path: Path) -> Iterator[tuple[int, str]]:
    lines = path.read_text("utf-8").splitlines()
    inside, skipped = "", lines[:1] == ["---"]
    for number, text in enumerate(lines, 1):
        mark = FENCE.match(text)
        if skipped:
            skipped = number == 1 or text != "---"
        elif mark and (not inside or (mark[1].startswith(inside) and not mark[2])):
            inside = "" if inside else mark[1]
            yield number, ""
        elif text == "## References":
            return
        elif not inside:
            yield number, re.sub(r"^\s*\d+\. ", "", text)


def _lab_lines(path: Path) -> Iterator[tuple[int, str]]:
    prose_cell = False
    for number, text in enumerate(path.read_text("utf-8").splitlines(), 1):
        if text.startswith("# %%"):
            prose_cell = "[markdown]" in text
            yield number, ""
            yield number, "".join(re.findall(r'alt="([^"]*)"', text))
            yield number, ""
        elif prose_cell:
            yield number, text.removeprefix("#").strip()


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    for match in re.finditer(r"[^\n]+", text):
        yield match.start(), match[0]


def _blanked(block: str) -> str:
    """The block with code, comments, link targets, footnotes and file names blanked out."""
    hidden = r"`[^`]*`|<!--.*?-->|\]\([^)]*\)|\[\^[^\]]*\]|<[^>]*>|\{[^}]*\}"
    return re.sub(hidden, lambda match: " " * len(match[0]), block)


def _cited(block: str, offset: int) -> bool:
    """Whether the sentence around a position ends with a footnote, or with several."""
    ending = r"[.!?:;](?: ?\[\^[^\]]*\])*(?=\s|$)"
    ends = [m.end() for m in re.finditer(ending, block)]
    start = max([end for end in ends if end <= offset], default=0)
    stop = min([end for end in ends if end > offset], default=len(block))
    return "[^" in block[start:stop]
