"""The digit network in the browser against torch: scores, feature maps, answers at all places."""

import json
import random
from functools import cache

import pytest
import torch
from torch.nn.functional import pad

from snippets.digit_net import KINDS, SHIFTS
from tests.browser import until
from tests.conftest import BOTH
from tests.explorables import opened, violations
from tests.firefox import in_firefox
from tests.oracles.network import doubled, run, scores, shipped

PAGE, TAG = "equivariance/", "digit-net"
FILE = """const { answers, placed, run, unpacked } = await import("/widgets/network.js");
  const bytes = await (await fetch("/widgets/digits.bin")).arrayBuffer();
  const { pixels, networks } = unpacked(new Uint8Array(bytes));
  const digit = (at) => Array.from(pixels.subarray(64 * at, 64 * at + 64), (ink) => ink / 16);
"""
SCORES = f"""async ([kind, asked]) => {{
  {FILE}
  return JSON.stringify(asked.map(([at, right, down]) =>
    run(kind, networks[kind], placed(digit(at), 24, right, down)).scores));
}}"""
MAPS = f"""async ([kind, asked]) => {{
  {FILE}
  return JSON.stringify(asked.map((at) => answers(kind, networks[kind], digit(at), 24, 4)));
}}"""
SET = """async ([tag, states, layered]) => {
  const element = document.querySelector(tag);
  element.scrollIntoView();
  await customElements.whenDefined(tag);
  const plain = (_, value) => ArrayBuffer.isView(value) ? [...value] : value;
  return JSON.stringify(states.map((state) => {
    element.set(state);
    const { page, layers, said, hits, scores } = element.result;
    const sentence = element.words(element.result, element.state);
    return { page, said, hits, scores, sentence, ...(layered && { layers }) };
  }), plain);
}"""


@pytest.fixture(params=BOTH)
def call(request, browser, address):
    """What a script answers on the page, in each browser."""

    def answer(script, argument):
        if request.param == "firefox":
            return json.loads(in_firefox(address + PAGE, script, argument))
        page = browser.new_page()
        page.goto(address + PAGE)
        told = json.loads(page.evaluate(script, argument))
        page.close()
        return told

    return answer


def digits():
    return shipped()[0].view(400, 8, 8)


def asked():
    """All 400 digits in the middle, and 500 that are moved."""
    draw = random.Random(2)
    moved = [
        (draw.randrange(400), draw.choice(SHIFTS), draw.choice(SHIFTS))
        for _ in range(500)
    ]
    return [*((at, 0, 0) for at in range(400)), *moved]


@cache
def wanted(kind):
    """Scores of torch for all that is asked, float32 and float64, one call per shift."""
    images, found = asked(), torch.empty(2, 900, 10, dtype=torch.float64)
    for shift in {image[1:] for image in images}:
        rows = [i for i, image in enumerate(images) if image[1:] == shift]
        chosen = digits()[[images[i][0] for i in rows]]
        found[0, rows] = scores(shipped()[1][kind], chosen, *shift).double()
        found[1, rows] = scores(doubled(kind), chosen.double(), *shift)
    return found


