"""What a gradient check is given, looked over: parameters, gradients, and what the forward pass returns."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from backprop_kit.plain import kind_of, numbers, same
from backprop_kit.recorder import unheard
from backprop_kit.source import StagedError


def looked_over(f: Any, params: Any, grads: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """The parameters, and for each that has a gradient its name in `grads`; refuses what is neither."""
    for name, value in (("params", params), ("grads", grads)):
        if not isinstance(value, Mapping):
            raise StagedError(
                f"`{name}` is {kind_of(value)}; give a dict, as in {{'W': W, 'b': b}}, and let "
                "`f` take such a dict."
            )
    if not callable(f):
        raise StagedError(f"`f` is {kind_of(f)}; give the forward pass, a function of one dict.")
    keys: dict[str, str] = {}
    for key in grads:
        name = key if key in params else str(key).removeprefix("d")
        if name not in params:
            raise StagedError(
                f"`grads` has `{key}`, and no parameter is called so; there are {listing(list(params))}."
            )
        keys[name] = key
    for name, value in params.items():
        array = numbers(value)
        if name in keys and (array is None or not np.all(np.isfinite(array))):
            what = kind_of(value) if array is None else "nan or infinite"
            raise StagedError(f"`{name}` is {what}; a parameter is finite numbers.")
        if name not in keys and array is not None and not is_whole(value):
            keys[name] = name
    if not keys:
        raise StagedError("There is nothing to judge: `grads` is empty.")
    return dict(params), {name: keys[name] for name in params if name in keys}


def has_changed(before: Any, after: Any) -> bool:
    if isinstance(before, np.ndarray) and np.array_equal(before, after):
        return False
    return not same(before, after)


def is_whole(value: Any) -> bool:
    """Whether a value is integers or booleans."""
    return bool(np.asarray(value).dtype.kind in "biu")


def as_float(value: Any) -> Any:
    """A copy as floats, in a container of the same kind."""
    if isinstance(value, np.ndarray):
        return value.astype(float)
    return type(value)(map(as_float, value)) if isinstance(value, list | tuple) else float(value)


def upstream_of(called: str, output: Any, upstream: Any) -> np.ndarray:
    """The gradient on the output; 1 for a single number."""
    value = numbers(output)
    if value is None:
        raise StagedError(
            f"`{called}` returns {kind_of(output)}, and only numbers have a gradient."
        )
    if is_whole(output):
        raise StagedError(
            f"`{called}` returns integers, which do not move when a parameter is moved a little; "
            "let it return floats."
        )
    if upstream is None:
        if value.size != 1:
            raise StagedError(
                f"`{called}` returns an array of shape {value.shape}; give `upstream`, the gradient on it "
                "that your backward pass was handed."
            )
        return np.ones(value.shape)
    given = numbers(upstream)
    if given is None:
        raise StagedError(
            f"`upstream` is {kind_of(upstream)}; give the gradient on what `{called}` returns, of its shape."
        )
    if given.shape != value.shape:
        raise StagedError(
            f"`upstream` has shape {given.shape}, and `{called}` returns shape {value.shape}; they must be the same."
        )
    return np.asarray(given, dtype=float)


def lengths_around(f: Any) -> Iterator[int]:
    """The first lengths of the arrays that a function closes over or finds among its globals."""
    cells = [
        c.cell_contents for c in getattr(f, "__closure__", None) or () if c.cell_contents is not f
    ]
    code, names = getattr(f, "__code__", None), getattr(f, "__globals__", {})
    cells += [names[n] for n in (code.co_names if code else ()) if n in names]
    for value in cells:
        if isinstance(value, np.ndarray) and value.ndim:
            yield value.shape[0]


def listing(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


# ----- while it runs --------------------------------------------------------------------------


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Many runs without their warnings and prints; but an imaginary part that is dropped is an error."""
    with unheard(io.StringIO()):
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        yield


class Seen(dict[str, Any]):
    """The parameters, noting which of them are read."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        super().__init__(params)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.read.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.read.add(name)
        return super().get(name, default)

    def __iter__(self) -> Iterator[str]:
        return super().__iter__()  # with it, `dict(params)` and `**params` read through __getitem__

    def all_read(self, method: str, *args: Any) -> Any:
        self.read |= set(super().keys())
        return getattr(super(), method)(*args)

    def items(self) -> Any:
        return self.all_read("items")

    def values(self) -> Any:
        return self.all_read("values")

    def copy(self) -> Any:
        return self.all_read("copy")

    def pop(self, *args: Any) -> Any:
        return self.all_read("pop", *args)
