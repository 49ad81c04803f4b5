"""The program on the command line, to the letter: help, faults, the bar, what it starts."""

import argparse
import inspect
import sys
from pathlib import Path

import pytest
import torch
from tqdm import tqdm

from snippets.bag import __main__ as program
from snippets.bag.results import STORED, Cell, Results
from snippets.bag.work import CODE, Place
from tests.test_bag_work import result

CELL = Cell("tiny", "shapes", "cosine", 0)
OPTIONS = """
options:
  -h, --help            show this help message and exit

what to run:
  --data NAME [NAME ...]
                        some of shapes, digits, masks, cifar10 (default: all but cifar10)
  --recipes NAME [NAME ...]
                        some of baseline, large-batch, scaling, warm-up, zero-gamma, \
no-bias-decay, low-precision, resnet-b, resnet-c, resnet-d, cosine, smoothing, teacher, \
distillation, mixup, mixup-distillation, scratch (default: all)
  --seeds SEEDS         like 0-7 or 3 or 1,4-5 (default: 0-7)
  --scale {tiny,small,large}
                        what each run may cost: tiny to try it out, large for a GPU \
(default: small)

how and where:
  --table               train nothing; print what was found
  --results FILE        one line a result (default: those of the site)
  --folder FOLDER       where the files data_batch_1 to test_batch of CIFAR-10 lie
  --device {cpu,cuda}   (default: cpu)
  --threads N           of the processor, for this process (default: 1)
  --sync-batchnorm      under torchrun on GPUs, normalise by the joined batch

examples:
  python -m snippets.bag                                the whole experiment
  python -m snippets.bag --table                        what it found
  python -m snippets.bag --data digits --recipes baseline cosine --seeds 0-2
  python -m snippets.bag --data cifar10 --folder cifar-10-batches-py --results my.jsonl
"""


def asked(words):
    """The options of a command."""
    return program.checked(program.parser(), words.split())


@pytest.fixture
def steady(monkeypatch):
    """The threads that are asked for; those of the tests stay as they are."""
    threads = []
    monkeypatch.setattr(torch, "set_num_threads", threads.append)
    return threads


def test_the_help_says_what_it_is_each_option_and_four_examples(monkeypatch):
    monkeypatch.setenv("COLUMNS", "1000")
    monkeypatch.setenv("NO_COLOR", "1")
    told = program.parser().format_help()
    assert told.startswith("usage: python -m snippets.bag [-h]")
    _, _, rest = told.partition("\n\n")
    assert rest == program.__doc__.strip() + "\n" + OPTIONS


def test_without_options_the_whole_experiment_is_run_on_this_processor():
    known = vars(asked(""))
    assert known.pop("recipes") == program.NAMES
    assert program.NAMES[-1] == "scratch"
    assert known == {
        "data": ["shapes", "digits", "masks"], "seeds": list(range(8)), "scale": "small",
        "table": False, "results": STORED, "folder": None, "device": "cpu", "threads": 1,
        "sync_batchnorm": False,
    }  # fmt: skip


def test_every_option_is_taken_as_it_is_typed(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    words = (
        "--data cifar10 digits --recipes mixup cosine --seeds 3-4 --scale large --table"
    )
    words += (
        " --results my.jsonl --folder there --device cuda --threads 2 --sync-batchnorm"
    )
    assert vars(asked(words)) == {
        "data": ["cifar10", "digits"], "recipes": ["mixup", "cosine"], "seeds": [3, 4],
        "scale": "large", "table": True, "results": Path("my.jsonl"),
        "folder": Path("there"), "device": "cuda", "threads": 2, "sync_batchnorm": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            "--data cifar10",
            "--data cifar10 needs --folder, the folder that has its files",
        ),
        ("--device cuda", "--device cuda: torch finds no GPU here"),
        (
            "--data shapes --recipes scratch",
            "--recipes scratch is a recipe of --data masks alone",
        ),
        (
            "--sync-batchnorm",
            "--sync-batchnorm needs --device cuda: torch has it on GPUs alone",
        ),
        ("--seeds 1-", "argument --seeds: '1-' is not like 0-7 or 3 or 1,4-5"),
        ("--seeds 3-2", "argument --seeds: '3-2' ends before it begins"),
        ("--threads 1.5", "argument --threads: '1.5' is not a whole number from 1"),
        ("--threads 0", "argument --threads: '0' is not a whole number from 1"),
    ],
)
def test_options_that_do_not_go_together_are_told_in_one_line(
    words, told, capsys, monkeypatch
):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit) as left:
        asked(words)
    assert left.value.code == 2
    said = capsys.readouterr().err.splitlines()
    assert said[-1] == f"python -m snippets.bag: error: {told}"


