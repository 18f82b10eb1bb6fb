"""The sentences that say why something cannot become a gate, and what to do instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from backprop_kit.parts import Parts

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
    return (
        f"`{how}` turns {title} into a bare number, and no gradient flows through that; leave it out "
        "and compute with the value itself"
    )


def finished(title: str) -> str:
    """What to do with a wire of a circuit that is complete."""
    return (
        f"{title} is a wire of a complete circuit, not a number; its number is in `.value`, its "
        "gradient in `.d`"
    )


def misfit(
    gate: Gate, operands: Iterable[Any], settings: Mapping[str, Any], error: Exception
) -> str:
    """Say which shapes do not fit into a gate."""
    shapes = [f"{spoken(o)} has shape {np.shape(getattr(o, 'value', o))}" for o in operands]
    told = ", ".join(f"{name}={value!r}" for name, value in settings.items() if value is not None)
    with_it = f" with {told}" if told and len(told) < 60 else ""
    reason = " ".join(str(error).split()).rstrip(".")
    these = "these" if len(shapes) > 1 else "this"
    look = "the shapes of both" if len(shapes) > 1 else "its shape"
    return (
        f"the gate `{gate.name}`{with_it} cannot take {these}: {' and '.join(shapes)} ({reason}); "
        f"look at {look}, and at what the axes stand for"
    )


def spoken(operand: Any) -> str:
    """How to speak of an operand: by its name, or by what it is."""
    return operand.title if isinstance(operand, Parts) else "a constant"


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
