"""A class of thirty made-up learners, and what each of them must earn in every notebook.

An answer is the reference, or the reference with one of the slips that its exercise knows, or
nothing. Which it is hangs on the learner and on the exercise alone, so a new section changes
nothing in the others, and is gone through by everybody as soon as it is there.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from autograder import demo_class
from autograder.demo_class import Patches, Student, answer
from autograder.exercise import Exercise
from autograder.sections import Section

NAMES = [
    "ada",
    "ben",
    "cleo",
    "dan",
    "eve",
    "finn",
    "gia",
    "hal",
    "iris",
    "jon",
    "kim",
    "lee",
    "mia",
    "noa",
    "otto",
    "pia",
    "quin",
    "rosa",
    "sam",
    "tess",
    "uma",
    "vic",
    "wim",
    "xena",
    "yara",
    "zoe",
    "abe",
    "bea",
    "cy",
    "dot",
]
# The chance that an answer is right, and that there is one at all; the first have everything
# right, the last hands in what was given out.
RIGHT = [1.0, 1.0, *np.linspace(0.9, 0.1, 27), 0.0]
THERE = [1.0, 1.0, *np.linspace(1.0, 0.6, 27), 0.0]


def learners(sections: Iterable[Section]) -> list[Student]:
    """The class, each with an answer to every exercise that a machine can grade."""
    exercises = [e for section in sections for e in section.exercises if not e.by_hand]
    return [learner(at, exercises) for at in range(len(NAMES))]


def learner(at: int, exercises: Iterable[Exercise]) -> Student:
    answers: dict[str, Patches] = {}
    expected: dict[str, float] = {}
    for exercise in exercises:
        patches, share = attempt(at, exercise)
        if patches is not None:
            answers[exercise.id] = patches
        expected[exercise.id] = share * exercise.points
    return Student(NAMES[at], f"{len(answers)} answered", expected, answers)


def attempt(at: int, exercise: Exercise) -> tuple[Patches | None, float]:
    """What a learner makes of an exercise, as patches of the reference, and the share it earns."""
    patches, share, _ = demo_class.attempt(at, exercise, THERE[at], RIGHT[at])
    return patches, share


def written(student: Student, section: Section) -> dict[str, str]:
    """The solution cells that a learner fills in in one notebook."""
    exercises = {exercise.id: exercise for exercise in section.exercises}
    return {
        name: answer(exercises[name], patches)
        for name, patches in student.answers.items()
        if name in exercises
    }
