"""One point of a trial: the learner's run there, what is measured beside it, and the rows that follow."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from backprop_kit.judging import WRONG, Row, judge
from backprop_kit.nudge import measure
from backprop_kit.points import as_float
from backprop_kit.recorder import record
from backprop_kit.recording import Recording, Replacement
from backprop_kit.scoring import Judged
from backprop_kit.staged import StagedError, TimeLimit
from backprop_kit.truth import Truth
from backprop_kit.unsteady import shaken

if TYPE_CHECKING:
    from backprop_kit.trial import Trial

MOST_ELEMENTS = 2048  # so many elements of wrong rows are measured one by one at a point


@dataclass(frozen=True)
class Place:
    """One point of a trial; it can run the code and measure again there (a `Rerun`)."""

    trial: Trial
    inputs: Mapping[str, Any]
    recording: Recording
    wrt: tuple[str, ...]
    given: bool
    endless: bool = False  # the code did not come to an end, and is not run again
    found: dict[tuple[frozenset[str], frozenset[str]], Judged] = field(default_factory=dict)

    def judged(self, settled: Collection[str], ambiguous: Collection[str]) -> Judged:
        """The rows here, those in `settled` without a second look, those of `ambiguous` names left out."""
        known = (frozenset(settled), frozenset(ambiguous))
        if known not in self.found:
            self.found[known] = self.judged_anew(settled, ambiguous)
        return self.found[known]

    def judged_anew(self, settled: Collection[str], ambiguous: Collection[str]) -> Judged:
        """Rows, with those that are found wrong here measured element by element, as far as that is quick."""
        truth, rerun = self.truth, None if self.endless else self
        for name in self.wrt:
            if name not in truth.names:
                raise StagedError(cannot_move(name))
        rows = judge(self.recording, truth, self.wrt, rerun, self.trial.seed, settled)
        rows = self.looked_at(rows, truth, settled)
        rows = [row for row in rows if row.of not in ambiguous]
        stages = between(truth, self.wrt) - set(ambiguous)
        return Judged(rows, stages, self.point, {}, truth)

    def looked_at(self, rows: list[Row], truth: Truth, settled: Collection[str]) -> list[Row]:
        """The rows with what a wrong one should be, where it is large and not yet known to be wrong."""
        coarse, left = set(), MOST_ELEMENTS
        for row in rows:
            unknown = row.verdict == WRONG and row.expected is None and row.name not in settled
            if unknown and row.of not in coarse and size_of(truth, row.of) <= left:
                coarse.add(row.of)
                left -= int(size_of(truth, row.of))
        if not coarse:
            return rows
        fine = self.measure(each=coarse, names=coarse, hold=())
        return [
            replace(row, expected=fine.gradient(row.of)) if row.of in coarse else row
            for row in rows
        ]

    @cached_property
    def truth(self) -> Truth:
        """What is true of every name here."""
        return self.measure()

    @cached_property
    def reference(self) -> Recording | None:
        """The run of the trusted forward pass, where it is not the learner's own."""
        if self.trial.own:
            return None
        return record(self.trial.forward, self.inputs, output=self.trial.output, quiet=True)

    @property
    def point(self) -> Mapping[str, Any] | None:
        """Where a fresh point lies; None for the given one."""
        return None if self.given else {n: self.inputs[n] for n in self.wrt}

    def record(self, replace: Mapping[str, Replacement]) -> Recording:
        """Run the learner's code again with other values put in."""
        return self.trial.run(self.inputs, replace, True)

    def measure(
        self,
        *,
        hold: Collection[str] | None = None,
        names: Collection[str] | None = None,
        each: Collection[str] = (),
    ) -> Truth:
        """Nudge the trusted forward pass here; data whose gradient nobody wrote is left alone."""
        asked = {*self.wrt, *self.recording.gradients().values()}
        data = {n for n in self.recording.inputs if n not in asked}
        return measure(
            self.trial.forward,
            self.floats,
            recording=self.recorded,
            output=self.trial.output,
            upstream=self.trial.upstream,
            names=set(self.recording.values()) - data if names is None else names,
            hold=hold,
            each=each,
            seed=self.trial.seed,
        )

    def shaken(
        self, truth: Truth, directions: Mapping[str, np.ndarray], seed: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The slopes in plain arithmetic and in such as shakes, and how far the output moves."""
        forward, inputs = self.trial.forward, self.floats
        return shaken(forward, inputs, truth, directions, seed=seed, recording=self.recorded)

    @cached_property
    def floats(self) -> dict[str, Any]:
        """The inputs with those that are to be moved as floats."""
        return {n: as_float(v) if n in self.wrt else v for n, v in self.inputs.items()}

    @property
    def recorded(self) -> Recording | None:
        """The learner's run, if it is also one of the trusted forward pass at these floats."""
        same = all(self.floats[n] is v for n, v in self.inputs.items())
        if not self.trial.own or (not same and not self.endless):
            return None
        return self.recording if same else forward_of(self.trial, self.floats)


def forward_of(trial: Trial, inputs: Mapping[str, Any]) -> Recording:
    """The forward pass alone, where the backward pass does not come to an end."""
    return record(trial.forward, inputs, output=trial.output, quiet=True, forward_only=True)


def is_endless(recording: Recording) -> bool:
    """Whether the run was stopped because it did not come to an end."""
    return recording.failure is not None and recording.failure.kind == TimeLimit.__name__


def cannot_move(name: str) -> str:
    return (
        f"`{name}` cannot be judged: the forward pass does not bear its being moved a little, as if "
        "it were a count or an index; leave it out of wrt=[...]."
    )


def size_of(truth: Truth, name: str) -> float:
    nudged = truth.names.get(name)
    return float(nudged.directions[name][0].size) if nudged else float("inf")


def between(truth: Truth, wrt: Collection[str]) -> frozenset[str]:
    """Stages that move with a required input and move the output."""
    reached: set[str] = set()
    front = list(wrt)
    while front:
        nudged = truth.names.get(front.pop())
        fresh = [
            s for s in (nudged.effects if nudged else ()) if s not in reached and s != truth.output
        ]
        reached.update(fresh)
        front += fresh
    return frozenset(s for s in reached if s in truth.names and np.any(truth.names[s].total.size))
