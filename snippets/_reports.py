"""Below each section of a built page: where it is edited, an error reported."""

import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

from snippets._about import reads

ARTICLE = re.compile(r"<article\b.*?(?=</article>)", re.DOTALL)
HEADING = re.compile(r'<h([1-3])[^>]*\bid="([^"]+)"[^>]*>(.*?)</h\1>', re.DOTALL)
EDIT = re.compile(r'<a href="([^"]+)"[^>]*\brel="edit"')


def report(site: Path, repo_url: str, site_url: str, commit: str) -> None:
    """Write the links into each page of a built site; none without a repository."""
    for page in site.rglob("index.html") if repo_url else ():
        where = page.parent.relative_to(site).as_posix()
        address = f"{site_url}{'' if where == '.' else f'{where}/'}"
        form = f"{repo_url.rstrip('/')}/issues/new"
        written = linked(page.read_text("utf-8"), form, address, commit)
        page.write_text(written, "utf-8", newline="\n")


def linked(page: str, form: str, address: str, commit: str) -> str:
    """A page with a line of links at the end of each section."""
    edit = EDIT.search(page)
    first = f'<a href="{edit[1]}">Edit this page</a> · ' if edit else ""

    def line(anchor: str, title: str) -> str:
        fields = {"template": "error.yml", "title": f"Error: {title}"}
        fields |= {"where": f"{address}#{anchor}", "commit": commit}
        to = html.escape(f"{form}?{urlencode(fields, safe=':/,')}")
        how = f'rel="nofollow" aria-describedby="{anchor}"'
        return (
            f'<p class="report">{first}<a href="{to}" {how}>Report an error</a></p>\n'
        )

    return ARTICLE.sub(lambda article: "".join(_with(article[0], line)), page, count=1)


def _with(article: str, line: Callable[[str, str], str]) -> Iterator[str]:
    heads = [*HEADING.finditer(article)]
    yield article[: heads[0].start()] if heads else article
    ends = [*(head.start() for head in heads[1:]), len(article)]
    for head, end in zip(heads, ends, strict=bool(heads)):
        yield article[head.start() : end] + line(head[2], reads(head[3]))
