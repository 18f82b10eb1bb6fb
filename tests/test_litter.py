"""Folders that a killed grader left behind go when the next one starts; nobody else's do."""

import os
import subprocess
import sys

import pytest

from autograder.forkserver import ForkServer
from autograder.litter import OwnFolder, clear
from tests.sandboxes import needs_sandbox


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def names(place):
    return sorted(path.name for path in place.iterdir())


def test_what_nobody_holds_goes_and_what_somebody_holds_stays(place):
    (place / "backprop-grader-left").mkdir()
    held = OwnFolder()
    assert names(place) == [held.path.name]
    other = OwnFolder()
    assert len(names(place)) == 2
    held.close()
    other.close()
    other.close()
    assert names(place) == []


def test_nothing_that_holds_anything_or_is_no_folder_is_touched(place):
    (place / "backprop-grader-full").mkdir()
    (place / "backprop-grader-full" / "kept.txt").touch()
    (place / "backprop-grader-file").touch()
    (place / "elsewhere").mkdir()
    (place / "backprop-grader-link").symlink_to(place / "elsewhere")
    before = names(place)
    clear()
    assert names(place) == before


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a folder of somebody else's")
def test_what_is_somebody_else_s_stays(place):
    (place / "backprop-grader-other").mkdir()
    os.chown(place / "backprop-grader-other", 12345, 12345)
    clear()
    assert names(place) == ["backprop-grader-other"]


def test_the_folder_of_a_process_that_was_killed_goes(place):
    code = (
        "import sys, tempfile; tempfile.tempdir = sys.argv[1]\n"
        "from autograder.litter import OwnFolder\n"
        "held = OwnFolder(); print(held.path, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(place)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        path = process.stdout.readline().strip()
        clear()
        assert os.path.isdir(path)  # it is alive
        process.kill()
    clear()
    assert names(place) == []


def test_a_fork_server_leaves_nothing(place):
    needs_sandbox()
    (place / "backprop-grader-left").mkdir()
    with ForkServer() as server:
        assert server.protection
        assert len(names(place)) == 1
    assert names(place) == []
