"""The tests notice when a snippet is broken: a sample of what `make mutants` tests in full."""

import subprocess
import sys
from time import sleep
from types import ModuleType

import pytest
import torch

from snippets._style import ROOT
from tests.mutants import (
    NAMES,
    Mutant,
    every,
    excused,
    mutants,
    named,
    reasons,
    recorded,
    same,
)
from tests.remembered import asked, remembered


def command(*arguments):
    """A run of the tool, and all that it told."""
    line = [sys.executable, "-m", "tests.mutants", *arguments]
    run = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout + run.stderr


def test_a_sample_of_breaks_is_noticed():
    status, told = command("--sample", "12")
    if sys.platform == "linux":
        assert status == 0, told
    else:
        assert "on Linux alone" in told


def test_a_wrong_name_is_answered_with_the_right_ones():
    status, told = command("dilatation")
    assert status == 2
    assert "invalid choice: 'dilatation'" in told
    assert "'dilation'" in told


def test_a_verdict_that_is_being_written_is_none_yet():
    assert recorded('{"key": "a", "verdict": "killed"}')["verdict"] == "killed"
    assert recorded('{"key": "a", "verd') == recorded('ict": "killed"}') == {}


def test_every_explained_mutant_exists():
    found = every(NAMES, 2)
    for row in reasons():
        for now in row["now"]:
            one = {**row, "now": [now]}
            told = f"tests/equivalent.toml: no mutant turns {row['was']!r} into {now!r}"
            assert any(same(one, mutant) for mutant in found), told


def test_only_what_is_known_to_survive_is_not_tested_again():
    row = next(row for row in reasons() if "snippet" in row)
    found = {one.now for one in mutants(row["snippet"]) if one.was == row["was"]}
    told = Mutant(row["snippet"], 1, row["was"], row["now"][0], "")
    assert told.now in found
    assert named(told)
    nowhere = Mutant("none", 1, "zip(a, b, strict=True)", "zip(a, b, strict=False)", "")
    assert named(nowhere)
    elsewhere = Mutant("none", 1, 'ax.plot("white")', 'ax.plot("WHITE")', "")
    assert excused(elsewhere)
    assert not named(elsewhere)


@pytest.fixture
def slow():
    """A module with a slow function, which tells what it was asked for."""
    module = ModuleType("slow")

    def drawn(shape):
        told.append(shape)
        sleep(0.03)
        return torch.rand(tuple(shape))

    told = module.told = []
    module.drawn, drawn.__module__ = drawn, "slow"
    return module


def seeded(module, shape, seed=0):
    """What it draws, and what is drawn behind it."""
    torch.manual_seed(seed)
    return [*module.drawn(shape).tolist(), torch.rand(1).item()]


def test_what_took_long_is_looked_up_for_the_same_arguments_and_generator(slow):
    answers = {}
    with remembered(slow, answers):
        first = seeded(slow, (2,))
    with remembered(slow, answers):
        assert seeded(slow, (2,)) == first
        assert slow.told == [(2,)]
        assert seeded(slow, (2,), 1) != first
        seeded(slow, (3,))
    assert slow.told == [(2,), (2,), (3,)]
    assert seeded(slow, (2,)) == first
    assert len(slow.told) == 4  # it forgets


def test_of_a_tensor_the_numbers_count(slow):
    with remembered(slow, {}):
        assert seeded(slow, torch.tensor([2])) == seeded(slow, torch.tensor([2]))
        seeded(slow, torch.tensor([3]))
    assert len(slow.told) == 2


def test_of_a_tensor_the_kind_of_numbers_and_the_shape_count():
    zeros = [torch.zeros(2), torch.zeros(2).int(), torch.zeros(1, 2), torch.zeros(2, 1)]
    assert len({asked("drawn", given) for given in zeros}) == 4


@pytest.mark.parametrize("given", [torch.ones(50_000), torch.ones(1).requires_grad_()])
def test_a_call_with_many_numbers_or_a_gradient_is_not_told(given):
    assert asked("drawn", torch.ones(1))
    assert asked("drawn", given) == b""


def test_docstrings_are_not_broken_and_every_break_compiles():
    for mutant in mutants("dilation"):
        assert '"""' not in mutant.was, mutant
        assert mutant.was != mutant.now
        compile(mutant.code, mutant.snippet, "exec")
