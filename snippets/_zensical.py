"""The way out: ``make zensical`` builds the pages with the successor of the theme.

Material for MkDocs ends in 2027. Zensical reads the same configuration, but it runs no
hook and has no plugin for notebooks: here a page gets its stamp and its proofs before,
what is done to a built site is done after, and labs stay notebooks to be downloaded.
"""

import argparse
import os
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from snippets import _gallery
from snippets._about import cited, describe
from snippets._build import DOCS, FIGURES, refresh
from snippets._ledger import stamp, woven
from snippets._reports import report
from snippets._site import guarded, placed, slim
from snippets._style import ROOT

WORK = ROOT / ".cache" / "zensical"


class Loader(yaml.SafeLoader):  # type: ignore[misc] # YAML has no types
    """YAML with the ``!ENV`` of MkDocs: what a variable says, or a default."""

    def env(self, node: yaml.SequenceNode) -> Any:
        """What the first variable says that is set, or the last value."""
        *names, default = self.construct_sequence(node)
        return next((os.environ[n] for n in names if n in os.environ), default)


Loader.add_constructor("!ENV", Loader.env)


def told() -> dict[str, Any]:
    """What mkdocs.yml says."""
    read: dict[str, Any] = yaml.load((ROOT / "mkdocs.yml").read_text("utf-8"), Loader)
    return read


def configured(read: dict[str, Any]) -> dict[str, Any]:
    """The configuration without what Zensical has not, for the prepared pages."""
    config = {key: read[key] for key in read if key not in {"hooks", "exclude_docs"}}
    config |= {"docs_dir": "docs", "site_dir": "site", "plugins": ["search"]}
    config["nav"] = _without_labs(read["nav"])
    config["theme"] = {**read["theme"], "custom_dir": "theme", "variant": "classic"}
    config["extra"] = {**read["extra"], "stamp": asdict(stamp())}
    extensions = [_rooted(extension) for extension in read["markdown_extensions"]]
    return {**config, "markdown_extensions": extensions}


def prepare(work: Path) -> dict[str, Any]:
    """Fill a folder with what Zensical reads; the configuration that it wrote there."""
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(DOCS, work / "docs", ignore=shutil.ignore_patterns("theme"))
    theme = shutil.ignore_patterns("mkdocs_*", "sitemap.xml")
    shutil.copytree(DOCS / "theme", work / "theme", ignore=theme)
    for name, path in _gallery.files().items():
        (work / "docs" / name).parent.mkdir(exist_ok=True)
        shutil.copy(path, work / "docs" / name)
    read = told()
    config = configured(read)
    whole = {**config, "nav": read["nav"]}  # a list of labs needs theirs too
    for page in (work / "docs").rglob("*.md"):
        text = written(page.read_text("utf-8"), whole)
        page.write_text(text, "utf-8", newline="\n")
    (work / "mkdocs.yml").write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")
    return config


def written(markdown: str, config: dict[str, Any]) -> str:
    """A page as the hook gives it to MkDocs."""
    counted, url = stamp(), config["site_url"]
    markdown = _gallery.filled(markdown, config["nav"], config["repo_url"])
    markdown = cited(markdown, url, counted.commit)
    return woven(markdown, config["repo_url"], counted)


def finish(site: Path, config: dict[str, Any]) -> None:
    """Do to the built site what the hook does to pages and to all of it."""
    for page in site.rglob("index.html"):
        up = "../" * len(page.parent.relative_to(site).parts)
        text = placed(page.read_text("utf-8"), FIGURES)
        page.write_text(_gallery.linked(text, up), "utf-8", newline="\n")
    for lab in (site / "labs").glob("*.ipynb"):  # where the page of a lab would have it
        lab.with_suffix("").mkdir()
        shutil.copy(lab, lab.with_suffix("") / lab.name)
    slim(site)
    _gallery.sign(site, config["site_url"])
    describe(site, config["site_name"], config["site_url"])
    at = config["extra"]["stamp"]["commit"]
    report(site, config["repo_url"], config["site_url"], at)
    guarded(site)


def build(work: Path = WORK) -> Path:
    """The site as Zensical builds it, in a folder below ``work``."""
    config = prepare(work)
    command = ["zensical", "build", "--strict", "-f", str(work / "mkdocs.yml")]
    subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=True)
    finish(work / "site", config)
    return work / "site"


def _without_labs(entries: list[Any]) -> list[Any]:
    """Entries of a navigation whose pages are Markdown; groups that are not empty."""
    kept = []
    for entry in entries:
        ((title, target),) = entry.items()
        inside = _without_labs(target) if isinstance(target, list) else target
        if inside and not str(inside).endswith(".ipynb"):
            kept.append({title: inside})
    return kept


def _rooted(extension: Any) -> Any:
    """A Markdown extension that finds the files of this repository from anywhere."""
    if "pymdownx.snippets" not in extension or isinstance(extension, str):
        return extension
    return {
        "pymdownx.snippets": {
            **extension["pymdownx.snippets"],
            "base_path": [str(ROOT)],
        }
    }


def main() -> None:
    """Draw what is stale, build, and say where the pages are."""
    parser = argparse.ArgumentParser("python -m snippets._zensical")
    folder = "the folder to build in (%(default)s)"
    parser.add_argument("--work", type=Path, default=WORK, help=folder)
    refresh()
    print(build(parser.parse_args().work))


if __name__ == "__main__":
    main()
