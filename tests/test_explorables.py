"""What holds for every explorable: its arithmetic, its weight, its controls, its address."""

import math
import random
import string
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from snippets._style import ROOT
from tests.browser import until, visit
from tests.cat import pixels
from tests.copies import run_in
from tests.explorables import (
    SHARED,
    asker,
    opened,
    own,
    packed,
    reach,
    sentence,
    shown,
    tags,
    violations,
)
from tests.firefox import in_firefox
from tests.oracles.__main__ import main as write_oracles

NONSENSE = [
    "",
    "-1",
    "1e999",
    "NaN",
    "<img src=x onerror=alert(1)>",
    "0x10",
    "٣",
    "a" * 9999,
    "%00",
    "null",
    "[]",
    "1;2,3",
]
each = pytest.mark.parametrize("tag", sorted(tags()))


def test_every_element_stands_on_one_page():
    assert set(shown()) == tags()


def test_arithmetic_answers_as_torch_does_in_node():
    write_oracles()
    run = run_in(ROOT, "node", "--test", "tests/widgets/")
    assert run.returncode == 0, run.stdout


def test_types_and_layout_of_the_modules_are_checked():
    run = run_in(ROOT, "npm", "run", "--silent", "lint")
    assert run.returncode == 0, run.stdout + run.stderr


def test_published_scripts_lack_comments_and_nothing_else(site):
    run = run_in(ROOT, "node", "tests/widgets/same.mjs", str(site / "widgets"))
    assert run.returncode == 0, run.stderr
    assert packed(site, "explorable") < packed(ROOT / "docs", "explorable")


@each
def test_an_explorable_is_small(site, tag):
    assert packed(site, *own(tag)) < 10_000


def test_all_explorables_together_are_small(site):
    assert packed(site, *set(SHARED).union(*map(own, tags()))) < 40_000


BORN = """([tag, queries]) => queries.map((query) => {
  history.replaceState(null, "", query);
  const element = document.createElement(tag);
  document.querySelector(tag).parentElement.append(element);
  const { state, fields } = element;
  element.remove();
  return Object.entries(fields).filter(([key, { kind, min, max, options }]) =>
    (kind === "range" && !(state[key] >= min && state[key] <= max)) ||
    (kind === "choice" && !options.includes(state[key])) ||
    (kind === "tick" && typeof state[key] !== "boolean")).map(([key]) => query);
}).flat()"""


def nonsense(tag, keys, count):
    """Addresses that ask for what no field admits."""
    draw = random.Random(0)
    signs = [
        *NONSENSE,
        *("".join(draw.choices(string.printable, k=9)) for _ in range(50)),
    ]
    for _ in range(count):
        yield "?" + urlencode({f"{tag}.{key}": draw.choice(signs) for key in keys})


@each
def test_nonsense_in_the_address_is_ignored_or_brought_into_range(
    browser, address, tag
):
    page, wrong = opened(browser, address, tag)
    keys = page.evaluate("tag => Object.keys(document.querySelector(tag).fields)", tag)
    assert page.evaluate(BORN, [tag, list(nonsense(tag, keys, 150))]) == []
    assert not page.locator(f"{tag} img[src=x]").count()
    page.close()
    assert not wrong


@each
def test_a_state_is_kept_in_the_address_and_found_there(browser, address, tag):
    page, wrong = opened(browser, address, tag)
    control = page.locator(f"{tag} input[type=range]:enabled").first
    control.focus()
    page.keyboard.press("End")
    until(page, "location.search.length > 1")
    state = page.evaluate("tag => document.querySelector(tag).state", tag)
    page.reload()
    reach(page, tag)
    assert page.evaluate("tag => document.querySelector(tag).state", tag) == state
    page.close()
    assert not wrong


@pytest.mark.parametrize("width", [360, 1280])
@each
def test_controls_are_named_large_enough_and_fit(browser, address, tag, width):
    page, wrong = opened(
        browser, address, tag, viewport={"width": width, "height": 800}
    )
    assert violations(page, tag) == []
    boxes = page.locator(
        f"{tag} :is(input:not([type=hidden]), select, button, textarea)"
    )
    for box in (
        control.bounding_box() for control in boxes.all() if control.is_visible()
    ):
        assert min(box["width"], box["height"]) >= 24, box
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
    assert not wrong


def settings(tag, page, count):
    """Random settings of an element: what its sliders, menus and boxes admit."""
    draw = random.Random(3)
    fields = page.evaluate("tag => document.querySelector(tag).fields", tag)
    kinds = {
        "range": lambda f: draw.uniform(f["min"], f["max"]),
        "choice": lambda f: draw.choice(f["options"]),
        "tick": lambda f: draw.random() < 0.5,
    }
    known = {key: f for key, f in fields.items() if f["kind"] in kinds}
    return [{k: kinds[f["kind"]](f) for k, f in known.items()} for _ in range(count)]


