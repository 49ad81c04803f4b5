"""The built site: as files, and as a reader meets it in a real browser."""

import gzip
import json
import re
from functools import cache
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import html5lib
import pytest
from axe_playwright_python.base import AXE_FILE_PATH

from snippets._build import FIGURES
from snippets._references import SOURCE, citations
from snippets._site import PLAIN, UNSEEN, coloured
from snippets._style import ROOT
from tests.browser import EAGER, until, visit
from tests.prose import DOCS, name, pages

ADDRESSES = [
    ""
    if page.stem == "index"
    else f"{page.relative_to(DOCS).with_suffix('').as_posix()}/"
    for page in pages()
]
SIZES = {
    "phone": {"width": 360, "height": 740},
    "desktop": {"width": 1280, "height": 900},
}
FOREIGN = re.compile(r"^(?:https?:)?//(?!127\.0\.0\.1)")
LOADING = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "link": "href",
}
KB = 1000
# Compressed. Labs hold their figures themselves, and the gallery has those of all pages.
HEAVIEST = {True: 200 * KB, False: 120 * KB}
# How far the text has moved.
MOVED = """async () => {
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return new Promise((done) => {
    new PerformanceObserver((list, me) => (me.disconnect(), done(list.getEntries()
      .filter((shift) => !shift.hadRecentInput).reduce((sum, shift) => sum + shift.value, 0))),
    ).observe({ type: "layout-shift", buffered: true });
    setTimeout(done, 300, 0);
  });
}"""
FETCHED = "performance.getEntriesByType('resource').map((entry) => entry.name)"
DARK = "getComputedStyle(document.body).colorScheme === 'dark'"
each_address = pytest.mark.parametrize("where", ADDRESSES, ids=lambda a: a or "home")


def source_of(html: Path, site: Path) -> str:
    """The file that a built page comes from, as a message names it."""
    stem = html.parent.relative_to(site).as_posix()
    stem = "index" if stem == "." else stem
    found = [
        page
        for page in pages()
        if page.relative_to(DOCS).with_suffix("").as_posix() == stem
    ]
    return name(found[0]) if found else f"{stem} (made by the theme)"


def line_of(source: str, text: str) -> str:
    """The file, with the line on which a text stands where there is one."""
    path = ROOT / source
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    numbers = [number for number, line in enumerate(lines, 1) if text in line]
    return f"{source}:{numbers[0]}" if numbers else source


@cache
def parsed(html: Path):
    """A page as a tree of elements without namespaces."""
    return html5lib.parse(html.read_text("utf-8"), namespaceHTMLElements=False)


def anchors(tree) -> set[str]:
    """Every name in a page that a link can lead to."""
    return {
        value
        for node in tree.iter()
        for value in (node.get("id"), node.get("name"))
        if value
    }


def test_every_internal_link_and_anchor_leads_somewhere(site):
    trees = {html: parsed(html) for html in site.rglob("*.html")}
    known = {html: anchors(tree) for html, tree in trees.items()}
    dead = []
    for html, tree in trees.items():
        here = f"http://site/{html.relative_to(site).as_posix().removesuffix('index.html')}"
        for link in tree.iter("a"):
            target = urlsplit(urljoin(here, link.get("href") or here))
            if target.netloc == "site" and html.name != "404.html":
                file = site / target.path.lstrip("/")
                file = file / "index.html" if file.is_dir() else file
                if not file.is_file() or (
                    target.fragment and target.fragment not in known.get(file, ())
                ):
                    dead.append(
                        f"{line_of(source_of(html, site), link.get('href'))}: dead link {link.get('href')}"
                    )
    assert not dead, "\n".join(sorted(set(dead)))


def test_nothing_is_loaded_from_a_third_party(site):
    for html in site.rglob("*.html"):
        for node in parsed(html).iter():
            value = node.get(LOADING.get(node.tag, "")) or ""
            if FOREIGN.match(value) and node.get("rel") not in {"canonical", "license"}:
                pytest.fail(
                    f"{line_of(source_of(html, site), value)}: <{node.tag}> loads {value}"
                )
    for sheet in site.rglob("*.css"):
        found = re.search(
            r"(?:url\(|@import)\s*[\"']?https?://[^)]*", sheet.read_text("utf-8")
        )
        assert not found, f"{sheet.relative_to(site)} loads {found[0]}"


