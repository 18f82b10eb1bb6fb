"""What the sliders of a circuit move: every number in its inputs, with the range that it may take."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from backprop_kit.circuit import Circuit
from backprop_kit.controls import step_of
from backprop_kit.parts import TraceError

USUAL = 5.0  # a slider goes this far to either side where the number is of about that size
SMALLEST = 0.05  # below this the usual range would be too coarse
MOST_SLIDERS = 12  # elements of one array; more of them nobody moves one by one

Range = tuple[float, float, float]


@dataclass(frozen=True)
class Dial:
    """One number that can be moved: a slider and a number box, in the place `path` of an input."""

    name: str  # as in w[0]
    of: str  # the input that it is a part of
    path: tuple[Any, ...]
    value: float
    low: float
    high: float
    step: float
    whole: bool  # a count or an index, which takes whole numbers alone

    def plain(self) -> dict[str, Any]:
        """What the browser is told of it."""
        return {k: v for k, v in asdict(self).items() if k != "path"}


# ----- ranges as they are asked for ----------------------------------------------------------------


def without_ranges(given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Range]]:
    """The inputs as numbers, and the range of each that came with one: `x=(3.0, -5, 5)`.

    Raises `TraceError` for a range that is none.
    """
    ranges: dict[str, Range] = {}

    def plain(label: str, value: Any) -> Any:
        if is_range(value):
            ranges[label] = checked(label, value)
            return value[0]
        if isinstance(value, list):
            return [plain(f"{label}[{i}]", part) for i, part in enumerate(value)]
        if isinstance(value, dict):
            return {key: plain(f"{label}[{key!r}]", part) for key, part in value.items()}
        return value

    return {name: plain(name, value) for name, value in given.items()}, ranges


def is_range(value: Any) -> bool:
    """Whether an input says a value and its range, as only a tuple of three numbers does."""
    return isinstance(value, tuple) and len(value) == 3 and all(map(is_number, value))


def is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def checked(label: str, asked: tuple[Any, ...]) -> Range:
    """A range that goes upward and has its value inside; anything else is refused by a sentence."""
    value, low, high = map(float, asked)
    shown = f"`{label}={tuple(asked)!r}`"
    says = "is read as (value, lowest, highest)"
    listed = f"; if `{label}` is a list of three numbers, write `{label}={list(asked)!r}`"
    if not all(map(math.isfinite, (value, low, high, high - low))):
        raise TraceError(f"{shown} {says}, and a slider needs three ordinary numbers")
    if low > high:
        raise TraceError(
            f"{shown} {says}, and its range is upside down: the lowest is {asked[1]} and the highest "
            f"{asked[2]}; write `{label}=({asked[0]!r}, {asked[2]!r}, {asked[1]!r})`{listed}"
        )
    if low == high:
        raise TraceError(
            f"{shown} {says}, and from {asked[1]} to {asked[2]} nothing can move{listed}"
        )
    if not low <= value <= high:
        raise TraceError(
            f"{shown} {says}, and {asked[0]} is not between {asked[1]} and {asked[2]}{listed}"
        )
    return value, low, high


# ----- a dial for each number ----------------------------------------------------------------------


def dials_of(circuit: Circuit, ranges: Mapping[str, Range]) -> list[Dial]:
    """A dial for every number in the inputs; an array of more than `MOST_SLIDERS` stays as it is."""
    counts = {id(guard.wire) for guard in circuit.guards if guard.seen is not bool}
    dials = []
    for of, given in circuit.given.items():
        for name, leaf, path, value in numbers_in(of, given):
            if leaf not in circuit.inputs:
                continue  # the gradient on the output, say, is no input of the forward pass
            refuse_no_number(name, value)
            whole = id(circuit.inputs[leaf]) in counts
            low, high = ranges[name][1:] if name in ranges else usual_range(value, whole)
            step = 1.0 if whole else fine_step(value, low, high)
            dials.append(Dial(name, of, path, value, low, high, step, whole))
    return dials


def refuse_no_number(name: str, value: float) -> None:
    """Raise `TraceError` for what no slider can stand at."""
    if not math.isfinite(value):
        raise TraceError(
            f"`{name}` is {value}, and a slider stands at an ordinary number; give another one"
        )


def fine_step(value: float, low: float, high: float) -> float:
    """A power of ten that lets round numbers be met, and the start if it has no more than one digit more."""
    usual, exact = step_of(low, low, high), step_of(value, low, high)
    return exact if exact > usual / 50 else usual


def numbers_in(name: str, given: Any) -> Iterator[tuple[str, str, tuple[Any, ...], float]]:
    """Every number of an input: its name, that of its wire, its place, and itself."""
    if isinstance(given, np.ndarray) and given.ndim:
        if given.size <= MOST_SLIDERS and given.dtype.kind == "f":
            for place in np.ndindex(given.shape):
                at = ", ".join(map(str, place))
                yield f"{name}[{at}]", name, (place,), float(given[place])
    elif isinstance(given, list | tuple | dict):
        parts = given.items() if isinstance(given, dict) else enumerate(given)
        for key, part in parts:
            found = numbers_in(f"{name}[{key!r}]", part)
            yield from ((label, leaf, (key, *path), v) for label, leaf, path, v in found)
    elif is_number(given) or isinstance(given, np.ndarray):
        yield name, name, (), float(given)


def usual_range(value: float, whole: bool = False) -> tuple[float, float]:
    """A range that a number picks by itself: from −5 to 5, or as far beyond zero as it is large."""
    if whole:
        return 0.0, max(2 * value, 10.0)
    if value == 0 or SMALLEST <= abs(value) <= USUAL:
        return -USUAL, USUAL
    far = rounded_up(2 * abs(value))
    return -far, far


def rounded_up(number: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50 and so on, so that a range ends on a number to be read."""
    power = 10.0 ** math.floor(math.log10(number))
    first = next(first for first in (1, 2, 5, 10) if first * power >= number)
    return first * power if power >= 1 else first / round(1 / power)


# ----- from dials back to inputs -------------------------------------------------------------------


def with_numbers(given: Mapping[str, Any], dials: list[Dial], told: list[Any]) -> dict[str, Any]:
    """The inputs with the numbers of the dials put in; whole numbers stay what they are if they can."""
    found = {name: loosened(value) for name, value in given.items()}
    for dial, number in zip(dials, told, strict=True):
        put_in(found, (dial.of, *dial.path), number)
    return found


def loosened(value: Any) -> Any:
    """A copy of an input that can be changed."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, list | tuple):
        return [loosened(part) for part in value]
    return {k: loosened(v) for k, v in value.items()} if isinstance(value, dict) else value


def put_in(inputs: Any, path: tuple[Any, ...], number: float) -> None:
    """Store a number in its place; what was given as a whole number stays one while it is one."""
    *way, last = path
    for step in way:
        inputs = inputs[step]
    whole = isinstance(inputs[last], int) and float(number).is_integer()
    inputs[last] = int(number) if whole else float(number)


def numbers_of(inputs: Mapping[str, Any], dials: list[Dial]) -> list[float]:
    """The numbers of the dials in inputs; raises `TraceError` where one is not there."""
    return [number_of(inputs[dial.of], dial) for dial in dials]


def number_of(given: Any, dial: Dial) -> float:
    """The number that a dial stands for."""
    try:
        for step in dial.path:
            given = given[step]
        return float(given)
    except (IndexError, KeyError, TypeError, ValueError):
        raise TraceError(
            f"there is no number for `{dial.name}` in what `{dial.of}` is given; "
            "it must keep the form that it had in `play`"
        ) from None
