"""An exercise tried out without a notebook: what an answer would earn, and what would be said.

Only for answers one trusts, such as the reference and its known mistakes: it runs them right here.
"""

from __future__ import annotations

import ast
import contextlib
import io
import linecache
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import backprop_kit
from autograder.exercise import BEGIN_SOLUTION, END_SOLUTION, Exercise, without
from autograder.sections import Section
from backprop_kit.answers import AnswerReport
from backprop_kit.report import GradientReport

Report = GradientReport | AnswerReport


@dataclass(frozen=True)
class Rehearsal:
    """What came of one answer."""

    earned: float
    """The points that the grade cell gives."""
    report: Report
    """The report at the point that went worst, which is the one the grade cell prints."""
    feedback: tuple[Any, ...]
    """What the check cells show."""
    raised: Exception | None
    """What the solution cell ended on, where it did not run to its end; a notebook goes on."""
    printed: str


def rehearse(section: Section, exercise: Exercise, solution: str) -> Rehearsal:
    """Run the setup cell, then `solution` in the place of the solution cell, the checks, the grade.

    Raises:
        Exception: whatever a check or grade cell raises, since none of them may.

    """
    seen: list[Report] = []
    setup = "\n".join(cell.source for cell in section.cells if cell.role == "setup")
    namespace: dict[str, Any] = {"__name__": "__main__"}  # as in a kernel
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        _run(setup, f"{section.name} setup", namespace)
        raised = _attempt(solution, f"{exercise.id} solution", namespace)
        feedback = tuple(
            _run(cell.source, f"{exercise.id} check", namespace) for cell in exercise.checks
        )
        namespace |= _watched(seen)
        earned = _run(exercise.grade.source, f"{exercise.id} grade", namespace)
    worst = min(seen, key=lambda report: (report.ok, report.score))
    return Rehearsal(earned, worst, feedback, raised, printed.getvalue())


def rehearse_notebook(section: Section, answers: Mapping[str, str]) -> dict[str, float]:
    """Answer all exercises of a section in one namespace, as in one notebook, and give the points.

    `answers` holds a solution cell by the id of its exercise; the others are left blank. What is
    graded by hand has no points here. The checks are left out, since nobody reads them.
    """
    setup = "\n".join(cell.source for cell in section.cells if cell.role == "setup")
    namespace: dict[str, Any] = {"__name__": "__main__"}
    earned: dict[str, float] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        _run(setup, f"{section.name} setup", namespace)
        for exercise in section.exercises:
            if exercise.by_hand:
                continue
            answer = answers.get(exercise.id, blank(exercise))
            _attempt(answer, f"{exercise.id} solution", namespace)
            earned[exercise.id] = _run(exercise.grade.source, f"{exercise.id} grade", namespace)
    return earned


def blank(exercise: Exercise) -> str:
    """Give the solution cell as a learner finds it."""
    return without(exercise.solution.source, BEGIN_SOLUTION, END_SOLUTION, stub="pass")


def _watched(seen: list[Report]) -> dict[str, Callable[..., float]]:
    """Give the functions that grade, each of them noting the reports that it prints."""

    def backward(function: Any, points: float, *, at: Any, **more: Any) -> float:
        places = [at] if isinstance(at, dict) else at
        wrt = more.get("wrt") or list(places[0])
        checked = (
            backprop_kit.check(function, inputs=place, **{**more, "wrt": wrt}) for place in places
        )
        seen.extend(checked)
        return backprop_kit.grade(function, points, at=at, **more)

    def values(function: Any, points: float, **more: Any) -> float:
        seen.append(backprop_kit.check_values(function, **more))
        return backprop_kit.grade_values(function, points, **more)

    def gate(name: str, points: float, **more: Any) -> float:
        seen.append(backprop_kit.check_gate(name, **more))
        return backprop_kit.grade_gate(name, points, **more)

    def numbers(answers: Any, points: float, *, code: Any, at: Any, **more: Any) -> float:
        seen.append(backprop_kit.check_numbers(answers, code, inputs=at, **more))
        return backprop_kit.grade_numbers(answers, points, code=code, at=at, **more)

    return {
        "grade": backward,
        "grade_values": values,
        "grade_gate": gate,
        "grade_numbers": numbers,
    }


def _attempt(source: str, name: str, namespace: dict[str, Any]) -> Exception | None:
    """Run a cell that may fail, as a notebook does: the cells after it are run all the same."""
    try:
        _run(source, name, namespace)
    except Exception as error:
        return error
    return None


def _run(source: str, name: str, namespace: dict[str, Any]) -> Any:
    """Run a cell as a notebook does: its functions have source, its last expression a value."""
    filename = f"<{name}>"
    lines = source.splitlines(keepends=True)
    linecache.cache[filename] = (len(source), None, lines, filename)
    tree = ast.parse(source, filename)
    match tree.body:
        case [*body, ast.Expr(value=value)]:
            exec(compile(ast.Module(body, []), filename, "exec"), namespace)
            return eval(compile(ast.Expression(value), filename, "eval"), namespace)
    exec(compile(tree, filename, "exec"), namespace)
    return None
