"""Built by Zensical, the pages are the same: text, anchors, links and figures."""

import re
import sys
from urllib.parse import urljoin

import pytest

from snippets._style import ROOT
from tests.browser import addresses, served, visit
from tests.copies import SITE_URL, run_in
from tests.test_site import ADDRESSES, parsed

WRITTEN = [where for where in ADDRESSES if not where.startswith("labs/")]


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """The folder of the site as Zensical builds it."""
    work = tmp_path_factory.mktemp("zensical")
    command = [sys.executable, "-m", "snippets._zensical", "--work", str(work)]
    run = run_in(ROOT, *command, SITE_URL=SITE_URL)
    assert run.returncode == 0, run.stdout + run.stderr
    return work / "site"


def article(site, where):
    return parsed(site / where / "index.html").find(".//article")


def shown(node) -> dict[str, object]:
    """What a reader meets in an article, and what links can lead to; a theme skips to it."""
    text = " ".join("".join(node.itertext()).split())
    ids = [n.get("id") for n in node.iter() if n.get("id", "__skip") != "__skip"]
    drawn = [(n.get("src"), n.get("alt")) for n in node.iter("img")]
    return {"text": text, "anchors": ids, "figures": drawn}


@pytest.mark.parametrize("where", WRITTEN, ids=lambda a: a or "home")
def test_a_page_says_the_same_and_has_the_same_anchors_and_figures(site, other, where):
    mine, theirs = shown(article(site, where)), shown(article(other, where))
    for what, value in mine.items():
        assert value == theirs[what], what


def test_links_lead_to_the_same_places_and_those_to_labs_to_notebooks(site, other):
    for where in WRITTEN:
        here = f"http://site/{where}"
        mine, theirs = (
            [
                urljoin(here, a.get("href"))
                for a in article(s, where).iter("a")
                if a.get("href")
            ]
            for s in (site, other)
        )
        for link, found in zip(mine, theirs, strict=True):
            lab = re.fullmatch(r"http://site/labs/\w+/", link)
            assert found == (f"{link.rstrip('/')}.ipynb" if lab else link), where
            assert (
                "//site/labs/" not in link
                or (other / found.removeprefix("http://site/")).is_file()
            )


def test_the_pages_are_all_there_and_no_others(other):
    built = ["" if w == "." else f"{w}/" for w in addresses(other)]
    assert sorted(built) == sorted(WRITTEN)
    assert (other / "404.html").is_file()
    listed = (other / "sitemap.xml").read_text("utf-8")
    assert all(f"<loc>{SITE_URL}{where}</loc>" in listed for where in WRITTEN)


def test_an_explorable_runs_there(browser, other):
    page, wrong = browser.new_page(), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("requestfailed", lambda request: wrong.append(request.url))
    with served(other, "example/") as url:
        visit(page, f"{url}dilation/")
        page.locator("dilation-map").scroll_into_view_if_needed()
        page.locator("dilation-map .explorable-words").wait_for()
    page.close()
    assert not wrong
