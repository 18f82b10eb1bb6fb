"""Why a row is wrong: a label of a fixed vocabulary and a sentence a learner can act on.

A function here looks at one row and returns a `Finding`, or None if it does not know. If none
knows, the finding says so plainly: a wrong cause would be worse than none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from backprop_kit.judging import MISSING, Row
from backprop_kit.plain import numbers
from backprop_kit.recording import Recording
from backprop_kit.truth import Truth


@dataclass(frozen=True)
class Finding:
    """A cause: its label, and the sentence that says it."""

    label: str
    sentence: str


@dataclass(frozen=True)
class Evidence:
    """What a reason may look at: the row, the run it comes from, and the stages that read its variable."""

    row: Row
    recording: Recording
    readers: tuple[str, ...] = ()

    @staticmethod
    def of(row: Row, recording: Recording, truth: Truth | None) -> Evidence:
        nudged = truth.names.get(row.of) if truth is not None else None
        readers = [w.text for w in recording.forward if nudged and w.name in nudged.effects]
        return Evidence(row, recording, tuple(dict.fromkeys(readers)))


def missing(evidence: Evidence) -> Finding | None:
    """A required gradient is never written."""
    row, failure = evidence.row, evidence.recording.failure
    if row.verdict != MISSING:
        return None
    if failure is not None:
        part = "forward" if failure.forward else "backward"
        where = f"line {failure.line}" if failure.line else "an error"
        return Finding("raises", f"`{row.name}` was not reached: {where} stopped the {part} pass.")
    return Finding(
        "missing",
        f"I see no `{row.name}`: call the gradient on `{row.of}` `{row.name}`, or return it under "
        "that name.",
    )


def not_finite(evidence: Evidence) -> Finding | None:
    """The value is nan or inf where the truth is finite."""
    row = evidence.row
    value = numbers(row.yours)
    if value is None or np.all(np.isfinite(value)):
        return None
    found = "nan" if np.any(np.isnan(value)) else "an infinity"
    return Finding(
        "not_finite",
        f"`{row.name}` on line {row.line} (`{row.text}`) is {found}, and the gradient is finite; "
        "look for a division by zero, a log of zero or an overflow on the way to it.",
    )


def unknown(evidence: Evidence) -> Finding:
    """None of the reasons fits."""
    row = evidence.row
    stages = " and through ".join(f"`{text}`" for text in evidence.readers)
    paper = f"Work on paper what comes back to `{row.of}` through {stages}"
    if not stages:
        paper = f"Work on paper how `{evidence.recording.output}` depends on `{row.of}`"
    return Finding(
        "unknown",
        f"`{row.name}` on line {row.line} (`{row.text}`) is not the gradient on `{row.of}`, and I "
        f"cannot tell why. {paper}.",
    )


REASONS: tuple[Callable[[Evidence], Finding | None], ...] = (missing, not_finite)


def find(row: Row, recording: Recording, truth: Truth | None = None) -> Finding:
    """The first reason that fits."""
    evidence = Evidence.of(row, recording, truth)
    return next((found for reason in REASONS if (found := reason(evidence))), unknown(evidence))
