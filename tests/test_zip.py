"""The archive of the site, unpacked and opened as files: no server and no network."""

import re
import zipfile
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from urllib.request import url2pathname

import pytest

from snippets._zip import NAME, archive
from tests.browser import EAGER
from tests.explorables import shown


@pytest.fixture(scope="module")
def unpacked(site, tmp_path_factory):
    """The folder that a reader gets."""
    folder = tmp_path_factory.mktemp("a reader's folder")
    archive(site, folder / "site.zip")
    with zipfile.ZipFile(folder / "site.zip") as packed:
        packed.extractall(folder)
    return folder / NAME


@pytest.fixture
def leaf(browser):
    """A function that opens a file; at the end nothing went wrong, and nothing but files was read."""
    wrong, pages = [], []

    def opened(path, query=""):
        page = browser.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "console", lambda m: wrong.append(m.text) if m.type == "error" else None
        )
        page.on("requestfailed", lambda r: wrong.append(f"failed: {r.url[:200]}"))
        page.on(
            "request",
            lambda r: wrong.append(r.url) if "http" in r.url.split(":")[0] else None,
        )
        page.goto(f"{path.as_uri()}{query}")
        pages.append(page)
        return page

    yield opened
    for page in pages:
        page.close()
    assert not wrong, "\n".join(wrong)


def test_equal_sites_give_equal_bytes(site, tmp_path):
    copy = tmp_path / "copy"
    files = [path for path in site.rglob("*") if path.is_file()]
    for path in reversed(files):  # in another order, at another time
        target = copy / path.relative_to(site)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    for folder, name in [(site, "one"), (copy, "two")]:
        archive(folder, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_every_link_of_the_archive_leads_to_a_file(unpacked):
    seen, dead = 0, set()
    for html in unpacked.rglob("*.html"):
        tags = re.findall(r"<[a-z][^>]*>", html.read_text("utf-8"))
        for link in re.findall(r'\s(?:href|src)="([^"]*)"', " ".join(tags)):
            target = urlsplit(urljoin(html.as_uri(), link))
            seen += target.scheme == "file"
            if (
                target.scheme == "file"
                and not Path(url2pathname(target.path)).is_file()
            ):
                dead.add(f"{html.relative_to(unpacked)}: {link}")
    assert seen > 1000
    assert not dead, "\n".join(sorted(dead))


def test_the_search_finds_a_page(leaf, unpacked):
    page = leaf(unpacked / "pooling" / "index.html")
    page.keyboard.press("/")
    page.keyboard.type("dilation gridding")
    link = page.locator(".md-search-result__link").first
    link.click()
    page.wait_for_url("**/dilation/index.html?h=*")
    assert "Dilation" in page.locator("h1").inner_text()


def test_figures_show_and_pages_lead_on(leaf, unpacked):
    page = leaf(unpacked / "index.html")
    page.locator("article a", has_text="Dilation").click()
    page.wait_for_url("**/dilation/index.html")
    page.evaluate(EAGER)
    assert page.evaluate(
        "[...document.images].every((image) => image.naturalWidth > 0)"
    )


@pytest.mark.parametrize("tag", sorted(shown()))
def test_an_explorable_answers(leaf, unpacked, tag):
    page = leaf(unpacked / shown()[tag] / "index.html")
    page.locator(tag).scroll_into_view_if_needed()
    said = page.locator(f"{tag} .explorable-words")
    said.wait_for()
    before = said.inner_text()
    assert re.search(r"\d", before)
    page.locator(f"{tag} input[type=range]").first.press("ArrowRight")
    page.wait_for_function(
        "([words, text]) => words.innerText !== text",
        arg=[said.element_handle(), before],
    )
    assert page.evaluate("location.search")
