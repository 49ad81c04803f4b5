"""The built site, served, and a browser to read it with."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from snippets._build import FIGURES, LABS
from snippets._style import ROOT
from tests.browser import chromium, served

PUBLISHED = {
    "NO_MKDOCS_2_WARNING": "1",
    "REPO_URL": "https://github.com/example/example",
    "EDIT_URI": "edit/main/docs/",
}


def built(root: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """A strict build of the site in ``root`` into ``target``."""
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--site-dir",
        str(target),
    ]
    return run_in(root, *command)


def run_in(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A command run in a copy of the repository, set up as for publishing."""
    return subprocess.run(
        command,
        cwd=root,
        env={**os.environ, **PUBLISHED},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The repository as it stands, with its drawn figures and executed labs."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    files = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout
    paths = [ROOT / name for name in files.decode().split("\0") if name]
    for path in [*paths, *FIGURES.glob("*.svg"), *LABS.glob("*.ipynb")]:
        if path.is_file():
            target = tmp_path / "copy" / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
    return tmp_path / "copy"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a fresh strict build."""
    target = tmp_path_factory.mktemp("site")
    run = built(ROOT, target)
    assert run.returncode == 0, run.stderr
    return target


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Where the built site is served."""
    with served(site) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with chromium() as running:
        yield running
