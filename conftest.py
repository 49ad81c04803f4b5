"""What pytest-codeblocks reads on a page: includes expanded, titles allowed."""

import io
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_codeblocks.plugin
from markdown import Markdown
from pytest_codeblocks.main import CodeBlock, extract_from_buffer

from snippets._style import ROOT

pytest_plugins = ["tests.outcomes"]  # what became of each test, for those that ask
os.environ.setdefault("OMP_NUM_THREADS", "1")  # threads fight for the cores otherwise
INCLUDE = re.compile(r'^--8<-- "(snippets/(\w+)\.py):\w+"$', re.MULTILINE)
OPTIONS = {"base_path": [str(ROOT)], "check_paths": True, "dedent_subsections": True}
READER = Markdown(
    extensions=["pymdownx.snippets"], extension_configs={"pymdownx.snippets": OPTIONS}
)


def expanded(code: str) -> str:
    """The block with each included section in place, below its module's imports."""
    modules = "".join(
        f"from snippets.{m[2]} import *\n" for m in INCLUDE.finditer(code)
    )
    return (
        modules
        + "\n".join(READER.preprocessors["snippet"].run(code.splitlines()))
        + "\n"
    )


def blocks(path: Path) -> list[CodeBlock]:
    """The blocks of a page, with titles and the like taken off the info string."""
    plain = re.sub(
        r"^(\s*`{3,}\w+) .*$", r"\1", path.read_text("utf-8"), flags=re.MULTILINE
    )
    found: list[CodeBlock] = extract_from_buffer(io.StringIO(plain))
    for block in found:
        if block.syntax == "python":
            block.code = expanded(block.code)
    return found


pytest_codeblocks.plugin.extract_from_file = blocks


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The ledger looks back at all others; numbers are counted when all is said."""
    last = ["test_ledger", "test_numbers"]
    items.sort(key=lambda item: [name in item.nodeid for name in reversed(last)])


@pytest.fixture(autouse=True)
def closed_figures() -> Iterator[None]:
    """No test leaves a figure open to the next."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture
def says() -> Any:
    """Prove a sentence: it was computed, and it stands on the page of that name."""
    from tests.prose import prose, source

    def say(page: str, sentence: str) -> None:
        shown = prose(source(page))
        shown.prove(sentence)
        shown.tell(sentence)

    return say
