"""Every exercise of the course earns what it should, and its notebooks run before it is solved."""

import re

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from autograder.course import find_course
from autograder.kinds import KINDS
from autograder.rehearsal import blank, rehearse
from autograder.release import released
from autograder.sections import read_course

COURSE = find_course()
SECTIONS = read_course(COURSE.sections)
EXERCISES = [(section, exercise) for section in SECTIONS for exercise in section.exercises]
GRADED = [(section, exercise) for section, exercise in EXERCISES if not exercise.by_hand]
MISTAKES = [
    (section, exercise, mistake) for section, exercise in GRADED for mistake in exercise.mistakes
]

every_section = pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
every_exercise = pytest.mark.parametrize(
    ("section", "exercise"), GRADED, ids=[exercise.id for _, exercise in GRADED]
)
every_mistake = pytest.mark.parametrize(
    ("section", "exercise", "mistake"),
    MISTAKES,
    ids=[f"{exercise.id}:{mistake.line}" for _, exercise, mistake in MISTAKES],
)


@every_exercise
def test_the_reference_earns_full_marks(section, exercise):
    outcome = rehearse(section, exercise, exercise.solution.source)
    assert outcome.raised is None
    assert outcome.report.ok, outcome.printed
    assert outcome.earned == exercise.points
    assert type(outcome.earned) is float
    assert all(report.ok for report in outcome.feedback)


@every_exercise
def test_a_blank_answer_earns_nothing_and_is_told_how_to_begin(section, exercise):
    outcome = rehearse(section, exercise, blank(exercise))
    assert outcome.raised is None
    assert outcome.earned == 0.0
    assert type(outcome.earned) is float
    assert outcome.report.label == "missing"
    assert outcome.report.reason
    assert all(outcome.report.hint(level) for level in (1, 2, 3))


@every_exercise
def test_an_exercise_gives_feedback_and_knows_some_mistakes(section, exercise):
    assert exercise.checks
    assert len(exercise.mistakes) >= 3


@every_mistake
def test_a_mistake_gets_the_feedback_it_states(section, exercise, mistake):
    outcome = rehearse(section, exercise, exercise.with_mistake(mistake))
    assert outcome.report.label == mistake.label, outcome.printed
    assert not outcome.report.ok
    assert outcome.earned < exercise.points
    assert type(outcome.earned) is float
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
    """The value of each grade cell; what is graded by hand has none."""
    return {
        cell.id: float(cell.outputs[-1].data["text/plain"])
        for cell in notebook.cells
        if (metadata := cell.metadata.get("nbgrader", {})).get("grade") and not metadata["solution"]
    }


def on_stderr(notebook: NotebookNode) -> list[str]:
    """What the cells wrote to stderr, which costs all points in a grade cell."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output.text for output in outputs if output.get("name") == "stderr"]


@pytest.mark.timeout(180)
@every_section
def test_the_solved_notebook_runs_and_earns_everything(section):
    path = COURSE.notebook(section.name)
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    assert errors(notebook) == []
    assert on_stderr(notebook) == []
    by_machine = [each for each in section.exercises if not each.by_hand]
    assert grades(notebook) == {each.grade_id: each.points for each in by_machine}


@pytest.mark.timeout(180)
@every_section
def test_the_released_notebook_runs_before_it_is_solved_and_already_shows_something(section):
    notebook = released(COURSE.notebook(section.name))
    assert errors(notebook) == []
    assert on_stderr(notebook) == []
    by_machine = [each for each in section.exercises if not each.by_hand]
    assert grades(notebook) == {each.grade_id: 0.0 for each in by_machine}
    cells = {cell.id: cell for cell in notebook.cells}
    for exercise in by_machine:
        assert cells[f"{exercise.id}-solution"].outputs, exercise.id
        assert cells[f"{exercise.id}-check"].outputs, exercise.id


def test_links_from_one_notebook_to_another_lead_somewhere():
    prose = [cell.source for s in SECTIONS for cell in s.cells if cell.type == "markdown"]
    links = {link for text in prose for link in re.findall(r"\]\(([^)]+)\.ipynb\)", text)}
    assert links
    assert links <= {section.name for section in SECTIONS}


def test_no_two_cells_of_the_course_share_a_score():
    ids = [exercise.grade_id for _, exercise in EXERCISES]
    assert len(ids) == len(set(ids))


def test_the_first_half_has_what_it_promises():
    half = [exercise for section, exercise in EXERCISES if section.name < "06"]
    assert len({section.name for section in SECTIONS if section.name < "06"}) == 5
    assert sum(exercise.points for exercise in half) == 50
    assert sum(not exercise.by_hand for exercise in half) >= 12
    assert sum(exercise.by_hand for exercise in half) == 1


def test_the_readme_of_the_course_names_every_kind():
    text = COURSE.readme.read_text(encoding="utf-8")
    rows = [line.split("|")[1].strip(" `") for line in text.split("\n") if line.startswith("| `")]
    assert rows == list(KINDS)
    assert set(re.findall(r"nbgrader (\w+) (?:backprop|02_simple_expressions)\n", text)) == {
        "generate_assignment",
        "autograde",
        "generate_feedback",
    }, "tests/test_class.py runs these; try others there before they are recommended"
