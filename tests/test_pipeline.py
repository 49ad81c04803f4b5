"""Figures and labs follow what they are made from, and nothing else."""

import json
import os
import re
import socket
import subprocess
import sys
import time

import pytest

from snippets import _build
from snippets._build import FIGURES, LABS, drawn, labs, made_from, product, stale
from snippets._style import ROOT
from tests.conftest import PUBLISHED, run_in


def made(copy):
    """Every product in a copy, with its content."""
    figures, notebooks = copy.glob("docs/figures/*.svg"), copy.glob("docs/labs/*.ipynb")
    return {
        path.relative_to(copy).as_posix(): path.read_bytes()
        for path in [*figures, *notebooks]
    }


def changed(copy):
    """The products that `python -m snippets` writes in a copy; it must succeed."""
    before = {path: (copy / path).stat().st_mtime_ns for path in made(copy)}
    run = run_in(copy, sys.executable, "-m", "snippets")
    assert run.returncode == 0, run.stderr
    return {p for p in made(copy) if (copy / p).stat().st_mtime_ns != before.get(p)}


def edit(copy, name, old, new):
    path = copy / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


@pytest.fixture(autouse=True)
def fresh():
    """The tests start from products that are up to date."""
    _build.refresh()


def test_nothing_is_drawn_twice(copy):
    assert changed(copy) == set()


def test_a_change_to_one_snippet_redraws_that_one_alone(copy):
    edit(copy, "snippets/interleaving.py", "2.8", "2.9")
    assert changed(copy) == {"docs/figures/interleaving.svg"}


def test_a_lab_is_executed_again_when_a_snippet_that_it_imports_changes(copy):
    edit(copy, "snippets/gridding.py", "walked back", "taken back")
    assert changed(copy) == {"docs/figures/gridding.svg", "docs/labs/stack.ipynb"}


def test_two_runs_from_scratch_give_identical_bytes(copy):
    before = made(copy)
    for path in before:
        (copy / path).unlink()
    assert changed(copy) == set(before)
    assert made(copy) == before


def test_what_nothing_makes_is_deleted(copy):
    for name in ["docs/figures/forgotten.svg", "docs/labs/forgotten.ipynb"]:
        (copy / name).write_text("old")
    changed(copy)
    assert not any("forgotten" in name for name in made(copy))


def test_style_colours_and_versions_make_everything_stale(monkeypatch):
    everything = [*drawn(), *labs()]
    assert stale(everything) == []
    monkeypatch.setattr(_build, "VERSIONS", ["another torch"])
    assert stale(everything) == everything
    monkeypatch.undo()
    assert _build.TOKENS in _build.HOUSE
    monkeypatch.setattr(_build, "HOUSE", _build.HOUSE[1:])
    assert stale(everything) == everything


def test_imports_are_followed_through_snippets_and_data(tmp_path, monkeypatch):
    monkeypatch.setattr(_build, "SNIPPETS", tmp_path)
    (tmp_path / "a.py").write_text("from snippets.b import x\n")
    (tmp_path / "b.py").write_text("from snippets import c\nimport torch\n")
    (tmp_path / "c.py").write_text("import a\nDATA = 'years.csv'\n")
    (tmp_path / "years.csv").write_text("1989")
    names = [path.name for path in made_from(tmp_path / "a.py")]
    assert names == ["a.py", "b.py", "c.py", "years.csv"]


def test_a_snippet_that_raises_is_named_and_the_others_are_drawn(copy):
    edit(
        copy,
        "snippets/dilation.py",
        "    fig, ax = plt.subplots",
        "    1 / 0\n    fig, ax = plt.subplots",
    )
    (copy / "docs/figures/gridding.svg").unlink()
    run = run_in(copy, sys.executable, "-m", "snippets")
    line = (copy / "snippets/dilation.py").read_text().splitlines().index(
        "    1 / 0"
    ) + 1
    assert run.returncode == 1
    assert f"snippets/dilation.py:{line}: ZeroDivisionError" in run.stderr
    assert (copy / "docs/figures/gridding.svg").exists()


def test_work_of_more_than_a_second_shows_progress(copy):
    for path in sorted(made(copy))[-4:]:
        (copy / path).unlink()
    run = run_in(copy, sys.executable, "-m", "snippets")
    assert re.search(r"drawing.*\d/\d", run.stderr)


def test_a_figure_names_no_date():
    for path in map(product, drawn()):
        text = path.read_text("utf-8")
        assert "<metadata" not in text
        assert not re.search(r"\d{4}-\d\d-\d\dT", text)


def test_an_executed_lab_is_the_same_in_each_run():
    for lab in labs():
        notebook = json.loads(product(lab).read_text("utf-8"))
        assert [cell["id"] for cell in notebook["cells"]] == [
            f"cell-{number}" for number in range(len(notebook["cells"]))
        ]
        counts = {cell.get("execution_count") for cell in notebook["cells"]}
        assert counts == {None}
        assert "_style" not in json.dumps(notebook["cells"]), "the set-up cell is gone"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def serving(copy):
    """The copy, served with live reload, and its address."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "serve",
        "--dev-addr",
        f"127.0.0.1:{port}",
    ]
    log = (copy.parent / "log").open("w")
    server = subprocess.Popen(
        command, cwd=copy, env={**os.environ, **PUBLISHED}, stderr=log, stdout=log
    )
    try:
        wait(lambda: "Serving on" in (copy.parent / "log").read_text(), 60)
        yield copy, f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def wait(condition, seconds):
    """Wait until something holds; fail if it never does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.1)


def test_saving_a_snippet_shows_its_code_and_its_figure_on_the_open_page(
    serving, browser
):
    copy, address = serving
    page = browser.new_page()
    page.goto(address + "dilation/")
    before = (copy / "docs/figures/gridding.svg").read_bytes()
    edit(
        copy,
        "snippets/gridding.py",
        "one output pixel, walked back",
        "a single output, walked back",
    )
    edit(copy, "snippets/gridding.py", "(1, 2, 3)], strict", "(1, 2, 5)], strict")
    page.get_by_text("a single output, walked back").wait_for(timeout=60_000)
    shown = page.evaluate("fetch('../figures/gridding.svg').then(r => r.text())")
    page.close()
    assert "dilations (1, 2, 5)" in shown
    assert shown.encode() != before


def test_a_fault_while_serving_is_logged_and_the_site_stays_up(serving, browser):
    copy, address = serving
    edit(
        copy,
        "snippets/gridding.py",
        "def figure() -> Figure:",
        "def figure() -> Figure:\n    raise RuntimeError('planted')\n\n\ndef old() -> Figure:",
    )
    wait(
        lambda: re.search(
            r"gridding\.py:\d+: RuntimeError: planted",
            (copy.parent / "log").read_text(),
        ),
        60,
    )
    page = browser.new_page()
    page.goto(address + "dilation/")
    page.locator("article img").nth(2).wait_for(timeout=60_000)
    page.close()
    edit(
        copy,
        "snippets/gridding.py",
        "    raise RuntimeError('planted')\n\n\ndef old() -> Figure:\n",
        "",
    )
    page = browser.new_page()
    page.goto(address + "dilation/")
    page.get_by_text("Count the routes").wait_for(timeout=60_000)
    page.close()


def test_the_products_of_this_repository_are_ignored_by_git():
    for path in [FIGURES / "x.svg", LABS / "x.ipynb", ROOT / "site" / "x"]:
        run = subprocess.run(
            ["git", "check-ignore", str(path)],
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
        assert run.returncode == 0, path
