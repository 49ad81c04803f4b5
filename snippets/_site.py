"""What is done to the built site; nothing here has a part in a figure."""

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

TAG = re.compile(r"<[a-z][^>]*>")
ANCHOR = re.compile(r'<a\s[^>]*?href="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
IMAGE = re.compile(r'<img\b([^>]*?\bsrc="[^"]*?/?figures/(\w+\.svg)"[^>]*?) ?/?>')
SIDES = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
TABLE = re.compile(r'<p class="caption">(.*?)</p>\s*<table>(.*?)</table>', re.DOTALL)
# Material would frame a table without a class while the page opens, and have all styles
# computed again for it; keys scroll what has a place among them.
FRAMED = (
    r'<div class="md-typeset__scrollwrap" tabindex="0"><div class="md-typeset__table">'
    r'<table class="data">\n<caption>\1</caption>\2</table></div></div>'
)
# Each span of code costs time whenever styles are computed; these look as code itself.
PLAIN = "kc", "n", "na", "nv", "o", "p", "w"
UNSEEN = re.compile(rf'<span class="(?:{"|".join(PLAIN)})">([^<]*)</span>')
ALIKE = re.compile(
    r'<span class="(\w+)">[^<]*</span>(?:\s*<span class="\1">[^<]*</span>)+'
)
COMMENT = re.compile(r"^[ \t]*(?://.*|/\*(?:[^*]|\*(?!/))*\*/)?\n", re.MULTILINE)
# Firefox fetches the next page, unasked. The palettes of the theme name no colour that
# counts, and a rule of theirs for every element has all styles computed twice more.
UNUSED = re.compile(r'\s*<link rel="(?:next"|stylesheet" href="[^"]*/palette\.)[^>]*>')

CHARSET = '<meta charset="utf-8">'  # stays first: it must stand in the first kilobyte
# What is not named here is refused: frames, fonts, plugins, media.
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",  # the theme's icons, the pictures of the labs
    "connect-src": "'self'",
    "worker-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",  # the search of the page for lost addresses
}


def aliases(pages: Iterable[Any]) -> dict[str, list[str]]:
    """What readers call a section elsewhere, by its location: see ``search: also:``."""
    return {
        f"{page.url}#{section}": [name.strip() for name in names.split(",")]
        for page in pages
        for section, names in page.meta.get("search", {}).get("also", {}).items()
    }


def lean(index: Path, also: dict[str, list[str]]) -> None:
    """Take code out of a search index, put other names in; a page's end weighs less.

    `ValueError` names the sections that have other names and do not exist.
    """
    content = json.loads(index.read_text("utf-8"))
    unknown = also.keys() - {entry["location"] for entry in content["docs"]}
    if unknown:
        raise ValueError(f"search: also: no such section: {', '.join(sorted(unknown))}")
    for entry in content["docs"]:
        entry["text"] = re.sub(r"<pre.*?</pre>", "", entry["text"], flags=re.DOTALL)
        if entry["location"] in also:
            entry["tags"] = also[entry["location"]]
        if entry["location"].endswith(("#exercises", "#references")):
            entry["boost"] = 0.3 * entry.get("boost", 1)
    text = json.dumps(content, separators=(",", ":"))
    index.write_text(text, "utf-8", newline="\n")


def placed(html: str, figures: Path) -> str:
    """Each figure with its size, so that it keeps its place; later ones can wait."""
    first = IMAGE.search(html)

    def sized(image: re.Match[str]) -> str:
        if not (figures / image[2]).is_file():
            return image[0]  # MkDocs says so
        (sides, *_) = SIDES.findall((figures / image[2]).read_text("utf-8"))
        width, height = (round(float(side) * 4 / 3) for side in sides)
        late = ' loading="lazy"' if first and image.start() > first.start() else ""
        return f'<img{image[1]} width="{width}" height="{height}"{late}>'

    return IMAGE.sub(sized, html)


def captioned(html: str) -> str:
    """Each table in a frame, with the caption that stands before it."""
    return TABLE.sub(FRAMED, html)


