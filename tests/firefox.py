"""An installed Firefox, driven by Puppeteer over WebDriver BiDi."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from snippets._style import ROOT

NAMES = ["firefox-esr", "firefox"]
PLACES = [
    "/Applications/Firefox.app/Contents/MacOS/firefox",
    r"C:\Program Files\Mozilla Firefox\firefox.exe",
]
FOLDER = ROOT / ".cache" / "browsers"
NPX = shutil.which("npx") or "npx"  # npx.cmd on Windows
DOWNLOAD = [NPX, "@puppeteer/browsers", "install", "firefox", "--path", str(FOLDER)]


def executable() -> str | None:
    """An installed Firefox, or none."""
    given = [os.environ.get("FIREFOX", "")]
    found = [path for path in map(shutil.which, [*given, *NAMES]) if path]
    known = [place for place in PLACES if Path(place).exists()]
    downloaded = [str(path) for path in FOLDER.rglob("firefox*") if _runs(path)]
    return next(iter([*found, *known, *downloaded]), None)


def _runs(path: Path) -> bool:
    return path.name in {"firefox", "firefox.exe"} and path.is_file()


class Visit(NamedTuple):
    """What a function answered on a page, and what went wrong there."""

    answer: Any
    wrong: list[str]


def visited(urls: list[str], script: str, *given: Any, width: int = 0) -> list[Visit]:
    """A visit for each page, by one Firefox: what ``script`` answers, given an argument."""
    visits = [
        {"url": url, "script": script, "argument": next(iter(given), None)}
        for url in urls
    ]
    run = subprocess.run(
        ["node", str(ROOT / "tests" / "firefox.mjs")],
        input=json.dumps({"firefox": executable(), "width": width, "visits": visits}),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    if run.returncode:
        raise RuntimeError(f"Firefox at {urls}: {run.stderr}")
    return [Visit(**visit) for visit in json.loads(run.stdout)]


def in_firefox(url: str, script: str, argument: Any = None) -> Any:
    """What the function ``script``, given an argument, answers on the page at ``url``."""
    (visit,) = visited([url], script, argument)
    if visit.wrong:
        raise RuntimeError(f"Firefox at {url}: {visit.wrong}")
    return visit.answer
