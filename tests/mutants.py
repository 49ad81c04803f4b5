"""``python -m tests.mutants [snippet ...]``: break the snippets on purpose, one place at a time.

mutmut proposes the breaks. Each is tested by the tests of its snippet and by the output that
its page shows; one that passes them all is a survivor. A survivor is a fault unless
``tests/equivalent.toml`` says why it changes nothing that a reader could meet; what it names
in a snippet, or as noticed nowhere, is not tested again, but with ``--explained``. Verdicts are kept in .cache by what
they hang on, so that a run that was cut off goes on where it was.
"""

import argparse
import hashlib
import json
import os
import random
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import libcst as cst
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper
from mutmut.mutation.file_mutation import create_mutations

from snippets._style import ROOT
from tests.test_snippets import ALL, shown

STORE = ROOT / ".cache" / "mutants.jsonl"
EQUIVALENT = ROOT / "tests" / "equivalent.toml"
PROGRAMS = sorted((ROOT / "snippets").glob("*/*.py"))
NAMES = [
    path.relative_to(ROOT / "snippets").with_suffix("").as_posix()
    for path in [*ALL, *PROGRAMS]
    if path.stem != "__init__"
]


@dataclass(frozen=True)
class Mutant:
    """A snippet with one place changed: where, the lines before and after, all the code."""

    snippet: str
    line: int
    was: str
    now: str
    code: str = field(repr=False)
    prints: bool = False  # the place is in the block that runs it as a program

    @property
    def key(self) -> str:
        """What a verdict hangs on: the code, its tests, its drawing, its output."""
        text = self.code + tested(self.snippet)
        return hashlib.sha256(text.encode()).hexdigest()

    def __str__(self) -> str:
        lines = [f"- {line}" for line in self.was.splitlines()]
        lines += [f"+ {line}" for line in self.now.splitlines()]
        return "\n    ".join([f"snippets/{self.snippet}.py:{self.line}", *lines])


def source(snippet: str) -> str:
    """The text of a snippet."""
    return (ROOT / "snippets" / f"{snippet}.py").read_text("utf-8")


def whole(snippet: str) -> Mutant:
    """The snippet with nothing broken."""
    return Mutant(snippet, 0, "", "", source(snippet))


@cache
def tests(snippet: str) -> list[str]:
    """The files of tests that concern a snippet; of a package, those that import the module."""
    package, _, stem = snippet.rpartition("/")
    if not package:
        return [f"tests/test_{snippet}.py"]
    named = re.compile(rf"snippets\.{package}(\.| import .*\b){stem}\b")
    files = sorted((ROOT / "tests").glob(f"test_{package}*.py"))
    found = [path for path in files if named.search(path.read_text("utf-8"))]
    return [path.relative_to(ROOT).as_posix() for path in found]


@cache
def tested(snippet: str) -> str:
    """The text of all that a mutant of the snippet must get past."""
    names = [*tests(snippet), f"tests/drawn/{snippet}.txt", "tests/drawn.py"]
    files = [ROOT / name for name in names]
    texts = [path.read_text("utf-8") for path in files if path.exists()]
    return "".join([*texts, *outputs().get(snippet, [])])


@cache
def outputs() -> dict[str, list[str]]:
    """What the pages show as the output of each snippet."""
    return {
        file.removeprefix("snippets/").removesuffix(".py"): [text for _, text in told]
        for file, told in shown().items()
    }


def mutants(snippet: str) -> list[Mutant]:
    """Every mutant of a snippet, from its first line to its last."""
    text = source(snippet)
    module, changes, _, _ = create_mutations(snippet, text)
    wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
    places = wrapper.resolve(ByteSpanPositionProvider)
    raw = text.encode()
    last = raw.find(b"\nif __name__") % (len(raw) + 1)  # at the end if there is none
    found = {}
    for change in changes:
        place = places[change.original_node]
        new = module.code_for_node(_bare(change.mutated_node)).encode()
        code = (raw[: place.start] + new + raw[place.start + place.length :]).decode()
        found[code] = _mutant(snippet, text, code, place.start > last)
    return sorted(found.values(), key=lambda mutant: mutant.line)


def _bare(node: cst.CSTNode) -> cst.CSTNode:
    """The node without its brackets: its place in the file is between them."""
    return node.with_changes(lpar=[], rpar=[]) if hasattr(node, "lpar") else node


def _mutant(snippet: str, text: str, code: str, prints: bool) -> Mutant:
    """The mutant, told by the lines that differ."""
    old, new = text.split("\n"), code.split("\n")
    first = next(i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b)
    while old[-1] == new[-1] and min(len(old), len(new)) > first + 1:
        old, new = old[:-1], new[:-1]
    was, now = ("\n".join(map(str.strip, lines[first:])) for lines in (old, new))
    return Mutant(snippet, first + 1, was, now, code, prints)


