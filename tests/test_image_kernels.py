"""The image kernels against torch, and as a person meets them."""

import random
from functools import cache

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import expect
from scipy import ndimage

from tests.cat import FILE, pixels
from tests.explorables import SUMMED, marred, opened, reach, sentence, summed
from tests.oracles.kernels import KERNELS, drawn, read, response, setting, told, written

PAGE, TAG = "tips/", "image-kernels"
CAT = pixels().double()
CLOSE = {"rel": 1e-9, "abs": 1e-9}


@cache
def asked():
    """1,000 settings of the cat with torch's answers."""
    draw = random.Random(1)
    found = []
    for at in range(1000):
        kernel, how = drawn(draw), setting(draw)
        state = {"at": at, "kernel": written(kernel), **how}
        found.append((state, response(CAT, kernel, how)))
    return found


def whole(wanted):
    """Whether the answer is made of whole numbers alone, and so is exact."""
    return all(tap["product"] % 1 == 0 for tap in wanted["taps"])


def test_the_response_is_that_of_torch(ask):
    states = [state for state, _ in asked()]
    refused = compared = 0
    for answer, (state, wanted) in zip(
        ask(PAGE, TAG, states, SUMMED), asked(), strict=True
    ):
        if "refusal" in wanted:
            assert answer["error"] == answer["sentence"] == wanted["refusal"], state
            refused += 1
            continue
        result, found = answer["result"], dict(wanted)
        values = np.array(found.pop("values"))
        if state["at"] % 4:
            assert result.pop("values") == pytest.approx(summed(values), **CLOSE)
        elif whole(wanted):
            assert result.pop("values") == values.tolist(), state
            compared += 1
        else:
            close = np.allclose(result.pop("values"), values, rtol=1e-9, atol=1e-9)
            assert close, state
            compared += 1
        assert result.pop("sum") == pytest.approx(found.pop("sum"), **CLOSE)
        ends = [found.pop(name) for name in ("lowest", "highest")]
        assert [result.pop("lowest"), result.pop("highest")] == pytest.approx(
            ends, **CLOSE
        )
        assert result == found, state
        assert f"row {found['row']}, column {found['column']}" in answer["sentence"]
    assert refused > 20
    assert compared > 200


def test_the_sentence_tells_what_torch_finds(ask):
    some = [(s, w) for s, w in asked() if "refusal" not in w and whole(w)][:50]
    for answer, (state, wanted) in zip(
        ask(PAGE, TAG, [s for s, _ in some], SUMMED), some, strict=True
    ):
        side = round(len(wanted["taps"]) ** 0.5)
        name = "Convolution" if state["turn"] else "Correlation"
        says = (
            f"{name} with a {side} × {side} kernel: a response of {wanted['width']} × "
            f"{wanted['height']} from {told(wanted['lowest'])} to {told(wanted['highest'])}. "
            f"At row {wanted['row']}, column {wanted['column']} of it, the {side**2} "
            f"products sum to {told(round(wanted['sum']))}"
        )
        assert answer["sentence"].startswith(says), (answer["sentence"], says)


def test_the_named_kernels_are_those_of_scipy(browser, address):
    image = CAT.numpy()
    row = np.array([1, 2, 1])
    wanted = {
        "identity": image,
        "box blur": 9 * ndimage.uniform_filter(image, 3, mode="mirror"),
        "Gaussian": ndimage.correlate(image, np.outer(row, row), mode="mirror"),
        "sharpen": image - ndimage.laplace(image, mode="mirror"),
        "Sobel, columns": ndimage.sobel(image, 1, mode="mirror"),
        "Sobel, rows": ndimage.sobel(image, 0, mode="mirror"),
        "Laplacian": ndimage.laplace(image, mode="mirror"),
        "one pixel aside": ndimage.shift(image, (0, 1), order=0, mode="mirror"),
    }
    page, _ = opened(browser, address, TAG)
    page.get_by_label("Padding").select_option("reflect")
    named = page.get_by_label("Named")
    assert named.locator("option:enabled").all_text_contents() == list(KERNELS)
    for name, values in wanted.items():
        named.select_option(name)
        found = page.evaluate(f"[...document.querySelector('{TAG}').result.values]")
        assert np.allclose(found, values.flatten()), name
    page.close()


def asked_for(page, name):
    """A field of the element's state."""
    return page.evaluate(
        "([tag, name]) => document.querySelector(tag).state[name]", [TAG, name]
    )


