"""`backprop grade` files what `nbgrader autograde` would, and what a person has given stays."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from autograder.__main__ import main
from autograder.classroom import Classroom
from autograder.course import ASSIGNMENT, Course
from tests import gradebooks, six_exercises
from tests.sandboxes import needs_sandbox

SETTINGS = """
c.SandboxedExecute.timeout = 5
c.SandboxedExecute.fresh_inputs = False
c.LateSubmissionPlugin.penalty_method = "zero"
"""
LEARNERS = 4


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory) -> Course:
    """A course in which four learners have handed in, two of them with something odd."""
    needs_sandbox()
    course = six_exercises.make_course(tmp_path_factory.mktemp("course") / "course", SETTINGS)
    students = six_exercises.hand_in_all(course, LEARNERS)
    Classroom(course).release()
    folders = [course.root / "submitted" / each.name / ASSIGNMENT for each in students]
    due = "UPDATE assignment SET duedate = '2026-01-01 00:00:00'"
    with closing(sqlite3.connect(course.root / "gradebook.db")) as book:
        book.execute(due)
        book.commit()
    (folders[0] / "timestamp.txt").write_text("2025-12-31 00:00:00 UTC")
    (folders[1] / "timestamp.txt").write_text("2026-01-02 00:00:00 UTC")
    (folders[1] / "data").mkdir()
    (folders[1] / "data" / "numbers.csv").write_text("1,2\n")
    broken = folders[2] / f"{six_exercises.NAME}.ipynb"
    broken.write_text(broken.read_text()[:2000])
    return course


@pytest.fixture
def course(handed_in, tmp_path) -> Course:
    return six_exercises.copied(handed_in, tmp_path / "course")


def grade(course: Course, *more: str) -> int:
    return main(["grade", "--course", str(course.root), "--workers", "2", *more])


@pytest.mark.timeout(240)
def test_what_is_filed_is_what_nbgrader_files(course, tmp_path, handed_in, capsys):
    assert grade(course) == 1
    assert "learner-002 needs a person: learner-002" not in capsys.readouterr().out
    nbgrader = Path(sys.executable).parent / "nbgrader"
    # The files name no place, so that one course can be held beside a copy of it.
    stock = six_exercises.copied(handed_in, tmp_path / "stock")
    done = subprocess.run(
        [nbgrader, "autograde", ASSIGNMENT], cwd=stock.root, capture_output=True, text=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    ours, theirs = gradebooks.rows(course), gradebooks.rows(stock)
    assert len(ours["grades"]) == 6 * LEARNERS
    for table in ours:
        assert ours[table] == theirs[table], table
    ours, theirs = gradebooks.files(course), gradebooks.files(stock)
    assert ours.keys() == theirs.keys()
    for path in ours:
        assert ours[path] == theirs[path], path
    assert gradebooks.files(course, "intake") == gradebooks.files(stock, "intake")
    assert gradebooks.rows(course)["notebooks"][1][3] > 0  # the penalty for being late
    shutil.rmtree(stock.root)
