"""An exercise tried out without a notebook: what an answer would earn, and what would be said.

Only for answers one trusts, such as the reference and its known mistakes: it runs them right here.
"""

from __future__ import annotations

import ast
import contextlib
import io
import linecache
from dataclasses import dataclass
from typing import Any

from autograder.exercise import BEGIN_SOLUTION, END_SOLUTION, Exercise, without
from autograder.sections import Section
from backprop_kit import GradientReport, check, grade


@dataclass(frozen=True)
class Rehearsal:
    """What came of one answer."""

    earned: float
    """The points that the grade cell gives."""
    report: GradientReport
    """The report at the point that went worst, which is the one the grade cell prints."""
    printed: str


def rehearse(section: Section, exercise: Exercise, solution: str) -> Rehearsal:
    """Run the setup cell, then `solution` in the place of the solution cell, then the grade cell."""
    seen: list[GradientReport] = []

    def watched(function: Any, points: float, *, at: list[dict[str, Any]], **more: Any) -> float:
        wrt = more.get("wrt") or list(at[0])
        seen.extend(check(function, inputs=place, **{**more, "wrt": wrt}) for place in at)
        return grade(function, points, at=at, **more)

    setup = "\n".join(cell.source for cell in section.cells if cell.role == "setup")
    namespace: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        _run(setup, f"{section.name} setup", namespace)
        _run(solution, f"{exercise.id} solution", namespace)
        namespace["grade"] = watched
        earned = _run(exercise.grade.source, f"{exercise.id} grade", namespace)
    worst = min(seen, key=lambda report: (report.ok, report.score))
    return Rehearsal(earned, worst, printed.getvalue())


def blank(exercise: Exercise) -> str:
    """Give the solution cell as a learner finds it."""
    return without(exercise.solution.source, BEGIN_SOLUTION, END_SOLUTION, stub="pass")


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
