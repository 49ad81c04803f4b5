"""The work list of the experiment: what a kill, a cut line or a second process can't spoil."""

import json
import multiprocessing
import os
import random
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from snippets.bag import work
from snippets.bag.__main__ import NAMES, main, seeds
from snippets.bag.recipes import RECIPES, TRANSFERRED
from snippets.bag.results import Cell, Result, Results, line, parsed, stored
from snippets.bag.work import Place, cells, claim

# Workers start from a process that has imported torch already, where the system can fork.
HOW: Any = multiprocessing.get_context(
    "forkserver" if sys.platform == "linux" else "spawn"
)
CHOSEN = [
    "--scale",
    "tiny",
    "--recipes",
    "baseline",
    "cosine",
    "distillation",
    "scratch",
]
LISTED = cells("tiny", ["shapes", "digits", "masks"], [*CHOSEN[3:]], [0])
PATIENCE = 600  # seconds: a busy machine is slow, not wrong
SAME = {"seconds", "cpu", "date", "threads"}  # what two runs of a cell may differ in


def result(**changes) -> Result:
    """A result that nobody computed."""
    ways = {"device": "none", "threads": 1, "processes": 1, "date": "2026-01-01"}
    made = {"python": "3", "torch": "2", "numpy": "2", "code": "0"}
    cell = {"scale": "tiny", "data": "shapes", "recipe": "cosine", "seed": 0}
    return Result(
        **{**cell, "score": 0.5, "seconds": 1.0, "cpu": 1.0, **ways, **made, **changes}
    )


def outcome(path: Path) -> dict[Cell, dict[str, object]]:
    """What a file says of each cell, but for times."""
    lines = [json.loads(text) for text in path.read_text("utf-8").splitlines()]
    found = [parsed(json.dumps(entry).encode()).cell for entry in lines]
    assert len(found) == len(set(found)), "a cell has two results"
    return {
        c: {k: v for k, v in e.items() if k not in SAME}
        for c, e in zip(found, lines, strict=True)
    }


def trained(path: str) -> None:
    """What a worker does: the program itself, on a small work list."""
    torch.set_num_threads(1)
    os.environ["OMP_NUM_THREADS"] = "1"
    sys.stderr = sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 open until the process ends
    main([*CHOSEN, "--seeds", "0", "--results", path])


def started(path: Path) -> Any:
    """A worker, running."""
    if sys.platform == "linux":
        HOW.set_forkserver_preload(["snippets.bag.__main__", "torch._dynamo", "tests"])
    worker = HOW.Process(target=trained, args=[str(path)])
    worker.start()
    return worker


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> dict[Cell, dict[str, object]]:
    """What one process finds that nobody stops."""
    path = tmp_path_factory.mktemp("undisturbed") / "results.jsonl"
    worker = started(path)
    worker.join(PATIENCE)
    assert worker.exitcode == 0
    return outcome(path)


def test_one_run_fills_every_cell_and_what_it_needs(undisturbed):
    assert set(undisturbed) == set(LISTED)
    assert Cell("tiny", "digits", "teacher", 0) in undisturbed
    assert all(0 <= entry["score"] <= 1 for entry in undisturbed.values())
    assert all(entry["torch"] == torch.__version__ for entry in undisturbed.values())


@pytest.mark.whole
def test_a_run_killed_five_times_finishes_with_the_same_results(undisturbed, tmp_path):
    path, moments, ends = tmp_path / "results.jsonl", random.Random(0), []
    for _ in range(5):
        worker = started(path)
        time.sleep(moments.uniform(0.2, 2.0))
        worker.kill()
        worker.join()
        ends.append(worker.exitcode)
    assert min(ends) < 0, "no kill came before the end"
    last = started(path)
    last.join(PATIENCE)
    assert last.exitcode == 0
    assert outcome(path) == undisturbed


def test_a_kill_leaves_less_than_all(tmp_path):
    path = tmp_path / "results.jsonl"
    with claim(LISTED[-1], Place(path)):  # the worker waits for it and can't finish
        worker = started(path)
        while not (path.exists() and path.read_bytes().endswith(b"\n")):
            assert worker.is_alive()
            time.sleep(0.01)
        worker.kill()
        worker.join()
    assert worker.exitcode < 0
    assert 0 < len(outcome(path)) < len(LISTED)


