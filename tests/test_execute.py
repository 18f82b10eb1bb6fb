"""nbgrader's step that runs and judges: every kind of grade cell, its record, and its verdict again."""

import json
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from autograder.__main__ import main
from autograder.classroom import Classroom
from autograder.course import ASSIGNMENT, Course, find_course
from autograder.forkserver import ForkServer
from autograder.notebooks import notebook
from autograder.running import run_and_judge
from autograder.sections import read_section
from autograder.session import Session
from autograder.verdict import NoReference, Reference, Verdict
from autograder.withheld import machines_in
from tests.sandboxes import needs_sandbox
from tests.test_class import WRONG, blank, hand_in, make_course, right, wrong
from tests.test_sections import GOOD

COURSE = find_course()


def cell(source: str, name: str = "", **more: Any) -> NotebookNode:
    made = new_code_cell(source)
    if name:
        made.metadata["nbgrader"] = {"grade_id": name, "solution": False, "grade": False, **more}
    return made


def graded(cells: list[NotebookNode], source: list[NotebookNode]) -> list[Verdict]:
    """Run and judge cells, where `source` is what the instructor has."""
    needs_sandbox()
    with ForkServer() as server:
        return run_and_judge(cells, lambda: Reference(tuple(source)), server, 10.0, 3)


ASSERT = cell("assert answer == 42", "answer-grade", grade=True, locked=True, points=2)


@pytest.mark.parametrize(
    ("answer", "points"),
    [("answer = 42", 2.0), ("answer = 41", 0.0), ("", 0.0), ("import os; os._exit(0)", 0.0)],
)
def test_a_cell_of_asserts_is_run_by_the_learner_and_said_to_be(answer, points):
    (verdict,) = graded([cell(answer), ASSERT], [ASSERT])
    assert (verdict.points, verdict.trusted) == (points, True)
    assert "is trusted, not checked" in verdict.outputs(2)[0]["text"]


@pytest.mark.parametrize(
    ("ends_on", "points"),
    [("1.5", 1.5), ("3.0", 0.0), ("float('nan')", 0.0), ("'2'", 0.0), ("None", 2.0)],
)
def test_a_cell_that_ends_on_a_number_of_points_earns_them(ends_on, points):
    each = cell(ends_on, "answer-grade", grade=True, locked=True, points=2)
    assert graded([each], [each])[0].points == points


def test_a_grade_cell_without_a_source_goes_to_a_person():
    (verdict,) = graded([ASSERT], [])
    assert verdict.needs_person
    assert "no grade cell 'answer-grade'" in verdict.why
    assert verdict.outputs(1)[-1]["ename"] == "NeedsPerson"


def test_a_source_that_cannot_be_read_goes_to_a_person():
    def broken() -> Reference:
        raise NoReference("the source is gone")

    needs_sandbox()
    with ForkServer() as server:
        (verdict,) = run_and_judge([ASSERT], broken, server, 10.0, 3)
    assert verdict.needs_person


def test_a_fault_of_the_reference_goes_to_a_person_and_costs_nothing(tmp_path):
    path = tmp_path / "01_section.py"
    path.write_text(GOOD.replace("inputs += [", "inputs += 1 / 0 + ["), encoding="utf-8")
    source = list(notebook(read_section(path)).cells)
    (verdict,) = graded(source, source)
    assert verdict.needs_person
    assert "ZeroDivisionError" in verdict.why


