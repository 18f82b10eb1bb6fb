"""`numerical_gradient`: a gradient measured element by element, as the assignments of CS231n do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from backprop_kit.given import quietly, upstream_of
from backprop_kit.plain import kind_of, numbers
from backprop_kit.slopes import slopes
from backprop_kit.source import StagedError


def numerical_gradient(f: Callable[[Any], Any], x: Any, upstream: Any = None) -> np.ndarray:
    """The gradient of `f` on `x`, measured by nudging one element after another.

    `x` is a number, a list of numbers or an array, of floats or integers; it is not changed. `f(x)`
    is a number, or an array if `upstream`, the gradient on it and of its shape, is given. The result
    is an array of floats of the shape of `x`; at a kink it is the mean of the slopes to both sides.
    """
    if not callable(f):
        raise StagedError(f"`f` is {kind_of(f)}; give a function of the one value `x`.")
    start = numbers(x)
    if start is None:
        raise StagedError(f"`x` is {kind_of(x)}; give a number, a list of numbers or an array.")
    point = np.array(start, dtype=float)
    with quietly():
        above = upstream_of(getattr(f, "__name__", "f"), f(as_given(x, point.copy())), upstream)
        gradient = np.zeros(point.shape)
        scale = float(np.max(np.abs(point), initial=0.0)) or 1.0
        for at in np.ndindex(point.shape):

            def look(t: float, at: Any = at) -> float:
                moved = point.copy()
                moved[at] += t
                return float(np.sum(above * np.asarray(f(as_given(x, moved)))))

            found = slopes(look, float(abs(point[at])) or scale)
            gradient[at] = (found.left + found.right) / 2
    return gradient


def as_given(x: Any, moved: np.ndarray) -> Any:
    """The moved point as an array, a list or a number, as `x` was given."""
    if isinstance(x, np.ndarray):
        return moved
    return moved.tolist() if isinstance(x, list) else moved[()] if moved.ndim == 0 else moved
