"""`backprop grade` files what `nbgrader autograde` would, and what a person has given stays."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

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
def handed_in(tmp_path_factory: pytest.TempPathFactory) -> Course:
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
def course(handed_in: Course, tmp_path: Path) -> Course:
    return six_exercises.copied(handed_in, tmp_path / "course")


def grade(course: Course, *more: str) -> int:
    return main(["grade", "--course", str(course.root), "--workers", "2", *more])


def counted(said: str, words: str) -> int:
    """The number in one row of the table that the command ends with."""
    found = re.search(rf"│ {words} +│ +(\d+) │", said)
    assert found, said
    return int(found[1])


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
    mine, stocks = gradebooks.files(course), gradebooks.files(stock)
    assert mine.keys() == stocks.keys()
    for path in mine:
        assert mine[path] == stocks[path], path
    assert gradebooks.files(course, "intake") == gradebooks.files(stock, "intake")
    assert gradebooks.rows(course)["notebooks"][1][3] > 0  # the penalty for being late
    shutil.rmtree(stock.root)


@pytest.mark.timeout(240)
def test_what_has_not_changed_is_not_graded_again(course, capsys):
    grade(course, "--students", "learner-000,learner-001")
    before = gradebooks.files(course)
    assert grade(course, "--students", "learner-000", "learner-001") == 0
    assert counted(capsys.readouterr().out, "unchanged since they were graded") == 2
    assert gradebooks.files(course) == before
    with closing(sqlite3.connect(course.root / "gradebook.db")) as book:
        book.execute("UPDATE grade SET manual_score = 0.5, extra_credit = 0.25")
        book.execute("UPDATE comment SET manual_comment = 'well done'")
        book.commit()
    path = course.root / "submitted" / "learner-001" / ASSIGNMENT / "more.txt"
    path.write_text("a file more")
    rows = gradebooks.rows(course)
    assert grade(course) == 1  # the broken one
    said = capsys.readouterr().out
    # Each once: one has changed, one is new, one has not changed, and one cannot be read.
    assert (counted(said, "graded"), counted(said, "unchanged since they were graded")) == (2, 1)
    assert counted(said, "need a person") == 1
    after = gradebooks.rows(course)
    for table in ("grades", "comments"):
        kept = [row for row in after[table] if row[0] in ("learner-000", "learner-001")]
        if table == "grades":  # whoever was given points by hand is looked at again
            kept = [(*row[:7], rows["grades"][0][7]) for row in kept]
            rows[table] = [(*row[:7], rows["grades"][0][7]) for row in rows[table]]
        assert kept == rows[table], table
    # What was the matter with it is said again, though nothing of it has changed.
    assert grade(course) == 1
    said = capsys.readouterr().out
    assert counted(said, "unchanged since they were graded") == 3
    assert "learner-002 needs a person: The file cannot be read as a notebook" in said


@pytest.mark.timeout(240)
def test_the_pages_are_those_of_nbgrader_and_show_the_grades_of_now(course, capsys, monkeypatch):
    some = ("--students", "learner-000,learner-001,learner-003", "--feedback")
    assert grade(course, *some) == 0
    ours = pages(course)
    assert len(ours) == 3
    shutil.rmtree(course.root / "feedback")
    monkeypatch.setattr("autograder.progress.BETWEEN_LINES", 0.0)
    capsys.readouterr()
    assert grade(course, *some) == 0
    said = capsys.readouterr().out
    assert "3 of 3 given pages, about 0 s left\n" in said
    assert (counted(said, "graded"), counted(said, "have new pages of feedback")) == (0, 3)
    shutil.rmtree(course.root / "feedback")
    nbgrader = Path(sys.executable).parent / "nbgrader"
    done = subprocess.run(
        [nbgrader, "generate_feedback", ASSIGNMENT], cwd=course.root, capture_output=True, text=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert ours == pages(course)
    feedback = course.root / "feedback"
    assert grade(course, *some) == 0
    before = {path: path.stat().st_mtime_ns for path in feedback.rglob("*.html")}
    with closing(sqlite3.connect(course.root / "gradebook.db")) as book:
        book.execute("UPDATE comment SET manual_comment = 'well done' WHERE notebook_id IN ("
                     "SELECT t.id FROM submitted_notebook t JOIN submitted_assignment s "
                     "ON s.id = t.assignment_id WHERE s.student_id = 'learner-003')")  # fmt: skip
        book.commit()
    assert grade(course, *some) == 0
    remade = {path for path in before if path.stat().st_mtime_ns != before[path]}
    assert {path.parents[1].name for path in remade} == {"learner-003"}
    assert all("well done" in path.read_text() for path in remade)


def pages(course: Course) -> dict[str, str]:
    """The pages that learners get, as a browser reads them."""
    root = course.root / "feedback"
    return {
        path.relative_to(root).as_posix(): str(BeautifulSoup(path.read_text(), "html.parser"))
        for path in sorted(root.rglob("*.html"))
    }
