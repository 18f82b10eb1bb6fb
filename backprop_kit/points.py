"""Points at which a backward pass is judged: the one given, then fresh ones around and beyond it.

Example values hide mistakes (`x = y`, a dead leg of a max, a square of 1), so a gradient that is
right at the given point is looked at again elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

from backprop_kit.plain import kind_of, numbers
from backprop_kit.staged import StagedError

FRESH, TRIES = 6, 40


def refuse_input(name: str, value: Any) -> None:
    """Refuse an input that a circuit cannot compute with, in one sentence."""
    array = numbers(value)
    if array is None:
        shown = repr(value) if len(repr(value)) < 40 else repr(value)[:37] + "..."
        kind = "" if value is None else f" ({kind_of(value)})"
        raise StagedError(
            f"`{name}` is {shown}{kind}, and a circuit computes with real numbers; "
            "give a number, a list of numbers or an array."
        )
    if not np.all(np.isfinite(array)):
        raise StagedError(
            f"`{name}` holds nan or an infinity, where nothing has a slope; give finite numbers."
        )


def refuse_seed(seed: Any) -> None:
    """Refuse what no random numbers can be drawn with."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise StagedError(f"`seed` is {seed!r}; give a whole number from 0 up, such as seed=3.")


def as_float(value: Any) -> Any:
    """Ints become floats, in containers of the same kind; arrays keep a float type of their own."""
    if isinstance(value, list | tuple):
        floats = [as_float(v) for v in value]
        return (
            value
            if all(a is b for a, b in zip(floats, value, strict=True))
            else type(value)(floats)
        )
    if isinstance(value, np.ndarray):
        return value if value.dtype.kind == "f" else value.astype(float)
    return value if isinstance(value, float | np.floating) else float(value)


def fresh_points(
    inputs: Mapping[str, Any], wrt: Collection[str], seed: int
) -> Iterator[dict[str, Any]]:
    """Inputs with those in `wrt` moved, each time in another way; the others keep their values."""
    for k in range(TRIES):
        rng = np.random.default_rng([seed, k])
        move = (nudged, anywhere, stretched, anywhere)[k % 4]
        shrink = 0.5 ** (k // 8)
        yield {n: elsewhere(v, move, rng, shrink) if n in wrt else v for n, v in inputs.items()}


def elsewhere(value: Any, move: Any, rng: np.random.Generator, shrink: float) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(elsewhere(v, move, rng, shrink) for v in value)
    array = np.asarray(value)
    kind = array.dtype if array.dtype.kind == "f" else np.dtype(float)
    moved = np.asarray(move(array.astype(float), rng, shrink)).astype(kind)
    if isinstance(value, np.ndarray):
        return moved
    return kind.type(moved) if isinstance(value, np.floating) else float(moved)


def nudged(value: np.ndarray, rng: np.random.Generator, shrink: float) -> np.ndarray:
    """In the neighbourhood, on the value's own scale."""
    return np.asarray(
        value
        + shrink * 0.3 * np.where(value == 0, 1.0, np.abs(value)) * rng.standard_normal(value.shape)
    )


def stretched(value: np.ndarray, rng: np.random.Generator, shrink: float) -> np.ndarray:
    """Larger or smaller, with its sign kept: what is positive stays in the domain of log and sqrt."""
    return np.asarray(value * np.exp(shrink * 0.7 * rng.standard_normal(value.shape)))


def anywhere(value: np.ndarray, rng: np.random.Generator, shrink: float) -> np.ndarray:
    """Well beyond, to either side of zero."""
    return np.asarray(shrink * 2.0 * rng.standard_normal(value.shape) + (1 - shrink) * value)
