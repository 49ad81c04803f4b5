"""At the end of each section: where it is edited, and a form for an error, filled in."""

import re
from urllib.parse import parse_qs, urlsplit

import html5lib
import pytest
import yaml

from snippets._ledger import commit
from snippets._reports import linked, report
from snippets._style import ROOT
from tests.copies import PUBLISHED, SITE_URL
from tests.prose import name, source
from tests.test_site import each_address

FORM = ROOT / ".github" / "ISSUE_TEMPLATE" / "error.yml"
REPO = PUBLISHED["REPO_URL"]


def article(site, where):
    page = html5lib.parse(
        (site / where / "index.html").read_text("utf-8"), namespaceHTMLElements=False
    )
    return page.find(".//article")


def sections(where, node):
    """Each heading with the links that stand between it and the next."""
    found = []
    for part in node.iter():
        if part.tag in {"h1", "h2", "h3"} and part.get("id"):
            found.append((part, []))
        elif part.tag == "p" and part.get("class") == "report":
            found[-1][1].extend(part.iter("a"))
    return found


@each_address
def test_every_section_ends_with_both_links(site, where):
    file = source(where.rstrip("/") or "index")
    for heading, links in sections(where, article(site, where)):
        title = "".join(heading.itertext()).rstrip("¶#")
        edit, error = (link.get("href") for link in links)
        assert (
            edit == f"{REPO}/{PUBLISHED['EDIT_URI']}{name(file).removeprefix('docs/')}"
        )
        address, asked = urlsplit(error), parse_qs(urlsplit(error).query)
        assert error.startswith(f"{REPO}/issues/new?")
        assert not address.fragment
        assert asked["template"] == [FORM.name]
        assert asked["title"] == [f"Error: {title}"]
        assert asked["where"] == [f"{SITE_URL}{where}#{heading.get('id')}"]
        assert asked["commit"] == [commit()]


def test_what_a_link_fills_in_is_asked_by_the_form(site):
    asked = yaml.safe_load(FORM.read_text("utf-8"))
    fields = {part["id"] for part in asked["body"]} | {"template", "title"}
    assert {"where", "says", "right", "source", "thanks"} < fields
    html = "".join(path.read_text("utf-8") for path in site.rglob("*.html"))
    links = re.findall(r'href="[^"]+/issues/new\?([^"]+)"', html)
    filled = {key for link in links for key in parse_qs(link.replace("&amp;", "&"))}
    assert filled == {"template", "title", "where", "commit"}
    assert filled <= fields


def test_the_form_needs_what_a_correction_needs():
    parts = {p["id"]: p for p in yaml.safe_load(FORM.read_text("utf-8"))["body"]}
    needed = [i for i, p in parts.items() if p.get("validations", {}).get("required")]
    assert needed == ["where", "says", "right"]


def test_without_a_repository_there_is_no_link(tmp_path):
    page = '<article><h1 id="a">A</h1><p>One.</p></article>'
    (tmp_path / "index.html").write_text(page, "utf-8")
    report(tmp_path, "", SITE_URL, "abc")
    assert (tmp_path / "index.html").read_text("utf-8") == page


@pytest.mark.parametrize(
    "title", ["A &amp; B", "“Is it &lt; 1?”", "<code>a+b</code>, 50 % of it"]
)
def test_a_title_arrives_as_it_reads(title):
    page = f'<article><h2 id="x">{title}<a class="headerlink" href="#x">#</a></h2></article>'
    found = html5lib.parse(
        linked(page, "https://x.org/new", "https://y.org/", "c"),
        namespaceHTMLElements=False,
    )
    heading = "".join(found.find(".//h2").itertext()).rstrip("#")
    link = found.find('.//p[@class="report"]/a').get("href")
    assert parse_qs(urlsplit(link).query)["title"] == [f"Error: {heading}"]
