"""``python -m tests.look [page ...]``: pictures of the built pages, to be looked at.

Writes ``.cache/look/<page>-<theme>-<width>.png``; pages are named as in docs/, without ending.
"""

import sys
from pathlib import Path

from snippets._style import ROOT
from tests.browser import EAGER, addresses, chromium, served, visit

LOOK = ROOT / ".cache" / "look"
SETTLED = 500  # milliseconds; an explorable builds itself once it is in view


def main(wanted: list[str]) -> None:
    """Photograph each page at 1280 px and 360 px, light and dark."""
    LOOK.mkdir(parents=True, exist_ok=True)
    site = ROOT / "site"
    with served(site) as url, chromium() as browser:
        for name in addresses(site):
            label = "index" if name == "." else name
            if wanted and label not in wanted:
                continue
            for scheme in ("light", "dark"):
                for width in (1280, 360):
                    page = browser.new_page(
                        color_scheme=scheme, viewport={"width": width, "height": 900}
                    )
                    visit(page, url + name + "/")
                    page.evaluate(EAGER)
                    tall = page.evaluate("document.documentElement.scrollHeight")
                    page.set_viewport_size({"width": width, "height": tall})
                    page.wait_for_load_state("networkidle")
                    page.wait_for_timeout(SETTLED)
                    target = LOOK / f"{label.replace('/', '-')}-{scheme}-{width}.png"
                    page.screenshot(path=target, full_page=True)
                    page.close()
                    print(Path(target).relative_to(ROOT))


if __name__ == "__main__":
    main(sys.argv[1:])
