"""The browser, JupyterLab and Notebook 7, one of each for all the tests of a file."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.lab import NOTEBOOK, Lab, running_lab

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture(scope="module")
def chromium(program: Callable[..., str]) -> Iterator[Browser]:
    """The system's own Chromium: browsers are not downloaded for a test."""
    path = program(*CHROMIUM)
    with sync_playwright() as playwright:
        # Without --no-sandbox Chromium refuses to run as root, which containers do.
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that JupyterLab shows: tests put notebooks there."""
    return tmp_path_factory.mktemp("notebooks")


@pytest.fixture(scope="module")
def lab(
    chromium: Browser, notebooks: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    with running_lab(notebooks, tmp_path_factory.mktemp("lab"), chromium) as lab:
        yield lab


@pytest.fixture(scope="module")
def notebook7(
    chromium: Browser, notebooks: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    home = tmp_path_factory.mktemp("notebook7")
    with running_lab(notebooks, home, chromium, app=NOTEBOOK) as app:
        yield app


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where screenshots go: $BACKPROP_SCREENSHOTS, so that they can be looked at, or nowhere."""
    folder = Path(os.environ.get("BACKPROP_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
