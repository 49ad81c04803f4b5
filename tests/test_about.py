"""What a page says of itself to search engines and to those that show a link to it."""

import json
import re
from io import BytesIO
from typing import Any

import html5lib
import numpy as np
import pytest
import yaml
from bibtexparser.entrypoint import parse_string
from PIL import Image

from snippets._about import CITATION, LONGEST, cited, describe, described
from snippets._build import labs
from snippets._card import CARD, card
from snippets._ledger import commit
from snippets._style import ROOT
from tests.copies import SITE_URL
from tests.test_site import each_address

RESERVED = {"Exercises", "References", "Where it stops being true"}


def tree(text: str):
    return html5lib.parse(text, namespaceHTMLElements=False)


def said(head) -> dict[str, str]:
    """The meta lines of a page, by name or property."""
    lines = head.iter("meta")
    return {
        line.get("property") or line.get("name"): line.get("content") for line in lines
    }


def data(head) -> dict[str, Any]:
    """The one block of structured data of a page."""
    found = [
        s.text for s in head.iter("script") if s.get("type") == "application/ld+json"
    ]
    assert len(found) == 1
    parsed: dict[str, Any] = json.loads(found[0])
    return parsed


def headings(page) -> list[str]:
    """The sections of a page that teach something, as their headings read."""
    texts = ["".join(node.itertext()).rstrip("¶#") for node in page.iter("h2")]
    return [t for t in texts if t not in RESERVED and not t.startswith("Exercise")]


@pytest.fixture(scope="module")
def pages(site):
    """The tree of each page by its address."""
    found = [
        path.parent.relative_to(site).as_posix() for path in site.rglob("index.html")
    ]
    addresses = ["" if where == "." else f"{where}/" for where in found]
    return {a: tree((site / a / "index.html").read_text("utf-8")) for a in addresses}


def test_each_page_has_a_title_and_a_description_of_its_own(pages):
    titles = [page.findtext(".//title") for page in pages.values()]
    descriptions = [said(page)["description"] for page in pages.values()]
    assert len(set(titles)) == len(titles) == len(set(descriptions))
    for told in descriptions:
        assert 40 <= len(told) <= LONGEST, told


@pytest.mark.parametrize("lab", labs(), ids=lambda path: path.stem)
def test_a_lab_is_described_by_whole_sentences_without_markup(lab):
    told = described(lab)
    assert re.fullmatch(r"[A-Z].*[.?!]", told)
    assert not re.search(r"[\[\]<>#`*]", told)


@each_address
def test_a_page_names_its_own_address_once_and_the_same_everywhere(pages, where):
    page = pages[where]
    canonical = [
        link.get("href") for link in page.iter("link") if link.get("rel") == "canonical"
    ]
    assert canonical == [SITE_URL + where]
    assert said(page)["og:url"] == data(page)["url"] == SITE_URL + where


def test_the_sitemap_lists_the_pages_and_nothing_else(site, pages):
    listed = re.findall(r"<loc>(.*?)</loc>", (site / "sitemap.xml").read_text("utf-8"))
    assert sorted(listed) == sorted(SITE_URL + where for where in pages)


@each_address
def test_structured_data_say_what_the_page_says(pages, where):
    page = pages[where]
    about, lines = data(page), said(page)
    assert about["@type"] == "LearningResource"
    assert about["description"] == lines["description"] == lines["og:description"]
    assert about["name"] == lines["og:title"]
    assert about["name"] == "".join(page.find(".//h1").itertext()).rstrip("¶#")
    assert about.get("teaches", []) == headings(page)
    assert about["isPartOf"] == {
        "@type": "WebSite",
        "name": "Convolution, checked",
        "url": SITE_URL,
    }
    assert about["isAccessibleForFree"] is True
    assert about["learningResourceType"] in {"lesson", "lab", "reference"}
    assert about["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert not {"author", "datePublished", "dateModified"} & about.keys()


@each_address
def test_the_picture_of_a_page_has_an_absolute_address_and_its_size(site, pages, where):
    lines = said(pages[where])
    assert lines["og:image"].startswith(SITE_URL)
    with Image.open(site / lines["og:image"].removeprefix(SITE_URL)) as picture:
        drawn = picture.size
    size = int(lines["og:image:width"]), int(lines["og:image:height"])
    assert drawn == size == (1200, 630)
    assert lines["twitter:card"] == "summary_large_image"


def pixels(file):
    with Image.open(file) as picture:
        return np.asarray(picture.convert("RGB"), float)


def test_the_picture_is_what_its_program_draws():
    sheet = BytesIO()
    card().savefig(sheet, format="png")
    drawn, kept = pixels(sheet), pixels(CARD)
    assert CARD.stat().st_size < 80_000
    assert np.abs(drawn - kept).mean() < 0.5, "draw it: python -m snippets._card"


PAGE = '<head><meta name="description" content="One &amp;amp; two."></head><h1>{}</h1><h2>A &lt; B</h2>'


def described_in(folder, title, site_url):
    """The head of a page with this title, as it is written."""
    (folder / "index.html").write_text(PAGE.format(title), "utf-8")
    describe(folder, "Name", site_url)
    return tree((folder / "index.html").read_text("utf-8"))


def test_without_an_address_of_the_site_nothing_is_relative(tmp_path):
    head = described_in(tmp_path, "One", "")
    ends = ("type", "site_name", "title", "description")
    assert said(head).keys() == {"description", *(f"og:{end}" for end in ends)}
    assert "url" not in data(head)
    assert "url" not in data(head)["isPartOf"]


def test_no_title_breaks_out_of_the_data(tmp_path):
    head = described_in(tmp_path, '&lt;/script&gt; "&amp;amp;"', "")
    assert said(head)["og:title"] == data(head)["name"] == '</script> "&amp;"'
    assert said(head)["og:description"] == data(head)["description"] == "One &amp; two."
    assert data(head)["teaches"] == ["A < B"]


def test_the_site_is_cited_as_its_citation_file_says(site):
    shown = tree((site / "references" / "index.html").read_text("utf-8"))
    blocks = ["".join(node.itertext()) for node in shown.iter("pre")]
    (entry,) = parse_string(next(b for b in blocks if b.startswith("@misc"))).entries
    said = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    fields = {name: field.value for name, field in entry.fields_dict.items()}
    assert fields["title"] == f"{{{said['title']}}}"
    assert fields["author"] == f"{{{said['authors'][0]['name']}}}"
    assert fields["year"] == said["date-released"].isoformat()[:4]
    assert fields["note"] == f"Version {said['version']}, commit {commit()}"
    assert fields["url"] == SITE_URL


def test_without_an_address_the_citation_names_none():
    assert "url" not in cited(CITATION, "", "abc")
