"""What NumPy's functions, and the methods of arrays, mean on wires: one gate, or a few.

`np.sum(h, axis=0)` and `h.sum(0)` reach the same route here, and a route says which gate is put in.
Everything that has no route is refused by a sentence, since the gradient would end there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from backprop_kit import array_gates, gates
from backprop_kit.array_index import PARTS
from backprop_kit.declaring import Gate
from backprop_kit.wire import ATTRIBUTES, METHODS, NUMPY, TraceError, Wire

Route = Callable[..., Any]


def spelled(*functions: Any, method: str | None = None) -> Callable[[Route], Route]:
    """Enter a route under the functions of NumPy that mean it, and under the method of that name."""

    def enter(route: Route) -> Route:
        for function in functions:
            NUMPY[function] = route
        if method is not None:
            METHODS[method] = route
        return route

    return enter


def value_of(operand: Any) -> Any:
    """The number or array on a wire, or the constant itself."""
    return operand.value if type(operand) is Wire else operand


def shape_of(operand: Any) -> tuple[int, ...]:
    """The shape of what is on a wire."""
    return np.shape(value_of(operand))


def refuse_others(name: str, others: dict[str, Any]) -> None:
    """An argument that a gate does not know is not simply left out."""
    for argument, value in others.items():
        if value is not None:
            raise TraceError(
                f"`np.{name}` with `{argument}=` has no gate; call it without, and write what it "
                "does as a line of its own"
            )


# ----- over axes ----------------------------------------------------------------------------------


def whole(axis: Any, ndim: int) -> Any:
    """An axis, or several, as plain numbers; all of them is None."""
    if axis is None:
        return None
    if isinstance(axis, tuple | list):
        found = tuple(int(a) for a in axis)
        return None if sorted(a % max(ndim, 1) for a in found) == list(range(ndim)) else found
    return axis.__index__()


def reduction(gate: Gate, name: str, *functions: Any, more: tuple[str, ...] = ()) -> None:
    """A gate that takes something over axes, as a function and as a method."""

    def route(tape: Any, x: Any, axis: Any = None, keepdims: bool = False, **others: Any) -> Any:
        x = tape.as_operand(x)
        settings = {"axis": whole(axis, len(shape_of(x))), "keepdims": bool(keepdims)}
        settings |= {word: others.pop(word) for word in more if word in others}
        refuse_others(name, others)
        return tape.apply_with(gate, (x,), settings)

    spelled(*functions, method=name)(route)


reduction(array_gates.sum, "sum", np.sum)
reduction(array_gates.mean, "mean", np.mean, np.average)
reduction(array_gates.amax, "max", np.max, np.amax)
reduction(array_gates.amin, "min", np.min, np.amin)
reduction(array_gates.prod, "prod", np.prod)
reduction(array_gates.var, "var", np.var, more=("ddof",))
reduction(array_gates.std, "std", np.std, more=("ddof",))
# by the name of the gate, and as SciPy calls it
reduction(array_gates.logsumexp, "logsumexp", array_gates.logsumexp)
del METHODS["logsumexp"]


@spelled(np.linalg.norm)
def norm(tape: Any, x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The length of a vector, or the root of the sum of all squares of a matrix."""
    x = tape.as_operand(x)
    axes = len(shape_of(x)) if axis is None else np.size(axis)
    if ord is not None and not (ord == 2 and axes == 1) and not (ord == "fro" and axes == 2):
        raise TraceError(
            f"`np.linalg.norm` with `ord={ord!r}` has no gate; the length is `ord=None`, and for "
            "the sum of the sizes write `np.sum(np.abs(x))`"
        )
    settings = {"axis": whole(axis, len(shape_of(x))), "keepdims": bool(keepdims)}
    return tape.apply_with(array_gates.norm, (x,), settings)


@spelled(array_gates.softmax)
def softmax(tape: Any, x: Any, axis: int = -1) -> Any:
    """The gate by its own name."""
    return tape.apply_with(array_gates.softmax, (tape.as_operand(x),), {"axis": axis})


@spelled(np.cumsum, method="cumsum")
def cumsum(tape: Any, x: Any, axis: Any = None, **others: Any) -> Any:
    """Running sums along an axis."""
    refuse_others("cumsum", others)
    return tape.apply_with(array_gates.cumsum, (tape.as_operand(x),), {"axis": axis})


