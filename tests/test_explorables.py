"""What holds for every explorable: its arithmetic, its weight, its controls, its address."""

import math
import random
import shutil
import string
from urllib.parse import parse_qs, urlencode, urlsplit

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
    files = sorted((ROOT / "tests" / "widgets").glob("*.test.mjs"))
    run = run_in(ROOT, "node", "--test", *map(str, files))
    assert run.returncode == 0, run.stdout


def test_types_and_layout_of_the_modules_are_checked():
    npm = shutil.which("npm") or "npm"  # npm.cmd on Windows
    run = run_in(ROOT, npm, "run", "--silent", "lint")
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


SHIFT = """async (tag) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  await customElements.whenDefined(tag);
  await new Promise((done) => setTimeout(done, 1500));
  return sum;
}"""


@pytest.mark.parametrize("width", [360, 1280])
@each
def test_nothing_shifts_when_an_element_is_defined(browser, address, tag, width):
    size = {"width": width, "height": 800}
    page = browser.new_page(viewport=size)
    page.goto(f"{address}{shown()[tag]}", wait_until="commit")
    page.wait_for_selector(tag, state="attached")
    page.evaluate("tag => document.querySelector(tag).scrollIntoView()", tag)
    assert page.evaluate(SHIFT, tag) <= 0.05
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


DATA = {"digit-net": "digits.bin", "image-kernels": "cat.png", "shift-meter": "cat.png"}


@pytest.mark.parametrize(
    ("tag", "file"), [*((tag, f"{tag}.js") for tag in sorted(tags())), *DATA.items()]
)
def test_an_element_that_cannot_be_fetched_says_so(browser, address, tag, file):
    page = browser.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.route(f"**/widgets/{file}", lambda route: route.fulfill(status=404))
    page.goto(f"{address}{shown()[tag]}")
    page.locator(tag).scroll_into_view_if_needed()
    said = page.locator(tag).get_by_text("could not be fetched: load the page again.")
    said.wait_for()
    assert page.locator(tag).bounding_box()["height"] < 150
    page.close()
    assert not wrong


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


LABELS = """tag => Object.entries(document.querySelector(tag).fields)
  .filter(([, { kind }]) => kind === "range").map(([key, { label }]) => [key, label])"""


@each
def test_the_value_of_a_slider_is_told_by_the_slider_alone(browser, address, tag):
    page, _ = opened(browser, address, tag)
    for key, label in page.evaluate(LABELS, tag):
        expect(page.locator(f"{tag} [name={key}]")).to_have_accessible_name(label)
        value = page.locator(f"{tag} [name={key}-value]")
        assert value.inner_text() == page.locator(f"{tag} [name={key}]").input_value()
    assert not page.locator(f"{tag} label").get_by_role("status").count()
    hidden = page.locator(f"{tag} [aria-hidden]").all()
    assert {node.get_attribute("aria-hidden") for node in hidden} == {"true"}
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
    until(page, "location.search.length > 1")
    page.locator(f"{tag} button", has_text="Reset").press("Enter")
    assert page.evaluate(state, tag) == start
    until(page, "!location.search")
    page.close()


SCROLLED = """tag => [...document.querySelectorAll(`${tag} *`)].filter((node) =>
  /auto|scroll/.test(getComputedStyle(node).overflow) && node.localName !== "textarea")
  .map((node) => node.outerHTML)"""


