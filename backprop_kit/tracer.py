"""Run a forward pass on wires: the watcher that turns plain Python into a tape."""

from __future__ import annotations

import builtins
import functools
import inspect
import math
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from backprop_kit import gates
from backprop_kit.calls import (
    COUNTED,
    CREATORS,
    computes,
    hashable,
    holds_wire,
    is_library,
    is_numpy,
    only_whole,
    refusal,
    refuse_arrays,
    route_of,
    scipy_route,
    spelling,
)
from backprop_kit.declaring import SPELLED, Gate
from backprop_kit.parts import TraceError, resolved
from backprop_kit.staged import StagedError, StagedFunction, Stop, Watcher
from backprop_kit.tape import Call, Tape
from backprop_kit.wire import Wire


class Tracer(Watcher):
    """Names wires as the code names them, and puts the gates in for the functions it calls."""

    def __init__(self, tape: Tape, prefix: str = "") -> None:
        self.tape = tape
        self.prefix = prefix
        self.written: dict[str, Any] = {}
        tape.called = lambda fn, args, kwargs: self.call(fn, *args, **kwargs)

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
        """A part was stored: of an array, on a new wire; those of a list are named when the run is over."""
        if type(value) is Wire:
            value.line = value.line or line
        self.written[name] = value
        return value

    def step(self, line: int) -> None:
        """A statement is over: what it changed in place was written on its line."""
        if self.tape.unplaced:
            self.tape.place(line)

    def renamed(self, name: str, wire: Wire, line: int) -> Wire:
        """The same value under another name, on a wire of its own."""
        if wire.name == name:
            wire.line = wire.line or line
            return wire
        first, wire = wire, self.tape.apply(gates.copy, wire)
        wire.name, wire.line = name, line
        if isinstance(wire.value, np.ndarray):
            self.tape.shown(wire, first)  # two names, one array
        return wire

    def call(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Put a gate where a function means one; follow helpers; let everything else be called."""
        if isinstance(fn, types.FunctionType) and not is_numpy(fn):
            return self.helper(fn, args, kwargs)
        if fn is map:
            return [self.call(args[0], *items) for items in zip(*args[1:], strict=False)]
        if not any(map(holds_wire, args)) and not any(map(holds_wire, kwargs.values())):
            return self.made_of_constants(fn, args, kwargs)
        return self.made_of_wires(fn, args, kwargs)

    def made_of_constants(self, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """No gate, but an array of floats that the code makes may be filled with wires later."""
        if hashable(fn) and fn in CREATORS:
            return self.tape.constant(CREATORS[fn](*args, **kwargs))
        return fn(*args, **kwargs)

    def made_of_wires(self, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The gate, or the gates, that a call means."""
        if fn in FOLDED:
            return FOLDED[fn](self.tape, *args, **kwargs)
        if hashable(fn) and fn in COUNTED and only_whole(args):
            return self.made_of_constants(fn, tuple(map(resolved, args)), kwargs)
        route = route_of(fn)
        if route is not None:
            return self.routed(route, fn, args, kwargs)
        made = fn if isinstance(fn, Gate) else SPELLED.get(fn) if hashable(fn) else None
        if made is not None:
            return self.through(made, fn, args, kwargs)
        if computes(fn):
            raise TraceError(refusal(fn, args))
        return fn(*args, **kwargs)

    def routed(self, route: Any, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Take one of NumPy's functions to its gates; arguments that it does not know get a sentence."""
        owner = getattr(fn, "__self__", None)
        if isinstance(owner, np.ndarray):
            args = (owner, *args)
        try:
            inspect.signature(route).bind(self.tape, *args, **kwargs)
        except TypeError as error:
            raise TraceError(
                f"`{spelling(fn)}` is called in a way that has no gate ({error}); give it its inputs "
                "and its axis alone"
            ) from None
        return route(self.tape, *args, **kwargs)

    def through(self, made: Gate, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Wire:
        """Send the arguments of a call through the gate that the call means."""
        if isinstance(fn, np.ufunc):
            args = tuple(map(self.tape.as_operand, args))
        if "out" in kwargs:
            return self.into(made, fn, args, **kwargs)
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
        if isinstance(fn, types.BuiltinFunctionType) and fn.__module__ == "math":
            refuse_arrays(fn, args)
        if made.settings:
            return self.tape.apply_with(made, tuple(map(self.tape.as_operand, args)), {})
        return self.tape.apply(made, *args)

    def into(self, made: Gate, fn: Any, args: tuple[Any, ...], out: Any, **others: Any) -> Wire:
        """A function of NumPy that stores what it computes: `np.exp(h, out=h)`."""
        target = out[0] if type(out) is tuple else out
        if type(target) is not Wire or others:
            raise TraceError(
                f"`{spelling(fn)}` stores its result in a plain array, where it would lose its gate; "
                "write `h = h + b` in place of `h += b`, or begin with `np.zeros(...)` inside the code"
            )
        self.tape.change(target, made, args)
        return target

    def helper(self, fn: types.FunctionType, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run a helper function on wires, its names kept apart from the caller's."""
        if is_library(fn):
            return fn(*args, **kwargs)
        route = scipy_route(fn)
        if route is not None and any(map(holds_wire, args)):
            return route(self.tape, *args, **kwargs)
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

    def in_backward(self, line: int | None) -> bool:
        """Whether a line is one of the backward pass, which is not followed."""
        first = self.backward_line
        done = self.output in self.written
        return done and first is not None and line is not None and line >= first

    def stored(self, name: str, value: Any, line: int) -> Any:
        """The backward pass may begin with a store such as `dw[0] = ...`."""
        if line == self.backward_line and self.output in self.written:
            raise Stop
        return super().stored(name, value, line)


@functools.lru_cache(maxsize=256)
def staged_helper(fn: types.FunctionType) -> StagedFunction:
    """A helper is read once, however often a loop calls it."""
    return StagedFunction(fn)


# ----- functions of many numbers: one gate after the other --------------------------------------


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


FOLDED: dict[Any, Callable[..., Any]] = {
    builtins.max: fold(gates.maximum),
    builtins.min: fold(gates.minimum),
    builtins.sum: total,
    math.fsum: total,
    math.prod: product,
    math.log: logarithm,
}