def coloured(html: str) -> str:
    """Code in no more spans than its colours need.

    >>> coloured('<span class="n">a</span><span class="p">(</span><span class="mi">1')
    'a(<span class="mi">1'
    """

    def joined(run: re.Match[str]) -> str:
        return f'<span class="{run[1]}">{re.sub("<[^>]*>", "", run[0])}</span>'

    return ALIKE.sub(joined, UNSEEN.sub(r"\1", html))


def slim(site: Path) -> None:
    """Take the comments that fill whole lines out of what is ours, a fifth of it."""
    for kind in ("widgets/*.js", "scripts/*.js", "stylesheets/*.css"):
        for path in site.glob(kind):
            text = COMMENT.sub("", path.read_text("utf-8"))
            path.write_text(text, "utf-8", newline="\n")


def offer(site: Path, file: str) -> None:
    """Show what a page says of a download, in a comment until the download is there."""
    inside = r"(?:(?!-->).)*?"  # of one comment: there may be others before it
    said = re.compile(
        rf"<!-- offered: ({inside}{re.escape(file)}{inside}) -->", re.DOTALL
    )
    for page in site.rglob("index.html"):
        html = page.read_text("utf-8")
        if said.search(html):
            page.write_text(said.sub(r"\1", html), "utf-8", newline="\n")


PIECE = re.compile(
    r"""<!--.*?-->|<(script|style)\b.*?</\1>|<\w(?:[^>"']++|"[^"]*+"|'[^']*+')*+>""",
    re.DOTALL | re.IGNORECASE,
)


def concerned(page: str) -> str:
    """The scripts and styles of a page, and the tags with a style: a 20th of it."""
    pieces = PIECE.finditer(page)
    return "".join(
        piece[0]
        for piece in pieces
        if piece[1] or ("style=" in piece[0] and not piece[0].startswith("<!--"))
    )


class Inline(HTMLParser):
    """The scripts and styles that a page holds itself, as they stand in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.attributes: list[str] = []
        self._open: list[str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.attributes += [given["style"] or ""] if "style" in given else []
        data = (given.get("type") or "").endswith("json")  # is read, not run
        if tag == "script" and "src" not in given and not data:
            self._open = self.scripts
        elif tag == "style":
            self._open = self.styles
        if self._open is not None:
            self._open.append("")

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self._open[-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._open = None


def hashes(texts: Iterable[str]) -> str:
    """The sources of a policy that admit these texts and no others.

    >>> hashes(["1", "1"])
    "'sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s='"
    """
    digests = {hashlib.sha256(text.encode()).digest() for text in texts}
    return " ".join(sorted(f"'sha256-{base64.b64encode(d).decode()}'" for d in digests))


def policy(pages: Iterable[str]) -> str:
    """What each of these pages may load, and run: what one of them holds itself."""
    found = [Inline(concerned(page)) for page in pages]  # parsing all takes long
    attributes = hashes(text for page in found for text in page.attributes)
    extra = {
        "script-src": hashes(text for page in found for text in page.scripts),
        "style-src": hashes(text for page in found for text in page.styles)
        + (f" 'unsafe-hashes' {attributes}" if attributes else ""),
    }
    parts = [[name, POLICY[name], extra.get(name, "")] for name in POLICY]
    return "; ".join(" ".join(" ".join(part).split()) for part in parts)


def guarded(site: Path) -> None:
    """Write one policy into all pages: it stays in force while Material swaps them."""
    pages = {path: path.read_text("utf-8") for path in sorted(site.rglob("*.html"))}
    rules = policy(pages.values())
    head = (
        f'{CHARSET}<meta http-equiv="Content-Security-Policy" content="{rules}">'
        '<meta name="referrer" content="no-referrer">'
    )
    for path, page in pages.items():
        if page.count(CHARSET) != 1:
            raise ValueError(f"{path}: no place for the policy after {CHARSET}")
        text = UNUSED.sub("", page.replace(CHARSET, head))
        path.write_text(text, "utf-8", newline="\n")