def test_options_that_go_together_pass(monkeypatch):
    assert asked("--data masks --recipes scratch").recipes == ["scratch"]
    assert asked("--data cifar10 --folder there").folder == Path("there")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert asked("--device cuda").device == "cuda"
    assert not asked("--device cuda").sync_batchnorm


def test_seeds_are_typed_as_numbers_ranges_and_lists_of_both():
    assert program.seeds("3-3") == [3]
    assert program.seeds("10-12,2,11") == [10, 11, 12, 2]
    for text in ("1;2", "", "1,", "a1", "1-2-3"):
        with pytest.raises(argparse.ArgumentTypeError, match="is not like 0-7 or 3"):
            program.seeds(text)


def test_a_number_of_threads_is_one_or_more():
    assert [program.positive(text) for text in ("1", "2", "12")] == [1, 2, 12]
    for text in ("0", "-1", "", "two"):
        with pytest.raises(argparse.ArgumentTypeError):
            program.positive(text)


@pytest.fixture
def bars(monkeypatch):
    """The bars that are made, with what they were made of."""
    made = []

    def bar(**named):
        own = tqdm(**named)
        made.append((own, named))
        return own

    monkeypatch.setattr(program, "tqdm", bar)
    yield made
    for own, _ in made:
        own.close()


def test_the_bar_shows_the_share_the_cells_the_time_left_and_the_cell():
    told = tqdm.format_meter(
        1.5, 3, 10, ncols=90, bar_format=program.LAYOUT, postfix="tiny-shapes-cosine-0"
    )
    share, bar, rest = told.split("|")
    assert (share, bar[:3], bar.strip("█▌ ")) == (" 50%", "███", "")
    assert rest == " 1.5 of 3 cells, 00:10 left, tiny-shapes-cosine-0"


def test_the_bar_moves_by_parts_of_a_cell_and_for_cells_to_be_done_alone(bars, capsys):
    progress = program.Progress([CELL], 2)
    progress(Cell("tiny", "shapes", "teacher", 0), 1, 2)
    ((bar, _),) = bars
    assert (bar.total, bar.n) == (3, 2)
    for step in range(1, 3):
        progress(CELL, step, 4)
    assert (bar.n, bar.postfix) == (2.5, str(CELL))
    said = capsys.readouterr().err
    assert said.count("2.0 of 3 cells") == 1
    assert "2.5" not in said  # not drawn at every step
    bar.refresh()
    assert "| 2.5 of 3 cells, " in capsys.readouterr().err


@pytest.mark.parametrize(("screen", "pause"), [(True, 0.1), (False, 30)])
def test_the_bar_is_drawn_often_on_a_screen_and_by_the_first_process(
    bars, monkeypatch, screen, pause
):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: screen)
    program.Progress([CELL], 0)
    monkeypatch.setattr(program, "first", lambda: False)
    program.Progress([CELL], 0)
    wanted = {
        "total": 1, "initial": 0, "bar_format": program.LAYOUT, "mininterval": pause,
    }  # fmt: skip
    assert [named for _, named in bars] == [
        wanted | {"disable": disable} for disable in (False, True)
    ]


