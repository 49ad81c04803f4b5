"""The receptive-field builder against torch, and as a reader meets it."""

import json
import random
from itertools import pairwise

import pytest
import torch
from playwright.sync_api import expect
from torch import nn

from snippets.budget import alexnet, budget, vgg16
from snippets.winners import field, networks
from tests.explorables import WIDGETS, opened, reach, sentence, violations
from tests.firefox import in_firefox
from tests.oracles.layers import printed, typed, wanted
from tests.oracles.receptive import receptive, side_of, stack

PAGE, TAG = "pooling/", "field-builder"
FULL = {"chromium": 5000, "firefox": 1000}
NETWORKS = json.loads((WIDGETS / "networks.json").read_text("utf-8"))


@pytest.fixture
def page(browser, address):
    """The page with the element defined and its networks there."""
    page, _ = opened(browser, address, TAG, viewport={"width": 1280, "height": 1000})
    page.get_by_role("option", name=[*NETWORKS][-1]).wait_for(state="attached")
    yield page
    page.close()


def states(count):
    """Random stacks as text, with their layers, in the short form or as torch prints them."""
    draw = random.Random(1)
    for _ in range(count):
        layers, side, corner = stack(draw), side_of(draw), draw.random() < 0.3
        text, lines = typed(draw, layers)
        state = {
            "layers": text,
            "size": side,
            "output": "in the corner" if corner else "",
        }
        yield state, layers, lines


def close(found, right):
    """Equal, shares and deviations within rounding."""
    if isinstance(right, dict):
        return all(close(found[key], right[key]) for key in right)
    if isinstance(right, list) and right and isinstance(right[0], float):
        pairs = zip(found, right, strict=True)
        return all(abs(a - b) <= 1e-12 and (a == 0) == (b == 0) for a, b in pairs)
    if isinstance(right, list):
        return all(close(a, b) for a, b in zip(found, right, strict=True))
    return found == right or (isinstance(right, float) and abs(found - right) <= 1e-9)


def test_the_builder_answers_as_torch_does(ask, request):
    asked = list(states(FULL[request.node.callspec.params["ask"]]))
    refused = 0
    answers = ask(PAGE, TAG, [state for state, *_ in asked])
    for answer, (state, layers, lines) in zip(answers, asked, strict=True):
        right = receptive(layers, state["size"], state["output"] == "in the corner")
        if "refusal" in right:
            head, said = right["refusal"].split(": ", 1)
            line = lines[int(head.removeprefix("line ")) - 1]
            assert answer["error"] == f"line {line}: {said}", state
            assert answer["sentence"] == answer["error"]
            refused += 1
        else:
            assert close(answer["result"], right), state
            assert (
                f"a field of {' × '.join(f'{n:,}' for n in right['last']['field'])},"
                in (answer["sentence"])
            )
    assert 0.1 < refused / len(asked) < 0.7  # both kinds were met


def test_what_torch_prints_is_the_stack_that_it_printed(page):
    draw = random.Random(2)
    asked = [printed(draw, stack(draw)) for _ in range(1500)]
    read = """async ([base, texts]) => {
      const { stack } = await import(base + "widgets/layers.js");
      return texts.map(stack);
    }"""
    base = page.url.removesuffix(PAGE)
    found = page.evaluate(read, [base, [text for text, _ in asked]])
    for layers, (text, told) in zip(found, asked, strict=True):
        known = [
            {key: x[key] for key in y}
            for x, y in zip(layers, wanted(told), strict=True)
        ]
        assert known == wanted(told), text


