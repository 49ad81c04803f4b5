"""Tests mutants: a pytest that has imported everything forks once for each of them."""

import ast
import gc
import io
import linecache
import os
import pickle
import resource
import shutil
import signal
import sys
import tempfile
import warnings
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, redirect_stdout
from functools import cache
from importlib import import_module
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest
from tqdm import tqdm

from snippets._style import ROOT
from tests.mutants import (
    STORE,
    Mutant,
    known,
    outputs,
    recorded,
    source,
    store,
    tests,
    whole,
)
from tests.remembered import Answers, remembered

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
ANSWERS = STORE.with_name("answers")
DRAWN = "tests/test_drawn.py::test_the_figure_is_as_it_was_seen[{}]"
ROOM = 16 * 2**30  # bytes of addresses: a mutant must not take the machine's memory
FADES = 0.9  # what is left, after each verdict, of the hope set in a test
UNTOLD = (
    pytest.ExitCode.INTERNAL_ERROR,
    pytest.ExitCode.USAGE_ERROR,
    pytest.ExitCode.INTERRUPTED,
)
FRESH = 67280421310721  # the seed that torch begins with


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
        self.laid = ""
        self.spent: dict[str, float] = {}
        self.called: dict[str, list[str]] = {}
        self.fault = self.failed = ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> bool | None:
        """In the parent, test everything; in a fork, let pytest collect and run."""
        files = {file for name in self.names for file in tests(name)}
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
        self.costs[mutant.snippet] += used.ru_utime + used.ru_stime
        if os.WIFSIGNALED(status):
            hung = os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGALRM)
            store(mutant, "hung" if hung else "crashed")
        elif os.WEXITSTATUS(status):
            self.fault += f"{mutant}\n    could not be tested\n"
        for line in self.verdicts:
            record = recorded(line)
            hit = record.get("by", ""), record.get("part", "")
            self.hopes = {pair: FADES * hope for pair, hope in self.hopes.items()}
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
        """In a fork: limits, and the mutant where its tests import it."""
        limit(10 + 3 * int(sum(self.usual.get(mutant.snippet, {}).values()) or 30))
        if mutant.prints and outputs().get(mutant.snippet):
            self.leave(True)
        name = mutant.snippet
        own = [f"snippets/{name}.py"] * (not name.endswith("__main__"))  # no doctests
        self.args = [*own, *tests(name)]
        session.config.option.maxfail, session.config.option.tbstyle = 1, "native"
        forget(name)
        self.laid = laid(mutant)
        try:
            module = installed(mutant)
        except BaseException as error:
            self.failed = repr(error)
            self.leave(False)
        if mutant.was and broken(mutant) == "figure":
            self.seen(module)
        elif "def figure(" in mutant.code:
            self.args.append(DRAWN.format(name))
        session.config.args = self.args

    def seen(self, module: ModuleType) -> None:
        """Where the figure alone is broken, look at it before pytest begins."""
        assert self.mutant
        if not as_seen(module, answered(self.mutant.snippet)):
            self.failed = DRAWN.format(self.mutant.snippet)
            self.leave(False)

    @pytest.hookimpl(tryfirst=True)
    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Pass by the other files of a folder."""
        wanted = {Path(arg.partition("::")[0]).name for arg in self.args}
        return (
            collection_path.is_file() and collection_path.name not in wanted
        ) or None

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """First what calls the broken part and is fast, or has failed lately."""
        assert self.mutant
        items[:] = [item for item in items if not item.get_closest_marker("whole")]
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
        """Keep how long each test takes, and which one fails."""
        self.spent[report.nodeid] = self.spent.get(report.nodeid, 0) + report.duration
        if report.failed:
            self.failed = report.nodeid

    def leave(self, passed: bool) -> None:
        """End a fork with its verdict; what passed its tests is run as a program too."""
        assert self.mutant
        shutil.rmtree(self.laid, ignore_errors=True)
        if passed and not prints_as_shown(self.mutant):
            passed, self.failed = False, "output"
        if passed and not self.mutant.was and not kept(self.mutant):
            passed, self.failed = False, "a figure that does not compute all again"
        verdict = "survived" if passed else "killed"
        learned = (
            {} if self.mutant.was else {"spent": self.spent, "called": self.called}
        )
        part = broken(self.mutant)
        store(self.mutant, verdict, self.failed, part=part, **learned)
        os._exit(0)


def limit(seconds: int) -> None:
    """Let this process have so much time, and no more memory than a machine has."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    signal.alarm(20 * seconds)  # for one that waits; others share the machine
    resource.setrlimit(resource.RLIMIT_AS, (ROOM, ROOM))


def once(item: pytest.Item) -> str:
    """Tests that share what is made once for their file stay together; each other alone."""
    # pytest has no public name for it
    found: dict[str, Any] = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]
    names = [name for name, made in found.items() if made[-1].scope == "module"]
    return f"{item.path} {sorted(names)}" if names else item.nodeid


