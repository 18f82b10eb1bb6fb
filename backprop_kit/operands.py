"""What may go into a gate beside wires: plain numbers, truth values and arrays of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop_kit.parts import TraceError

PLAIN = (float, int, bool)


def plain(number: Any) -> Any:
    """A plain Python number, or an array of numbers; anything else is refused."""
    if type(number) in PLAIN:
        return number
    if isinstance(number, np.generic) or (isinstance(number, np.ndarray) and number.ndim == 0):
        return plain(number.item())
    if isinstance(number, int | float):
        return float(number) if isinstance(number, float) else int(number)
    if isinstance(number, np.ndarray):
        return real_array(number)
    raise TraceError(unfit(number))


def real_array(array: np.ndarray) -> np.ndarray:
    """An array of real numbers or truth values, as it is; any other is refused."""
    if array.dtype.kind in "biuf":
        return array
    found = "complex numbers" if array.dtype.kind == "c" else f"elements of type `{array.dtype}`"
    raise TraceError(
        f"an array of {found} meets a wire here, and circuits carry real numbers; make it one of "
        "floats, in which every row has the same length"
    )


def kept(number: Any) -> Any:
    """A constant as it is now: the code may change an array of its own later on."""
    number = plain(number)
    return number.copy() if type(number) is np.ndarray else number


def unfit(thing: Any) -> str:
    """Why something is no operand, and what to do."""
    if callable(thing):
        name = getattr(thing, "__name__", thing)
        return f"a function meets a wire here (`{name}`); call it first"
    if isinstance(thing, list | tuple | dict):
        return (
            f"a {type(thing).__name__} of {len(thing)} meets a single number here; take its elements "
            "one by one, as in `w[0]*x`"
        )
    if isinstance(thing, complex):
        return f"the complex number {thing} meets a wire here, and circuits carry real numbers"
    return f"{thing!r} meets a wire here, and it is no number; only numbers can go into a gate"