# ----- products -----------------------------------------------------------------------------------

PRODUCTS = {
    (1, 1): array_gates.dot, (2, 2): array_gates.matmul, (2, 1): array_gates.matvec,
    (1, 2): array_gates.vecmat,
}  # fmt: skip


@spelled(np.matmul)
def matmul(tape: Any, x: Any, y: Any, **others: Any) -> Any:
    """The gate of `@`, by how many axes both have."""
    refuse_others("matmul", others)
    x, y = tape.as_operand(x), tape.as_operand(y)
    axes = len(shape_of(x)), len(shape_of(y))
    if 0 in axes:
        raise TraceError("`@` takes arrays, and one of these is a single number; write `*` instead")
    batch = array_gates.matsvec if axes[1] == 1 else array_gates.vecmats
    made = PRODUCTS.get(axes) or (batch if 1 in axes else array_gates.matmuls)
    return tape.apply_with(made, (x, y), {})


@spelled(np.dot, method="dot")
def dot(tape: Any, x: Any, y: Any, **others: Any) -> Any:
    """As `@`, and as `*` where one of the two is a single number."""
    x, y = tape.as_operand(x), tape.as_operand(y)
    axes = len(shape_of(x)), len(shape_of(y))
    if 0 in axes:
        return tape.apply(gates.mul, x, y)
    if axes[1] > 2:
        raise TraceError(
            f"`np.dot` of arrays with {axes[0]} and {axes[1]} axes is not a batch of products; "
            "write `@`, which is one, or `np.einsum`"
        )
    return matmul(tape, x, y, **others)


@spelled(np.inner, np.vdot)
def inner(tape: Any, x: Any, y: Any) -> Any:
    """The dot product of two vectors."""
    x, y = tape.as_operand(x), tape.as_operand(y)
    if (len(shape_of(x)), len(shape_of(y))) != (1, 1):
        raise TraceError("this product of arrays with more than one axis has no gate; write `@`")
    return tape.apply_with(array_gates.dot, (x, y), {})


@spelled(np.outer)
def outer(tape: Any, x: Any, y: Any, **others: Any) -> Any:
    """All products of the elements of two vectors."""
    refuse_others("outer", others)
    x, y = (reshape(tape, tape.as_operand(v), -1) if len(shape_of(v)) != 1 else v for v in (x, y))
    return tape.apply_with(array_gates.outer, (tape.as_operand(x), tape.as_operand(y)), {})


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
    if len(operands) == 1:  # a one beside it, so that one gate serves both
        spec, operands = spec.replace("->", ",->"), (*operands, 1.0)
    return tape.apply_with(array_gates.einsum, tuple(map(tape.as_operand, operands)), {"spec": spec})


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


# ----- other shapes ---------------------------------------------------------------------------------


def shown(tape: Any, gate: Gate, x: Any, settings: dict[str, Any]) -> Any:
    """A gate whose output shows the array of its input."""
    x = tape.as_operand(x)
    made = tape.apply_with(gate, (x,), settings)
    if type(x) is Wire and isinstance(x.value, np.ndarray):
        tape.note_view(made, x)
    return made


def transpose(tape: Any, x: Any, axes: Any = None) -> Any:
    """The axes in another order: by default, turned round."""
    if axes is not None:
        axes = tuple(int(a) % max(len(shape_of(x)), 1) for a in axes)
    return shown(tape, array_gates.transpose, x, {"axes": axes})


@spelled(np.swapaxes, method="swapaxes")
def swapaxes(tape: Any, x: Any, first: int, second: int) -> Any:
    """Two axes change places."""
    axes = list(range(len(shape_of(x))))
    axes[first], axes[second] = axes[second], axes[first]
    return transpose(tape, x, axes)


@spelled(np.moveaxis)
def moveaxis(tape: Any, x: Any, source: int, destination: int) -> Any:
    """One axis moves to another place."""
    axes = list(range(len(shape_of(x))))
    axis = axes.pop(source)
    axes.insert(destination % (len(axes) + 1), axis)
    return transpose(tape, x, axes)


