"""References from one source: ``docs/references.bib`` gives pages their footnotes.

A Markdown extension. Pages cite ``[^key]`` and define nothing; the definitions of the
keys that a page cites are appended before its footnotes are read, and the marker
``<!-- references -->`` becomes the list of all. Faults are warnings: `--strict` fails.
"""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from bibtexparser.entrypoint import parse_string
from bibtexparser.model import Entry, ImplicitComment, ParsingFailedBlock
from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

DOCS = Path(__file__).resolve().parent.parent / "docs"
SOURCE = DOCS / "references.bib"
NAME = "docs/references.bib"
MARKER = "<!-- references -->"
CODE = re.compile(
    r"^[ >]*(`{3,}|~{3,}).*?^[ >]*\1[`~]*\s*$|<!--.*?-->|(`+)(?!`)(?:(?!\n\n).)+?\2",
    re.MULTILINE | re.DOTALL,
)
CITED = re.compile(r"\[\^([^\]\s]+)\](:?)")
VENUE = {
    "article": "journal",
    "book": "publisher",
    "inproceedings": "booktitle",
    "misc": "howpublished",
}
NEEDED = ("author", "title", "year", "annote", "checked")
DATE = r"\d{4}-(0[1-9]|1[0-2])-([0-2]\d|3[01])"
SHAPES = {
    "author": r"(?! |.*\b(et al|others)\b)(\{[^{}]+\}|[^,{}]+, [^,{}]+)",
    "year": r"(19|20)\d\d",
    "pages": r"\w+(--\w+)?",
    "doi": r"10\.\d{4,9}/[^\s{}]+",
    "eprint": r"\d{4}\.\d{4,5}",
    "archiveprefix": r"arXiv",
    "url": r"https://\S+",
    "checked": rf"{DATE}: \S.{{7,}}",
}
KNOWN = {*NEEDED, *VENUE.values(), *SHAPES, "volume", "number", "note"}
log = logging.getLogger("mkdocs.references")
logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)  # `parsed` tells the same


class Reference(NamedTuple):
    """An entry: its key, its kind, its fields, and the lines on which they stand."""

    key: str
    kind: str
    fields: Mapping[str, str]
    lines: Mapping[str, int]

    def where(self, name: str = "") -> str:
        """The file and the line of a field, or of the entry, as a message names it."""
        return f"{NAME}:{self.lines.get(name, self.lines[''])}"


@cache
def parsed(text: str) -> tuple[list[Reference], list[str]]:
    """The entries of a source, and what its parser could not read, each with its line.

    >>> parsed("@misc{a, title={A}}\\n@misc{b, title={B}")[1][0][:40]
    'docs/references.bib:2: Unexpectedly reac'
    """
    entries, faults = [], []
    for block in parse_string(text).blocks:
        line = (block.start_line or 0) + 1
        if isinstance(block, ParsingFailedBlock):
            faults.append(f"{NAME}:{line}: {_reason(block)}")
        elif isinstance(block, Entry):
            entries.append(_reference(block, line))
        elif not isinstance(block, ImplicitComment) or _stray(block.comment):
            faults.append(f"{NAME}:{line}: neither an entry nor a comment after %")
    return entries, faults


def malformed(text: str) -> list[str]:
    """What is wrong with a source by itself, each with its line."""
    entries, faults = parsed(text)
    wrong = [fault for entry in entries for fault in _wrong(entry)]
    return [*faults, *wrong, *_repeated(entries)]


def misused(entries: Iterable[Reference], pages: Mapping[str, str]) -> list[str]:
    """Keys that a page cites without an entry or defines itself; entries none cites."""
    known = {entry.key: entry for entry in entries}
    faults, used = [], set()
    for page, text in pages.items():
        for key, line, defined in citations(text):
            used.add(key)
            if defined:
                faults.append(
                    f"docs/{page}:{line}: [^{key}] is defined in {NAME} alone"
                )
            elif key not in known:
                faults.append(f"docs/{page}:{line}: {NAME} has no [^{key}]")
    unused = [entry for key, entry in known.items() if key not in used]
    return faults + [f"{entry.where()}: no page cites {entry.key}" for entry in unused]


