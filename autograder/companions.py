"""Fresh points for functions: each point of an exercise has one beside it, drawn for one learner.

What an exercise says about a point is right at that point alone; who knows all its points could
answer from a table. So a value counts only where it is right beside its point as well. What is
right there, the reference says, and where that has nothing to say nothing is asked.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from backprop_kit.answers import RIGHT, Answer, AnswerReport
from backprop_kit.formula import Stopped, run
from backprop_kit.plain import numbers, same
from backprop_kit.values import case_of, check_values

CLOSE = 1e-6
LEAST, MOST = 0.1, 0.3  # so far a number moves, of its own size: its sign and its scale stay
TRIES = 4


def with_companions(
    report: AnswerReport,
    places: Sequence[Any],
    far: Callable[..., Any],
    truth: Callable[..., Any],
    seed: int,
    like: Any = None,
    within: float = CLOSE,
) -> AnswerReport:
    """The report of `check_values`, with each row wrong that is right only at its own point.

    `truth` is the reference, or computes the formula in `like`. A row that is right beside its
    point too stays as it is, word for word; so does the number of rows.
    """
    rows = []
    for at, (row, place) in enumerate(zip(report.rows, places, strict=True)):
        right = row.verdict == RIGHT
        case = companion(*case_of(place, like), truth, [seed, at], within) if right else None
        rows.append(row if case is None else settled(row, case, far, within))
    score = sum(row.verdict == RIGHT for row in rows) / len(rows)
    return replace(report, rows=tuple(rows), score=score)


def settled(row: Answer, beside: Any, far: Callable[..., Any], within: float) -> Answer:
    """The row of a point, or of the one beside it where that is wrong."""
    (found,) = check_values(far, at=[beside], within=slack(within)).rows
    if found.verdict == RIGHT:
        return row
    said = f"{found.reason} At `{row.name}` it is right: is it computed from the inputs?"
    return replace(found, reason=said)


def slack(within: float) -> float:
    """A tolerance that was made for the points of an exercise is wider beside them."""
    return within if within <= CLOSE else 2 * within


def companion(
    inputs: Mapping[str, Any],
    value: Any,
    truth: Callable[..., Any],
    seed: Sequence[int],
    within: float,
) -> tuple[dict[str, Any], Any] | None:
    """Inputs beside those of a point, and the value that is right there; None where there is none.

    There is none where nothing can be moved, and where the truth has no finite value, is another
    one each time, or is not what the exercise goes by at the point itself.
    """
    if not agrees(value_at(truth, inputs), value, within):
        return None
    alone = not any(isinstance(each, np.ndarray | list | tuple) for each in inputs.values())
    for attempt in range(TRIES):
        rng = np.random.default_rng([*seed, attempt])
        fresh = {name: moved(each, rng, alone) for name, each in inputs.items()}
        found = value_at(truth, fresh)
        if found is not None and same(found, value_at(truth, fresh)):
            stayed = all(fresh[name] is inputs[name] for name in inputs)
            return None if stayed else (fresh, found)
    return None


def value_at(truth: Callable[..., Any], inputs: Mapping[str, Any]) -> Any:
    """What the truth is at these inputs, if that is finite numbers."""
    try:
        value = run(truth, named=inputs)
    except Stopped:
        return None
    found = numbers(value)
    return value if found is not None and np.isfinite(found).all() else None


def agrees(found: Any, value: Any, within: float) -> bool:
    """Whether a value is what the exercise takes for right."""
    yours, wanted = numbers(found), numbers(value)
    if yours is None or wanted is None or yours.shape != wanted.shape:
        return False
    size = float(np.max(np.abs(wanted), initial=0.0))
    return bool(np.all(np.abs(yours - wanted) <= within * size + 1e-12))


# ----- one input -----------------------------------------------------------------------------------


def moved(value: Any, rng: np.random.Generator, alone: bool) -> Any:
    """An input beside the given one, of the same type; the very same where it has to stay.

    A number keeps its sign, and a whole number stays one; it stays the same where there are arrays,
    since it may count something in them. Flags, texts and functions stay, and so
    do arrays that mean more than their numbers: of whole numbers, of zeros and ones, of shares.
    """
    if isinstance(value, bool | str) or callable(value):
        return value
    if isinstance(value, int):
        return whole(value, rng) if alone else value
    if isinstance(value, float | np.floating):
        return type(value)(value * factor(rng)) if value and math.isfinite(value) else value
    array = numbers(value)
    if array is None or not has_free_numbers(value, array):
        return value
    shifted = array * np.vectorize(lambda _: factor(rng), otypes=[float])(array)
    return shifted.tolist() if isinstance(value, list) else shifted.astype(np.asarray(value).dtype)


def whole(value: int, rng: np.random.Generator) -> int:
    """Another whole number of the same sign, from 1 to twice as far from zero."""
    size = abs(value)
    if size < 2:
        return value
    drawn = int(rng.integers(1, 2 * size, endpoint=True))
    return int(math.copysign(drawn, value))


def has_free_numbers(value: Any, array: np.ndarray) -> bool:
    """Whether the numbers of an array may be any others."""
    kind = value.dtype.kind if isinstance(value, np.ndarray) else "f"
    marks = bool(np.isin(array, (0.0, 1.0)).all())
    shares = array.ndim > 0 and bool(np.isclose(array.sum(axis=-1), 1.0).all())
    integers = isinstance(value, list | tuple) and bool((array == np.round(array)).all())
    plain = isinstance(value, np.ndarray | list)
    return plain and kind == "f" and not (marks or shares or integers or array.size == 0)


def factor(rng: np.random.Generator) -> float:
    away = 1.0 + float(rng.uniform(LEAST, MOST))
    return away if rng.integers(2) else 1.0 / away
