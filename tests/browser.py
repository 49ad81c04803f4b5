"""One way to serve the built site and to open it in a real Chromium.

``python -m tests.browser`` installs one where there is none, and opens it once.
"""

import functools
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

NAMES = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
]
PLACES = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
]
QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
]


class _Handler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address at which ``folder`` is served on this machine while the block runs."""
    handler = functools.partial(_Handler, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()


def executable() -> str | None:
    """An installed Chromium or Chrome, or none: then Playwright's own download is used."""
    given = [os.environ.get("CHROMIUM", "")]
    found = [path for path in map(shutil.which, [*given, *NAMES]) if path]
    return next(
        iter([*found, *(place for place in PLACES if Path(place).exists())]), None
    )


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running headless Chromium; `make browser` installs one where there is none."""
    root = sys.platform == "linux" and os.geteuid() == 0
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=executable(),
            args=[*QUIET, *(["--no-sandbox"] if root else [])],
        )
        yield browser
        browser.close()


def install() -> None:
    """Get a Chromium: Debian's package as root on Debian, else Playwright's download."""
    debian = shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0
    get = [
        "apt-get",
        "install",
        "--yes",
        "--quiet",
        "--no-install-recommends",
        "chromium",
    ]
    download = [sys.executable, "-m", "playwright", "install", "chromium"]
    for command in [["apt-get", "update", "--quiet"], get] if debian else [download]:
        subprocess.run(command, check=True)


def main() -> None:
    """Install a browser if there is none; exit with a clear message if it does not open."""
    try:
        if executable() is None:
            install()
        with chromium() as browser:
            print(f"Chromium {browser.version}")
    except Exception as error:
        sys.exit(
            f"No Chromium opens: {error}\nInstall one, or name it in CHROMIUM=/path/to/it."
        )


if __name__ == "__main__":
    main()