def test_a_kernel_is_written_by_keyboard(browser, address):
    page, _ = opened(browser, address, TAG)
    page.get_by_label("Named").focus()
    page.keyboard.press("I")  # identity
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # past the side, to the first cell
    for weight in ("0", "-1", "0", "-1", "4.5"):
        page.keyboard.type(weight)
        page.keyboard.press("Tab")
    kernel = "0,-1,0;-1,4.5,0;0,0,0"
    assert asked_for(page, "kernel") == kernel
    assert page.get_by_label("Named").input_value() == "your own"
    page.get_by_label("Turn the kernel first").focus()
    page.keyboard.press("Space")
    wanted = response(CAT, read(kernel), {**STILL, "turn": True})
    assert told(wanted["lowest"]) in sentence(page, TAG)
    page.reload()
    reach(page, TAG)
    assert asked_for(page, "kernel") == kernel
    assert page.get_by_label("row 2, column 2").input_value() == "4.5"
    page.close()


STILL = {
    "turn": False,
    "divide": "nothing",
    "border": "none",
    "stride": 1,
    "dilation": 1,
    "row": 42,
    "column": 36,
}


def test_a_pixel_is_chosen_by_touch(browser, address):
    page, _ = opened(
        browser, address, TAG, viewport={"width": 360, "height": 740}, has_touch=True
    )
    named = page.get_by_label("Named")
    named.tap()
    named.select_option("Laplacian")
    map_ = page.locator(f"{TAG} .kernels-map").nth(1)
    box = map_.bounding_box()
    map_.tap(position={"x": box["width"] * 69.5 / 98, "y": box["height"] * 29.5 / 98})
    row, column = asked_for(page, "row"), asked_for(page, "column")
    assert (row - 1, column - 1) == (30, 70)  # of 98, in the middle of the pixel
    wanted = response(
        CAT, read(KERNELS["Laplacian"]), {**STILL, "row": row, "column": column}
    )
    assert f"sum to {told(wanted['sum'])}." in sentence(page, TAG)
    products = [told(tap["product"]) for tap in wanted["taps"]]
    assert page.locator(f"{TAG} td b").all_text_contents() == products
    page.close()


def test_the_mouse_reads_pixels_as_it_passes(browser, address):
    page, _ = opened(browser, address, TAG, viewport={"width": 1280, "height": 1000})
    page.evaluate(
        f"document.querySelector('{TAG}').set({{ stride: 3, border: 'zeros' }})"
    )
    box = page.locator(f"{TAG} .kernels-map").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.105, box["y"] + box["height"] * 0.995)
    assert (asked_for(page, "row"), asked_for(page, "column")) == (100, 11)
    box = page.locator(f"{TAG} .kernels-map").nth(1).bounding_box()
    page.mouse.move(box["x"] + box["width"] * 10.5 / 34, box["y"] + 1)
    assert (asked_for(page, "row"), asked_for(page, "column")) == (1, 31)
    page.close()


def test_what_is_typed_is_left_alone_or_brought_into_range(browser, address):
    page, _ = opened(browser, address, TAG)
    cell = page.get_by_label("row 1, column 1")
    cell.fill("")
    assert asked_for(page, "kernel").startswith("0,0,1;")
    assert cell.input_value() == ""
    cell.fill("1e9")
    assert asked_for(page, "kernel").startswith("999,0,1;")
    cell.fill("0.12345")
    assert asked_for(page, "kernel").startswith("0.123,0,1;")
    page.get_by_role("combobox", name="Side", exact=True).select_option("5 × 5")
    kernel = "0,0,0,0,0;0,0.123,0,1,0;0,-2,0,2,0;0,-1,0,1,0;0,0,0,0,0"
    assert asked_for(page, "kernel") == kernel
    for wrong in ["1,2;3,4", "", "1,2,3;4,5,6", kernel + ";1", "a,b,c;1,2,3;1,2,3"]:
        page.evaluate(
            f"k => document.querySelector('{TAG}').set({{ kernel: k }})", wrong
        )
        assert asked_for(page, "kernel") == KERNELS["Sobel, columns"]
    page.close()


