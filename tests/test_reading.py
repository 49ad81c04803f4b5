"""Reading at a desk: the length of lines, code that does not scroll, and the way through the site."""

import pytest

from tests.browser import visit
from tests.test_site import each_address

DESK = {"width": 1280, "height": 900}
BLOCKS = "article :is(p, li, dd, figcaption):not(.report):not(:has(p))"
LINES = """selector => [...document.querySelectorAll(selector)].flatMap((block) => {
  const texts = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  let letters = 0, width = 0;
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    range.selectNodeContents(text);
    letters += text.data.replace(/\\s+/g, " ").length;
    for (const piece of range.getClientRects()) width += piece.width;
  }
  const fits = block.clientWidth * letters / width;
  return width > 2 * block.clientWidth && !block.closest(".explorable") ? [[fits, block.textContent.slice(0, 60)]] : [];
})"""
SCROLLED = """() => [...document.querySelectorAll("pre, pre > code")]
  .filter((block) => block.scrollWidth > block.clientWidth)
  .map((block) => block.textContent.slice(0, 60))"""
OPEN = "document.querySelectorAll('details').forEach((one) => (one.open = true))"


@pytest.fixture(scope="module")
def still(browser):
    """A desktop's window in which no scripts run."""
    page = browser.new_page(java_script_enabled=False, viewport=DESK)
    yield page
    page.close()


@each_address
def test_lines_have_45_to_90_letters_and_code_does_not_scroll(still, address, where):
    still.goto(address + where)
    still.evaluate(OPEN)
    assert still.evaluate(SCROLLED) == []
    lines = still.evaluate(LINES, BLOCKS)
    assert lines
    assert [line for line in lines if not 45 <= line[0] <= 90] == []


def test_the_way_through_the_site(browser, address):
    page = browser.new_page(viewport=DESK)
    visit(page, f"{address}dilation/")
    for name in ("Previous", "Next"):
        assert page.locator(f"footer a[aria-label^='{name}']").is_visible()
    listed = page.locator("nav[aria-label='Table of contents'] a:visible").evaluate_all(
        "all => all.map((one) => one.hash)"
    )
    heads = page.locator("article h2").evaluate_all("all => all.map((h) => '#' + h.id)")
    assert listed == heads
    page.locator("footer a[aria-label^='Next']").click()
    page.wait_for_url("**/kernel-size/")
    page.close()


def test_a_block_of_code_is_copied_whole(browser, address):
    page = browser.new_page(viewport=DESK)
    visit(page, f"{address}dilation/")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    block = page.locator("article .highlight", has=page.locator("button")).first
    block.hover()
    block.get_by_role("button").click()
    page.get_by_text("Copied to clipboard").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == block.locator("code").inner_text().strip()
    page.close()
