"""Every page in Firefox, as narrow as a phone; one launch sees them all."""

import pytest

from tests.browser import EAGER
from tests.explorables import OPERATED
from tests.firefox import visited
from tests.test_site import ADDRESSES, each_address

SEARCHED = """async () => {
  const field = document.querySelector(".md-search__input");
  field.focus();
  const wait = (time) => new Promise((done) => setTimeout(done, time));
  for (let turn = 0; turn < 1200; turn++) {
    field.value = turn % 2 ? "gridding" : "griddin";
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new KeyboardEvent("keyup", { bubbles: true }));
    await wait(100);
    const found = document.querySelector(".md-search-result__item a");
    if (found) return found.href;
  }
}"""
SEEN = f"""async () => {{
  document.querySelectorAll("details").forEach((one) => (one.open = true));
  const said = await ({OPERATED})();
  await ({EAGER})();
  return {{
    said,
    // Before the search: it opens with a circle that grows beyond the page.
    width: document.documentElement.scrollWidth,
    found: location.pathname === "/" ? await ({SEARCHED})() : "",
    broken: [...document.images].filter((one) => !one.naturalWidth).map((one) => one.src.slice(0, 99)),
    title: document.querySelector("article h1")?.textContent ?? "",
  }};
}}"""


@pytest.fixture(scope="module")
def visits(address):
    """What Firefox saw of each page, by address."""
    seen = visited([address + where for where in ADDRESSES], SEEN, width=360)
    return dict(zip(ADDRESSES, seen, strict=True))


@each_address
def test_a_page_opens_cleanly_in_firefox(visits, where):
    seen, wrong = visits[where]
    assert not wrong, "\n".join(wrong)
    assert seen["title"]
    assert all(seen["said"])
    assert not seen["broken"]
    assert seen["width"] <= 360, f"{where} scrolls sideways to {seen['width']} px"


def test_explorables_of_all_pages_answer_in_firefox(visits):
    assert sum(len(seen.answer["said"]) for seen in visits.values()) > 5


def test_the_search_finds_in_firefox(visits, address):
    assert visits[""].answer["found"].startswith(f"{address}dilation/")
