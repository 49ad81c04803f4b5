"""Hostile addresses: whatever they ask of an explorable, nothing throws and nothing is injected."""

import random
import re

import pytest

from tests.explorables import WIDGETS, opened, tags

MARKUP = [
    "<img src=x onerror=hit()>",
    "<script>hit()</script>",
    "\"><svg onload=hit()><a href='javascript:hit()'>",
    "<style>*{display:none}</style>",
    "javascript:hit()",
    "data:text/html,<script>hit()</script>",
    "{{7*7}}${7*7}",
    "conv 3 <img src=x onerror=hit()>\npool 2",
]
NAMES = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "then"]
NUMBERS = [
    "NaN",
    "-Infinity",
    "1e999",
    "-0",
    "9" * 400,
    "0x1F",
    "1_000",
    "٣",
    "2.5",
    "",
]
FAULTS = ["%E0%A4%A", "%", "%%", "%C0%80", "%00", "%u0041", "%ED%A0%80", "+", "%2B"]
UNICODE = ["\u202e", "\ud83d\udc08", "\ufeff", "\u0000", "ﬀ", "e\u0301", "\u2028"]
WORDS = [*MARKUP, *NAMES, *NUMBERS, *FAULTS, *UNICODE, "a" * 5000, "true", "1", "0"]
BETWEEN = ["&", "&", "&", "&&", ";", "?", "=&"]


def whole(text):
    """The text without halves of characters, which cannot be sent to a browser."""
    return text.encode("utf-8", "replace").decode()


def queries(names, count):
    """Queries that ask for fields, real and invented, several times and badly written."""
    draw = random.Random(7)
    keys = [*names, *NAMES, *(f"{tag}.{name}" for tag in tags() for name in NAMES)]

    def word():
        noise = "".join(chr(draw.randrange(1, 0x2FF)) for _ in range(draw.randrange(9)))
        return draw.choice([*WORDS, str(draw.uniform(-999, 999)), noise])

    def part():
        return f"{draw.choice(keys)}={draw.choice(['', '', word()])}{word()}"

    for _ in range(count):
        parts = (part() + draw.choice(BETWEEN) for _ in range(draw.randrange(1, 12)))
        yield "?" + "".join(parts)


NAMED = """async ([base, tags]) => {
  const found = [];
  for (const tag of tags) {
    await import(`${base}widgets/${tag}.js`);
    for (const key of Object.keys(customElements.get(tag).fields)) found.push(`${tag}.${key}`);
  }
  return found;
}"""
READ = """async ([base, tags, queries]) => {
  const { asked, asking, initial } = await import(`${base}widgets/fields.js`);
  const fits = {
    range: ({ min, max }, value) => value >= min && value <= max,
    choice: ({ options }, value) => options.includes(value),
    tick: (_, value) => typeof value === "boolean",
    text: (_, value) => typeof value === "string" && value.length <= 4000,
    held: ({ pattern }, value) => pattern.test(value),
  };
  const read = (tag, query) => {
    const { fields } = customElements.get(tag);
    const start = initial(fields);
    const given = asked(fields, tag, query);
    const state = { ...start, ...given };
    const again = { ...start, ...asked(fields, tag, asking(fields, tag, state, start, query)) };
    return Object.getPrototypeOf(given) === Object.prototype &&
      JSON.stringify(state) === JSON.stringify(again) &&
      Object.entries(state).every(([key, value]) =>
        Object.hasOwn(fields, key) && fits[fields[key].kind](fields[key], value));
  };
  const wrong = [];
  for (const tag of tags)
    for (const query of queries)
      try {
        if (!read(tag, query)) wrong.push([tag, query]);
      } catch (fault) {
        wrong.push([tag, query, String(fault)]);
      }
  for (const key in {}) wrong.push(key);
  return wrong.slice(0, 5);
}"""


def test_ten_thousand_addresses_are_read_as_states_that_the_fields_admit(
    browser, address
):
    page = browser.new_page()
    page.goto(f"{address}glossary/")
    names = page.evaluate(NAMED, [address, sorted(tags())])
    asked = [whole(query) for query in queries(names, 10_000)]
    assert page.evaluate(READ, [address, sorted(tags()), asked]) == []
    page.close()


DRAWN = """([tag, words, known]) => {
  window.hit = () => document.body.append("hit");
  const { fields } = document.querySelector(tag);
  const alien = (node) => !known.includes(node.localName) ||
    [...node.attributes].some(({ name, value }) =>
      name.startsWith("on") || /^\\s*(javascript|data):/i.test(value));
  const wrong = [];
  for (const word of words) {
    const each = Object.keys(fields).map((key) => `${tag}.${key}=${encodeURIComponent(word)}`);
    history.replaceState(null, "", `?${each.join("&")}#${word}`);
    const element = document.createElement(tag);
    document.querySelector(tag).parentElement.append(element);
    const link = element.querySelector(".explorable-actions a");
    if ([...element.querySelectorAll("*")].some(alien) || link.pathname !== location.pathname)
      wrong.push([word, element.innerHTML.slice(0, 2000)]);
    if (fields.layers?.kind === "text" && !element.textContent.includes(word.split(/[\\s,]/)[0].slice(0, 20)))
      wrong.push([word, "is not shown"]);
    element.remove();
  }
  return wrong;
}"""


def made():
    """The names of all elements that the modules make."""
    sources = [path.read_text("utf-8") for path in WIDGETS.glob("*.js")]
    named = re.findall(r'\b(?:html|svg|row|panel)\(\s*"(\w+)"', "\n".join(sources))
    return sorted({*named, "svg", "th", "td"})


@pytest.mark.parametrize("tag", sorted(tags()))
def test_an_element_shows_what_an_address_asks_for_as_text_alone(browser, address, tag):
    page, wrong = opened(browser, address, tag)
    words = [*MARKUP, *NAMES, "conv 3 <b>bold</b>", "9" * 400]
    assert page.evaluate(DRAWN, [tag, words, made()]) == []
    assert "hit" not in page.evaluate("document.body.lastChild.textContent")
    page.close()
    assert not wrong


def test_a_fragment_throws_nothing_and_leads_nowhere(browser, address):
    page, wrong = opened(browser, address, "dilation-map")
    count = "document.querySelectorAll('*').length"
    before = page.evaluate(count)
    words = [*WORDS, '"]', "x\\", *queries(["x"], 50)]
    page.evaluate(
        "words => { for (const word of words) location.hash = word }",
        [whole(word) for word in words],
    )
    page.wait_for_timeout(300)
    assert page.evaluate(count) <= before + 5
    for word in [MARKUP[0], "%E0%A4%A", '"]', "x\\"]:
        page.goto("about:blank")
        page.goto(f"{address}dilation/#{word}")
    page.close()
    assert not wrong
