"""Draw what is stale: a figure for each snippet that has one, a notebook for each lab.

A product carries the key of all it was made from; it is stale when that key changes.
"""

import ast
import hashlib
import io
import logging
import multiprocessing
import os
import platform
import re
import sys
import threading
import traceback
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from snippets._style import ROOT, TOKENS, rules, themed

SNIPPETS, DOCS = ROOT / "snippets", ROOT / "docs"
FIGURES, LABS = DOCS / "figures", DOCS / "labs"
LIBRARIES = (
    *("torch", "numpy", "matplotlib", "pillow", "scikit-image", "scikit-learn"),
    *("scipy", "e2cnn", "jupytext", "nbformat"),
)
VERSIONS = [platform.python_version(), *map(version, LIBRARIES)]
HOUSE = [SNIPPETS / "_style.py", SNIPPETS / "_build.py", TOKENS]
SETUP = """\
import sys
sys.path.insert(0, {root!r})
import matplotlib.pyplot as plt
from matplotlib_inline.backend_inline import set_matplotlib_formats
from snippets._style import rules
set_matplotlib_formats("svg", bbox_inches=None)
plt.rcdefaults()
plt.rcParams.update(rules())
import torch
torch.set_num_threads(1)
"""
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
DATA = re.compile(r"[\w-]+\.(bin|csv|json|jsonl|npz|pt)")
PROGRESS = re.compile(r"\r[^\r\n]*")
LINUX = sys.platform == "linux"
_busy = threading.Lock()


class BuildError(Exception):
    """A snippet or a lab that raised; the message names the file and the line."""


def drawn() -> list[Path]:
    """The snippets that define ``figure()``, by name."""
    return [
        path
        for path in sorted(SNIPPETS.glob("[!_.]*.py"))
        if "figure" in _functions(path)
    ]


def labs() -> list[Path]:
    """The labs, in percent format, by name."""
    return sorted(LABS.glob("*.py"))


def product(source: Path) -> Path:
    """Where the figure of a snippet, or the executed notebook of a lab, is written."""
    if source.parent == LABS:
        return source.with_suffix(".ipynb")
    return FIGURES / f"{source.stem}.svg"


def made_from(source: Path) -> list[Path]:
    """The file, the snippets that it imports (and so on), the data that they name."""
    found, todo = set(), [source]
    while todo:
        path = todo.pop()
        if path not in found:
            found.add(path)
            todo += _mentions(path) if path.suffix == ".py" else []
    return sorted(found)


def key(source: Path) -> str:
    """A hash of all that the product of ``source`` depends on."""
    files = [path.read_bytes() for path in [*made_from(source), *HOUSE]]
    return hashlib.sha256(b"\0".join([*files, *map(str.encode, VERSIONS)])).hexdigest()


def stale(sources: Iterable[Path]) -> list[Path]:
    """Those whose product is missing or was made from something else."""
    return [
        source
        for source in sources
        if not product(source).exists()
        or key(source) not in product(source).read_text("utf-8")
    ]


def make(source: Path) -> None:
    """Draw a figure or execute a lab; write the product whole or not at all."""
    made = key(source)  # of what is read now: what is saved meanwhile leaves it stale
    target = product(source)
    content = (_notebook if source.parent == LABS else _figure)(source, made)
    target.parent.mkdir(exist_ok=True)
    partial = ROOT / ".cache" / f"{target.name}.{os.getpid()}"  # no watched folder
    partial.parent.mkdir(exist_ok=True)
    partial.write_text(content, "utf-8", newline="\n")
    partial.replace(target)


def make_all(sources: list[Path]) -> list[str]:
    """Make the products on all cores, each in a fresh process; the faults."""
    from tqdm import tqdm

    if not sources:
        return []
    jobs = min(os.cpu_count() or 1, len(sources))
    # Elsewhere a process cannot fork: each fresh one would import torch again.
    with _context().Pool(jobs, maxtasksperchild=1 if LINUX else None) as pool:
        tries = pool.imap_unordered(_attempt, sources, chunksize=1)
        faults = list(
            tqdm(tries, "drawing", len(sources), delay=1, unit="file", leave=False)
        )
        pool.close()
        pool.join()  # waited for, their processor time is counted
    return sorted(filter(None, faults))


def refresh(serving: bool = False) -> None:
    """Make what is stale, delete what nothing makes; `BuildError` if a file fails.

    While serving, a fault is logged instead, and a lab that has an older notebook to
    show is executed in the background: writing the new one reloads the page.
    """
    _sweep()
    todo = stale([*drawn(), *labs()])
    shown = [path for path in todo if path.parent == LABS and product(path).exists()]
    late = shown if serving else []
    faults = make_all([path for path in todo if path not in late])
    if late:
        threading.Thread(target=_later, args=[late], daemon=True).start()
    if faults and not serving:
        raise BuildError("\n".join(faults))
    _report(faults)


def warm() -> None:
    """Import torch in the process that the others fork from, ahead of the work."""
    if LINUX:
        _context()
        from multiprocessing import forkserver

        forkserver.ensure_running()


def _context() -> Any:
    context = multiprocessing.get_context("forkserver" if LINUX else "spawn")
    if LINUX:
        context.set_forkserver_preload(
            ["torch", "matplotlib.pyplot", "nbclient", "jupytext"]
        )
    return context


