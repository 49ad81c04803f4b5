"""Runs last: every number in prose was proven by a test, cited, or declared a constant."""

import pytest

from tests.prose import CONSTANTS, name, pages, prose


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