@each_address
def test_what_the_project_writes_is_well_formed(site, where):
    html = (site / where / "index.html").read_text("utf-8")
    article = html[html.index("<article") : html.index("</article>")]
    parser = html5lib.HTMLParser(strict=False)
    parser.parseFragment(article[article.index(">") + 1 :])
    faults = [f"{code} at {place}" for place, code, _ in parser.errors]
    assert not faults, f"{source_of(site / where / 'index.html', site)}: {faults}"


@each_address
def test_no_markup_is_left_over(site, where):
    html = (site / where / "index.html").read_text("utf-8")
    article = html[html.index("<article") : html.index("</article>")]
    text = re.sub(r"<(pre|code)\b.*?</\1>|<[^>]*>", "", article, flags=re.DOTALL)
    for rest in ("[^", "](", "```", "--8<--", "**"):
        assert rest not in text, (
            f"{source_of(site / where / 'index.html', site)}: {rest!r} is shown"
        )


def test_the_search_index_holds_prose_and_no_code(site):
    docs = json.loads((site / "search" / "search_index.json").read_text("utf-8"))[
        "docs"
    ]
    assert not [entry["location"] for entry in docs if "<pre" in entry["text"]]
    found = [entry["location"] for entry in docs if "Sort the rates" in entry["text"]]
    assert [location.split("#")[0] for location in found] == ["dilation/"]


def test_a_lab_carries_no_styles_and_scripts_of_its_own(site):
    for html in (site / "labs").rglob("index.html"):
        article = html.read_text("utf-8").split("<article")[1].split("</article>")[0]
        assert "<script" not in article, source_of(html, site)
        assert not re.search(r"<style>\s*[^\s<]", article), source_of(html, site)


def test_templates_are_not_published(site):
    assert not list(site.rglob("*.j2"))


def test_a_lab_can_be_taken_home(site):
    for lab in (DOCS / "labs").glob("*.py"):
        assert (site / "labs" / lab.name).read_bytes() == lab.read_bytes()
        notebook = site / "labs" / lab.stem / f"{lab.stem}.ipynb"
        assert notebook.read_bytes() == lab.with_suffix(".ipynb").read_bytes()


def test_the_references_can_be_taken_home(site):
    assert (site / "references.bib").read_bytes() == SOURCE.read_bytes()
    page = (site / "references" / "index.html").read_text("utf-8")
    assert '<a download="references.bib" href="../references.bib">' in page


@each_address
def test_a_page_shows_the_sources_that_it_cites_and_no_others(site, where):
    html = site / where / "index.html"
    page = DOCS / f"{where.rstrip('/') or 'index'}.md"
    text = page.read_text("utf-8") if page.is_file() else ""
    shown = re.findall(r'<li id="fn:([^"]+)">', html.read_text("utf-8"))
    assert sorted(shown) == sorted({key for key, _, _ in citations(text)}), name(page)


def opened(browser, address, where, scheme, size):
    """A page in the browser, and what went wrong while it loaded."""
    page = browser.new_page(color_scheme=scheme, viewport=SIZES[size])
    wrong = []
    page.on(
        "console",
        lambda m: wrong.append(m.text) if m.type in {"error", "warning"} else None,
    )
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request", lambda r: wrong.append(r.url) if not _own(r.url, address) else None
    )
    page.on("requestfailed", lambda r: wrong.append(f"failed: {r.url}"))
    page.on(
        "response",
        lambda r: wrong.append(f"{r.status} {r.url}") if r.status >= 400 else None,
    )
    visit(page, address + where)
    return page, wrong


def _own(url, address):
    return url.startswith((address, "data:", "blob:"))


def weighed(page, site):
    """Compressed bytes of a page and of what it has fetched."""
    names = {page.url, *page.evaluate(FETCHED)}
    paths = [site / urlsplit(name).path.lstrip("/") for name in names]
    files = [path / "index.html" if path.is_dir() else path for path in paths]
    assert len(files) > 5, names
    return sum(len(gzip.compress(file.read_bytes())) for file in files)


def violations(page, **options):
    """What axe finds. All code has the colours of one stylesheet: one page checks them."""
    code = page.url.endswith("/dilation/")
    context = {"include": [["html"]], "exclude": [] if code else [["pre > code"]]}
    found = page.evaluate("([where, how]) => axe.run(where, how)", [context, options])
    return [
        f"{v['id']}: {node['target']} {node['failureSummary']}"
        for v in found["violations"]
        for node in v["nodes"]
    ]


