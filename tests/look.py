"""``python -m tests.look [page ...]``: pictures of the built pages, to be looked at.

Writes ``.cache/look/<page>-<theme>-<width>.png``; pages are named as in docs/, without ending.
"""

import sys
from pathlib import Path

from snippets._style import ROOT
from tests.browser import chromium, served

LOOK = ROOT / ".cache" / "look"


def main(wanted: list[str]) -> None:
    """Photograph each page at 1280 px and 360 px, light and dark."""
    LOOK.mkdir(parents=True, exist_ok=True)
    site = ROOT / "site"
    pages = [
        path.parent.relative_to(site).as_posix() for path in site.rglob("index.html")
    ]
    with served(site) as url, chromium() as browser:
        for name in sorted(pages):
            label = "index" if name == "." else name
            if wanted and label not in wanted:
                continue
            for scheme in ("light", "dark"):
                for width in (1280, 360):
                    page = browser.new_page(
                        color_scheme=scheme, viewport={"width": width, "height": 900}
                    )
                    page.goto(url + name + "/", wait_until="networkidle")
                    target = LOOK / f"{label.replace('/', '-')}-{scheme}-{width}.png"
                    page.screenshot(path=target, full_page=True)
                    page.close()
                    print(Path(target).relative_to(ROOT))


if __name__ == "__main__":
    main(sys.argv[1:])
