"""The work list: cells that are claimed one by one, computed, and stored."""

import ast
import hashlib
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout

from snippets.bag.data import halves
from snippets.bag.network import Network
from snippets.bag.recipes import DENSE, RECIPES, TRANSFERRED
from snippets.bag.results import Cell, Result, Results
from snippets.bag.scales import SCALES
from snippets.bag.together import agreed, first, processes
from snippets.bag.training import CPU, Run, built, taught, transferred

HERE = Path(__file__).parents[1]
OWN = ("shapes", "digits", "cifar", "data", "scales", "network", "recipes", "training")
PIECES = {
    "bag/together": ("share",),
    "bag/work": ("run_of", "score", "start"),
    "schedules": ("cosine", "stairs"),
    "smoothing": ("targets",),
    "mixup": ("mixed",),
    "distillation": ("distance",),
    "resnet_tweaks": ("unit", "path", "shortcut", "Block"),
}
Told = Callable[[Cell, int, int], None]


@dataclass(frozen=True)
class Place:
    """Where a work list is computed and kept."""

    results: Path
    device: torch.device = CPU
    folder: Path | None = None  # of CIFAR-10
    synced: bool = False

    @property
    def store(self) -> Path:
        """Locks, and weights that later cells start from: made again if deleted."""
        return self.results.with_suffix(".work")

    def weights(self, cell: Cell) -> Path:
        """Where the network of a cell is kept, as this code trains it."""
        return self.store / f"{cell}-{CODE}.pt"


def cells(
    scale: str, data: list[str], recipes: list[str], seeds: list[int]
) -> list[Cell]:
    """The work list: by seed, then data set, then in the order of the paper.

    >>> [str(cell) for cell in cells("tiny", ["masks"], ["baseline", "scaling"], [3])]
    ['tiny-shapes-baseline-3', 'tiny-masks-baseline-3']
    """
    wanted = [
        Cell(scale, kind, recipe, seed)
        for seed in seeds
        for kind in data
        for recipe in recipes
        if (recipe in TRANSFERRED if kind == "masks" else recipe in RECIPES)
    ]
    return list(dict.fromkeys(c for cell in wanted for c in (*needs(cell), cell)))


def needs(cell: Cell) -> list[Cell]:
    """The cells whose networks this one starts from."""
    if cell.data == "masks" and cell.recipe != "scratch":
        source = replace(cell, data="shapes")
        return [*needs(source), source]
    if cell.data != "masks" and RECIPES[cell.recipe].temperature:
        return [replace(cell, recipe="teacher")]
    return []


def needed(cell: Cell) -> bool:
    """Whether other cells start from the network of this one."""
    transfers = cell.data == "shapes" and cell.recipe in TRANSFERRED
    return transfers or cell.recipe == "teacher"


def run_of(cell: Cell, place: Place, told: Told) -> Run:
    """What training needs to know of a cell."""
    name = "resnet-d" if cell.recipe == "scratch" else cell.recipe
    return Run(
        RECIPES[name],
        SCALES[cell.scale],
        cell.seed,
        place.device,
        place.synced,
        lambda step, steps: told(cell, step, steps),
    )


def network(cell: Cell, place: Place, told: Told) -> Network:
    """The trained network of a cell: as stored, or trained and stored now."""
    path = place.weights(cell)
    with claim(cell, place) if first() else nullcontext():
        if agreed("" if path.exists() else "missing"):
            score(cell, place, told)
        agreed("stored")  # the others wait for the file
    run = run_of(cell, place, told)
    weights = torch.load(path, run.device, weights_only=True)
    found = built(run, weights["stem.0.0.weight"].shape[1])
    found.load_state_dict(weights)
    return found


def keep(trained: Network, cell: Cell, place: Place) -> None:
    """Store a network, whole or not at all."""
    path = place.weights(cell)
    partial = path.with_suffix(".part")
    torch.save(trained.state_dict(), partial)
    partial.replace(path)


