"""The tests notice when a snippet is broken: a sample of what `make mutants` tests in full."""

import subprocess
import sys

from snippets._style import ROOT
from tests.mutants import NAMES, every, mutants, reasons, recorded, same


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


def test_docstrings_are_not_broken_and_every_break_compiles():
    for mutant in mutants("dilation"):
        assert '"""' not in mutant.was, mutant
        assert mutant.was != mutant.now
        compile(mutant.code, mutant.snippet, "exec")
