"""What a reader can take along: figures, snippets and labs, listed from the pages.

Nothing here is typed by hand: a page that asks by a marker gets the list as it is.
"""

import re
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

from markdown.extensions.toc import slugify

from snippets._about import LICENCE
from snippets._build import DOCS, FIGURES, SNIPPETS, made_from
from snippets._colab import address
from snippets._ledger import HEADING

FIGURE = re.compile(
    r"<figure markdown>\n!\[([^\]]*)\]\(figures/(\w+)\.svg\).*?\n"
    r"<figcaption>(.*?)</figcaption>",
    re.DOTALL,
)
TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
LAB = re.compile(r"^# # (.+)$", re.MULTILINE)
NOTE = re.compile(r"\s*(\[\^[^\]]*\]|<!--.*?-->)")
FILENAME = re.compile(r'<span class="filename">snippets/(\w+\.py)</span>')
PYTHON = re.compile(r'(<a href="\.\./(\w+)\.py">Python</a>)\.')
# Pictures of others, by the call that reads them; the sources say so themselves.
PICTURES = {
    "data.cat()": "The cat is Chelsea, photographed by Stefan van der Walt, CC0, "
    "from scikit-image."
}


class Shown(NamedTuple):
    """A figure where a page shows it."""

    name: str
    alt: str
    caption: str
    page: str
    title: str
    section: str
    anchor: str

    @property
    def drawing(self) -> str:
        """The drawing itself."""
        return (FIGURES / f"{self.name}.svg").read_text("utf-8")

    @property
    def owed(self) -> str:
        """What must be said of pictures in it that are not ours, or nothing."""
        code = (SNIPPETS / f"{self.name}.py").read_text("utf-8")
        said = [told for call, told in PICTURES.items() if call in code]
        return " ".join(said) if "<image" in self.drawing else ""

    @property
    def credit(self) -> str:
        """How to credit it."""
        return f"“{self.name}”, Convolution, checked, CC BY 4.0"


def figures(pages: Sequence[str]) -> Iterator[Shown]:
    """The figures of some pages, named as in ``docs``, in order."""
    for page in pages:
        text = (DOCS / page).read_text("utf-8")
        for found in FIGURE.finditer(text):
            if (FIGURES / f"{found[2]}.svg").is_file():  # else its snippet raised
                yield _shown(page, found)


def _shown(page: str, found: re.Match[str]) -> Shown:
    """A figure where it was found."""
    heads = [*HEADING.finditer(found.string, 0, found.start())]
    alt, name, caption = found.groups()
    title = _title(found.string)
    section, anchor = (heads[-1][1], heads[-1][2]) if heads else (title, None)
    return Shown(
        name,
        " ".join(alt.split()),
        " ".join(NOTE.sub("", caption).split()),
        page,
        title,
        section,
        (anchor or slugify(section, "-")) if heads else "",
    )


def files() -> dict[str, Path]:
    """What lies beside the pages: snippets, the data that they name, weights twice."""
    paths = [path for one in _snippets() for path in made_from(one)]
    own = [path for path in paths if path.parent == SNIPPETS]
    weights = {f"widgets/{path.name}": path for path in own if path.suffix == ".bin"}
    return {f"snippets/{path.name}": path for path in own} | weights


def filled(markdown: str, nav: Sequence[object], repo_url: str | None) -> str:
    """A page with the lists that it asks for."""
    if "<!-- list of" not in markdown:
        return markdown
    pages = [page for page in ordered(nav) if page.endswith(".md")]
    labs = [page for page in ordered(nav) if page.endswith(".ipynb")]
    return (
        markdown.replace("<!-- list of figures -->", _figures(pages))
        .replace("<!-- list of snippets -->", _snippets_of(pages))
        .replace("<!-- list of labs -->", _labs(labs, repo_url))
    )


def ordered(nav: Sequence[object]) -> Iterator[str]:
    """The files of a navigation, from first to last.

    >>> list(ordered([{"Home": "index.md"}, {"Labs": [{"One": "labs/one.ipynb"}]}]))
    ['index.md', 'labs/one.ipynb']
    """
    for entry in nav:
        if isinstance(entry, dict):
            for value in entry.values():
                yield from ordered(value) if isinstance(value, list) else [value]


def linked(html: str, up: str) -> str:
    """Rendered code whose title is a link to its file; ``up`` leads to the home page.

    >>> linked('<span class="filename">snippets/stacks.py</span>', "../")[23:65]
    '<a href="../snippets/stacks.py" download>s'
    """
    link = rf'<a href="{up}snippets/\1" download>snippets/\1</a>'
    return FILENAME.sub(rf'<span class="filename">{link}</span>', html)


