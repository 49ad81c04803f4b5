"""Tests mutants: a pytest that has imported everything forks once for each of them."""

import gc
import os
import resource
import shutil
import signal
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib import import_module
from pathlib import Path
from threading import RLock
from types import FrameType, ModuleType

import pytest
from tqdm import tqdm

from snippets._style import ROOT
from tests.judged import answered, as_seen, kept, prints_as_shown
from tests.mutants import STORE, Mutant, known, outputs, recorded, store, tests, whole
from tests.planted import broken, dotted, forget, installed, laid, room, written

assert sys.platform == "linux"  # forks, and limits on them
QUIET = [
    "-p",
    "no:cacheprovider",
    "-p",
    "no:terminal",
    "-p",
    "no:logging",
    "--capture=no",
    "--assert=plain",
]
LATE = [
    "doctest",
    "torch.distributed.tensor",
    "torch._dynamo",
    "skimage.io",
    "tests.test_drawn",
]
DRAWN = "tests/test_drawn.py::test_the_figure_is_as_it_was_seen[{}]"
ROOM = 16 * 2**30  # bytes of addresses: a mutant must not take the machine's memory
FADES = 0.9  # what is left, after each verdict, of the hope set in a test
FAINT = 0.01  # less of it is none
UNTOLD = (
    pytest.ExitCode.INTERNAL_ERROR,
    pytest.ExitCode.USAGE_ERROR,
    pytest.ExitCode.INTERRUPTED,
)


def tried(found: list[Mutant], jobs: int) -> str:
    """Test the mutants that have no verdict; what fails where nothing is broken.

    The tests of the whole snippets run first: they must pass, and tell how long each takes
    and what it calls.
    """
    records = known()
    todo = [mutant for mutant in found if mutant.key not in records]
    names = sorted({mutant.snippet for mutant in todo})
    sound = {key for key in records if records[key]["verdict"] == "survived"}
    first = [whole(name) for name in names if whole(name).key not in sound]
    if not todo:
        return ""
    breaker = Breaker(first, todo, jobs)
    files = [str(ROOT / file) for name in names for file in tests(name)]
    status = pytest.main([*QUIET, *files], plugins=[breaker])
    assert status not in UNTOLD or breaker.failed, breaker.mutant or "none was tested"
    if breaker.mutant:
        breaker.leave(status == pytest.ExitCode.OK)
    costs = sorted(breaker.costs.items(), key=lambda pair: -pair[1])
    most = ", ".join(f"{name} {cost:.0f}" for name, cost in costs[:5])
    print(f"{sum(breaker.costs.values()):.0f} s of processor time, of them {most}")
    return breaker.fault


