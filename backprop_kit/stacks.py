"""Stacks of matrices and of vectors: which axes in front belong together, and which are summed away."""

from __future__ import annotations

from dataclasses import replace

from backprop_kit.terms import Axis, Shape, Term, broadcast, met


def stacks_agree(gradient: Term, other: Term, wanted: Shape) -> bool:
    """Whether the gradient is a stack just as the variable times the other one would be.

    A product of two arrays is a stack if one of them is, so an axis in front of the gradient that
    neither has cannot have come from their product.
    """
    return len(wanted) > 1 and broadcast(wanted[:-2], other.batch) == gradient.batch


def unstacked(term: Term, wanted: Shape) -> Term:
    """The product summed over the axes in front that the variable does not have, or has once."""
    missing = term.ndim - len(wanted)
    gone = tuple(range(missing))
    once = tuple(
        i for i in range(missing, term.ndim - 2) if wanted[i - missing] == 1 != term.shape[i]
    )
    for axes, kept in ((once, True), (gone, False)):
        term = summed_over(term, axes, kept) if axes else term
    return term


def summed_over(term: Term, axes: tuple[int, ...], kept: bool) -> Term:
    """The sum over some axes, which stay with length 1 if they are kept."""
    lengths = [1 if i in axes else length for i, length in enumerate(term.shape)]
    stay = [i for i in range(term.ndim) if kept or i not in axes]
    shape = tuple(lengths[i] for i in stay)
    text = term.text if term.text.startswith("(") else f"({term.text})"
    over = axes[0] if len(axes) == 1 else axes
    return replace(
        term,
        text=f"{text}.sum(axis={over}{', keepdims=True' if kept else ''})",
        shape=shape,
        axes=tuple(term.axes[i] for i in stay),
        summed=term.summed | met((term.axes[i], term.axes[i], term.shape[i]) for i in axes),
        why=f"{term.why}, and summed over {axes_said(axes)} it is {shape}",
    )


def axes_said(axes: tuple[int, ...]) -> str:
    return f"axis {axes[0]}" if len(axes) == 1 else f"the axes {' and '.join(map(str, axes))}"


# ----- a product for each entry --------------------------------------------------------------------


def behind(term: Term, count: int) -> Term:
    """What stands behind the first axes."""
    return replace(term, shape=term.shape[count:], axes=term.axes[count:])


def for_each(gradient: Term, other: Term, count: int, term: Term) -> Term:
    """A product for each entry along the first axes, which both have."""
    front = tuple(a | b for a, b in zip(gradient.axes, other.axes, strict=False))[:count]
    shape = gradient.shape[:count] + term.shape
    axes = front + term.axes
    return Term(
        text=einsum(gradient, other, axes, term.summed),
        shape=shape,
        axes=axes,
        summed=term.summed,
        why=f"for each entry of the stack {term.why}; together that is {shape}",
    )


def einsum(gradient: Term, other: Term, kept: tuple[Axis, ...], summed: frozenset[Axis]) -> str:
    """Written with a letter for each axis; axes that run along together share one."""
    letters: dict[Axis, str] = {}
    for axis in gradient.axes + other.axes:
        whole = next((joint for joint in (*kept, *summed) if axis <= joint), axis)
        letters.setdefault(whole, "ijklmnopqrstuvwxyz"[len(letters)])
    one, two, result = (
        "".join(next(letter for joint, letter in letters.items() if axis <= joint) for axis in axes)
        for axes in (gradient.axes, other.axes, kept)
    )
    return f'np.einsum("{one},{two}->{result}", {gradient.text}, {other.text})'
