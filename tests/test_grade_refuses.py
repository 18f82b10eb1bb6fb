"""`backprop grade` says in one sentence what is wrong, and exits with 2 where nothing was begun."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from autograder.__main__ import main
from autograder.assigned import names_in
from autograder.classroom import Classroom
from autograder.course import ASSIGNMENT, Course
from tests.six_exercises import copied
from tests.test_class import hand_in, make_course, right


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = make_course(tmp_path_factory.mktemp("course") / "course", right)
    hand_in(course, "ada", right)
    Classroom(course).release()
    return course


@pytest.fixture
def course(released: Course, tmp_path: Path) -> Course:
    return copied(released, tmp_path / "course")


def said_of(course: Course, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one sentence that the command refuses with."""
    assert main(["grade", "--course", str(course.root), *words]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith("backprop: ")
    assert err.count("\n") == 1
    assert not (course.root / "autograded").exists()
    return err


def test_where_there_is_no_course(tmp_path, capsys):
    assert "No course found in" in said_of(Course(tmp_path), capsys)


def test_a_course_of_which_nothing_was_released(course, capsys):
    (course.root / "gradebook.db").unlink()
    assert "nothing was released from this course yet" in said_of(course, capsys)


def test_no_such_assignment(course, capsys):
    assert "No assignment 'other' was released" in said_of(course, capsys, "other")
    assert "did you mean 'backprop'?" in said_of(course, capsys, "backprob")


def test_no_such_student(course, capsys):
    said = said_of(course, capsys, "--students", "ada,adda")
    assert f"'adda' is not in {course.root}/submitted/*/{ASSIGNMENT}; did you mean 'ada'?" in said
    assert "those who handed in are: ada." in said_of(course, capsys, "--students", "zoe")


def test_students_that_name_nobody_are_not_everybody(course, capsys):
    for word in ("", ",", " "):
        assert "Nobody is named after --students" in said_of(course, capsys, "--students", word)


def test_an_assignment_that_was_taken_for_a_student(course, capsys):
    said = said_of(course, capsys, "--students", "ada", ASSIGNMENT)
    assert f"an assignment is named first: backprop grade {ASSIGNMENT} --students NAME" in said


def test_a_name_with_a_comma_in_it():
    assert names_in("lovelace, ada", {"lovelace, ada", "ada"}) == ["lovelace, ada"]
    assert names_in("ben, ada,", {"ada"}) == ["ben", "ada"]


def test_nobody_has_handed_in(course, capsys):
    shutil.rmtree(course.root / "submitted")
    assert "Nobody has handed in 'backprop'" in said_of(course, capsys)


def test_a_source_that_is_not_built(course, capsys):
    shutil.rmtree(course.source)
    assert "without it nothing can be judged; run: backprop build" in said_of(course, capsys)


def test_a_source_that_was_edited_since_it_was_released(course, capsys):
    path = course.notebook("01_section")
    notebook = json.loads(path.read_text())
    for cell in notebook["cells"]:
        cell["source"] = [line.replace("dx = 2.0", "dx = 3.0") for line in cell["source"]]
    path.write_text(json.dumps(notebook))
    said = said_of(course, capsys)
    assert "is not what was released: 01_section.ipynb differs in right-solution" in said


def test_a_gradebook_of_another_version(course, capsys):
    with closing(sqlite3.connect(course.root / "gradebook.db")) as book:
        book.execute("UPDATE alembic_version SET version_num = '167914646830'")
        book.execute("DROP TABLE course")
        book.commit()
    said = said_of(course, capsys)
    assert "is of another version of nbgrader (167914646830)" in said
    assert "nbgrader db upgrade" in said
    with closing(sqlite3.connect(course.root / "gradebook.db")) as book:  # left as it was
        assert not book.execute("SELECT name FROM sqlite_master WHERE name = 'course'").fetchall()


def test_a_file_that_is_no_gradebook(course, capsys):
    (course.root / "gradebook.db").write_bytes(b"no database at all" * 100)
    assert "The gradebook cannot be read" in said_of(course, capsys)


@pytest.mark.parametrize(
    "words", [["--workers", "0"], ["--workers", "many"], ["--deadline", "-1"], ["--seed", "1.5"]]
)
def test_numbers_that_make_no_sense(course, capsys, words):
    with pytest.raises(SystemExit) as ended:
        main(["grade", "--course", str(course.root), *words])
    assert ended.value.code == 2
    err = capsys.readouterr().err
    assert re.search(
        rf"argument {words[0]}: .*{words[1]}.* (is no whole number|is less than 1)", err
    )


def test_an_assignment_is_named_where_there_are_several(course, capsys):
    with closing(sqlite3.connect(course.root / "gradebook.db")) as book:
        book.execute(
            "INSERT INTO assignment (id, name, course_id) VALUES ('x', 'second', 'backprop')"
        )
        book.commit()
    said = said_of(course, capsys)
    assert f"one of: {ASSIGNMENT}, second" in said
