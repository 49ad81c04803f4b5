"""The shift meter against torch, against the page's own meter, and as a person meets it."""

import json
import random
import re
from functools import cache

import numpy as np
import pytest

from snippets.meter import reading
from tests.cat import pixels
from tests.explorables import SUMMED, marred, opened, sentence, summed, tapped
from tests.oracles.filtering import BORDERS
from tests.oracles.shifting import (
    POOLS,
    answer,
    equivariance,
    features,
    invariance,
    kernels,
    network,
    setting,
)

PAGE, TAG = "equivariance/", "shift-meter"
CAT = pixels().double()
WEIGHTS = kernels()
CLOSE = {"rel": 1e-9, "abs": 1e-12}
STILL = {"border": "zeros", "depth": 4, "stride": "1", "pool": "none"}
SHIFT = {"down": 40, "right": -36}


@cache
def asked():
    """1,000 random states with torch's answers; stacks that repeat stand together."""
    draw = random.Random(1)
    stacks = {json.dumps(setting(draw)) for _ in range(1000)}
    found = []
    for how in map(json.loads, sorted(stacks)):
        still = features(CAT, how, WEIGHTS)
        step = int(how["stride"]) * (1 if how["pool"] == "none" else 2)
        for _ in range(-(-1000 // len(stacks))):
            shift = draw.randint(-50, 50), draw.randint(-50, 50)
            moved = features(CAT.roll(shift, (0, 1)), how, WEIGHTS)
            wanted = {
                "step": step,
                "width": still.shape[2],
                "height": still.shape[1],
                **equivariance(moved, still, *shift, step),
                **invariance(moved, still),
            }
            state = {"at": len(found), "down": shift[0], "right": shift[1], **how}
            found.append((state, wanted))
    return found


def test_the_meter_reads_what_torch_reads(ask):
    states = [state for state, _ in asked()]
    assert len(states) >= 1000
    answers = ask(PAGE, TAG, states, SUMMED)
    for found, (state, wanted) in zip(answers, asked(), strict=True):
        result, expected = found["result"], dict(wanted)
        map_, values = result.pop("map"), np.array(expected.pop("map"))
        if state["at"] % 4:
            assert map_ == pytest.approx(summed(values), **CLOSE), state
        else:
            assert np.allclose(map_, values, rtol=1e-9, atol=1e-12), state
        for name in ("size", "mean", "top"):
            assert result.pop(name) == pytest.approx(expected.pop(name), **CLOSE), state
        assert result == expected, state
        agrees = "positions agree" in found["sentence"]
        assert agrees == (wanted["wrong"] == 0), found["sentence"]


def test_every_choice_was_asked():
    states = [state for state, _ in asked()]
    assert {state["border"] for state in states} == set(BORDERS)
    assert {state["pool"] for state in states} == set(POOLS)
    assert {state["depth"] for state in states} == set(range(1, 9))
    assert any(wanted["wrong"] == 0 for _, wanted in asked())


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("stride", ["1", "2"])
def test_it_defines_the_difference_as_the_page_does(border, stride):
    for depth, shift in [(1, (41, -35)), (4, (40, -36))]:
        how = {**STILL, "border": border, "stride": stride, "depth": depth}
        ours = answer(CAT, {**how, "down": shift[0], "right": shift[1]}, WEIGHTS)
        share, size = reading(
            network(how, WEIGHTS), CAT[None, None], shift, int(stride)
        )
        assert ours["wrong"] / len(ours["map"]) == share
        assert ours["size"] == pytest.approx(size, rel=1e-12)


@pytest.mark.parametrize("border", ["zeros", "reflect", "replicate"])
def test_as_many_positions_break_as_the_page_counts(border):
    for depth in range(1, 9):
        state = {**STILL, **SHIFT, "border": border, "depth": depth}
        wrong = answer(CAT, state, WEIGHTS)["wrong"]
        assert wrong == 100**2 - (100 - 4 * depth) ** 2


@pytest.mark.parametrize("shift", [(25, 17), (-50, 31), (-18, -18)])
def test_other_shifts_break_as_many(shift):
    state = {**STILL, "down": shift[0], "right": shift[1]}
    for depth in (1, 4, 8):
        wrong = answer(CAT, {**state, "depth": depth}, WEIGHTS)["wrong"]
        assert wrong == pytest.approx(100**2 - (100 - 4 * depth) ** 2, abs=3)


def test_the_page_counts_its_maps(says):
    words = {2: "two", 8: "eight"}
    says("equivariance", f"with {words[len(WEIGHTS[0])]} maps in place of eight.")


def test_answers_to_the_questions_on_the_page(says):
    says("equivariance", "how many layers leave less than half of the positions right?")
    broken = [
        answer(CAT, {**STILL, **SHIFT, "depth": depth}, WEIGHTS)["wrong"] > 5000
        for depth in range(1, 9)
    ]
    assert broken == [False] * 7 + [True]
    says("equivariance", f"With circular padding, stride {2} and `max 2`")
    how = {"border": "circular", "depth": 2, "stride": "2", "pool": "max 2"}
    passing = [
        (down, right)
        for down in range(-4, 5)
        for right in range(-4, 5)
        if not answer(CAT, {**how, "down": down, "right": right}, WEIGHTS)["wrong"]
    ]
    assert passing == [(a, b) for a in (-4, 0, 4) for b in (-4, 0, 4)]


def test_it_starts_where_the_table_is(browser, address, says):
    page, _ = opened(browser, address, TAG)
    wrong = answer(CAT, {**STILL, **SHIFT}, WEIGHTS)["wrong"]
    assert f"{wrong:,} of 10,000 positions differ ({wrong / 100**2:.1%})" in sentence(
        page, TAG
    )
    page.close()


def test_a_person_finds_the_law_by_keyboard(browser, address):
    page, _ = opened(browser, address, TAG)
    page.get_by_label("Padding").focus()
    page.keyboard.press("c")  # circular
    assert "All 10,000 positions agree" in sentence(page, TAG)
    page.get_by_label("Stride of the first layer").focus()
    page.keyboard.press("ArrowDown")
    assert "All 2,500 positions agree" in sentence(page, TAG)
    page.get_by_label("Down, pixels").focus()
    page.keyboard.press("ArrowRight")
    said = sentence(page, TAG)
    assert "moved 41 down and 36 left" in said
    state = {**STILL, "border": "circular", "stride": "2", "down": 41, "right": -36}
    wanted = answer(CAT, state, WEIGHTS)
    assert f"{wanted['wrong']:,} of 2,500 positions differ" in said
    assert f"in size by {wanted['size']:.1%}." in said
    assert re.search(r"moved 2[01] down and 18 left, which fits best", said)
    page.close()


def test_a_person_finds_the_border_by_touch(browser, address):
    page, _ = opened(
        browser, address, TAG, viewport={"width": 360, "height": 740}, has_touch=True
    )
    tapped(page.get_by_label("Layers"), "right")
    wanted = answer(CAT, {**STILL, **SHIFT, "depth": 8}, WEIGHTS)
    assert f"{wanted['wrong']:,} of 10,000 positions differ" in sentence(page, TAG)
    shown = page.locator(f"{TAG} td").all_text_contents()
    assert shown[2:] == [f"{wanted[name]:.1%}" for name in ("size", "mean", "top")]
    painted = """tag => {
      const map = document.querySelectorAll(`${tag} canvas`)[1];
      const { data } = map.getContext("2d").getImageData(0, 0, map.width, map.height);
      return data.filter((_, at) => at % 4 === 3 && data[at] > 0).length;
    }"""
    assert page.evaluate(painted, TAG) == wanted["wrong"]
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_three_states(browser, address, scheme):
    states = (
        {},
        {"border": "circular", "down": 0, "right": 0},
        {"border": "reflect", "depth": 8, "stride": "2", "pool": "max, then blur"},
    )
    assert marred(browser, address, TAG, scheme, states) == []