def alike(one, other):
    """Equal, but for the last digits of a sine or a logarithm."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float) or isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return one == other


@each
def test_firefox_answers_as_chromium_does(browser, address, tag):
    page, _ = opened(browser, address, tag)
    asked = settings(tag, page, 40)
    page.close()
    one, other = (asker(kind, browser, address) for kind in ("chromium", "firefox"))
    where = shown()[tag]
    for a, b in zip(one(where, tag, asked), other(where, tag, asked), strict=True):
        assert alike(a, b), a["state"]


CAT = """async (address) => {
  const { cat } = await import(address + "widgets/picture.js");
  return await cat();
}"""


def test_the_cat_is_that_of_the_figures(browser, address):
    page = browser.new_page()
    page.goto(address)
    found = page.evaluate(CAT, address)
    page.close()
    assert found["values"] == pixels().flatten().tolist()
    assert found["values"] == in_firefox(address, CAT, address)["values"]


SHIFT = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 1500);
})"""


@pytest.mark.parametrize("width", [360, 1280])
@each
def test_nothing_shifts_when_an_element_is_defined(browser, address, tag, width):
    size = {"width": width, "height": 800}
    page = browser.new_page(viewport=size)
    page.goto(f"{address}{shown()[tag]}", wait_until="commit")
    page.wait_for_selector(tag, state="attached")
    page.evaluate("tag => document.querySelector(tag).scrollIntoView()", tag)
    assert page.evaluate(SHIFT) <= 0.05
    page.close()


@each
def test_nothing_of_an_element_is_fetched_before_the_reader_comes_near(
    browser, address, tag
):
    page = browser.new_page(viewport={"width": 360, "height": 500})
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    visit(page, f"{address}{shown()[tag]}")
    assert not [url for url in asked if url.endswith(f"/{tag}.js")]
    reach(page, tag)
    page.close()


TURNED = """([tag, end]) => {
  const knob = document.querySelector(`${tag} input[type=range]:enabled`);
  knob.value = knob[end];
  knob.dispatchEvent(new Event("input", { bubbles: true }));
  return document.querySelector(`${tag} .explorable-words`).textContent;
}"""


@each
def test_a_change_is_spoken_when_the_slider_rests(browser, address, tag):
    page, _ = opened(browser, address, tag)
    words = page.locator(f"{tag} .explorable-words")
    expect(words).to_have_role("status")
    said = [words.text_content()]
    for end in ("min", "max"):
        moving = page.evaluate(TURNED, [tag, end])
        assert moving == said[-1]
        said.append(sentence(page, tag))
    assert len(set(said)) > 1
    page.close()


@each
def test_reset_brings_the_start_back(browser, address, tag):
    page, _ = opened(browser, address, tag)
    state = "tag => document.querySelector(tag).state"
    start = page.evaluate(state, tag)
    page.locator(f"{tag} input[type=range]:enabled").last.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(state, tag) != start
    page.locator(f"{tag} button", has_text="Reset").press("Enter")
    assert page.evaluate(state, tag) == start
    until(page, "!location.search")
    page.close()


@each
def test_an_element_works_for_those_who_force_colours_and_print(browser, address, tag):
    page, wrong = opened(
        browser, address, tag, forced_colors="active", reduced_motion="reduce"
    )
    assert page.locator(f"{tag} .explorable-stage").bounding_box()["height"] > 20
    page.emulate_media(media="print")
    assert page.locator(f"{tag} .explorable-words").is_visible()
    assert page.locator(f"{tag} .explorable-stage").is_visible()
    page.close()
    assert not wrong


@each
def test_two_on_one_page_keep_apart(browser, address, tag):
    page, wrong = opened(browser, address, tag)
    answer = page.evaluate(
        """async (tag) => {
          const [first, second] = [document.querySelector(tag), document.createElement(tag)];
          second.id = "second";
          first.parentElement.append(second);
          const control = second.querySelector("input[type=range]:not(:disabled)");
          control.value = control.max;
          control.dispatchEvent(new Event("input", { bubbles: true }));
          await new Promise((done) => setTimeout(done, 500));
          return [JSON.stringify(first.state) === JSON.stringify(second.state), location.search];
        }""",
        tag,
    )
    page.close()
    assert not answer[0]
    assert answer[1].startswith("?second.")
    assert not wrong


def test_elements_work_with_instant_navigation_back_and_forward(browser, published):
    where = sorted(set(shown().items()))
    page = browser.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(published)
    page.evaluate("window.kept = true")
    for tag, address in where:
        page.locator(f'.md-nav--primary a[href$="{address}"]').first.dispatch_event(
            "click"
        )
        page.wait_for_selector(tag, state="attached")
        page.locator(tag).scroll_into_view_if_needed()
        until(page, "tag => document.querySelector(tag).state", tag)
    for tag, _ in reversed(where[:-1]):
        page.go_back()
        page.wait_for_selector(f"{tag} .explorable-words", state="attached")
    page.go_forward()
    page.wait_for_selector(
        f"{where[min(1, len(where) - 1)][0]} .explorable-words", state="attached"
    )
    assert page.evaluate("window.kept"), "a page was loaded anew"
    page.close()
    assert not wrong