def reshape(tape: Any, x: Any, *shape: Any, **others: Any) -> Any:
    """The same numbers in rows of another length."""
    refuse_others("reshape", {k: v for k, v in others.items() if k != "shape"})
    shape = shape or (others["shape"],)
    wanted = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple | list) else shape
    return shown(tape, array_gates.reshape, x, {"shape": tuple(n.__index__() for n in wanted)})


METHODS["reshape"] = reshape
NUMPY[np.reshape] = reshape
NUMPY[np.transpose] = transpose
METHODS["transpose"] = lambda tape, x, *axes: transpose(
    tape, x, axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None
)
METHODS["ravel"] = NUMPY[np.ravel] = lambda tape, x: reshape(tape, x, -1)
METHODS["flatten"] = lambda tape, x: reshape(tape, copy(tape, x), -1)


@spelled(np.squeeze, method="squeeze")
def squeeze(tape: Any, x: Any, axis: Any = None) -> Any:
    """Without the axes of length 1."""
    return reshape(tape, x, np.squeeze(np.empty(shape_of(x)), axis).shape)


@spelled(np.expand_dims)
def expand_dims(tape: Any, x: Any, axis: Any) -> Any:
    """With one more axis of length 1."""
    return reshape(tape, x, np.expand_dims(np.empty(shape_of(x)), axis).shape)


@spelled(np.broadcast_to)
def broadcast_to(tape: Any, x: Any, shape: Any) -> Any:
    """Repeated to fill a shape."""
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    return tape.apply_with(array_gates.broadcast_to, (tape.as_operand(x),), {"shape": shape})


@spelled(np.copy, method="copy")
def copy(tape: Any, x: Any, **_: Any) -> Any:
    """An array of its own with the same numbers."""
    return tape.apply(gates.copy, tape.as_operand(x))


@spelled(method="astype")
def astype(tape: Any, x: Any, dtype: Any, **_: Any) -> Any:
    """The same numbers as floats."""
    if np.dtype(dtype).kind != "f":
        raise TraceError(
            f"`.astype({np.dtype(dtype)})` makes whole numbers or truth values, and no gradient "
            "flows through those; compute with the floats, or compare as in `x > 0`"
        )
    return tape.apply_with(array_gates.astype, (x,), {"dtype": np.dtype(dtype).name})


# ----- joined ---------------------------------------------------------------------------------------


@spelled(np.array, np.asarray)
def array(tape: Any, values: Any, dtype: Any = None, **_: Any) -> Any:
    """A list of wires, or of lists of wires, as one array."""
    if type(values) is Wire:
        return copy(tape, values)
    return joined(tape, values)


def joined(tape: Any, values: Any) -> Any:
    """Lists from the inside out, each as the layers of an array."""
    if not isinstance(values, list | tuple):
        return values
    layers = [joined(tape, value) for value in values]
    shapes = [shape_of(layer) for layer in layers]
    if len(set(shapes)) > 1:
        raise TraceError(
            f"a list with rows of different lengths ({', '.join(map(str, shapes[:4]))}) cannot become "
            "an array; make all rows equally long"
        )
    if not any(type(layer) is Wire for layer in layers):
        return np.array(layers)
    return tape.apply_with(array_gates.stack, tuple(layers), {"axis": 0})


@spelled(np.concatenate)
def concatenate(tape: Any, parts: Any, axis: Any = 0) -> Any:
    """Arrays one behind the other along an axis."""
    parts = [tape.as_operand(part) for part in parts]
    if axis is None:
        parts, axis = [reshape(tape, part, -1) for part in parts], 0
    return tape.apply_with(array_gates.concatenate, tuple(parts), {"axis": axis})


@spelled(np.stack)
def stack(tape: Any, parts: Any, axis: int = 0) -> Any:
    """Arrays of one shape as the layers of another."""
    return tape.apply_with(array_gates.stack, tuple(map(tape.as_operand, parts)), {"axis": axis})


def at_least(ndim: int, tape: Any, part: Any, column: bool = False) -> Any:
    """A part with at least so many axes, as `vstack` and its kin read it."""
    part, shape = tape.as_operand(part), shape_of(part)
    if len(shape) >= ndim:
        return part
    ones = (1,) * (ndim - len(shape))
    return reshape(tape, part, (*shape, *ones) if column and shape else (*ones, *shape))


