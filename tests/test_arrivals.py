"""nbgrader is handed what the intake made of each submission, and nothing of the submission itself."""

import json
from pathlib import Path

import pytest

from autograder.building import build
from autograder.classroom import Classroom, Ungradable
from autograder.course import Course
from autograder.intake import take_in
from autograder.reference import of_assignment
from autograder.release import released
from tests.hostile import ASSIGNMENT, FULL, NOTEBOOK, Attack, Deed, hand_in
from tests.hostile.classroom import make_course
from tests.sandboxes import needs_sandbox


def db_url(course: Course) -> str:
    return f"sqlite:///{course.root / 'gradebook.db'}"


def hands_in(course: Course, name: str, deed: Deed = lambda handed: None) -> Path:
    blank = released(course.notebook(NOTEBOOK))
    return hand_in(Attack(name, deed, FULL), course.root, blank)


def scores(classroom: Classroom, name: str) -> dict[str, float]:
    return {each.cell.removesuffix("-grade"): each.earned for each in classroom.scores(name)}


def test_what_was_never_released_is_said_in_a_sentence(tmp_path):
    course = make_course(tmp_path)
    hands_in(course, "ada")
    with pytest.raises(Ungradable, match=r"was never released .*; run: nbgrader generate_assign"):
        Classroom(course).autograde("ada")


@pytest.mark.timeout(300)
def test_each_submission_is_a_matter_of_its_own(tmp_path, monkeypatch):
    needs_sandbox()
    course = make_course(tmp_path)
    classroom = Classroom(course)
    classroom.release()
    for name in ("ada", "bea", "cy"):
        hands_in(course, name)

    def breaks_on_bea(base, parts, released):
        if parts[0] == "bea":
            raise ZeroDivisionError("a fault of ours")
        return take_in(base, parts, released)

    monkeypatch.setattr("autograder.arrivals.take_in", breaks_on_bea)
    with pytest.raises(Ungradable, match=r"could not be used \(ZeroDivisionError: a fault of ours"):
        classroom.autograde("bea")
    classroom.autograde("ada")
    classroom.autograde("cy")
    assert scores(classroom, "ada") == scores(classroom, "cy") == dict(FULL)
    assert all(score.needs_person for score in classroom.scores("bea"))
    said = json.loads((tmp_path / "intake" / "bea" / f"{ASSIGNMENT}.findings.json").read_text())
    assert set(said["for_person"]) == {NOTEBOOK}


@pytest.mark.timeout(300)
def test_what_was_released_counts_where_the_source_has_changed(tmp_path):
    course = make_course(tmp_path)
    Classroom(course).release()
    before = of_assignment(db_url(course), ASSIGNMENT, course.source / ASSIGNMENT)[NOTEBOOK]
    section = course.sections / f"{NOTEBOOK}.py"
    text = section.read_text()
    section.write_text(text.replace("grade(fork, 4, at=inputs)", "grade(fork, 3, at=inputs)"))
    build(type("Arguments", (), {"course": tmp_path, "check": False}))  # type: ignore[arg-type]
    after = of_assignment(db_url(course), ASSIGNMENT, course.source / ASSIGNMENT)[NOTEBOOK]
    assert [(cell.name, cell.graded) for cell in after] == [
        (cell.name, cell.graded) for cell in before
    ]
    assert [cell.nbgrader for cell in after] == [cell.nbgrader for cell in before]


@pytest.mark.timeout(300)
def test_without_the_source_cells_are_put_where_they_can_be_graded(tmp_path):
    course = make_course(tmp_path)
    Classroom(course).release()
    course.notebook(NOTEBOOK).unlink()
    cells = of_assignment(db_url(course), ASSIGNMENT, course.source / ASSIGNMENT)[NOTEBOOK]
    kinds = ["score" if cell.scored else "answer" if cell.answer else "locked" for cell in cells]
    assert kinds == sorted(kinds, key=["locked", "answer", "score"].index)
    assert {cell.name for cell in cells if cell.scored} == {f"{name}-grade" for name in FULL}
