"""MkDocs calls the same build as ``python -m snippets``; no logic of its own."""

from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs_jupyter.config import settings

from snippets._build import DOCS, BuildError, lean, refresh, warm

settings.templates_dir = str(DOCS / "theme")
serving = False


def on_startup(command: str, dirty: bool) -> None:
    """Start importing torch while MkDocs reads its configuration."""
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


def on_post_build(config: Any) -> None:
    """The search index is fetched with every page: it holds no code."""
    lean(Path(config.site_dir) / "search" / "search_index.json")
