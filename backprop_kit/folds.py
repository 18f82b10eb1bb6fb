"""What Python's own functions mean on wires: `max`, `sum` and their like are a row of gates."""

from __future__ import annotations

import builtins
import functools
import math
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from backprop_kit import array_gates, gates
from backprop_kit.declaring import Gate
from backprop_kit.parts import TraceError
from backprop_kit.refusals import bare
from backprop_kit.tape import Tape
from backprop_kit.wire import Wire


def numbers_in(args: tuple[Any, ...]) -> Iterator[Any]:
    """`max(a, b)` and `max([a, b])` mean the same."""
    alone = len(args) == 1 and np.ndim(getattr(args[0], "value", [0])) > 0
    return iter(args[0] if alone else args)


def fold(made: Gate) -> Callable[..., Any]:
    """A function of many numbers as a row of gates with two inputs each."""

    def folded(tape: Tape, *args: Any, **kwargs: Any) -> Any:
        if kwargs:
            raise TraceError(
                f"`{made.symbol}` with `{next(iter(kwargs))}=` has no gate; call it without"
            )
        return functools.reduce(lambda x, y: join(tape, made, x, y), numbers_in(args))

    return folded


def join(tape: Tape, made: Gate, x: Any, y: Any) -> Any:
    """One gate of a fold; numbers without a wire among them stay numbers."""
    if any(np.ndim(getattr(o, "value", o)) for o in (x, y)):
        raise TraceError(
            f"`{made.symbol}` of Python compares single numbers, and this is an array; write "
            f"`np.{made.name}` to go element by element"
        )
    return tape.apply(made, x, y) if type(x) is Wire or type(y) is Wire else made(x, y)


def total(tape: Tape, numbers: Any, start: Any = 0) -> Any:
    """`sum(...)`: the zero it starts from is no stage."""
    return functools.reduce(lambda x, y: x + y, numbers, start)


def product(tape: Tape, numbers: Any, start: Any = 1) -> Any:
    """`math.prod(...)`: the one it starts from is no stage."""
    numbers = list(numbers) if start == 1 else [start, *numbers]
    return fold(gates.mul)(tape, numbers)


def logarithm(tape: Tape, x: Any, base: Any = None) -> Any:
    """`math.log(x, base)` is two logarithms and a division."""
    if base is None:
        return tape.apply(gates.log, x)
    top = tape.apply(gates.log, x) if type(x) is Wire else math.log(x)
    bottom = tape.apply(gates.log, base) if type(base) is Wire else math.log(base)
    return top / bottom


def is_instance(tape: Tape, thing: Any, kinds: Any) -> bool:
    """`isinstance(x, np.ndarray)` asks for what the code would hold without wires."""
    return isinstance(getattr(thing, "value", thing), kinds)


def type_of(tape: Tape, thing: Any) -> type:
    """`type(x)`, likewise."""
    return type(getattr(thing, "value", thing))


def whole_number(tape: Tape, x: Any) -> int:
    """`int(y[i])`: an element of an array of whole numbers is one already, and serves as an index."""
    if type(x) is Wire and type(x.value) is int and x.gate is array_gates.getitem:
        return operator.index(x)
    raise TraceError(bare("int()", getattr(x, "title", "its input")))


FOLDED: dict[Any, Callable[..., Any]] = {
    builtins.max: fold(gates.maximum),
    builtins.min: fold(gates.minimum),
    builtins.sum: total,
    math.fsum: total,
    math.prod: product,
    math.log: logarithm,
    builtins.isinstance: is_instance,
    builtins.type: type_of,
    builtins.int: whole_number,
}