@cache
def reasons() -> list[dict[str, Any]]:
    """The entries of the list of mutants that change nothing."""
    rows: list[dict[str, Any]] = tomllib.loads(EQUIVALENT.read_text("utf-8"))["same"]
    return rows


def same(row: dict[str, Any], mutant: Mutant) -> bool:
    """Whether an entry speaks of a mutant: its lines, or what is replaced in any snippet."""
    if "snippet" in row:
        place = mutant.snippet, mutant.was
        return place == (row["snippet"], row["was"]) and mutant.now in row["now"]
    return mutant.now in [mutant.was.replace(row["was"], now) for now in row["now"]]


def excused(mutant: Mutant) -> str:
    """Why a mutant that survives changes nothing; empty if nothing says so."""
    return next((row["why"] for row in reasons() if same(row, mutant)), "")


def named(mutant: Mutant) -> bool:
    """Whether it has been seen to survive: named in its snippet, or noticed in none."""
    rows = [row for row in reasons() if "snippet" in row or row.get("nowhere")]
    return any(same(row, mutant) for row in rows)


def known() -> dict[str, dict[str, Any]]:
    """What earlier runs found, by key."""
    lines = STORE.read_text("utf-8").splitlines() if STORE.exists() else []
    return {record["key"]: record for record in map(recorded, lines) if record}


def recorded(line: str) -> dict[str, Any]:
    """The verdict on a line; nothing if it is not whole: it is being written, or was cut."""
    with suppress(json.JSONDecodeError):
        record: dict[str, Any] = json.loads(line)
        return record
    return {}


def store(mutant: Mutant, verdict: str, by: str = "", **learned: object) -> None:
    """Keep a verdict, and what was learned on the way."""
    record = {"key": mutant.key, "verdict": verdict, "by": by, **learned}
    STORE.parent.mkdir(exist_ok=True)
    with STORE.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


def every(names: Iterable[str], jobs: int) -> list[Mutant]:
    """The mutants of the snippets."""
    with ProcessPoolExecutor(jobs) as pool:
        return [mutant for found in pool.map(mutants, names) for mutant in found]


def sample(found: list[Mutant], size: int) -> list[Mutant]:
    """Always the same few: one of each snippet, then a second of each, and so on."""
    turns = []
    for name in NAMES:
        own = [mutant for mutant in found if mutant.snippet == name]
        random.Random(name).shuffle(own)
        turns += list(enumerate(own))
    turns.sort(key=lambda turn: turn[0])
    return [mutant for _, mutant in turns[:size]]


def report(found: list[Mutant]) -> list[Mutant]:
    """Print the score of each snippet and every survivor; those that nothing explains."""
    records = known()
    counts: dict[str, Counter[str]] = {}
    left = []
    for mutant in found:
        unknown = {"verdict": "survived" if named(mutant) else "untested"}
        verdict = records.get(mutant.key, unknown)["verdict"]
        if verdict == "survived":
            why = excused(mutant)
            print(f"{mutant}\n    {why or 'SURVIVED'}")
            verdict = "equivalent" if why else "survived"
            left += [] if why else [mutant]
        counts.setdefault(mutant.snippet, Counter())[verdict] += 1
    for name, count in [*counts.items(), ("all", sum(counts.values(), Counter()))]:
        print(f"{name:20} {_score(count)}")
    return left


def _score(count: Counter[str]) -> str:
    total = count.total()
    killed = count["killed"] + count["hung"] + count["crashed"]
    others = ", ".join(f"{n} {verdict}" for verdict, n in sorted(count.items()))
    return f"{killed:5} of {total:5} = {killed / total:6.1%}   {others}"


def main() -> None:
    """Test the mutants that have no verdict yet; exit with 1 if a survivor is unexplained."""
    parser = argparse.ArgumentParser("python -m tests.mutants", description=__doc__)
    parser.add_argument("snippets", nargs="*", choices=[*NAMES, []], metavar="snippet")
    parser.add_argument("--sample", type=int, metavar="N", help="only N of them")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--explained", action="store_true", help="test what equivalent.toml names, too"
    )
    options = parser.parse_args()
    found = every((options.snippets or NAMES)[: options.sample], options.jobs)
    if options.sample:
        found = sample(found, options.sample)
    fault = (
        "mutants are tested in forks, on Linux alone"  # elsewhere torch may fail in one
    )
    if sys.platform == "linux":
        from tests.breaker import tried

        asked = [one for one in found if options.explained or not named(one)]
        fault = tried(asked, options.jobs)
    left = report(found)
    sys.exit(fault or (f"{len(left)} unexplained survivors" if left else 0))


if __name__ == "__main__":
    main()
