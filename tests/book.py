"""``python -m tests.book site``: the built site printed as one book, with page numbers.

Printed twice: the second time the contents know on which page each section stands.
"""

import re
import sys
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from snippets._book import book
from snippets._site import offer
from snippets._zip import NAME
from tests.browser import chromium

DATE = re.compile(rb"(?<=Date \(D:)\d{14}[^)]*")


def printed(site: Path, target: Path, browser: Browser) -> None:
    """Write a built site as a book, of no date."""
    sheet = site / f"{NAME}.html"  # beside the figures that it shows
    leaf = browser.new_page(java_script_enabled=False)
    leaf.set_default_timeout(300_000)
    try:
        first = numbers(_sheets(site, sheet, leaf, {}))
        content = _sheets(site, sheet, leaf, first, outline=True, tagged=True)
    finally:
        leaf.close()
        sheet.unlink(missing_ok=True)
    target.write_bytes(DATE.sub(_undated, content))


def numbers(content: bytes) -> dict[str, int]:
    """The page on which each named place of a PDF stands, from 1."""
    reader = PdfReader(BytesIO(content))
    found = reader.named_destinations.items()
    places = {
        name.lstrip("/"): reader.get_destination_page_number(at) for name, at in found
    }
    return {name: at + 1 for name, at in places.items() if at is not None}


def _sheets(
    site: Path, sheet: Path, leaf: Page, pages: Mapping[str, int], **options: Any
) -> bytes:
    sheet.write_text(book(site, pages), "utf-8", newline="\n")
    leaf.goto(sheet.as_uri(), wait_until="load")
    return leaf.pdf(prefer_css_page_size=True, **options)


def _undated(date: re.Match[bytes]) -> bytes:
    """A date of the same length, so that every offset of the file still holds."""
    return b"19800101000000+00'00'"[: len(date[0])].ljust(len(date[0]))


def main(folder: str) -> None:
    """Put the book of a built site into it, and offer it there."""
    site = Path(folder).resolve()
    with chromium() as browser:
        printed(site, site / f"{NAME}.pdf", browser)
    offer(site, f"{NAME}.pdf")


if __name__ == "__main__":
    main(*sys.argv[1:])
