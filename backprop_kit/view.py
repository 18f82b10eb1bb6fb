"""One run of a learner's code beside what each gradient in it must be.

How close is close enough is decided here: within a millionth of the terms that were added, or
within what rounding in the forward pass alone would move.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from backprop_kit.plain import numbers
from backprop_kit.recording import Recording, Replacement
from backprop_kit.truth import Expected, Interval, Known, Nudged, Truth

CLOSE, CLOSE_FLOAT32 = 1e-6, 1e-3
ULPS, MANY_ULPS, JITTERS = 3, 192, 4
GROWS = (
    8  # at least so much more do many ulps move a row than a few, if it is rounding that moves it
)
LEAST = 1e-12  # of the largest gradient: a move below it is rounding, even if it does not grow
POOLED = (
    4  # rounding is alike over the elements of a variable, and seldom at its largest in a few runs
)
NOISE = 0.1  # a slope that moves by more of its size with the last digits of its inputs is noise
FAINT = 16
TRUTH_MOVES = 8  # noise is seldom seen at its largest in a few runs


class Rerun(Protocol):
    """One more run of the learner's code, or one more measurement, at the point being judged."""

    def record(self, replace: Mapping[str, Replacement]) -> Recording: ...

    def measure(
        self,
        *,
        hold: Collection[str] | None = None,
        names: Collection[str] | None = None,
        inputs: Mapping[str, Any] | None = None,
        each: Collection[str] = (),
    ) -> Truth: ...


@dataclass(frozen=True)
class View:
    """A run, and what each gradient in it must be."""

    recording: Recording
    nudged: Mapping[str, Nudged]
    expected: Mapping[str, Expected]
    truth: Truth
    jitter: Jitter | None = None
    settled: frozenset[str] = frozenset()  # rows known to be wrong, on which no more runs are spent
    handed: Mapping[str, Known] = field(default_factory=dict)  # the gradients that were put in

    def fits(self, of: str, at: int, value: Any, exact: bool, patient: bool = True) -> bool:
        """Whether a value, that of write `at`, is the gradient on `of`."""
        array = numbers(value)
        if of == self.truth.output:
            return array is not None and same_as_upstream(array, self.truth)
        shaped = spread(array, self.nudged[of].directions[of].shape[1:], exact)
        if array is None or shaped is None:
            return False
        expected = self.expected[of]
        found = along({of: shaped}, self.nudged[of])
        single = array.dtype.itemsize < 8 or self.truth.precision == "float32"
        allowed = (CLOSE_FLOAT32 if single else CLOSE) * expected.scale + expected.slope.error
        if within(found, expected.slope, allowed):
            return True
        if self.jitter is None or not patient:
            return False
        with np.errstate(all="ignore"):
            return within(found, expected.slope, allowed + self.slack(of, at, found))

    def slack(self, of: str, at: int, found: np.ndarray) -> np.ndarray:
        """How far rounding in the forward pass moves the row, yours or the measured one.

        Where there is a kink the slope itself jumps, and no slack is given.
        """
        assert self.jitter is not None
        slope, faint = self.expected[of].slope, self.faint(of)
        truth = self.jitter.of_truth(of, slope)
        noise = (
            (np.max(truth, initial=0.0) >= NOISE * slope.size)
            & (slope.size <= faint)
            & (np.abs(found) <= faint)
        )
        few, many = (self.moves(of, at, runs) for runs in self.jitter.recordings)
        least = np.fmax(faint, LEAST * self.largest())
        yours = np.where(many >= GROWS * few, few, 0.0)
        yours = np.fmax(yours, POOLED * np.max(few, initial=0.0, where=few <= least))
        slack = np.fmax(yours, TRUTH_MOVES * truth) + np.where(noise, 2 * faint, 0.0)
        return np.where(slope.low == slope.high, slack, 0.0)

    def largest(self) -> float:
        """The largest number among the gradients that were written."""
        last = {w.name: numbers(w.value) for w in self.recording.backward}
        sizes = [float(np.max(np.abs(v), initial=0.0)) for v in last.values() if v is not None]
        return max((size for size in sizes if np.isfinite(size)), default=0.0)

    def moves(self, of: str, at: int, runs: list[Recording]) -> np.ndarray:
        """How far your row moves in runs with jittered forward values.

        Rounding grows with the jitter. What does not is a comparison that came out the other way,
        and a mask that hangs on the last digit is no better than any other wrong mask.
        """
        nudged = self.nudged[of]
        shape = nudged.directions[of].shape[1:]
        moved = np.zeros(len(nudged.total.low))
        base = spread(numbers(self.recording.writes[at].value), shape, False) if at >= 0 else None
        for run in runs if base is not None else ():
            if run.shape_of_run() == self.recording.shape_of_run():
                other = spread(numbers(run.writes[at].value), shape, False)
                if other is not None:
                    moved = np.fmax(moved, np.abs(along({of: other - base}, nudged)))
        return moved

    def faint(self, of: str) -> np.ndarray:
        """Slopes so small that rounding, in the output or on the way back from it, hides them."""
        output, value = (numbers(self.truth.values[n]) for n in (self.truth.output, of))
        rounding = self.expected[of].rounding
        if output is not None and value is not None:
            size = float(np.max(np.abs(value), initial=0.0)) or 1.0
            terms = float(np.sum(np.abs(output * self.truth.upstream)))
            rounding = np.fmax(rounding, terms / size)
        return np.asarray(FAINT * np.finfo(float).eps * rounding)

    def values(self, name: str, required: bool) -> Iterator[tuple[int, Any]]:
        """The values to be judged: the final one, or each held since the last fresh assignment."""
        writes = [(i, w) for i, w in enumerate(self.recording.writes) if w.name == name]
        writes = [(i, w) for i, w in writes if i >= self.recording.backward_at]
        if required:
            final = self.recording.returned.get(name, writes[-1][1].value)
            yield writes[-1][0], writes[-1][1].value if self.recording.replaced else final
            return
        fresh = [k for k, (_, w) in enumerate(writes) if w.fresh]
        for i, write in reversed(writes[fresh[-1] if fresh else 0 :]):
            yield i, write.value

    def passes(self, name: str, of: str, required: bool) -> int | None:
        """How many writes before the last the value that fits was held; None if none fits."""
        for age, (at, value) in enumerate(self.values(name, required)):
            if self.fits(of, at, value, exact=required, patient=name not in self.settled):
                return age
        return None


