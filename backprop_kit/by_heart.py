"""Answers known by heart: code that has a value at the points it knows, and stops at all others.

Points at which code has no finite value are passed over, since no learner answers for the domain of
a function. Where a forward pass is at hand that is trusted, it says what that domain is.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from backprop_kit.judging import MISSING, Row
from backprop_kit.nudge import is_real
from backprop_kit.plain import numbers
from backprop_kit.points import FRESH, fresh_points
from backprop_kit.recorder import record
from backprop_kit.recording import Recording
from backprop_kit.report import GradientReport
from backprop_kit.rows import show_point
from backprop_kit.scoring import Judged, combined

if TYPE_CHECKING:
    from backprop_kit.trial import Trial


def evaded_by(trial: Trial, first: Recording, wrt: tuple[str, ...]) -> GradientReport | None:
    """The report on code that has no value at any fresh point, where what is trusted has one.

    None where the trusted forward pass has no value there either: then nothing was evaded.
    """
    moved = {name for name in wrt if is_real(trial.inputs[name])}
    for inputs in itertools.islice(fresh_points(trial.inputs, moved, trial.seed), FRESH):
        if has_value(trial, inputs):
            return without_value(trial, inputs, wrt, first.function)
    return None


def has_value(trial: Trial, inputs: Mapping[str, Any]) -> bool:
    """Whether the trusted forward pass gives finite numbers at these inputs."""
    recording = record(trial.forward, inputs, output=trial.output, quiet=True, forward_only=True)
    value = numbers(recording.values().get(trial.output))
    return recording.failure is None and value is not None and bool(np.isfinite(value).all())


def without_value(
    trial: Trial, inputs: Mapping[str, Any], wrt: tuple[str, ...], function: str
) -> GradientReport:
    """The report that names such a point: nothing is right that is right at known points alone."""
    failure, point = trial.run(inputs, {}, True).failure, {name: inputs[name] for name in wrt}
    said = (
        f"At {show_point(point)} the code gives no number for `{trial.output}`, and nowhere else "
        "but at the point that was given, though there is a value: compute it from the inputs."
    )
    rows = [Row(f"d{q}", q, MISSING, required=True) for q in wrt]
    return combined(
        [Judged(rows, frozenset(), None, {})],
        wrt,
        function=function,
        output=trial.output,
        seed=trial.seed,
        failure=failure,
        failure_point=point if failure else None,
        departure=None if failure else ("changed_forward", said),
    )
