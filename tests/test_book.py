"""The book: the whole site on paper; and how a page of the site prints by itself."""

import re
from io import BytesIO

import pytest
from pypdf import PdfReader

from snippets._book import chapters
from tests.book import numbers, printed

QUESTION, ANSWER = "How far can the last layer step", "sets the copies of that"


def flat(text):
    """A text without white space: a PDF breaks lines where it likes."""
    return re.sub(r"\s+", "", text)


def words(html):
    """What a title says."""
    return re.sub(r"<[^>]*>", "", html).replace("&amp;", "&")


@pytest.fixture(scope="module")
def content(site, browser, tmp_path_factory):
    """The book of the whole site."""
    file = tmp_path_factory.mktemp("book") / "book.pdf"
    printed(site, file, browser)
    return file.read_bytes()


@pytest.fixture(scope="module")
def pdf(content):
    """The book, to be asked."""
    return PdfReader(BytesIO(content))


@pytest.fixture(scope="module")
def parts(site):
    """The chapters that the book must have."""
    return list(chapters(site))


def test_it_has_every_page_of_the_navigation(parts, site):
    home = (site / "index.html").read_text("utf-8")
    linked = set(re.findall(r'<a href="([\w/-]*/)" class="md-nav__link"', home))
    assert len(parts) > 15
    assert {part.address for part in parts} == (linked | {""}) - {"gallery/"}


def test_the_contents_say_on_which_page_a_section_stands(pdf, content, parts):
    places = numbers(content)
    first = places[parts[0].heads[0][1]]
    contents = flat("".join(page.extract_text() for page in pdf.pages[1 : first - 1]))
    heads = [head for part in parts for head in part.heads]
    for _, anchor, title in heads:
        assert flat(f"{words(title)}{places[anchor]}") in contents, title
    for _, anchor, title in heads[::12]:  # to read a page takes longer than to print it
        text = flat(pdf.pages[places[anchor] - 1].extract_text())
        assert flat(words(title)) in text, f"{title} is not on page {places[anchor]}"


def test_its_outline_leads_to_each_chapter(pdf, content, parts):
    entries = [entry for entry in pdf.outline if not isinstance(entry, list)]
    places = numbers(content)
    found = [(e.title, pdf.get_destination_page_number(e) + 1) for e in entries]
    wanted = [(words(part.heads[0][2]), places[part.heads[0][1]]) for part in parts]
    assert found[2:] == wanted
    assert [title for title, _ in found[:2]] == ["Convolution, checked", "Contents"]


def test_every_page_but_the_first_has_its_number(pdf):
    texts = [
        pdf.pages[at].extract_text().split() for at in range(0, len(pdf.pages), 24)
    ]
    assert "1" not in texts[0]
    for at, text in enumerate(texts[1:], 1):
        assert str(24 * at + 1) in text


def test_a_link_leads_within_the_book_or_to_the_web(pdf):
    links = [
        note.get_object() for page in pdf.pages for note in page.get("/Annots", [])
    ]
    out = [link["/A"]["/URI"] for link in links if "/URI" in link.get("/A", {})]
    assert len(links) - len(out) > 300
    assert len(out) > 100
    assert not [link for link in out if not link.startswith("http")]


def test_a_drawn_figure_stays_a_drawing(pdf, content):
    places = numbers(content)
    first, after = places["dilation--dilation"], places["kernel-size--kernel-size"]
    assert after - first > 5
    for page in pdf.pages[first - 1 : after - 1]:
        things = page["/Resources"].get("/XObject", {}).values()
        assert "/Image" not in [thing.get_object()["/Subtype"] for thing in things]


def test_it_names_no_day(content):
    dates = re.findall(rb"Date \(D:(\d{4})", content)
    assert set(dates) == {b"1980"}


def test_a_page_prints_its_questions_and_the_answers_that_are_read(browser, address):
    page = browser.new_page()
    page.goto(f"{address}dilation/")

    def paper():
        sheets = PdfReader(BytesIO(page.pdf())).pages
        return flat("".join(sheet.extract_text() for sheet in sheets))

    before = paper()
    for summary in page.locator("details summary").all()[:2]:
        summary.click()
    after = paper()
    page.close()
    assert flat(QUESTION) in before
    assert flat("which 1, 2, d still reads") in before
    assert flat(ANSWER) not in before
    assert flat(ANSWER) in after
    assert flat("the field can triple from layer") not in after


def test_paper_has_no_navigation_and_cuts_no_code(browser, address):
    page = browser.new_page(viewport={"width": 420, "height": 900})
    page.emulate_media(media="print")
    page.goto(f"{address}dilation/")
    for part in ("header", "sidebar", "footer", "top", "search"):
        for node in page.locator(f".md-{part}").all():
            assert not node.is_visible(), part
    cut = "[...document.querySelectorAll('pre > code')].filter(c => c.scrollWidth > c.clientWidth)"
    assert page.evaluate(f"{cut}.length") == 0
    page.close()


def test_paper_says_where_a_link_leads_whose_words_do_not(browser, address):
    page = browser.new_page()
    page.emulate_media(media="print")
    told = "links => links.map(link => [link.href, getComputedStyle(link, '::after').content])"
    for where in ("dilation/", "references/"):
        page.goto(f"{address}{where}")
        shown = dict(page.locator("article a[href]").evaluate_all(told))
        out = {
            link
            for link in shown
            if not re.search(
                rf"^{address}|//(doi|arxiv)\.org/|^https://github.com/example/", link
            )
        }
        assert out
        assert {link for link, text in shown.items() if link in text} == out
    page.close()
