"""What all tests share: a home of their own, and the difference between skipping and failing."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]

# The machines that run these tests are slow and busy: an example may take its time. A run in CI
# draws the same examples every time, so that it is red for one reason only: the change.
settings.register_profile("kit", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("kit")


@pytest.fixture(scope="session", autouse=True)
def own_jupyter_folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keeps Jupyter and IPython out of the home of whoever runs the tests."""
    home = tmp_path_factory.mktemp("jupyter")
    for name in ("CONFIG", "DATA", "RUNTIME"):
        os.environ[f"JUPYTER_{name}_DIR"] = str(home / name.lower())
    os.environ["IPYTHONDIR"] = str(home / "ipython")
    os.environ["JUPYTER_PLATFORM_DIRS"] = "1"  # Jupyter warns where its folders are not decided


@pytest.fixture(scope="session")
def program() -> Callable[..., str]:
    """Finds a program by one of its names, as in `program("chromium", "google-chrome")`.

    Skips the test where there is none; fails it where BACKPROP_REQUIRE_BROWSER=1, as in CI.
    """

    def find(*names: str) -> str:
        found = next(filter(None, map(shutil.which, names)), None)
        if found:
            return found
        missing = f"This test needs {' or '.join(names)} on the PATH: install it to run the test."
        if os.environ.get("BACKPROP_REQUIRE_BROWSER") == "1":
            pytest.fail(missing)
        pytest.skip(missing)

    return find
