"""Several processes compute what one does, but for BatchNorm; torch itself does the talking."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from snippets.bag import together


def torchrun(*words: str) -> str:
    """What two processes print that torchrun starts on this machine."""
    ways = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    start = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        "2",
    ]
    run = subprocess.run(
        [*start, "-m", *words], capture_output=True, text=True, env=ways, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def told() -> str:
    return torchrun("snippets.bag.equality")


def test_without_batch_statistics_two_processes_have_the_gradients_of_one(told):
    assert "processes: 2" in told
    rows = re.findall(r"^ +(\d+) +(\S+) +([\d.]+)%$", told, re.MULTILINE)
    assert [(size, frozen) for size, frozen, _ in rows] == [
        (s, "equal") for s in ("8", "32", "128")
    ]


def test_with_batch_statistics_they_differ_and_less_so_in_larger_batches(told):
    gaps = [float(gap) for gap in re.findall(r"([\d.]+)%$", told, re.MULTILINE)]
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[0] > 30 > gaps[-1] > 1


def test_the_lab_says_by_how_much(told, says):
    gaps = dict(re.findall(r"^ +(\d+) +equal +([\d.]+)%$", told, re.MULTILINE))
    eight, more, most = (f"{gaps[size]}%" for size in ("8", "32", "128"))
    says("labs/bag", "frozen statistics they are equal to 12 digits")
    says(
        "labs/bag",
        f"differ by {eight} of their length for a batch of 8, by {more} for 32 and by {most} for 128",
    )
    says("labs/bag", "`torchrun --nproc-per-node 2 -m snippets.bag.equality` compares")


def test_synchronised_statistics_need_a_gpu(told):
    assert "SyncBatchNorm: ValueError: SyncBatchNorm" in told
    assert "GPU" in told


def test_two_processes_fill_cells_together_and_write_each_result_once(tmp_path):
    path = tmp_path / "results.jsonl"
    words = [
        "--scale",
        "tiny",
        "--data",
        "masks",
        "--recipes",
        "mixup-distillation",
        "--seeds",
        "3",
    ]
    said = torchrun("snippets.bag", *words, "--results", str(path))
    assert said.count("3 cells, 0 done") == 1
    found = map(json.loads, path.read_text("utf-8").splitlines())
    assert ["{data} {recipe} {processes}".format(**row) for row in found] == [
        "shapes teacher 2",
        "shapes mixup-distillation 2",
        "masks mixup-distillation 2",
    ]


def test_a_batch_that_does_not_divide_is_refused(monkeypatch):
    monkeypatch.setattr(together, "processes", lambda: 2)
    with pytest.raises(
        ValueError, match="a batch of 3 does not divide among 2 processes"
    ):
        together.share(torch.zeros(3))


def test_alone_nothing_is_shared_and_nothing_wrapped():
    network = torch.nn.Linear(1, 1)
    assert together.together(network) is network
    assert together.processes() == 1
    assert together.first()
    assert together.agreed("said") == "said"


def test_no_communication_is_written_here():
    """All that goes between processes goes through what torch offers for it."""
    tree = ast.parse(Path(together.__file__).read_text("utf-8"))
    imported = {
        a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names
    }
    assert imported == {"os", "torch", "torch.distributed"}
