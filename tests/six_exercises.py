"""A course of one notebook with six exercises, and a class of any size that hands it in.

The exercises are the course's own; the answers are those of the made-up class, learner by learner,
and their expected points with them.
"""

from __future__ import annotations

import re
import shutil
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from autograder.building import build
from autograder.course import Course, find_course
from autograder.demo_class import Student, answer
from autograder.sections import Section, read_section
from tests.made_up_class import attempt

NAME = "01_six_exercises"
BASE = "02_simple_expressions"  # brings five of them
SIXTH = ("03_compound_expressions", "three-links")


def section_text() -> str:
    """The text of the section: one of the course, with an exercise of another at its end."""
    sections = find_course().sections
    other, exercise = SIXTH
    cells = re.split(r"(?m)^(?=# %%)", (sections / f"{other}.py").read_text(encoding="utf-8"))
    own = [cell for cell in cells if f'exercise="{exercise}"' in cell.partition("\n")[0]]
    return (sections / f"{BASE}.py").read_text(encoding="utf-8") + "\n" + "".join(own)


def make_course(folder: Path, more_settings: str = "") -> Course:
    """Make and build the course in a new folder."""
    course = Course(folder)
    course.sections.mkdir(parents=True)
    settings = find_course().config.read_text(encoding="utf-8")
    course.config.write_text(settings + more_settings, encoding="utf-8")
    (course.sections / f"{NAME}.py").write_text(section_text(), encoding="utf-8")
    assert build(Namespace(course=folder, check=False)) == 0
    return course


def learners(section: Section, count: int) -> list[Student]:
    """Learners of every kind, from one who has all to one who has nothing."""
    return [learner(at, section) for at in range(count)]


def learner(at: int, section: Section) -> Student:
    answers, expected = {}, {}
    for exercise in section.exercises:
        patches, share = attempt(at % 30, exercise)
        if patches is not None:
            answers[exercise.id] = patches
        expected[f"{exercise.id}-grade"] = round(share * exercise.points, 2)
    return Student(f"learner-{at:03}", f"{len(answers)} answered", expected, answers)


def hand_in_all(course: Course, count: int) -> list[Student]:
    """Let so many learners hand in; give them, with the points that each grade cell must earn."""
    import nbformat

    from autograder.release import released

    section = read_section(course.sections / f"{NAME}.py")
    exercises = {exercise.id: exercise for exercise in section.exercises}
    students = learners(section, count)
    blank = released(course.notebook(NAME))
    for student in students:
        notebook = nbformat.from_dict(blank)
        texts = {
            f"{name}-solution": answer(exercises[name], p) for name, p in student.answers.items()
        }
        for cell in notebook.cells:
            cell.source = texts.get(cell.id, cell.source)
        write(course, student.name, nbformat.writes(notebook))
    return students


def write(course: Course, student: str, text: str, name: str = NAME) -> Path:
    """Put the text of a notebook where a student's submission lies."""
    path = course.root / "submitted" / student / course.assignment(name) / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def copied(course: Course, folder: Path) -> Course:
    """The same course and submissions again, in a folder of its own."""
    shutil.copytree(course.root, folder)
    return Course(folder)


def names(students: Sequence[Student]) -> list[str]:
    return [student.name for student in students]