def citations(text: str) -> Iterator[tuple[str, int, bool]]:
    """Each citation outside code: its key, its line, whether it is a definition.

    >>> list(citations("One.[^a]\\n`[^b]`\\n\\n[^c]: Three."))
    [('a', 1, False), ('c', 4, True)]
    """
    bare = CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    for match in CITED.finditer(bare):
        begins = bare.rfind("\n", 0, match.start()) + 1
        defined = bool(match[2]) and not bare[begins : match.start()].strip()
        yield match[1], bare.count("\n", 0, match.start()) + 1, defined


def pages() -> dict[str, str]:
    """The text of every Markdown page, by its path in docs."""
    paths = sorted(DOCS.rglob("[!.]*.md"))
    return {p.relative_to(DOCS).as_posix(): p.read_text("utf-8") for p in paths}


def references() -> dict[str, Reference]:
    """The entries of the source by key; its faults are logged when it has changed."""
    return _read(SOURCE.stat().st_mtime_ns)


def cited(entry: Reference) -> str:
    """An entry as Markdown: authors, title, venue, year, and where it is found.

    >>> fields = {"author": "Yu, Fisher and Koltun, Vladlen", "title": "Dilated {CNNs}"}
    >>> fields |= {"booktitle": "ICLR", "year": "2016", "eprint": "1511.07122"}
    >>> cited(Reference("yu", "inproceedings", fields, {"": 1}))[:48]
    'F. Yu and V. Koltun, "Dilated CNNs", *ICLR*, 201'
    """
    fields = {name: _plain(value) for name, value in entry.fields.items()}
    title = f"*{fields['title']}*" if entry.kind == "book" else f'"{fields["title"]}"'
    parts = [names(entry.fields["author"]), title, _venue(entry.kind, fields)]
    if "pages" in fields:
        parts.append(fields["pages"].replace("--", "–"))
    told = ", ".join([*parts, *([fields["year"]] if "year" in fields else [])])
    if "note" in fields:
        note = re.sub(r"https://\S+", r"<\g<0>>", fields["note"])
        told += f" ({note})"
    return f"{told}. {', '.join(_links(fields))}"


def names(author: str) -> str:
    """The authors with initials; of more than seven, the first.

    >>> names("van Gemert, Jan C. and Chen, Liang-Chieh and {PyTorch}")
    'J. C. van Gemert, L.-C. Chen and PyTorch'
    """
    people = [_initialled(one) for one in author.split(" and ")]
    if len(people) > 7:
        return f"{people[0]} et al."
    return " and ".join(filter(None, [", ".join(people[:-1]), people[-1]]))


def listing() -> list[str]:
    """All entries as a Markdown list: what each is cited for, and where; its check."""
    where: dict[str, dict[str, str]] = {}
    for page, text in pages().items():
        for key, _, _ in citations(text):
            where.setdefault(key, {})[page] = _title(text)
    lines = [""]
    for entry in sorted(references().values(), key=_order):
        links = [
            f"[{title}]({page}#fnref:{entry.key})"
            for page, title in where.get(entry.key, {}).items()
        ]
        told, seen = _plain(entry.fields["annote"]), _plain(entry.fields["checked"])
        lines += [f"- {cited(entry)}", ""]
        lines += [f"    {', '.join(links)}: {told}. Looked up on {seen}.", ""]
    return lines


class Cite(Preprocessor):  # type: ignore[misc] # Markdown has no types
    """Appends the definitions of the keys that a page cites."""

    def run(self, lines: list[str]) -> list[str]:
        """The lines of a page with its references."""
        text, known = "\n".join(lines), references()
        keys = dict.fromkeys(key for key, _, _ in citations(text))
        if MARKER in lines:  # once a build
            at = lines.index(MARKER)
            lines = [*lines[:at], *listing(), *lines[at + 1 :]]
            for fault in misused(parsed(SOURCE.read_text("utf-8"))[0], pages()):
                log.warning(fault)
        found = [known[key] for key in keys if key in known]
        return [*lines, "", *(f"[^{entry.key}]: {cited(entry)}" for entry in found)]


