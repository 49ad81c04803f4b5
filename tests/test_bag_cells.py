"""The work list, piece by piece: what a cell needs, what computes it, what is written of it."""

import ast
import hashlib
import inspect
import pickle
import platform
import threading
from collections import Counter
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from snippets.bag import work
from snippets.bag.recipes import DENSE, RECIPES, Recipe
from snippets.bag.results import Cell, Results
from snippets.bag.scales import SCALES
from snippets.bag.together import share
from snippets.bag.training import Run, built
from snippets.distillation import distance
from snippets.mixup import mixed
from snippets.resnet_tweaks import Block, path, shortcut, unit
from snippets.schedules import cosine, stairs
from snippets.smoothing import targets
from tests.test_bag_work import quiet

FAST = replace(SCALES["tiny"], images=8, masks=4, asked=4, epochs=1, batch=2, side=8)
PLAIN = Cell("fast", "shapes", "baseline", 3)
TAUGHT = Cell("fast", "shapes", "distillation", 3)
HEARD = Cell("fast", "shapes", "teacher", 3)
MASKS = Cell("fast", "masks", "distillation", 3)
SCRATCH = Cell("fast", "masks", "scratch", 3)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Where cells of a scale are computed that takes no time."""
    monkeypatch.setitem(SCALES, "fast", FAST)
    monkeypatch.setattr(torch, "set_num_threads", lambda _: None)
    return work.Place(tmp_path / "deep" / "results.jsonl")


def spied(monkeypatch, name, answer=None):
    """What a function of the work list is given; it does what it did, or answers."""
    met, own = [], getattr(work, name)

    def spy(*words, **named):
        met.append((*words, *named.values()))
        return own(*words, **named) if answer is None else answer

    monkeypatch.setattr(work, name, spy)
    return met


def test_a_place_is_this_processor_without_photographs_unless_told_otherwise():
    place = work.Place(Path("a/my.jsonl"))
    assert (place.device, place.folder, place.synced) == (
        torch.device("cpu"),
        None,
        False,
    )
    assert place.store == Path("a/my.work")
    assert place.weights(PLAIN) == place.store / f"{PLAIN}-{work.CODE}.pt"


def test_a_cell_needs_the_teacher_and_masks_need_what_learnt_shapes():
    assert work.needs(PLAIN) == []
    assert work.needs(TAUGHT) == [HEARD]
    assert work.needs(MASKS) == [HEARD, TAUGHT]
    assert work.needs(replace(MASKS, recipe="baseline")) == [PLAIN]
    assert work.needs(SCRATCH) == []
    digits = replace(TAUGHT, data="digits")
    assert work.needs(digits) == [replace(digits, recipe="teacher")]


def test_networks_are_kept_that_other_cells_start_from_and_no_others():
    assert work.needed(PLAIN)
    assert work.needed(HEARD)
    assert work.needed(replace(HEARD, data="digits"))
    assert not work.needed(replace(PLAIN, data="digits"))
    assert not work.needed(replace(PLAIN, recipe="warm-up"))
    assert not work.needed(MASKS)


def test_masks_are_listed_for_the_recipes_that_they_start_from_alone():
    listed = work.cells("fast", ["masks", "digits"], ["scratch", "warm-up"], [3, 1])
    assert [str(cell) for cell in listed] == [
        "fast-masks-scratch-3", "fast-digits-warm-up-3",
        "fast-masks-scratch-1", "fast-digits-warm-up-1",
    ]  # fmt: skip


def test_a_run_is_that_of_its_cell_and_tells_of_it(place):
    said = []
    place = replace(place, device=torch.device("meta"), synced=True)
    run = work.run_of(PLAIN, place, lambda *words: said.append(words))
    run.told(2, 4)
    assert said == [(PLAIN, 2, 4)]
    wanted = Run(RECIPES["baseline"], FAST, 3, torch.device("meta"), True, run.told)
    assert run == wanted
    assert work.run_of(SCRATCH, place, quiet).recipe == RECIPES["resnet-d"]


def test_masks_are_learnt_by_one_recipe_whatever_the_start(place, monkeypatch, says):
    says("labs/bag", "trained on, in the same way whatever the start")
    met = spied(monkeypatch, "transferred", 0.25)
    assert work.score(SCRATCH, place, quiet) == 0.25
    ((run, given, network),) = met
    assert run.recipe == DENSE == Recipe("dense", warm=1 / 12, cosine=True)
    assert (run.scale, run.seed) == (FAST, 3)
    assert [len(images) for images, _ in given] == [4, 4]
    first = built(Run(RECIPES["resnet-d"], FAST, 3))
    assert str(network) == str(first)
    assert torch.equal(network.head.weight, first.head.weight)


def test_data_are_those_of_the_cell_and_of_the_folder(place, monkeypatch, tmp_path):
    given = work.halves("shapes", FAST, 3)
    met = spied(monkeypatch, "halves", given)
    place = replace(place, folder=tmp_path)
    work.score(replace(PLAIN, recipe="warm-up"), place, quiet)
    assert met == [("shapes", FAST, 3, tmp_path)]


def test_a_cell_with_a_teacher_trains_the_teacher_first_and_hears_it(
    place, monkeypatch
):
    met, told = spied(monkeypatch, "taught"), []
    work.score(TAUGHT, place, lambda cell, *_: told.append(cell))
    (first, _, nobody), (second, _, teacher) = met
    assert (first.recipe.name, second.recipe.name) == ("teacher", "distillation")
    assert nobody is None
    assert not teacher.training
    kept = torch.load(place.weights(HEARD), weights_only=True)
    assert all(
        torch.equal(kept[key], value) for key, value in teacher.state_dict().items()
    )
    assert Counter(told).keys() == {HEARD, TAUGHT}


def test_masks_start_from_the_last_cell_that_they_need(place, monkeypatch):
    met = spied(monkeypatch, "network", "trained")
    assert work.start(MASKS, place, quiet) == "trained"
    assert met == [(TAUGHT, place, quiet)]


def test_a_network_is_trained_once_and_read_where_it_is_computed(place, monkeypatch):
    met, read = spied(monkeypatch, "score"), []
    load = torch.load
    monkeypatch.setattr(
        torch, "load", lambda *words, **named: (read.append((words, named)), load(*words, **named))[1]
    )  # fmt: skip
    one, other = (work.network(PLAIN, place, quiet) for _ in range(2))
    assert len(met) == 1
    assert torch.equal(one.head.weight, other.head.weight)
    words = place.weights(PLAIN), torch.device("cpu")
    assert read == [(words, {"weights_only": True})] * 2
    names = sorted(path.name for path in place.store.iterdir())
    assert names == [place.weights(PLAIN).name, f"{PLAIN}.lock"]


def test_a_network_for_photographs_is_read_with_their_channels(place):
    trained = built(Run(RECIPES["baseline"], FAST, 3), 3)
    place.store.mkdir(parents=True)
    work.keep(trained, PLAIN, place)
    found = work.network(PLAIN, place, quiet)
    assert found.stem[0][0].in_channels == 3
    assert all(
        torch.equal(value, trained.state_dict()[key])
        for key, value in found.state_dict().items()
    )


def test_a_file_of_weights_that_would_run_something_is_refused(place, tmp_path):
    class Trap:
        def __reduce__(self):
            return (tmp_path / "made").touch, ()

    place.store.mkdir(parents=True)
    torch.save({"stem.0.0.weight": Trap()}, place.weights(PLAIN))
    with pytest.raises(pickle.UnpicklingError):
        work.network(PLAIN, place, quiet)
    assert not (tmp_path / "made").exists()


def test_a_network_that_is_half_written_is_none(place, monkeypatch):
    def fail(state, path):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    place.store.mkdir(parents=True)
    monkeypatch.setattr(torch, "save", fail)
    with pytest.raises(KeyboardInterrupt):
        work.keep(built(Run(RECIPES["baseline"], FAST, 3)), PLAIN, place)
    assert [path.name for path in place.store.iterdir()] == [
        place.weights(PLAIN).with_suffix(".part").name
    ]


def test_what_no_cell_needs_is_not_kept(place):
    place.store.mkdir(parents=True)
    for recipe in ("warm-up", "baseline"):
        work.score(replace(PLAIN, recipe=recipe), place, quiet)
    assert [path.name for path in place.store.iterdir()] == [place.weights(PLAIN).name]


def test_only_the_first_of_several_processes_keeps_and_claims(place, monkeypatch):
    """The others wait until its network is there, and read the same file."""
    place.store.mkdir(parents=True)
    work.keep(built(Run(RECIPES["baseline"], FAST, 3)), PLAIN, place)
    monkeypatch.setattr(work, "first", lambda: False)
    agreed = spied(monkeypatch, "agreed")
    kept = spied(monkeypatch, "keep")
    claimed = spied(monkeypatch, "claim", nullcontext())
    work.score(PLAIN, place, quiet)
    work.network(PLAIN, place, quiet)
    assert (kept, claimed, len(agreed)) == ([], [], 2)


def test_a_result_says_of_a_cell_how_long_it_took_and_how_it_was_computed(
    place, monkeypatch
):
    clocks = {
        "perf_counter": iter([10.0, 13.4567]),
        "process_time": iter([1.0, 2.3456]),
    }
    fake = {name: lambda own=own: next(own) for name, own in clocks.items()}
    monkeypatch.setattr(work, "time", SimpleNamespace(**fake))
    met = spied(monkeypatch, "score", 0.75)
    monkeypatch.setattr(work, "CODE", "abc")
    result = work.filled(PLAIN, place, quiet)
    assert met == [(PLAIN, place, quiet)]
    assert vars(result) == {
        **vars(PLAIN), "score": 0.75, "seconds": 3.46, "cpu": 1.35,
        "device": f"CPU {platform.machine()}", "threads": torch.get_num_threads(),
        "processes": 1, "python": platform.python_version(), "torch": torch.__version__,
        "numpy": np.__version__, "code": "abc", "date": result.date,
    }  # fmt: skip


def test_the_date_is_that_of_greenwich_and_a_gpu_has_its_name(place, monkeypatch):
    zones = []
    clock = SimpleNamespace(
        now=lambda zone: zones.append(zone) or datetime(2026, 2, 3, 23, 59)
    )
    monkeypatch.setattr(work, "datetime", clock)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "a GPU")
    told = work.circumstances(replace(place, device=torch.device("cuda")))
    assert (told["date"], told["device"]) == ("2026-02-03", "a GPU")
    assert zones == [UTC]


def test_the_code_of_a_result_is_a_hash_of_all_that_decides_scores():
    own = [
        "shapes",
        "digits",
        "cifar",
        "data",
        "scales",
        "network",
        "recipes",
        "training",
    ]
    root = Path(__file__).parents[1] / "snippets"
    told = [(root / "bag" / f"{name}.py").read_text("utf-8") for name in own]
    parts = [
        *(share, work.run_of, work.score, work.start, cosine, stairs, targets),
        *(mixed, distance, unit, path, shortcut, Block),
    ]
    told += [inspect.getsource(part).rstrip() for part in parts]
    wanted = hashlib.sha256("\0".join(told).encode()).hexdigest()[:12]
    assert work.CODE == work.code() == wanted


@pytest.mark.parametrize("file", [name for name in work.PIECES if "/" not in name])
def test_what_a_hashed_piece_calls_in_its_file_is_hashed_too(file):
    tree = ast.parse((work.HERE / f"{file}.py").read_text("utf-8"))
    made = {node.name: node for node in tree.body if hasattr(node, "name")}
    for name in work.PIECES[file]:
        called = {
            node.id for node in ast.walk(made[name]) if isinstance(node, ast.Name)
        }
        assert called & made.keys() <= set(work.PIECES[file])
    used = [
        {alias.name for alias in node.names}
        for path in (work.HERE / "bag").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == f"snippets.{file}"
    ]
    assert set().union(*used) <= set(work.PIECES[file])


def test_a_claim_is_waited_for_unless_it_is_only_tried(place):
    held, free = threading.Event(), threading.Event()

    def holder():
        with work.claim(PLAIN, place):
            held.set()
            free.wait(10)

    thread = threading.Thread(target=holder)
    thread.start()
    assert held.wait(10)
    with work.claim(PLAIN, place, wait=False) as had:
        assert had is False
    threading.Timer(0.1, free.set).start()
    with work.claim(PLAIN, place) as had:
        assert had is True
    thread.join()
    assert (place.store / f"{PLAIN}.lock").exists()


def test_what_another_has_is_waited_for_at_the_end_and_filled_if_it_was_left(
    place, monkeypatch
):
    tried, told = [], []

    @contextmanager
    def claim(cell, place, wait=True):
        tried.append((cell, wait))
        yield wait or cell != PLAIN

    monkeypatch.setattr(work, "claim", claim)
    monkeypatch.setattr(work, "filled", lambda cell, *_: SimpleNamespace(cell=cell))
    added = []
    monkeypatch.setattr(
        Results, "add", lambda self, result: added.append((self.path, result.cell))
    )
    listed = [PLAIN, HEARD, TAUGHT]
    work.work(listed, place, lambda *words: told.append(words))
    assert tried == [*((cell, False) for cell in listed), (PLAIN, True)]
    assert told == []
    assert added == [(place.results, cell) for cell in (HEARD, TAUGHT, PLAIN)]


def test_what_is_filled_already_is_told_and_not_filled_again(place, monkeypatch):
    monkeypatch.setattr(Results, "read", lambda _: [SimpleNamespace(cell=PLAIN)])
    met, told = spied(monkeypatch, "filled", SimpleNamespace()), []
    work.work([PLAIN], place, lambda *words: told.append(words))
    assert (met, told) == ([], [(PLAIN, 1, 1)])


def test_the_cells_of_others_are_computed_with_them_and_written_by_the_first(
    place, monkeypatch
):
    met = spied(monkeypatch, "filled", "a result")
    monkeypatch.setattr(work, "first", lambda: False)
    turns = iter(["free", "taken", "done", "free"])
    monkeypatch.setattr(work, "agreed", lambda _: next(turns))
    work.work([HEARD, PLAIN, TAUGHT], place, quiet)
    assert met == [(HEARD, place, quiet), (PLAIN, place, quiet)]
    assert not place.results.parent.exists()