class Breaker:
    """A pytest plugin. The parent collects nothing; each fork tests one mutant."""

    def __init__(self, first: list[Mutant], todo: list[Mutant], jobs: int) -> None:
        self.first, self.todo, self.jobs = first, todo, jobs
        self.names = sorted({mutant.snippet for mutant in todo})
        self.running: dict[int, Mutant] = {}
        self.usual: dict[str, dict[str, float]] = {}  # seconds, by snippet and test
        self.calls: dict[str, dict[str, list[str]]] = {}  # names, by snippet and test
        # Seconds of its mutants, by snippet.
        self.costs: defaultdict[str, float] = defaultdict(float)
        # How much each test has failed lately where each function is broken.
        self.hopes: dict[tuple[str, str], float] = {}
        self.mutant: Mutant | None = None  # in a fork
        self.args: list[str] = []
        self.spent: dict[str, float] = {}
        self.called: dict[str, list[str]] = {}
        self.fault = self.failed = ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> bool | None:
        """In the parent, test everything; in a fork, let pytest collect and run."""
        files = {file for name in self.names for file in tests(name)}
        sys.dont_write_bytecode = False  # forks import these files anew
        for name in [*LATE, *sorted(map(dotted, files))]:
            import_module(name)  # once, ahead of the forks
        import_module("torch").set_num_threads(1)
        outputs()
        STORE.parent.mkdir(exist_ok=True)
        STORE.touch()
        self.verdicts = STORE.open(encoding="utf-8")
        self.verdicts.seek(0, os.SEEK_END)
        gc.freeze()
        for batch in (self.first, self.todo):
            self.fork_each(batch)
            if self.mutant:
                self.become(self.mutant, session)
                return None
            if not self.learned():
                break
        return True

    def fork_each(self, batch: list[Mutant]) -> None:
        """Fork for each mutant, a few at a time; in the fork, stop there."""
        told = "mutants" if batch is self.todo else "unbroken snippets"
        with tqdm(batch, told, disable=not batch, file=sys.stderr) as bar:
            for mutant in bar:
                if len(self.running) == self.jobs:
                    self.reap()
                pid = os.fork()
                if not pid:
                    self.mutant = silent(mutant)
                    return
                self.running[pid] = mutant
        while self.running:
            self.reap()

    def reap(self) -> None:
        """Wait for a fork to end. One that was stopped could not tell its verdict."""
        pid, status, used = os.wait3(0)
        mutant = self.running.pop(pid)
        shutil.rmtree(room(pid), ignore_errors=True)
        self.costs[mutant.snippet] += used.ru_utime + used.ru_stime
        if os.WIFSIGNALED(status):
            hung = os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGALRM)
            store(mutant, "hung" if hung else "crashed")
        elif os.WEXITSTATUS(status):
            self.fault += f"{mutant}\n    could not be tested\n"
        for line in self.verdicts:
            record = recorded(line)
            hit = record.get("by", ""), record.get("part", "")
            last = {pair: FADES * hope for pair, hope in self.hopes.items()}
            self.hopes = {pair: hope for pair, hope in last.items() if hope > FAINT}
            self.hopes[hit] = self.hopes.get(hit, 0) + 1

    def learned(self) -> bool:
        """Whether all tests pass where nothing is broken; and how long they take."""
        records = known()
        for name in self.names:
            record = records.get(whole(name).key, {"verdict": "survived"})
            self.usual[name] = record.get("spent", {})
            self.calls[name] = record.get("called", {})
            if record["verdict"] != "survived":
                self.fault += f"{name} is not broken, and {record['by']} fails\n"
        return not self.fault

    def become(self, mutant: Mutant, session: pytest.Session) -> None:
        """In a fork: the mutant where its tests import it, and which of them are asked."""
        self.confine(mutant)
        forget(mutant.snippet)
        laid(mutant)
        try:
            module = installed(mutant)
        except BaseException as error:
            self.failed = repr(error)
            self.leave(False)
        self.ask(mutant, module)
        session.config.args, session.config.option.tbstyle = self.args, "no"
        self.wanted = {Path(arg.partition("::")[0]).name for arg in self.args}

    def confine(self, mutant: Mutant) -> None:
        """Limits. What is broken only where it is a program is only run as one."""
        usual = self.usual.get(mutant.snippet, {})
        alone = mutant.prints and outputs().get(mutant.snippet)
        limit(usual.get("output", 0) if alone else sum(usual.values()) or 30)
        if alone:
            self.failed = "" if prints_as_shown(mutant) else "output"
            self.leave(not self.failed)

    def ask(self, mutant: Mutant, module: ModuleType) -> None:
        """Its doctests, its tests, its figure; first of all that where it alone is broken."""
        name = mutant.snippet
        own = [f"snippets/{name}.py"] * (not name.endswith("__main__"))  # no doctests
        self.args = [*own, *tests(name)]
        if mutant.was and broken(mutant) == "figure":
            self.seen(module)
        elif "def figure(" in mutant.code:
            self.args.append(DRAWN.format(name))

    def seen(self, module: ModuleType) -> None:
        """Look at the figure before pytest begins."""
        assert self.mutant
        if not as_seen(module, answered(self.mutant.snippet)):
            self.failed = DRAWN.format(self.mutant.snippet)
            self.leave(False)

    @pytest.hookimpl(tryfirst=True)
    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Pass by the other files of a folder."""
        other = collection_path.name not in self.wanted
        return (other and collection_path.is_file()) or None

    def pytest_collection_modifyitems(
        self, session: pytest.Session, items: list[pytest.Item]
    ) -> None:
        """First what calls the broken part and is fast, or has failed lately."""
        assert self.mutant
        items[:] = [item for item in items if not item.get_closest_marker("whole")]
        if outputs().get(self.mutant.snippet):
            items.append(Output.of(session, self.mutant))
        together = defaultdict(list)
        for item in items:
            together[once(item)].append(item.nodeid)
        ranks = {group: self.rank(own) for group, own in together.items()}
        items.sort(key=lambda item: ranks[once(item)])

    def rank(self, nodeids: list[str]) -> tuple[bool, float]:
        """What calls nothing that is broken comes last; then by seconds for a hope."""
        assert self.mutant
        name, part = self.mutant.snippet, broken(self.mutant)
        usual, calls = self.usual.get(name, {}), self.calls.get(name, {})
        met = not part or any(part in calls.get(one, []) for one in nodeids)
        cost = sum(usual.get(one, 0) for one in nodeids)
        hope = sum(self.hopes.get((one, part), 0) for one in nodeids)
        return not met, (cost + 0.01) / (hope + 0.05)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Keep what each test calls of a whole snippet."""
        assert self.mutant
        names: set[str] = set()
        with nullcontext() if self.mutant.was else heard(self.mutant.snippet, names):
            result = yield
        self.called[item.nodeid] = sorted(names)
        return result

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file of tests that cannot be imported fails too."""
        if report.failed:
            self.failed = report.nodeid

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep how long each test takes, and which one fails: the fork ends with it."""
        self.spent[report.nodeid] = self.spent.get(report.nodeid, 0) + report.duration
        if report.failed:
            self.failed = report.nodeid
        if self.failed and report.when == "teardown":
            self.leave(False)

    def leave(self, passed: bool) -> None:
        """End a fork with its verdict."""
        assert self.mutant
        if passed and not self.mutant.was and not kept(self.mutant):
            passed, self.failed = False, "a figure that does not compute all again"
        verdict = "survived" if passed else "killed"
        learned = (
            {} if self.mutant.was else {"spent": self.spent, "called": self.called}
        )
        part = broken(self.mutant)
        store(self.mutant, verdict, self.failed, part=part, **learned)
        os._exit(0)


