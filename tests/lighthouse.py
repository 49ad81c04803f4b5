"""``python -m tests.lighthouse [page ...]``: what Lighthouse says of the built pages.

Medians of three runs, for a phone and for a desktop. Performance is a matter of timings: leave
the machine alone meanwhile. A phone is played by slowing this machine down: by four where it is
a fast desktop, as Lighthouse does it for all, and by less where it is slower itself, as its
authors advise (github.com/GoogleChrome/lighthouse, docs/throttling.md).
"""

import argparse
import gzip
import json
import statistics
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from snippets._style import ROOT
from tests.browser import Handler, addresses, executable, served
from tests.firefox import NPX

PACKAGE = [NPX, "--yes", "--package", "lighthouse@12.8.2", "--"]
SCRIPT = ROOT / "tests" / "lighthouse.mjs"
ASKED = ["performance", "accessibility", "best-practices", "seo"]
FIRST = ASKED[0]
FAST, SLOWER = (
    1750,
    4,
)  # a desktop's index in Lighthouse's benchmark; a phone is so slow
LINE = {"rttMs": 150, "throughputKbps": 1638.4}  # its slow 4G: all or none can be set
Scores = dict[str, float]


class Packed(Handler):
    """Answers as a host does: compressed, and to be kept for a while."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:  # noqa: N802 the name that http.server calls
        """Send a file, or the page of a folder, compressed."""
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            self.send_error(404)
            return
        body = gzip.compress(path.read_bytes())
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600")
        self.end_headers()
        self.wfile.write(body)


def modules() -> Path:
    """Where npx has put Lighthouse and what it needs."""
    ask = [*PACKAGE, "which", "lighthouse"]
    run = subprocess.run(ask, capture_output=True, text=True, check=True)
    return Path(run.stdout.strip()).parents[1]


@contextmanager
def lighthouse() -> Iterator[Callable[..., Scores]]:
    """A way to ask for the scores of a page, of 100, its largest paint, this machine's index."""
    command = ["node", str(SCRIPT), str(modules()), executable() or ""]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        to, back = process.stdin, process.stdout
        assert to
        assert back

        def ask(url: str, **how: object) -> Scores:
            print(json.dumps({"url": url, **how}), file=to, flush=True)
            told: Scores = json.loads(back.readline())
            return told

        yield ask
        to.close()


def slower(ask: Callable[..., Scores], url: str) -> float:
    """How much slower a phone is than this machine."""
    # The best of three: what else runs makes it smaller, and nothing larger.
    index = max(ask(url, onlyCategories=["seo"])["index"] for _ in range(3))
    times = max(1.0, min(SLOWER, SLOWER * index / FAST))
    print(f"benchmark index {index:.0f}: a phone is {times:.1f} times as slow")
    return times


def forms(ask: Callable[..., Scores], url: str) -> dict[str, dict[str, object]]:
    """How a phone and a desktop are asked for."""
    phone = {**LINE, "cpuSlowdownMultiplier": slower(ask, url)}
    return {"phone": {"throttling": phone}, "desktop": {"desktop": True}}


def row(ask: Callable[..., Scores], url: str, runs: int, **how: object) -> Scores:
    """The medians of a page; timings differ from run to run, what is written does not."""
    first = ask(url, **how)
    more = [ask(url, onlyCategories=[FIRST], **how) for _ in range(runs - 1)]
    for name in (FIRST, "paint"):
        first[name] = statistics.median(run[name] for run in [first, *more])
    return first


def main() -> None:
    """Print a row for each page and form: the median of each score."""
    parser = argparse.ArgumentParser(
        "python -m tests.lighthouse", description=__doc__.splitlines()[2]
    )
    parser.add_argument(
        "pages", nargs="*", metavar="page", help="labs/stack, . for home"
    )
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    site = ROOT / "site"
    pages = asked.pages or addresses(site)
    with served(site, handler=Packed) as url, lighthouse() as ask:
        ways = forms(ask, url)
        print(f"{'':24}{'speed':>9}{'access':>9}{'practice':>9}{'seo':>9}{'paint':>9}")
        for page in pages:
            for form, how in ways.items():
                found = row(ask, f"{url}{page}/", asked.runs, **how)
                scores = "".join(f"{found[name]:9.0f}" for name in ASKED)
                place = f"{page}, {form}"
                print(f"{place:24}{scores}{found['paint']:9.2f} s", flush=True)


if __name__ == "__main__":
    main()
