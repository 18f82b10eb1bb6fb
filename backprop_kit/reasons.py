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


@dataclass(frozen=True)
class Finding:
    """A cause: its label, and the sentence that says it."""

    label: str
    sentence: str


@dataclass(frozen=True)
class Evidence:
    """What a reason may look at."""

    row: Row
    recording: Recording


def missing(evidence: Evidence) -> Finding | None:
    """A required gradient is never written."""
    row, failure = evidence.row, evidence.recording.failure
    if row.verdict != MISSING:
        return None
    if failure is not None:
        return Finding(
            "raises",
            f"`{row.name}` was not reached: line {failure.line} stopped the backward pass.",
        )
    return Finding(
        "missing",
        f"I see no `{row.name}`: name the gradient on `{row.of}` `{row.name}`, or return it under that name.",
    )


def not_finite(evidence: Evidence) -> Finding | None:
    """nan or inf where the truth is finite."""
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
    stages = [w.text for w in evidence.recording.forward if w.name == row.of and w.how != "input"]
    paper = (
        f"the stage `{stages[-1]}` and those that read `{row.of}`"
        if stages
        else f"each stage that reads `{row.of}`"
    )
    return Finding(
        "unknown",
        f"`{row.name}` on line {row.line} (`{row.text}`) is not the gradient on `{row.of}`, and why I "
        f"cannot tell: work {paper} on paper with the chain rule.",
    )


REASONS: tuple[Callable[[Evidence], Finding | None], ...] = (missing, not_finite)


def find(row: Row, recording: Recording) -> Finding:
    """The first reason that fits."""
    evidence = Evidence(row, recording)
    return next((found for reason in REASONS if (found := reason(evidence))), unknown(evidence))
