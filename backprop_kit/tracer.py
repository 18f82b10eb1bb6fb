"""Run a forward pass on wires: the watcher that turns plain Python into a tape."""

from __future__ import annotations

import builtins
import functools
import math
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from backprop_kit import gates
from backprop_kit.declaring import SPELLED, Gate
from backprop_kit.staged import StagedError, StagedFunction, Stop, Watcher
from backprop_kit.tape import Call, Tape
from backprop_kit.wire import NO_GATE, TraceError, Wire, bare


class Tracer(Watcher):
    """Names wires as the code names them, and puts the gates in for the functions it calls."""

    def __init__(self, tape: Tape, prefix: str = "") -> None:
        self.tape = tape
        self.prefix = prefix
        self.written: dict[str, Any] = {}

    def wrote(self, name: str, value: Any, line: int, augmented: bool) -> Any:
        """Give an unnamed wire its name; a second name is a wire of its own, as it may fork."""
        if type(value) is Wire:
            if value.name is None:
                value.name, value.line = self.prefix + name, line
            else:
                value = self.renamed(self.prefix + name, value, line)
        self.written[name] = value
        return value

    def stored(self, name: str, value: Any, line: int) -> Any:
        """A part of a list or dict was stored: its wires are named when the run is over."""
        self.written[name] = value
        return value

    def renamed(self, name: str, wire: Wire, line: int) -> Wire:
        """The same value under another name, on a wire of its own."""
        if wire.name == name:
            return wire
        wire = self.tape.apply(gates.copy, wire)
        wire.name, wire.line = name, line
        return wire

    def call(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Put a gate where a function means one; follow helpers; let everything else be called."""
        if isinstance(fn, types.FunctionType):
            return self.helper(fn, args, kwargs)
        if fn is map:
            return [self.call(args[0], *items) for items in zip(*args[1:], strict=False)]
        if not any(map(holds_wire, args)) and not any(map(holds_wire, kwargs.values())):
            return fn(*args, **kwargs)
        if fn in FOLDED:
            return FOLDED[fn](self.tape, *args, **kwargs)
        made = fn if isinstance(fn, Gate) else SPELLED.get(fn) if hashable(fn) else None
        if made is not None:
            return self.through(made, fn, args, kwargs)
        if computes(fn):
            raise TraceError(refusal(fn, args))
        return fn(*args, **kwargs)

    def through(self, made: Gate, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Wire:
        """Send the arguments of a call through the gate that the call means."""
        if kwargs:
            raise TraceError(
                f"`{spelling(fn)}` is called with `{next(iter(kwargs))}=`, which its gate does not "
                "know; give it its inputs alone"
            )
        if len(args) != len(made.example):
            raise TraceError(
                f"`{spelling(fn)}` is the gate `{made.name}`, which takes {len(made.example)} "
                f"input{'s' if len(made.example) > 1 else ''}, and it is given {len(args)}"
            )
        return self.tape.apply(made, *args)

    def helper(self, fn: types.FunctionType, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run a helper function on wires, its names kept apart from the caller's."""
        if is_library(fn):
            return fn(*args, **kwargs)
        try:
            staged = staged_helper(fn)
        except StagedError:
            return fn(
                *args, **kwargs
            )  # a lambda or a function typed in a bare prompt: run as it is
        outer = self.tape.call
        self.tape.call = Call(fn.__name__, outer)
        try:
            inner = Tracer(self.tape, f"{self.prefix}{fn.__name__}.")
            return staged.call(args, kwargs, inner)
        finally:
            self.tape.call = outer


class ForwardTracer(Tracer):
    """The tracer of the code itself: it ends where the backward pass begins."""

    def __init__(self, tape: Tape, output: str, backward_line: int | None) -> None:
        super().__init__(tape)
        self.output = output
        self.backward_line = backward_line
        self.length = 0

    def wrote(self, name: str, value: Any, line: int, augmented: bool) -> Any:
        """As every tracer, and note where the output was last written."""
        if line == self.backward_line and self.output in self.written:
            raise Stop
        value = Tracer.wrote(
            self, name, value, line, augmented
        )  # at every write: super() costs more
        if name == self.output:
            self.length = len(self.tape.wires)
        return value

    def stored(self, name: str, value: Any, line: int) -> Any:
        """The backward pass may begin with a store such as `dw[0] = ...`."""
        if line == self.backward_line and self.output in self.written:
            raise Stop
        return super().stored(name, value, line)


@functools.lru_cache(maxsize=256)
def staged_helper(fn: types.FunctionType) -> StagedFunction:
    """A helper is read once, however often a loop calls it."""
    return StagedFunction(fn)


# ----- which calls mean what --------------------------------------------------------------------


def holds_wire(value: Any) -> bool:
    """Whether a wire is handed over, on its own or in a list or tuple."""
    if type(value) is Wire:
        return True
    return type(value) in (list, tuple) and any(map(holds_wire, value))


def hashable(fn: Any) -> bool:
    """Whether a callable can be looked up at all."""
    return type(fn).__hash__ is not None


def computes(fn: Any) -> bool:
    """Whether a function without a gate makes numbers of numbers, so that the gradient would end."""
    if isinstance(fn, np.ufunc):
        return True
    module = getattr(fn, "__module__", None) or ""
    if module == "builtins":
        return fn in (divmod, float, int, complex, round)
    return module in ("math", "cmath", "_operator", "statistics") or module.startswith("numpy")


def is_library(fn: types.FunctionType) -> bool:
    """Functions of Python itself are called as they are; everything else is the learner's own."""
    return fn.__module__ is not None and fn.__module__.partition(".")[0] in sys.stdlib_module_names


def spelling(fn: Any) -> str:
    """How a learner writes the function: `math.gamma`, `np.sign`, `round`."""
    if isinstance(fn, np.ufunc):
        return f"np.{fn.__name__}"
    module = (getattr(fn, "__module__", None) or "").partition(".")[0]
    name = getattr(fn, "__name__", str(fn))
    prefix = {"numpy": "np.", "math": "math.", "cmath": "cmath.", "statistics": "statistics."}
    return prefix.get(module, "") + name


BARE = (float, int, complex, round, math.floor, math.ceil, math.trunc)
ARRAYS = ("array", "asarray", "zeros", "ones", "empty", "full", "arange", "linspace", "eye")


def refusal(fn: Any, args: tuple[Any, ...]) -> str:
    """Why a function cannot be called on a wire, and what to do instead."""
    if fn in BARE:
        wire = next((a for a in args if type(a) is Wire), None)
        return bare(f"{spelling(fn)}()", wire.title if wire is not None else "its input")
    if spelling(fn) in (f"np.{name}" for name in ARRAYS):
        return (
            f"`{spelling(fn)}` makes an array, and circuits are traced through single numbers; "
            "keep them in a list, as in `[0.0] * n` or `[x, y]`"
        )
    return f"`{spelling(fn)}` {NO_GATE}"


# ----- functions of many numbers: one gate after the other --------------------------------------


def numbers_in(args: tuple[Any, ...]) -> Iterator[Any]:
    """`max(a, b)` and `max([a, b])` mean the same."""
    return iter(args[0] if len(args) == 1 and not isinstance(args[0], Wire) else args)


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


FOLDED: dict[Any, Callable[..., Any]] = {
    builtins.max: fold(gates.maximum),
    builtins.min: fold(gates.minimum),
    builtins.sum: total,
    math.fsum: total,
    math.prod: product,
    math.log: logarithm,
}
