"""What each figure shows, against its description, made when the picture was looked at."""

import re
from itertools import zip_longest

import pytest

from tests.drawn import FOLDER, NAMES, described

ROUNDING = {
    "drift": 0.5
}  # a line grows from rounding: each version of torch has its own


@pytest.mark.parametrize("snippet", NAMES)
def test_the_figure_is_as_it_was_seen(snippet):
    path = FOLDER / f"{snippet}.txt"
    seen = path.read_text("utf-8").splitlines() if path.exists() else []
    pairs = enumerate(zip_longest(seen, described(snippet).splitlines(), fillvalue=""))
    share = ROUNDING.get(snippet, 0)
    told = [
        f"{n + 1} says\n{was}\nand is\n{now}"
        for n, (was, now) in pairs
        if not alike(was, now, share)
    ]
    assert not told, (
        f"tests/drawn/{snippet}.txt:{told[0]}\nLook at docs/figures/{snippet}.svg; "
        f"`python -m tests.drawn {snippet}` accepts it"
    )


def alike(was, now, share):
    """Whether lines are equal, but for such a share of their numbers, or a billionth."""
    old, new = (re.split(r"(-?\d[\d.e+-]*)", line) for line in (was, now))
    if old[::2] != new[::2] or not share:
        return was == now
    return [*map(float, new[1::2])] == pytest.approx(
        [*map(float, old[1::2])], share, 1e-9
    )


def test_every_description_is_of_a_figure():
    assert {path.stem for path in FOLDER.glob("*")} == set(NAMES)
