"""Exercises where the learner chooses the stages: held against an open formula of what to compute.

The learner's own names serve for sentences. What earns points are the gradients of the inputs, and
only where the function computes what was asked for.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from backprop_kit.formula import Asked, asked_for
from backprop_kit.judging import INHERITS, MISSING, RIGHT
from backprop_kit.nudge import is_real
from backprop_kit.plain import numbers
from backprop_kit.points import fresh_points
from backprop_kit.recorder import record, undisturbed
from backprop_kit.report import GradientReport
from backprop_kit.rows import ReportRow, show, show_point
from backprop_kit.scoring import BEST_WHEN_NOT_OK
from backprop_kit.staged import StagedFunction, staged

POINTS = 4
CLOSE = 1e-6
OUT_OF_DOMAIN = ("OverflowError", "ZeroDivisionError", "ValueError")
HANDED_ON = (
    "Here the stages are your own, so what counts is whether the gradients on the inputs are right; "
    "lines marked `inherits` become right when the line before them does."
)


def held_against(
    like: Any,
    code: Any,
    output: str,
    inputs: Mapping[str, Any],
    wrt: Sequence[str],
    seed: int,
    judge: Callable[[], GradientReport],
) -> GradientReport:
    """The report of `judge` on code in stages of its own: `wrt` rows count, and `inherits` does not.

    Nothing counts where the code computes another `output` than `like`, which is a function or
    cell text; the report says where they differ.
    """
    function, report = staged(code, inputs), judge()
    if report.failure is not None and report.failure.forward:
        return report
    asked = asked_for(like, output)
    excused: list[Mapping[str, Any]] = []
    others = [*elsewhere(asked, inputs, wrt, seed)]
    for place, wanted in [(inputs, asked(inputs)), *others]:
        yours, outside = outcome(function, output, place)
        # The same function may be written so that it overflows sooner: no reason to call it another.
        if outside and place is not inputs and len(excused) < len(others) - 1:
            excused.append(place)
        elif not agree(yours, wanted):
            return departed(report, place, yours, wanted)
    follows = any(row.verdict == INHERITS for row in report.rows) and not report.ok
    notes = (*report.notes, HANDED_ON) if follows else report.notes
    return replace(report, score=score_of(report, wrt), notes=notes)


def score_of(report: GradientReport, wrt: Sequence[str]) -> float:
    """The share of the required rows that are right."""
    if report.ok:
        return 1.0
    right = [{r.verdict for r in report.rows if r.of == q} == {RIGHT} for q in wrt]
    return min(BEST_WHEN_NOT_OK, sum(right) / len(right))


def unwritten(
    function: StagedFunction, output: str, wrt: Sequence[str], seed: int
) -> GradientReport:
    """The report on code that does not compute its output yet."""
    name = function.name
    said = (
        f"`{name}` does not compute `{output}` yet: name each value on the way, and call the last "
        f"one `{output}`."
    )
    return GradientReport(
        name, output, tuple(missing(q) for q in wrt), False, 0.0, seed, departure=("missing", said)
    )


def missing(q: str) -> ReportRow:
    return ReportRow(
        name=f"d{q}",
        verdict=MISSING,
        yours=None,
        expected=None,
        line=None,
        text="",
        label=MISSING,
        reason="",
        of=q,
        required=True,
        judged=True,
    )  # fmt: skip


def departed(
    report: GradientReport, place: Mapping[str, Any], yours: Any, wanted: Any
) -> GradientReport:
    """The report on code that computes something else than was asked for."""
    output = report.output
    said = (
        f"At {show_point(place)}, `{output}` is {show(yours)}, and {show(wanted)} was asked for: put "
        "the forward pass right first, since the gradients belong to it."
    )
    return replace(report, ok=False, score=0.0, departure=("changed_forward", said))


def elsewhere(
    asked: Asked, inputs: Mapping[str, Any], wrt: Sequence[str], seed: int
) -> Iterator[tuple[Mapping[str, Any], Any]]:
    """Fresh points at which the formula has a finite value, each with that value."""
    count = 0
    for place in fresh_points(inputs, {q for q in wrt if is_real(inputs[q])}, seed):
        wanted = finite_or_none(asked, place)
        if wanted is not None:
            count += 1
            yield place, wanted
        if count == POINTS:
            return


def finite_or_none(asked: Asked, place: Mapping[str, Any]) -> Any:
    """The value of the formula, None where it has no finite one."""
    with contextlib.suppress(ArithmeticError, ValueError), undisturbed():
        wanted = asked(place)
        value = numbers(wanted)
        return wanted if value is not None and np.all(np.isfinite(value)) else None
    return None


def outcome(function: StagedFunction, output: str, place: Mapping[str, Any]) -> tuple[Any, bool]:
    """What the code leaves in its output, and whether the point is outside of what it can compute."""
    recording = record(function, place, output=output, quiet=True)
    failure = recording.failure
    outside = failure is not None and failure.forward and failure.kind in OUT_OF_DOMAIN
    return recording.values().get(output), outside


def agree(yours: Any, wanted: Any) -> bool:
    """Whether two values are the same but for rounding."""
    a, b = numbers(yours), numbers(wanted)
    if a is None or b is None or a.shape != b.shape:
        return False
    return bool(np.all(np.abs(a - b) <= CLOSE * np.maximum(np.abs(b), 1e-300)))