def test_a_print_out_and_what_torch_does_with_it(ask):
    net = nn.Sequential(
        nn.Conv2d(3, 64, 7, 2, 3, bias=False),
        nn.Sequential(nn.BatchNorm2d(64), nn.ReLU(inplace=True)),
        nn.MaxPool2d(3, 2, 1, ceil_mode=True),
        nn.Dropout(),
        nn.AvgPool2d((3, 1), (2, 1)),
    )
    (answer,) = ask(PAGE, TAG, [{"layers": str(net), "size": 100}])
    last = answer["result"]["last"]
    assert [1, last["channels"], *last["size"]] == list(
        net(torch.zeros(1, 3, 100, 100)).shape
    )
    total = sum(p.numel() for p in net.parameters())
    assert answer["result"]["parameters"] == total


FUZZ = """async ([base, texts]) => {
  const { stack } = await import(base + "widgets/layers.js");
  const { receptive } = await import(base + "widgets/receptive.js");
  const { Refusal } = await import(base + "widgets/fields.js");
  let [read, refused] = [0, 0];
  for (const text of texts) {
    try {
      receptive(stack(text), 64, false);
      read++;
    } catch (fault) {
      if (!(fault instanceof Refusal)) throw new Error(`${fault}: ${text}`);
      refused++;
    }
  }
  return { read, refused };
}"""
PIECES = [
    "conv",
    "pool",
    " ",
    "\n",
    "(",
    ")",
    ",",
    "=",
    "3",
    "0",
    "stride",
    "padding",
    "channels",
]
PIECES += [
    "Conv2d(",
    "MaxPool2d(",
    "Sequential(",
    "(0): ",
    "kernel_size=",
    "(3, 1)",
    "True",
    "#",
]
PIECES += [
    "nn.",
    "relu",
    "BatchNorm2d(",
    "constructor",
    "__proto__",
    "\u2028",
    "é",
    "😀",
    "9" * 9,
]
PIECES += ["bias", "False", "None", "\t", "\r", "'", "-1", "1e9", "None", "x"]


def fuzz(count):
    """Texts made of pieces that the reader knows, of damaged print-outs and of any characters."""
    draw = random.Random(3)
    for _ in range(count):
        kind = draw.random()
        if kind < 0.5:
            yield "".join(draw.choices(PIECES, k=draw.randint(0, 40)))
        elif kind < 0.9:
            text = list((printed if kind < 0.7 else typed)(draw, stack(draw))[0])
            for _ in range(draw.randint(1, 3)):
                text[draw.randrange(len(text))] = draw.choice(PIECES)
            yield "".join(text)
        else:
            yield "".join(
                chr(draw.randrange(32, 0x3000)) for _ in range(draw.randint(0, 60))
            )