def along(values: Mapping[str, np.ndarray], nudged: Nudged) -> np.ndarray:
    """The slope that gradients claim for each direction."""
    found: np.ndarray | float = 0.0
    for name, directions in nudged.directions.items():
        if nudged.each:
            return np.ravel(values[name])
        found = found + (directions * values[name]).reshape(len(directions), -1).sum(axis=1)
    return np.asarray(found)


def within(found: np.ndarray, slope: Interval, allowed: np.ndarray | float) -> bool:
    """Whether every slope lies between its bounds; where none could be measured, any is let pass."""
    with np.errstate(invalid="ignore"):
        inside = (found >= slope.low - allowed) & (found <= slope.high + allowed)
    return bool(np.all(inside | ~np.isfinite(slope.low) | ~np.isfinite(slope.high)))


def spread(array: np.ndarray | None, shape: tuple[int, ...], exact: bool) -> np.ndarray | None:
    """The array in the shape of its variable, or None if it has another."""
    if array is None or (exact and array.shape != shape):
        return None
    try:
        return np.asarray(np.broadcast_to(array, shape), dtype=float)
    except ValueError:
        return None


def same_as_upstream(array: np.ndarray, truth: Truth) -> bool:
    shaped = spread(array, np.shape(truth.upstream), False)
    return shaped is not None and bool(np.allclose(shaped, truth.upstream, rtol=CLOSE, atol=0))


# ----- a few ulps ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Jitter:
    """The same run with every forward value a few units in the last place off, when it is asked for."""

    base: Recording
    rerun: Rerun
    seed: int
    put: Mapping[str, Replacement] = field(default_factory=dict)

    @cached_property
    def moved(self) -> list[dict[str, Replacement]]:
        return [self.jittered(k, ULPS) for k in range(JITTERS)]

    def jittered(self, k: int, ulps: float) -> dict[str, Replacement]:
        return jitters(self.base, np.random.default_rng([self.seed, k]), ulps)

    @cached_property
    def recordings(self) -> tuple[list[Recording], list[Recording]]:
        """Runs with a few ulps of jitter, and the first of them again with many."""
        many = [self.jittered(k, MANY_ULPS) for k in range(JITTERS)]
        few, far = ([self.rerun.record({**m, **self.put}) for m in ms] for ms in (self.moved, many))
        return few, far

    def of_truth(self, of: str, slope: Interval) -> np.ndarray:
        """How far what was measured moves with the inputs; measured only where no gradient was put in."""
        found = np.zeros(slope.low.shape)
        for moved in self.moved if not self.put else ():
            inputs = {n: r.value for n, r in moved.items() if n in self.base.inputs}
            truth = self.rerun.measure(inputs=inputs, names=[of], hold=())
            other = truth.expected[of].slope if of in truth.expected else slope
            if other.low.shape == slope.low.shape:
                found = np.fmax(found, np.abs(other.middle - slope.middle))
        return found


def jitters(recording: Recording, rng: np.random.Generator, ulps: float) -> dict[str, Replacement]:
    counts = {w.name: 0 for w in recording.forward}
    for write in recording.forward:
        counts[write.name] += 1
    values = recording.values()
    found = {n: nearby(values[n], rng, ulps) for n in counts if is_float(values[n])}
    return {n: Replacement(1 if n in recording.inputs else counts[n], v) for n, v in found.items()}


def is_float(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(is_float(v) for v in value)
    return isinstance(value, float | np.floating) or (
        isinstance(value, np.ndarray) and value.dtype.kind == "f"
    )


def nearby(value: Any, rng: np.random.Generator, ulps: float) -> Any:
    """The value with each element some ulps up or down; a zero is exact and stays."""
    if isinstance(value, list):
        return [nearby(v, rng, ulps) for v in value]
    array = np.asarray(value)
    signs = rng.choice([-1.0, 1.0], size=array.shape)
    step = np.where(array == 0, 0.0, ulps * np.spacing(np.abs(array)))
    moved = (array + signs * step).astype(array.dtype)
    return moved if isinstance(value, np.ndarray) else type(value)(moved)
