"""One row of a report: a d-variable, what it holds, and what it should hold, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from backprop_kit.judging import MISSING, RIGHT, WRONG
from backprop_kit.plain import Opaque, kind_of, numbers

CLEARLY, HARDLY = 1e-3, 1e-6  # of the largest difference: what is off, and what may be rounding
FEW = 4  # so many numbers are shown one by one
LONGEST = 40
RAISES = "raises"  # the label of what an exception kept from being written


@dataclass(frozen=True)
class ReportRow:
    """One d-variable: its verdict, both values, where it was last written, and why it is wrong.

    `expected` is `("from", (low, high))` at a kink, and None where it was not measured; `shape` is
    that of the variable, if known. `rule` and `formula` are what a hint says, where the cause is known.
    """

    name: str
    verdict: str
    yours: Any
    expected: Any
    line: int | None
    text: str
    label: str | None
    reason: str
    of: str
    required: bool
    judged: bool
    point: Mapping[str, Any] | None = None  # None: the point that was given
    also: tuple[str, ...] = ()  # labels that fit as well
    shape: tuple[int, ...] | None = None
    rule: str = ""
    formula: str = ""

    @property
    def symbol(self) -> str:
        return SYMBOLS[self.verdict]

    @property
    def at_fault(self) -> bool:
        """Whether the row is wrong or missing."""
        return self.verdict in (WRONG, MISSING)

    @property
    def misshapen(self) -> bool:
        """Whether the gradient has another shape than its variable, where it must have the same."""
        value = numbers(self.yours)
        if self.verdict != WRONG or value is None or self.shape is None:
            return False
        if self.required:
            return value.shape != self.shape
        return not fits_into(value.shape, self.shape)

    @property
    def ties(self) -> bool:
        """Whether the value is one of those a kink allows, so that only several together are wrong."""
        kink = is_kink(self.expected)
        return self.verdict == WRONG and kink and not self.misshapen and apart(self) == 0.0


SYMBOLS = {RIGHT: "✔", "inherits": "↳", WRONG: "✘", MISSING: "…"}


def fits_into(shape: tuple[int, ...], whole: tuple[int, ...]) -> bool:
    """Whether an array of that shape can be repeated to fill the whole."""
    try:
        return np.broadcast_shapes(shape, whole) == whole
    except ValueError:
        return False


# ----- in words --------------------------------------------------------------------------------


def found(row: ReportRow, named: bool = True) -> str:
    """What the row holds: `dx is -3.0`; of a wrong array its shape, or the element that is worst.

    With `named` false, single values go without the name.
    """
    if row.verdict == MISSING:
        return (
            f"{row.name} was not reached" if row.label == RAISES else f"no line writes {row.name}"
        )
    worst = worst_element(row)
    if worst is not None and not row.misshapen:
        at = ", ".join(map(str, worst))
        return f"{row.name}[{at}] is {show_number(float(np.asarray(row.yours)[worst]))}"
    said = holds(row.yours)
    if row.misshapen:
        shape = np.shape(row.yours)
        said = f"has shape {shape}" if shape else "is one number"
    return f"{row.name} {said}" if named else said.removeprefix("is ").removeprefix("has ")


def unwritten(rows: Sequence[ReportRow]) -> str:
    """Of rows that are missing: `dx, dy are still to be written`."""
    names, one = ", ".join(row.name for row in rows), len(rows) == 1
    if rows[0].label == RAISES:
        return f"{names} {'was' if one else 'were'} not reached"
    return f"{names} {'is' if one else 'are'} still to be written"


def wanted(row: ReportRow) -> str:
    """What a wrong row should hold; empty for the others, and where it was not measured."""
    if row.verdict != WRONG:
        return ""
    if row.misshapen:
        return f"should be {row.shape}" if row.shape else "should be one number"
    if row.expected is None:
        return "has the right shape, but not the right values" if np.ndim(row.yours) else ""
    if row.ties:
        return "would do alone, but not with the others of the tie" + place(row)
    low, high = bounds(row.expected)
    worst = worst_element(row)
    if worst is not None:
        share = how_many(off_by(row))
        share = f" ({share})" if share else ""
        return f"should be {between(low[worst], high[worst])}{share}{place(row)}"
    return f"should be {between(low, high) if low.ndim == 0 else show(row.expected)}{place(row)}"


def place(row: ReportRow) -> str:
    """Where the slip shows, if it is not the point that was given."""
    if row.point is None:
        return ""
    short = all(np.ndim(value) == 0 for value in row.point.values()) and len(row.point) <= FEW
    return f" at {show_point(row.point)}" if short else " at another point"


def is_kink(expected: Any) -> bool:
    return isinstance(expected, tuple) and len(expected) == 2 and expected[0] == "from"


def bounds(expected: Any) -> tuple[np.ndarray, np.ndarray]:
    """The smallest and the largest values that are right."""
    low, high = expected[1] if is_kink(expected) else (expected, expected)
    return np.asarray(low, dtype=float), np.asarray(high, dtype=float)


def between(low: Any, high: Any) -> str:
    if low == high:
        return show_number(float(low))
    return f"anything from {show_number(float(low))} to {show_number(float(high))}"


def off_by(row: ReportRow) -> np.ndarray:
    """How far each element is from what it should be; nan and inf are infinitely far."""
    value = np.asarray(row.yours, dtype=float)
    low, high = bounds(row.expected)
    with np.errstate(invalid="ignore"):
        gap = np.maximum(np.maximum(low - value, value - high), 0.0)
    return np.where(np.isfinite(value), gap, np.inf)


def apart(row: ReportRow) -> float | None:
    """The largest difference; None where yours cannot be held against what is expected."""
    value = numbers(row.yours)
    if value is None or row.expected is None or value.shape != bounds(row.expected)[0].shape:
        return None
    return float(np.max(off_by(row), initial=0.0))


def worst_element(row: ReportRow) -> tuple[int, ...] | None:
    """Where a wrong array is furthest off; None for single numbers and for what is no array."""
    gap = apart(row)
    if row.verdict != WRONG or not gap or np.ndim(row.yours) == 0:
        return None
    off = off_by(row)
    return tuple(int(i) for i in np.unravel_index(np.argmax(off), off.shape))


def how_many(off: np.ndarray) -> str:
    """How many elements are off, if there is no doubt about it: `3 of 15 are off`."""
    size = np.where(np.isfinite(off), off, np.max(off, initial=0.0, where=np.isfinite(off)) or 1.0)
    largest = np.max(size, initial=0.0)
    clear, doubtful = size > CLEARLY * largest, size > HARDLY * largest
    if off.size == 1 or np.any(clear != doubtful):
        return ""
    count = int(np.count_nonzero(clear))
    if count == off.size:
        return f"all {count} are off"
    return f"{count} of {off.size} {'is' if count == 1 else 'are'} off"


# ----- values ----------------------------------------------------------------------------------


def holds(value: Any) -> str:
    """A value after its name: `is 3.0`, `is [1.0, 2.0]`, `has shape (4, 3)`."""
    array = numbers(value)
    if array is None or array.ndim == 0 or (array.ndim == 1 and array.size <= FEW):
        return f"is {show(value)}"
    return f"has shape {array.shape}"


def show(value: Any) -> str:
    """A value in a few characters: numbers in six digits, arrays beyond a few numbers by their shape."""
    if isinstance(value, Opaque):
        return kind_of(value)
    array = numbers(value)
    if array is None:
        text = repr(value)
        return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
    if array.ndim == 0:
        whole = isinstance(value, int) and not isinstance(value, bool)
        return str(value)[:LONGEST] if whole else show_number(float(array))
    if array.ndim == 1 and array.size <= FEW:
        return f"[{', '.join(show_number(float(v)) for v in array)}]"
    return f"shape {array.shape}"


def show_number(value: float) -> str:
    """A number in six digits, always with a point, and never -0.0."""
    text = f"{value:.6g}"
    text = "0" if text == "-0" else text
    return text if any(c in text for c in ".en") else text + ".0"


def show_point(point: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={show(value)}" for name, value in point.items())
