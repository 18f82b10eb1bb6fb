"""Plain data from a process that is not trusted: read with caps, or refused.

Numbers keep every bit, as in `backprop_kit.plain`; what is new here is that nothing is believed.
Depth, rank, sizes, counts and the type of every field are looked at before anything is made of it.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from backprop_kit.plain import Opaque, from_json
from backprop_kit.recording import COLUMNS, Failure, Recording, Write
from backprop_kit.report import GradientReport
from backprop_kit.rows import ReportRow

MOST_DEPTH, MOST_ITEMS, MOST_TEXT = 24, 1_000_000, 200_000
MOST_RANK, MOST_NUMBERS = 8, 2_000_000
MOST_DIGITS = 400  # of an integer: a float has 308
MOST_INTEGER = 10**MOST_DIGITS
DTYPE = re.compile(r"[<>|=]?(b1|[iu][1248]|f(2|4|8|16)|c(8|16|32))")
BREAK = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
NAME = re.compile(r"[\w.]{1,200}|<lambda>")
HOW = re.compile(r"input|part|in place|=|[-+*/%&|^@<>]{1,2}=|//=|\*\*=")


class Malformed(ValueError):
    """What came is not what was asked for."""


def value_from(data: Any) -> Any:
    """Read one plain value. Raises `Malformed` for anything beyond the caps, or of another form."""
    try:
        return Reading().value(data, 0)
    except (ValueError, TypeError, KeyError, ArithmeticError, RecursionError, AttributeError) as e:
        if isinstance(e, Malformed):
            raise
        raise Malformed(f"no plain value: {e}") from None


class Reading:
    """One value being read, and how much there has been of it so far.

    Nothing is made before it has been looked at; what is made is what `from_json` would make.
    """

    def __init__(self) -> None:
        self.items = self.numbers = 0

    def value(self, data: Any, depth: int) -> Any:
        kind = type(data)
        if kind is str:
            if len(data) > MOST_TEXT:
                raise Malformed(f"a text of {len(data)} characters")
        elif kind is list:
            return self.several(data, depth)
        elif kind is dict:
            return self.tagged(data, depth)
        elif kind is int and abs(data) >= MOST_INTEGER:
            raise Malformed("an integer of more digits than any float has")
        return data

    def several(self, data: list[Any], depth: int) -> list[Any]:
        self.items += len(data)
        if depth >= MOST_DEPTH or self.items > MOST_ITEMS:
            raise Malformed("the data is nested too deeply, or there is too much of it")
        return [self.value(each, depth + 1) for each in data]

    def tagged(self, data: dict[str, Any], depth: int) -> Any:
        if len(data) != 1:
            raise Malformed("a tagged value has exactly one tag")
        ((tag, content),) = data.items()
        if tag == "dict":
            pairs: Any = self.several(content, depth + 1) if type(content) is list else [None]
            if not all(type(pair) is list and len(pair) == 2 for pair in pairs):
                raise Malformed("a mapping has pairs of a name and a value")
            return {str(name): value for name, value in pairs}
        if tag == "tuple" and type(content) is list:
            return tuple(self.several(content, depth + 1))
        if tag in ("array", "scalar"):
            self.numbers += _size_of_array(content)
            if self.numbers > MOST_NUMBERS:
                raise Malformed(f"{MOST_NUMBERS} numbers are the most that is read")
            return from_json(data)
        self.value(content, depth + 1)  # small parts, such as those of a complex number
        return from_json(data)


def _size_of_array(content: Any) -> int:
    if not isinstance(content, dict) or content.keys() != {"dtype", "shape", "base64"}:
        raise Malformed("an array has a dtype, a shape and its bytes")
    dtype, shape, text = content["dtype"], content["shape"], content["base64"]
    if not isinstance(dtype, str) or not DTYPE.fullmatch(dtype):
        raise Malformed(f"an array of {str(dtype)[:40]!r} is not plain numbers")
    whole = isinstance(shape, list) and all(type(n) is int and n >= 0 for n in shape)
    if not whole or len(shape) > MOST_RANK or not isinstance(text, str):
        raise Malformed("an array has a shape of a few whole numbers")
    if math.prod(shape) > MOST_NUMBERS:
        raise Malformed(f"an array of shape {shape}")
    return max(1, math.prod(shape))


# ----- recordings ----------------------------------------------------------------------------------

Check = Callable[[Any], bool]


def _is(*kinds: type) -> Check:
    return lambda value: type(value) in kinds


def _pairs(first: Check, second: Check) -> Check:
    def check(value: Any) -> bool:
        pairs = isinstance(value, tuple) and all(
            isinstance(p, tuple) and len(p) == 2 for p in value
        )
        return pairs and all(first(a) and second(b) for a, b in value)

    return check


def _mapping(of: Check) -> Check:
    return lambda value: isinstance(value, dict) and all(map(of, value.values()))


def _all(of: Check) -> Check:
    return lambda value: isinstance(value, tuple) and all(map(of, value))


def _or_none(check: Check) -> Check:
    return lambda value: value is None or check(value)


_anything: Check = lambda value: True  # noqa: E731 - a name for what is plain data already
_text, _whole, _yes_or_no = _is(str), _is(int), _is(bool)
_lines = _pairs(_whole, _text)
_line: Check = lambda value: type(value) is str and not BREAK.search(value)  # noqa: E731

FIELDS: dict[type, dict[str, Check]] = {
    Write: {
        "name": _line, "value": _anything, "line": _whole, "text": _line,
        "how": lambda how: type(how) is str and bool(HOW.fullmatch(how)),
        "fresh": _yes_or_no, "step": _whole,
    },
    Failure: {
        "kind": _line, "message": _text, "line": _or_none(_whole), "text": _line,
        "forward": _yes_or_no, "pending": _all(_text),
    },
    Recording: {
        "function": lambda f: type(f) is str and bool(NAME.fullmatch(f)), "output": _text,
        "inputs": _is(dict), "writes": _all(_is(Write)),
        "forward_end": _whole, "backward_at": _whole, "returned": _is(dict),
        "results": _pairs(_text, _anything), "failure": _or_none(_is(Failure)),
        "ambiguous": _mapping(_text), "replaced": _all(_text), "code": _lines, "helpers": _lines,
        "around": _is(dict), "second_names": _mapping(_text), "ways": _pairs(_text, _yes_or_no),
    },
    ReportRow: {
        "name": _text, "verdict": lambda v: v in ("right", "inherits", "wrong", "missing"),
        "yours": _anything, "expected": _anything, "line": _or_none(_whole), "text": _text,
        "label": _or_none(_text), "reason": _text, "of": _text, "required": _yes_or_no,
        "judged": _yes_or_no, "point": _or_none(_is(dict)), "also": _all(_text),
        "shape": _or_none(_all(_whole)), "rule": _text, "formula": _text,
    },
    GradientReport: {
        "function": lambda f: type(f) is str and bool(NAME.fullmatch(f)), "output": _text, "rows": _all(_is(ReportRow)), "ok": _yes_or_no,
        "score": lambda s: type(s) is float and 0.0 <= s <= 1.0, "seed": _whole,
        "notes": _all(_text), "remarks": _all(_text), "points": _whole,
        "failure": _or_none(_is(Failure)), "failure_point": _or_none(_is(dict)),
        "backward": _lines, "code": _lines, "forward": _all(_whole), "stages": _mapping(_all(_text)),
        "shapes": _mapping(_all(_whole)),
        "departure": _or_none(lambda d: _all(_text)(d) and len(d) == 2),
    },
}  # fmt: skip


def recording_from(data: Any) -> Recording:
    """Make a recording of what came, every field of its own type. Raises `Malformed`."""
    parts = _dict(value_from(data))
    parts["writes"] = _writes(parts.get("writes"))
    parts["failure"] = _failure(parts.get("failure"))
    made = _made(Recording, parts)
    if not 0 <= made.forward_end <= len(made.writes) or not 0 <= made.backward_at <= len(
        made.writes
    ):
        raise Malformed("the passes of the recording lie outside of it")
    return made


def report_from(data: Any) -> GradientReport:
    """Make a report of what came, every field of its own type. Raises `Malformed`."""
    parts = _dict(value_from(data))
    parts["rows"] = tuple(_made(ReportRow, each) for each in _tuple(parts.get("rows")))
    parts["failure"] = _failure(parts.get("failure"))
    return _made(GradientReport, parts)


def report_to(report: GradientReport) -> dict[str, Any]:
    """The report as plain values, which `backprop_kit.plain.to_json` can write."""
    parts = {f.name: getattr(report, f.name) for f in dataclasses.fields(report)}
    parts["rows"] = tuple(shallow(row) for row in report.rows)
    parts["failure"] = report.failure and shallow(report.failure)
    return parts


def shallow(value: Any) -> dict[str, Any]:
    return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}


def _made(kind: type, parts: Any) -> Any:
    fields = FIELDS[kind]
    if not isinstance(parts, dict) or parts.keys() != fields.keys():
        raise Malformed(f"a {kind.__name__} has other fields")
    for name, check in fields.items():
        if not check(parts[name]):
            raise Malformed(f"the {name} of a {kind.__name__} is a {type(parts[name]).__name__}")
    return kind(**parts)


def _writes(columns: Any) -> tuple[Write, ...]:
    checks = FIELDS[Write]
    if not isinstance(columns, dict) or columns.keys() != checks.keys():
        raise Malformed("the writes have other columns")
    for name, check in checks.items():
        if type(columns[name]) is not list or not all(map(check, columns[name])):
            raise Malformed(f"the {name} of a write is something else")
    if len(set(map(len, columns.values()))) > 1:
        raise Malformed("the columns of the writes are not of one length")
    return tuple(map(Write, *(columns[name] for name in COLUMNS)))


def _failure(parts: Any) -> Failure | None:
    return None if parts is None else _made(Failure, parts)


def _dict(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Malformed(f"a {type(value).__name__} where fields were asked for")
    return value


def _tuple(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, tuple | list):
        raise Malformed(f"a {type(value).__name__} where several were asked for")
    return tuple(value)


def is_number(value: Any) -> bool:
    """Whether a value is one real number."""
    return isinstance(value, int | float | np.number) and not isinstance(value, bool | Opaque)


def inputs_to(inputs: Mapping[str, Any], to_json: Callable[[Any], Any]) -> list[list[Any]]:
    """Write inputs by name; a function goes as its name, and is called back where it lives."""
    return [
        [name, {"function": str(getattr(value, "__name__", "f"))}]
        if callable(value)
        else [name, {"plain": to_json(value)}]
        for name, value in inputs.items()
    ]
