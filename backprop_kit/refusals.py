"""The sentences that say why something cannot become a gate, and what to do instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from backprop_kit.labels import written_index
from backprop_kit.parts import Parts
from backprop_kit.routes import value_of

if TYPE_CHECKING:
    from backprop_kit.declaring import Gate
    from backprop_kit.wire import Wire

NO_GATE = (
    "has no gate, so the circuit would end there; build the value from + - * / ** and functions such "
    "as exp, log, tanh and max, or declare a gate for it with `@gate(..., spelled=...)`"
)

COMPLETE = (
    "this circuit is complete, so nothing can be computed from its wires; use `.value` and `.d`, or "
    "write the stage into the code that is traced"
)


def bare(how: str, title: str) -> str:
    """Why `float(x)` and its like are refused, and what to do."""
    stored = how in ("int()", "float()")
    return (
        f"`{how}` turns {title} into a bare number{' (as storing it into a plain array does)' * stored}, "
        "and no gradient flows through that; leave it out and compute with the value itself"
        f"{', and begin an array with `np.zeros(n)`' * stored}"
    )


def finished(title: str) -> str:
    """What to do with a wire of a circuit that is complete."""
    return (
        f"{title} is a wire of a complete circuit, not a number; its number is in `.value`, its "
        "gradient in `.d`"
    )


def misfit(
    gate: Gate, operands: Sequence[Any], settings: Mapping[str, Any], error: Exception
) -> str:
    """Say which shapes do not fit into a gate, and what it asks of them."""
    these = " and ".join(f"{spoken(o)} has shape {np.shape(value_of(o))}" for o in operands)
    reason = " ".join(str(error).split()).rstrip(".")
    if "index" in settings:
        what = "is taken from" if len(operands) == 1 else "is stored into"
        return f"`[{written_index(settings['index'])}]` {what} an array here, and {these}: {reason}"
    if gate.symbol in ("@", "dot"):
        return f"{these}, and a product asks for {inner_axes(*operands)}; is a `.T` missing?"
    if gate.elementwise and not go_together(operands):
        return (
            f"{these}, and these do not go together element by element: counted from the last axis, "
            "two lengths must be the same, or one of them 1; see what each axis stands for"
        )
    told = ", ".join(f"{name}={value!r}" for name, value in settings.items() if value is not None)
    with_it = f" with {told}" if told and len(told) < 60 else ""
    axes = "" if gate.elementwise else "; see what each axis stands for"
    return (
        f"the gate `{gate.name}`{with_it} does not take what it is given: {these} ({reason}){axes}"
    )


def go_together(operands: Sequence[Any]) -> bool:
    """Whether shapes can be repeated to fit each other."""
    try:
        np.broadcast_shapes(*(np.shape(value_of(o)) for o in operands))
    except ValueError:
        return False
    return True


def inner_axes(x: Any, y: Any) -> str:
    """What the axes that a product sums over must fulfil, with their lengths."""
    first, second = np.shape(value_of(x)), np.shape(value_of(y))
    columns, rows = first[-1], second[max(len(second) - 2, 0)]
    if columns != rows:
        return f"as many columns on the left ({columns}) as rows on the right ({rows})"
    return f"batches of one length, and these are {first[:-2]} and {second[:-2]}"


def spoken(operand: Any) -> str:
    """How to speak of an operand: by its name, or by what it is."""
    return operand.title if isinstance(operand, Parts) else "the constant"


def no_slope(wire: Wire) -> str:
    """Say which gate has no gradient where it stands."""
    assert wire.gate is not None
    values = ", ".join(shown_value(getattr(o, "value", o)) for o in wire.operands)
    line = f" on line {wire.line}" if wire.line else ""
    place = f" that computes {wire.title}{line}" if wire.name else ""
    return (
        f"the gate `{wire.gate.name}`{place} has no finite slope at {values}, so there is no gradient "
        "to hand back; try other input values"
    )


def shown_value(value: Any) -> str:
    """A number as it is, an array by its shape."""
    return f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else repr(value)


def changed_input(title: str, given: str) -> str:
    """An input is the caller's: changing it in place changes what the caller holds."""
    shows = "" if title == f"`{given}`" else f" ({title} shows its array)"
    return (
        f"`{given}` is an input, and it is changed in place here{shows}, which changes the caller's "
        f"array too; write the result under a name of its own, as in `h = {given}.copy()`, and "
        "change that"
    )
