"""Thirty made-up learners go through all notebooks, and everybody gets what they should."""

import shutil
from pathlib import Path

import pytest

from autograder.classroom import Classroom
from autograder.course import Course, find_course
from autograder.demo_class import Student, hand_in
from autograder.rehearsal import rehearse_notebook
from autograder.sections import read_course
from tests.made_up_class import learners, written

COURSE = find_course()
SECTIONS = read_course(COURSE.sections)
CLASS = learners(SECTIONS)
GRADED = {e.id: e for section in SECTIONS for e in section.exercises if not e.by_hand}

every_learner = pytest.mark.parametrize("student", CLASS, ids=lambda student: student.name)


def expected(student: Student) -> dict[str, float]:
    assert student.expected is not None
    return dict(student.expected)


def test_the_class_is_one_in_which_every_kind_of_answer_occurs():
    assert len({student.name for student in CLASS}) == len(CLASS) == 30
    first, *_, last = CLASS
    assert sum(expected(first).values()) == sum(e.points for e in GRADED.values())
    assert sum(expected(last).values()) == 0
    totals = [round(sum(expected(student).values()), 2) for student in CLASS]
    assert len(set(totals)) > 20
    for name, exercise in GRADED.items():
        answers = [student.answers.get(name) for student in CLASS]
        assert None in answers, name
        assert () in answers, name
        slips = {patches for patches in answers if patches}
        assert len(slips) >= 2 or len(exercise.mistakes) < 2, name


def test_every_exercise_knows_what_its_slips_earn():
    for name, exercise in GRADED.items():
        assert sum(mistake.score is not None for mistake in exercise.mistakes) >= 2, name


@pytest.mark.timeout(240)
@every_learner
def test_a_learner_goes_through_all_notebooks(student):
    earned: dict[str, float] = {}
    for section in SECTIONS:
        earned |= rehearse_notebook(section, written(student, section))
    # A grade is rounded to a hundredth, and so is a share that is written down as 0.6667.
    assert earned == pytest.approx(expected(student), abs=0.011)


@pytest.fixture
def classroom(tmp_path: Path) -> Classroom:
    """The course as an instructor has it, with the work of three learners handed in."""
    for path in (COURSE.config, COURSE.root / "course.toml", *COURSE.notebooks()):
        place = tmp_path / path.relative_to(COURSE.root)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
    course = Course(tmp_path)
    for student in CLASS[1::14]:
        for section in SECTIONS:
            folder = tmp_path / "submitted" / student.name / course.assignment(section.name)
            hand_in(student, section, course.notebook(section.name), folder)
    return Classroom(course)


@pytest.mark.timeout(900)
def test_nbgrader_gives_the_same_scores(classroom):
    classroom.release()
    for student in CLASS[1::14]:
        classroom.autograde(student.name)
        scores = classroom.scores(student.name)
        assert not [score.cell for score in scores if score.needs_person]
        earned = {score.cell.removesuffix("-grade"): score.earned for score in scores}
        assert earned == pytest.approx(expected(student), abs=0.011), student.name
