"""Arrays and their products as dimension analysis sees them: a spelling, a shape, and axes.

Two products are the same if the same axes meet and are summed over and the others remain in the same
order, however they are spelled: `dD.dot(W)` and `W.T.dot(dD)` are one product of a vector and a
matrix. No numbers are multiplied here; shapes are enough.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

Shape = tuple[int, ...]
Axis = frozenset[tuple[str, int]]  # which axes of which operands run along together


@dataclass(frozen=True)
class Term:
    """An operand or a product: how it is written, its shape, and where its axes come from."""

    text: str
    shape: Shape
    axes: tuple[Axis, ...]
    summed: frozenset[Axis] = frozenset()
    why: str = ""

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def batch(self) -> Shape:
        """The axes in front of the two that a matrix product works on."""
        return self.shape[:-2]

    @property
    def meaning(self) -> tuple[frozenset[Axis], tuple[Axis, ...]]:
        """The same for two spellings of one product; an axis of length 1 makes no difference."""
        kept = (axis for axis, length in zip(self.axes, self.shape, strict=True) if length != 1)
        return self.summed, tuple(kept)


def operand(name: str, shape: Shape) -> Term:
    return Term(name, shape, tuple(frozenset({(name, i)}) for i in range(len(shape))))


def transposed(term: Term) -> Term:
    """The last two axes swapped."""
    order = (*range(term.ndim - 2), term.ndim - 1, term.ndim - 2)
    written = {2: ".T", 3: ".transpose(0, 2, 1)"}.get(term.ndim, ".swapaxes(-1, -2)")
    return replace(
        term,
        text=term.text + written,
        shape=tuple(term.shape[i] for i in order),
        axes=tuple(term.axes[i] for i in order),
    )


def views(term: Term) -> tuple[Term, ...]:
    """As it is and, from two axes on, transposed."""
    return (term,) if term.ndim < 2 else (term, transposed(term))


# ----- axes ----------------------------------------------------------------------------------------


def broadcast(*shapes: Shape) -> Shape | None:
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        return None


def met(pairs: Iterable[tuple[Axis, Axis, int]]) -> frozenset[Axis]:
    """Pairs of axes that are summed over together; a sum over one number is none."""
    return frozenset(a | b for a, b, length in pairs if length != 1)


def together(left: Term, right: Term, count: int) -> tuple[Axis, ...]:
    """The axes in front, those of the two stacks side by side as broadcasting lays them."""
    found: list[Axis] = []
    for back in range(count, 0, -1):
        stacks = [(t.axes[:-2], t.batch) for t in (left, right) if len(t.batch) >= back]
        long = [axes[-back] for axes, lengths in stacks if lengths[-back] != 1]
        found.append(frozenset().union(*long or [axes[-back] for axes, _ in stacks]))
    return tuple(found)


def said(shape: Shape) -> str:
    return str(shape) if shape else "a number"
