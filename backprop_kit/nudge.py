"""Gradients measured by nudging: move a name a little and see how far the output moves.

The checker knows no calculus. What it holds a learner's `dq` against is measured here, on the
forward pass alone, and never reaches the gates (the notes: "Interpretation of the gradient").
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from backprop_kit.kinks import joints_of
from backprop_kit.line import Line
from backprop_kit.moving import Forward, Unfinished, unseen
from backprop_kit.plain import kind_of, numbers
from backprop_kit.recorder import record
from backprop_kit.recording import Recording
from backprop_kit.slopes import Slopes, slopes
from backprop_kit.staged import StagedError, staged
from backprop_kit.truth import Expected, Interval, Known, Nudged, Truth, gather, scales
from backprop_kit.unsteady import unsteady

__all__ = ["Slopes", "Truth", "is_real", "measure", "slopes"]

EACH_ELEMENT = 64  # up to so many elements are nudged one by one; above, along random directions
EACH_NUMBERS = 500_000  # if they have no more effects on the elements of all stages
DIRECTIONS = 2
MOST_KINKED = 1024  # at a kink, elements are nudged one by one up to here
MOST_NUMBERS = 10_000_000  # and up to so many effects on the elements of all stages

Column = Callable[[Forward, Mapping[str, np.ndarray]], np.ndarray]


# ----- measuring -------------------------------------------------------------------------------


def measure(
    forward: Any,
    inputs: Mapping[str, Any],
    *,
    output: str = "f",
    upstream: Any = None,
    names: Collection[str] | None = None,
    hold: Collection[str] | None = None,
    each: Collection[str] = (),
    seed: int = 0,
    recording: Recording | None = None,
) -> Truth:
    """Nudge a forward pass that is trusted, a function or cell text, at `inputs`.

    `names` are the names to nudge (by default all numbers and float arrays among the inputs and
    the stages with one final value), `hold` the stages whose own movement is noted (by default
    likewise), `each` those to nudge element by element however large. `upstream` is the gradient
    on the output: 1, or an array of its shape.

    Returns a `Truth`. Raises `StagedError` where the forward pass does not reach the output.
    """
    function = staged(forward, inputs)
    recording = recording or record(function, inputs, output=output, quiet=True)
    if output not in recording.values():
        raise StagedError(f"The forward pass never gives `{output}` a value.")
    stages = steady_names(recording, names)
    point = Forward(function, recording, {k: v for k, v in inputs.items() if function.receives(k)})
    upstream = upstream_of(recording, upstream)
    measuring = Measuring(point, upstream, set(stages if hold is None else hold), set(each), seed)
    with unseen():
        measuring.look_at_all([n for n in stages if names is None or n in names])
        for name in reversed(stages):
            if name not in measuring.names and (names is None or name in names):
                with contextlib.suppress(
                    Unfinished
                ):  # a count or an index cannot be moved a little
                    measuring.name(name)
        return measuring.truth()


def steady_names(recording: Recording, names: Collection[str] | None) -> list[str]:
    """Inputs and stages that are real numbers and have one final value, in forward order.

    A stage that is an int, while every input to be nudged is a float, counts something.
    """
    values = recording.values()
    entry = [n for n, v in recording.inputs.items() if is_real(v)]
    whole = any(isinstance(values[n], int) for n in entry if names is None or n in names)
    written = dict.fromkeys(w.name for w in sorted_by_last(recording))
    stages = [n for n in written if n not in recording.inputs and n not in recording.ambiguous]
    stages = [n for n in stages if whole or not isinstance(values[n], int | np.integer)]
    return entry + [n for n in stages if is_real(values[n]) and n != recording.output]


def sorted_by_last(recording: Recording) -> list[Any]:
    """Each name's last forward write, in order."""
    last = {write.name: at for at, write in enumerate(recording.forward)}
    return [recording.forward[at] for at in sorted(last.values())]


def is_real(value: Any) -> bool:
    """Numbers, lists of numbers and float arrays; not booleans, nor arrays of integers."""
    if isinstance(value, bool | np.bool_):
        return False
    if isinstance(value, np.ndarray) and value.dtype.kind != "f":
        return False
    array = numbers(value)
    return array is not None and array.size > 0


def upstream_of(recording: Recording, upstream: Any) -> np.ndarray:
    """The gradient on the output, spread to the output's shape."""
    value = numbers(recording.values()[recording.output])
    if value is None:
        kind = kind_of(recording.values()[recording.output])
        raise StagedError(f"`{recording.output}` is {kind}, and only numbers have a gradient.")
    given = numbers(1.0 if upstream is None else upstream)
    if given is None:
        raise StagedError(
            f"The gradient on `{recording.output}` is {kind_of(upstream)}, and it must be numbers."
        )
    try:
        return np.array(np.broadcast_to(given, value.shape), dtype=float)
    except (ValueError, TypeError):
        raise StagedError(
            f"The gradient on `{recording.output}` has shape {given.shape}, and `{recording.output}` "
            f"has shape {value.shape}; they must be the same."
        ) from None


