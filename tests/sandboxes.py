"""Where there is no sandbox, tests of it are skipped, and fail where one is required."""

import os
from functools import lru_cache

import pytest

from autograder.forkserver import ForkServer
from autograder.sandbox import TooWeak


@lru_cache(maxsize=1)
def what_is_missing() -> str:
    """Why nothing can be graded here; empty where it can."""
    try:
        with ForkServer() as server:
            return "" if server.protection else "no layers"
    except TooWeak as error:
        return str(error)


def needs_sandbox() -> None:
    """Skip a test on a machine without a sandbox; fail it where BACKPROP_REQUIRE_SANDBOX=1, as in CI."""
    if missing := what_is_missing():
        if os.environ.get("BACKPROP_REQUIRE_SANDBOX") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
