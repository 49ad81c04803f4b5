"""The convolution explorer against torch, and as a reader meets it."""

import json
import random
from functools import cache

import pytest
import torch
from torch import nn

from tests.browser import until
from tests.explorables import opened, violations
from tests.oracles.convolution import answer, drawn, image, layer

PAGE, TAG = "conv2d/", "conv-explorer"
COUNT, PART = 10_000, 2_500
REFUSALS = {
    "in_channels must be",
    "out_channels must be",
    "Calculated padded input",
    "output padding must",
    "Given input size",
}


def states(part):
    """The random settings of one part of the count, refused ones among them."""
    draw = random.Random(part)
    return [drawn(draw) for _ in range(PART)]


@cache
def answers(part):
    """What torch says to them, as JSON: it is compared twice, and large."""
    return [json.dumps(answer(state)) for state in states(part)]


def wanted(part):
    """Settings with torch's answers."""
    return zip(states(part), map(json.loads, answers(part)), strict=True)


def test_every_product_size_count_and_message_is_that_of_torch(ask, says):
    for part in range(COUNT // PART):
        found = ask(PAGE, TAG, states(part))
        for told, (state, torch_says) in zip(found, wanted(part), strict=True):
            if "refusal" in torch_says:
                assert told["error"] == torch_says["refusal"], state
                assert told["sentence"] == torch_says["refusal"], state
            else:
                assert told["result"] == torch_says, state
                value = str(torch_says["value"]).replace("-", "−")
                assert f"] is {value}:" in told["sentence"]
    says("conv2d", f"torch gives to {COUNT:,} random settings")


def test_a_good_part_of_the_settings_is_refused_for_every_reason(says):
    found = [a["refusal"] for part in range(4) for _, a in wanted(part) if len(a) == 1]
    assert 0.2 * COUNT < len(found) < 0.6 * COUNT
    assert {" ".join(message.split()[:3]) for message in found} == REFUSALS
    says("conv2d", f"{len(found):,} of which it refuses")


def test_the_line_builds_a_layer_with_that_output():
    for part in range(COUNT // PART):
        for state, told in wanted(part):
            if "refusal" not in told:
                built = eval(told["line"], {"nn": nn}).double()
                assert sum(p.numel() for p in built.parameters()) == told["parameters"]
                with torch.no_grad():
                    shape = built(image(state)).shape
                assert shape == (1, state["out_channels"], told["side"], told["side"])


def single(state):
    """The side of the output in single precision, or why there is none."""
    try:
        return layer(state, torch.float)(image(state).float()).shape[-1]
    except (RuntimeError, ValueError) as fault:
        return str(fault)


def test_in_single_precision_only_images_without_pixels_fare_otherwise(says):
    told = [(state, told.get("side", told.get("refusal"))) for state, told in wanted(0)]
    found = [(state, single(state), answer) for state, answer in told]
    unlike = [str(answer) for _, other, answer in found if other != answer]
    assert all(answer.startswith("Given input size") for answer in unlike)
    says("conv2d", "The explorer answers as layers in double precision do")


def test_the_questions_of_the_page_have_one_answer(says):
    start = {**drawn(random.Random(0)), "transposed": False, "groups": 1}
    start |= {"kernel_size": 3, "stride": 2, "padding": 1, "dilation": 1}
    sides = [answer({**start, "size": size})["side"] for size in (7, 8)]
    says("conv2d", f"makes {sides[0]} × {sides[1]} pixels of 7 × 7 and of 8 × 8")
    back = {**start, "transposed": True, "size": 4}
    extra = [answer({**back, "output_padding": n}).get("side") for n in range(7)]
    assert extra.count(8) == 1
    says("conv2d", "input size to 4: which output padding returns to 8?")
    wide = {**start, "stride": 1, "padding": 3, "size": 7}
    kept = [answer({**wide, "dilation": n}).get("side") for n in range(1, 5)]
    assert kept.count(7) == 1
    says("conv2d", "with stride 1 and padding 3, which dilation keeps the size?")


def state(page):
    """What the element says now."""
    return page.evaluate("tag => document.querySelector(tag).state", TAG)


def tab_to(page, selector):
    """Press Tab until the focus is on an element of the explorer."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("to => document.activeElement.matches(to)", selector):
            return
    raise AssertionError(f"{selector} is not reached by Tab")


def test_a_reader_steps_through_the_output_by_keyboard_alone(browser, address):
    page, wrong = opened(browser, address, TAG)
    page.locator(f"{TAG} [name=transposed]").focus()
    tab_to(page, "[role=slider]")
    for key in ["Home", "ArrowRight", "ArrowDown", "ArrowRight", "ArrowUp"]:
        page.keyboard.press(key)
    grid = page.locator(f"{TAG} [role=slider]")
    value = page.evaluate("tag => document.querySelector(tag).result.value", TAG)
    assert grid.get_attribute("aria-valuetext") == f"row 0, column 2: {value}"
    until(page, "location.search.includes('conv.column=2')")
    assert (
        f"output[0, 0, 0, 2] is {value}"
        in page.locator(f"{TAG} [role=status]").inner_text()
    )
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    assert (state(page)["row"], state(page)["column"]) == (0, 3)
    page.close()
    assert not wrong


@pytest.mark.parametrize("allowed", [True, False])
def test_the_line_is_copied_or_at_least_selected(browser, address, allowed):
    page, wrong = opened(browser, address, TAG)
    answer = "resolve()" if allowed else "reject(new Error('not allowed'))"
    page.evaluate(
        "void (navigator.clipboard.writeText = text => { window.copied = text;"
        f" return Promise.{answer}; }})"
    )
    page.locator(f"{TAG} [name=transposed]").focus()
    tab_to(page, f"{TAG} .conv-line button")
    page.keyboard.press("Enter")
    said = page.locator(f"{TAG} .conv-line output")
    said.filter(has_text="copied" if allowed else "selected").wait_for()
    chosen = page.evaluate("allowed => allowed ? copied : `${getSelection()}`", allowed)
    assert chosen == "nn.Conv2d(1, 1, 3, stride=2, padding=1)"
    page.close()
    assert not wrong


def test_a_tap_on_an_output_pixel_shows_its_window(browser, address):
    options = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
    for query, side, ring in [("", 4, 0), ("?conv.transposed=true", 13, 1)]:
        page, wrong = opened(browser, address, TAG, query, **options)
        grid = page.locator(f"{TAG} [role=slider]")
        grid.scroll_into_view_if_needed()
        cell = grid.bounding_box()["width"] / (side + 2 * ring)
        page.evaluate("scrollBy(0, 100)")
        grid.tap(position={"x": (ring + 1.5) * cell, "y": (ring + 2.5) * cell})
        assert (state(page)["row"], state(page)["column"]) == (2, 1)
        framed = page.locator(f"{TAG} [aria-hidden] .conv-frame").first
        assert framed.get_attribute("d").count("M") == (9 if ring == 0 else 2)
        page.close()
        assert not wrong


def test_a_position_survives_a_smaller_and_a_refused_output(browser, address):
    page, wrong = opened(browser, address, TAG)
    script = "([tag, change]) => document.querySelector(tag).set(change)"
    page.evaluate(script, [TAG, {"stride": 1, "size": 16, "row": 9, "column": 12}])
    page.evaluate(script, [TAG, {"size": 4}])
    assert (state(page)["row"], state(page)["column"]) == (3, 3)
    page.evaluate(script, [TAG, {"groups": 3}])
    assert page.locator(f"{TAG} .explorable-refusal").is_visible()
    page.evaluate(script, [TAG, {"groups": 1, "size": 16, "row": 9}])
    assert (state(page)["row"], state(page)["column"]) == (9, 3)
    assert page.locator(f"{TAG} [name=row]").get_attribute("max") == "15"
    page.close()
    assert not wrong


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "query",
    [
        "",
        "?conv.transposed=true&conv.size=16&conv.stride=5&conv.taps=edge",
        "?conv.groups=5",
    ],
)
def test_axe_finds_nothing_at_the_start_at_an_extreme_or_refused(
    browser, address, scheme, query
):
    page, wrong = opened(browser, address, TAG, query, color_scheme=scheme)
    assert violations(page, TAG) == []
    page.close()
    assert not wrong