def _later(late: list[Path]) -> None:
    with _busy:  # one saved while it is executed is stale again, and has its turn
        _report(make_all(stale(late)))


def _report(faults: list[str]) -> None:
    for fault in faults:
        logging.getLogger("mkdocs.snippets").error(fault)


def _sweep() -> None:
    kept = {product(source) for source in [*drawn(), *labs()]}
    for made in [*FIGURES.glob("*.svg"), *LABS.glob("*.ipynb")]:
        if made not in kept:
            made.unlink()


def _attempt(source: Path) -> str | None:
    try:
        make(source)
    except BuildError as fault:
        return str(fault)
    return None


def _figure(source: Path, made: str) -> str:
    import matplotlib.pyplot as plt
    import torch

    torch.set_num_threads(1)
    with plt.style.context("default"):
        plt.rcParams.update(rules())
        sheet = io.StringIO()
        try:
            figure = import_module(f"snippets.{source.stem}").figure()
        except Exception as error:
            raise BuildError(_where(source, error)) from error
        figure.savefig(sheet, format="svg")
    return f"{themed(sheet.getvalue())}<!-- {made} -->\n"


def _notebook(source: Path, made: str) -> str:
    import jupytext
    import nbformat

    notebook = jupytext.read(source)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(SETUP.format(root=str(ROOT))))
    _execute(source, notebook)
    notebook.cells.pop(0)
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "key": made})
    for number, cell in enumerate(notebook.cells):
        _settle(cell, number)
    return f"{nbformat.writes(notebook)}\n"


def _execute(source: Path, notebook: Any) -> None:
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    quiet = ["--log-level=ERROR"]
    client = NotebookClient(notebook, kernel_name="python3", extra_arguments=quiet)
    client.timeout, client.record_timing = 900, False
    # Else what a busy machine prints late is dropped.
    client.iopub_timeout, client.raise_on_iopub_timeout = 900, True
    try:
        client.execute(cwd=str(LABS))
    except CellExecutionError as error:
        raise BuildError(_which_cell(source, notebook, error)) from error


def _settle(cell: Any, number: int) -> None:
    """Leave in a cell what each run gives: no count, no progress, drawings in theme."""
    cell.id = f"cell-{number}"
    if cell.cell_type == "code":
        cell.execution_count = None
        cell.outputs = _joined(cell.outputs)
    for output in cell.get("outputs", []):
        if output.output_type == "execute_result":
            output.execution_count = None
        data = output.get("data", {})
        if "image/svg+xml" in data:
            data["image/svg+xml"] = themed(data["image/svg+xml"])


def _joined(outputs: list[Any]) -> list[Any]:
    """What says something; what one stream wrote in pieces is one output."""
    kept: list[Any] = []
    for output in outputs:
        if output.get("name") == "stderr" and not _speaks(output):
            continue  # a bar may stand between two pieces
        if kept and "name" in output and kept[-1].get("name") == output.name:
            kept[-1].text += output.text  # a piece may be the end of a line alone
        else:
            kept.append(output)
    return list(filter(_speaks, kept))


def _speaks(output: Any) -> bool:
    """Whether an output says more than how far a training has come."""
    return "text" not in output or bool(PROGRESS.sub("", output.text).strip())


def _where(source: Path, error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    inside = [frame.lineno for frame in frames if frame.filename == str(source)]
    line = inside[-1] if inside else getattr(error, "lineno", 1)
    return (
        f"{source.relative_to(ROOT).as_posix()}:{line}: {type(error).__name__}: {error}"
    )


def _which_cell(source: Path, notebook: Any, error: Any) -> str:
    done = [cell for cell in notebook.cells[1:] if cell.get("outputs")]
    failed = next(
        cell for cell in done if any(o.output_type == "error" for o in cell.outputs)
    )
    text, first = source.read_text("utf-8"), failed.source.splitlines()[0]
    line = text.count("\n", 0, text.index(first)) + 1
    cell = f"{source.relative_to(ROOT).as_posix()}:{line}: cell {first!r}"
    return f"{cell}: {error.ename}: {error.evalue}"


def _functions(path: Path) -> set[str]:
    try:
        tree = ast.parse(path.read_text("utf-8"))
    except SyntaxError:
        return {"figure"}  # drawing it says where
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def _mentions(path: Path) -> list[Path]:
    return [name for name in _named(path.read_text("utf-8")) if name.is_file()]


@cache
def _named(code: str) -> list[Path]:
    found = []
    for node in ast.walk(_parsed(code)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += [SNIPPETS / node.value] if DATA.fullmatch(node.value) else []
        elif isinstance(node, ast.Import):
            found += [_module(alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            inside = [_module(f"{module}.{alias.name}") for alias in node.names]
            found += [_module(module), *inside]
    return found


def _parsed(code: str) -> ast.Module:
    """The syntax of a file; nothing while it has a fault, which running it names."""
    try:
        return ast.parse(code)
    except SyntaxError:
        return ast.Module([], [])


def _module(name: str) -> Path:
    inside = name.removeprefix("snippets.").replace(".", "/")
    return SNIPPETS / f"{inside}.py"