def test_no_text_is_answered_by_anything_but_a_stack_or_a_refusal(page, address):
    long = [unit * (20_000 // len(unit)) for unit in PIECES]
    texts = [*fuzz(10_000), *long, "relu\n" * 200, "conv 3 " * 2000, "(" * 20_000]
    base = page.url.removesuffix(PAGE)
    for found in (
        page.evaluate(FUZZ, [base, texts]),
        in_firefox(address + PAGE, FUZZ, [base, texts]),
    ):
        assert found["read"] > 50
        assert found["refused"] > 5000


def test_a_megabyte_is_refused(page):
    error, most = page.evaluate(
        """() => {
          const element = document.querySelector("field-builder");
          element.set({ layers: "conv 3\\n".repeat(150_000) });
          return [element.error, element.control("layers").maxLength];
        }"""
    )
    assert error == "a text of at most 20,000 characters is read"
    assert most == 20_001  # no more can be typed or pasted


@pytest.mark.parametrize(("name", "net"), [("AlexNet", alexnet), ("VGG-16", vgg16)])
def test_the_networks_cost_what_their_convolutions_cost(ask, name, net):
    (answer,) = ask(PAGE, TAG, [NETWORKS[name]])
    with torch.device("meta"):
        rows = [row for row in budget(net(), NETWORKS[name]["size"]) if row.convolves]
    assert answer["result"]["parameters"] == sum(row.parameters for row in rows)
    assert answer["result"]["macs"] == sum(row.work for row in rows)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("AlexNet", "AlexNet"),
        ("VGG-16", "VGG-16"),
        ("ResNet-50, main path", "ResNet-50, 3x3"),
    ],
)
def test_the_networks_are_those_of_the_page_on_imagenet(ask, name, known):
    (answer,) = ask(PAGE, TAG, [NETWORKS[name]])
    result = answer["result"]
    assert result["last"]["field"] == [field(networks()[known])] * 2
    steps = [(b["jump"][0] // a["jump"][0]) for a, b in pairwise(result["maps"])]
    assert steps == [stride for _, stride in networks()[known]]
    assert result["last"]["size"] == [{"AlexNet": 6}.get(name, 7)] * 2


def test_resnet_18_sees_what_its_kernels_and_strides_say(ask):
    stem, stages = [(7, 2), (3, 2)], [[(3, 1)] * 4] + [[(3, 2), *[(3, 1)] * 3]] * 3
    layers = [*stem, *(layer for stage in stages for layer in stage)]
    (answer,) = ask(PAGE, TAG, [NETWORKS["ResNet-18, main path"]])
    assert answer["result"]["last"]["field"] == [field(layers)] * 2


def test_a_long_stride_skips_pixels(ask, says):
    (answer,) = ask(PAGE, TAG, [{"layers": "conv 3 stride 4\nconv 3"}])
    (high, wide), axes = answer["result"]["last"]["field"], answer["result"]["axes"]
    read = axes[0]["read"] * axes[1]["read"]
    says("pooling", f"sees {high} × {wide} pixels and reads {read} of them")
    layers = nn.Sequential(nn.Conv2d(1, 1, 3, 4), nn.Conv2d(1, 1, 3))
    image = torch.rand(1, 1, high, wide, requires_grad=True)
    layers(image).sum().backward()
    assert int((image.grad != 0).sum()) == read


def test_a_print_out_does_not_say_all():
    assert str(nn.AvgPool2d(2, ceil_mode=True)) == str(nn.AvgPool2d(2))
    assert "ceil_mode" in str(nn.MaxPool2d(2))


def test_the_start_is_the_first_network(page):
    state = page.evaluate("document.querySelector('field-builder').state")
    assert {key: state[key] for key in ("layers", "size")} == NETWORKS["Four blocks"]


def test_a_fault_is_told_and_marked_and_the_last_answer_stays_faint(page):
    area = page.get_by_label("Layers, one a line")
    area.fill("conv 3\nconv 3 stride x # here")
    said = "line 2, column 15: expected a number after stride, from 1 to 99, found 'x'"
    told = page.locator(f"#{area.get_attribute('aria-describedby')}")
    assert told.inner_text() == said
    assert area.get_attribute("aria-invalid") == "true"
    assert page.locator(f"{TAG} mark").inner_text() == "x"
    assert page.locator(f"{TAG} pre").inner_text() == "conv 3 stride x # here"
    assert page.locator(f"{TAG} [inert] table").is_visible()
    page.get_by_text(said).last.wait_for()
    area.fill("conv 3\nconv 3 stride 2 # here")
    assert area.get_attribute("aria-invalid") == "false"
    assert not page.locator(f"{TAG} :is(mark, [inert])").count()


def test_a_text_that_is_too_long_for_a_link_says_so_and_outlives_the_history(page):
    area, link = page.get_by_label("Layers, one a line"), page.locator(f"{TAG} p > a")
    for length in (4000, 4001, 4000):
        area.fill("conv 3\n".ljust(length, "#"))
        fits = length == 4000
        expect(link).to_have_text(
            "Link to this state" if fits else "This state is too long for a link"
        )
        assert ("layers=" in (link.get_attribute("href") or "")) == fits
    area.fill("conv 3\n".ljust(4001, "#"))
    page.wait_for_timeout(500)
    assert "layers=" not in page.url
    page.route(f"**/{PAGE}", lambda route: None)  # once Material fetches it again
    page.evaluate("location.hash = 'references'")
    page.go_back()
    page.wait_for_timeout(500)
    assert len(area.input_value()) == 4001


def test_an_element_that_is_left_early_fetches_its_files_once(page):
    asked = []
    page.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[1]))
    page.evaluate(
        """tag => {
          window.early = document.createElement(tag);
          document.querySelector(tag).after(early);
          early.remove();
        }""",
        TAG,
    )
    page.wait_for_timeout(1000)
    assert sorted(asked) == ["cat.png", "networks.json"]
    assert page.evaluate("early.querySelectorAll('.explorable-actions').length") == 1


