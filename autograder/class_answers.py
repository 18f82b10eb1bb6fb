"""What became of a class's answers, exercise by exercise, from the records of their grading."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.course import Course, CourseError
from autograder.records import Record
from autograder.running import RECORD

# Of `arrivals`, which takes seconds to import: where it lies what was put right on the way in.
INTAKE, FINDINGS = "intake", "{assignment}.findings.json"
NO_CAUSE = "no cause found"
"""The kit names a cause only where it has tried it out."""
NOT_JUDGED = "could not be run"
PERSON = "waits for a person"
WORDS = {"missing": "a gradient is missing", "raises": "an exception stops it"}
"""Labels that do not speak for themselves."""


@dataclass
class Cause:
    """What went wrong first in the answers of some learners."""

    label: str
    learners: list[str] = field(default_factory=list)
    sentence: str = ""
    """What one of them is told about it."""

    @property
    def words(self) -> str:
        """The label as words."""
        return WORDS.get(self.label) or self.label.replace("_", " ")

    @property
    def whose(self) -> str:
        """Say whose sentence it is, which nobody is told who waits for a person."""
        return self.learners[0] + (":" if self.label == PERSON else " is told:")


@dataclass
class Exercise:
    """What became of one exercise."""

    name: str
    notebook: str
    most: float
    points: list[float] = field(default_factory=list)
    right: int = 0
    causes: dict[str, Cause] = field(default_factory=dict)

    @property
    def answers(self) -> int:
        """How many answers were judged."""
        return len(self.points)

    @property
    def mean(self) -> float:
        """The points that a learner has on average."""
        return sum(self.points) / len(self.points) if self.points else 0.0

    @property
    def most_frequent(self) -> list[Cause]:
        """The causes, the most frequent first."""
        return sorted(self.causes.values(), key=lambda cause: (-len(cause.learners), cause.label))


@dataclass(frozen=True)
class ClassReport:
    """What became of an assignment."""

    assignment: str
    learners: int
    exercises: tuple[Exercise, ...]


def graded(course: Course, wanted: Sequence[str]) -> list[str]:
    """Give the assignments of which there are records: all, or those that are wanted."""
    there = sorted({path.parent.name for path in records_in(course, "*")})
    if not there:
        raise CourseError(f"Nothing was graded in {course.root} yet; do it with: backprop grade")
    for name in wanted:
        if name not in there:
            raise CourseError(
                f"Nothing of {name!r} was graded yet; of these there is: {', '.join(there)}."
            )
    return list(wanted) or there


def records_in(course: Course, assignment: str) -> Iterator[Path]:
    """Find the records that lie beside the graded notebooks."""
    return course.root.glob(f"autograded/*/{assignment}/*{RECORD}")


def class_report(course: Course, assignment: str) -> ClassReport:
    """Gather what became of an assignment."""
    records = [Record.read(path) for path in sorted(records_in(course, assignment))]
    exercises: dict[tuple[str, str], Exercise] = {}
    for record in sorted(records, key=lambda record: (record.notebook, record.student)):
        unread = why_unread(course, record)
        for verdict in record.verdicts:
            if unread:  # what was judged is a blank that stands for it
                verdict = {**verdict, "fault": "kit", "why": unread}
            name = verdict["grade_id"].removesuffix("-grade")
            empty = Exercise(name, record.notebook, float(verdict["most"]))
            exercise = exercises.setdefault((record.notebook, name), empty)
            add(exercise, record.student, verdict)
    learners = {record.student for record in records}
    return ClassReport(assignment, len(learners), tuple(exercises.values()))


def why_unread(course: Course, record: Record) -> str:
    """Say why a notebook could not be read; empty where it could."""
    path = course.root / INTAKE / record.student / FINDINGS.format(assignment=record.assignment)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["for_person"]
        return str(found[record.notebook]["instructor"])
    except (OSError, ValueError, KeyError):
        return ""


def add(exercise: Exercise, student: str, verdict: dict[str, Any]) -> None:
    """Count one answer."""
    if verdict["fault"] != "kit":  # which has no points until a person has looked
        exercise.points.append(verdict["points"])
        if verdict["points"] >= verdict["most"]:
            exercise.right += 1
            return
    label, sentence = cause_of(verdict)
    cause = exercise.causes.setdefault(label, Cause(label, sentence=sentence))
    cause.learners.append(student)


def cause_of(verdict: dict[str, Any]) -> tuple[str, str]:
    """Say why an answer did not earn everything: a label, and what the learner is told."""
    if verdict["fault"] == "kit":
        return PERSON, verdict["why"]
    if verdict["fault"]:
        return NOT_JUDGED, verdict["why"] or told(verdict["text"])
    return verdict["label"] or NO_CAUSE, told(verdict["text"])


def told(text: str) -> str:
    """Give the first sentence of a report that says what is wrong: the one after its headline."""
    lines = [line for line in text.split("\n") if line and not line.startswith(" ")]
    for headline, sentence in itertools.pairwise(lines):
        if re.search(r"; score [\d.]+$", headline):
            return sentence
    return lines[-1] if lines else ""


def share(exercise: Exercise) -> str:
    """Say how many answers are right."""
    if not exercise.answers:
        return "-"
    return f"{exercise.right} of {exercise.answers}, {exercise.right / exercise.answers:.0%}"


def average(exercise: Exercise) -> str:
    """Say what a learner has on average."""
    return f"{exercise.mean:.1f} of {exercise.most:g}"
