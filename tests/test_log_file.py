"""The log of a run is written where it can be, and breaks nothing off where it cannot."""

import os

import pytest

from autograder.course import Course
from autograder.log_file import log_of


def test_what_is_said_is_in_the_file(tmp_path):
    with log_of(Course(tmp_path)) as log:
        assert not (tmp_path / "nbgrader.log").exists()
        log.warning("ada: %s", "a cell was put back")
    assert (tmp_path / "nbgrader.log").read_text() == "ada: a cell was put back\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a disk that is always full")
def test_a_full_disk_is_no_traceback(tmp_path, capfd):
    (tmp_path / "nbgrader.log").symlink_to("/dev/full")
    with log_of(Course(tmp_path)) as log:
        log.warning("a cell was put back")
    assert capfd.readouterr() == ("", "")


def test_a_file_that_cannot_be_opened_is_no_traceback(tmp_path, capfd):
    (tmp_path / "nbgrader.log").mkdir()
    with log_of(Course(tmp_path)) as log:
        log.warning("a cell was put back")
    assert capfd.readouterr() == ("", "")
