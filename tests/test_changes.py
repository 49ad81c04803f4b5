"""The list of corrections: each entry is whole, and what was wrong does not stand there again."""

import re
from datetime import date
from typing import NamedTuple

import pytest

from snippets._ledger import places
from tests.prose import DOCS, prose, source

TEXT = (DOCS / "changes.md").read_text("utf-8")
ENTRY = re.compile(
    r"^### (?P<title>.+)\n\n(?P<day>[\d-]+), on \[[^\]]+\]\((?P<page>[\w/-]+)\.\w+\)\.\n\n"
    r"- \*\*Stood there:\*\* (?P<wrong>(?:.+\n)+?)- \*\*Right:\*\* (?P<right>(?:.+\n)+?)"
    r"- \*\*Held by:\*\* `(?P<file>\w+\.py)::(?P<test>\w+)`\.\n"
    r"- \*\*(?:Found by|Thanks to):\*\* (?P<found>\S.+)$",
    re.MULTILINE,
)


class Entry(NamedTuple):
    """A correction, as the page tells it."""

    title: str
    day: str
    page: str
    wrong: str
    right: str
    file: str
    test: str
    found: str


ENTRIES = [Entry(*match.groups()) for match in ENTRY.finditer(TEXT)]
each = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.title)


def test_every_entry_says_all_that_an_entry_says():
    listed = TEXT.split("## What was corrected")[1]
    assert re.findall(r"^### (.+)$", listed, re.MULTILINE) == [e.title for e in ENTRIES]


def test_the_newest_comes_first(says):
    days = [date.fromisoformat(entry.day) for entry in ENTRIES]
    assert days == sorted(days, reverse=True)
    for day in days:
        says("changes", day.isoformat())


@each
def test_a_test_holds_it(entry):
    assert (entry.file, entry.test) in places()


@each
def test_what_was_wrong_does_not_stand_there_again(entry):
    text = prose(source(entry.page)).text
    for quoted in re.findall("“([^”]+)”", entry.wrong):
        assert " ".join(quoted.split()) not in text.replace("\n", " "), entry.page
