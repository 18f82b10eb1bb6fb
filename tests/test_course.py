"""Every exercise of the course earns what it should, and its notebooks run before it is solved."""

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from autograder.course import find_course
from autograder.rehearsal import blank, rehearse
from autograder.release import released
from autograder.sections import read_course

COURSE = find_course()
SECTIONS = read_course(COURSE.sections)
EXERCISES = [(section, exercise) for section in SECTIONS for exercise in section.exercises]
MISTAKES = [
    (section, exercise, mistake) for section, exercise in EXERCISES for mistake in exercise.mistakes
]

every_exercise = pytest.mark.parametrize(
    ("section", "exercise"), EXERCISES, ids=[exercise.id for _, exercise in EXERCISES]
)
every_mistake = pytest.mark.parametrize(
    ("section", "exercise", "mistake"),
    MISTAKES,
    ids=[f"{exercise.id}:{mistake.line}" for _, exercise, mistake in MISTAKES],
)


@every_exercise
def test_the_reference_earns_full_marks(section, exercise):
    outcome = rehearse(section, exercise, exercise.solution.source)
    assert outcome.report.ok, outcome.printed
    assert outcome.earned == exercise.points
    assert type(outcome.earned) is float


@every_exercise
def test_a_blank_answer_earns_nothing(section, exercise):
    outcome = rehearse(section, exercise, blank(exercise))
    assert outcome.earned == 0.0
    assert outcome.report.label == "missing"


@every_mistake
def test_a_mistake_gets_the_feedback_it_states(section, exercise, mistake):
    outcome = rehearse(section, exercise, exercise.with_mistake(mistake))
    assert outcome.report.label == mistake.label, outcome.printed
    assert not outcome.report.ok
    assert outcome.earned < exercise.points
    if mistake.first_wrong is not None:
        assert outcome.report.first_wrong == mistake.first_wrong, outcome.printed
    if mistake.score is not None:
        assert outcome.earned == pytest.approx(mistake.score * exercise.points, abs=0.01)


def errors(notebook: NotebookNode) -> list[str]:
    """The errors that a notebook shows after it has run from top to bottom."""
    NotebookClient(notebook, timeout=60, kernel_name="python3", allow_errors=True).execute()
    return [
        f"{cell.id}: {output.ename}: {output.evalue}"
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]


def grades(notebook: NotebookNode) -> dict[str, float]:
    """The value of each grade cell."""
    return {
        cell.id: float(cell.outputs[-1].data["text/plain"])
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_the_solved_notebook_runs_and_earns_everything(section):
    path = COURSE.source / f"{section.name}.ipynb"
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    assert errors(notebook) == []
    assert grades(notebook) == {f"{each.id}-grade": each.points for each in section.exercises}


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_the_released_notebook_runs_before_it_is_solved_and_already_draws(section):
    notebook = released(COURSE.source / f"{section.name}.ipynb")
    assert errors(notebook) == []
    assert grades(notebook) == {f"{each.id}-grade": 0.0 for each in section.exercises}
    cells = {cell.id: cell for cell in notebook.cells}
    for exercise in section.exercises:
        (output,) = cells[f"{exercise.id}-solution"].outputs
        assert "image/svg+xml" in output.data
