"""The site as published, at the root of a host and below a path, as a reader walks through it."""

from tests.browser import until
from tests.explorables import OPERATED, tags
from tests.test_site import ADDRESSES, opened

FOLLOWED = """(href) => [...document.querySelectorAll(".md-nav--primary a")]
  .find((link) => link.href === href).click()"""
# The address changes before the page does.
ARRIVED = "href => document.querySelector('link[rel=canonical]').href === href"


def follow(page, published, where):
    """Go to a page by its link in the navigation, and use the explorables there."""
    page.evaluate(FOLLOWED, published + where)
    until(page, ARRIVED, published + where)
    return page.evaluate(OPERATED)


def searched(page, word):
    """The address of the first page that the search finds, below that of the site."""
    page.locator(".md-search__input").focus()
    page.keyboard.type(word, delay=20)
    found = page.locator(".md-search-result__item a").first
    found.wait_for()
    base = page.evaluate("new URL(__md_scope).href")
    return found.evaluate("link => link.href").removeprefix(base)


def test_a_reader_walks_through_the_site_and_nothing_is_refused_or_loaded_anew(
    browser, published
):
    page, wrong = opened(browser, published, "", "light", "desktop")
    page.evaluate("window.kept = true")
    said = []
    for where in [*ADDRESSES[1:], ADDRESSES[0], "dilation/"]:
        said += follow(page, published, where)
        assert not wrong, f"{where}: {wrong}"
    assert len(set(said)) == len(tags())
    assert all(said)
    for _ in range(2):
        page.locator("form[data-md-component=palette] label:visible").click()
    page.locator("article .highlight button").first.click()
    found = searched(page, "ceil_mode")
    page.keyboard.press("Enter")
    until(page, ARRIVED, f"{published}{found.split('/')[0]}/")
    page.go_back()
    until(page, ARRIVED, f"{published}dilation/")
    assert page.evaluate("window.kept"), "a page was loaded anew"
    page.close()
    assert not wrong


def test_what_is_not_there_leads_home(browser, published):
    page, wrong = opened(browser, published, "no/such/page", "dark", "phone")
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"
    assert searched(page, "ceil_mode")
    page.keyboard.press("Escape")
    with page.expect_navigation():
        page.evaluate("document.querySelector('.md-header a.md-logo').click()")
    assert page.url == published
    page.close()
    assert all("404" in told for told in wrong)
    assert len(wrong) == 2  # the answer, and the console's word of it
