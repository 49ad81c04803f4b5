"""An address without a page: what a reader meets there, at any depth, below any folder."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_FILE_PATH

from tests.browser import served, until, visit
from tests.copies import SITE_URL
from tests.test_site import DARK, violations

WRONG = ["dilution/", "labs/one/two/three", "figures/nothing.svg"]


@pytest.fixture(scope="module")
def below(site):
    """The site, served below the folder that it was built for."""
    with served(site, urlsplit(SITE_URL).path.lstrip("/")) as url:
        yield url


@pytest.mark.parametrize("where", WRONG)
def test_it_says_what_to_do_and_lists_every_page(browser, below, site, where):
    page = browser.new_page(
        java_script_enabled=False, viewport={"width": 360, "height": 740}
    )
    answer = page.goto(below + where)
    assert answer.status == 404
    assert page.locator("h1").inner_text() == "There is no page at this address"
    links = page.locator("article a").evaluate_all("all => all.map(a => a.href)")
    own = {
        link.removeprefix(below).removesuffix("index.html")
        for link in links
        if link.startswith(below)
    }
    there = {
        path.parent.relative_to(site).as_posix() + "/"
        for path in site.rglob("index.html")
    }
    assert own == {"" if where == "./" else where for where in there}
    assert next(link for link in links if not link.startswith(below)).endswith(
        "issues/new?template=error.yml&title=Dead%20link"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.close()


def test_what_is_typed_there_is_searched(browser, below):
    page = browser.new_page()
    page.goto(f"{below}no/such/page/")
    page.locator("article input[name=q]").fill("dilation")
    page.keyboard.press("Enter")
    page.locator("[role=dialog] a[href*='/dilation/']").first.wait_for()
    assert page.url.startswith(f"{below}?q=dilation")
    page.close()


def test_it_is_accessible_and_loads_what_it_names(browser, below):
    page = browser.new_page()
    wrong = []
    page.on("response", lambda r: wrong.append(r.url) if r.status >= 400 else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    visit(page, f"{below}no/such/page/")
    page.evaluate(Path(AXE_FILE_PATH).read_text("utf-8"))
    told = violations(page)
    colours = page.locator("article :is(p, button)").evaluate_all(
        "all => all.map((one) => getComputedStyle(one).color)"
    )
    assert len(set(colours)) == 1, "the button is as plain to see as the text"
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    until(page, DARK)
    told += violations(page, runOnly=["color-contrast"])
    page.close()
    assert not told, "\n".join(told)
    assert wrong == [f"{below}no/such/page/"]
