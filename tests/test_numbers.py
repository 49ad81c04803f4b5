"""Runs last: every number in prose was proven by a test, cited, or declared a constant."""

import json
from pathlib import Path

import pytest

from snippets._style import ROOT
from tests.prose import CONSTANTS, SAID, name, pages, prose


@pytest.fixture(scope="module", autouse=True)
def heard():
    """What the tests of other processes proved is proven here too, if it still stands."""
    lines = Path(SAID).read_text("utf-8").splitlines() if SAID else []
    for path, sentence in {tuple(json.loads(line)) for line in lines}:
        prose(ROOT / path).prove(sentence)


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_number_in_prose_is_proven(page):
    found = prose(page).unproven()
    assert not found, "\n".join(
        [*found, "(Run the whole suite: the other tests prove numbers.)"]
    )


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_declared_constant_is_on_the_page(page):
    text = prose(page).text
    for block in text.split("\n"):
        for value in " ".join(CONSTANTS.findall(block)).replace(",", " ").split():
            assert value in CONSTANTS.sub("", block), (
                f"{name(page)}: no {value} near its comment"
            )
