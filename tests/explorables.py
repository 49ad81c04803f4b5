"""Explorables as a test meets them: states in, answers out, in two browsers."""

import gzip
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Browser, Locator, Page

from snippets._style import ROOT
from tests.browser import until
from tests.firefox import in_firefox

WIDGETS = ROOT / "docs" / "widgets"
ORACLES = ROOT / "tests" / "widgets" / "cases"
PART = 500
SHARED = ("explorable", "drawing", "fields", "load", "picture")
# Typed arrays become lists, so that every answer can be written as JSON.
ASK = """async ([tag, states]) => {
  const element = document.querySelector(tag);
  element.scrollIntoView();
  await customElements.whenDefined(tag);
  const answer = (state) => {
    element.set(state);
    const { result, error } = element;
    const sentence = error || element.words(result, element.state);
    return { state: element.state, result, error, sentence };
  };
  const plain = (_, value) => ArrayBuffer.isView(value) ? [...value] : value;
  return JSON.stringify(states.map(answer), plain);
}"""
# The same, with every large map but those of each fourth state summed up: rows and columns weigh unlike.
SUMMED = ASK.replace(
    "const { result, error } = element;",
    """const { error } = element;
    const result = element.result && { ...element.result };
    for (const [key, map] of Object.entries(result ?? {}))
      if (ArrayBuffer.isView(map) && state.at % 4)
        result[key] = [map.length, ...[0, 7, 97].map((period) =>
          map.reduce((sum, value, at) => sum + value * (period ? at % period : 1), 0))];""",
)
# Come to each explorable of a page and use each of its controls once, as a reader can.
OPERATED = """async () => {
  const turn = (control) => {
    const { type, options, value, max } = control;
    if (["checkbox", "button"].includes(type)) return control.click();
    const free = [...(options ?? [])].filter((option) => !option.disabled && !option.selected);
    if (options && !free.length) return;
    control.value = free.at(-1)?.value ?? (max || value);
    for (const kind of ["input", "change"])
      control.dispatchEvent(new Event(kind, { bubbles: true }));
  };
  for (const element of document.querySelectorAll(".explorable > *")) {
    element.scrollIntoView();
    await customElements.whenDefined(element.localName);
    const controls = "form :is(input:not([type=file]), select, textarea), p > button";
    for (const control of element.querySelectorAll(controls))
      if (!control.disabled) turn(control);
  }
  const words = [...document.querySelectorAll(".explorable-words")];
  if (words.length) await new Promise((done) => setTimeout(done, 400)); // then they rest
  return words.map((word) => word.textContent);
}"""
SPOKEN = """tag => {
  const element = document.querySelector(tag);
  const said = element.querySelector(".explorable-words")?.textContent;
  return said && said === (element.error || element.words(element.result, element.state));
}"""
State = dict[str, Any]
Ask = Callable[..., list[dict[str, Any]]]


def asker(kind: str, browser: Browser, address: str) -> Ask:
    """A function of page, tag and states that answers what the element says to each."""

    def ask(
        where: str, tag: str, states: list[State], script: str = ASK
    ) -> list[dict[str, Any]]:
        parts = [states[at : at + PART] for at in range(0, len(states), PART)]
        if kind == "firefox":
            answers = [in_firefox(address + where, script, [tag, states])]
        else:
            page = browser.new_page()
            page.goto(address + where)
            answers = [page.evaluate(script, [tag, part]) for part in parts]
            page.close()
        return [answer for part in answers for answer in json.loads(part)]

    return ask


def own(tag: str) -> set[str]:
    """The modules that an element imports, itself included, without the shared ones."""
    found, todo = set(), [tag]
    while todo:
        name = todo.pop()
        if name not in found and name not in SHARED:
            found.add(name)
            source = (WIDGETS / f"{name}.js").read_text("utf-8")
            todo += re.findall(r'"\./([\w-]+)\.js"', source)
    return found


def packed(site: Path, *names: str) -> int:
    """Bytes of published modules, compressed one by one."""
    files = [site / "widgets" / f"{name}.js" for name in names]
    return sum(len(gzip.compress(file.read_bytes(), 9)) for file in files)


def reach(page: Page, tag: str) -> None:
    """Come to an element, and wait until it is defined and painted: before, Chromium drops keys."""
    page.locator(tag).scroll_into_view_if_needed()
    until(page, "tag => Boolean(customElements.get(tag))", tag)
    page.evaluate(
        """async () => {
          for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
        }"""
    )


def opened(
    browser: Browser, address: str, tag: str, query: str = "", **options: Any
) -> tuple[Page, list[str]]:
    """A page with its element in view and defined, and what went wrong there."""
    page = browser.new_page(**options)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page.goto(f"{address}{shown()[tag]}{query}")
    reach(page, tag)
    return page, wrong


def sentence(page: Page, tag: str) -> str:
    """What an element says once it rests."""
    page.wait_for_timeout(100)  # a tap arrives later than it is made
    until(page, SPOKEN, tag)
    return page.locator(f"{tag} .explorable-words").text_content() or ""


def tapped(slider: Locator, end: str) -> None:
    """Tap a slider at its ``left`` or ``right`` end."""
    box = slider.bounding_box()
    assert box
    x = 4 if end == "left" else box["width"] - 4
    slider.tap(position={"x": x, "y": box["height"] / 2})


def violations(page: Page, tag: str) -> list[tuple[str, Any]]:
    """What axe finds in an element: each rule, with the places that break it."""
    page.evaluate(AXE_FILE_PATH.read_text("utf-8"))
    found = page.evaluate("tag => axe.run(tag)", tag)["violations"]
    return [(v["id"], [node["target"] for node in v["nodes"]]) for v in found]


def summed(values: Any) -> list[float]:
    """What SUMMED makes of a flat array, for comparison."""
    at = np.arange(values.size)
    weights = [np.ones_like(at), at % 7, at % 97]
    return [values.size, *(float((values * weight).sum()) for weight in weights)]


def tags() -> set[str]:
    """The names of the elements: a file with a hyphen defines the element of its name."""
    return {path.stem for path in WIDGETS.glob("*-*.js")}


def shown() -> dict[str, str]:
    """The page on which each element stands, by tag."""
    found = {}
    for page in (ROOT / "docs").glob("*.md"):
        for tag in re.findall(
            r'<div class="explorable"[^>]*>\s*<([\w-]+)', page.read_text("utf-8")
        ):
            found[tag] = "" if page.stem == "index" else f"{page.stem}/"
    return found


def marred(
    browser: Browser, address: str, tag: str, scheme: str, states: Iterable[Any]
) -> list[tuple[str, Any]]:
    """What axe finds in an element in any of these states, in light or in dark."""
    page, _ = opened(browser, address, tag, color_scheme=scheme)
    found = []
    for state in states:
        page.evaluate(
            "([tag, state]) => document.querySelector(tag).set(state)", [tag, state]
        )
        found += violations(page, tag)
    page.close()
    return found
