"""`backprop validate` says what a notebook would earn, in the words of grading, before it is graded."""

import json
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output

from autograder.__main__ import main
from autograder.course import Course
from autograder.forkserver import ForkServer
from autograder.release import released
from autograder.sandbox import Protection
from autograder.validating import (
    Exercise,
    WrongUse,
    exercises_of,
    first_wrong,
    table,
    validated,
    verdict_of,
)
from tests.hostile import NOTEBOOK, RIGHT
from tests.hostile.classroom import make_course
from tests.sandboxes import needs_sandbox

REPORT = """\
noise of the learner
fork: dx is not right; score 0.75
Line 8 (`dx = 1.0`) is a local derivative alone.
  right        7  dz = q      3.0
  wrong    >   8  dx = 1.0    1.0  <- should be -4.0
  inherits     9  dy = dx     1.0
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return make_course(tmp_path_factory.mktemp("course"))


def written(course: Course, folder: Path, name: str = NOTEBOOK, **answers: str) -> Path:
    """A learner's copy of the notebook, with these answers and the others right."""
    notebook = released(course.notebook(NOTEBOOK))
    for cell in notebook.cells:
        exercise = cell.id.removesuffix("-solution")
        if cell.id.endswith("-solution"):
            cell.source = answers.get(exercise, RIGHT[exercise])
    path = folder / f"{name}.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def command(course: Course, path: Path, *more: str) -> int:
    return main(["validate", str(path), "--course", str(course.root), *more])


# --- the whole way, in the sandbox -----------------------------------------------------------------


@pytest.mark.timeout(120)
def test_right_work_exits_with_0(course, tmp_path, capsys):
    needs_sandbox()
    assert command(course, written(course, tmp_path)) == 0
    told = capsys.readouterr().out
    assert told == (
        "exercise  points      check\n"
        "slope     2 of 2      right\n"
        "typed     2 of 2      right\n"
        "fork      4 of 4      right\n"
        "\n"
        "8 of 8 points with the inputs that you can see; when your work is graded, more of them"
        " are tried.\n"
    )


@pytest.mark.timeout(120)
def test_wrong_work_exits_with_1_and_says_what_grading_says(course, tmp_path, capsys):
    needs_sandbox()
    answers = {
        "fork": RIGHT["fork"].replace("dx = dq", "dx = 1.0"),
        "slope": "def slope(x):\n    while True:\n        pass\n",
        "typed": "import os\ndx = -3\ndy = -4\n",
    }
    path = written(course, tmp_path, **answers)
    before = path.read_bytes()
    assert command(course, path, "--timeout", "3") == 1
    told = capsys.readouterr().out
    assert "slope     0 of 2      wrong\n    NoEnd: The code did not end in time" in told
    assert "typed     1 of 2      wrong" in told
    assert "fork      3 of 4      wrong\n    line 6: dx = 1.0\n    Line 6 (`dx = 1.0`)" in told
    assert "4 of 8 points with the inputs that you can see" in told
    assert path.read_bytes() == before


@pytest.mark.timeout(120)
def test_what_ends_its_process_costs_its_own_exercise_as_in_grading(course, tmp_path, capsys):
    needs_sandbox()
    (tmp_path / "mine.py").write_text("two = 2\n")
    slope = "from mine import two\n" + RIGHT["slope"].replace("2 *", "two *")
    path = written(course, tmp_path, slope=slope, typed="import os\nos._exit(1)\n")
    assert command(course, path) == 1
    told = capsys.readouterr().out
    assert "slope     2 of 2      right" in told  # with the module that lies beside it
    assert "typed     0 of 2      wrong" in told
    assert "fork      4 of 4      right" in told


# --- on a machine without a sandbox: in a plain kernel ---------------------------------------------


@pytest.mark.timeout(120)
def test_without_a_sandbox_it_runs_in_a_kernel_and_says_so(course, tmp_path, capsys, monkeypatch):
    def refuse(self: ForkServer) -> None:
        Protection(("limits",), {"landlock": "this is no Linux"}).insist(("landlock",))

    monkeypatch.setattr(ForkServer, "protection", property(refuse))
    path = written(course, tmp_path, typed="import os\nos._exit(1)\n")
    assert command(course, path) == 1
    told = capsys.readouterr().out
    assert "ran in a plain kernel, since this machine lacks what graded work runs in" in told
    assert "(landlock (this is no Linux))" in told
    assert "slope     2 of 2      right" in told
    assert "typed     0 of 2      wrong\n    Ended: The kernel ended" in told
    assert "fork      0 of 4      wrong\n    Ended: The kernel ended" in told


# --- what is put right first -----------------------------------------------------------------------


def ran(notebook: NotebookNode, folder: Path, seconds: int) -> None:
    """Stands for a kernel in which every exercise comes out right."""
    for cell in notebook.cells:
        marks = cell.metadata.get("nbgrader", {})
        if marks.get("grade"):
            data = {"text/plain": repr(marks["points"])}
            cell.outputs = [new_output("execute_result", data, execution_count=1)]


