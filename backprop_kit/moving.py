"""A forward pass run again with some of its values moved a little.

The move happens after the last forward write of a name (an input: on entry). Other stages can be
held: how each of them moved is noted, and its base value is put back, so that what arrives at a
stage is the direct effect of the name alone.

A step can be an imaginary number far too small to see: the imaginary part of the output, divided
by it, is the slope, exact to rounding (the complex step). `Moved` are complex numbers that compare
as their real parts do, so that `if`, `max` and `abs` take the branch they would have taken.
"""

from __future__ import annotations

import cmath
import contextlib
import copy
import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from backprop_kit.plain import ATOMS, numbers, overwrite
from backprop_kit.recorder import undisturbed
from backprop_kit.recording import Recording, Write
from backprop_kit.staged import Clock, StagedFunction, Stop, Watcher

TINY = 1e-30  # of an imaginary step: its square vanishes beside any value
LEAST = (
    1e-200  # of one whose square is 0, so that it decides no comparison; it is lost in small values
)


class Unfinished(ArithmeticError):
    """A moved run did not arrive at the output."""


class Moved(complex):
    """A complex number in the disguise of a real one."""

    def order(self) -> tuple[float, float]:
        return self.real, self.imag

    def __lt__(self, other: Any) -> bool:
        return self.order() < order(other)

    def __le__(self, other: Any) -> bool:
        return self.order() <= order(other)

    def __gt__(self, other: Any) -> bool:
        return self.order() > order(other)

    def __ge__(self, other: Any) -> bool:
        return self.order() >= order(other)

    def __abs__(self) -> Any:
        return self if self.order() >= (0.0, 0.0) else -self


def order(value: Any) -> tuple[float, float]:
    """Real part first; at a tie the imaginary step decides, as a real step would."""
    return (value.real, value.imag)


def keeps_disguise(operation: str) -> Callable[..., Any]:
    plain = getattr(complex, operation)

    def operate(self: Moved, *others: Any) -> Any:
        result = plain(self, *others)
        return Moved(result) if isinstance(result, complex) else result

    return operate


for _operation in ("add", "sub", "mul", "truediv", "pow"):
    setattr(Moved, f"__{_operation}__", keeps_disguise(f"__{_operation}__"))
    setattr(Moved, f"__r{_operation}__", keeps_disguise(f"__r{_operation}__"))
Moved.__neg__ = keeps_disguise("__neg__")  # type: ignore[method-assign]
Moved.__pos__ = keeps_disguise("__pos__")  # type: ignore[method-assign]


def size(value: Any) -> Any:
    """The absolute value as a choice between x and -x, so that an imaginary step survives it."""
    array = np.asarray(value)
    return np.where(array >= 0, array, -array)[()]


def variance(
    x: np.ndarray, axis: Any = None, *, ddof: int = 0, keepdims: bool = False
) -> np.ndarray:
    """`np.var` without the absolute values that NumPy takes of complex numbers."""
    squares = (x - np.mean(x, axis=axis, keepdims=True)) ** 2
    summed = np.sum(squares, axis=axis, keepdims=keepdims)
    count = np.size(x) / np.size(np.sum(squares, axis=axis))
    return np.asarray(summed / (count - ddof))[()]


def deviation(x: np.ndarray, axis: Any = None, **rest: Any) -> np.ndarray:
    """`np.std`, likewise."""
    return np.asarray(np.sqrt(variance(x, axis, **rest)))[()]


def norm(x: np.ndarray, ord: Any = None, axis: Any = None, keepdims: bool = False) -> np.ndarray:
    """`np.linalg.norm`, likewise, in the case that is a root of a sum of squares."""
    if ord not in (None, 2) or (ord == 2 and axis is None and np.ndim(x) != 1):
        return np.asarray(np.linalg.norm(x, ord, axis, keepdims))
    return np.asarray(np.sqrt(np.sum(np.multiply(x, x), axis=axis, keepdims=keepdims)))[()]


def log1p(x: Any) -> Any:
    """The logarithm of 1 + x; NumPy's for complex numbers loses the digits of a small x."""
    return np.log1p(np.real(x)) + 1j * np.angle(1 + x)


