"""One run of a learner's code beside what each gradient in it must be.

How close is close enough is decided here: within a millionth of the terms that were added, or
within what rounding in the forward pass alone would move.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from backprop_kit.moving import Unfinished
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
FAINT = 16
DRAWS, FEW = 6, 8  # runs in arithmetic that shakes, and the elements that are looked at first
HOPELESS = 100  # times as far as two of these runs went: no further one will go there
AT_ONCE = 1e8  # times as far as one went: nor will a second, unless that one did not move at all


class Rerun(Protocol):
    """One more run of the learner's code, or one more measurement, at the point being judged."""

    def record(self, replace: Mapping[str, Replacement]) -> Recording: ...

    def measure(
        self,
        *,
        hold: Collection[str] | None = None,
        names: Collection[str] | None = None,
        each: Collection[str] = (),
    ) -> Truth: ...

    def shaken(
        self, truth: Truth, directions: Mapping[str, np.ndarray], seed: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]: ...


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
            for more in (self.faint, self.shaking, self.jittering):
                smooth = (
                    expected.slope.low == expected.slope.high
                )  # at a kink the slope itself jumps
                allowed = allowed + np.where(smooth, more(of, at, found, allowed), 0.0)
                if within(found, expected.slope, allowed):
                    return True
        return False

    # -- rounding ---------------------------------------------------------------------------------

    def faint(self, of: str, *_: Any) -> np.ndarray:
        """Slopes so small that rounding hides them, in the output or on the way back from it."""
        output, terms = numbers(self.truth.values[self.truth.output]), 0.0
        if output is not None:
            terms = float(np.sum(np.abs(output * self.truth.upstream))) / self.least_size(of)
        rounding = np.fmax(self.expected[of].rounding, terms * lengths(self.nudged[of]))
        return np.asarray(FAINT * np.finfo(float).eps * rounding)

    def least_size(self, of: str) -> float:
        """The size of a variable if it is small: rounding in the output is as if it were moved by so much less."""
        value = numbers(self.truth.values[of])
        largest = 0.0 if value is None else float(np.max(np.abs(value), initial=0.0))
        return min(largest or 1.0, 1.0)

    def shaking(self, of: str, at: int, found: np.ndarray, allowed: np.ndarray) -> np.ndarray:
        """How far the measured slopes move in arithmetic that shakes, where that decides the matter."""
        assert self.jitter is not None
        slope, moved = self.expected[of].slope, np.zeros(allowed.shape)
        off = np.abs(found - slope.middle) - allowed
        doubt = np.flatnonzero((off > 0) & (slope.low == slope.high))
        doubt = doubt[np.argsort(-off[doubt])]
        for places, draws, hopeless in (
            (doubt[:FEW], 1, AT_ONCE),
            (doubt[:FEW], 2, HOPELESS),
            (doubt, DRAWS, HOPELESS),
        ):
            moved[places] = self.moved_by_shaking(of, places, draws)
            far = off[places] > hopeless * moved[places]
            if np.any(far & ((moved[places] > 0) | (draws > 1))):
                return np.zeros(allowed.shape)
        return moved

    def moved_by_shaking(self, of: str, places: np.ndarray, draws: int) -> np.ndarray:
        """How far slopes, and the output in their place, move; nothing where gradients were put in."""
        assert self.jitter is not None
        found, middle = np.zeros(len(places)), self.expected[of].slope.middle[places]
        steps = {name: steps[places] for name, steps in self.nudged[of].directions.items()}
        seeds = range(self.jitter.seed * DRAWS, self.jitter.seed * DRAWS + draws)
        for seed in seeds if len(places) and not self.jitter.put else ():
            try:
                plain, shaken, outputs = self.jitter.rerun.shaken(self.truth, steps, seed)
            except Unfinished:  # real steps were taken, and rounding is part of their error
                break
            hidden = outputs / self.least_size(of) * lengths(self.nudged[of])[places]
            moved = np.abs(shaken - plain) + hidden
            lost = np.abs(plain - middle) > CLOSE * np.abs(middle) + moved  # not what was measured
            moved = np.where(lost, 0.0, np.where(np.isnan(moved), np.inf, moved))
            found = np.fmax(found, moved)
        return found

    def jittering(self, of: str, at: int, found: np.ndarray, allowed: np.ndarray) -> np.ndarray:
        """How far your row moves when all that it reads is some ulps off, where that decides the matter."""
        assert self.jitter is not None
        most = CLOSE * self.largest_expected(of)
        if not within(found, self.expected[of].slope, allowed + most):
            return np.zeros(allowed.shape)
        few, many = (self.moves(of, at, runs) for runs in self.jitter.recordings)
        least = np.fmax(self.faint(of), LEAST * self.largest())
        yours = np.where(many >= GROWS * few, few, 0.0)
        moves = np.fmax(yours, POOLED * np.max(few, initial=0.0, where=few <= least))
        return np.fmin(moves, most)

    def largest_expected(self, of: str) -> float:
        """The largest gradient that was measured, or what it is made of.

        A row may move by no more than a millionth of it: whoever adds `1e17 * (q - (x + y))` to a
        gradient has made it move with the last digits, and rounding has not.
        """
        sizes = [np.abs(e.slope.middle) for e in self.expected.values()]
        sizes += [self.expected[of].rounding, np.abs(np.asarray(self.truth.upstream, dtype=float))]
        return max(float(np.max(s, initial=0.0, where=np.isfinite(s))) for s in sizes)

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
        with np.errstate(all="ignore"):  # an infinite gradient is wrong, and no more needs saying
            found = found + (directions * values[name]).reshape(len(directions), -1).sum(axis=1)
    return np.asarray(found)


