"""The built site as one page, in the order of its navigation, to be printed."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import NamedTuple

from snippets._site import ANCHOR, TAG

LEFT = {"gallery/"}  # its figures stand in their chapters
ARTICLE = re.compile(r"<article[^>]*>(.*?)</article>", re.DOTALL)
NEXT = re.compile(r'<a href="([^"]*)" class="md-footer__link md-footer__link--next"')
SHEETS = re.compile(r'<link rel="stylesheet" href="([^"]*)"')
HEAD = re.compile(r'<h([12]) id="([^"]*)">(.*?)</h\1>', re.DOTALL)
# Marks for the mouse, the way back from a footnote, empty styles of a lab.
UNPRINTED = re.compile(
    r'<a class="(?:headerlink|footnote-backref)".*?</a>'
    r'|<a[^>]*class="md-content__button.*?</a>|<style>\s*</style>',
    re.DOTALL,
)
BOOK = """\
<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<title>{title}</title>
{sheets}
<link rel="stylesheet" href="stylesheets/book.css">
<style>{running}</style>
</head>
<body class="md-typeset" data-md-color-scheme="default">
<section class="book-title">
<h1>{title}</h1>
<p>{description}</p>
<p>{imprint}</p>
<p>Text and figures are under CC BY 4.0, code is under the MIT licence.
Answers follow their questions; what moves on the site stands still here.</p>
</section>
<nav class="book-contents">
<h1>Contents</h1>
<ol>
{contents}
</ol>
</nav>
{chapters}
</body>
</html>
"""


class Chapter(NamedTuple):
    """A page of the site: its address there, and the inside of its article."""

    address: str
    html: str

    @property
    def name(self) -> str:
        """What begins each of its ids in the book."""
        return self.address.strip("/").replace("/", "-") or "home"

    @property
    def heads(self) -> list[tuple[str, str, str]]:
        """Level, id and title of its headings; the first is that of the chapter."""
        return [
            (level, f"{self.name}--{anchor}", title)
            for level, anchor, title in HEAD.findall(self.html)
            if (level, title.split("<")[0]) != ("2", "References")
        ]


def chapters(site: Path) -> Iterator[Chapter]:
    """The pages of a built site, from one to the next."""
    address, todo = "", True
    while todo:
        html = (site / address / "index.html").read_text("utf-8")
        article, following = ARTICLE.search(html), NEXT.search(html)
        if article and address not in LEFT:
            yield Chapter(address, UNPRINTED.sub("", article[1]).strip())
        todo = following is not None
        address = _joined(address, following[1]) if following else ""


def book(site: Path, pages: Mapping[str, int]) -> str:
    """The book as HTML beside ``index.html``; ``pages`` says where each id stands."""
    parts = list(chapters(site))
    home = (site / "index.html").read_text("utf-8")
    known = {part.address: part for part in parts}
    return BOOK.format(
        title=_told(home, r"<title>(.*?)</title>"),
        description=_told(home, r'<meta name="description" content="(.*?)"'),
        imprint=_told(home, r'<div class="md-copyright">(.*?)</div>'),
        sheets="\n".join(
            f'<link rel="stylesheet" href="{sheet}">' for sheet in SHEETS.findall(home)
        ),
        running="\n".join(map(_running, parts)),
        contents="\n".join(_entry(part, pages) for part in parts),
        chapters="\n".join(_chapter(part, known) for part in parts),
    )


def _told(html: str, pattern: str) -> str:
    found = re.search(pattern, html, re.DOTALL)
    return re.sub(r"<[^>]*>", "", found[1]).strip() if found else ""


def _running(part: Chapter) -> str:
    """A kind of page whose head names the chapter."""
    title = re.sub(r"<[^>]*>", "", part.heads[0][2])
    return (
        f'@page {part.name} {{ @top-left {{ content: "{title}" }} }} '
        f"#{part.name} {{ page: {part.name} }}"
    )


def _entry(part: Chapter, pages: Mapping[str, int]) -> str:
    """The lines of the contents for a chapter and its sections."""
    return "\n".join(
        f'<li class="level-{level}"><a href="#{anchor}">{title}</a>'
        f"<span>{pages.get(anchor, 0)}</span></li>"
        for level, anchor, title in part.heads
    )


def _chapter(part: Chapter, known: Mapping[str, Chapter]) -> str:
    html = part.html.replace("<details", "<details open")
    html = ANCHOR.sub(lambda link: _within(link, part, known), html)
    return (
        f'<section class="book-chapter" id="{part.name}">\n'
        f"{TAG.sub(lambda tag: _settled(tag[0], part), html)}\n</section>"
    )


def _settled(tag: str, part: Chapter) -> str:
    """A tag with an id of its own in the book, and a picture named from its home."""
    tag = re.sub(r'(\sid=")', rf"\g<1>{part.name}--", tag)
    return re.sub(
        r'(?<=\ssrc=")(?!data:)[^"]*', lambda m: _joined(part.address, m[0]), tag
    )


def _within(link: re.Match[str], part: Chapter, known: Mapping[str, Chapter]) -> str:
    """A link that leads within the book or out of the site; else its words alone."""
    href, words = link[1], link[2]
    if re.match(r"[a-z]+:", href):
        return link[0]
    path, _, anchor = href.partition("#")
    to = known.get(_joined(part.address, path) if path else part.address)
    if to is None:
        return words
    name = f"{to.name}--{anchor}" if anchor else to.name
    return (
        link[0]
        .replace(f'href="{escape(href)}"', f'href="#{name}"')
        .replace(f'href="{href}"', f'href="#{name}"')
    )


def _joined(address: str, path: str) -> str:
    """The address to which a path leads from a page, as `Chapter` names it.

    >>> _joined("labs/turn/", "../../glossary/"), _joined("tips/", "..")
    ('glossary/', '')
    """
    joined = posixpath.normpath(posixpath.join(address, path))
    ending = "/" if path.endswith(("/", "..")) else ""
    return "" if joined == "." else f"{joined}{ending}"
