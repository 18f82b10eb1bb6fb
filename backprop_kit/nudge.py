"""Gradients measured by nudging: move a name a little and see how far the output moves.

The checker knows no calculus. What it holds a learner's `dq` against is measured here, on the
forward pass alone, and never reaches the gates (the notes: "Interpretation of the gradient").
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from backprop_kit.moving import TINY, Forward, Unfinished
from backprop_kit.plain import from_json, numbers, to_json
from backprop_kit.recording import Recording, record
from backprop_kit.slopes import Slopes, slopes
from backprop_kit.staged import StagedError, staged

__all__ = ["Interval", "Nudged", "Slopes", "Truth", "measure", "slopes"]

EACH_ELEMENT = 64  # up to so many elements are nudged one by one; above, along random directions
DIRECTIONS = 2
MOST_PAIRS = 60


@dataclass(frozen=True)
class Interval:
    """Bounds of slopes; `low` equals `high` where the function is smooth."""

    low: np.ndarray
    high: np.ndarray
    error: np.ndarray | float = 0.0  # how far off the measurement may be

    @property
    def middle(self) -> np.ndarray:
        return np.asarray((self.low + self.high) / 2)

    @property
    def size(self) -> np.ndarray:
        return np.asarray(np.maximum(np.abs(self.low), np.abs(self.high)))


@dataclass(frozen=True)
class Nudged:
    """What moves when one name, or several together, are moved along each of K directions.

    `directions[name]` has shape (K, *shape of name); `total` bounds the slopes of the output, and
    `effects[stage]` those of a held stage, of shape (K, *shape of stage). With `each`, there is one
    name and the directions are its elements, one by one.
    """

    directions: Mapping[str, np.ndarray]
    total: Interval
    effects: Mapping[str, Interval]
    each: bool

    @property
    def kinked(self) -> np.ndarray:
        """Which directions meet a kink, in the output or in a stage."""
        found = self.total.low != self.total.high
        for effect in self.effects.values():
            found = found | (effect.low != effect.high).reshape(len(found), -1).any(axis=1)
        return np.asarray(found)


@dataclass(frozen=True)
class Expected:
    """What the gradient must give along each direction, and the size of the terms it is made of."""

    slope: Interval
    scale: np.ndarray


@dataclass(frozen=True)
class Truth:
    """How the output moves with each name, at one point: plain data, as a recording is."""

    output: str
    upstream: Any
    values: Mapping[str, Any]
    names: Mapping[str, Nudged] = field(default_factory=dict)
    joints: tuple[Nudged, ...] = ()
    expected: Mapping[str, Expected] = field(default_factory=dict)
    joint_expected: tuple[Expected, ...] = ()
    precision: str = "float64"

    def gradient(self, name: str) -> Interval | None:
        """The gradient on `name` with its own shape; None if its elements were not nudged."""
        if name == self.output:
            upstream = np.asarray(self.upstream, dtype=float)
            return Interval(upstream, upstream)
        nudged = self.names.get(name)
        if nudged is None or not nudged.each:
            return None
        shape = nudged.directions[name].shape[1:]
        slope = self.expected[name].slope
        return Interval(slope.low.reshape(shape), slope.high.reshape(shape))

    def to_json(self) -> Any:
        """The truth as a structure for `json.dumps`."""
        return to_json(flat(self))

    @staticmethod
    def from_json(data: Any) -> Truth:
        """Read back what `to_json` gave."""
        parts = from_json(data)
        parts["names"] = {k: nudged_from(v) for k, v in parts["names"].items()}
        parts["joints"] = tuple(nudged_from(v) for v in parts["joints"])
        parts["expected"] = {k: expected_from(v) for k, v in parts["expected"].items()}
        parts["joint_expected"] = tuple(expected_from(v) for v in parts["joint_expected"])
        return Truth(**parts)


def flat(value: Any) -> Any:
    """Dataclasses as dicts, all the way down."""
    if isinstance(value, Truth | Nudged | Interval | Expected):
        return {f.name: flat(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {k: flat(v) for k, v in value.items()}
    if isinstance(value, tuple):
        return tuple(flat(v) for v in value)
    return value


def nudged_from(parts: dict[str, Any]) -> Nudged:
    effects = {k: Interval(**v) for k, v in parts["effects"].items()}
    return Nudged(**{**parts, "total": Interval(**parts["total"]), "effects": effects})


def expected_from(parts: dict[str, Any]) -> Expected:
    return Expected(Interval(**parts["slope"]), parts["scale"])


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
    stages = steady_names(recording)
    point = Forward(function, recording, {k: v for k, v in inputs.items() if function.receives(k)})
    upstream = upstream_of(recording, upstream)
    measuring = Measuring(point, upstream, set(stages if hold is None else hold), set(each), seed)
    for name in reversed(stages):
        if name != output and (names is None or name in names):
            measuring.name(name)
    return measuring.truth()


def steady_names(recording: Recording) -> list[str]:
    """Inputs and stages that are real numbers and have one final value, in forward order."""
    values = recording.values()
    entry = [n for n, v in recording.inputs.items() if is_real(v)]
    written = dict.fromkeys(w.name for w in sorted_by_last(recording))
    stages = [n for n in written if n not in recording.inputs and n not in recording.ambiguous]
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
        kind = type(recording.values()[recording.output]).__name__
        raise StagedError(f"`{recording.output}` is a {kind}, and only numbers have a gradient.")
    given = numbers(1.0 if upstream is None else upstream)
    try:
        return np.array(np.broadcast_to(given, value.shape), dtype=float)  # type: ignore[arg-type]
    except (ValueError, TypeError):
        shape = None if given is None else given.shape
        raise StagedError(
            f"The gradient on `{recording.output}` has shape {shape}, and `{recording.output}` "
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
        self.names: dict[str, Nudged] = {}
        self.expected: dict[str, Expected] = {}

    def name(self, name: str) -> None:
        """Nudge one name; at a kink, element by element."""
        value = self.array(name)
        each = value.size <= EACH_ELEMENT or name in self.each
        rng = np.random.default_rng([self.seed, value.size])
        probe = rng.standard_normal((DIRECTIONS, *value.shape))
        trusted, kinked = self.probed({name: probe[0]})
        if kinked and not each:
            self.each.add(name)
            each = True
        directions = np.eye(value.size).reshape(-1, *value.shape) if each else probe
        self.names[name] = self.nudged({name: directions}, trusted, kinked, each)
        self.expected[name] = self.expect(self.names[name])

    def array(self, name: str) -> np.ndarray:
        array = numbers(self.point.values[name])
        assert array is not None  # is_real said so
        return array

    # -- slopes along one direction -------------------------------------------------------------

    def probed(self, step: Mapping[str, np.ndarray]) -> tuple[bool, bool]:
        """Whether the complex step is to be trusted here, and whether there is a kink."""
        measured = self.real(step)
        try:
            right, left = self.imaginary(step, +1), self.imaginary(step, -1)
        except Unfinished:
            return False, bool(np.any(measured.kinked))
        with np.errstate(invalid="ignore"):
            for ours, theirs in ((right, measured.right), (left, measured.left)):
                allowed = 20 * measured.error + 1e-4 * (np.abs(ours) + np.abs(theirs))
                if np.any(np.abs(ours - theirs) > allowed) and not nearly_kinked(measured, ours):
                    return False, bool(np.any(measured.kinked))
        gap = np.abs(right - left) > 1e-9 * (np.abs(right) + np.abs(left))
        return True, bool(np.any(gap))

    def nudged(
        self, directions: Mapping[str, np.ndarray], trusted: bool, kinked: bool, each: bool
    ) -> Nudged:
        count = len(next(iter(directions.values())))
        rows = [self.along({n: d[k] for n, d in directions.items()}, trusted, kinked) for k in range(count)]
        low = np.array([np.fmin(row.left, row.right) for row in rows])
        high = np.array([np.fmax(row.left, row.right) for row in rows])
        error = np.array([row.error for row in rows])
        effects = self.split(Interval(low, high, error), directions)
        total = Interval(low[:, -1], high[:, -1], error[:, -1])
        return Nudged(dict(directions), total, effects, each)

    def split(self, slope: Interval, moved: Mapping[str, np.ndarray]) -> dict[str, Interval]:
        """Cut rows of slopes into the stages they belong to, leaving out what does not move."""
        parts, at = {}, 0
        for name in (*(n for n in self.hold if n not in moved), self.point.output):
            shape = self.upstream.shape if name == self.point.output else self.array(name).shape
            cut = slice(at, at + int(np.prod(shape)))
            at = cut.stop
            sides = (slope.low[:, cut], slope.high[:, cut], np.asarray(slope.error)[:, cut])
            if np.any(sides[0]) or np.any(sides[1]):
                parts[name] = Interval(*(side.reshape(-1, *shape) for side in sides))
        return parts

    def along(self, step: Mapping[str, np.ndarray], trusted: bool, kinked: bool) -> Slopes:
        """Slopes of every held stage, then of the output as a whole, along one direction."""
        if not trusted:
            return self.real(step)
        right = self.imaginary(step, +1)
        left = self.imaginary(step, -1) if kinked else right
        gap = np.abs(right - left) > 1e-9 * (np.abs(right) + np.abs(left))
        return Slopes(np.where(gap, left, right), right, 1e-12 * np.abs(right))

    def imaginary(self, step: Mapping[str, np.ndarray], side: int) -> np.ndarray:
        """Slopes by an imaginary step to one side."""
        values = self.column({n: side * 1j * TINY * s for n, s in step.items()})
        return np.imag(values) / (side * TINY)

    def real(self, step: Mapping[str, np.ndarray]) -> Slopes:
        """Slopes by Richardson, on the scale of the values that are moved."""
        largest = max(float(np.max(np.abs(self.array(n)), initial=0.0)) for n in step)
        reach = max(float(np.max(np.abs(s), initial=0.0)) for s in step.values()) or 1.0

        def move(t: float) -> np.ndarray:
            return np.real(self.column({n: t * s for n, s in step.items()}))

        found = slopes(move, (largest or 1.0) / reach)
        if largest and not 0.1 < largest < 10:
            found = better(found, slopes(move, 1.0 / reach))
        return found

    def column(self, step: Mapping[str, np.ndarray]) -> np.ndarray:
        """Every held stage and the output with the others held, then the output with none held."""
        hold = {n: v for n, v in self.hold.items() if n not in step}
        direct = self.point.run(step, hold)
        whole = direct if not hold else self.point.run(step, {})
        parts = [np.ravel(direct[name]) for name in (*hold, self.point.output)]
        return np.concatenate([*parts, [np.sum(self.upstream * whole[self.point.output])]])

    # -- what follows from them -----------------------------------------------------------------

    def expect(self, nudged: Nudged) -> Expected:
        """The slope of the output; at a kink, the sum over the stages of slope times gradient."""
        gathered, total = gather(nudged, self.gradients(nudged)), nudged.total
        kinked = nudged.kinked
        low = np.where(kinked, np.fmin(gathered.slope.low, total.low), total.low)
        high = np.where(kinked, np.fmax(gathered.slope.high, total.high), total.high)
        return Expected(Interval(low, high, total.error), np.fmax(gathered.scale, total.size))

    def gradients(self, nudged: Nudged) -> dict[str, Interval | float]:
        """The gradient on each stage the nudge moves; its root mean square where that is all we know."""
        found: dict[str, Interval | float] = {self.point.output: Interval(self.upstream, self.upstream)}
        kinked = bool(np.any(nudged.kinked))
        for stage in nudged.effects:
            if stage == self.point.output:
                continue
            if stage not in self.names or (kinked and not self.names[stage].each):
                self.each.update([stage] if kinked else [])
                self.name(stage)
            if self.names[stage].each:
                shape, slope = self.array(stage).shape, self.expected[stage].slope
                found[stage] = Interval(slope.low.reshape(shape), slope.high.reshape(shape))
            else:
                along = self.names[stage].total.size
                found[stage] = float(np.sqrt(np.mean(along**2) / self.array(stage).size))
        return found

    # -- kinks where several meet ---------------------------------------------------------------

    def joints(self) -> list[Nudged]:
        """Directions in which inputs that meet in one kink are moved together."""
        found = []
        for stage in (*self.hold, self.point.output):
            ends = kinked_ends(self.names, stage)
            pairs = itertools.islice(itertools.combinations(ends, 2), MOST_PAIRS)
            met = [(a, b) for a, b in pairs if self.meet(a, b, stage)]
            for a, b in met:
                found.append(self.together({a: 1.0, b: 1.0}, ends))
                found.append(self.together({a: 1.0, b: -1.0}, ends))
            if len(met) > 1:
                found.append(self.together({end: 1.0 for pair in met for end in pair}, ends))
        return found

    def together(self, signs: Mapping[Kink, float], ends: Mapping[Kink, float]) -> Nudged:
        """Move several elements at once, each by the inverse of the width of its own kink."""
        directions = {name: np.zeros((1, *self.array(name).shape)) for name, _ in signs}
        for (name, at), sign in signs.items():
            directions[name].reshape(-1)[at] = sign / ends[name, at]
        trusted, _ = self.probed({n: d[0] for n, d in directions.items()})
        return self.nudged(directions, trusted, kinked=True, each=False)

    def meet(self, a: Kink, b: Kink, stage: str) -> bool:
        """Whether a step of `a`, to one side or the other, undoes the kink that `b` meets."""
        size = 1e-3 * max(1.0, float(np.max(np.abs(self.array(a[0])))))
        for side in (1, -1):
            aside = {a[0]: side * size * self.element(a)}
            try:
                slope = slopes(lambda t, aside=aside: self.moved_too(aside, b, t, stage), size / 100)  # type: ignore[misc]
            except Unfinished:
                continue
            if not np.any(slope.kinked):
                return True
        return False

    def moved_too(self, aside: Mapping[str, np.ndarray], b: Kink, t: float, stage: str) -> np.ndarray:
        step = dict(aside)
        step[b[0]] = step.get(b[0], 0.0) + t * self.element(b)
        hold = {n: v for n, v in self.hold.items() if n not in step}
        return np.real(self.point.run(step, hold)[stage])

    def element(self, end: Kink) -> np.ndarray:
        value = np.zeros(self.array(end[0]).shape)
        value.reshape(-1)[end[1]] = 1.0
        return value

    def truth(self) -> Truth:
        joints = self.joints()
        values = {n: v for n, v in self.point.values.items() if n in self.names or n == self.point.output}
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


Kink = tuple[str, int]  # a name and the flat index of one of its elements


def kinked_ends(names: Mapping[str, Nudged], stage: str) -> dict[Kink, float]:
    """Elements whose effect on a stage has a kink, each with the width of it."""
    found = {}
    for name, nudged in names.items():
        effect = nudged.effects.get(stage)
        if effect is not None and nudged.each:
            width = (effect.high - effect.low).reshape(len(effect.high), -1).max(axis=1)
            found.update({(name, int(at)): float(width[at]) for at in np.flatnonzero(width)})
    return found


def nearly_kinked(measured: Slopes, ours: np.ndarray) -> bool:
    """A kink closer than the smallest real step looks like one at the point: the imaginary step sees it right."""
    inside = (ours >= np.fmin(measured.left, measured.right)) & (ours <= np.fmax(measured.left, measured.right))
    near = np.abs(ours - measured.left) <= 1e-4 * np.abs(ours) + 20 * measured.error
    near |= np.abs(ours - measured.right) <= 1e-4 * np.abs(ours) + 20 * measured.error
    return bool(np.all(near | (measured.kinked & inside)))


def better(a: Slopes, b: Slopes) -> Slopes:
    """Element by element, the slopes with the smaller error."""
    take = a.error <= b.error
    return Slopes(np.where(take, a.left, b.left), np.where(take, a.right, b.right), np.fmin(a.error, b.error))


def gather(nudged: Nudged, gradients: Mapping[str, Interval | float]) -> Expected:
    """Sum over the stages of (how the stage moves) x (the gradient on it), for each direction.

    The scale is the sum of the sizes of the terms; along random directions, their root sum of
    squares. A number instead of an interval stands for a gradient of which only the typical size
    is known: it adds to the scale, and the slope is then that of the output as a whole.
    """
    count = len(nudged.total.low)
    low, high, error, scale = (np.zeros(count) for _ in range(4))
    for stage, effect in nudged.effects.items():
        gradient = gradients.get(stage, 0.0)
        size = gradient.size if isinstance(gradient, Interval) else gradient
        scale += terms(effect.size * size, nudged.each)
        error += total(effect.error * size)
        if isinstance(gradient, Interval):
            corners = [e * g for e in (effect.low, effect.high) for g in (gradient.low, gradient.high)]
            low += total(np.min(corners, axis=0))
            high += total(np.max(corners, axis=0))
    if any(isinstance(gradient, float) for gradient in gradients.values()):
        return Expected(nudged.total, scale)
    return Expected(Interval(low, high, error), scale)


def terms(sizes: np.ndarray, each: bool) -> np.ndarray:
    return total(sizes) if each else np.sqrt(total(sizes**2))


def total(values: np.ndarray) -> np.ndarray:
    """Sum everything but the first axis."""
    return np.asarray(values.reshape(len(values), -1).sum(axis=1))