def lengths(nudged: Nudged) -> np.ndarray:
    """How long each direction is: rounding in the elements adds up as random errors do."""
    squares = [(d**2).reshape(len(d), -1).sum(axis=1) for d in nudged.directions.values()]
    return np.asarray(np.sqrt(sum(squares)))


def within(found: np.ndarray, slope: Interval, allowed: np.ndarray | float) -> bool:
    """Whether every slope lies between its bounds; where none could be measured, any is let pass."""
    with np.errstate(invalid="ignore"):
        inside = (found >= slope.low - allowed) & (found <= slope.high + allowed)
    if inside.all():
        return True
    return bool(np.all(inside | ~np.isfinite(slope.low) | ~np.isfinite(slope.high)))


def spread(array: np.ndarray | None, shape: tuple[int, ...], exact: bool) -> np.ndarray | None:
    """The array in the shape of its variable, or None if it has another."""
    if array is None or (exact and array.shape != shape):
        return None
    if array.shape == shape:
        return np.asarray(array, dtype=float)
    try:
        return np.asarray(np.broadcast_to(array, shape), dtype=float)
    except ValueError:
        return None


def same_as_upstream(array: np.ndarray, truth: Truth) -> bool:
    shaped = spread(array, np.shape(truth.upstream), False)
    if shaped is None:
        return False
    same = np.array_equal(shaped, truth.upstream)  # in a tenth of the time
    return same or bool(np.allclose(shaped, truth.upstream, rtol=CLOSE, atol=0))


# ----- a few ulps ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Jitter:
    """The same run with every value but the gradients a few units in the last place off, if asked for."""

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


def jitters(recording: Recording, rng: np.random.Generator, ulps: float) -> dict[str, Replacement]:
    """Other values, some ulps off, for forward names and for what the backward works out beside them."""
    values, gradients = recording.values(), recording.gradients()
    after = recording.writes[recording.forward_end :]
    beside = [w for w in after if w.name not in values and w.name not in gradients]
    values |= {w.name: w.value for w in beside}
    counts = Counter(w.name for w in (*recording.forward, *beside))
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
