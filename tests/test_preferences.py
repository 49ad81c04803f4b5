"""The site for those who enlarge it, stop its motion, force its colours or use keys alone."""

import pytest

from tests.explorables import OPERATED, opened, tags
from tests.test_site import each_address

ENLARGED = {"width": 640, "height": 450}  # 1280 by 900 at 200 %
STRICT = {
    "viewport": ENLARGED,
    "reduced_motion": "reduce",
    "forced_colors": "active",
    "color_scheme": "dark",
}
MOVING = """() => [...document.querySelectorAll("body, body *")].flatMap((node) =>
  [null, "::before", "::after"].filter((part) => {
    const { transitionDuration, animationDuration, animationName } = getComputedStyle(node, part);
    const lasts = (times) => times.split(",").some((time) => parseFloat(time) > 0.01);
    return lasts(transitionDuration) || (animationName !== "none" && lasts(animationDuration));
  }).map((part) => `${node.localName}.${node.className} ${part ?? ""}`))"""
# What has the focus is framed, itself, its label or the form around it.
UNFRAMED = """() => {
  const framed = (node) => {
    const { outlineStyle, outlineWidth } = node ? getComputedStyle(node) : {};
    return node && outlineStyle !== "none" && parseFloat(outlineWidth) > 0;
  };
  const reached = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";
  const unframed = (node) => {
    node.focus({ focusVisible: true });
    const around = [node, node.labels?.[0], node.nextElementSibling, node.closest("form")];
    return document.activeElement === node && !around.some(framed);
  };
  return [...document.querySelectorAll(reached)]
    .filter((node) => node.tabIndex >= 0 && !node.disabled && node.checkVisibility())
    .filter(unframed).map((node) => node.outerHTML.slice(0, 200));
}"""


@each_address
def test_a_page_can_be_enlarged_still_forced_and_used_by_keys(browser, address, where):
    page = browser.new_page(**STRICT)
    page.goto(address + where)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.evaluate(OPERATED)
    assert page.evaluate("document.documentElement.scrollWidth") <= ENLARGED["width"]
    assert page.evaluate(MOVING) == []
    assert page.evaluate(UNFRAMED) == []
    page.close()


def test_what_moves_is_found_where_motion_is_welcome(browser, address):
    page = browser.new_page()
    page.goto(address)
    assert page.evaluate(MOVING)
    page.close()


def test_the_first_key_leads_past_the_navigation(browser, address):
    page = browser.new_page(**STRICT)
    page.goto(f"{address}dilation/")
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert focused.inner_text().strip() == "Skip to content"
    page.wait_for_timeout(400)  # it slides in
    box = focused.bounding_box()
    assert box
    assert 0 <= box["y"] < ENLARGED["height"] - box["height"]
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('article') !== null")
    page.close()


UNREAD = """(tag) => {
  document.body.setAttribute("data-md-color-scheme", "default");
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const light = (colour) => {
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue] = [...canvas.getImageData(0, 0, 1, 1).data].map((part) =>
      part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const paper = (node) => {
    if (!node) return "black";
    const { backgroundColor } = getComputedStyle(node);
    return backgroundColor.endsWith(", 0)") ? paper(node.parentElement) : backgroundColor;
  };
  return [...document.querySelectorAll(`${tag} svg text`)].filter((text) => {
    const [low, high] = [light(getComputedStyle(text).fill), light(paper(text))].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05) < 4.5;
  }).map((text) => text.textContent);
}"""


@pytest.mark.parametrize("tag", sorted(tags()))
def test_words_in_a_drawing_are_read_on_forced_black(browser, address, tag):
    """Also by those who chose the light theme, whose ink is black, too."""
    page, wrong = opened(browser, address, tag, **STRICT)
    assert page.evaluate(UNREAD, tag) == []
    page.close()
    assert not wrong