class Measuring:
    """Nudges names one after another, from the output back, and gathers the truth."""

    def __init__(
        self, point: Forward, upstream: np.ndarray, hold: set[str], each: set[str], seed: int
    ) -> None:
        self.point, self.upstream, self.seed = point, upstream, seed
        self.each = each
        self.hold = {n: v for n, v in point.values.items() if n in hold and is_real(v)}
        self.arrays: dict[str, np.ndarray] = {}
        self.shapes = {name: self.array(name).shape for name in self.hold}
        self.shapes[point.output] = upstream.shape
        self.widths = {name: math.prod(shape) for name, shape in self.shapes.items()}
        self.width = sum(self.widths.values())
        self.plain = 0.0  # the imaginary step that can be trusted for all names
        self.names: dict[str, Nudged] = {}
        self.expected: dict[str, Expected] = {}

    def look_at_all(self, names: Sequence[str]) -> None:
        """Move every name at once: if nothing odd is seen on any path, none is looked at on its own."""
        counts = {n for n in names if isinstance(self.point.values[n], int)}  # they do not move
        step = {name: self.relative(name) for name in names if name not in counts}
        with contextlib.suppress(Unfinished):
            trusted, kinked = self.line(step, self.arrivals).glanced_at() if step else (0.0, False)
            self.plain = 0.0 if kinked else trusted

    def name(self, name: str) -> None:
        """Nudge one name; at a kink, element by element."""
        value = self.array(name)
        each = self.is_small(name, EACH_ELEMENT, EACH_NUMBERS) or name in self.each
        trusted, kinked = self.plain, False
        if not trusted:
            trusted, kinked = self.probed({name: self.relative(name)})
        if kinked and not each and self.is_small(name, MOST_KINKED, MOST_NUMBERS):
            self.each.add(name)
            each = True
        directions = (
            np.eye(value.size).reshape(-1, *value.shape) if each else self.random(name, DIRECTIONS)
        )
        try:
            nudged = self.nudged({name: directions}, trusted, kinked, each)
        except Unfinished:  # an array changed in place takes no imaginary step
            nudged = self.nudged({name: directions}, 0.0, kinked, each)
        self.names[name] = nudged
        self.expected[name] = self.expect(nudged) if each or not kinked else unmeasured(nudged)

    def is_small(self, name: str, elements: int, numbers: int) -> bool:
        """Whether there are no more elements, and no more effects of them on elements of other stages."""
        size = self.array(name).size
        return size <= elements and size * self.width <= numbers

    def random(self, name: str, count: int) -> np.ndarray:
        """Random directions in which to move a name, others than for any other name."""
        shape = (count, *self.array(name).shape)
        few = math.prod(shape) <= EACH_ELEMENT
        return (remembered if few else seeded)(self.seed, name, shape)

    def relative(self, name: str) -> np.ndarray:
        """A random move of each element on its own scale, so that what is tiny keeps its sign."""
        sizes = np.abs(self.array(name))
        return np.where(sizes == 0, np.max(sizes) or 1.0, sizes) * self.random(name, 1)[0]

    def array(self, name: str) -> np.ndarray:
        """The value of a name as an array of floats."""
        if name not in self.arrays:
            array = numbers(self.point.values[name])
            assert array is not None  # is_real said so
            self.arrays[name] = array
        return self.arrays[name]

    # -- slopes along directions ----------------------------------------------------------------

    def probed(self, step: Mapping[str, np.ndarray]) -> tuple[float, bool]:
        """The imaginary step to be trusted along a direction, 0 if none, and whether it meets a kink."""
        return self.line(step, self.column).probed()

    def line(self, step: Mapping[str, np.ndarray], column: Column) -> Line:
        """A direction in which names are moved."""

        def look(t: complex, point: Forward = self.point) -> np.ndarray:
            return column(point, {n: t * s for n, s in step.items()})

        def shaky(t: complex, seed: int) -> np.ndarray:
            return look(t, unsteady(self.point, seed))

        values = [self.array(name) for name in step]
        return Line(look, values, list(step.values()), self.point.tinies, shaky, self.point.eps)

    def nudged(
        self, directions: Mapping[str, np.ndarray], trusted: float, kinked: bool, each: bool
    ) -> Nudged:
        count = len(next(iter(directions.values())))
        rows = [
            self.line({n: d[k] for n, d in directions.items()}, self.column).slopes(trusted, kinked)
            for k in range(count)
        ]
        low = high = np.array([row.right for row in rows])
        if not all(row.left is row.right for row in rows):
            low = np.array([np.fmin(row.left, row.right) for row in rows])
            high = np.array([np.fmax(row.left, row.right) for row in rows])
        error = np.array([row.error for row in rows])
        slope = Interval(low, high, error)
        total = slope.part(slice(-1, None), ())  # the last column is the output as a whole
        return Nudged(dict(directions), total, self.split(slope, directions), each)

    def split(self, slope: Interval, moved: Mapping[str, np.ndarray]) -> dict[str, Interval]:
        """Cut rows of slopes into the stages they belong to, leaving out what does not move."""
        moving = np.logical_or(slope.low, slope.high).any(axis=0).tolist()
        parts, at = {}, 0
        for name in (*(n for n in self.hold if n not in moved), self.point.output):
            cut = slice(at, at + self.widths[name])
            at = cut.stop
            if True in moving[cut]:
                parts[name] = slope.part(cut, self.shapes[name])
        return parts

    def column(self, point: Forward, step: Mapping[str, np.ndarray]) -> np.ndarray:
        """Every held stage and the output with the others held, then the output with none held."""
        hold = {n: v for n, v in self.hold.items() if n not in step}
        direct = point.run(step, hold)
        whole = direct if not hold else point.run(step, {})
        return self.joined([direct[name] for name in (*hold, self.point.output)], whole)

    def arrivals(self, point: Forward, step: Mapping[str, np.ndarray]) -> np.ndarray:
        """Every name as it arrives, when all of them are moved, then the output."""
        whole = point.arrivals(step)
        return self.joined([whole[name] for name in step], whole)

    def joined(self, parts: Sequence[np.ndarray], whole: Mapping[str, np.ndarray]) -> np.ndarray:
        """Values one after another, then the output as one number."""
        output = (self.upstream * whole[self.point.output]).sum()
        return np.concatenate([*parts, output], axis=None)

    # -- what follows from them -----------------------------------------------------------------

    def expect(self, nudged: Nudged) -> Expected:
        """The slope of the output; at a kink, the sum over the stages of slope times gradient."""
        gradients, kinked, slope = self.gradients(nudged), nudged.kinked, nudged.total
        scale, rounding = scales(nudged, gradients)
        scale = np.fmax(scale, slope.size)
        if kinked.any():
            ends = gather(nudged, gradients).slope
            low = np.where(kinked, np.fmin(ends.low, slope.low), slope.low)
            high = np.where(kinked, np.fmax(ends.high, slope.high), slope.high)
            slope = Interval(low, high, slope.error)
        return Expected(slope, scale, np.fmax(rounding, scale))

    def gradients(self, nudged: Nudged) -> dict[str, Known]:
        """The gradient on each stage that the nudge moves."""
        found = {self.point.output: Known.exactly(self.upstream)}
        kinked = bool(nudged.kinked.any())
        for stage in nudged.effects:
            if stage == self.point.output:
                continue
            few = self.is_small(stage, MOST_KINKED, MOST_NUMBERS)
            if stage not in self.names or (kinked and few and not self.names[stage].each):
                self.each.update([stage] if kinked and few else [])
                with contextlib.suppress(Unfinished):
                    self.name(stage)
            found[stage] = self.known(stage)
        return found

    def known(self, stage: str) -> Known:
        """The gradient on a stage; nothing is known of one that was nudged along directions only.

        Nor of one that is being asked about: code that stops when it is nudged seems to move all.
        """
        measured = stage in self.names and stage in self.expected
        if not measured or not self.names[stage].each:
            return Known(None, 0.0, 0.0)
        shape, expected = self.array(stage).shape, self.expected[stage]
        low = high = expected.slope.low.reshape(shape)
        if not expected.slope.smooth:
            high = expected.slope.high.reshape(shape)
        slope = Interval(low, high)
        return Known(slope, slope.size, expected.rounding.reshape(shape))

    def truth(self) -> Truth:
        joints = joints_of(self)
        values = {
            n: v for n, v in self.point.values.items() if n in self.names or n == self.point.output
        }
        kinds = [np.asarray(v).dtype for v in self.point.values.values() if is_real(v)]
        return Truth(
            output=self.point.output,
            upstream=self.upstream,
            values=values,
            names=self.names,
            joints=tuple(joints),
            expected=self.expected,
            joint_expected=tuple(self.expect(joint) for joint in joints),
            precision="float32" if np.float32 in kinds else "float64",
        )


def seeded(seed: int, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Random numbers that belong to a name."""
    numbers = np.random.default_rng([seed, *name.encode()]).standard_normal(shape)
    numbers.flags.writeable = False
    return numbers


remembered = lru_cache(maxsize=256)(seeded)  # to seed takes longer than to draw a few numbers


def unmeasured(nudged: Nudged) -> Expected:
    """What a gradient must be where too many kinks meet to look at each: anything."""
    nowhere = np.full_like(nudged.total.low, np.nan)
    return Expected(Interval(nowhere, nowhere), nudged.total.size, nudged.total.size)