@pytest.mark.parametrize("lost", [{"status": 404, "json": {"Not there": {}}}, {}])
def test_without_its_files_the_builder_works_for_ones_own_layers(
    browser, address, lost
):
    page = browser.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.route(
        "**/networks.json",
        lambda route: route.fulfill(**lost) if lost else route.abort(),
    )
    page.goto(address + PAGE)
    reach(page, TAG)
    page.get_by_label("Layers, one a line").fill("conv 7")
    menu = page.get_by_label("Begin with")
    assert menu.locator("option").all_text_contents() == ["your own"]
    assert "sees a field of 7 × 7" in sentence(page, TAG)
    page.close()
    assert not wrong


def test_a_stack_is_built_by_keyboard_alone(page):
    area = page.get_by_label("Layers, one a line")
    page.get_by_label("Begin with").focus()
    page.keyboard.press("ArrowDown")
    assert area.input_value() == NETWORKS["Holes by dilation"]["layers"]
    page.get_by_label("Stride").focus()
    page.keyboard.press("ArrowDown")
    assert area.input_value().startswith(
        "conv 3 padding 1 channels 16 dilation 2 stride 2\n"
    )
    page.get_by_role("button", name="Add pool").focus()
    page.keyboard.press("Enter")
    assert area.input_value().split("\n")[1] == "pool 2"
    assert (
        page.locator(f"{TAG} fieldset select").first.input_value()
        == "2: maxpool 2, stride 2"
    )
    page.get_by_role("button", name="Remove").focus()
    page.keyboard.press("Space")
    assert "pool" not in area.input_value()
    for _ in range(len(area.input_value().split("\n")) - 1):
        page.keyboard.press("Space")  # the last layer stays, and the focus moves on
    assert area.input_value().startswith("conv")
    expect(page.get_by_role("button", name="Remove")).to_be_disabled()
    expect(page.get_by_role("combobox", name="Layer", exact=True)).to_be_focused()
    page.get_by_role("region", name="Layer by layer").focus()
    page.get_by_role("button", name="Reset").press("Enter")
    assert area.input_value() == NETWORKS["Four blocks"]["layers"]


def test_a_stack_is_built_by_touch_on_a_phone(browser, address):
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
    page, _ = opened(browser, address, TAG, **phone)
    page.get_by_role("button", name="Add conv").tap()
    page.get_by_role("button", name="Add pool").tap()
    text = page.get_by_label("Layers, one a line").input_value().split("\n")
    assert text[1:3] == ["conv 3 padding 1", "pool 2"]
    for _ in range(9):
        page.get_by_role("button", name="Remove").tap()
    assert page.get_by_role("button", name="Remove").is_disabled()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.close()


STATES = [{}, {"layers": NETWORKS["ResNet-50, main path"]["layers"], "size": 224}]
STATES += [{"layers": "conv 3\npool 200"}]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES, ids=["start", "large", "refused"])
def test_nothing_stands_in_the_way_of_a_reader(browser, address, state, scheme):
    page, _ = opened(browser, address, TAG, color_scheme=scheme)
    page.evaluate("s => document.querySelector('field-builder').set(s)", state)
    assert violations(page, TAG) == []
    page.close()
