"""What is said of a page outside its text: to search engines, beside links to it.

Read off the built pages: it says what they say, and any generator can build them.
"""

import html
import json
import re
from pathlib import Path
from typing import Any

import yaml

from snippets._style import ROOT

CITATION = "<!-- citation -->"
LONGEST = 160  # characters of a description that a list of pages shows
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
COMMON = {
    "@context": "https://schema.org",
    "@type": "LearningResource",
    "inLanguage": "en",
    "license": LICENCE,
    "isAccessibleForFree": True,
}
UNTAUGHT = re.compile(r"Exercises?\b|References$|Where it stops being true$")
PICTURE = "A grid of pixels, of which one in two across and one in two down are filled."
MARK = re.compile(r'<a class="headerlink".*?</a>|<[^>]*>', re.DOTALL)
DESCRIPTION = re.compile(r'<meta name="description" content="([^"]*)"')
CANONICAL = re.compile(r'<link rel="?canonical"? href="?([^">]+)')


def described(lab: Path) -> str:
    """The sentences of a lab's first paragraph that fit, as plain text."""
    text = lab.read_text("utf-8").split("\n#\n")[1]
    flat = re.sub(r"<!--.*?-->|^# |\[|\]\([^)]*\)|`", "", text, flags=re.MULTILINE)
    sentences = re.split(r"(?<=[.?!]) ", " ".join(flat.split()))
    told = sentences[0]
    for sentence in sentences[1:]:
        if len(f"{told} {sentence}") > LONGEST:
            break
        told = f"{told} {sentence}"
    return told


def cited(markdown: str, site_url: str, commit: str) -> str:
    """A page with the site's own entry for BibTeX where it asks for it."""
    said: dict[str, Any] = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    fields = {
        "author": " and ".join(f"{{{one['name']}}}" for one in said["authors"]),
        "title": f"{{{said['title']}}}",
        "year": str(said["date-released"].year),
        "note": f"Version {said['version']}, commit {commit}",
        "url": site_url,
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    entry = "\n".join(["@misc{convolution-checked,", *lines, "}"])
    return markdown.replace(CITATION, f"```text\n{entry}\n```")


def introduce(page: Any) -> None:
    """Describe a lab by its first sentences; it is edited where it is written."""
    path = Path(page.file.abs_src_path)
    if path.suffix == ".ipynb":
        page.meta["description"] = described(path.with_suffix(".py"))
        page.edit_url = page.edit_url and page.edit_url.replace(".ipynb", ".py")


def describe(site: Path, name: str, site_url: str) -> None:
    """Write the lines of a card and the data of a resource into each built page."""
    for page in site.rglob("index.html"):
        text = page.read_text("utf-8")
        about = resource(text, name, site_url, page.parent.parent.name == "labs")
        lines = "\n".join([*card(about), data(about)])
        written = text.replace("</head>", f"{lines}\n</head>", 1)
        page.write_text(written, "utf-8", newline="\n")


def headings(page: str, level: int) -> list[str]:
    """The headings of a level, as they read."""
    found = re.findall(rf"<h{level}\b[^>]*>(.*?)</h{level}>", page, re.DOTALL)
    return [reads(heading) for heading in found]


def reads(heading: str) -> str:
    """A heading as text: no mark, no tags, no entities.

    >>> reads('Is <b>a</b> &lt; b?<a class="headerlink" href="#is">#</a>')
    'Is a < b?'
    """
    return " ".join(html.unescape(MARK.sub("", heading)).split())


def resource(page: str, name: str, site_url: str, lab: bool) -> dict[str, Any]:
    """A page as a learning resource of schema.org; no address if the site has none."""
    said, here = DESCRIPTION.search(page), CANONICAL.search(page)
    below = headings(page, 2)
    lesson = "lesson" if "Exercises" in below else "reference"
    taught = [heading for heading in below if not UNTAUGHT.match(heading)]
    about = {
        "name": headings(page, 1)[0],
        "description": html.unescape(said[1]) if said else "",
        "learningResourceType": "lab" if lab else lesson,
        "isPartOf": {"@type": "WebSite", "name": name} | _if(site_url, url=site_url),
    }
    url = here[1] if here and site_url else ""
    return COMMON | about | _if(taught, teaches=taught) | _if(url, url=url)


def _if(condition: object, **entries: Any) -> dict[str, Any]:
    return entries if condition else {}


def card(about: dict[str, Any]) -> list[str]:
    """The lines from which others draw a card where a page is linked."""
    whole, url = about["isPartOf"], about.get("url")
    lines = {"type": "article", "site_name": whole["name"], "title": about["name"]}
    lines |= {"description": about["description"]}
    if url:
        lines |= {"url": url, "image": f"{whole['url']}card.png", "image:alt": PICTURE}
        lines |= {"image:width": "1200", "image:height": "630"}
    written = [(f"og:{key}", html.escape(value)) for key, value in lines.items()]
    told = [f'<meta property="{key}" content="{value}">' for key, value in written]
    large = '<meta name="twitter:card" content="summary_large_image">'
    return [*told, large] if url else told


def data(about: dict[str, Any]) -> str:
    """The same for programs, in a block that runs nothing and that no text can end."""
    safe = json.dumps(about, ensure_ascii=False).replace("<", "\\u003c")
    return f'<script type="application/ld+json">{safe}</script>'
