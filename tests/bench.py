"""``python -m tests.bench [group ...]``: one table of medians and spreads.

Groups: setup, build, reload, tests, snippets, weight, explorables, largest_paint,
stock, growth; all where none is named.
Timings on a shared machine are noisy: compare ratios taken in one run.
"""

import argparse
import gzip
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import Browser, CDPSession, Page, Response, Route

from snippets._style import ROOT
from tests.browser import addresses, chromium, served, visit
from tests.copies import Server, copied, reloading
from tests.explorables import SHARED, opened, own, packed, shown, tags
from tests.lighthouse import Packed

Row = tuple[str, list[float], str]
QUIET = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
BUILD = [sys.executable, "-m", "mkdocs", "build", "-q"]


def seconds(command: list[str], folder: Path) -> float:
    """How long a command takes; it must succeed."""
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, env=QUIET, capture_output=True, check=True)
    return time.perf_counter() - start


def processor(command: list[str], folder: Path) -> float:
    """Seconds of all processors that a command uses, whatever else the machine does."""
    start = os.times()
    seconds(command, folder)
    end = os.times()
    children = end.children_user + end.children_system
    return children - start.children_user - start.children_system


def setup() -> Iterator[Row]:
    """From a fresh clone to an environment that can build; once, for it takes minutes."""
    with copied(made=False) as copy:
        yield (
            "set-up of the environment",
            [seconds(["make", ".venv/installed"], copy)],
            "s",
        )


def build() -> Iterator[Row]:
    """Building from scratch, with nothing changed, and the same Markdown bare."""
    with copied(made=False) as copy:
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
    """From the save of a snippet to its new code on the open page, and what it sets off."""
    with copied() as copy, reloading(copy) as server, chromium() as browser:
        page = server.opened(browser, "dilation")
        saves = [_save(copy, server, page, number) for number in range(5)]
    yield "save of a snippet to the fresh page", [wait for wait, _ in saves], "s"
    yield "rebuilds of the site for a save", [count for _, count in saves], ""


def _save(copy: Path, server: Server, page: Page, number: int) -> tuple[float, float]:
    path, before = copy / "snippets" / "gridding.py", server.rebuilds()
    marked = re.sub(r"walked back.*", f"walked back {number}", path.read_text("utf-8"))
    start = time.perf_counter()
    path.write_text(marked, "utf-8")
    page.get_by_text(f"walked back {number}").wait_for()
    taken = time.perf_counter() - start
    server.rest(12)  # longer than a lab takes
    return taken, server.rebuilds() - before


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
        for where in addresses(ROOT / "site"):
            sizes = _weigh(browser.new_page(), f"{url}{where}/")
            yield f"{where}: first load", [sum(sizes) / 1000], "kB"
            yield f"{where}: requests", [float(len(sizes))], ""


def _weigh(page: Page, address: str) -> list[int]:
    answers: list[Response] = []

    def hear(answer: Response) -> None:
        answers.append(answer)

    page.on("response", hear)
    visit(page, address)
    sizes = [len(gzip.compress(answer.body())) for answer in answers]
    page.close()
    return sizes


# An input, then the frame that shows it: a timer set in it runs when it is painted.
TURN = """([tag, number]) => {
  const knobs = document.querySelectorAll(`${tag} input[type=range]:enabled`);
  const knob = knobs[number % knobs.length];
  const turn = Math.floor(number / knobs.length) + 1;
  knob.value = Number(knob.min) + ((turn * 0.37) % 1) * (knob.max - knob.min);
  knob.dispatchEvent(new Event("input", { bubbles: true }));
  return new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
}"""


def explorables() -> Iterator[Row]:
    """Compressed size of each with its arithmetic, and its work from an input to paint."""
    for tag in sorted(tags()):
        yield f"{tag}: size", [packed(ROOT / "site", *own(tag)) / 1000], "kB"
    yield "what they share: size", [packed(ROOT / "site", *SHARED) / 1000], "kB"
    with served(ROOT / "site") as url, chromium() as browser:
        for tag in sorted(tags()):
            page, _ = opened(browser, url, tag)
            meter = page.context.new_cdp_session(page)
            meter.send("Performance.enable", {"timeDomain": "threadTicks"})
            turns = [_turn(page, meter, tag, number) for number in range(60)]
            page.close()
            yield f"{tag}: input to paint, CPU", turns, "ms"


def _turn(page: Page, meter: CDPSession, tag: str, number: int) -> float:
    """Milliseconds of the main thread's CPU from an input to the end of its frame."""
    page.wait_for_timeout(400)  # the words of the turn before are spoken
    before = _busy(meter)
    page.evaluate(TURN, [tag, number])
    return 1000 * (_busy(meter) - before)


