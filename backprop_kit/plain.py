"""Values as plain data: copied, compared, and written as JSON without losing a bit.

What a learner's code computes crosses from one process to another in this form. Floats keep all
their digits, nan and infinities included; arrays travel as dtype, shape and base64. Nothing is
ever pickled, and whatever is neither number nor container of numbers arrives as its type's name.
"""

from __future__ import annotations

import base64
import contextlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

NUMBER_KINDS = "biufc"
ATOMS = frozenset({bool, int, float, complex, str, type(None), type(...)})  # cannot change
MUTABLE = (np.ndarray, list, dict)
NUMERIC = (bool, int, float, np.ndarray, np.generic)


KINDS = {"O": "an array of objects", "U": "an array of text", "S": "an array of bytes"}


@dataclass(frozen=True)
class Opaque:
    """Stands for a value that is not plain data."""

    type: str


def plain_copy(value: Any) -> Any:
    """A copy that later changes of `value` do not reach; other objects become `Opaque`."""
    if type(value) in ATOMS:
        return value
    match value:
        case np.ndarray() if value.dtype.kind in NUMBER_KINDS:
            return np.array(value)
        case np.generic() if value.dtype.kind in NUMBER_KINDS:
            return value
        case bool() | int() | float() | complex() | str() | None:
            return value
        case list():
            return [plain_copy(v) for v in value]
        case tuple():
            return tuple(plain_copy(v) for v in value)
        case dict():
            return {str(k): plain_copy(v) for k, v in value.items()}
    return Opaque(type(value).__name__)


def is_mutable(value: Any) -> bool:
    """Whether a value can change without being assigned again."""
    return isinstance(value, MUTABLE)


def overwrite(value: Any, replacement: Any) -> None:
    """Change an array or list that other names may share, without assigning it."""
    if isinstance(value, np.ndarray) and np.shape(value) == np.shape(replacement):
        with contextlib.suppress(ValueError, TypeError):
            value[...] = replacement
    elif isinstance(value, list) and isinstance(replacement, list):
        value[:] = replacement


def same(a: Any, b: Any) -> bool:
    """Whether two plain values are equal bit for bit, in type and shape too."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        alike = isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.shape == b.shape
        return alike and a.dtype == b.dtype and bool(np.array_equal(a, b, equal_nan=True))
    if type(a) is not type(b):
        return False
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    return bool(a == b) or (a != a and b != b)


def numbers(value: Any) -> np.ndarray | None:
    """The value as an array of floats (of its own precision), or None if it is not real numbers.

    Lists of numbers count as arrays. Booleans and integers become float64.
    """
    if type(value) is float:
        return np.array(value)
    if isinstance(value, list | tuple):
        parts = [numbers(v) for v in value]
        if any(p is None or p.shape != parts[0].shape for p in parts):  # type: ignore[union-attr]
            return None
        return np.array(parts, dtype=float)
    if isinstance(value, NUMERIC):
        try:
            array = np.asarray(value)
            return array if array.dtype.kind == "f" else real(array)
        except OverflowError:
            return None
    return None


def real(array: np.ndarray) -> np.ndarray | None:
    """Booleans and integers as floats; an integer too large for 64 bits is a 0-d object array."""
    if array.dtype.kind in "biu" or (array.shape == () and isinstance(array.item(), int)):
        return array.astype(float)
    return None


def size(value: Any) -> int:
    """How many numbers a value holds, about."""
    if type(value) is float:
        return 1
    if isinstance(value, np.ndarray):
        return int(value.size)
    if isinstance(value, dict):
        value = list(value.values())
    return sum(map(size, value)) if isinstance(value, list | tuple) else 1


# ----- JSON ------------------------------------------------------------------------------------


AS_THEY_ARE = frozenset({bool, int, str, type(None)})


def to_json(value: Any) -> Any:
    """A structure that `json.dumps(..., allow_nan=False)` can write."""
    if type(value) in AS_THEY_ARE or (type(value) is float and math.isfinite(value)):
        return value  # nearly all there is, and the quickest to tell
    match value:
        case bool() | int() | str():
            return value
        case list():
            return [to_json(v) for v in value]
        case tuple():
            return {"tuple": [to_json(v) for v in value]}
        case dict():
            return {"dict": [[str(k), to_json(v)] for k, v in value.items()]}
        case float() if math.isfinite(value) and not isinstance(value, np.generic):
            return value
    return tagged(value)


def tagged(value: Any) -> dict[str, Any]:
    match value:
        case np.ndarray():
            return {"array": packed(value)}
        case np.generic():
            return {"scalar": packed(np.asarray(value))}
        case float():
            return {"float": repr(value)}
        case complex():
            return {"complex": [to_json(value.real), to_json(value.imag)]}
        case Opaque():
            return {"opaque": value.type}
        case _ if value is ...:
            return {"ellipsis": True}
    raise TypeError(f"{type(value).__name__} is not plain data")


def from_json(data: Any) -> Any:
    """The value that `to_json` was given; raises ValueError for anything malformed."""
    if isinstance(data, list):
        return [from_json(v) for v in data]
    if not isinstance(data, dict):
        return data
    if len(data) != 1:
        raise ValueError("a tagged value has exactly one tag")
    ((tag, content),) = data.items()
    if tag not in TAGS:
        raise ValueError(f"unknown tag {tag!r}")
    return TAGS[tag](content)


TAGS: dict[str, Callable[[Any], Any]] = {
    "array": lambda content: unpacked(content),
    "scalar": lambda content: unpacked(content)[()],
    "float": float,
    "complex": lambda content: complex(*(from_json(v) for v in content)),
    "tuple": lambda content: tuple(from_json(v) for v in content),
    "dict": lambda content: {str(k): from_json(v) for k, v in content},
    "opaque": lambda content: Opaque(str(content)),
    "ellipsis": lambda content: ...,
}


def packed(array: np.ndarray) -> dict[str, Any]:
    data = base64.b64encode(np.asarray(array, order="C").tobytes()).decode("ascii")
    return {"dtype": array.dtype.str, "shape": list(array.shape), "base64": data}


def unpacked(content: Any) -> np.ndarray:
    dtype = np.dtype(content["dtype"])
    if dtype.kind not in NUMBER_KINDS:
        raise ValueError(f"an array of {dtype} is not plain numbers")
    shape = tuple(int(n) for n in content["shape"])
    data = base64.b64decode(content["base64"], validate=True)
    if any(n < 0 for n in shape) or len(data) != math.prod(shape) * dtype.itemsize:
        raise ValueError("an array's shape and its bytes do not agree")
    return np.frombuffer(data, dtype).reshape(shape).copy()


def kind_of(value: Any) -> str:
    """What a value is, with its article: an int, a list, an array of text."""
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return (
            "complex numbers"
            if value.dtype.kind == "c"
            else KINDS.get(value.dtype.kind, "an array")
        )
    return with_article(value.type if isinstance(value, Opaque) else type(value).__name__)


def with_article(word: str) -> str:
    return f"{'an' if word[:1].lower() in 'aeiou' else 'a'} {word}"


def as_array(value: Any) -> np.ndarray:
    """The value as an array of floats; 0 if it is not numbers."""
    array = numbers(value)
    return np.asarray(0.0) if array is None else array
