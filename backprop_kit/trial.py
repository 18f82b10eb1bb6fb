"""A backward pass on trial: recorded, measured and judged at the given point and at fresh ones.

The learner's code is only ever run through `run`, which may sit in this process or at the far end
of a pipe; measured is a forward pass that is trusted, the learner's own in a notebook and that of
the reference when it counts.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from backprop_kit.branching import has_one_way
from backprop_kit.by_heart import evaded_by
from backprop_kit.evidence import Evidence
from backprop_kit.explaining import explained
from backprop_kit.judging import MISSING, WRONG, Row, judge, returned_for
from backprop_kit.listing import backward_lines
from backprop_kit.nudge import is_real, measure
from backprop_kit.plain import numbers, size
from backprop_kit.points import FRESH, as_float, fresh_points
from backprop_kit.reasons import find
from backprop_kit.recorder import record, undisturbed
from backprop_kit.recording import Recording, Replacement, refuse_random
from backprop_kit.report import GradientReport
from backprop_kit.scoring import Judged, combined
from backprop_kit.staged import StagedError, StagedFunction, TimeLimit
from backprop_kit.truth import Truth
from backprop_kit.unsteady import shaken

Run = Callable[[Mapping[str, Any], Mapping[str, Replacement], bool], Recording]

ENOUGH_POINTS = 3
MORE = 2  # points beyond the usual ones, where a branch is seen that was not taken before
LONGEST_LOOK = 1_000_000  # numbers written while looking for one: large programs branch enough
MOST_ELEMENTS = 2048  # so many elements of wrong rows are measured one by one at a point
OUT_OF_DOMAIN = ("OverflowError", "ZeroDivisionError")


@dataclass(frozen=True)
class Trial:
    """What is judged: `run(inputs, replace, quiet)` records the learner's code once."""

    run: Run
    forward: StagedFunction
    output: str
    inputs: Mapping[str, Any]
    wrt: tuple[str, ...] | None = None
    upstream: Any = None
    seed: int = 0
    own: bool = False  # the forward pass that is measured is the learner's own

    def report(self) -> GradientReport:
        """Judge at the given point, then at fresh ones; raises `StagedError` if nothing can be."""
        first = self.run(self.inputs, {}, False)
        if first.failure is not None and first.failure.forward:
            return self.stopped(first)
        self.refuse_unjudgeable(first)
        with undisturbed():  # the code has been seen to run once; from here on it leaves no trace
            return self.judged(first)

    def judged(self, first: Recording) -> GradientReport:
        """Judge the run at the given point, and others at fresh ones."""
        endless = is_endless(first)
        if not endless:
            refuse_random(first, self.run(self.inputs, {}, True))
        wrt = self.required(first)
        places = [Place(self, self.inputs, first, wrt, given=True, endless=endless)]
        places += self.once_more(first, wrt) if endless else self.elsewhere(first, wrt)
        if not self.own and len(places) == 1:
            evaded = evaded_by(self, first, wrt)
            if evaded is not None:
                return evaded
        stopped = next((p for p in places if p.recording.failure), None)
        ambiguous = {n: why for p in reversed(places) for n, why in p.recording.ambiguous.items()}
        judged: list[Judged] = []
        for place in places:
            settled = {r.name for j in judged for r in j.rows if r.verdict == WRONG}
            judged.append(place.judged(settled, {n for n in ambiguous if n not in wrt}))
        return combined(
            explained(judged, places, self.seed),
            wrt,
            function=first.function,
            output=self.output,
            seed=self.seed,
            notes=self.notes(first, wrt, len(places), ambiguous),
            failure=stopped and stopped.recording.failure,
            failure_point=stopped and stopped.point,
            backward=backward_lines(first),
            code=first.code,
            forward=tuple(dict.fromkeys(w.line for w in first.forward)),
        )

    def stopped(self, recording: Recording) -> GradientReport:
        """The report on code whose forward pass does not arrive."""
        wrt = self.wrt or tuple(n for n, v in self.inputs.items() if is_scalar(v))
        rows = [Row(recording.spelled(q), q, MISSING, required=True) for q in wrt]
        findings = {row.name: find(Evidence(row, recording)) for row in rows}
        judged = Judged(rows, frozenset(), None, findings)
        facts = {"function": recording.function, "output": self.output, "seed": self.seed}
        return combined([judged], wrt, failure=recording.failure, **facts)

    def elsewhere(self, first: Recording, wrt: tuple[str, ...]) -> list[Place]:
        """Fresh points, up to the first at which the code does not come to an end."""
        skip = OUT_OF_DOMAIN if first.failure is None else ()
        points = fresh_points(self.inputs, {n for n in wrt if is_real(self.inputs[n])}, self.seed)
        found: list[Place] = []
        for place in (self.place(inputs, wrt, skip) for inputs in points):
            found += [place] if place else []
            if len(found) == FRESH or (place and place.endless):
                break
        if any(place.endless for place in found):
            return found
        others = (self.place(inputs, wrt, skip) for inputs in points)
        return [*found, *other_ways([first, *(p.recording for p in found)], others)]

    def once_more(self, first: Recording, wrt: tuple[str, ...]) -> list[Place]:
        """One fresh point for code that does not come to an end, where it counts: not its own alone."""
        if self.own:
            return []
        points = fresh_points(self.inputs, {n for n in wrt if is_real(self.inputs[n])}, self.seed)
        tried = itertools.islice(points, MORE)
        return list(filter(None, (self.place(inputs, wrt, ()) for inputs in tried)))[:1]

    def place(
        self, inputs: Mapping[str, Any], wrt: tuple[str, ...], skip: Collection[str]
    ) -> Place | None:
        """A fresh point, or None where the code has no finite value."""
        recording = self.run(inputs, {}, True)
        failure = recording.failure
        if failure is not None and (failure.forward or failure.kind in skip):
            return None
        values = [numbers(v) for v in recording.values().values() if is_real(v)]
        finite = all(np.all(np.isfinite(v)) for v in values)  # type: ignore[arg-type]
        if numbers(recording.values().get(self.output)) is None or not finite:
            return None
        return Place(self, inputs, recording, wrt, given=False, endless=is_endless(recording))

    # -- what is asked for ------------------------------------------------------------------------

    def refuse_unjudgeable(self, recording: Recording) -> None:
        """Refuse an output that is not there, or is nothing to differentiate."""
        output = self.output
        if not any(w.name == output for w in recording.forward):
            raise StagedError(
                f"The code never gives `{output}` a value, so there is no output to differentiate; "
                f"call the output `{output}`, or say which name it has with output=...."
            )
        value = recording.values()[output]
        array = numbers(value)
        if array is None:
            kind = type(value).__name__
            raise StagedError(
                f"`{output}` is {value!r} (a {kind}), and only numbers have a gradient."
            )
        if not np.all(np.isfinite(array)):
            raise StagedError(
                f"`{output}` is {value} at this point, where it has no slope; choose other inputs."
            )
        if array.ndim and self.upstream is None:
            raise StagedError(
                f"`{output}` is an array of shape {array.shape}, so the gradient on it must come from "
                f"above: read `d{output}` in the code as an input, pass upstream=..., or make `{output}` a number."
            )

    def required(self, recording: Recording) -> tuple[str, ...]:
        """The inputs whose gradient is asked for."""
        if self.wrt is not None:
            for name in self.wrt:
                if self.counts(name, recording):
                    raise StagedError(cannot_move(name))
            return self.wrt
        real = {n: v for n, v in self.inputs.items() if n != "d" + self.output and is_real(v)}
        candidates = {n: v for n, v in real.items() if not self.counts(n, recording)}
        written = {*recording.gradients().values(), *recording.kept_from()}
        wanted = returned_for(recording, candidates)
        wanted = wanted or {n for n, v in candidates.items() if is_scalar(v) or n in written}
        if not wanted:
            raise StagedError(nothing_to_judge(list(candidates)))
        return tuple(n for n in self.inputs if n in wanted)

    def counts(self, name: str, recording: Recording) -> bool:
        """Whether an int is used as a count, an index, an axis or a shape: as a float it would not do."""
        if not isinstance(self.inputs[name], int):
            return False
        inputs = {**self.inputs, name: float(self.inputs[name])}
        again = forward_of(self, inputs) if is_endless(recording) else self.run(inputs, {}, True)
        failure = again.failure
        return failure is not None and failure.kind in ("TypeError", "IndexError")

    def notes(
        self, recording: Recording, wrt: tuple[str, ...], points: int, ambiguous: Mapping[str, str]
    ) -> tuple[str, ...]:
        """What the learner should know about how far the check went."""
        notes = []
        if points < ENOUGH_POINTS and recording.failure is None:
            notes.append(
                "Checked only near your point: at most others the code has no finite value."
            )
        written = {q: name for name, q in recording.gradients().items()}
        for name, why in ambiguous.items():
            if name in written and name not in wrt:
                notes.append(f"`{written[name]}` is not judged: {why}")
        after = {write.name for write in recording.backward} - recording.gradients().keys()
        notes += [
            f"`d{kept}` is not judged: `{kept}` is a second name for `{of}`, and no stage reads it; "
            f"the gradient on `{of}` is called `d{of}`."
            for kept, of in recording.second_names.items()
            if "d" + kept in after
        ]
        data = {n for n, v in self.inputs.items() if isinstance(v, np.ndarray) and is_real(v)}
        if data - {*wrt} and self.chosen_by_writing(recording):
            names = ", ".join(f"`d{n}`" for n in wrt)
            notes.append(
                f"Judged: {names}; other arrays count as data (name them in wrt=[...] to ask for more)."
            )
        return tuple(notes)

    def chosen_by_writing(self, recording: Recording) -> bool:
        """Whether nobody named what is required, so that what is written is taken for it."""
        return self.wrt is None and not set(recording.returned) & set(recording.gradients())