@cache
def parts(snippet: str) -> list[tuple[range, str]]:
    """The lines of the functions and classes of a snippet, and their names."""
    found = []
    for node in ast.parse(source(snippet)).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            first = min(each.lineno for each in [node, *node.decorator_list])
            found.append((range(first, (node.end_lineno or first) + 1), node.name))
    return found


def broken(mutant: Mutant) -> str:
    """The function or class in which a mutant is broken; empty if outside of all."""
    found = [name for lines, name in parts(mutant.snippet) if mutant.line in lines]
    return next(iter(found), "")


def silent(mutant: Mutant) -> Mutant:
    """The mutant; what its fork prints from now on is lost."""
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
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


def written(snippet: str) -> str:
    """The path of a snippet, as its code has it."""
    return str(ROOT / "snippets" / f"{snippet}.py")


def dotted(file: str) -> str:
    """The name under which a file is imported."""
    return file.removesuffix(".py").replace("/", ".")


def forget(snippet: str) -> None:
    """Drop what holds a piece of the whole snippet, so that it is imported anew."""
    own = dotted(f"snippets/{snippet}")
    package = own.rpartition(".")[0] + "."
    wanted = {own, *map(dotted, tests(snippet))}
    for name, module in list(sys.modules.items()):
        beside = package != "snippets." and name.startswith(package)
        if (
            name in wanted
            or beside
            or (name.startswith("tests.") and holds(module, own))
        ):
            parent, _, stem = name.rpartition(".")
            vars(sys.modules[parent]).pop(stem, None)
            del sys.modules[name]


def holds(module: ModuleType, own: str) -> bool:
    """Whether a module has a piece of the one that is called ``own``."""
    pieces = vars(module).values()
    return own in [getattr(piece, "__module__", "") for piece in pieces]


def laid(mutant: Mutant) -> str:
    """A folder in which the processes that a package starts find the mutant."""
    if "/" not in mutant.snippet:
        return ""
    folder = tempfile.mkdtemp()
    copy = shutil.copytree(ROOT / "snippets", Path(folder, "snippets"))
    Path(copy, f"{mutant.snippet}.py").write_text(mutant.code, "utf-8")
    os.environ.update(PYTHONPATH=folder, PYTHONSAFEPATH="1")
    return folder


def installed(mutant: Mutant) -> ModuleType:
    """The mutant, put in the place of its module."""
    path = written(mutant.snippet)
    module = ModuleType(dotted(f"snippets/{mutant.snippet}"))
    module.__file__ = path
    parent, _, stem = module.__name__.rpartition(".")
    sys.modules[module.__name__] = module
    setattr(import_module(parent), stem, module)
    lines = mutant.code.splitlines(keepends=True)
    linecache.cache[path] = (len(mutant.code), None, lines, path)
    exec(compile(mutant.code, path, "exec"), vars(module))
    return module


def answered(snippet: str) -> Answers:
    """What the functions of a whole snippet answered while its figure was drawn."""
    path = ANSWERS / whole(snippet).key
    return pickle.loads(path.read_bytes()) if path.exists() else {}


def kept(mutant: Mutant) -> bool:
    """Keep what the functions of a whole snippet answer; whether its figure can do with it."""
    if "def figure(" not in mutant.code:
        return True
    answers: Answers = {}
    module = sys.modules[dotted(f"snippets/{mutant.snippet}")]
    same = as_seen(module, answers) and as_seen(module, answers)
    ANSWERS.mkdir(exist_ok=True)
    (ANSWERS / mutant.key).write_bytes(pickle.dumps(answers))
    return same


def as_seen(module: ModuleType, answers: Answers) -> bool:
    """Whether the figure of a module is as it was seen; what is answered is not computed."""
    import_module("torch").manual_seed(FRESH)
    test = import_module("tests.test_drawn").test_the_figure_is_as_it_was_seen
    try:
        with warnings.catch_warnings(action="error"), remembered(module, answers):
            test(module.__name__.rpartition(".")[2])
    except BaseException:
        return False
    return True


def prints_as_shown(mutant: Mutant) -> bool:
    """Whether the mutant, run as a program, prints what its page shows."""
    told = outputs().get(mutant.snippet, [])
    if not told:
        return True
    path = written(mutant.snippet)
    sys.argv, printed = [path], io.StringIO()
    import_module("torch").manual_seed(FRESH)
    try:
        with warnings.catch_warnings(action="error"), redirect_stdout(printed):
            space = {"__name__": "__main__", "__file__": path}
            exec(compile(mutant.code, path, "exec"), space)
    except BaseException:
        return False
    return all(printed.getvalue().rstrip() == text.rstrip() for text in told)
