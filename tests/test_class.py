"""nbgrader, with the settings of the course, gives every answer what it deserves."""

import copy
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder.building import build
from autograder.classroom import Classroom, Ungradable
from autograder.course import ASSIGNMENT, Course, find_course
from autograder.release import released
from tests.test_sections import EXERCISE, GOOD

COURSE = find_course()
RIGHT = "    dx = 2.0\n    return f, dx\n"
WRONG = "    dx = 3.0\n    return f, dx\n"


class Work:
    """What a student does to one exercise of a notebook, whose cells are named after it."""

    def __init__(self, notebook: NotebookNode, name: str) -> None:
        self.notebook, self.name = notebook, name
        self.solution, self.grade = self.cell("solution"), self.cell("grade")

    def cell(self, role: str) -> NotebookNode:
        return next(cell for cell in self.notebook.cells if cell.id == f"{self.name}-{role}")

    def answer(self, lines: str) -> None:
        stub = "    # your lines here\n    pass\n"
        assert stub in self.solution.source
        self.solution.source = self.solution.source.replace(stub, lines)

    def delete(self, cell: NotebookNode) -> None:
        self.notebook.cells.remove(cell)

    def copy_of(self, cell: NotebookNode) -> NotebookNode:
        twin = copy.deepcopy(cell)
        twin.id += "-copy"
        self.notebook.cells.insert(self.notebook.cells.index(cell), twin)
        return twin


def right(work: Work) -> None:
    work.answer(RIGHT)


def wrong(work: Work) -> None:
    work.answer(WRONG)


def blank(work: Work) -> None:
    pass


def noisy(work: Work) -> None:
    work.answer(
        "    import sys, warnings\n"
        "    warnings.warn('careful')\n"
        "    print('a word', file=sys.stderr)\n" + RIGHT
    )


def solution_deleted(work: Work) -> None:
    work.delete(work.solution)


def solution_emptied(work: Work) -> None:
    work.solution.source = ""


def grade_deleted(work: Work) -> None:
    work.answer(RIGHT)
    work.delete(work.grade)


def grade_deleted_and_wrong(work: Work) -> None:
    work.answer(WRONG)
    work.delete(work.grade)


def grade_emptied(work: Work) -> None:
    work.answer(WRONG)
    work.grade.source = ""


def grade_rewritten(work: Work) -> None:
    work.answer(WRONG)
    work.grade.source = "1.5"


def grade_copied(work: Work) -> None:
    work.answer(RIGHT)
    work.copy_of(work.grade).source = "0.0"


def solution_copied(work: Work) -> None:
    work.copy_of(work.solution).source = "1 / 0"
    work.answer(RIGHT)


def skipped(work: Work) -> None:
    work.grade.metadata["tags"] = ["skip-execution"]


def skipped_and_right(work: Work) -> None:
    work.answer(RIGHT)
    skipped(work)


def unmarked(work: Work) -> None:
    work.answer(RIGHT)
    work.grade.metadata["nbgrader"]["grade"] = False


def overvalued(work: Work) -> None:
    work.answer(RIGHT)
    work.grade.metadata["nbgrader"]["points"] = 100.0


def made_prose(work: Work) -> None:
    work.answer(RIGHT)
    work.grade.cell_type = "markdown"
    for word in ("outputs", "execution_count"):
        del work.grade[word]


def invented(work: Work) -> None:
    work.answer(RIGHT)
    cell = new_code_cell("1.5", id=f"{work.name}-invented")
    cell.metadata["nbgrader"] = dict(work.grade.metadata["nbgrader"], grade_id="invented")
    work.notebook.cells.append(cell)


def value_twice(work: Work) -> None:
    work.answer("    import sys\n    sys.displayhook(1.5)\n" + WRONG)


def value_hidden(work: Work) -> None:
    # In a kernel the displayed value would be no number any more, which nbgrader takes for full marks.
    work.answer(WRONG)
    work.solution.source += (
        "\nget_ipython().display_formatter.formatters['text/plain']"
        ".for_type(float, lambda value, printer, cycle: printer.text('great'))"
    )


def kit_broken(work: Work) -> None:
    work.answer(RIGHT)
    work.solution.source += "\ngrade.__globals__.clear()"


EXPECTED: dict[Callable[[Work], None], float] = {
    right: 1.5,
    wrong: 0.0,
    blank: 0.0,
    noisy: 1.5,
    solution_deleted: 0.0,
    solution_emptied: 0.0,
    grade_deleted: 1.5,
    grade_deleted_and_wrong: 0.0,
    grade_emptied: 0.0,
    grade_rewritten: 0.0,
    grade_copied: 1.5,
    solution_copied: 1.5,
    skipped: 0.0,
    skipped_and_right: 1.5,
    unmarked: 1.5,
    overvalued: 1.5,
    made_prose: 1.5,
    invented: 1.5,
    value_twice: 0.0,
}


def exercise_id(deed: Callable[[Work], None]) -> str:
    return deed.__name__.replace("_", "-")