@spelled(np.vstack)
def vstack(tape: Any, parts: Sequence[Any]) -> Any:
    """Rows on top of each other."""
    return concatenate(tape, [at_least(2, tape, part) for part in parts])


@spelled(np.hstack)
def hstack(tape: Any, parts: Sequence[Any]) -> Any:
    """Side by side: along the second axis, or the only one."""
    parts = [at_least(1, tape, part) for part in parts]
    return concatenate(tape, parts, 0 if len(shape_of(parts[0])) == 1 else 1)


@spelled(np.column_stack)
def column_stack(tape: Any, parts: Sequence[Any]) -> Any:
    """Vectors as the columns of a matrix."""
    return concatenate(tape, [at_least(2, tape, part, column=True) for part in parts], 1)


# ----- chosen, element by element --------------------------------------------------------------------


@spelled(np.where)
def where(tape: Any, condition: Any, *choices: Any) -> Any:
    """One of two values, by a mask."""
    if len(choices) != 2:
        raise TraceError(
            "`np.where` with a condition alone gives places; use the mask itself, as in `x[x > 0]`"
        )
    return tape.apply(array_gates.where, *map(tape.as_operand, (condition, *choices)))


@spelled(np.clip, method="clip")
def clip(tape: Any, x: Any, low: Any = None, high: Any = None, **others: Any) -> Any:
    """A max with the lower bound, then a min with the upper."""
    refuse_others("clip", others)
    x = tape.as_operand(x)
    x = x if low is None else tape.apply(gates.maximum, x, low)
    return x if high is None else tape.apply(gates.minimum, x, high)


@spelled(np.square)
def square(tape: Any, x: Any) -> Any:
    """x**2."""
    return tape.apply(gates.power, tape.as_operand(x), 2)


@spelled(np.reciprocal)
def reciprocal(tape: Any, x: Any) -> Any:
    """1/x."""
    return tape.apply(gates.div, 1.0, tape.as_operand(x))


NUMPY[np.logical_and] = lambda tape, x, y: x & y
NUMPY[np.logical_or] = lambda tape, x, y: x | y
NUMPY[np.logical_not] = lambda tape, x: ~x


# ----- facts about an array, which no small nudge changes ----------------------------------------------

ATTRIBUTES |= {
    "T": lambda wire: transpose(wire.tape, wire),
    "shape": lambda wire: wire.value.shape,
    "ndim": lambda wire: wire.value.ndim,
    "size": lambda wire: wire.value.size,
    "dtype": lambda wire: wire.value.dtype,
}
NUMPY[np.shape] = lambda tape, x: shape_of(tape.as_operand(x))
NUMPY[np.ndim] = lambda tape, x: len(shape_of(tape.as_operand(x)))
NUMPY[np.size] = lambda tape, x, axis=None: (
    math.prod(shape_of(tape.as_operand(x))) if axis is None else shape_of(tape.as_operand(x))[axis]
)


def decision(function: Any, method: str | None = None) -> None:
    """A function that only chooses: the circuit is true to its answer for as long as that stays."""

    def route(tape: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        found: Any = None

        def seen(value: Any) -> Any:
            nonlocal found
            found = function(value, *args, **kwargs)
            return repr(found) if not isinstance(found, np.ndarray) else found.tobytes()

        x = tape.as_operand(x)
        tape.guard(x, seen)
        return found.item() if isinstance(found, np.generic) else found

    spelled(function, method=method)(route)


for _function, _method in (
    (np.argmax, "argmax"), (np.argmin, "argmin"), (np.argsort, "argsort"), (np.any, "any"),
    (np.all, "all"), (np.count_nonzero, None), (np.flatnonzero, None), (np.isnan, None),
    (np.isfinite, None), (np.sign, None),
):  # fmt: skip
    decision(_function, _method)
del NUMPY[np.sign]  # it computes with the value, and its kink is nobody's choice


def likeness(function: Any) -> None:
    """`np.zeros_like(x)` asks for the shape of x alone."""

    def route(tape: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        return tape.constant(function(value_of(tape.as_operand(x)), *args, **kwargs))

    NUMPY[function] = route


for _function in (np.zeros_like, np.ones_like, np.empty_like, np.full_like):
    likeness(_function)

NUMPY |= PARTS