@pytest.fixture
def begun(monkeypatch):
    """What the work list is given, with how far the bar is then."""
    met = []

    def work(listed, place, told):
        met.append((listed, place, sorted(map(str, told.todo)), told.bar.n))
        told.bar.close()

    monkeypatch.setattr(program, "work", work)
    return met


WORDS = "--scale tiny --data shapes --recipes cosine mixup --seeds 0-1 --folder there "


def test_a_run_fills_the_cells_that_are_not_filled(begun, tmp_path, capsys, steady):
    path = tmp_path / "my.jsonl"
    Results(path).add(result(recipe="mixup", code=CODE))
    program.main([*WORDS.split(), "--threads", "3", "--results", str(path)])
    assert steady == [3]
    assert capsys.readouterr().out == f"4 cells, 1 done: {path}\n"
    ((listed, place, todo, done),) = begun
    names = [(cell.recipe, cell.seed) for cell in listed]
    assert names == [("cosine", 0), ("mixup", 0), ("cosine", 1), ("mixup", 1)]
    assert place == Place(path, torch.device("cpu"), Path("there"), False)
    assert len(todo) == 3
    assert "tiny-shapes-mixup-0" not in todo
    assert done == 1


def test_the_other_processes_read_and_print_nothing(
    begun, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(program, "first", lambda: False)
    path = tmp_path / "my.jsonl"
    Results(path).add(result(recipe="mixup"))
    options = asked(f"{WORDS} --results {path}")
    options.sync_batchnorm = True
    program.run(options, torch.device("meta"))
    ((_, place, todo, _),) = begun
    assert place == Place(path, torch.device("meta"), Path("there"), True)
    assert len(todo) == 4
    assert capsys.readouterr() == ("", "")


def test_the_table_is_printed_and_nothing_is_run(begun, tmp_path, capsys, steady):
    path = tmp_path / "my.jsonl"
    Results(path).add(result())
    program.main(["--table", "--scale", "tiny", "--results", str(path)])
    said = capsys.readouterr().out
    assert said.startswith("data    recipe  seeds")
    assert said.endswith("1 results: none, 1 process, torch 2, code 0\n")
    assert not begun


def test_a_fault_of_the_readers_files_is_one_sentence(tmp_path, capsys, steady):
    path = tmp_path / "my.jsonl"
    Results(path).add(result())
    with pytest.raises(SystemExit) as left:
        program.main(["--table", "--results", str(path)])
    assert left.value.code == "python -m snippets.bag: no results of the scale 'small'"


def test_the_processes_are_joined_on_the_device_that_is_asked_for(monkeypatch, steady):
    met, devices = [], []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(program, "run", lambda *words: met.append(words))
    own = object()

    class Joined:
        def __init__(self, device):
            devices.append(device)

        def __enter__(self):
            return own

        def __exit__(self, *_):
            return None

    monkeypatch.setattr(program, "joined", Joined)
    program.main(["--device", "cuda"])
    assert devices == [torch.device("cuda")]
    assert [(options.device, device) for options, device in met] == [("cuda", own)]


def test_a_run_that_is_stopped_says_how_it_goes_on(monkeypatch, steady):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(program, "run", stop)
    with pytest.raises(SystemExit) as left:
        program.main([])
    assert left.value.code == "stopped; the same command goes on"


def test_started_it_reads_the_command_line_and_imported_it_does_nothing(
    tmp_path, capsys, monkeypatch, steady
):
    path = tmp_path / "my.jsonl"
    Results(path).add(result())
    words = ["--table", "--scale", "tiny", "--results", str(path)]
    monkeypatch.setattr(sys, "argv", ["python -m snippets.bag", *words])
    code = compile(inspect.getsource(program), "bag", "exec")
    exec(code, {"__name__": "snippets.bag.__main__"})
    assert capsys.readouterr() == ("", "")
    exec(code, {"__name__": "__main__"})
    assert capsys.readouterr().out.startswith("data    recipe  seeds")
