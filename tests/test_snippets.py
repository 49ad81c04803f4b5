"""What must hold for every snippet: small, documented, alone, and saying what its page shows."""

import ast
import re
import runpy
import sys
from pathlib import Path

import pytest

from snippets._build import SNIPPETS
from tests import alone
from tests.copies import run_in
from tests.prose import fences, name, pages

ALL = sorted(SNIPPETS.glob("[!_]*.py"))
HOUSE = sorted([*SNIPPETS.glob("_[!_]*.py"), *SNIPPETS.glob("bag/*.py")])
COMMAND = re.compile(r"^\$ python (snippets/\w+\.py)\n(.*)\Z", re.DOTALL)
each = pytest.mark.parametrize("snippet", ALL, ids=lambda path: path.stem)


def copied(path: Path, folder: Path) -> tuple[str, str]:
    """A copy of the snippet with the data that it names, and an empty folder to run it in."""
    copy, where = folder / path.name, folder / "elsewhere"
    copy.write_text(path.read_text("utf-8"), "utf-8")
    for data in [
        *SNIPPETS.glob("*.csv"),
        *SNIPPETS.glob("*.json"),
        *SNIPPETS.glob("*.bin"),
    ]:
        if data.name in path.read_text("utf-8"):
            (folder / data.name).write_bytes(data.read_bytes())
    where.mkdir()
    return str(copy), str(where)


@pytest.fixture(scope="session")
def runs(request, tmp_path_factory) -> dict[str, alone.Run]:
    """Every snippet that a test of this session asks for, run once by itself."""
    calls = [
        item.callspec.params
        for item in request.session.items
        if "runs" in getattr(item, "fixturenames", ())
    ]
    wanted = sorted({call["snippet"] for call in calls})
    orders = [copied(path, tmp_path_factory.mktemp(path.stem)) for path in wanted]
    names = [path.stem for path in wanted]
    return dict(zip(names, alone.runs(orders), strict=True))


def shown() -> dict[str, list[tuple[str, str]]]:
    """What the pages show as the output of each snippet, with the place of the block."""
    found: dict[str, list[tuple[str, str]]] = {}
    for page in pages():
        for fence in fences(page) if page.suffix == ".md" else []:
            match = COMMAND.match(fence.body) if fence.info == "console" else None
            if match:
                place = f"{name(page)}:{fence.line}"
                found.setdefault(match[1], []).append((place, match[2]))
    return found


@each
def test_it_runs_alone_from_an_empty_folder(snippet, runs):
    run = runs[snippet.stem]
    assert run.returncode == 0, f"{name(snippet)}: {run.stderr}"
    assert run.stdout.strip(), f"{name(snippet)} prints nothing"


def test_a_reader_runs_one_as_it_lies(tmp_path):
    run = run_in(tmp_path, sys.executable, str(SNIPPETS / "dilation.py"))
    assert (run.returncode, run.stderr) == (0, "")
    assert shown()["snippets/dilation.py"][0][1].rstrip() == run.stdout.rstrip()


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("from snippets.dilation import span", "ModuleNotFoundError"),
        ("torch.zeros(1)", "NameError: name 'torch' is not defined"),
        ("import warnings; warnings.warn('odd')", "UserWarning: odd"),
        ("1 / 0", "ZeroDivisionError"),
        ("raise SystemExit(3)", "SystemExit: 3"),
    ],
)
def test_a_program_that_is_not_sound_alone_is_told(tmp_path, code, told):
    (tmp_path / "odd.py").write_text(f"print('begun')\n{code}\n")
    (run,) = alone.runs([(str(tmp_path / "odd.py"), str(tmp_path))])
    assert run.returncode == 1
    assert run.stdout == "begun\n"
    assert told in run.stderr


TRAINED = pytest.mark.parametrize(
    "snippet", ["digit_net", "kernel_budget", "where_am_i"]
)


def run_until_it_trains(snippet, monkeypatch, *asked):
    """Run a snippet as a program; an `InterruptedError` where it would begin to train."""

    def begun(*_, **__):
        raise InterruptedError(snippet)

    monkeypatch.setattr("torch.optim.Adam", begun)
    path = str(SNIPPETS / f"{snippet}.py")
    monkeypatch.setattr(sys, "argv", [path, *asked])
    runpy.run_path(path, run_name="__main__")


@TRAINED
def test_asked_to_train_again_it_begins_to(snippet, monkeypatch):
    with pytest.raises(InterruptedError, match=snippet):
        run_until_it_trains(snippet, monkeypatch, "again")


@TRAINED
def test_unasked_it_trains_nothing(snippet, monkeypatch, capsys):
    run_until_it_trains(snippet, monkeypatch)
    assert capsys.readouterr().out


@each
def test_it_prints_what_its_page_shows(snippet, runs):
    """Printed once when the page was written and once now: the same twice."""
    told = shown().get(name(snippet), [])
    assert told, (
        f"{name(snippet)}: no page shows `$ python {name(snippet)}` and its output"
    )
    for place, output in told:
        assert runs[snippet.stem].stdout.rstrip() == output.rstrip(), (
            f"{place}: stale output"
        )


def test_console_blocks_run_nothing_else():
    for page in pages():
        for fence in fences(page) if page.suffix == ".md" else []:
            if fence.info == "console":
                known = COMMAND.match(fence.body) or re.fullmatch(
                    r"\$ make \w+", fence.body
                )
                assert known, f"{name(page)}:{fence.line}: nothing checks this output"


def documented(tree: ast.Module) -> list[str]:
    """The public functions and classes without a docstring, and the module if it has none."""
    nodes = [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    public = [n for n in nodes if not n.name.startswith("_")]
    missing = [n.name for n in public if not ast.get_docstring(n)]
    return missing if ast.get_docstring(tree) else ["the module", *missing]


@pytest.mark.parametrize("path", [*ALL, *HOUSE], ids=lambda path: path.stem)
def test_it_is_small_and_documented(path):
    tree = ast.parse(path.read_text("utf-8"))
    assert not documented(tree), f"{name(path)}: no docstring on {documented(tree)}"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            body = [n for n in node.body if not isinstance(n, ast.Expr)] or node.body
            lines = (node.end_lineno or 0) - body[0].lineno + 1
            assert lines <= 15, (
                f"{name(path)}:{node.lineno}: {node.name} has {lines} lines"
            )


@each
def test_it_is_one_idea_in_at_most_120_lines(snippet):
    lines = snippet.read_text("utf-8").count("\n")
    assert lines <= 120, f"{name(snippet)} has {lines} lines"


@each
def test_its_name_hides_no_standard_module(snippet):
    assert snippet.stem not in sys.stdlib_module_names


@each
def test_its_figure_is_returned_and_fits_a_phone(snippet):
    functions = {
        n.name for n in ast.parse(snippet.read_text("utf-8")).body if hasattr(n, "name")
    }
    if "figure" in functions:
        import matplotlib.pyplot as plt

        from snippets._style import rules

        with plt.rc_context(rules()):
            module = __import__(f"snippets.{snippet.stem}", fromlist=["figure"])
            figure = module.figure()
            assert figure.get_size_inches()[0] == pytest.approx(4.8), (
                "text shrinks on phones"
            )
            assert plt.get_fignums()[-1:] == [figure.number], (
                "figure() draws one figure"
            )
            plt.close("all")