def taken(html: str, repo_url: str | None) -> str:
    """A rendered lab that also opens in Colab, where there is a repository."""

    def also(link: re.Match[str]) -> str:
        url = address(repo_url, link[2])
        return (
            f'{link[1]}, or <a href="{url}">open it in Colab</a>.' if url else link[0]
        )

    return PYTHON.sub(also, html, count=1)


def signed(svg: str, shown: Shown, site_url: str) -> str:
    """A drawing that says what it is, where it is from and under which licence."""
    place = f"{shown.page.removesuffix('.md')}/#{shown.anchor}"
    source = (
        f"{site_url}{place}" if site_url else f"Convolution, checked: {shown.title}"
    )
    rights = f"{shown.credit}. {shown.owed}".strip()
    told = (
        '<metadata><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:cc="http://creativecommons.org/ns#" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><cc:Work rdf:about="">'
        f"<dc:title>{shown.name}</dc:title><dc:source>{escape(source)}</dc:source>"
        f"<dc:rights>{escape(rights)}</dc:rights>"
        f'<cc:license rdf:resource="{LICENCE}"/></cc:Work></rdf:RDF></metadata>'
    )
    return re.sub(r"<svg[^>]*>", lambda tag: tag[0] + told, svg, count=1)


def sign(site: Path, site_url: str) -> None:
    """Let every published drawing name its licence and its source."""
    pages = [path.name for path in sorted(DOCS.glob("*.md"))]
    for shown in figures(pages):
        file = site / "figures" / f"{shown.name}.svg"
        file.write_text(signed(shown.drawing, shown, site_url), "utf-8", newline="\n")


def _figures(pages: Sequence[str]) -> str:
    titles: dict[str, list[str]] = {}
    for shown in figures(pages):
        titles.setdefault(shown.title, []).append(_entry(shown))
    between = "\n\n"
    return between.join(
        f"### {title}\n\n<div class='gallery' markdown>\n\n"
        f"{between.join(entries)}\n\n</div>"
        for title, entries in titles.items()
    )


def _entry(shown: Shown) -> str:
    """A figure of the gallery in Markdown."""
    file, code = f"{shown.name}.svg", f"{shown.name}.py"
    return (
        f"<figure markdown>\n![{shown.alt}](figures/{file})\n"
        f'\n[{file}](figures/{file}){{ download="{file}" }} · '
        f'[{code}](snippets/{code}){{ download="{code}" }} · '
        f"[{shown.section}]({shown.page}#{shown.anchor})\n\n"
        f"<figcaption>{shown.caption}<br>"
        f"{f'{shown.credit}. {shown.owed}'.strip()}</figcaption>\n</figure>"
    )


def _snippets_of(pages: Sequence[str]) -> str:
    """The snippets in Markdown: each with what it needs, what it shows and where."""
    where = {page: (DOCS / page).read_text("utf-8") for page in pages}
    lines = []
    for path in _snippets():
        with_it = [_download(other) for other in made_from(path) if other != path]
        needs = f" with {' and '.join(with_it)}" if with_it else ""
        on = [
            f" On [{_title(text)}]({page})."
            for page, text in where.items()
            if f'"snippets/{path.name}:' in text
        ]
        lines.append(f"- {_download(path)}{needs}: {_claim(path)}{''.join(on)}")
    return "\n".join(lines)


def _labs(labs: Sequence[str], repo_url: str | None) -> str:
    """The labs in Markdown, each with its files."""
    lines = []
    for path in [(DOCS / lab).with_suffix(".py") for lab in labs]:
        found = LAB.search(path.read_text("utf-8"))
        note = f"{path.stem}.ipynb"
        links = [
            f'<a href="../labs/{path.stem}/{note}" download>{note}</a>',
            f'[{path.name}](labs/{path.name}){{ download="{path.name}" }}',
            *(f"[in Colab]({url})" for url in [address(repo_url, path.stem)] if url),
        ]
        title = found[1] if found else note
        lines.append(f"- [{title}](labs/{note}): {', '.join(links)}")
    return "\n".join(lines)


def _download(path: Path) -> str:
    return f'[{path.name}](snippets/{path.name}){{ download="{path.name}" }}'


def _claim(path: Path) -> str:
    said = path.read_text("utf-8").partition('"""')[2].partition('"""')[0]
    return " ".join(said.split("\n\n")[0].split())


def _snippets() -> list[Path]:
    return sorted(SNIPPETS.glob("[!_.]*.py"))


def _title(text: str) -> str:
    found = TITLE.search(text)
    return found[1] if found else ""