@pytest.mark.whole
def test_two_workers_share_the_cells_and_double_none(undisturbed, tmp_path):
    path = tmp_path / "results.jsonl"
    workers = [started(path) for _ in range(2)]
    for worker in workers:
        worker.join(PATIENCE)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert outcome(path) == undisturbed


def test_a_cell_whose_worker_is_killed_is_filled_by_the_other(tmp_path):
    place = Place(tmp_path / "results.jsonl")
    listed = cells("tiny", ["shapes"], ["baseline", "cosine"], [0])
    with claim(listed[0], place) as had:
        assert had
        worker = threading.Thread(target=work.work, args=[listed, place, quiet])
        worker.start()
        while [known.cell for known in Results(place.results).read()] != listed[1:]:
            assert worker.is_alive()
            time.sleep(0.01)
        worker.join(0.2)
        assert worker.is_alive(), "it waits"
    worker.join(PATIENCE)
    found = [known.cell for known in Results(place.results).read()]
    assert found == [listed[1], listed[0]]


def quiet(cell, step, steps):
    """Tell nobody."""


def test_a_line_that_was_cut_off_anywhere_is_set_aside_or_whole(tmp_path, capsys):
    whole = line(result(seed=1))
    for missing in range(1, len(whole)):
        path = tmp_path / f"{missing}.jsonl"
        path.write_bytes(line(result()) + whole[:-missing])
        kept, told = Results(path).read(), capsys.readouterr().err
        if missing == 1:  # all of it but the end of the line
            assert kept == [result(), result(seed=1)]
            assert not told
        else:
            assert kept == [result()]
            assert f"{path}:2: no result; set aside" in told
            assert Path(f"{path}.aside").read_bytes() == whole[:-missing] + b"\n"
        assert stored(path) == kept
        assert Results(path).add(result(seed=2))
        assert len(stored(path)) == len(kept) + 1


@pytest.mark.parametrize(
    "text",
    [
        b"\x00\xff",
        b"[]",
        b"3",
        b"{}",
        b'{"scale": "tiny"}',
        line(result(seed="0")),
        line(result(score=None)),
        b"",
    ],
)
def test_a_damaged_line_anywhere_is_told_and_rerun(tmp_path, capsys, text):
    path = tmp_path / "results.jsonl"
    path.write_bytes(text.rstrip(b"\n") + b"\n" + line(result()))
    with pytest.raises(ValueError, match=r"results\.jsonl:1: no result"):
        stored(path)
    assert Results(path).read() == [result()]
    assert "results.jsonl:1: no result" in capsys.readouterr().err
    assert stored(path) == [result()]


def test_a_second_result_of_a_cell_is_refused_and_set_aside(tmp_path, capsys):
    results = Results(tmp_path / "results.jsonl")
    assert results.add(result())
    assert not results.add(result(score=0.9))
    with results.path.open("ab") as file:
        file.write(line(result(score=0.9)))
    assert results.read() == [result()]
    assert "a second result of tiny-shapes-cosine-0" in capsys.readouterr().err


def test_what_a_cell_starts_from_is_made_again_if_it_was_deleted(undisturbed, tmp_path):
    place = Place(tmp_path / "results.jsonl")
    cell = Cell("tiny", "masks", "baseline", 0)
    assert work.filled(cell, place, lambda *_: None).score == undisturbed[cell]["score"]
    (stored_weights,) = place.store.glob("*.pt")
    assert stored_weights == place.weights(Cell("tiny", "shapes", "baseline", 0))


def test_the_work_list_has_each_cell_once_after_what_it_needs():
    listed = cells("small", ["masks", "shapes", "digits"], NAMES, [0, 1])
    assert len(listed) == len(set(listed)) == 2 * (2 * len(RECIPES) + len(TRANSFERRED))
    for cell in listed:
        for need in work.needs(cell):
            assert listed.index(need) < listed.index(cell)
            assert work.needed(need)
    assert [cell.seed for cell in listed] == sorted(cell.seed for cell in listed)


