"""The policy of every page: nothing from elsewhere, no script that it does not name."""

import re
import shutil

import pytest

from snippets._site import Inline, concerned, guarded, hashes, policy
from tests.browser import served
from tests.firefox import visited
from tests.test_site import parsed

NAME = "Content-Security-Policy"
PLANTS = """
<script>document.documentElement.dataset.planted = "inline"</script>
<script type="module">document.documentElement.dataset.planted = "module"</script>
<script src="data:text/javascript,document.documentElement.dataset.planted='data'"></script>
<img src="/nowhere" onerror="document.documentElement.dataset.planted = 'handler'" alt="">
<style>html { --planted: yes }</style>
"""
RAN = """async () => {
  await new Promise((done) => setTimeout(done, 500));
  const styled = getComputedStyle(document.documentElement).getPropertyValue("--planted");
  return [document.documentElement.dataset.planted ?? "", styled.trim()];
}"""


def heads(site):
    """What each page says of itself before anything else, by page."""
    trees = {html: parsed(html) for html in site.rglob("*.html")}
    return {html: tree.findall("head/*")[:3] for html, tree in trees.items()}


def written(site):
    """The one policy of all pages: sources by directive."""
    (content,) = {head[1].get("content") for head in heads(site).values()}
    parts = [part.split() for part in content.split("; ")]
    return {name: sources for name, *sources in parts}


def test_every_page_begins_with_the_same_policy(site):
    for html, (charset, rules, referrer) in heads(site).items():
        assert charset.get("charset") == "utf-8", html
        assert rules.get("http-equiv") == NAME, html
        assert (referrer.get("name"), referrer.get("content")) == (
            "referrer",
            "no-referrer",
        )
    assert written(site)["default-src"] == ["'none'"]


ODD = """<!-- <script>1</script> --><p title="a > b" style="color: red">c</p>
<img alt='<script>2</script>' src="x"><SCRIPT type="module">3 < 4</SCRIPT><style>p{}</style>"""


def test_what_is_given_to_the_parser_is_all_that_concerns_it(site):
    pages = [html.read_text("utf-8") for html in site.rglob("*.html")]
    for page in [ODD, *pages]:
        whole, part = Inline(page), Inline(concerned(page))
        assert part.scripts == whole.scripts
        assert part.styles == whole.styles
        assert part.attributes == whole.attributes
    odd = Inline(concerned(ODD))
    assert (odd.scripts, odd.styles) == (["3 < 4"], ["p{}"])
    assert odd.attributes == ["color: red"]


def test_it_admits_what_the_site_holds_and_nothing_else(site):
    admitted = written(site)
    for name, sources in admitted.items():
        known = {"'self'", "'none'"} | ({"data:"} if name == "img-src" else set())
        more = [source for source in sources if source not in known]
        assert all(re.fullmatch(r"'sha256-[\w+/]{43}='", source) for source in more)
        assert name in {"script-src", "style-src"} or not more, name
    assert {"script-src", "base-uri", "form-action"} <= admitted.keys()


def test_the_scripts_that_it_names_are_those_of_the_theme(site):
    """Its hashes are made of what the pages hold: so what we write must hold none."""
    for html in site.rglob("*.html"):
        for node in (article := parsed(html).find(".//article")).iter():
            assert node.tag not in {"script", "iframe", "object", "base"}, html
            assert not [name for name in node.attrib if name.startswith("on")], html
        links = [node.get("href") or "" for node in article.iter("a")]
        assert not [link for link in links if re.match(r"\s*(javascript|data):", link)]


def test_no_link_opens_a_window_that_can_reach_back(site):
    for html in site.rglob("*.html"):
        for link in parsed(html).iter("a"):
            safe = not link.get("target") or "noopener" in (link.get("rel") or "")
            assert safe, f"{html}: {link.get('href')}"


@pytest.fixture(scope="module")
def planted(site, tmp_path_factory):
    """Where two pages stand that hold what nobody wrote: one with the policy, one without."""
    folder = tmp_path_factory.mktemp("planted") / "site"
    shutil.copytree(site, folder)
    page = (folder / "dilation" / "index.html").read_text("utf-8")
    page = page.replace("<article", f"{PLANTS}<article", 1)
    bare = re.sub(f'<meta http-equiv="{NAME}"[^>]*>', "", page)
    for name, text in {"with": page, "without": bare}.items():
        (folder / name).mkdir()
        (folder / name / "index.html").write_text(text, "utf-8")
    with served(folder) as url:
        yield [f"{url}with/", f"{url}without/"]


def run(browser, url):
    """What of the planted ran in Chromium."""
    page = browser.new_page()
    page.goto(url)
    answer = page.evaluate(RAN)
    page.close()
    return answer


def test_what_is_planted_in_a_page_is_refused_in_chromium(browser, planted):
    guarded, bare = (run(browser, url) for url in planted)
    assert guarded == ["", ""]
    assert bare[0]
    assert bare[1] == "yes"


def test_what_is_planted_in_a_page_is_refused_in_firefox(planted):
    guarded, bare = visited(planted, RAN)
    assert guarded.answer == ["", ""]
    assert bare.answer[0]
    assert bare.answer[1] == "yes"
    refused = " ".join(guarded.wrong)
    for directive in ("script-src-elem", "script-src-attr", "style-src-elem"):
        assert f"{directive} refuses inline" in refused
    assert "script-src-elem refuses data" in refused


PAGE = """<meta charset="utf-8"><script>run(1 < 2)</script><script src="x.js"></script>
<script type="application/ld+json">{"a": 1}</script><p style="color: var(--a&amp;b)">
<style>p { }</style><pre>&lt;script&gt;no()&lt;/script&gt;</pre>"""


def test_scripts_and_styles_are_named_as_a_browser_reads_them():
    found = Inline(PAGE)
    assert found.scripts == ["run(1 < 2)"]
    assert (found.styles, found.attributes) == (["p { }"], ["color: var(--a&b)"])
    both = policy([PAGE, "<script></script>"])
    assert f"script-src 'self' {hashes(['run(1 < 2)', ''])};" in both
    named = f"{hashes(found.styles)} 'unsafe-hashes' {hashes(found.attributes)}"
    assert f"style-src 'self' {named};" in both
    assert "script-src 'self'; style-src 'self'; " in policy(["<p>"])


def test_a_page_without_a_place_for_the_policy_stops_the_build(tmp_path):
    (tmp_path / "lost.html").write_text("<p>No head", "utf-8")
    with pytest.raises(ValueError, match=r"lost\.html"):
        guarded(tmp_path)


def test_a_page_asks_for_nothing_that_no_reader_needs(site):
    for html in site.rglob("*.html"):
        links = [link.attrib for link in parsed(html).iter("link")]
        assert {link["rel"] for link in links} <= {
            "canonical",
            "icon",
            "prev",
            "stylesheet",
        }, html
        styles = [
            link["href"].split("/")[-1].split(".")[0]
            for link in links
            if link["rel"] == "stylesheet"
        ]
        assert styles == ["main", "tokens", "site"], html
