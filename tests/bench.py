"""``python -m tests.bench [group ...]``: one table of medians and spreads.

Groups: setup, build, reload, tests, snippets, weight; all of them where none is named.
Timings on a shared machine are noisy: compare ratios taken in one run.
"""

import argparse
import gzip
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, Response

from snippets._style import ROOT
from tests.browser import chromium, served

Row = tuple[str, list[float], str]
QUIET = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
BUILD = [sys.executable, "-m", "mkdocs", "build", "-q"]


def seconds(command: list[str], folder: Path) -> float:
    """How long a command takes; it must succeed."""
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, env=QUIET, capture_output=True, check=True)
    return time.perf_counter() - start


@contextmanager
def fresh(made: bool) -> Iterator[Path]:
    """A clone of what is committed, with the drawn figures if ``made``."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(copy)], check=True)
        for name in ("docs/figures", "docs/labs") if made else ():
            shutil.copytree(ROOT / name, copy / name, dirs_exist_ok=True)
        yield copy


def setup() -> Iterator[Row]:
    """From a fresh clone to an environment that can build; once, for it takes minutes."""
    with fresh(made=False) as copy:
        yield (
            "set-up of the environment",
            [seconds(["make", ".venv/installed"], copy)],
            "s",
        )


def build() -> Iterator[Row]:
    """Building from scratch, with nothing changed, and the same Markdown bare."""
    with fresh(made=False) as copy:
        yield "build from scratch", [seconds(BUILD, copy)], "s"
        again = [seconds(BUILD, copy) for _ in range(5)]
        text = (copy / "mkdocs.yml").read_text("utf-8")
        bare = re.sub(r"  - mkdocs-jupyter:\n(?:      .*\n)+", "", text)
        bare = re.sub(r"  - Labs:\n(?:      .*\n)+|hooks: .*\n", "", bare)
        (copy / "mkdocs.yml").write_text(bare, "utf-8")
        plain = [seconds(BUILD, copy) for _ in range(5)]
    yield "build with nothing changed", again, "s"
    yield "bare mkdocs build of the same Markdown", plain, "s"
    yield "ratio of the two", [a / b for a, b in zip(again, plain, strict=True)], "×"


def reload() -> Iterator[Row]:
    """From the save of a snippet to its new code on the open page."""
    port, samples = "8765", []
    with fresh(made=True) as copy, chromium() as browser:
        command = [
            sys.executable,
            "-m",
            "mkdocs",
            "serve",
            "--dev-addr",
            f"127.0.0.1:{port}",
        ]
        log = subprocess.DEVNULL
        with subprocess.Popen(
            command, cwd=copy, env=QUIET, stdout=log, stderr=log
        ) as server:
            time.sleep(20)
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{port}/dilation/")
            for number in range(5):
                samples.append(_save(copy, page, number))
                time.sleep(12)  # the second rebuild and the lab are over
            server.terminate()
    yield "save of a snippet to the fresh page", samples, "s"


def _save(copy: Path, page: Page, number: int) -> float:
    path = copy / "snippets" / "gridding.py"
    marked = re.sub(r"walked back.*", f"walked back {number}", path.read_text("utf-8"))
    start = time.perf_counter()
    path.write_text(marked, "utf-8")
    page.get_by_text(f"walked back {number}").wait_for(timeout=60_000)
    return time.perf_counter() - start


def tests() -> Iterator[Row]:
    """The whole suite, once."""
    yield "make test, once installed", [seconds(["make", "test"], ROOT)], "s"


def snippets() -> Iterator[Row]:
    """Each snippet alone, as a multiple of importing what it imports."""
    bare = [sys.executable, "-c", "import torch, matplotlib.pyplot"]
    base = [seconds(bare, ROOT) for _ in range(5)]
    yield "import torch, matplotlib.pyplot", base, "s"
    for path in sorted((ROOT / "snippets").glob("[!_]*.py")):
        runs = [seconds([sys.executable, str(path)], ROOT) for _ in range(3)]
        yield path.name, [run / statistics.median(base) for run in runs], "× that"


def weight() -> Iterator[Row]:
    """Compressed bytes and requests of each page's first load."""
    subprocess.run(BUILD, cwd=ROOT, env=QUIET, check=True)
    with served(ROOT / "site") as url, chromium() as browser:
        for html in sorted((ROOT / "site").rglob("index.html")):
            where = html.parent.relative_to(ROOT / "site").as_posix()
            sizes = _weigh(browser.new_page(), f"{url}{where}/")
            yield f"{where}: first load", [sum(sizes) / 1000], "kB"
            yield f"{where}: requests", [float(len(sizes))], ""


def _weigh(page: Page, address: str) -> list[int]:
    answers: list[Response] = []

    def hear(answer: Response) -> None:
        answers.append(answer)

    page.on("response", hear)
    page.goto(address, wait_until="networkidle")
    sizes = [len(gzip.compress(answer.body())) for answer in answers]
    page.close()
    return sizes


GROUPS: dict[str, Callable[[], Iterator[Row]]] = {
    f.__name__: f for f in (setup, build, reload, tests, snippets, weight)
}


def main() -> None:
    """Print the rows of the groups that were asked for."""
    parser = argparse.ArgumentParser("python -m tests.bench", description=__doc__)
    parser.add_argument("groups", nargs="*", choices=[*GROUPS, []], metavar="group")
    print(f"{'':44}{'median':>9}{'least':>9}{'most':>9}")
    for group in parser.parse_args().groups or GROUPS:
        for name, samples, unit in GROUPS[group]():
            middle = statistics.median(samples)
            print(
                f"{name:44}{middle:9.2f}{min(samples):9.2f}{max(samples):9.2f} {unit}",
                flush=True,
            )


if __name__ == "__main__":
    main()