def test_a_result_tells_of_the_code_that_decides_it(monkeypatch, tmp_path):
    before = work.code()
    assert before == work.CODE
    (tmp_path / "bag").mkdir()
    for name in [*(f"bag/{name}" for name in work.OWN), *work.PIECES]:
        (tmp_path / f"{name}.py").write_bytes((work.HERE / f"{name}.py").read_bytes())
    monkeypatch.setattr(work, "HERE", tmp_path)
    assert work.code() == before
    (tmp_path / "bag" / "network.py").write_text("other")
    after, mixup = work.code(), tmp_path / "mixup.py"
    assert after != before
    text = mixup.read_text("utf-8")
    mixup.write_text(text.replace("(4.8, 1.9)", "(4.8, 2.9)"), "utf-8")
    assert work.code() == after, "a figure decides no score"
    mixup.write_text(text.replace("share * first", "first * share"), "utf-8")
    assert work.code() != after


def test_results_of_other_code_are_not_added_to(tmp_path, capsys):
    path = tmp_path / "results.jsonl"
    assert Results(path).add(result(code="an older one"))
    told = f"1 results of code an older one, and .* {work.CODE}: --results FILE"
    with pytest.raises(SystemExit, match=told):
        main(["--scale", "tiny", "--results", str(path)])
    assert stored(path) == [result(code="an older one")]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--recipes dropout", "invalid choice: 'dropout' (choose from"),
        ("--data photos", "invalid choice: 'photos' (choose from"),
        ("--scale huge", "invalid choice: 'huge' (choose from"),
        ("--seeds five", "'five' is not like 0-7 or 3 or 1,4-5"),
        ("--seeds 5-2", "'5-2' ends before it begins"),
        ("--seeds=-1", "'-1' is not like 0-7 or 3 or 1,4-5"),
        ("--threads 0", "'0' is not a whole number from 1"),
        ("--threads two", "'two' is not a whole number from 1"),
        ("--data cifar10", "--data cifar10 needs --folder"),
        ("--data shapes --recipes scratch", "a recipe of --data masks alone"),
        ("--data masks --recipes warm-up", "no recipes but scratch, baseline, low-pr"),
        ("--sync-batchnorm", "needs --device cuda"),
        ("--tables", "unrecognized arguments: --tables"),
    ],
)
def test_a_wrong_option_is_told_with_the_choices(words, told, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(words.split())
    said = capsys.readouterr().err
    assert told in said.replace("\n", " ")
    if "invalid choice" in told:
        assert all(
            name in said
            for name in {"--recipes": NAMES, "--data": ["shapes"], "--scale": ["tiny"]}[
                words.split()[0]
            ]
        )


def test_seeds_are_ranges_and_lists():
    assert seeds("0-9") == list(range(10))
    assert seeds("3,1-2,2") == [3, 1, 2]


@pytest.mark.whole
def test_the_program_says_what_it_is_and_shows_the_time_that_is_left(tmp_path):
    program = [sys.executable, "-m", "snippets.bag"]
    said = subprocess.run(
        [*program, "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert all(
        name in said.replace("-\n", "-").replace("  ", "")
        for name in ("mixup", "shapes", "tiny")
    )
    path = tmp_path / "results.jsonl"
    words = [
        "--scale",
        "tiny",
        "--data",
        "shapes",
        "--recipes",
        "baseline",
        "--seeds",
        "0",
    ]
    run = subprocess.run(
        [*program, *words, "--results", str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"1 cells, 0 done: {path}" in run.stdout
    assert "1.0 of 1 cells, 00:00 left, tiny-shapes-baseline-0" in run.stderr
    assert [known.cell for known in stored(path)] == [
        Cell("tiny", "shapes", "baseline", 0)
    ]


def test_a_missing_file_of_results_is_one_sentence(tmp_path):
    with pytest.raises(SystemExit, match=r"snippets\.bag: .*none\.jsonl"):
        main(["--table", "--results", str(tmp_path / "none.jsonl")])


def test_a_dense_cell_starts_from_its_recipes_network(tmp_path):
    place = Place(tmp_path / "results.jsonl")
    cell = Cell("tiny", "masks", "cosine", 0)
    network = work.start(cell, place, lambda *_: None)
    shapes = place.weights(replace(cell, data="shapes"))
    kept = torch.load(shapes, weights_only=True)
    own = network.state_dict()
    assert all(torch.equal(own[key], kept[key]) for key in kept)
    fresh = work.start(replace(cell, recipe="scratch"), place, lambda *_: None)
    assert not torch.equal(fresh.head.weight, network.head.weight)
