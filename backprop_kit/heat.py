"""An array as a field of shades: how dark each cell is, and what one cell stands for.

The scale diverges about zero and reaches as far to either side, so that no shade at all means zero
and two shades of one strength are equally far from it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

STEPS = 5  # shades on either side of zero: more could not be told apart
MOST = 12  # cells along a side; of a longer one each cell averages several elements


@dataclass(frozen=True, eq=False)
class HeatMap:
    """Cells of an array in rows; an array of more than two axes stands layer below layer."""

    array: np.ndarray

    @cached_property
    def flat(self) -> np.ndarray:
        """The elements as floats in rows: a vector is one row."""
        return in_rows(np.asarray(self.array, dtype=float))

    @cached_property
    def cells(self) -> np.ndarray:
        """One number for each cell: an element, or the mean of a block of them."""
        return block_means(self.flat, self._cuts(0), self._cuts(1))

    @property
    def block(self) -> tuple[int, int]:
        """How many elements, down and across, the largest block has."""
        down, across = (max(b - a for a, b in pairwise(self._cuts(axis))) for axis in (0, 1))
        return down, across

    @cached_property
    def reach(self) -> float:
        """How far from zero the fullest shade is."""
        found = np.abs(self.cells[np.isfinite(self.cells)])
        return float(found.max()) if found.size else 0.0

    def _cuts(self, axis: int) -> list[int]:
        length = self.flat.shape[axis]
        parts = min(length, MOST)
        return [length * part // parts for part in range(parts + 1)]

    def rows(self) -> Iterator[list[float]]:
        """The cells, row by row."""
        yield from self.cells.tolist()

    def step(self, cell: float) -> int | None:
        """The shade of a cell: from −STEPS to STEPS, 0 for zero alone, None for what is no number."""
        if math.isnan(cell):
            return None
        if math.isinf(cell):
            return STEPS if cell > 0 else -STEPS
        strength = math.ceil(abs(cell) / self.reach * STEPS) if cell else 0
        return int(math.copysign(max(strength, 1), cell)) if cell else 0


def in_rows(array: np.ndarray) -> np.ndarray:
    """An array of any number of axes as rows, the last axis running across."""
    return array.reshape(-1, array.shape[-1]) if array.size else array.reshape(0, 0)


def layer_height(array: np.ndarray) -> int:
    """After how many rows the next layer of an array begins; 0 where there are no layers."""
    return array.shape[-2] if array.ndim > 2 else 0


def block_means(rows: np.ndarray, down: list[int], across: list[int]) -> np.ndarray:
    """The mean of every block between the cuts."""
    if len(down) > len(rows) and len(across) > rows.shape[1]:
        return rows
    sizes = np.outer(np.diff(down), np.diff(across))
    unit = largest(rows) or 1.0  # sums of very large numbers would be infinite
    with np.errstate(all="ignore"):
        sums = np.add.reduceat(np.add.reduceat(rows / unit, down[:-1], 0), across[:-1], 1)
        return np.asarray(sums / sizes * unit)


def mean_of(array: np.ndarray) -> float:
    """The mean of the elements that are finite, of which there must be one."""
    finite = np.asarray(array, dtype=float)[np.isfinite(array)]
    unit = largest(finite) or 1.0
    return float(np.mean(finite / unit) * unit)


def largest(array: np.ndarray) -> float:
    """How far from zero the farthest finite element is."""
    return float(np.max(np.abs(array), where=np.isfinite(array), initial=0.0))
