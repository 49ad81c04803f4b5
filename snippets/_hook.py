"""MkDocs calls the same build as ``python -m snippets``; no logic of its own."""

import os
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File
from mkdocs_jupyter.config import settings

from snippets import _gallery
from snippets._about import cited, describe, introduce
from snippets._build import DOCS, FIGURES, SNIPPETS, BuildError, refresh, warm
from snippets._ledger import stamp, woven
from snippets._reports import report
from snippets._site import aliases, captioned, coloured, guarded, lean, placed, slim

settings.templates_dir = str(
    DOCS / "labs" / "theme"
)  # not in the theme: it is published
serving = False


def on_startup(command: str, dirty: bool) -> None:
    """Start importing torch while MkDocs reads its configuration; name no date."""
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")  # in gzip: no time stamp
    global serving  # noqa: PLW0603 MkDocs tells the command here and nowhere else
    serving = command == "serve"
    if serving:
        warm()


def on_pre_build(config: Any) -> None:
    """Figures and notebooks are fresh before a page is read."""
    try:
        refresh(serving)
    except BuildError as fault:
        raise PluginError(str(fault)) from fault
    config.extra.stamp = stamp()


def on_files(files: Any, config: Any) -> Any:
    """Snippets and their data lie beside the pages, for download."""
    for name, path in _gallery.files().items():
        files.append(File.generated(config, name, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Proofs lead to their tests; stamp and lists stand where a page asks for them."""
    introduce(page)
    at = config.extra.stamp
    markdown = _gallery.filled(markdown, config.nav, config.repo_url)
    markdown = cited(markdown, config.site_url or "", at.commit)
    return woven(markdown, config.repo_url, at)


def on_page_content(html: str, page: Any, config: Any, files: Any) -> str:
    """Titles and labs lead on; figures keep their places; code has few spans."""
    html = _gallery.taken(captioned(placed(html, FIGURES)), config.repo_url)
    return coloured(_gallery.linked(html, "../" * page.url.count("/")))


def on_env(env: Any, config: Any, files: Any) -> None:
    """Other names of sections are known once all pages have been read."""
    config.extra.also = aliases(file.page for file in files.documentation_pages())


def on_serve(server: Any, config: Any, builder: Any) -> None:
    """Watch what is written, not what is made of it: drawing is no edit."""
    server.unwatch(config.docs_dir)
    kept = [path for path in DOCS.iterdir() if path.is_dir() and path != FIGURES]
    for folder in kept:
        server.watch(str(folder))
    programs = {path.parent for path in SNIPPETS.rglob("*.py")}
    for folder in (DOCS, *programs):  # not all below: figures, compiled modules
        server.watch(str(folder), recursive=False)


def on_post_build(config: Any) -> None:
    """What is fetched is light: an index without code, scripts without comments."""
    site, url, at = Path(config.site_dir), config.site_url or "", config.extra.stamp
    try:
        lean(site / "search" / "search_index.json", config.extra.also)
    except ValueError as fault:
        raise PluginError(str(fault)) from fault
    slim(site)
    _gallery.sign(site, url)
    describe(site, config.site_name, url)
    report(site, config.repo_url or "", url, at.commit)
    if not serving:  # the script that reloads a served page is another on each page
        guarded(site)  # last: it reads what the pages hold
