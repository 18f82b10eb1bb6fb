"""Under which conditions learner code runs on wires, and how its errors are told."""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Iterator
from typing import Any

from backprop_kit.parts import TraceError


def reworded(error: BaseException) -> str:
    """Python's own words for an error, as the end of a sentence."""
    if isinstance(error, ZeroDivisionError):
        return "this divides by zero at these inputs; try other values"
    if isinstance(error, OverflowError):
        return f"this is too large for a float at these inputs ({error}); try smaller values"
    if isinstance(error, ValueError) and "inhomogeneous" in str(error):
        return "an array is made of rows of different lengths here; make all rows equally long"
    if isinstance(error, ValueError) and type(error) is ValueError:
        return f"this has no value at these inputs ({error}); try other values"
    told = str(error).replace("'Wire' object", "a value on its way through the circuit")
    return f"running it raised {type(error).__name__}: {told}"


def sentence_in(error: BaseException) -> str:
    """What an error says; NumPy may have put an error of its own before the sentence of a wire."""
    at: BaseException | None = error
    while at is not None:
        if isinstance(at, TraceError):
            return str(at)
        at = at.__cause__ or at.__context__
    return reworded(error)


@contextlib.contextmanager
def collector_paused() -> Iterator[None]:
    """Keep Python from looking for garbage among the wires: every one is in use, and looking is slow."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def random_state() -> Any:
    """Where the random generators stand; NumPy's only if somebody has loaded it."""
    here = [sys.modules["random"].getstate()] if "random" in sys.modules else []
    if "numpy.random" in sys.modules:
        name, keys, *rest = sys.modules["numpy.random"].get_state()
        here.append((name, keys.tobytes(), *rest))
    return here