def test_what_would_answer_by_itself_is_named_for_the_instructor(tmp_path):
    path = tmp_path / "01_section.py"
    path.write_text(GOOD, encoding="utf-8")
    source = list(notebook(read_section(path)).cells)
    cells = [NotebookNode(each) for each in source]
    answer = next(each for each in cells if each.id == "double-solution")
    answer = NotebookNode(answer)
    answer.source = (
        "from backprop_kit import numerical_gradient\ndef double(x):\n    f = 2 * x\n"
        "    dx = numerical_gradient(lambda x: 2 * x, x)\n    return f, dx\n"
    )
    cells[[each.id for each in cells].index("double-solution")] = answer
    (verdict,) = graded(cells, source)
    assert verdict.points == 0.0
    assert verdict.uses == ("numerical_gradient",)
    assert "the answer uses `numerical_gradient`" in verdict.outputs(1)[-2]["text"]


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        ("def f(x):\n    return 2 * x\ndraw(f, x=1.0)\ncheck(f, x=1.0)", []),
        ("def f(x):\n    return trace('y = x', x=x)['x'].d", ["trace"]),
        ("text = write_backward(f, x=1.0)", ["write_backward"]),
        ("def f(x):\n    return check(g, x=x).rows[0].expected", ["check", "expected"]),
        ("def f(x):\n    return sigmoid.vjp(x)[1](1.0)", ["vjp"]),
        ("def (", []),
    ],
)
def test_machines_are_found_by_reading(answer, names):
    assert sorted(machines_in(answer)) == names


# ----- the course ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> tuple[Classroom, Course]:
    """A class of two: one right and wrong, one who tries to get into the page."""
    needs_sandbox()
    course = make_course(tmp_path_factory.mktemp("course"), right, wrong, blank)
    classroom = Classroom(course)
    classroom.release()
    hand_in(course, "ada", right, wrong, blank)
    path = hand_in(course, "eve", right, wrong, blank)
    submitted = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    for each in submitted.cells:
        if each.id == "blank-solution":
            each.source = PAGE
    path.write_text(nbformat.writes(submitted), encoding="utf-8")
    for student in ("ada", "eve"):
        classroom.autograde(student)
        classroom.give_feedback(student)
    return classroom, course


PAGE = """
class Page:
    def _repr_html_(self):
        return "<script>alert('in')</script>"
    __repr__ = _repr_html_
def blank(x):
    print("<script>alert('printed')</script> \\x1b[31m")
    f = 2 * x
    dx = "<script>alert('row')</script>"
    return f, dx
display(Page())
Page()
"""


def record_of(course: Course, student: str) -> dict[str, Any]:
    path = course.root / "autograded" / student / ASSIGNMENT / "01_section.verdicts.json"
    return dict(json.loads(path.read_text(encoding="utf-8")))


def test_a_record_says_how_each_verdict_came_about(classroom):
    _, course = classroom
    record = record_of(course, "ada")
    assert {"limits", "landlock", "seccomp"} <= set(record["layers"])
    assert record["versions"]["python"]
    assert isinstance(record["seed"], int)
    assert record["seed"] != record_of(course, "eve")["seed"]
    points = {each["grade_id"]: each["points"] for each in record["verdicts"]}
    assert points == {"right-grade": 1.5, "wrong-grade": 0.0, "blank-grade": 0.0}
    found = next(each for each in record["verdicts"] if each["grade_id"] == "wrong-grade")
    assert ["dx", "wrong"] == found["rows"][0][:2]
    assert found["inputs"] == [[["x", {"plain": 1.0}]], [["x", {"plain": -2.5}]]]
    assert found["seconds"] > 0


def test_the_record_does_not_go_out_with_the_feedback(classroom):
    _, course = classroom
    given = [path.name for path in (course.root / "feedback" / "ada").rglob("*") if path.is_file()]
    assert given == ["01_section.html"]


def test_nothing_of_a_learner_gets_into_the_page(classroom):
    _, course = classroom
    page = course.root / "feedback" / "eve" / ASSIGNMENT / "01_section.html"
    text = page.read_text(encoding="utf-8")
    assert "alert(" in text
    assert "<script>alert" not in text


def test_an_answer_is_judged_again_as_it_was(classroom, capsys):
    _, course = classroom
    words = ["--course", str(course.root)]
    assert main(["replay", "ada", "wrong", *words]) == 0
    said = capsys.readouterr().out
    assert "wrong: dx is not right; score 0.00" in said
    assert "The same verdict again: 0 of 1.5 points." in said
    assert main(["replay", "ada", "right-grade", *words]) == 0