class Output(pytest.Item):
    """What the snippet prints, as one more test."""

    mutant: Mutant

    @classmethod
    def of(cls, session: pytest.Session, mutant: Mutant) -> "Output":
        """The test of one mutant."""
        own: Output = cls.from_parent(session, name="output", nodeid="output")
        own.mutant = mutant
        return own

    def runtest(self) -> None:
        """Run it as a program."""
        assert prints_as_shown(self.mutant)


def limit(usual: float) -> None:
    """Let this process have some times as long, and no more memory than a machine has."""
    seconds = 10 + 3 * int(usual)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    signal.alarm(20 * seconds)  # for one that waits; others share the machine
    resource.setrlimit(resource.RLIMIT_AS, (ROOM, ROOM))


def once(item: pytest.Item) -> str:
    """Tests that share what is made once for their file stay together; each other alone."""
    if not isinstance(item, pytest.Function):
        return item.nodeid
    found = item._fixtureinfo.name2fixturedefs  # pytest has no public name for it
    names = [name for name, made in found.items() if made[-1].scope == "module"]
    return f"{item.path} {sorted(names)}" if names else item.nodeid


def silent(mutant: Mutant) -> Mutant:
    """The mutant; what its fork prints from now on is lost, and waits for no other."""
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    tqdm.set_lock(RLock())  # the one before is shared: who dies with it stops them all
    return mutant


@contextmanager
def heard(snippet: str, names: set[str]) -> Iterator[None]:
    """Add the functions and classes of a snippet that are called while the block runs."""
    path = written(snippet)

    def note(frame: FrameType, event: str, value: object) -> None:
        if frame.f_code.co_filename == path:
            names.add(frame.f_code.co_qualname.partition(".")[0])

    sys.settrace(note)
    try:
        yield
    finally:
        sys.settrace(None)