def _busy(meter: CDPSession) -> float:
    found = meter.send("Performance.getMetrics")["metrics"]
    return float(next(m["value"] for m in found if m["name"] == "TaskDuration"))


# When the largest thing in view was painted last, half a second after the page is loaded.
LARGEST = """() => new Promise((done) => setTimeout(() => new PerformanceObserver(
  (list) => done(list.getEntries().at(-1).startTime),
).observe({ type: "largest-contentful-paint", buffered: true }), 500))"""


def largest_paint() -> Iterator[Row]:
    """When a page with an explorable shows its largest part, with and without it, by turns."""
    with served(ROOT / "site") as url, chromium() as browser:
        for tag, where in sorted(shown().items()):
            both = [
                _painted(browser, url + where, f"<{without}.*</{without}>")
                for without in [tag, "no-such-element"] * 7
            ]
            yield f"{tag}: largest paint", both[1::2], "ms"
            yield f"{tag}: the same without it", both[::2], "ms"


def _painted(browser: Browser, address: str, without: str) -> float:
    def answer(route: Route) -> None:
        text = re.sub(without, "", route.fetch().text(), flags=re.DOTALL)
        route.fulfill(body=text, content_type="text/html")

    page = browser.new_page()
    page.route(address, answer)
    page.goto(address)
    found = float(page.evaluate(LARGEST))
    page.close()
    return found


# The same text and figures with Material as it comes: no style, script or template of ours.
OURS = re.compile(
    r"^(?:theme|extra|extra_css|extra_javascript|hooks):.*\n(?:[ #].*\n|\n)*",
    re.MULTILINE,
)
STOCK = "theme: {name: material, font: false}\n"  # fonts would come from a third party
PHONE = {"latency": 150, "downloadThroughput": 2e5, "uploadThroughput": 9e4}


def stock() -> Iterator[Row]:
    """Bytes and largest paint on a slow line, here and with the theme as it comes, by turns."""
    with copied() as copy, chromium() as browser:
        subprocess.run([*BUILD, "-d", "ours"], cwd=copy, env=QUIET, check=True)
        config = copy / "mkdocs.yml"
        config.write_text(OURS.sub("", config.read_text("utf-8")) + STOCK, "utf-8")
        subprocess.run([*BUILD, "-d", "stock"], cwd=copy, env=QUIET, check=True)
        with (
            served(copy / "ours", handler=Packed) as ours,
            served(copy / "stock", handler=Packed) as his,
        ):
            for where in ("dilation/", "equivariance/", "labs/stack/"):
                yield from _beside(browser, where, ours, his)


def _beside(browser: Browser, where: str, ours: str, his: str) -> Iterator[Row]:
    for name, url in (("here", ours), ("stock", his)):
        sizes = _weigh(browser.new_page(), url + where)
        yield f"{where}: first load, {name}", [sum(sizes) / 1000], "kB"
    paints = [_slowly(browser, url + where) for url in [ours, his] * 5]
    yield f"{where}: largest paint, here", paints[::2], "ms"
    yield f"{where}: largest paint, stock", paints[1::2], "ms"


def _slowly(browser: Browser, address: str) -> float:
    page = browser.new_page(viewport={"width": 360, "height": 740})
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", {"offline": False, **PHONE})
    page.goto(address, wait_until="load")
    found = float(page.evaluate(LARGEST))
    page.close()
    return found


def growth() -> Iterator[Row]:
    """Pages with a snippet and a figure each, by their number: from scratch, again, an edit.

    Seconds of processor time: figures are drawn on all cores.
    """
    for number in (10, 100, 300):
        with copied() as copy:
            _grow(copy, number)
            for name in ("from scratch", "nothing changed"):
                yield f"{number} more pages: {name}", [processor(BUILD, copy)], "s"
            edited = copy / "snippets" / "more0.py"
            edited.write_text(f"{edited.read_text('utf-8')}\n", "utf-8")
            yield (
                f"{number} more pages: one snippet edited",
                [processor(BUILD, copy)],
                "s",
            )


def _grow(copy: Path, number: int) -> None:
    """A page, its snippet and its figure, so many times, beside all that there is."""
    page, snippet = copy / "docs" / "dilation.md", copy / "snippets" / "dilation.py"
    for count in range(number):
        name = f"more{count}"
        text = page.read_text("utf-8").replace(
            "snippets/dilation.py", f"snippets/{name}.py"
        )
        text = text.replace("figures/dilation.svg", f"figures/{name}.svg")
        page.with_name(f"{name}.md").write_text(text, "utf-8")
        snippet.with_name(f"{name}.py").write_bytes(snippet.read_bytes())


GROUPS: dict[str, Callable[[], Iterator[Row]]] = {
    f.__name__: f
    for f in (
        *(setup, build, reload, tests, snippets, weight),
        *(explorables, largest_paint, stock, growth),
    )
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
