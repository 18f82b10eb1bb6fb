"""The verdict from outside is that of a plain kernel: score, label and words, for every exercise."""

from collections.abc import Iterator

import pytest

from autograder.course import find_course
from autograder.exercise import Exercise
from autograder.forkserver import ForkServer
from autograder.notebooks import notebook
from autograder.rehearsal import blank, rehearse
from autograder.sections import Section, read_course
from autograder.session import Session
from autograder.verdict import Reference, Verdict, verdict_from
from tests.sandboxes import needs_sandbox

SECTIONS = read_course(find_course().sections)
GRADED = [(s, e) for s in SECTIONS for e in s.exercises if not e.by_hand]
ANSWERS = [
    (section, exercise, name, text)
    for section, exercise in GRADED
    for name, text in [
        ("reference", exercise.solution.source),
        ("blank", blank(exercise)),
        *((f"mistake-{m.line}", exercise.with_mistake(m)) for m in exercise.mistakes),
    ]
]


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    needs_sandbox()
    with ForkServer() as server:
        yield server


def verdict_on(
    server: ForkServer,
    section: Section,
    exercise: Exercise,
    solution: str,
    seed: int | None = None,
    seconds: float = 30.0,
) -> Verdict:
    """Run the setup, an answer and the checks in the sandbox, and have it judged."""
    setup = [cell.source for cell in section.cells if cell.role == "setup"]
    cells = [*setup, solution, *(check.source for check in exercise.checks)]
    with Session(server, seconds) as session:
        for count, source in enumerate(cells, start=1):
            session.cell(source, count)
        reference = Reference(tuple(notebook(section).cells))
        job = reference.job(exercise.grade_id, exercise.points, seed)
        return verdict_from(exercise.grade_id, exercise.points, session.judged(job), [])


@pytest.mark.parametrize(
    ("section", "exercise", "name", "text"),
    ANSWERS,
    ids=[f"{exercise.id}:{name}" for _, exercise, name, _ in ANSWERS],
)
def test_the_verdict_is_that_of_a_plain_kernel(server, section, exercise, name, text):
    inside = rehearse(section, exercise, text)
    outside = verdict_on(server, section, exercise, text)
    assert outside.fault is None, outside.why
    assert outside.points == inside.earned
    assert outside.label == inside.report.label
    assert outside.first_wrong == inside.report.first_wrong
    assert str(inside.report) in outside.text