def other_ways(seen: list[Recording], places: Iterable[Place | None]) -> list[Place]:
    """Points, from a few more, at which a condition goes the way that it has not gone at any before."""
    taken = set().union(*(recording.ways_taken() for recording in seen))
    found: list[Place] = []
    tries = LONGEST_LOOK // sum(1 + size(write.value) for write in seen[0].writes)
    for place in itertools.islice(places, tries) if has_one_way(taken) else ():
        ways = place.recording.ways_taken() if place else set()
        if place and any((name, not way) in taken for name, way in ways - taken):
            found.append(place)
            taken |= ways
        if len(found) == MORE or not has_one_way(taken):
            break
    return found


def forward_of(trial: Trial, inputs: Mapping[str, Any]) -> Recording:
    """The forward pass alone, where the backward pass does not come to an end."""
    return record(trial.forward, inputs, output=trial.output, quiet=True, forward_only=True)


def is_endless(recording: Recording) -> bool:
    """Whether the run was stopped because it did not come to an end."""
    return recording.failure is not None and recording.failure.kind == TimeLimit.__name__


def is_scalar(value: Any) -> bool:
    """A real number or a list of them, as the notes' `w = [2, -3, -3]`."""
    return is_real(value) and not isinstance(value, np.ndarray)


def cannot_move(name: str) -> str:
    return (
        f"`{name}` cannot be judged: the forward pass does not bear its being moved a little, as if "
        "it were a count or an index; leave it out of wrt=[...]."
    )


def nothing_to_judge(candidates: list[str]) -> str:
    if not candidates:
        return "There is nothing to judge: no input is a real number or a float array, so none has a gradient."
    names = " or ".join(f"`d{name}`" for name in candidates)
    return f"There is nothing to judge: I looked for {names}; write it, or name the inputs in wrt=[...]."


@dataclass(frozen=True)
class Place:
    """One point of a trial; it can run the code and measure again there (a `Rerun`)."""

    trial: Trial
    inputs: Mapping[str, Any]
    recording: Recording
    wrt: tuple[str, ...]
    given: bool
    endless: bool = False  # the code did not come to an end, and is not run again

    def judged(self, settled: Collection[str], ambiguous: Collection[str]) -> Judged:
        """Rows, with those that are found wrong here measured element by element, as far as that is quick."""
        truth, rerun = self.measure(), None if self.endless else self
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