def make_course(folder: Path, *deeds: Callable[[Work], None]) -> Course:
    """A course of one notebook, with one exercise for each deed."""
    course = Course(folder)
    course.sections.mkdir(parents=True)
    shutil.copy(COURSE.config, course.config)
    exercises = "".join(
        EXERCISE.replace('"double"', f'"{exercise_id(deed)}"')
        .replace("double(", f"{deed.__name__}(")
        .replace("(double", f"({deed.__name__}")
        for deed in deeds
    )
    head = GOOD[: GOOD.index(EXERCISE)]
    (course.sections / "01_section.py").write_text(head + exercises, encoding="utf-8")
    arguments = type("Arguments", (), {"course": folder, "check": False})
    assert build(arguments) == 0  # type: ignore[arg-type]
    return course


def hand_in(course: Course, student: str, *deeds: Callable[[Work], None]) -> Path:
    """Write the notebook in which a student has done these deeds, one to each exercise."""
    notebook = released(course.notebook("01_section"))
    for work, deed in [(Work(notebook, exercise_id(deed)), deed) for deed in deeds]:
        deed(work)
    assignment = course.assignment("01_section")
    path = course.root / "submitted" / student / assignment / "01_section.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(notebook), encoding="utf-8")
    return path


def earned(classroom: Classroom, student: str) -> dict[str, float]:
    return {score.cell.removesuffix("-grade"): score.earned for score in classroom.scores(student)}


@pytest.mark.timeout(300)
def test_every_deed_earns_what_it_deserves(tmp_path):
    course = make_course(tmp_path, *EXPECTED)
    classroom = Classroom(course)
    classroom.release()
    hand_in(course, "ada", *EXPECTED)
    classroom.autograde("ada")
    assert earned(classroom, "ada") == {exercise_id(deed): pts for deed, pts in EXPECTED.items()}
    assert not any(score.needs_person for score in classroom.scores("ada"))

    classroom.give_feedback("ada")
    page = tmp_path / "feedback" / "ada" / ASSIGNMENT / "01_section.html"
    text = page.read_text(encoding="utf-8")
    assert "it was put back to be graded" in text
    assert "Score: 1.5 / 1.5" in text


@pytest.mark.timeout(300)
def test_an_earlier_score_does_not_outlive_what_earned_it(tmp_path):
    course = make_course(tmp_path, right)
    classroom = Classroom(course)
    classroom.release()
    hand_in(course, "ada", right)
    classroom.autograde("ada")
    assert earned(classroom, "ada") == {"right": 1.5}

    path = hand_in(course, "ada", right)
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    notebook.cells = [cell for cell in notebook.cells if not cell.id.startswith("right-")]
    path.write_text(nbformat.writes(notebook), encoding="utf-8")
    classroom.autograde("ada")
    assert earned(classroom, "ada") == {"right": 0.0}


@pytest.mark.timeout(300)
def test_imports_come_back_and_nothing_but_the_answer_counts(tmp_path):
    deeds = (right, value_hidden, kit_broken)
    course = make_course(tmp_path, *deeds)
    classroom = Classroom(course)
    classroom.release()
    path = hand_in(course, "ada", *deeds)
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    notebook.cells = [cell for cell in notebook.cells if cell.id != "setup"]
    # As an older editor saves it: before format 4.5 cells have no ids.
    notebook.nbformat_minor = 4
    for cell in notebook.cells:
        del cell["id"]
    path.write_text(nbformat.writes(notebook), encoding="utf-8")
    classroom.autograde("ada")
    scores = {score.cell: score for score in classroom.scores("ada")}
    assert scores["right-grade"].earned == 1.5
    assert scores["value-hidden-grade"].earned == 0.0
    assert scores["value-hidden-grade"].why.startswith("On line 3 (`dx = 3.0`) the factor")
    # What a learner breaks of the kit is broken in the learner's process alone.
    assert scores["kit-broken-grade"].earned == 1.5
    assert not any(score.needs_person for score in scores.values())


@pytest.mark.timeout(300)
def test_a_broken_file_is_named_with_its_trouble_and_kept(tmp_path):
    course = make_course(tmp_path, right)
    classroom = Classroom(course)
    classroom.release()
    path = hand_in(course, "lee", right)
    half = path.read_bytes()[:500]
    path.write_bytes(half)
    with pytest.raises(Ungradable, match=r"^The file cannot be read as a notebook: it breaks off"):
        classroom.autograde("lee")
    assert path.read_bytes() == half


@pytest.mark.timeout(300)
def test_the_course_is_released_and_graded_by_plain_nbgrader_commands(tmp_path):
    course = make_course(tmp_path, right)
    hand_in(course, "ada", right)
    for command in ("generate_assignment", "autograde", "generate_feedback"):
        nbgrader = Path(sys.executable).parent / "nbgrader"
        done = subprocess.run(
            [nbgrader, command, ASSIGNMENT], cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    release = tmp_path / "release" / ASSIGNMENT / "01_section.ipynb"
    ours = nbformat.writes(released(course.notebook("01_section")))
    assert release.read_text(encoding="utf-8").strip() == ours.strip()
    assert earned(Classroom(course), "ada") == {"right": 1.5}
    assert (tmp_path / "feedback" / "ada" / ASSIGNMENT / "01_section.html").is_file()