COMPLEX: dict[Any, Callable[..., Any]] = {
    getattr(math, name): getattr(cmath, name)
    for name in dir(math)
    if callable(getattr(cmath, name, None))
}
COMPLEX |= {
    math.log2: np.log2, math.log1p: log1p, np.log1p: log1p, math.expm1: np.expm1, math.pow: pow,
    math.fabs: abs, np.abs: size, np.fabs: size, float: lambda x: x,
    np.var: variance, np.std: deviation, np.linalg.norm: norm,
    max: lambda *v, **k: max(*v, **{"key": order, **k}),
    min: lambda *v, **k: min(*v, **{"key": order, **k}),
}  # fmt: skip
ALLOCATORS = frozenset(
    base + end for base in ("zeros", "ones", "empty", "full") for end in ("", "_like")
)


def allocates(fn: Any) -> bool:
    """Whether a call makes a new array to be filled, as `np.zeros` does."""
    name = getattr(fn, "__name__", "")
    return name in ALLOCATORS and fn is getattr(np, name)


def with_room(array: np.ndarray) -> np.ndarray:
    """A new array of floats, made of complex ones, so that imaginary parts can be stored in it."""
    return array.astype(complex) if array.dtype.kind == "f" else array


REAL, SEQUENCES = frozenset({float, int}), (list, tuple)
COMPLEX_TYPES = (complex, np.complexfloating)
METHODS: dict[str, Callable[..., Any]] = {"var": variance, "std": deviation}


