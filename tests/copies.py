"""Copies of the repository, the commands run in them, and the server that reloads them."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Page

from snippets._build import FIGURES, LABS
from snippets._style import ROOT

PUBLISHED = {
    "NO_MKDOCS_2_WARNING": "1",
    "SAID": "",  # what is proven here is not proven of a copy
    "REPO_URL": "https://github.com/example/example",
    "EDIT_URI": "edit/main/docs/",
}
SITE_URL = "https://example.github.io/example/"  # serving has an address of its own
MKDOCS = (sys.executable, "-m", "mkdocs")
PATIENCE = 180  # seconds: a busy machine is slow, not wrong
LISTED = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")


class Server(NamedTuple):
    """A running ``mkdocs serve``: its address, and the file that it logs to."""

    address: str
    log: Path

    def told(self) -> str:
        """What it has logged up to now."""
        return self.log.read_text("utf-8")

    def opened(self, browser: Browser, page: str) -> Page:
        """A page called as in the address bar, open, and as patient as this module."""
        sheet = browser.new_page()
        sheet.set_default_timeout(1000 * PATIENCE)
        sheet.goto(f"{self.address}{page}/")
        return sheet

    def rebuilds(self) -> int:
        """How often it has begun to build the site again."""
        return self.told().count("Detected file changes")

    def rest(self, seconds: float) -> None:
        """Wait until nothing has been logged for so long."""
        told = ""
        while told != self.told():
            told = self.told()
            time.sleep(seconds)


def run_in(
    folder: Path, *command: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    """A command run in a folder, set up as for publishing; its faults are the caller's."""
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **PUBLISHED, **settings},
        capture_output=True,
        text=True,
        check=False,
    )


def built(
    root: Path, target: Path, **settings: str
) -> subprocess.CompletedProcess[str]:
    """A strict build of the site in ``root`` into ``target``, with a sitemap."""
    command = (*MKDOCS, "build", "--strict", "--site-dir", str(target))
    return run_in(root, *command, **{"SITE_URL": SITE_URL, **settings})


def tracked() -> list[Path]:
    """The files that git knows, and those that it would take in."""
    names = subprocess.run(LISTED, cwd=ROOT, capture_output=True, check=True).stdout
    paths = [ROOT / name for name in names.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


@contextmanager
def copied(made: bool = True, name: str = "copy") -> Iterator[Path]:
    """The repository as it stands, elsewhere; with its figures and labs if ``made``."""
    products = [*FIGURES.glob("*.svg"), *LABS.glob("*.ipynb")] if made else []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        copy = Path(folder).resolve() / name
        for path in [*tracked(), *products]:
            target = copy / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
        yield copy


@contextmanager
def reloading(copy: Path) -> Iterator[Server]:
    """A copy, served with live reload on a free port while the block runs."""
    server = Server(f"http://127.0.0.1:{_free()}/", copy.parent / "log")
    where = server.address.split("/")[2]
    with server.log.open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [*MKDOCS, "serve", "--dev-addr", where],
            cwd=copy,
            env={**os.environ, **PUBLISHED},
            stderr=log,
            stdout=log,
        )
        try:
            wait(lambda: "Serving on" in server.told() or process.poll())
            assert process.poll() is None, server.told()
            yield server
        finally:
            process.terminate()
            process.wait(20)


def wait(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until something holds; fail if it never does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.1)


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