@cache
def places(kind):
    """The answers of torch to every fourth digit (100, 81), row by row."""
    network, chosen = shipped()[1][kind], digits()[::4]
    said = [scores(network, chosen, x, y).argmax(1) for y in SHIFTS for x in SHIFTS]
    return torch.stack(said, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_scores_are_those_of_torch_and_no_answer_differs(call, kind):
    found = torch.tensor(call(SCORES, [kind, asked()]), dtype=torch.float64)
    single, double = wanted(kind)
    torch.testing.assert_close(found, single, rtol=0, atol=1e-4)
    torch.testing.assert_close(found, double, rtol=0, atol=1e-10)
    assert torch.equal(found.argmax(1), single.argmax(1))


@pytest.mark.parametrize("kind", KINDS)
def test_the_answers_at_all_places_are_those_of_torch(call, kind):
    found = torch.tensor(call(MAPS, [kind, list(range(0, 400, 4))]))
    assert torch.equal(found, places(kind))


def page_of(state):
    """The 64 pixels that a state means, 0 to 16."""
    ink = torch.zeros(64)
    if state["example"]:
        ink = shipped()[0][int(state["digit"]), state["example"] - 1].flatten() * 16
    bits = torch.tensor([int(bit) for bit in f"{int(state['turned'] or '0', 16):064b}"])
    return torch.where(bits > 0, torch.where(ink > 8, 0.0, 16.0), ink)


def states(count, seed=3):
    draw = random.Random(seed)
    for _ in range(count):
        yield {
            "network": draw.choice(KINDS),
            "digit": str(draw.randrange(10)),
            "example": draw.randint(0, 40),
            "right": draw.choice(SHIFTS),
            "down": draw.choice(SHIFTS),
            "turned": draw.choice(
                ["", f"{draw.getrandbits(64):016x}", f"{1 << draw.randrange(64):016x}"]
            ),
        }


def test_what_is_drawn_is_what_is_answered(call):
    drawn = list(states(200))
    for state, told in zip(drawn, call(SET, [TAG, drawn, False]), strict=True):
        ink, kind = page_of(state), state["network"]
        assert told["page"] == ink.int().tolist(), state
        picture = ink.view(1, 8, 8).double() / 16
        said = scores(doubled(kind), picture, state["right"], state["down"])[0]
        assert told["scores"] == pytest.approx(said.tolist(), abs=1e-10)
        assert told["said"] == int(said.argmax())
        share = f"{100 * said.softmax(0).max():.1f} %"
        assert f"“{kind}” answers {told['said']} with {share}" in told["sentence"]
        right = told["said"] == int(state["digit"])
        if ink.any():
            assert f"which is {'right' if right else 'wrong'}. " in told["sentence"]
        count = {0: "none of the 81", 81: "all 81"}.get(
            told["hits"], f"{told['hits']} of the 81"
        )
        assert told["sentence"].endswith(
            f"It answers {state['digit']} at {count} places."
        )


def test_hits_are_counted_over_all_places(call):
    drawn = list(states(20, seed=5))
    for state, told in zip(drawn, call(SET, [TAG, drawn, False]), strict=True):
        canvas = pad(page_of(state).view(1, 1, 8, 8).double() / 16, [12] * 4)
        views = [
            canvas[..., 4 - y : 28 - y, 4 - x : 28 - x] for y in SHIFTS for x in SHIFTS
        ]
        with torch.no_grad():
            said = doubled(state["network"])(torch.cat(views)).argmax(1)
        assert told["hits"] == int((said == int(state["digit"])).sum()), state


def test_the_feature_maps_are_those_of_torch(call):
    drawn = [
        *states(20, seed=4),
        *({"network": kind, "example": 0, "turned": ""} for kind in KINDS),
    ]
    drawn = [{"digit": "3", "right": 0, "down": 0, **state} for state in drawn]
    for state, told in zip(drawn, call(SET, [TAG, drawn, True]), strict=True):
        weights = [p.detach() for p in doubled(state["network"]).parameters()]
        canvas = torch.zeros(1, 1, 24, 24, dtype=torch.float64)
        top, left = 8 + state["down"], 8 + state["right"]
        canvas[0, 0, top : top + 8, left : left + 8] = page_of(state).view(8, 8) / 16
        layers = run(state["network"], weights, canvas)["layers"]
        for found, layer in zip(told["layers"], layers, strict=True):
            assert {key: found[key] for key in ("name", "maps", "side")} == {
                key: layer[key] for key in ("name", "maps", "side")
            }
            assert found["values"] == pytest.approx(layer["values"], abs=1e-10)


def state_of(page):
    return page.evaluate("tag => document.querySelector(tag).state", TAG)


def test_a_person_draws_and_moves_a_digit_by_keyboard_alone(browser, address):
    page, _ = opened(browser, address, TAG)
    page.locator(f"{TAG} select").first.focus()
    for key in ["ArrowDown", "Tab", "Tab", "Home", "Tab", "Home", "Tab", "ArrowRight"]:
        page.keyboard.press(key)
    told = state_of(page)
    assert told == {
        "network": "global max",
        "digit": "3",
        "example": 0,
        "right": -4,
        "down": 2,
        "turned": "",
    }
    page.keyboard.press("Tab")  # to the first pixel
    label = "document.activeElement.getAttribute('aria-label')"
    assert page.evaluate(label) == "Row 1, column 1: ink 0"
    for key in [
        "ArrowUp",
        "ArrowLeft",
        "ArrowDown",
        "ArrowRight",
        "Space",
        "ArrowRight",
        "Enter",
    ]:
        page.keyboard.press(key)
    assert page.evaluate(label) == "Row 2, column 3: ink 16"
    assert (
        page.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"
    )
    assert state_of(page)["turned"] == "0060000000000000"
    page.keyboard.press("Space")
    assert state_of(page)["turned"] == "0040000000000000"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Reset"
    page.keyboard.press("Shift+Tab")  # back to where the grid was left
    assert page.evaluate(label) == "Row 2, column 3: ink 0"
    until(page, "location.search.includes('turned=0040000000000000')")
    page.reload()
    page.evaluate("tag => customElements.whenDefined(tag).then(() => {})", TAG)
    assert state_of(page)["turned"] == "0040000000000000"
    page.close()


def test_a_person_draws_and_moves_a_digit_by_touch(browser, address):
    page, _ = opened(
        browser,
        address,
        TAG,
        "?digits.example=0",
        viewport={"width": 360, "height": 740},
        has_touch=True,
    )
    page.locator(f"{TAG} .digit-page button").nth(9).tap()
    assert state_of(page)["turned"] == "0040000000000000"
    page.locator(f"{TAG} .digit-page button").nth(9).tap()
    assert state_of(page)["turned"] == ""
    page.locator(f"{TAG} .digit-places span").nth(80).tap()
    assert (state_of(page)["right"], state_of(page)["down"]) == (4, 4)
    assert page.locator(f"{TAG} .here").text_content() == str(
        page.evaluate("tag => document.querySelector(tag).result.said", TAG)
    )
    page.close()


def test_a_stroke_draws_or_wipes_what_it_passes(browser, address):
    page, _ = opened(browser, address, TAG, "?digits.example=0")
    page.locator(f"{TAG} .digit-page").scroll_into_view_if_needed()
    boxes = [
        page.locator(f"{TAG} .digit-page button").nth(at).bounding_box()
        for at in (16, 23)
    ]
    (x, y), (end, _) = [(box["x"] + 9, box["y"] + 9) for box in boxes]
    for wanted in ("0000ff0000000000", ""):
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(end, y, steps=20)
        page.mouse.up()
        assert state_of(page)["turned"] == wanted
    page.mouse.move(x, y + 60)  # without a button nothing is drawn
    page.mouse.move(end, y + 60, steps=20)
    assert state_of(page)["turned"] == ""
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 40, y)
    page.mouse.up()
    assert state_of(page)["turned"] == "0000800000000000"
    page.keyboard.press("Space")  # a key after a stroke is not taken for its end
    assert state_of(page)["turned"] == ""
    page.close()


def test_another_digit_is_another_picture_and_an_empty_page_keeps_its_drawing(
    browser, address
):
    page, _ = opened(browser, address, TAG, "?digits.turned=8000000000000000")
    digit, example = (
        page.locator(f"{TAG} select").nth(1),
        page.locator(f"{TAG} input[type=range]").first,
    )
    digit.select_option("7")
    assert state_of(page)["turned"] == ""
    example.press("Home")
    page.locator(f"{TAG} .digit-page button").nth(1).press("Space")
    digit.select_option("5")
    assert state_of(page)["turned"] == "4000000000000000"
    example.press("ArrowRight")
    assert state_of(page)["turned"] == ""
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "query",
    [
        "",
        "?digits.network=no+stride&digits.turned=ffffffffffffffff&digits.right=-4",
        "?digits.example=0",
    ],
)
def test_the_element_is_accessible_in_three_states(browser, address, scheme, query):
    page, _ = opened(browser, address, TAG, query, color_scheme=scheme)
    found = violations(page, TAG)
    page.close()
    assert found == []