def test_what_grading_would_put_right_is_said(course, tmp_path, capsys):
    path = written(course, tmp_path)
    notebook = json.loads(path.read_text())
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] != "fork-grade"]
    path.write_text(json.dumps(notebook))
    assert validated(path, course.root, 5, ran) == 0
    told = capsys.readouterr().out
    assert told.startswith("Note: The cell `fork-grade` was missing")
    assert "fork      4 of 4" in told


def test_no_hidden_test_is_shown_to_a_learner(course, tmp_path):
    seen = []

    def spy(notebook, folder, seconds):
        seen.append(json.dumps(notebook))
        ran(notebook, folder, seconds)

    validated(written(course, tmp_path), course.root, 5, spy)
    assert "grade(fork, 4, at=inputs)" in seen[0]
    assert "HIDDEN" not in seen[0]
    assert "0.25" not in seen[0]


@pytest.mark.parametrize("name", [f"{NOTEBOOK} (1)", f"{NOTEBOOK}.new"])
def test_a_copy_under_another_name_is_known(course, tmp_path, capsys, name):
    assert validated(written(course, tmp_path, name), course.root, 5, ran) == 0
    assert "fork      4 of 4" in capsys.readouterr().out


def test_without_the_course_the_notebook_is_judged_as_it_is(course, tmp_path, capsys):
    path = written(course, tmp_path, "of_another_course")
    assert validated(path, None, 5, ran) == 0
    assert "fork      4 of 4" in capsys.readouterr().out


# --- wrong use -------------------------------------------------------------------------------------


def test_wrong_use_is_one_sentence_and_exits_with_2(course, tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "broken.ipynb").write_text('{"cells": [')
    (tmp_path / "web.ipynb").write_text("<html>")
    (tmp_path / "empty.ipynb").write_text('{"cells": [], "nbformat": 4, "nbformat_minor": 5}')
    told = {
        "nowhere.ipynb": "is not there; name a notebook",
        "": "is a folder; name a notebook",
        "notes.txt": "is not a notebook; the name of a notebook ends in .ipynb",
        "broken.ipynb": "because it breaks off in the middle",
        "web.ipynb": "because it is a web page",
        "empty.ipynb": "There are no exercises in",
    }
    for name, sentence in told.items():
        assert command(course, tmp_path / name) == 2
        said = capsys.readouterr().err
        assert sentence in said
        assert said.startswith("backprop: ")
        assert said.count("\n") == 1


def test_a_course_that_is_none_is_said_to_be_none(course, tmp_path, capsys):
    assert main(["validate", str(written(course, tmp_path)), "--course", str(tmp_path)]) == 1
    assert "No course found in" in capsys.readouterr().err


def test_no_notebook_named_is_wrong_use(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["validate"])
    assert stop.value.code == 2
    assert WrongUse.code == 2


# --- reading what was run --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("report", "line"),
    [
        (REPORT, "line 8: dx = 1.0"),
        ("  wrong    > 12  dx = 3 * dnum   -3.0  <- should be 6.0", "line 12: dx = 3 * dnum"),
        ("  wrong   > dx  3.0", ""),
        ("f: every gradient is right\n  right   3  dx = 1.0", ""),
    ],
)
def test_the_first_wrong_line_is_read_off_the_report(report, line):
    assert first_wrong(report) == line


def check(*outputs: NotebookNode) -> NotebookNode:
    return new_code_cell("check(f)", outputs=list(outputs))


def shown(text: str) -> NotebookNode:
    return new_output("execute_result", {"text/plain": text}, execution_count=1)


def test_a_check_is_right_wrong_or_silent():
    failed = new_output("error", ename="NameError", evalue="f", traceback=[])
    assert verdict_of([check(shown(REPORT))]) == "wrong"
    assert verdict_of([check(shown("f: every gradient is right\n  right"))]) == "right"
    assert verdict_of([check(shown("typed: all 2 right"))]) == "right"
    assert verdict_of([check(shown("slope: right")), check(shown(REPORT))]) == "wrong"
    assert verdict_of([check(failed)]) == "wrong"
    assert verdict_of([check(shown("42"))]) == "-"
    assert verdict_of([]) == "-"


def test_an_answer_that_a_person_reads_is_neither_right_nor_wrong():
    lines = list(table([Exercise("words", 3.0, None, "-"), Exercise("sum", 2.0, 2.0, "right")]))
    assert lines[1] == "words     3, by hand  -"
    assert lines[-1].endswith("A person gives up to 3 more.")
    assert Exercise("words", 3.0, None, "-").ok
    assert not Exercise("sum", 2.0, 2.0, "wrong").ok
    assert not Exercise("sum", 2.0, 1.9, "right").ok


def test_what_is_no_score_earns_nothing(course):
    notebook = released(course.notebook(NOTEBOOK))
    (cell,) = [cell for cell in notebook.cells if cell.id == "fork-grade"]
    cell.outputs = [shown("np.float64(4.0)")]
    fork = next(each for each in exercises_of(notebook) if each.name == "fork")
    assert fork.earned == 0.0
    assert fork.sentence.startswith("NoScore: ")
