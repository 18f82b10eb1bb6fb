"""One run of a staged function, written down as plain data.

A recording holds the inputs, every write with a copy of its value, and what was returned. It is
made where the learner's code runs, survives JSON, and is judged elsewhere: nothing in it can act.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any

import numpy as np

from backprop_kit.branching import Way, is_mask, outcomes
from backprop_kit.plain import from_json, numbers, same, to_json
from backprop_kit.staged import StagedError, gradient_of


@dataclass(frozen=True)
class Write:
    """A name got a value: `how` is "=", "+=" and the like, "part", "in place" or "input"."""

    name: str
    value: Any
    line: int
    text: str
    how: str
    fresh: bool  # made without reading its own earlier value
    step: int  # how many statements had been carried out before


COLUMNS = tuple(f.name for f in fields(Write))


@dataclass(frozen=True)
class Failure:
    """The exception that ended a run; `pending` are the names it kept from being written to the end.

    An entry of a dict that it kept from being stored is called `grads['x']`.
    """

    kind: str
    message: str
    line: int | None
    text: str
    forward: bool
    pending: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recording:
    """What one run did: a forward pass up to the output's last write, then a backward pass.

    `returned` are the values given back under a name, `results` all that was given back besides
    the output, in order, each with its name or "". `code` is what was run, as the learner wrote it:
    for the function, and for a backward pass of its own, the number of its first line and its text.
    """

    function: str
    output: str
    inputs: Mapping[str, Any]
    writes: tuple[Write, ...]
    forward_end: int
    backward_at: int
    returned: Mapping[str, Any] = field(default_factory=dict)
    results: tuple[Any, ...] = ()
    failure: Failure | None = None
    ambiguous: Mapping[str, str] = field(default_factory=dict)
    replaced: tuple[str, ...] = ()
    code: tuple[tuple[int, str], ...] = ()
    helpers: tuple[tuple[int, str], ...] = ()  # likewise the functions that the code calls
    around: Mapping[str, Any] = field(default_factory=dict)  # numbers it reads from outside
    second_names: Mapping[str, str] = field(default_factory=dict)  # `kept = h`, read by no stage
    ways: tuple[tuple[str, bool], ...] = ()  # which way its conditions went, and its maxima

    @cached_property
    def forward(self) -> tuple[Write, ...]:
        found = enumerate(self.writes[: self.forward_end])
        return tuple(w for i, w in found if i < self.backward_at or not self.is_gradient(w.name))

    def is_gradient(self, name: str) -> bool:
        """Whether a name written in the backward pass is the gradient of an input or a stage."""
        known = {w.name for w in self.writes[: self.backward_at]}
        return gradient_of(name, known, self.output) is not None

    @property
    def backward(self) -> tuple[Write, ...]:
        return self.writes[self.backward_at :]

    def values(self) -> dict[str, Any]:
        """Every forward name with its last forward value; an input has its value on entry."""
        return {w.name: w.value for w in self.forward} | dict(self.inputs)

    def gradients(self) -> dict[str, str]:
        """Each gradient name that was written (`dq`, `dfdq`) with its `q`, by first write."""
        known = self.values()
        found: dict[str, str] = {}
        for write in self.backward:
            q = gradient_of(write.name, known, self.output)
            if q is not None and write.how != "input" and not nothing(write.value):
                found.setdefault(write.name, q)
        return self.with_first_names(found) if self.second_names else found

    def with_first_names(self, gradients: dict[str, str]) -> dict[str, str]:
        """The gradients with that on `kept` counted as the one on `h` where `kept = h`.

        It is left out where that cannot be meant: `h` has another value by then, or a gradient
        with other numbers; or it is an input, whose gradient must have its own name.
        """
        known, last = self.values(), {w.name: numbers(w.value) for w in self.backward}
        found = {}
        for d, q in gradients.items():
            of = self.second_names.get(q, q)
            others = [last[e] for e, p in gradients.items() if p == of != q]
            judged = of in known and of not in self.inputs and of not in self.ambiguous
            alike = all(equal(last[d], other) for other in others)
            if of == q or (judged and alike and same(known[of], known[q])):
                found[d] = of
        return found

    def is_pending(self, name: str) -> bool:
        """Whether an exception kept the name from being written, or from being written again."""
        return self.failure is not None and name in self.failure.pending

    def kept_from(self) -> set[str]:
        """The names whose gradient an exception kept from being written."""
        return set(self.pending_gradients().values())

    def pending_gradients(self) -> dict[str, str]:
        """The gradient names that an exception kept from being written, each with its `q`."""
        known = self.values()
        pending = self.failure.pending if self.failure else ()
        return {d: q for d in pending if (q := gradient_of(d, known, self.output)) is not None}

    def ways_taken(self) -> set[Way]:
        """Which way each decision, and each mask with a name, went, or both ways."""
        masks = ((f"mask {w.name} {w.line}", w.value) for w in self.writes if is_mask(w.value))
        return {*self.ways, *((name, way) for name, mask in masks for way in outcomes(mask))}

    def spelled(self, of: str) -> str:
        """What the gradient on `of` would be called here: `dq` or `dfdq`, as most of the others are."""
        names = self.pending_gradients()
        own = [name for name, q in names.items() if q == of]
        if own:
            return own[0]
        names = {d: q for d, q in (self.gradients() | names).items() if q != self.output}
        long = sum(d == f"d{self.output}d{q}" for d, q in names.items())
        return f"d{self.output}d{of}" if long > len(names) / 2 else f"d{of}"

    def shape_of_run(self) -> list[tuple[str, int, str]]:
        """Which names were written where: two runs that differ in it cannot be compared."""
        return [(w.name, w.line, w.how) for w in self.writes]

    def to_json(self) -> str:
        """The recording as one line of JSON, its writes by columns; float64 values survive exactly."""
        data = {f.name: getattr(self, f.name) for f in fields(self)}
        data["writes"] = {name: [getattr(w, name) for w in self.writes] for name in COLUMNS}
        data["failure"] = self.failure and asdict(self.failure)
        return json.dumps(to_json(data), allow_nan=False)

    @staticmethod
    def from_json(text: str) -> Recording:
        """Read what `to_json` wrote; raises ValueError, KeyError or TypeError if it is malformed."""
        data = from_json(json.loads(text))
        columns = [data["writes"][name] for name in COLUMNS]
        data["writes"] = tuple(Write(*row) for row in zip(*columns, strict=True))
        data["failure"] = data["failure"] and Failure(**data["failure"])
        return Recording(**data)


def refuse_random(first: Recording, second: Recording) -> None:
    """Refuse a forward pass whose values are others when it is run again."""
    last = {write.name: write for write in first.forward}
    again = {write.name: write for write in second.forward}
    for name, write in last.items():
        if name not in again or not same(write.value, again[name].value):
            raise StagedError(
                f"`{name}` has another value each time line {write.line} (`{write.text}`) is run; "
                "pass the random arrays in as inputs, so that they can be held fixed."
            )


def equal(a: np.ndarray | None, b: np.ndarray | None) -> bool:
    return a is not None and b is not None and np.array_equal(a, b)


def nothing(value: Any) -> bool:
    """None and `...` hold a place for a gradient, and are none."""
    return value is None or value is ...


@dataclass(frozen=True)
class Replacement:
    """Put `value` in place of a name once it has been written `after` times."""

    after: int
    value: Any
