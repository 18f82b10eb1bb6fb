"""A circuit of arrays is held against the code itself, run as it stands.

Python's arrays change in place, under all their names at once, and a circuit follows that by rules
of its own (`sharing.py`). Should the two ever part, a learner would see the values and gradients of
other code. So the code runs once more on plain arrays, and a difference is refused by a sentence.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from backprop_kit.calls import CREATORS
from backprop_kit.parts import TraceError
from backprop_kit.staged import StagedFunction, Stop, Watcher
from backprop_kit.tracer import ForwardTracer
from backprop_kit.wire import Wire


class PlainRun(Watcher):
    """The code as it stands, up to its backward pass."""

    def __init__(self, output: str, backward_line: int | None) -> None:
        self.output = output
        self.backward_line = backward_line
        self.written: dict[str, Any] = {}

    def wrote(self, name: str, value: Any, line: int, augmented: bool) -> Any:
        if line == self.backward_line and self.output in self.written:
            raise Stop
        self.written[name] = value
        return value

    def call(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """`np.empty` gives zeros here as it does on wires; everything else is called."""
        return (CREATORS[fn] if fn is np.empty or fn is np.empty_like else fn)(*args, **kwargs)


def refuse_difference(
    code: StagedFunction, inputs: Mapping[str, Any], traced: ForwardTracer
) -> None:
    """Raise `TraceError` if some name has another value on wires than when the code runs plainly."""
    plain = PlainRun(traced.output, traced.backward_line)
    try:
        with unheard():
            code.run(inputs, plain)
    except Exception as error:
        line = code.line_of(error)
        if traced.in_backward(line):
            return
        where = f"Line {line} (`{code.source.text(line)}`): as" if line else "As"
        raise TraceError(
            f"{where} it stands, this raises {type(error).__name__}: {error}"
        ) from error
    name = first_difference(traced, plain)
    if name is not None:
        raise TraceError(
            f"`{name}` comes out differently on wires than when the code runs as it stands, so this "
            "would be the circuit of other code; an array is probably changed in place in a way that "
            "cannot be followed: write `h = h + b` in place of `h += b`, or change a `.copy()`"
        )


@contextlib.contextmanager
def unheard() -> Iterator[None]:
    """What the code prints and what NumPy warns of has been heard the first time."""
    with (
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        yield


def first_difference(traced: ForwardTracer, plain: PlainRun) -> str | None:
    """The first name whose value is another one, beyond rounding."""
    pairs = {
        name: list(values_of(value, plain.written.get(name), traced.tape.stale))
        for name, value in traced.written.items()
    }
    every = [np.abs(a) for found in pairs.values() for a, _ in found]
    scale = max((float(np.max(a, initial=0.0, where=np.isfinite(a))) for a in every), default=0.0)
    for name, found in pairs.items():
        if not all(alike(a, b, scale) for a, b in found):
            return name
    return None


def values_of(traced: Any, plain: Any, stale: set[int]) -> Iterator[tuple[np.ndarray, Any]]:
    """The arrays on wires beside those of the plain run; a view that is out of date is left out."""
    if type(traced) is Wire:
        if id(traced) not in stale:
            yield np.asarray(traced.value, dtype=float), plain
    elif isinstance(traced, list | tuple) and isinstance(plain, list | tuple):
        for a, b in zip(traced, plain, strict=False):
            yield from values_of(a, b, stale)
    elif isinstance(traced, dict) and isinstance(plain, dict):
        for key in traced.keys() & plain.keys():
            yield from values_of(traced[key], plain[key], stale)


def alike(traced: np.ndarray, plain: Any, scale: float) -> bool:
    """Whether two values agree as far as rounding lets them: on wires, `np.exp(x)` is `math.exp`."""
    try:
        found = np.asarray(plain)
        loose = 1e-3 if found.dtype == np.float32 else 1e-6
        found = found.astype(float)
    except (TypeError, ValueError):
        return False
    return traced.shape == found.shape and np.allclose(
        traced, found, rtol=loose, atol=1e-3 * loose * scale, equal_nan=True
    )
