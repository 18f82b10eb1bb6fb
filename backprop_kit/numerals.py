"""How a number is written beside a wire, and the shape of an array."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

MINUS = "−"  # as wide as a plus, unlike the hyphen


def all_whole(numbers: Iterable[Any]) -> bool:
    """Whether a figure can do without decimals, as the first one of the notes does."""
    return all(map(is_whole, numbers))


def is_whole(number: Any) -> bool:
    """Whether a number, or every element of an array, has nothing after the decimal point."""
    if isinstance(number, np.ndarray):
        return bool(np.all(np.isfinite(number)) and np.all(number == np.floor(number)))
    return math.isfinite(number) and float(number).is_integer()


def given_whole(value: Any) -> bool:
    """Whether an input was typed in whole numbers: 3 is one and 3.0 is not; a mask says nothing against it."""
    return value.dtype.kind in "biu" if isinstance(value, np.ndarray) else type(value) is int


def written(number: Any, whole: bool = False) -> str:
    """Two decimals as in the notes: `−0.20`; none in a figure of whole numbers: `−12`.

    Where two decimals would hide a value behind `0.00`, three significant digits: `0.00123`.
    """
    if isinstance(number, bool):
        return str(number).lower()
    if not math.isfinite(number):
        text = {math.inf: "∞", -math.inf: "-∞"}.get(number, "nan")
    elif whole and abs(number) < 1e9:
        text = str(int(number))
    elif abs(number) >= 1e6 or 0 < abs(number) < 0.005:
        text = f"{number:.3g}"
    else:
        text = f"{number + 0.0:.2f}"
    return text.replace("-", MINUS)


def shape_of(value: Any) -> str:
    """The shape as a figure writes it: `5×3`, `(3,)` for a vector as NumPy has it, `scalar` for a number."""
    shape = np.shape(value)
    if len(shape) > 1:
        return "×".join(map(str, shape))
    return f"({shape[0]},)" if shape else "scalar"
