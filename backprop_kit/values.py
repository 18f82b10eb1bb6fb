"""`check_values` and `grade_values`: does a learner's function return what it should?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from backprop_kit.answers import MISSING, RIGHT, WRONG, Answer, AnswerReport, earned
from backprop_kit.formula import (
    Stopped,
    asked_for,
    called,
    is_pair,
    not_numbers,
    places_of,
    refuse_no_function,
    run,
)
from backprop_kit.plain import numbers

__all__ = ["check_values", "grade_values"]

Places = Mapping[str, Any] | tuple[Mapping[str, Any], Any] | Sequence[Any]

PAPER = (
    "Take one point, put its inputs into each line of your function, and write down what it gives."
)


def check_values(
    function: Any, /, *, at: Places, like: Any = None, within: float = 1e-6
) -> AnswerReport:
    """Compare what a function returns with what it should, point by point.

    `at` holds the points: dicts of inputs where `like`, a function or cell text that computes `f`,
    says what is asked for; else pairs of inputs and value, `({"x": 3.0}, 9.0)`. Numbers and arrays
    are right within `within` of the largest one that is expected, in exactly its shape.

    Raises `StagedError` for what is no function, ValueError for points without a value.
    """
    if isinstance(within, bool) or not isinstance(within, int | float) or not within >= 0:
        raise ValueError(f"`within` is {within!r}, and it must be a number from 0 up")
    cases = [case_of(place, like) for place in places_of(at)]
    refuse_no_function(function)
    name = getattr(function, "__name__", type(function).__name__)
    trials = [tried(function, name, inputs, value, within) for inputs, value in cases]
    rows = tuple(judged(trial, trials) for trial in trials)
    return AnswerReport(name, rows, sum(row.verdict == RIGHT for row in rows) / len(rows))


def grade_values(
    function: Any, /, points: float, *, at: Places, like: Any = None, within: float = 1e-6
) -> float:
    """Print the report of `check_values` and return the points earned, to 0.01.

    Each point counts alike. A learner's fault costs points and is said in a sentence.
    """
    return earned(points, lambda: check_values(function, at=at, like=like, within=within))


def case_of(place: Any, like: Any) -> tuple[Mapping[str, Any], Any]:
    """The inputs of a point, and the value that is right there."""
    if is_pair(place):
        return place
    if like is None:
        raise ValueError(
            f"the point {place!r} says no value; write (inputs, value), or give the formula as like="
        )
    return place, asked_for(like)(place)


@dataclass(frozen=True)
class Tried:
    """What came of the function at one point."""

    call: str
    yours: Any
    expected: np.ndarray
    inputs: Mapping[str, Any]
    within: float
    slack: float
    stopped: str = ""

    @property
    def number(self) -> np.ndarray | None:
        """What was returned, if that is finite numbers of the right shape."""
        array = None if self.stopped or not_numbers(self.yours) else numbers(self.yours)
        return array if array is not None and array.shape == self.expected.shape else None

    def near(self, other: np.ndarray) -> bool:
        """Whether the value is as good as this one."""
        size = float(np.max(np.abs(other), initial=0.0))
        found = self.number
        return found is not None and bool(
            np.all(np.abs(found - other) <= self.within * size + self.slack)
        )

    @property
    def right(self) -> bool:
        return self.near(self.expected)


def tried(function: Any, name: str, inputs: Mapping[str, Any], value: Any, within: float) -> Tried:
    """Call the function at one point."""
    expected = numbers(value)
    if expected is None:
        raise ValueError(f"the value at {inputs!r} is {value!r}, and only numbers can be compared")
    sizes = [
        np.max(np.abs(a), initial=0.0) for v in inputs.values() if (a := numbers(v)) is not None
    ]
    slack = 1e-14 * max(1.0, *map(float, sizes), 1.0)
    call = called(name, inputs)
    try:
        return Tried(call, run(function, named=inputs), expected, inputs, within, slack)
    except Stopped as stop:
        return Tried(call, None, expected, inputs, within, slack, str(stop))


def judged(trial: Tried, trials: Sequence[Tried]) -> Answer:
    """The row of one point; what all points have in common helps to say why it is wrong."""
    if trial.right:
        return Answer(trial.call, RIGHT, trial.yours)
    label, reason = why(trial, trials)
    verdict = MISSING if label == "missing" else WRONG
    expected = trial.expected if trial.expected.ndim else float(trial.expected)
    return Answer(trial.call, verdict, trial.yours, label, reason, expected, PAPER)


def why(trial: Tried, trials: Sequence[Tried]) -> tuple[str, str]:
    """The label of a wrong value, and a sentence that only says what the numbers show."""
    if trial.stopped:
        return "raises", f"`{trial.call}` stops with {trial.stopped}."
    if found := not_numbers(trial.yours):
        label, words = found
        more = "; end the function with `return`" if label == "missing" else ""
        return label, f"`{trial.call}` {words}{more}."
    if trial.number is None:
        shape, wanted = np.shape(trial.yours), trial.expected.shape
        return "wrong_shape", f"`{trial.call}` has shape {shape}, and shape {wanted} was asked for."
    return common(trial, trials)


def common(trial: Tried, trials: Sequence[Tried]) -> tuple[str, str]:
    """What a wrong number has in common with those at the other points."""
    several = len(trials) > 1
    everywhere = "at every point" if several else "here"
    if all(t.near(-t.expected) for t in trials):
        return "wrong_sign", f"Your values have the right size and the wrong sign {everywhere}."
    if (factor := constant_factor(trials)) is not None:
        return (
            "constant_factor",
            f"Your values are {factor:.4g} times what they should be, at every point.",
        )
    if several and (lost := missing_factor(trials)) is not None:
        return "missing_factor", f"Your values are right once they are {lost}, at every point."
    if several and is_constant(trials):
        return "constant_answer", (
            "Your function gives the same value at every point: compute it from the inputs."
        )
    right = next((t for t in trials if t.right), None)
    if right is not None:
        return "unknown", f"`{right.call}` is right and `{trial.call}` is not: what differs there?"
    return "unknown", f"`{trial.call}` is not what it should be."


def constant_factor(trials: Sequence[Tried]) -> float | None:
    """The number by which all values are off, where there is one; two points at least must show it."""
    shown = [t for t in trials if np.any(t.expected != 0)]
    numbers_given = [t.number for t in trials]
    if len(shown) < 2 or any(number is None for number in numbers_given):
        return None
    yours = np.concatenate([np.ravel(number) for number in numbers_given if number is not None])
    expected = np.concatenate([np.ravel(t.expected) for t in trials])
    factor = float(yours @ expected / (expected @ expected))
    fits = factor and all(t.near(factor * t.expected) for t in trials)
    return factor if fits else None


def missing_factor(trials: Sequence[Tried]) -> str | None:
    """The one input by which all values are still to be multiplied or divided, in words."""
    found = []
    for name in trials[0].inputs:
        factors = [numbers(t.inputs.get(name)) for t in trials]
        if any(f is None or f.ndim or not f for f in factors):
            continue
        scales = [float(f) for f in factors if f is not None]
        pairs = list(zip(trials, scales, strict=True))
        if all(t.near(t.expected / scale) for t, scale in pairs):
            found.append(f"multiplied by `{name}`")
        if all(t.near(t.expected * scale) for t, scale in pairs):
            found.append(f"divided by `{name}`")
    return found[0] if len(found) == 1 else None


def is_constant(trials: Sequence[Tried]) -> bool:
    first = trials[0]
    if any(t.number is None or t.expected.shape != first.expected.shape for t in trials):
        return False
    alike = all(np.array_equal(t.number, first.number) for t in trials)  # type: ignore[arg-type]
    return alike and not all(np.array_equal(t.expected, first.expected) for t in trials)
