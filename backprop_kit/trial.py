"""A backward pass on trial: recorded, measured and judged at the given point and at fresh ones.

The learner's code is only ever run through `run`, which may sit in this process or at the far end
of a pipe; measured is a forward pass that is trusted, the learner's own in a notebook and that of
the reference when it counts.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from backprop_kit.branching import has_one_way
from backprop_kit.by_heart import evaded_by
from backprop_kit.evidence import Evidence
from backprop_kit.explaining import explained
from backprop_kit.judging import MISSING, WRONG, Row, returned_for
from backprop_kit.listing import backward_lines
from backprop_kit.nudge import is_real
from backprop_kit.place import Place, cannot_move, forward_of, is_endless
from backprop_kit.plain import numbers, size
from backprop_kit.points import FRESH, fresh_points
from backprop_kit.reasons import find
from backprop_kit.recorder import undisturbed
from backprop_kit.recording import Recording, Replacement, refuse_random
from backprop_kit.report import GradientReport
from backprop_kit.scoring import Judged, combined
from backprop_kit.staged import StagedError, StagedFunction

Run = Callable[[Mapping[str, Any], Mapping[str, Replacement], bool], Recording]
Inputs = Mapping[str, Any]

ENOUGH_POINTS = 3
MORE = 2  # points beyond the usual ones, where a branch is seen that was not taken before
LONGEST_LOOK = 1_000_000  # numbers written while looking for one: large programs branch enough
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
    foresee: Callable[[Iterable[Inputs]], None] = lambda places: None
    """Hears at which inputs quiet runs are sure to be asked for, since many at once may be quicker."""
    known: MutableMapping[int, Place] = field(default_factory=WeakValueDictionary)
    """Fresh points that are still looked at, by the identity of the recording that a run may give again."""

    def report(self) -> GradientReport:
        """Judge at the given point, then at fresh ones; raises `StagedError` if nothing can be."""
        return self.judgement().report()

    def judgement(self) -> Judgement:
        """As `report`, without asking why a row is wrong."""
        return self.judgement_on(self.first_run())

    def first_run(self) -> Recording:
        """The one run that leaves its traces, at the given point; it must give something to judge."""
        first = self.run(self.inputs, {}, False)
        if first.failure is None or not first.failure.forward:
            self.refuse_unjudgeable(first)
        return first

    def judgement_on(self, first: Recording) -> Judgement:
        """The judgement, where the code has been run once; from here on it leaves no trace."""
        if first.failure is not None and first.failure.forward:
            return Judgement.of(self.stopped(first))
        with undisturbed():
            return self.judged(first)

    def judged(self, first: Recording) -> Judgement:
        """Judge the run at the given point, and others at fresh ones."""
        endless = is_endless(first)
        if not endless:
            self.foresee(self.to_come())
            refuse_random(first, self.run(self.inputs, {}, True))
        wrt = self.required(first)
        places = [Place(self, self.inputs, first, wrt, given=True, endless=endless)]
        places += self.once_more(first, wrt) if endless else self.elsewhere(first, wrt)
        if not self.own and len(places) == 1:
            evaded = evaded_by(self, first, wrt)
            if evaded is not None:
                return Judgement.of(evaded)
        stopped = next((p for p in places if p.recording.failure), None)
        ambiguous = {n: why for p in reversed(places) for n, why in p.recording.ambiguous.items()}
        judged: list[Judged] = []
        for place in places:
            settled = {r.name for j in judged for r in j.rows if r.verdict == WRONG}
            judged.append(place.judged(settled, {n for n in ambiguous if n not in wrt}))
        report = partial(
            combined,
            wrt=wrt,
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

        def with_causes() -> GradientReport:
            with undisturbed():
                return report(explained(judged, places, self.seed))

        return Judgement(report(judged), with_causes)

    def stopped(self, recording: Recording) -> GradientReport:
        """The report on code whose forward pass does not arrive."""
        wrt = self.wrt or tuple(n for n, v in self.inputs.items() if is_scalar(v))
        rows = [Row(recording.spelled(q), q, MISSING, required=True) for q in wrt]
        findings = {row.name: find(Evidence(row, recording)) for row in rows}
        judged = Judged(rows, frozenset(), None, findings)
        facts = {"function": recording.function, "output": self.output, "seed": self.seed}
        return combined([judged], wrt, failure=recording.failure, **facts)

    def to_come(self) -> Iterator[Inputs]:
        """Where the code is going to be run, as far as it is known beforehand."""
        wrt = self.wrt or ()
        yield self.inputs
        yield from (self.as_float_alone(n) for n in wrt if isinstance(self.inputs[n], int))
        yield from itertools.islice(self.fresh(wrt), FRESH)

    def fresh(self, wrt: tuple[str, ...]) -> Iterator[Inputs]:
        return fresh_points(self.inputs, {n for n in wrt if is_real(self.inputs[n])}, self.seed)

    def as_float_alone(self, name: str) -> Inputs:
        """The inputs with one that is an int as a float."""
        return {**self.inputs, name: float(self.inputs[name])}

    def elsewhere(self, first: Recording, wrt: tuple[str, ...]) -> list[Place]:
        """Fresh points, up to the first at which the code does not come to an end."""
        skip = OUT_OF_DOMAIN if first.failure is None else ()
        points = self.fresh(wrt)
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
        tried = itertools.islice(self.fresh(wrt), MORE)
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
        place = Place(self, inputs, recording, wrt, given=False, endless=is_endless(recording))
        known = self.known.setdefault(id(recording), place)
        return known if known.wrt == wrt else place

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
        inputs = self.as_float_alone(name)
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


@dataclass(frozen=True)
class Judgement:
    """What the verdicts are; `report` also says why a row is wrong, which takes as long again."""

    verdicts: GradientReport
    report: Callable[[], GradientReport]

    @staticmethod
    def of(report: GradientReport) -> Judgement:
        """The judgement that says all there is to say."""
        return Judgement(report, lambda: report)

    @property
    def rank(self) -> tuple[bool, float]:
        """The less, the worse."""
        return self.verdicts.ok, self.verdicts.score


def worst_of(judgements: Iterable[Judgement]) -> Judgement:
    """The first of the worst ones; after one that earns nothing, none is looked at any more."""
    judgements = iter(judgements)
    worst = next(judgements)
    while worst.rank > (False, 0.0) and (judgement := next(judgements, None)):
        worst = min(worst, judgement, key=lambda each: each.rank)
    return worst


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


def is_scalar(value: Any) -> bool:
    """A real number or a list of them, as the notes' `w = [2, -3, -3]`."""
    return is_real(value) and not isinstance(value, np.ndarray)


def nothing_to_judge(candidates: list[str]) -> str:
    if not candidates:
        return "There is nothing to judge: no input is a real number or a float array, so none has a gradient."
    names = " or ".join(f"`d{name}`" for name in candidates)
    return f"There is nothing to judge: I looked for {names}; write it, or name the inputs in wrt=[...]."