@pytest.mark.parametrize("size", SIZES)
@each_address
def test_a_page_opens_cleanly_and_is_accessible(browser, site, address, where, size):
    page, wrong = opened(browser, address, where, "light", size)
    weight = weighed(page, site)
    page.evaluate(EAGER)
    moved = page.evaluate(MOVED)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    width = page.evaluate("document.documentElement.scrollWidth")
    broken = page.evaluate(
        "[...document.images].filter(i => !i.naturalWidth).map(i => i.src)"
    )
    page.evaluate(Path(AXE_FILE_PATH).read_text("utf-8"))
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    told = violations(page, runOnly=tags)
    # Material fades its colours, on a busy machine for longer than one would wait.
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    until(page, DARK)
    told += violations(page, runOnly=["color-contrast"])
    page.close()
    assert not told, "\n".join(told)
    assert not wrong, "\n".join(wrong)
    assert not broken
    assert weight < HEAVIEST[where.startswith(("labs/", "gallery/"))], (
        f"{where} weighs {weight}"
    )
    assert moved < 0.05, f"{where}: the text moves by {moved} while figures load"
    assert width <= SIZES[size]["width"], f"{where} scrolls sideways to {width} px"


@each_address
def test_a_page_is_complete_without_scripts(browser, address, where):
    page = browser.new_page(java_script_enabled=False, viewport=SIZES["phone"])
    page.goto(address + where)
    text = page.locator("article").inner_text()
    assert len(text) > 500
    for picture in page.locator("article img").all():
        assert picture.is_visible()
        assert (picture.bounding_box() or {})["height"] > 40
    page.close()


@each_address
def test_a_figure_keeps_its_place_and_all_but_the_first_wait(site, where):
    html = (site / where / "index.html").read_text("utf-8")
    figures = re.findall(r'<img[^>]*figures/\w+\.svg"[^>]*>', html)
    assert all(re.search(r'width="\d+" height="\d+"', each) for each in figures)
    late = ['loading="lazy"' in each for each in figures]
    assert late == [number > 0 for number in range(len(figures))]


@each_address
def test_a_table_has_a_caption_and_headers(site, where):
    for table in parsed(site / where / "index.html").iter("table"):
        first = next(iter(table))
        assert first.tag == "caption", f"{where}: {''.join(table.itertext())[:99]}"
        assert len("".join(first.itertext())) > 10
        assert len(table.findall("thead/tr/th")) > 1


@each_address
def test_keys_scroll_the_frame_of_each_table(site, where):
    page = parsed(site / where / "index.html")
    frames = page.findall(".//div[@class='md-typeset__scrollwrap'][@tabindex='0']")
    assert len(frames) == len(page.findall(".//table[@class='data']"))
    assert len(frames) == len(page.findall(".//table"))


LOOK = """(names) => names.filter((name) => {
  const [code, span] = ["code", "span"].map((tag) => document.createElement(tag));
  document.querySelector(".highlight pre").append(code);
  code.append(span);
  span.className = name;
  const [one, other] = [code, span].map((node) => getComputedStyle(node));
  return one.color !== other.color || one.font !== other.font;
})"""


def test_code_has_no_span_that_looks_as_code_itself(browser, site, address):
    page, _ = opened(browser, address, "dilation/", "dark", "desktop")
    assert page.evaluate(LOOK, [*PLAIN, "mi", "k", "ow"]) == ["mi", "k", "ow"]
    page.close()
    for html in site.rglob("index.html"):
        text = html.read_text("utf-8")
        assert not UNSEEN.search(text), html
        assert coloured(text) == text, html


def test_figures_follow_the_theme(browser, address):
    page, _ = opened(browser, address, "dilation/", "light", "desktop")
    picture = page.locator("article img").first
    light = picture.screenshot()
    page.evaluate("document.body.setAttribute('data-md-color-scheme', 'slate')")
    page.wait_for_timeout(300)
    dark = picture.screenshot()
    page.emulate_media(media="print")
    page.wait_for_timeout(300)
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == "light"
    page.close()
    assert light != dark


def test_figures_carry_no_colour_of_their_own():
    for path in FIGURES.glob("*.svg"):
        drawing = path.read_text("utf-8").split("</style>", 1)[1]
        found = re.search(
            r"#[0-9a-f]{6}\b",
            re.sub(r'"(?:data:[^"]*|#[^"]*|url\([^"]*)"', "", drawing),
        )
        assert not found, f"{name(path)}: {found[0]} is no token"


def test_the_theme_can_be_chosen_and_is_remembered(browser, address):
    page, wrong = opened(browser, address, "dilation/", "light", "desktop")
    for _ in range(2):
        page.locator("form[data-md-component=palette] label:visible").click()
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"
    page.goto(address)
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"
    page.close()
    assert not wrong
