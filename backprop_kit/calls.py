"""Which calls mean what: gates, functions that make arrays, and those that would end the circuit."""

from __future__ import annotations

import math
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np

# importing them enters the routes
from backprop_kit import array_calls, array_choices, array_index, array_joins  # noqa: F401
from backprop_kit.declaring import GATES, SPELLED
from backprop_kit.parts import TraceError
from backprop_kit.refusals import NO_GATE, bare
from backprop_kit.routes import METHODS, NUMPY
from backprop_kit.wire import Wire


def holds_wire(value: Any) -> bool:
    """Whether a wire is handed over, on its own or in a list or tuple."""
    if type(value) is Wire:
        return True
    return type(value) in (list, tuple) and any(map(holds_wire, value))


def only_whole(values: Any) -> bool:
    """Whether every wire among these carries whole numbers, as counts, shapes and labels do."""
    if type(values) is Wire:
        return np.asarray(values.value).dtype.kind in "iu"
    return type(values) not in (list, tuple) or all(map(only_whole, values))


def route_of(fn: Any) -> Any:
    """The route of a function of NumPy or SciPy, or of a method of a plain array; None if there is none."""
    owner = getattr(fn, "__self__", None)
    if isinstance(owner, np.ndarray):
        return METHODS.get(fn.__name__)
    return NUMPY.get(fn) if hashable(fn) else None


def scipy_route(fn: Any) -> Any:
    """SciPy has functions that are gates here; it is recognised by name, and never imported."""
    if (getattr(fn, "__module__", None) or "").partition(".")[0] != "scipy":
        return None
    made = GATES.get({"expit": "sigmoid"}.get(fn.__name__, fn.__name__))
    return None if made is None else NUMPY.get(made, lambda tape, *args: tape.apply(made, *args))


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


def is_numpy(fn: types.FunctionType) -> bool:
    """Some of NumPy's own functions are plain Python, but none is the learner's."""
    return (fn.__module__ or "").partition(".")[0] == "numpy"


def spelling(fn: Any) -> str:
    """How a learner writes the function: `math.gamma`, `np.sign`, `round`."""
    if isinstance(fn, np.ufunc):
        return f"np.{fn.__name__}"
    if isinstance(fn, np.vectorize):
        return "np.vectorize"
    home = getattr(fn, "__module__", None) or ""
    if home in ("numpy.linalg", "numpy.fft"):
        return f"np.{home.partition('.')[2]}.{fn.__name__}"
    module = home.partition(".")[0]
    name = getattr(fn, "__name__", str(fn))
    prefix = {"numpy": "np.", "math": "math.", "cmath": "cmath.", "statistics": "statistics."}
    return prefix.get(module, "") + name


BARE = (float, int, complex, round, math.floor, math.ceil, math.trunc)

# Functions that make an array, and what the tracer calls in their place: nothing is left to chance.
CREATORS: dict[Any, Callable[..., Any]] = {
    np.empty: np.zeros, np.empty_like: np.zeros_like,
    **{f: f for f in (np.zeros, np.ones, np.full, np.eye, np.identity, np.array, np.asarray, np.copy,
                      np.zeros_like, np.ones_like, np.full_like, np.linspace, np.arange)},
}  # fmt: skip
# Those that may be told a count or labels by a wire.
COUNTED = (
    np.zeros, np.ones, np.empty, np.eye, np.identity, np.arange, np.unique, np.bincount, np.nonzero,
    np.isin,
)  # fmt: skip


def refuse_arrays(fn: Any, args: tuple[Any, ...]) -> None:
    """`math.exp` takes a number, and so does its gate."""
    if any(np.ndim(getattr(arg, "value", arg)) for arg in args):
        name = next(
            (
                f.__name__
                for f, made in SPELLED.items()
                if isinstance(f, np.ufunc) and made is SPELLED.get(fn)
            ),
            fn.__name__,
        )
        raise TraceError(
            f"`math.{fn.__name__}` takes one number, and this is an array; write `np.{name}`, which "
            "goes element by element"
        )


def refusal(fn: Any, args: tuple[Any, ...]) -> str:
    """Why a function cannot be called on a wire, and what to do instead."""
    if fn in BARE:
        wire = next((a for a in args if type(a) is Wire), None)
        return bare(f"{spelling(fn)}()", wire.title if wire is not None else "its input")
    return f"`{spelling(fn)}` {NO_GATE}"
