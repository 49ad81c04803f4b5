"""The built site, served, and a browser to read it with."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from snippets._style import ROOT
from tests.browser import chromium, served
from tests.copies import built, copied
from tests.explorables import Ask, asker


@pytest.fixture
def copy() -> Iterator[Path]:
    """The repository as it stands, with its drawn figures and executed labs."""
    with copied() as folder:
        yield folder


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a fresh strict build."""
    target = tmp_path_factory.mktemp("site")
    run = built(ROOT, target)
    assert run.returncode == 0, run.stderr
    return target


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Where the built site is served."""
    with served(site) as url:
        yield url


@pytest.fixture(scope="session", params=["", "example/"], ids=["root", "path"])
def published(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Where a site stands that knows where it stands: then Material navigates without loading."""
    folder = tmp_path_factory.mktemp("host")
    with served(folder) as url:
        run = built(ROOT, folder / request.param, SITE_URL=url + request.param)
        assert run.returncode == 0, run.stderr
        yield url + request.param


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with chromium() as running:
        yield running


# Firefox answers everything only when all is asked; else it is compared with Chromium.
BOTH = ["chromium", *(["firefox"] if "EXHAUSTIVE" in os.environ else [])]


@pytest.fixture(params=BOTH)
def ask(request: pytest.FixtureRequest, browser: Browser, address: str) -> Ask:
    """What an explorable answers to each of many states, in each browser."""
    return asker(request.param, browser, address)
