"""The causes of the rows that are wrong, looked for once all points have been judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Protocol

import numpy as np

from backprop_kit.evidence import Evidence, World
from backprop_kit.judging import MISSING, RIGHT, WRONG, Replays, Row
from backprop_kit.reasons import find
from backprop_kit.recording import Recording
from backprop_kit.retelling import listing_of
from backprop_kit.scoring import Judged, worst_of
from backprop_kit.sentences import Finding
from backprop_kit.truth import Interval, Known, Truth
from backprop_kit.view import Rerun, View

FAINT = 1e-6  # of the largest gradient at another point
WORLDS = 3  # a cause must fit at so many points


class Place(Rerun, Protocol):
    """A point at which the code was run, and can be again."""

    @property
    def recording(self) -> Recording: ...

    @property
    def reference(self) -> Recording | None:
        """The run of the forward pass that was given, where the learner's own is not trusted."""


def explained(judged: Sequence[Judged], places: Sequence[Place], seed: int) -> list[Judged]:
    """The judged points, each wrong row with its cause at the point where it is worst."""
    names = {r.name for j in judged for r in j.rows if r.verdict in (WRONG, MISSING)}
    of = {r.of for j in judged for r in j.rows if r.name in names}
    seen = [Seen(j, p, frozenset(of), seed) for j, p in zip(judged, places, strict=True)]
    found: list[dict[str, Finding]] = [{} for _ in judged]
    for name in sorted(names):
        row, worst = worst_of(name, judged)
        if row.verdict in (WRONG, MISSING):
            at = next(k for k, j in enumerate(judged) if j is worst)
            found[at][name] = cause_or_unknown(row, seen, at)
    return [replace(j, findings=f) for j, f in zip(judged, found, strict=True)]


def cause_or_unknown(row: Row, seen: Sequence[Seen], at: int) -> Finding:
    """The cause; where looking for it breaks down, none is known, and the verdict stands all the same."""
    with np.errstate(all="ignore"):  # what is tried out may divide by 0
        try:
            return cause(row, seen, at)
        except (ArithmeticError, ValueError, TypeError, LookupError, RecursionError):
            return find(Evidence(row, seen[at].recording))


def cause(row: Row, seen: Sequence[Seen], at: int) -> Finding:
    here = seen[at]
    if row.verdict == MISSING or here.judged.truth is None or row.line is None:
        return find(Evidence(row, here.recording))
    others = [s for k, s in enumerate(seen) if k != at]
    wrong = [s for s in others if s.says(row.name, WRONG)]
    rest = [s for s in others if s not in wrong]
    worlds: list[World] = []
    for place in [here, *wrong, *rest]:
        world = place.world(row) if len(worlds) < WORLDS else None
        worlds = clear([*worlds, *([world] if world is not None else [])])
    bases = [b for s in [here, *wrong, *rest][:WORLDS] if (b := s.base(row)) is not None]
    reads_right = not any(
        r.verdict in (WRONG, MISSING) and r.first < row.first for r in here.judged.rows
    )
    usable = tuple(bases) if reads_right else ()
    reference = here.place.reference
    return find(Evidence(row, here.recording, tuple(worlds), here.base(row), usable, reference))


class Seen:
    """One point, and the worlds that can be had there."""

    def __init__(self, judged: Judged, place: Place, of: frozenset[str], seed: int) -> None:
        self.judged, self.place, self.recording = judged, place, place.recording
        self.listing = listing_of(place.recording.code, place.recording.helpers)
        self.view: View | None = None
        truth: Truth | None = judged.truth
        if truth is not None:
            self.view = View(place.recording, truth.names, truth.expected, truth)
            self.replays = Replays(self.view, place, seed)
            self.replays.judged = set(of) & truth.names.keys()

    @cached_property
    def ages(self) -> dict[str, int]:
        """How many writes before its last each gradient was right: what comes after is no part of it."""
        assert self.view is not None
        asked = {row.name: row for row in self.judged.rows if row.verdict == RIGHT and row.earlier}
        found = {n: self.view.passes(n, row.of, row.required) for n, row in asked.items()}
        return {name: age for name, age in found.items() if age}

    @cached_property
    def names(self) -> dict[str, str]:
        """The d-variables that were written, with what each is the gradient on."""
        assert self.view is not None
        asked = {*self.view.nudged, self.recording.output}
        return {d: q for d, q in self.recording.gradients().items() if q in asked}

    def says(self, name: str, verdict: str) -> bool:
        return any(r.name == name and r.verdict == verdict for r in self.judged.rows)

    def base(self, row: Row) -> World | None:
        """The run as it was."""
        if self.view is None or row.of not in self.view.nudged or row.name not in self.names:
            return None
        gradients = {
            q: self.view.truth.gradient(q) for q in [*self.view.nudged, self.recording.output]
        }
        handed = {q: known(g) for q, g in gradients.items() if g is not None and q != row.of}
        view = replace(self.view, handed=handed)
        return World(view, row, self.listing, frozenset(self.names))

    def world(self, row: Row) -> World | None:
        """A run in which the gradients that the row reads are random, if it can be compared."""
        if self.view is None or row.name not in self.names:
            return None
        view = self.replays.view_of(frozenset(self.names), self.ages)
        if view is None or row.of not in view.nudged or row.of not in view.expected:
            return None
        return World(view, row, self.listing)


def clear(worlds: Sequence[World]) -> list[World]:
    """The worlds without those where everything is saturated, and little but rounding is left."""
    sizes = [float(np.max(world.target().scale, initial=0.0)) for world in worlds]
    return [w for w, size in zip(worlds, sizes, strict=True) if size >= FAINT * max(sizes)]


def known(gradient: Interval) -> Known:
    return Known.exactly(gradient.middle)
