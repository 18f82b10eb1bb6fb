"""Slopes of a function of one step, measured by taking steps (the notes: "Interpretation of the gradient").

Richardson extrapolation turns a handful of difference quotients into a slope that is right to
nine digits or so, with an estimate of its error. Left and right are measured apart, because at a
kink (`max` at a tie) they differ and every slope between them is a valid one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

FIRST_STEP, RATIO, LEVELS = 0.05, 4.0, 9
EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class Slopes:
    """One-sided slopes at 0 and how far off they may be; `left` equals `right` where it is smooth."""

    left: np.ndarray
    right: np.ndarray
    error: np.ndarray

    @property
    def kinked(self) -> np.ndarray:
        return np.asarray(self.left != self.right)


def slopes(
    move: Callable[[float], float | np.ndarray],
    scale: float = 1.0,
    rounding: float | np.ndarray = 0.0,
) -> Slopes:
    """Slopes at t = 0 of `move(t)`, a number or an array; `scale` is the size of a large step.

    `rounding` is how far off `move(t)` may be, if that is more than the last digit of it.

    Steps that lead to an error or to a value that is not finite are left out; where none is
    left, the slopes are nan and the error is infinite. They are nan at a jump as well.
    """
    base = np.asarray(move(0.0), dtype=float)
    steps = FIRST_STEP * scale * RATIO ** -np.arange(LEVELS)
    with np.errstate(all="ignore"):
        right = np.array([(attempt(move, h, base) - base) / h for h in steps])
        left = np.array([(base - attempt(move, -h, base)) / h for h in steps])
        noise = np.fmax(EPS * np.abs(base), rounding)[None] / steps.reshape(-1, *[1] * base.ndim)
        moving = (right != 0).any(axis=0) | (left != 0).any(axis=0)
        found = of_quotients(left[:, moving], right[:, moving], noise[:, moving], steps)
    still = np.zeros(base.shape)  # most of a net does not move with one of its names
    whole = Slopes(still, still.copy(), np.array(noise[1]))
    whole.left[moving], whole.right[moving] = found.left, found.right
    whole.error[moving] = found.error
    return whole


def of_quotients(
    left: np.ndarray, right: np.ndarray, noise: np.ndarray, steps: np.ndarray
) -> Slopes:
    """Slopes from difference quotients to both sides, one row a step."""
    with np.errstate(all="ignore"):
        right_slope, right_error = extrapolated(right, noise, order=1)
        left_slope, left_error = extrapolated(left, noise, order=1)
        middle, middle_error = extrapolated((left + right) / 2, noise, order=2)
        gap = np.abs(right_slope - left_slope)
        allowed = 8 * (right_error + left_error) + 1e-6 * (np.abs(right_slope) + np.abs(left_slope))
    smooth = (gap <= allowed) & np.isfinite(middle_error)
    jump = jumps(right, steps, noise) | jumps(left, steps, noise)
    return Slopes(
        left=np.where(jump, np.nan, np.where(smooth, middle, left_slope)),
        right=np.where(jump, np.nan, np.where(smooth, middle, right_slope)),
        error=np.where(smooth, middle_error, np.fmax(left_error, right_error)),
    )


def jumps(quotients: np.ndarray, steps: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Where the function jumps at the point itself: a smaller step then leads no less far away."""
    far, near = np.abs(quotients[-2] * steps[-2]), np.abs(quotients[-1] * steps[-1])
    return np.asarray((near > 0.7 * far) & (near > 64 * noise[-1] * steps[-1]))


def attempt(
    move: Callable[[float], float | np.ndarray], step: float, base: np.ndarray
) -> np.ndarray:
    """The value after a step, nan where the step leads out of the function's domain."""
    try:
        value = np.asarray(move(step), dtype=float)
    except (ArithmeticError, ValueError, IndexError):
        return np.full_like(base, np.nan)
    return value if value.shape == base.shape else np.full_like(base, np.nan)


def extrapolated(
    quotients: np.ndarray, noise: np.ndarray, order: int
) -> tuple[np.ndarray, np.ndarray]:
    """The entry of Richardson's table that agrees best with its neighbours, element by element.

    `quotients` has one row a step; their error begins with the power `order` of the step (and
    goes on in steps of `order`: all powers for one-sided quotients, even ones for central).
    """
    best = np.full(quotients.shape[1:], np.nan)
    error = np.full(quotients.shape[1:], np.inf)
    above: list[np.ndarray] = []
    for row, quotient in enumerate(quotients):
        table = [quotient]
        for column, old in enumerate(above):
            factor = RATIO ** (order * (column + 1))
            table.append((factor * table[column] - old) / (factor - 1))
        for column, old in enumerate(above):
            off = np.abs(table[column] - old) + noise[row]
            if column + 1 < len(table) and column:
                off = np.fmax(off, np.abs(table[column + 1] - table[column]))
            better = off < error
            best, error = np.where(better, table[column + 1], best), np.where(better, off, error)
        above = table
    return best, error
