"""What became of each test in this session; of others, ``ran`` finds out in a process of its own.

``python -m tests.outcomes NODE_ID ...`` runs those tests and prints their outcomes as JSON.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module

import pytest

from snippets._style import ROOT

OUTCOMES: dict[str, dict[str, str]] = {}  # of each function or block, by parameters


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep the worst of set-up, call and tear-down; an expected failure counts as skipped."""
    outcome = "skipped" if hasattr(report, "wasxfail") else report.outcome
    known = OUTCOMES.setdefault(report.nodeid.partition("[")[0], {})
    if outcome != "passed" or (report.when == "call" and report.nodeid not in known):
        known[report.nodeid] = outcome


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """A test of which only some parameters are run has not been run."""
    for item in items:
        known = OUTCOMES.setdefault(item.nodeid.partition("[")[0], {})
        known[item.nodeid] = "deselected"


def outcome(nodeid: str) -> str:
    """Passed if all parameters have; else what became of the first that has not."""
    known = [*OUTCOMES.get(nodeid, {}).values()]
    return next(
        (one for one in known if one != "passed"), "passed" if known else "not run"
    )


def ran(nodeids: Iterable[str]) -> dict[str, str]:
    """The outcome of each test in this session; those that were no part of it are run now."""
    wanted = sorted(set(nodeids))
    missing = [one for one in wanted if outcome(one) in {"not run", "deselected"}]
    later: dict[str, str] = {}
    if missing:
        command = [sys.executable, "-m", "tests.outcomes", *missing]
        run = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert run.stdout.strip(), run.stderr
        later = json.loads(run.stdout.splitlines()[-1])
    return {one: later[one] if one in later else outcome(one) for one in wanted}


def main(nodeids: list[str]) -> None:
    """Run the tests that are found, and print one line of JSON with the outcome of each."""
    quiet = ["-q", "--no-header", "-p", "no:cacheprovider"]
    # Pytest runs nothing where one name is wrong: the others are to be run all the same.
    files = {nodeid.partition("::")[0] for nodeid in nodeids}
    there = sorted(file for file in files if (ROOT / file).is_file())
    pytest.main([*quiet, *there], plugins=[Chosen(nodeids)])
    filled = import_module(
        "tests.outcomes"
    )  # by pytest; this module is another, __main__
    print(json.dumps({nodeid: filled.outcome(nodeid) for nodeid in nodeids}))


class Chosen:
    """Run the tests of these names, with all of their parameters, and no others."""

    def __init__(self, nodeids: list[str]) -> None:
        self.nodeids = set(nodeids)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [
            item for item in items if item.nodeid.partition("[")[0] in self.nodeids
        ]


if __name__ == "__main__":
    main(sys.argv[1:])
