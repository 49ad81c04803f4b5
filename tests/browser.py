"""One way to serve the built site and to open it in a real Chromium.

``python -m tests.browser`` installs it and Firefox where there is none, and opens each once.
"""

import functools
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests import firefox

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
PATIENCE = 120_000  # milliseconds; others may have the processors for half a minute
QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
]


class Handler(SimpleHTTPRequestHandler):
    """Serves files as GitHub Pages does, and says nothing."""

    at = ""  # the folder of the address under which all lies

    def translate_path(self, path: str) -> str:
        """The file that an address means."""
        return super().translate_path(path.removeprefix(f"/{self.at}"))

    def handle(self) -> None:
        """Serve a connection, also one that a browser drops when it has enough."""
        with suppress(ConnectionError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""

    def send_error(self, code: int, *told: str | None) -> None:
        """Answer as a host of pages does: where nothing is, with the site's own page."""
        folders = [self.path.split("/")[1], ""]  # the site may stand below a path
        pages = [Path(self.directory, folder, "404.html") for folder in folders]
        page = next(filter(Path.is_file, pages), None)
        if code != 404 or page is None:
            super().send_error(code, *told)
        else:
            self.send_response(code)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.read_bytes())


@contextmanager
def served(
    folder: Path, at: str = "", handler: type[Handler] = Handler
) -> Iterator[str]:
    """The address at which ``folder`` is served on this machine while the block runs."""
    kind = type("Below", (handler,), {"at": at})
    answer = functools.partial(kind, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/{at}"
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
    """A running headless Chromium."""
    root = sys.platform == "linux" and os.geteuid() == 0
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=executable(),
            args=[*QUIET, *(["--no-sandbox"] if root else [])],
        )
        yield patient(browser)
        browser.close()


def patient(browser: Browser) -> Browser:
    """The browser; its pages wait for long before they give up."""
    opened = browser.new_page

    def new_page(**how: Any) -> Page:
        page = opened(**how)
        page.set_default_timeout(PATIENCE)
        return page

    browser.new_page = new_page  # type: ignore[method-assign] # there is no setting for all
    return browser


# Figures below the first wait until they are near: here they need not.
EAGER = """() => {
  for (const image of document.images) image.loading = "eager";
  return Promise.allSettled([...document.images].map((image) => image.decode()));
}"""


def visit(page: Page, url: str) -> None:
    """Open a page and wait until it has all that it fetches by itself.

    On a busy machine the network may be silent for long before the parser meets the scripts.
    """
    page.goto(url, wait_until="load")
    page.wait_for_load_state("networkidle")


def until(page: Page, script: str, argument: Any = None) -> None:
    """Wait until a script answers true on a page.

    Playwright's own way polls by eval on the page, which the policy of the site refuses.
    """
    end = time.monotonic() + PATIENCE / 1000
    while not page.evaluate(script, argument):
        assert time.monotonic() < end, f"never true on {page.url}: {script}"
        page.wait_for_timeout(50)


def addresses(site: Path) -> list[str]:
    """The pages of a built site, as folders below it; its home is a dot."""
    found = site.rglob("index.html")
    return sorted(path.parent.relative_to(site).as_posix() for path in found)


def install(debian: str, download: list[str]) -> None:
    """Get a browser: Debian's package as root on Debian, else by the command ``download``."""
    apt = shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0
    get = ["apt-get", "install", "-yq", "--no-install-recommends", debian]
    for command in [["apt-get", "update", "-q"], get] if apt else [download]:
        subprocess.run(command, check=True)


def main() -> None:
    """Install what is missing; exit with a clear message if a browser does not open."""
    try:
        if executable() is None:
            playwright = [sys.executable, "-m", "playwright", "install", "chromium"]
            install("chromium", playwright)
        with chromium() as browser:
            print(f"Chromium {browser.version}")
        if firefox.executable() is None:
            install("firefox-esr", firefox.DOWNLOAD)
        print(firefox.in_firefox("about:blank", "() => navigator.userAgent"))
    except Exception as error:
        sys.exit(
            f"A browser does not open: {error}\nInstall Chromium and Firefox, "
            "or name them in CHROMIUM=/path/to/it and FIREFOX=/path/to/it."
        )


if __name__ == "__main__":
    main()
