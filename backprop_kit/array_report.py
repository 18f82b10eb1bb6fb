"""What `check_gradient` found: a row a parameter, its wrong elements, and a sentence on the cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from backprop_kit.guesses import Guess
from backprop_kit.judging import MISSING, RIGHT
from backprop_kit.listing import Listed, Note
from backprop_kit.plain import kind_of, numbers
from backprop_kit.report import GradientReport
from backprop_kit.rows import ReportRow, holds, show_number

SHOWN = 4  # wrong elements in the text
LABELS: dict[str, tuple[str, str]] = {
    "missing": (
        "`grads` has no `{name}`.",
        "Every parameter has a gradient; where nothing comes back it is zeros.",
    ),
    "not_finite": (
        "`{name}` holds nan or an infinity, and the gradient is finite.",
        "Look for a division by zero, a log of zero or an overflow on the way to it.",
    ),
    "integer_dtype": (
        "`{name}` is an array of integers, so what was stored in it lost everything after the point.",
        "`np.zeros(shape)` makes floats; `np.zeros_like` of an array of integers does not.",
    ),
    "ignored": (
        "the output does not move at all with `{name}`, and its gradient is not zero.",
        "Does the forward pass read an array from outside in place of its own argument?",
    ),
    "wrong_sign": (
        "`{name}` is right but for its sign.",
        "Follow each minus of the forward pass back.",
    ),
    "missing_transpose": (
        "`{name}` is right once it is transposed.",
        "In the gradient of a matrix product the other operand stands transposed.",
    ),
    "double_batch_scale": (
        "`{name}` is {size} times too {how}, and there are {count} examples.",
        "What the forward pass divides by the number of examples, the backward pass divides by it once.",
    ),
    "missing_power_factor": (
        "`{name}` is half of what it should be.",
        "The exponent comes down in front: the square hands back twice its input.",
    ),
    "missing_unbroadcast_sum": (
        "`{name}` has shape {found} and its parameter {shape}: it is right once it is summed to that.",
        "To repeat a value along an axis, as broadcasting does, is a fork: its gradients are added up.",
    ),
    "wrong_sum_axis": (
        "all of what should be in `{name}` is there, and not in its places: it was summed over another axis.",
        "Sum over just those axes along which the parameter was repeated.",
    ),
    "dropped_keepdims": (
        "`{name}` has shape {found} and its parameter {shape}: the numbers are right, an axis is lost.",
        "A sum takes its axis away; `keepdims=True` keeps it, with length 1.",
    ),
    "extra_keepdims_shape": (
        "`{name}` has shape {found} and its parameter {shape}: the numbers are right, an axis is too many.",
        "A gradient has exactly the shape of its variable: leave `keepdims` out, or reshape.",
    ),
    "wrong_shape": (
        "`{name}` has shape {found} and its parameter {shape}.",
        "A gradient has exactly the shape of its variable.",
    ),
    "tie_double_count": (
        "at a tie, two elements each have the whole gradient, which counts it twice.",
        "A max hands on as much as it gets: one input may have all of it, or they share it.",
    ),
    "unknown": ("`{name}` is not the gradient{factor}, and I cannot tell why.", ""),
}


def row_of(
    key: str,
    name: str,
    verdict: str,
    yours: Any,
    expected: np.ndarray | None,
    shape: tuple[int, ...],
    found: Guess | None,
) -> ReportRow:
    """The row of one parameter; `key` is what `grads` calls it."""
    label = None if found is None or verdict == RIGHT else found.label
    what, rule = LABELS[label] if label else ("", "")
    known = {"name": key, "found": np.shape(np.asarray(yours)), "shape": shape, **factors(found)}
    sentence = what.format(**known)
    if label == "unknown" and numbers(yours) is None:
        sentence = (
            f"`{key}` is {kind_of(yours)}, and a gradient is numbers, one for each of `{name}`."
        )
    reason = f"{sentence[:1].upper()}{sentence[1:]} {rule}".strip()
    return ReportRow(
        name=key, verdict=verdict, yours=yours, expected=expected, line=None, text="", label=label,
        reason=reason, of=name, required=True, judged=True, shape=shape, rule=rule,
    )  # fmt: skip


def factors(found: Guess | None) -> dict[str, Any]:
    """The factor that an array is off by, in words."""
    if found is None or found.factor is None:
        return {"factor": "", "size": "", "how": "", "count": ""}
    ratio = found.factor
    size, how = (ratio, "large") if abs(ratio) > 1 else (1 / ratio, "small")
    text = f"{size:g}"
    return {"factor": f" but {text} times too {how}", "size": text, "how": how, "count": text}


@dataclass(frozen=True)
class ArrayReport(GradientReport):
    """A report on arrays of any size: `.wrong` are parameters, `.elements` where they are wrong.

    `elements[name]` has up to 20 of `(index, yours, expected)`; `evaluations` counts the forward
    passes that it took, and `count` the numbers that were judged.
    """

    elements: Mapping[str, list[tuple[Any, float, float]]] = field(default_factory=dict)
    evaluations: int = 0
    count: int = 0

    @property
    def wrong(self) -> list[str]:
        """The names of the parameters whose gradients are wrong or missing."""
        return [row.of for row in self.faults]

    def headline(self) -> str:
        passes = f"{self.evaluations} forward passes"
        if self.ok:
            numbers = f"{self.count:,} {'number' if self.count == 1 else 'numbers'}"
            return f"{self.function}: every gradient is right ({numbers}, {passes})"
        return super().headline()

    def listing(self) -> list[Listed]:
        """One line a parameter."""
        return [Listed(None, row.name, [self.note(row)]) for row in self.rows]

    def note(self, row: ReportRow) -> Note:
        found, wanted = self.told(row)
        return Note(row.verdict, row.symbol, found, wanted, row.at_fault)

    def told(self, row: ReportRow) -> tuple[str, str]:
        """What a gradient is, and what it should be: its shape, or its worst element."""
        value = numbers(row.yours)
        if row.verdict == MISSING:
            return "is not there", ""
        if row.verdict == RIGHT or value is None:
            return short(row), ""
        if value.shape != row.shape:
            return short(row), f"should be {row.shape}" if row.shape else "should be one number"
        elements = self.elements.get(row.of, [])
        if not elements:
            return short(row), ""
        place, yours, expected = max(elements, key=lambda e: badness(e[1], e[2]))
        at = f"[{', '.join(map(str, place))}] is " if place else ""
        return f"{at}{show_number(yours)}", f"should be {show_number(expected)}"

    def paragraphs(self) -> tuple[list[str], list[str]]:
        """The sentences before the rows and after them; wrong elements come after."""
        before, after = super().paragraphs()
        return before, [*map(self.places, self.elements), *after] if not self.ok else after

    def places(self, name: str) -> str:
        """The first wrong elements of a parameter, each with what it should be."""
        elements = self.elements[name]
        shown = "; ".join(
            f"[{', '.join(map(str, place))}] is {show_number(yours)}, should be {show_number(expected)}"
            for place, yours, expected in elements[:SHOWN]
        )
        more = f"; and {len(elements) - SHOWN} more in `.elements`" if len(elements) > SHOWN else ""
        return f"Wrong in `{name}`: {shown}{more}."

    def hint(self, level: int = 1) -> str:
        """A hint on the first slip: 1 says which parameter, 2 which rule, 3 where to look.

        None of them holds the finished answer. Raises ValueError for another level.
        """
        if level not in (1, 2, 3):
            raise ValueError(f"hints have the levels 1, 2 and 3, and this is {level!r}")
        row = self.first
        if row is None:
            return "Every gradient is right; there is nothing to hint at."
        if level == 1:
            return f"Look at the gradient on `{row.of}`."
        if level == 2 or not self.elements.get(row.of):
            return row.rule or f"Work on paper what comes back to one element of `{row.of}`."
        place = self.elements[row.of][0][0]
        return f"Follow the element {list(place)} of `{row.of}` by hand, from the output back."


def short(row: ReportRow) -> str:
    return holds(row.yours).removeprefix("is ").removeprefix("has ")


def badness(yours: float, expected: float) -> float:
    off = abs(yours - expected)
    return off if np.isfinite(off) else np.inf
