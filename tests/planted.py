"""Puts a mutant where its tests import it, and tells where it is broken."""

import ast
import linecache
import os
import shutil
import sys
import tempfile
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from snippets._style import ROOT
from tests.mutants import Mutant, source, tests

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir()


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


def room(pid: int) -> Path:
    """The folder for what a fork writes."""
    return Path(MEMORY, f"mutant-{pid}")


def laid(mutant: Mutant) -> None:
    """Give this fork its folder; the processes that a package starts find the mutant there."""
    folder = room(os.getpid())
    shutil.rmtree(folder, ignore_errors=True)  # of a run that was cut off
    folder.mkdir()
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    if "/" in mutant.snippet:
        cached = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "snippets", folder / "snippets", ignore=cached)
        (folder / f"snippets/{mutant.snippet}.py").write_text(mutant.code, "utf-8")
        os.environ.update(PYTHONPATH=str(folder), PYTHONSAFEPATH="1")


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