def complex_call(fn: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """Call the complex counterpart of `fn` where there is one."""
    try:
        counterpart = COMPLEX.get(fn, fn)
    except TypeError:  # not hashable
        counterpart = fn
    result = counterpart(*args, **kwargs)
    return Moved(result) if isinstance(result, complex) else result


def is_imaginary(step: Any) -> bool:
    """Whether a step leads off the real line; `np.iscomplexobj`, in a tenth of its time."""
    return step.dtype.kind == "c" if hasattr(step, "dtype") else isinstance(step, complex)


def receiver(fn: Any) -> Any:
    """The array whose method is called and has a complex counterpart; None for any other call."""
    array = getattr(fn, "__self__", None)
    return array if isinstance(array, np.ndarray) and fn.__name__ in METHODS else None


def has_complex(values: Iterable[Any]) -> bool:
    """Whether any of the values is complex, or a list or array of complex numbers."""
    for value in values:
        if type(value) in REAL:
            continue
        if isinstance(value, np.ndarray):
            found = value.dtype.kind == "c"
        elif isinstance(value, SEQUENCES):
            found = has_complex(value)
        else:
            found = isinstance(value, complex)
        if found:
            return True
    return False


# ----- one moved run ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Ends:
    """Where each name has its last forward value: after so many writes, or after so many steps."""

    writes: Mapping[str, int]
    steps: Mapping[str, int]


def ends_of(forward: tuple[Write, ...], inputs: Mapping[str, Any]) -> Ends:
    writes: dict[str, int] = {}
    steps: dict[str, int] = {}
    for write in forward:
        if write.how == "in place":
            steps[write.name] = write.step + 1
        else:
            writes[write.name] = writes.get(write.name, 0) + 1
            steps.pop(write.name, None)
    steps = {name: step for name, step in steps.items() if name not in inputs}
    writes = {name: count for name, count in writes.items() if name not in steps}
    return Ends(writes | dict.fromkeys(inputs, 1), steps)


class Move(Watcher):
    """Moves some names, holds others, and stops at the output."""

    def __init__(
        self,
        ends: Ends,
        output: str,
        moves: Mapping[str, Any],
        hold: Mapping[str, Any],
    ) -> None:
        self.output, self.moves, self.hold = output, moves, hold
        self.left = dict(ends.writes)  # how many writes each name is from its last
        self.later = ends.steps
        self.latest: dict[str, Any] = {}
        self.moved: dict[str, Any] = {}
        self.arrived: dict[str, Any] = {}
        self.steps = 0
        self.clock = Clock()
        self.imaginary = any(map(is_imaginary, moves.values()))

    def wrote(self, name: str, value: Any, line: int, augmented: bool) -> Any:
        left = self.left[name] = self.left.get(name, 0) - 1
        if left == 0:
            value = self.reached(name, value)
        if name in self.later:
            self.latest[name] = value
        return value

    def test(self, value: Any, line: int) -> Any:
        self.clock.look()
        return value

    def step(self, line: int) -> None:
        self.clock.look()
        self.steps += 1
        for name, at in self.later.items() if self.later else ():
            if at == self.steps and name in self.latest:
                changed = self.reached(name, self.latest[name])
                if changed is not self.latest[name]:
                    overwrite(self.latest[name], changed)

    def call(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if self.imaginary and allocates(fn):
            return with_room(fn(*args, **kwargs))
        array = receiver(fn)
        if array is not None and array.dtype.kind == "c":
            return METHODS[fn.__name__](array, *args, **kwargs)
        if has_complex(args) or (kwargs and has_complex(kwargs.values())):
            return complex_call(fn, args, kwargs)
        return fn(*args, **kwargs)

    def reached(self, name: str, value: Any) -> Any:
        """A name has its last forward value."""
        if name in self.moves:
            self.arrived[name] = copied(value)
            value = moved_by(value, self.moves[name])
        elif name in self.hold:
            self.moved[name] = copied(value)
            value = copied(self.hold[name])
        if name == self.output:
            self.moved.setdefault(name, value)
            raise Stop
        return value


def moved_by(value: Any, step: np.ndarray) -> Any:
    """`value` plus a step of its own shape, in a container of its own kind."""
    if isinstance(value, SEQUENCES):
        return type(value)(moved_by(v, s) for v, s in zip(value, step, strict=True))
    if isinstance(value, np.ndarray):
        return value + step
    result = value + np.asarray(step).item()
    return Moved(result) if isinstance(result, complex) else result


class Forward:
    """A forward pass to be nudged: the function, its inputs and its values at a point."""

    def __init__(
        self, function: StagedFunction, recording: Recording, given: Mapping[str, Any]
    ) -> None:
        self.mover: Callable[..., Move] = Move
        self.output = recording.output
        self.given = function.bind(given)
        self.inputs = dict(recording.inputs)
        self.values = recording.values()
        self.ends = ends_of(recording.forward, self.inputs)
        self.again = function.ready(readings=False)
        single = any(is_single(v) for v in self.values.values())
        self.tinies = (TINY,) if single else (TINY, LEAST)
        self.eps = float(np.finfo(np.float32 if single else float).eps)

    def run(
        self, moves: Mapping[str, np.ndarray], hold: Mapping[str, Any]
    ) -> dict[str, np.ndarray]:
        """What the held stages and the output become; raises `Unfinished` if they are not reached."""
        watcher = self.watched(moves, hold)
        return all_numbers({name: watcher.moved.get(name) for name in (*hold, self.output)})

    def unseen(self, step: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """A step in this direction too small to see."""
        return {name: 1j * TINY * by for name, by in step.items()}

    def arrivals(self, moves: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """What each moved name was before its own move, when all of them are moved, and the output."""
        watcher = self.watched(moves, {})
        found = {name: watcher.arrived.get(name) for name in moves}
        return all_numbers({**found, self.output: watcher.moved.get(self.output)})

    def watched(self, moves: Mapping[str, np.ndarray], hold: Mapping[str, Any]) -> Move:
        watcher = self.mover(self.ends, self.output, moves, hold)
        try:
            self.again({name: copied(value) for name, value in self.given.items()}, watcher)
        except Exception as error:  # a step may lead anywhere; it is then left out
            raise Unfinished(str(error)) from error
        return watcher


def is_single(value: Any) -> bool:
    return isinstance(value, np.ndarray | np.floating) and value.dtype == np.float32


def all_numbers(values: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The values as arrays; raises `Unfinished` if one of them is missing."""
    found: dict[str, np.ndarray] = {}
    for name, value in values.items():
        array = as_numbers(value)
        if array is None:
            raise Unfinished("the moved run took another way")
        found[name] = array
    return found


@contextlib.contextmanager
def unseen() -> Iterator[None]:
    """Nudge without a trace: nothing printed, no random state used up, no imaginary part lost in silence."""
    with undisturbed(), warnings.catch_warnings():
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        yield


def copied(value: Any) -> Any:
    """A copy that the code may change."""
    if type(value) in ATOMS:
        return value
    if isinstance(value, np.ndarray):
        return value.copy()
    return copy.deepcopy(value) if isinstance(value, list | tuple | dict) else value


def as_numbers(value: Any) -> np.ndarray | None:
    """Real or complex numbers as an array; None if the value is something else."""
    if type(value) is float:
        return np.array(value)
    if isinstance(value, COMPLEX_TYPES):
        return np.asarray(complex(value))
    if isinstance(value, np.ndarray) and value.dtype.kind == "c":
        return np.asarray(value)
    if isinstance(value, SEQUENCES) and has_complex(value):
        return np.array(value, dtype=complex)
    return numbers(value)