class ReferencesExtension(Extension):  # type: ignore[misc] # as above
    """Registers `Cite` ahead of all that changes lines: it sees those of the file."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 its name in Markdown
        """Add the preprocessor."""
        md.preprocessors.register(Cite(md), "references", 100)


def makeExtension(**options: Any) -> ReferencesExtension:  # noqa: N802 as above
    """What Markdown calls."""
    return ReferencesExtension(**options)


@cache
def _read(changed: int) -> dict[str, Reference]:
    text = SOURCE.read_text("utf-8")
    for fault in malformed(text):
        log.warning(fault)
    return {entry.key: entry for entry in parsed(text)[0] if not list(_wrong(entry))}


def _reference(block: Entry, line: int) -> Reference:
    fields = {f.key.lower(): " ".join(str(f.value).split()) for f in block.fields}
    lines = {f.key.lower(): (f.start_line or 0) + 1 for f in block.fields}
    return Reference(block.key, block.entry_type.lower(), fields, {**lines, "": line})


def _reason(block: ParsingFailedBlock) -> str:
    reason = getattr(block.error, "abort_reason", block.error)
    return re.split(r"[.\n]", str(reason))[0]


def _stray(comment: str) -> bool:
    lines = [line.strip() for line in comment.splitlines()]
    return any(line and not line.startswith("%") for line in lines)


def _wrong(entry: Reference) -> Iterator[str]:
    fields, venue = entry.fields, VENUE.get(entry.kind)
    told = f"{entry.where()}: {entry.key}"
    if venue is None:
        yield f"{told} is of kind {entry.kind!r}; known are {', '.join(VENUE)}"
        return
    undated = entry.kind == "misc" and "url" in fields
    for name in (*NEEDED, venue):
        if not fields.get(name) and not (name == "year" and undated):
            yield f"{told} has no {name}"
    if not fields.keys() & {"doi", "eprint", "url"}:
        yield f"{told} has neither doi nor eprint nor url"
    if ("eprint" in fields) != ("archiveprefix" in fields):
        yield f"{told} has an eprint without its archiveprefix, or the reverse"
    for name in fields:
        yield from _misshapen(entry, name)


def _misshapen(entry: Reference, name: str) -> Iterator[str]:
    told, value = f"{entry.where(name)}: {entry.key}", entry.fields[name]
    if name not in KNOWN:
        yield f"{told} has an unknown field {name!r}"
    for part in value.split(" and ") if name == "author" else [value]:
        if name in SHAPES and not re.fullmatch(SHAPES[name], part):
            yield f"{told} has a bad {name}: {part!r}"


def _repeated(entries: Iterable[Reference]) -> Iterator[str]:
    seen: dict[tuple[str, str], Reference] = {}
    for entry in entries:
        for name in ("doi", "eprint", "title"):
            value = re.sub(r"[\W_]+", "", entry.fields.get(name, "")).casefold()
            first = seen.setdefault((name, value), entry)
            if value and first is not entry:
                yield f"{entry.where(name)}: {entry.key} has the {name} of {first.key}"


def _plain(value: str) -> str:
    return re.sub(r"\\([&%$#_])", r"\1", re.sub(r"(?<!\\)[{}]", "", value))


def _initialled(author: str) -> str:
    last, comma, first = author.partition(", ")
    if not comma:
        return _plain(author)
    initials = re.sub(r"(\w)[^\s.-]*\.?", r"\1.", first)
    return f"{initials} {last}"


def _venue(kind: str, fields: Mapping[str, str]) -> str:
    venue = fields[VENUE[kind]]
    if kind in {"article", "inproceedings"}:
        venue = f"*{venue}*"
    volume = f" {fields['volume']}" if "volume" in fields else ""
    number = f"({fields['number'].replace('--', '–')})" if "number" in fields else ""
    return f"{venue}{volume}{number}"


def _links(fields: Mapping[str, str]) -> Iterator[str]:
    if "doi" in fields:
        yield f"[doi:{fields['doi']}](https://doi.org/{quote(fields['doi'])})"
    if "eprint" in fields:
        yield f"[arXiv:{fields['eprint']}](https://arxiv.org/abs/{fields['eprint']})"
    if "url" in fields:
        host = fields["url"].split("/")[2].removeprefix("www.")
        yield f"[{host}]({fields['url']})"


def _title(text: str) -> str:
    found = re.search(r"^# (.+)$", text, re.MULTILINE)
    return found[1] if found else "untitled"


def _order(entry: Reference) -> tuple[str, str]:
    return _plain(entry.fields["author"]).casefold(), entry.fields.get("year", "")
