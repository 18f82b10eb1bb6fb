"""Run a forward pass on wires: the watcher that turns plain Python into a tape."""

from __future__ import annotations

import ast
import functools
import types
from collections.abc import Callable
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
from backprop_kit.folds import FOLDED
from backprop_kit.parts import TraceError, resolved
from backprop_kit.routes import followed
from backprop_kit.staged import StagedError, StagedFunction, Stop, Watcher, gradient_of
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
            self.tape.place(line, self.prefix)

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
        if not hashable(fn):
            return fn(*args, **kwargs)
        if fn in FOLDED:
            return FOLDED[fn](self.tape, *args, **kwargs)
        if fn in COUNTED and only_whole(args):
            return self.made_of_constants(fn, tuple(map(resolved, args)), kwargs)
        route = route_of(fn)
        if route is not None:
            owner = [fn.__self__] if isinstance(getattr(fn, "__self__", None), np.ndarray) else []
            return followed(route, spelling(fn), self.tape, *owner, *args, **kwargs)
        made = fn if isinstance(fn, Gate) else SPELLED.get(fn)
        if made is not None:
            return self.through(made, fn, args, kwargs)
        if computes(fn):
            raise TraceError(refusal(fn, args))
        return fn(*args, **kwargs)

    def through(self, made: Gate, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Wire:
        """Send the arguments of a call through the gate that the call means."""
        if isinstance(fn, np.ufunc):
            args = tuple(map(self.tape.as_operand, args))
        if "out" in kwargs:
            return self.into(made, fn, args, **kwargs)
        settings = {name: kwargs.pop(name) for name in made.settings if name in kwargs}
        if kwargs:
            raise TraceError(
                f"`{spelling(fn)}` is called with `{next(iter(kwargs))}=`, which its gate does not "
                "know; give it its inputs alone"
            )
        if len(args) != len(made.example) and not made.takes_any_number:
            raise TraceError(
                f"`{spelling(fn)}` is the gate `{made.name}`, which takes {len(made.example)} "
                f"input{'s' if len(made.example) > 1 else ''}, and it is given {len(args)}"
            )
        if isinstance(fn, types.BuiltinFunctionType) and fn.__module__ == "math":
            refuse_arrays(fn, args)
        if made.settings:
            return self.tape.apply_with(made, tuple(map(self.tape.as_operand, args)), settings)
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
            # a lambda, or a function typed in a bare prompt: run as it is
            return fn(*args, **kwargs)
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
        self.broken_off = False  # by an error in the backward pass, which is not followed

    def wrote(self, name: str, value: Any, line: int, augmented: bool) -> Any:
        """As every tracer, and note where the output was last written."""
        if line == self.backward_line and self.output in self.written:
            raise Stop
        # super() would cost more, and this is done at every write
        value = Tracer.wrote(self, name, value, line, augmented)
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


def end_of_forward(code: StagedFunction, output: str) -> int | None:
    """The line that ends the forward pass, if there is one: the first of the backward pass, or of what follows.

    A line that is in one loop with the output ends nothing, unless it writes a gradient.
    """
    after = code.first_gradient(output)
    if after is None:
        return None
    before = code.assignments[: code.split(output)]
    known = {*code.handed_in, *(a.name for a in before)}
    if gradient_of(after.name, known, output):
        return after.line
    written = [a.line for a in before if a.name == output]
    for loop in ast.walk(code.source.tree):
        if isinstance(loop, ast.For | ast.While) and loop.end_lineno is not None:
            lines = range(loop.lineno, loop.end_lineno + 1)
            if after.line in lines and any(line in lines for line in written):
                return None
    return after.line


@functools.lru_cache(maxsize=256)
def staged_helper(fn: types.FunctionType) -> StagedFunction:
    """A helper is read once, however often a loop calls it."""
    return StagedFunction(fn)