def test_a_picture_of_ones_own_is_shown_and_sent_nowhere(browser, address, tmp_path):
    page, _ = opened(browser, address, TAG)
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    own = tmp_path / "own.png"
    Image.fromarray(pixels().byte().numpy()[:3, :40]).save(own)
    page.get_by_label("Your picture").set_input_files(own)
    page.get_by_text("Shown: own.png").wait_for()
    wanted = response(CAT[:3, :40], read(KERNELS["Sobel, columns"]), STILL)
    assert f"38 × 1 from {told(wanted['lowest'])}" in sentence(page, TAG)
    page.evaluate(f"document.querySelector('{TAG}').set({{ dilation: 2 }})")
    assert "Kernel size can't be greater than actual input size" in sentence(page, TAG)
    notes = tmp_path / "notes.txt"
    notes.write_text("no picture", "utf-8")
    page.get_by_label("Your picture").set_input_files(notes)
    page.get_by_text("notes.txt is no picture that this browser can read.").wait_for()
    large = tmp_path / "large.png"
    large.write_bytes(FILE.read_bytes() + bytes(20_000_000))
    page.get_by_label("Your picture").set_input_files(large)
    page.get_by_text("large.png has more than 20 MB.").wait_for()
    page.get_by_role("button", name="Back to the cat").press("Enter")
    expect(page.get_by_label("Your picture")).to_be_focused()
    page.evaluate(f"document.querySelector('{TAG}').set({{ dilation: 1 }})")
    assert "98 × 98" in sentence(page, TAG)
    assert {url.rsplit("/", 1)[1] for url in sent} <= {"favicon.png"}
    page.close()


def test_what_is_transparent_shows_white_paper(browser, address, tmp_path):
    page, _ = opened(browser, address, TAG)
    file = tmp_path / "drawing.png"
    ink = np.array([[[0, 0, 0, alpha] for alpha in (0, 51, 255)]], np.uint8)
    Image.fromarray(ink, "RGBA").save(file)
    page.get_by_label("Your picture").set_input_files(file)
    page.get_by_text("Shown: drawing.png").wait_for()
    assert page.evaluate(f"document.querySelector('{TAG}').picture.values") == [
        255,
        255 - 51,
        0,
    ]
    page.close()


# Pictures are decoded when a test says so.
LATE = """() => {
  const decode = createImageBitmap;
  window.late = [];
  window.createImageBitmap = (file) =>
    new Promise((done) => late.push(() => done(decode(file))));
}"""


def test_a_file_that_is_decoded_too_late_changes_nothing(browser, address, tmp_path):
    page, wrong = opened(browser, address, TAG)
    page.evaluate(LATE)
    (tmp_path / "notes.txt").write_text("no picture", "utf-8")
    Image.fromarray(pixels().byte().numpy()[:5, :40]).save(tmp_path / "own.png")
    for name in ("notes.txt", "own.png", "notes.txt", "own.png"):
        page.get_by_label("Your picture").set_input_files(tmp_path / name)
    page.evaluate("late[3]()")
    page.get_by_text("Shown: own.png").wait_for()
    page.evaluate("late[2]()")
    page.wait_for_timeout(300)
    note = page.locator(f"{TAG} .kernels-note")
    assert note.inner_text().startswith("Shown: own.png")
    page.get_by_role("button", name="Back to the cat").click()
    page.evaluate("late[1]()")
    page.get_by_label("Your picture").set_input_files(tmp_path / "own.png")
    page.evaluate(
        """tag => {
          window.gone = document.querySelector(tag);
          gone.remove();
          late[4]();
        }""",
        TAG,
    )
    page.wait_for_timeout(300)
    assert page.evaluate("gone.picture.width") == 100
    page.close()
    assert not wrong


def test_answers_to_the_question_on_the_page(says):
    turned = {
        name: response(CAT, read(text), {**STILL, "turn": True})["values"]
        for name, text in KERNELS.items()
    }
    same = [
        name
        for name, text in KERNELS.items()
        if turned[name] == response(CAT, read(text), STILL)["values"]
    ]
    assert same == ["identity", "box blur", "Gaussian", "sharpen", "Laplacian"]
    aside = torch.tensor(turned["one pixel aside"]).reshape(98, 98)
    assert torch.equal(aside, CAT[1:-1, 2:])
    says("tips", "Which way does `one pixel aside` move the cat")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_three_states(browser, address, scheme):
    seven = ";".join([",".join(["-999.999"] * 7)] * 7)
    states = (
        {},
        {"kernel": seven, "dilation": 4, "stride": 4, "row": 1, "border": "circular"},
        {"kernel": KERNELS["Laplacian"], "divide": "sum of weights"},
    )
    assert marred(browser, address, TAG, scheme, states) == []
