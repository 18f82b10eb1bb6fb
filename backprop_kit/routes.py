"""Where the functions of NumPy, and the methods and attributes of arrays, lead on wires.

A route takes the tape and the arguments as they were written, and puts a gate, or a few, on the
tape. Everything that has no route is refused by a sentence, since the gradient would end there.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from backprop_kit.parts import Parts, TraceError

Route = Callable[..., Any]

NUMPY: dict[Any, Route] = {}
METHODS: dict[str, Route] = {}
ATTRIBUTES: dict[str, Callable[[Any], Any]] = {}


def spelled(*functions: Any, method: str | None = None) -> Callable[[Route], Route]:
    """Enter a route under the functions of NumPy that mean it, and under the method of that name."""

    def enter(route: Route) -> Route:
        for function in functions:
            NUMPY[function] = route
        if method is not None:
            METHODS[method] = route
        return route

    return enter


def followed(route: Route, name: str, tape: Any, /, *args: Any, **kwargs: Any) -> Any:
    """Take a route; arguments that it does not know get a sentence."""
    try:
        inspect.signature(route).bind(tape, *args, **kwargs)
    except TypeError as error:
        raise TraceError(
            f"`{name}` is called in a way that has no gate ({error}); give it its inputs and its axis "
            "alone"
        ) from None
    return route(tape, *args, **kwargs)


def value_of(operand: Any) -> Any:
    """The number or array on a wire, or the constant itself."""
    return operand.value if isinstance(operand, Parts) else operand


def shape_of(operand: Any) -> tuple[int, ...]:
    """The shape of what is on a wire."""
    return np.shape(value_of(operand))


def axes_of(operand: Any) -> int:
    """How many axes there are."""
    return len(shape_of(operand))


def refuse_others(name: str, others: dict[str, Any]) -> None:
    """An argument that a gate does not know is not simply left out."""
    for argument, value in others.items():
        if value is not None:
            raise TraceError(
                f"`np.{name}` with `{argument}=` has no gate; call it without, and write what it "
                "does as a line of its own"
            )
