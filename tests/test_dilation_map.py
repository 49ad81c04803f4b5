"""The dilation map against torch."""

import random
import re

import pytest

from snippets.gridding import figure
from tests.explorables import marred, opened, sentence, tapped
from tests.oracles.coverage import coverage, stack

PAGE, TAG = "dilation/", "dilation-map"


def states(count):
    """Random settings, with the rates and the kernel that they mean."""
    draw = random.Random(1)
    for _ in range(count):
        rates, kernel = stack(draw)
        unused = [draw.randint(1, 8) for _ in range(4 - len(rates))]
        knobs = {f"rate{n}": rate for n, rate in enumerate(rates + unused, 1)}
        yield {"kernel": kernel, "layers": len(rates), **knobs}, rates, kernel


def test_the_map_reads_the_pixels_that_have_a_gradient(ask):
    asked = list(states(1000))
    for answer, (state, rates, kernel) in zip(
        ask(PAGE, TAG, [state for state, *_ in asked]), asked, strict=True
    ):
        wanted = {"rates": rates, **coverage(rates, kernel)}
        assert answer["result"] == wanted, state
        assert f"{wanted['read']} of {wanted['pixels']} read" in answer["sentence"]


def test_the_still_figure_shows_the_rates_that_stand_in_for_the_map(says):
    titles = [axes.get_title() for axes in figure().axes]
    rates = [re.search(r"\((.*)\)", title)[1] for title in titles]
    says("dilation", f"show the rates {' and '.join(rates)};")


def test_a_reader_closes_the_holes_by_keyboard_alone(browser, address):
    page, _ = opened(browser, address, TAG)
    page.get_by_label("Layers").focus()
    page.keyboard.press("Tab")  # to the rate of the first layer
    page.keyboard.press("ArrowLeft")
    pixels = coverage((1, 2, 2), 3)["pixels"]
    assert f"{pixels} of {pixels} read: all of them." in sentence(page, TAG)
    page.close()


def test_a_reader_opens_the_largest_holes_by_touch(browser, address):
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
    page, _ = opened(browser, address, TAG, **phone)
    for name, end in [("Layers", "left"), ("Rate of layer 1", "right")]:
        tapped(page.get_by_label(name), end)
    wanted = coverage((8,), 3)
    read = f"{wanted['read']} of {wanted['pixels']} read: {wanted['share']:.1%}"
    assert read.replace("%", " %") in sentence(page, TAG)
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_three_states(browser, address, scheme):
    states = ({}, {"layers": 1, "rate1": 8}, {"layers": 4, "kernel": 5, "rate4": 8})
    assert marred(browser, address, TAG, scheme, states) == []
