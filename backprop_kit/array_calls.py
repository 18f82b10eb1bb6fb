"""What NumPy's sums over axes and products mean on wires, as functions, methods and operators."""

from __future__ import annotations

import operator
from string import ascii_lowercase, ascii_uppercase
from typing import Any

import numpy as np

from backprop_kit import array_gates, axis_gates, gates
from backprop_kit.array_shapes import as_row, turned
from backprop_kit.declaring import Gate
from backprop_kit.parts import TraceError
from backprop_kit.routes import METHODS, axes_of, refuse_others, shape_of, spelled

# ----- over axes ----------------------------------------------------------------------------------


def whole(axis: Any, ndim: int) -> Any:
    """An axis, or several, as plain numbers; all of them is None."""
    if axis is None:
        return None
    if isinstance(axis, tuple | list):
        found = tuple(map(operator.index, axis))
        return None if sorted(a % max(ndim, 1) for a in found) == list(range(ndim)) else found
    return operator.index(axis)


def reduction(gate: Gate, name: str, *functions: Any, more: tuple[str, ...] = ()) -> None:
    """A gate that takes something over axes, as a function and as a method."""

    def route(tape: Any, x: Any, axis: Any = None, *, keepdims: bool = False, **others: Any) -> Any:
        x = tape.as_operand(x)
        settings = {"axis": whole(axis, axes_of(x)), "keepdims": bool(keepdims)}
        settings |= {word: others.pop(word) for word in more if word in others}
        refuse_others(name, others)
        return tape.apply_with(gate, (x,), settings)

    spelled(*functions, method=name)(route)


reduction(axis_gates.sum, "sum", np.sum)
reduction(axis_gates.mean, "mean", np.mean, np.average)
reduction(axis_gates.amax, "max", np.max, np.amax)
reduction(axis_gates.amin, "min", np.min, np.amin)
reduction(axis_gates.prod, "prod", np.prod)
reduction(axis_gates.var, "var", np.var, more=("ddof",))
reduction(axis_gates.std, "std", np.std, more=("ddof",))
# by the name of the gate, and as SciPy calls it
reduction(axis_gates.logsumexp, "logsumexp", axis_gates.logsumexp)
del METHODS["logsumexp"]


