"""Programs run alone: each in a fork of an interpreter that has imported torch, where one can fork.

``python -m tests.alone`` reads pairs of a program and a folder as JSON, and writes what came of each.
"""

import io
import json
import multiprocessing
import os
import runpy
import subprocess
import sys
import traceback
import warnings
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from snippets._style import ROOT

SLOW = ["torch", "matplotlib.pyplot"]  # what every snippet imports, once for all


class Run(NamedTuple):
    """What became of a program."""

    returncode: int
    stdout: str
    stderr: str


def run(program: str, folder: str) -> Run:
    """Run a program in a folder, as Python would; warnings are errors, the house is hidden."""
    os.chdir(folder)
    sys.argv, sys.path = [program], [str(Path(program).parent), *sys.path[1:]]
    sys.modules["snippets"] = None  # type: ignore[assignment] # an import of it fails
    out, err, status = io.StringIO(), io.StringIO(), 0
    warnings.simplefilter("error")
    with redirect_stdout(out), redirect_stderr(err):
        try:
            runpy.run_path(program, run_name="__main__")
        except BaseException:
            traceback.print_exc()
            status = 1
    return Run(status, out.getvalue(), err.getvalue())


def runs(orders: list[tuple[str, str]]) -> list[Run]:
    """What became of each program, on all cores, each in a process of its own."""
    command = [sys.executable, "-m", "tests.alone"]
    env = {**os.environ, "MPLBACKEND": "agg"}
    told = subprocess.run(
        command,
        input=json.dumps(orders),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=env,
        check=False,
    )
    if told.returncode:
        raise RuntimeError(told.stderr)
    return [Run(*found) for found in json.loads(told.stdout)]


def main() -> None:
    """Run what standard input orders."""
    orders = json.load(sys.stdin)
    fork = "fork" if sys.platform == "linux" else "spawn"
    for name in SLOW if fork == "fork" else []:
        import_module(name)
    with multiprocessing.get_context(fork).Pool(maxtasksperchild=1) as pool:
        json.dump(pool.starmap(run, orders, chunksize=1), sys.stdout)


if __name__ == "__main__":
    main()