def test_another_verdict_than_the_recorded_one_is_shown(classroom, capsys):
    _, course = classroom
    path = course.root / "autograded" / "ada" / ASSIGNMENT / "01_section.ipynb"
    kept = path.with_name("kept")
    shutil.copy(path, kept)
    try:
        path.chmod(0o644)
        text = path.read_text(encoding="utf-8")
        assert "dx = 2.0" in text
        path.write_text(text.replace("dx = 2.0", "dx = 2.5"), encoding="utf-8")
        assert main(["replay", "ada", "right", "--course", str(course.root)]) == 1
    finally:
        shutil.move(kept, path)
    said = capsys.readouterr().out
    assert "Note: the graded notebook has been edited since." in said
    assert "-1.5" in said
    assert "+0.0" in said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["bob", "right"], "'bob' has not been graded"),
        (["../ada", "right"], "has not been graded"),
        (
            ["ada", "other"],
            "has no verdict on 'other'; there are verdicts on: right, wrong, blank.",
        ),
    ],
)
def test_what_was_never_judged_is_said(classroom, capsys, words, sentence):
    _, course = classroom
    assert main(["replay", *words, "--course", str(course.root)]) == 1
    assert sentence in capsys.readouterr().err


def test_a_machine_without_a_sandbox_grades_nothing(tmp_path):
    needs_sandbox()
    course = make_course(tmp_path, right)
    settings = course.config.read_text(encoding="utf-8")
    more = "c.SandboxedExecute.required = ['limits', 'a moat']\n"
    course.config.write_text(settings + more, encoding="utf-8")
    classroom = Classroom(course)
    classroom.release()
    hand_in(course, "ada", right)
    with pytest.raises(Exception, match=r"the sandbox lacks a moat"):
        classroom.autograde("ada")
    assert not list(Path(tmp_path, "autograded").rglob("*.verdicts.json"))


def test_an_answer_that_is_wrong_stays_wrong_for_every_seed(tmp_path):
    path = tmp_path / "01_section.py"
    path.write_text(GOOD, encoding="utf-8")
    source = list(notebook(read_section(path)).cells)
    cells = [NotebookNode(each) for each in source]
    wrong_cell = NotebookNode(next(each for each in cells if each.id == "double-solution"))
    wrong_cell.source = "def double(x):\n    f = 2 * x\n" + WRONG
    cells[[each.id for each in cells].index("double-solution")] = wrong_cell
    needs_sandbox()
    with ForkServer() as server:
        for seed in (0, 1, 2**61):
            (verdict,) = run_and_judge(cells, lambda: Reference(tuple(source)), server, 10.0, seed)
            assert (verdict.points, verdict.first_wrong) == (0.0, "dx")


def test_a_server_that_is_killed_twice_costs_no_notebook_its_verdict(tmp_path, monkeypatch):
    path = tmp_path / "01_section.py"
    path.write_text(GOOD, encoding="utf-8")
    source = list(notebook(read_section(path)).cells)
    killed: list[int] = []
    judged = Session.judged

    def judged_once_two_are_dead(session: Session, job: dict[str, Any]) -> dict[str, Any]:
        if len(killed) < 2 and session.server.process is not None:
            killed.append(session.server.process.pid)
            session.judge = session.server.fork("judge")
            session.server.process.kill()
            session.server.process.wait()
        return judged(session, job)

    needs_sandbox()
    monkeypatch.setattr(Session, "judged", judged_once_two_are_dead)
    with ForkServer() as server:
        (verdict,) = run_and_judge(
            [NotebookNode(each) for each in source],
            lambda: Reference(tuple(source)),
            server,
            10.0,
            3,
        )
    assert len(set(killed)) == 2
    assert not verdict.needs_person, verdict.why
    assert verdict.points == verdict.most > 0


def test_an_empty_notebook_is_no_trouble():
    assert graded(list(new_notebook().cells), []) == []