@each
def test_an_element_works_for_those_who_force_colours_and_print(browser, address, tag):
    page, wrong = opened(
        browser, address, tag, forced_colors="active", reduced_motion="reduce"
    )
    assert page.locator(f"{tag} .explorable-stage").bounding_box()["height"] > 20
    page.emulate_media(media="print")
    assert page.locator(f"{tag} .explorable-words").is_visible()
    assert page.locator(f"{tag} .explorable-stage").is_visible()
    assert page.evaluate(SCROLLED, tag) == []  # paper would cut it off
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
          for (const [element, less] of [[first, 0], [second, 1]]) {
            const control = element.querySelector("input[type=range]:not(:disabled)");
            control.value = control.max - less * control.step;
            control.dispatchEvent(new Event("input", { bubbles: true }));
          }
          await new Promise((done) => setTimeout(done, 500));
          return [first, second].map(({ called, state }) => [called, state]);
        }""",
        tag,
    )
    (first, one), (second, other) = answer
    asked = parse_qs(urlsplit(page.url).query)
    page.close()
    assert second == "second"
    assert {key.split(".")[0] for key in asked} == {first, second}
    assert sum(one[key] != other[key] for key in one) == 1
    assert not wrong


STATE = "tag => document.querySelector(tag).state"
# Change an element and follow a link before it rests.
LEFT = """([tag, to]) => {
  const element = document.querySelector(tag);
  const knob = element.querySelector("input[type=range]:enabled");
  knob.value = knob.max;
  knob.dispatchEvent(new Event("input", { bubbles: true }));
  document.querySelector(to).click();
  return element.state;
}"""


def test_elements_work_with_instant_navigation_back_and_forward(browser, published):
    where = sorted(set(shown().items()))
    page = browser.new_page()
    wrong, left = [], []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    visit(page, published)
    page.evaluate("window.kept = true")
    page.locator(f'.md-nav--primary a[href$="{where[0][1]}"]').first.dispatch_event(
        "click"
    )
    for at, (tag, _) in enumerate(where):
        page.wait_for_selector(tag, state="attached")
        page.locator(tag).scroll_into_view_if_needed()
        until(page, "tag => document.querySelector(tag).state", tag)
        for _, following in where[at + 1 : at + 2]:
            to = f'.md-nav--primary a[href$="{following}"]'
            left.append(page.evaluate(LEFT, [tag, to]))
    for tag, _ in reversed(where[:-1]):
        page.go_back()
        page.wait_for_selector(f"{tag} .explorable-words", state="attached")
        assert page.evaluate(STATE, tag) == left.pop()
    page.go_forward()
    page.wait_for_selector(
        f"{where[min(1, len(where) - 1)][0]} .explorable-words", state="attached"
    )
    assert page.evaluate("window.kept"), "a page was loaded anew"
    page.close()
    assert not wrong


def test_an_element_writes_nothing_into_the_address_of_the_next_page(
    browser, published
):
    page = browser.new_page()
    visit(page, f"{published}dilation/")
    reach(page, "dilation-map")
    held = {}
    page.route("**/glossary/", lambda route: held.update(page=route))
    to = '.md-nav--primary a[href$="glossary/"]'
    with page.expect_request("**/glossary/"):
        page.evaluate(LEFT, ["dilation-map", to])
    assert page.url == f"{published}glossary/"
    page.evaluate(TURNED, ["dilation-map", "min"])  # it is still there
    page.wait_for_timeout(500)
    assert page.url == f"{published}glossary/"
    held["page"].continue_()
    page.wait_for_selector("dilation-map", state="detached")
    page.go_back()
    page.wait_for_selector("dilation-map .explorable-words", state="attached")
    assert page.evaluate(STATE, "dilation-map")["kernel"] == 5
    page.close()


def test_links_within_a_page_keep_the_state_and_history_brings_it_back(
    browser, published
):
    tag, page = "dilation-map", browser.new_page()
    visit(page, f"{published}dilation/")
    reach(page, tag)
    kernel = f"{STATE}.kernel"
    item = ".md-nav--secondary li:nth-child({}) > a"
    page.evaluate(TURNED, [tag, "min"])
    page.wait_for_timeout(500)
    page.evaluate("tag => { window.left = document.querySelector(tag); }", tag)
    for at in (2, 3):  # at the first Material fetches the page again
        page.evaluate("to => document.querySelector(to).click()", item.format(at))
        until(page, "!left.isConnected")
        page.wait_for_timeout(500)
        assert page.evaluate(kernel, tag) == 2
        assert "rates.kernel=2#" in page.url
    page.evaluate(LEFT, [tag, item.format(4)])
    page.evaluate(TURNED, [tag, "min"])
    page.wait_for_timeout(500)
    for step, side in [(page.go_back, 5), (page.go_forward, 2), (page.go_back, 5)]:
        step()
        until(page, f"tag => ({kernel})(tag) === {side}", tag)
        page.wait_for_timeout(500)
        assert f"rates.kernel={side}#" in page.url
    page.close()


def test_a_hit_of_the_search_on_the_same_page_keeps_its_words(browser, address):
    page, _ = opened(browser, address, "dilation-map", "?rates.kernel=5")
    kept = page.evaluate(
        """() => {
          const link = document.createElement("a");
          link.href = "?h=rates#cost";
          link.addEventListener("click", (event) => event.preventDefault());
          document.querySelector(".md-search").append(link);
          link.click();
          return link.search;
        }"""
    )
    page.close()
    assert kept == "?h=rates"