def score(cell: Cell, place: Place, told: Told) -> float:
    """Train what a cell says; its accuracy, or its overlap with masks."""
    run = run_of(cell, place, told)
    given = halves(cell.data, run.scale, cell.seed, place.folder)
    if cell.data == "masks":
        return transferred(replace(run, recipe=DENSE), given, start(cell, place, told))
    teachers = [network(need, place, told).eval() for need in needs(cell)]
    trained, right = taught(run, given, teachers[0] if teachers else None)
    if first() and needed(cell):
        keep(trained, cell, place)
    return right


def start(cell: Cell, place: Place, told: Told) -> Network:
    """What the dense task begins with: a trained network, or one from scratch."""
    if cell.recipe == "scratch":
        return built(run_of(cell, place, told))
    return network(needs(cell)[-1], place, told)


def filled(cell: Cell, place: Place, told: Told) -> Result:
    """Compute a cell, and say how."""
    began, cpu = time.perf_counter(), time.process_time()
    reached = score(cell, place, told)
    return Result(
        **vars(cell),
        score=reached,
        seconds=round(time.perf_counter() - began, 2),
        cpu=round(time.process_time() - cpu, 2),
        **circumstances(place),
    )


def circumstances(place: Place) -> dict[str, Any]:
    """Device, threads, versions and date, as a result records them."""
    gpu = place.device.type == "cuda"
    return {
        "device": torch.cuda.get_device_name() if gpu else f"CPU {platform.machine()}",
        "threads": torch.get_num_threads(),
        "processes": processes(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": version("numpy"),
        "code": CODE,
        "date": datetime.now(UTC).date().isoformat(),
    }


def code() -> str:
    """Twelve digits of a hash of what decides a score: files, and pieces of others."""
    texts = [(HERE / "bag" / f"{name}.py").read_text("utf-8") for name in OWN]
    for file, names in PIECES.items():
        texts += pieces((HERE / f"{file}.py").read_text("utf-8"), names)
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]


def pieces(text: str, names: tuple[str, ...]) -> list[str]:
    """The functions and classes of these names, as they are written.

    >>> pieces("def a(): 1\\ndef b(): 2", ("b",))
    ['def b(): 2']
    """
    named = ast.FunctionDef | ast.ClassDef
    nodes = {n.name: n for n in ast.parse(text).body if isinstance(n, named)}
    return [str(ast.get_source_segment(text, nodes[name])) for name in names]


CODE = code()  # of what was imported: the files may change while a run lasts


@contextmanager
def claim(cell: Cell, place: Place, wait: bool = True) -> Iterator[bool]:
    """Have a cell alone, or wait for it; without waiting, whether it is had.

    The system frees a claim when its process ends, however it ends.
    """
    place.store.mkdir(parents=True, exist_ok=True)
    lock = FileLock(place.store / f"{cell}.lock")
    try:
        lock.acquire(blocking=wait)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def work(todo: list[Cell], place: Place, told: Told) -> None:
    """Fill all cells; tell of every step.

    Those that another process fills come last: by then it has ended, or they are free.
    """
    results = Results(place.results) if first() else None
    for wait in (False, True):
        todo = [c for c in todo if not _settled(c, place, told, results, wait)]


def _settled(
    cell: Cell, place: Place, told: Told, results: Results | None, wait: bool
) -> bool:
    """Fill a cell if it is free; False if another process is about to."""
    with _turn(cell, place, results, wait) as turn:
        if turn == "free":
            result = filled(cell, place, told)
            if results:
                results.add(result)
        elif turn == "done":
            told(cell, 1, 1)
    return turn != "taken"


@contextmanager
def _turn(
    cell: Cell, place: Place, results: Results | None, wait: bool
) -> Iterator[str]:
    """What is to do for a cell, which the first of the processes says to the others."""
    if results is None:
        yield agreed("")
        return
    with claim(cell, place, wait) as had:
        done = cell in {known.cell for known in results.read()}
        yield agreed("done" if done else "free" if had else "taken")
