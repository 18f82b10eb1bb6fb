"""What a reason may look at: a wrong row in a few worlds in which the right answer is known.

A world is one run of the learner's code in which every gradient that the row may read was a known,
random array, so that two mistakes cannot hide each other; measured beside it is how the row's
variable moves each stage, and so what each stage contributes to the gradient that is right there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from backprop_kit.arithmetic import Unclear
from backprop_kit.judging import Row
from backprop_kit.plain import numbers
from backprop_kit.recording import Recording
from backprop_kit.retelling import Edit, Listing, Retelling, Told, listing_of
from backprop_kit.truth import Expected, Known, Nudged, gather
from backprop_kit.view import CLOSE, CLOSE_FLOAT32, View, along, spread, within

FAINT = 1e-9  # of the largest element


@dataclass(frozen=True)
class World:
    """One run with known gradients, seen from one row."""

    view: View
    row: Row
    listing: Listing
    fixed: frozenset[str] = frozenset()

    @property
    def recording(self) -> Recording:
        return self.view.recording

    @property
    def nudged(self) -> Nudged:
        return self.view.nudged[self.row.of]

    @cached_property
    def retelling(self) -> Retelling:
        put = self.view.jitter.put if self.view.jitter is not None else {}
        upstream = {"d" + self.recording.output: self.view.truth.upstream}
        return Retelling(self.recording, put, self.row.name, self.listing, self.fixed, upstream)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """The shape of the row's variable."""
        return self.nudged.directions[self.row.of].shape[1:]

    @property
    def readers(self) -> list[str]:
        """The stages that read the variable and have a known gradient."""
        return [stage for stage in self.nudged.effects if stage in self.view.handed]

    def handed(self, stage: str) -> np.ndarray:
        """The gradient on a stage; raises `Unclear` where the variable does not move it."""
        if stage not in self.view.handed:
            raise Unclear(f"no gradient on `{stage}` is known here")
        slope = self.view.handed[stage].slope
        assert slope is not None  # what is put in is known in full
        return slope.low

    def target(self, stages: Collection[str] | None = None) -> Expected:
        """What these stages (by default all) contribute to the gradient, along each direction."""
        if stages is None:
            return self.view.expected[self.row.of]
        return self.gathered({s: self.view.handed[s] for s in stages if s in self.view.handed})

    def gathered(self, known: Mapping[str, Known]) -> Expected:
        """What the stages in `known` would contribute if those were their gradients."""
        effects = {s: e for s, e in self.nudged.effects.items() if s in known}
        return gather(replace(self.nudged, effects=effects), known)

    def slopes_of(self, value: Any, exact: bool = False) -> np.ndarray:
        """What a gradient claims along each direction; raises `Unclear` for a shape that does not fit."""
        shaped = spread(numbers(value), self.shape, exact)
        if shaped is None:
            raise Unclear("the shape does not fit")
        return along({self.row.of: shaped}, self.nudged)

    def fits(self, value: Any, expected: Expected | None = None) -> bool:
        """Whether a value is the gradient (or what `expected` says), in its exact shape if required."""
        expected = self.target() if expected is None else expected
        array = numbers(value)
        try:
            found = self.slopes_of(value, self.row.required)
        except Unclear:
            return False
        single = array is not None and array.dtype.itemsize < 8
        single = single or self.view.truth.precision == "float32"
        scale = np.fmax(expected.scale, self.target().scale)
        # A saturated element is mostly rounding, and no cause should hang on it.
        faint = FAINT * np.max(scale, initial=0.0)
        allowed = (CLOSE_FLOAT32 if single else CLOSE) * scale + faint + expected.slope.error
        return within(found, expected.slope, allowed)

    def full(self, stages: Collection[str] | None = None) -> np.ndarray:
        """The gradient element by element; raises `Unclear` where only directions were measured."""
        if not self.nudged.each:
            raise Unclear("measured along directions only")
        return self.target(stages).slope.middle.reshape(self.shape)

    @cached_property
    def value(self) -> Any:
        """The value to be judged: the last, of an intermediate any that fits."""
        held = [v for _, v in self.view.values(self.row.name, self.row.required)]
        return next((v for v in held if not self.row.required and self.fits(v)), held[0])

    @cached_property
    def own(self) -> Told:
        """The values that the variable held, as they were."""
        return self.retelling.told()


@dataclass(frozen=True)
class Evidence:
    """A wrong row, the worlds it is seen in, and the lines it was written on."""

    row: Row
    recording: Recording
    worlds: tuple[World, ...] = ()
    base: World | None = None  # the run as it was, with nothing put in
    bases: tuple[World, ...] = ()  # such runs at several points, if what the row reads is right
    reference: Recording | None = None  # the forward pass that was given, if it is another's

    @cached_property
    def listing(self) -> Listing:
        return listing_of(self.recording.code, self.recording.helpers)

    @property
    def readers(self) -> list[str]:
        """The stages that read the variable, in forward order."""
        found = {stage for world in self.worlds for stage in world.readers}
        order = dict.fromkeys(w.name for w in self.recording.forward)
        return [stage for stage in order if stage in found]

    @cached_property
    def retold(self) -> bool:
        """Whether the lines of the row, told again, give what they gave: only then may one be changed."""
        return bool(self.worlds) and all(faithful(world) for world in self.worlds)

    @cached_property
    def guilty(self) -> bool:
        """Whether the row's own lines are wrong: with known gradients, too, the row is not right."""
        return any(not world.fits(world.value) for world in self.worlds)

    def explains(self, corrected: Callable[[World], Any]) -> bool:
        """Whether a corrected value would have been right in every world."""
        try:
            return bool(self.worlds) and all(w.fits(corrected(w)) for w in self.worlds)
        except (
            Unclear,
            ValueError,
            ArithmeticError,
        ):  # shapes that do not go together, a power of 0
            return False

    def mends(self, edit: Edit) -> bool:
        """Whether the row would be right in every world with the edit made."""

        def corrected(world: World) -> Any:
            return settled(world, world.retelling.told(edit))

        return self.explains(corrected)

    def d_name(self, stage: str) -> str:
        """What the gradient on a stage is called."""
        return self.gradient_names.get(stage, "d" + stage)

    @cached_property
    def gradient_names(self) -> dict[str, str]:
        """The d-name of each variable that has one."""
        return {q: d for d, q in self.recording.gradients().items()}


def settled(world: World, told: Told) -> Any:
    """The value to be judged: the last; of an intermediate, any that fits since it was last made anew."""
    writes = world.recording.writes
    fresh = [i for i, _ in told.values if writes[i].fresh]
    for at, value in told.values[::-1]:
        if not world.row.required and at >= max(fresh, default=0) and world.fits(value):
            return value
    return told.last


def faithful(world: World) -> bool:
    """Whether told again, a row holds the values that were recorded."""
    try:
        return all(
            same_numbers(value, world.recording.writes[i].value) for i, value in world.own.values
        )
    except Unclear:
        return False


def same_numbers(a: Any, b: Any) -> bool:
    left, right = numbers(a), numbers(b)
    if left is None or right is None or left.shape != right.shape:
        return False
    return bool(
        np.allclose(
            left,
            right,
            rtol=1e-9,
            atol=1e-12 * (np.max(np.abs(left), initial=0.0) or 1.0),
            equal_nan=True,
        )
    )
