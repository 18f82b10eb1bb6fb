"""`check_gate` and `grade_gate`: a gate that a learner declared, held against the formula it is for.

Its value is compared with the formula's; its backward, handed several gradients from above, with
what nudging the formula shows. The gate is asked for by its name, since one that was refused
when it was declared has left no other trace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backprop_kit.answers import MISSING, RIGHT, WRONG, Answer, AnswerReport, earned
from backprop_kit.formula import Asked, Stopped, asked_for, called, not_numbers, places_of, run
from backprop_kit.plain import kind_of, numbers
from backprop_kit.slopes import slopes
from backprop_kit.source import StagedError

__all__ = ["check_gate", "grade_gate"]

ABOVE = (1.0, -2.5)  # the gradients from above that a backward is handed
CLOSE = 1e-6

# Set by the package: finds the last gate that was declared under a name, refused or not.
find: Callable[[str], Any] | None = None


def check_gate(name: str, /, *, at: Any, like: Any) -> AnswerReport:
    """Hold a gate of your own against the formula it is for: its value, and its backward.

    `name` is the gate's name in quotes. `at` is one dict of inputs, in the gate's own order, or
    several; `like` is a function, or cell text that computes `f`. One row for the value and one for
    each input's gradient, at the point where it goes worst.

    Raises `StagedError` where no gate of that name was declared.
    """
    places = places_of(at)
    asked = asked_for(like)
    gate = found(name)
    tried = [row for place in places for row in rows_at(gate, name, place, asked)]
    names = ["value", *(f"d{q}" for q in places[0])]
    rows = tuple(worst(row_name, tried) for row_name in names)
    return AnswerReport(name, rows, share(rows))


def grade_gate(name: str, /, points: float, *, at: Any, like: Any) -> float:
    """Print the report of `check_gate` and return the points earned, to 0.01.

    The value and each gradient count alike; the value alone earns nothing. A learner's fault costs
    points and is said in a sentence.
    """
    return earned(points, lambda: check_gate(name, at=at, like=like))


def share(rows: Sequence[Answer]) -> float:
    """The share of the rows that are right; a value without any gradient is no gate yet."""
    right = [row.verdict == RIGHT for row in rows]
    return sum(right) / len(right) if any(right[1:]) else 0.0


def found(name: str) -> Any:
    if not isinstance(name, str):
        raise StagedError(
            f"A gate is asked for by its name, as in check_gate('softplus', ...), and this is {kind_of(name)}."
        )
    gate = find(name) if find is not None else None
    if gate is None:
        raise StagedError(
            f"No gate is called `{name}`; declare it with `@gate(...)` above `def {name}(...)`, "
            "and run its cell."
        )
    return gate


# ----- one point ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Gradients:
    """What a backward gave for one gradient from above, and what it should have given."""

    df: float
    yours: tuple[Any, ...]
    local: tuple[tuple[float, float, float], ...]
    """For each input the slopes of the formula, low and high, and how far off they may be."""

    def right(self, at: int, value: float | None = None) -> bool:
        """Whether a number is the gradient on input `at`: yours, unless one is given."""
        yours = number(self.yours[at]) if value is None else value
        low, high, error = self.local[at]
        ends = sorted((low * self.df, high * self.df))
        allowed = CLOSE * max(abs(end) for end in ends) + abs(self.df) * error
        return yours is not None and ends[0] - allowed <= yours <= ends[1] + allowed


def rows_at(gate: Any, name: str, place: Mapping[str, Any], asked: Asked) -> Iterator[Answer]:
    """The rows of a gate at one point: its value, and the gradient on each input."""
    call = called(name, place)
    expected = numbers(asked(place))
    if expected is None:
        raise ValueError(f"the formula gives no number at {place!r}")
    gradients = [f"d{q}" for q in place]
    try:
        value, backward = halves(run(gate.rule, tuple(place.values()), copied=False))
    except Stopped as stop:
        yield from all_alike(["value", *gradients], WRONG, "raises", f"`{call}` stops with {stop}.")
        return
    yield value_row(call, value, float(expected))
    if backward is None:
        sentence = f"`{call}` gives no backward: end it with `return value, backward`."
        yield from all_alike(gradients, MISSING, "missing", sentence)
        return
    local = tuple(slopes_at(asked, place, q) for q in place)
    yield from gradient_rows(name, list(place), backward, local)


def halves(result: Any) -> tuple[Any, Callable[[Any], Any] | None]:
    """The value and the backward that a rule returned, None for what is not there."""
    if isinstance(result, tuple) and len(result) == 2 and callable(result[1]):
        return result[0], result[1]
    return (result[0] if isinstance(result, tuple) and result else result), None


def slopes_at(asked: Asked, place: Mapping[str, Any], q: str) -> tuple[float, float, float]:
    """How the formula moves with one input, measured by nudging it."""
    start = float(place[q])
    measured = slopes(lambda t: float(asked({**place, q: start + t})), abs(start) or 1.0)
    low, high = sorted((float(measured.left), float(measured.right)))
    return low, high, float(measured.error)


def value_row(call: str, value: Any, expected: float) -> Answer:
    if problem := not_numbers(value):
        label, words = problem
        verdict = MISSING if label == "missing" else WRONG
        remedy = "A gate returns two things: its value, and the function that takes it back. Begin with the value alone."
        return Answer("value", verdict, value, label, f"`{call}` {words}.", remedy=remedy)
    yours = number(value)
    if yours is not None and abs(yours - expected) <= CLOSE * abs(expected) + 1e-14:
        return Answer("value", RIGHT, yours)
    sentence = f"`{call}` is not the value that was asked for; look at what the gate returns first."
    return Answer("value", WRONG, value, "wrong_value", sentence, expected, remedy=sentence)


def number(value: Any) -> float | None:
    array = None if value is None or not_numbers(value) else numbers(value)
    return float(array) if array is not None and not array.ndim else None


# ----- its backward ------------------------------------------------------------------------------


def gradient_rows(
    name: str, inputs: Sequence[str], backward: Callable[[Any], Any], local: Sequence[Any]
) -> Iterator[Answer]:
    """A row for each input, judged at several gradients from above."""
    names = [f"d{q}" for q in inputs]
    tried = []
    for df in ABOVE:
        try:
            given = run(lambda df=df: backward(df))
        except Stopped as stop:
            sentence = f"The backward of `{name}`, handed {df:g}, stops with {stop}."
            yield from all_alike(names, WRONG, "raises", sentence)
            return
        yours = tuple(given) if isinstance(given, tuple | list) else (given,)
        if len(yours) != len(names) or all(each is None for each in yours):
            yield from all_alike(names, *count_problem(name, yours, len(names)))
            return
        tried.append(Gradients(df, yours, tuple(local)))
    for at, row_name in enumerate(names):
        yield gradient_row(name, row_name, at, tried)


def count_problem(name: str, yours: Sequence[Any], wanted: int) -> tuple[str, str, str]:
    if all(each is None for each in yours):
        return (
            MISSING,
            "missing",
            f"The backward of `{name}` gives nothing yet: let it return its gradients.",
        )
    return (
        WRONG,
        "wrong_count",
        (
            f"The backward of `{name}` gives {len(yours)} of {wanted} gradients: return one for each "
            "input, in the same order."
        ),
    )


def gradient_row(name: str, row_name: str, at: int, tried: Sequence[Gradients]) -> Answer:
    shown = tried[-1]
    if all(g.right(at) for g in tried):
        return Answer(row_name, RIGHT, number(tried[0].yours[at]))
    label, words = why(at, tried)
    verdict = MISSING if label == "missing" else WRONG
    low, high, _ = shown.local[at]
    expected = shown.df * low if low == high else None
    sentence = f"`{row_name}` of the gate `{name}`, handed {shown.df:g} from above: {words}."
    remedy = "Nudge that input alone, by a tiny h: by how many times h does the value change? Then the chain rule: times the gradient from above."
    return Answer(row_name, verdict, shown.yours[at], label, sentence, expected, remedy)


def why(at: int, tried: Sequence[Gradients]) -> tuple[str, str]:
    """The label of a wrong gradient and what it is instead, as the numbers show it."""
    yours = [number(g.yours[at]) for g in tried]
    if problem := next((p for g in tried if (p := not_numbers(g.yours[at]))), None):
        return problem[0], f"it {problem[1]}"
    if None in yours:
        return "wrong_shape", "it is an array where one number was asked for"
    values = [v for v in yours if v is not None]
    pairs = list(zip(tried, values, strict=True))
    if all(g.right(at, v * g.df) for g, v in pairs):
        return (
            "missing_upstream_factor",
            "it is the local gradient alone, whatever comes from above; the chain rule multiplies the two",
        )
    if all(v == g.df for g, v in pairs):
        return (
            "missing_local_gradient",
            "it is what came from above, unchanged; multiply it by the local gradient",
        )
    if all(g.right(at, -v) for g, v in pairs):
        return "wrong_sign", "it has the right size and the wrong sign"
    others = [j for j in range(len(tried[0].yours)) if j != at]
    if any(all(g.right(j, v) for g, v in pairs) for j in others):
        return (
            "gradients_exchanged",
            "it is the gradient on another input; return them in the order of the inputs",
        )
    if len(set(values)) == 1:
        return (
            "missing_upstream_factor",
            "it does not change with what comes from above; the chain rule multiplies",
        )
    return (
        "wrong_local_derivative",
        "the local gradient in it is not how the value moves with that input",
    )


# ----- all points together -------------------------------------------------------------------------


def all_alike(names: Sequence[str], verdict: str, label: str, sentence: str) -> Iterator[Answer]:
    for name in names:
        yield Answer(name, verdict, None, label, sentence, remedy=sentence)


def worst(name: str, rows: Sequence[Answer]) -> Answer:
    """The row of that name that is not right, of the earliest point; else the first."""
    of_name = [row for row in rows if row.name == name]
    return next((row for row in of_name if row.at_fault), of_name[0])
