"""An exercise tried out without a notebook: what an answer would earn, and what would be said.

Only for answers one trusts, such as the reference and its known mistakes: it runs them right here.
"""

from __future__ import annotations

import ast
import contextlib
import io
import linecache
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from autograder.exercise import BEGIN_SOLUTION, END_SOLUTION, Exercise, without
from autograder.sections import Section
from backprop_kit.answers import PRINTED, AnswerReport
from backprop_kit.report import GradientReport

Report = GradientReport | AnswerReport


@dataclass(frozen=True)
class Rehearsal:
    """What came of one answer."""

    earned: float
    """The points that the grade cell gives."""
    report: Report
    """The report that the grade cell prints, which is that of the point that went worst."""
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
        with _watched(seen):
            earned = _run(exercise.grade.source, f"{exercise.id} grade", namespace)
    if len(seen) != 1:
        raise ValueError(f"the grade cell of `{exercise.id}` printed {len(seen)} reports, not one")
    return Rehearsal(earned, seen[0], feedback, raised, printed.getvalue())


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


@contextlib.contextmanager
def _watched(seen: list[Report]) -> Iterator[None]:
    """Note every report that a grade prints."""
    token = PRINTED.set(seen.append)
    try:
        yield
    finally:
        PRINTED.reset(token)


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