@spelled(np.linalg.norm)
def norm(tape: Any, x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The length of a vector, or the root of the sum of all squares of a matrix."""
    x = tape.as_operand(x)
    axes = axes_of(x) if axis is None else np.size(axis)
    if ord is not None and not (ord == 2 and axes == 1) and not (ord == "fro" and axes == 2):
        raise TraceError(
            f"`np.linalg.norm` with `ord={ord!r}` has no gate; the length is `ord=None`, and for "
            "the sum of the sizes write `np.sum(np.abs(x))`"
        )
    settings = {"axis": whole(axis, axes_of(x)), "keepdims": bool(keepdims)}
    return tape.apply_with(axis_gates.norm, (x,), settings)


@spelled(axis_gates.softmax)
def softmax(tape: Any, x: Any, axis: int = -1) -> Any:
    """The gate by its own name."""
    return tape.apply_with(axis_gates.softmax, (tape.as_operand(x),), {"axis": axis})


@spelled(np.cumsum, method="cumsum")
def cumsum(tape: Any, x: Any, axis: Any = None, **others: Any) -> Any:
    """Running sums along an axis."""
    refuse_others("cumsum", others)
    return tape.apply_with(axis_gates.cumsum, (tape.as_operand(x),), {"axis": axis})


# ----- products -----------------------------------------------------------------------------------

PRODUCTS = {
    (1, 1): array_gates.dot, (2, 2): array_gates.matmul, (2, 1): array_gates.matvec,
    (1, 2): array_gates.vecmat,
}  # fmt: skip


@spelled(np.matmul, operator.matmul)
def matmul(tape: Any, x: Any, y: Any, **others: Any) -> Any:
    """The gate of `@`, by how many axes both have."""
    refuse_others("matmul", others)
    x, y = tape.as_operand(x), tape.as_operand(y)
    axes = axes_of(x), axes_of(y)
    if 0 in axes:
        raise TraceError("`@` takes arrays, and one of these is a single number; write `*` instead")
    batch = array_gates.matsvec if axes[1] == 1 else array_gates.vecmats
    made = PRODUCTS.get(axes) or (batch if 1 in axes else array_gates.matmuls)
    return tape.apply_with(made, (x, y), {})


@spelled(np.dot, method="dot")
def dot(tape: Any, x: Any, y: Any, **others: Any) -> Any:
    """As `@`, and as `*` where one of the two is a single number."""
    x, y = tape.as_operand(x), tape.as_operand(y)
    axes = axes_of(x), axes_of(y)
    if 0 in axes:
        return tape.apply(gates.mul, x, y)
    if (
        axes[0] > 1 and axes[1] > 2
    ):  # no batch: every row on the left meets every matrix on the right
        refuse_others("dot", others)
        return contracted(tape, x, y, over=axes[1] - 2)
    return matmul(tape, x, y, **others)


@spelled(np.inner)
def inner(tape: Any, x: Any, y: Any) -> Any:
    """The sum over the last axis of both."""
    x, y = tape.as_operand(x), tape.as_operand(y)
    if 0 in (axes_of(x), axes_of(y)):
        return tape.apply(gates.mul, x, y)
    if axes_of(x) == axes_of(y) == 1:
        return tape.apply_with(array_gates.dot, (x, y), {})
    return contracted(tape, x, y, over=axes_of(y) - 1)


@spelled(np.vdot)
def vdot(tape: Any, x: Any, y: Any) -> Any:
    """The sum of all products of two elements in one place."""
    x, y = (as_row(tape, v) for v in (x, y))
    return tape.apply_with(array_gates.dot, (x, y), {})


def contracted(tape: Any, x: Any, y: Any, over: int) -> Any:
    """The last axis of x meets one axis of y; all others stay, those of x first."""
    first, second = ascii_lowercase[: axes_of(x)], list(ascii_uppercase[: axes_of(y)])
    second[over] = first[-1]
    spec = f"{first},{''.join(second)}->{first[:-1]}{''.join(second[:over] + second[over + 1 :])}"
    return tape.apply_with(array_gates.einsum, (x, y), {"spec": spec})


@spelled(np.outer)
def outer(tape: Any, x: Any, y: Any, **others: Any) -> Any:
    """All products of the elements of two vectors."""
    refuse_others("outer", others)
    x, y = (as_row(tape, v) for v in (x, y))
    return tape.apply_with(array_gates.outer, (x, y), {})


@spelled(np.einsum)
def einsum(tape: Any, spec: str, *operands: Any, **others: Any) -> Any:
    """Two operands, or one, with every axis by its letter."""
    refuse_others("einsum", {k: v for k, v in others.items() if k != "optimize"})
    if not isinstance(spec, str) or len(operands) not in (1, 2):
        raise TraceError(
            f"`np.einsum` has a gate for one or two operands, and this has {len(operands)}; do two "
            "at a time, as in `np.einsum('ij,jk->ik', A, B)`"
        )
    spec = written_out(spec.replace(" ", ""))
    before, _, after = spec.partition("->")
    if sorted(before) == sorted(after):
        return turned(tape, operands[0], [before.index(letter) for letter in after])
    if len(operands) == 1:  # a one beside it, so that one gate serves both
        spec, operands = spec.replace("->", ",->"), (*operands, 1.0)
    taken = tuple(map(tape.as_operand, operands))
    refuse_repeated(spec, taken)
    return tape.apply_with(array_gates.einsum, taken, {"spec": spec})


def refuse_repeated(spec: str, operands: tuple[Any, ...]) -> None:
    """A letter stands for one length; NumPy would repeat an axis of length 1 without a word."""
    lengths: dict[str, int] = {}
    for letters, operand in zip(spec.partition("->")[0].split(","), operands, strict=True):
        for letter, length in zip(letters, shape_of(operand), strict=False):
            if lengths.setdefault(letter, length) != length:
                raise TraceError(
                    f"`{letter}` in `np.einsum('{spec}', ...)` stands for axes of {lengths[letter]} and "
                    f"of {length} elements; give it one length, and repeat the shorter one before"
                )


def written_out(spec: str) -> str:
    """The letters of an einsum with those of its result."""
    before, arrow, after = spec.partition("->")
    if "." in spec or any(len(set(part)) < len(part) for part in before.split(",")):
        raise TraceError(
            f"`np.einsum('{spec}', ...)` has no gate, since it says `...` or one letter twice for an "
            "operand; give every axis a letter of its own"
        )
    letters = before.replace(",", "")
    once = sorted(letter for letter in set(letters) if letters.count(letter) == 1)
    return f"{before}->{after if arrow else ''.join(once)}"
