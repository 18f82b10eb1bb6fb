"""`check` and `grade`: record, measure and judge a handwritten backward pass in one process."""

from __future__ import annotations

import math
import sys
from collections.abc import Collection, Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from typing import Any

import numpy as np

from backprop_kit.judging import INHERITS, MISSING, RIGHT, WRONG, Row, judge
from backprop_kit.nudge import Truth, is_real, measure
from backprop_kit.plain import numbers
from backprop_kit.points import FRESH, as_float, fresh_points, refuse_input
from backprop_kit.reasons import find
from backprop_kit.recording import Failure, Recording, Replacement, record, refuse_random
from backprop_kit.report import GradientReport, Judged, combined
from backprop_kit.staged import StagedError, StagedFunction, inputs_of, staged

ENOUGH_POINTS = 3
MOST_ELEMENTS = 4096  # up to so many elements a wrong row is measured one by one


def check(
    code: Any,
    /,
    output: str = "f",
    *,
    backward: Any = None,
    wrt: Sequence[str] | None = None,
    upstream: Any = None,
    seed: int = 0,
    inputs: Mapping[str, Any] | None = None,
    **named: Any,
) -> GradientReport:
    """Judge a handwritten backward pass, one verdict a d-variable (the notes: "Staged computation").

    `code` is a plain function or cell text: a forward pass, then a backward pass in which `dq` (or
    `dfdq`) is the gradient of `output` on `q`. `backward` is a second function, for backward passes
    written apart, as `backward(dout, cache)`. Inputs are numbers, lists of numbers or arrays, given
    by keyword or in `inputs`; `wrt` names those whose gradient is required. `upstream` is the
    gradient on the output, of its shape. The same `seed` gives the same report.

    Raises `StagedError`, in one sentence, for code or inputs that cannot be judged.
    """
    checking = Checking.of(code, output, backward, wrt, upstream, seed, inputs_of(inputs, named))
    return checking.report()


def grade(
    code: Any,
    /,
    points: float,
    *,
    at: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    backward: Any = None,
    output: str = "f",
    wrt: Sequence[str] | None = None,
    seed: int = 0,
) -> float:
    """Print the report and return the points earned: `points` times the score, to 0.01.

    `at` is one dict of inputs, or several; the worst report counts. Required are the inputs in
    `wrt`, or every input that is a real number. A learner's fault costs points and is said in a
    sentence; it never raises.
    """
    if isinstance(points, bool) or not isinstance(points, int | float) or not 0 <= points < math.inf:
        raise ValueError(f"points are a number from 0 up, and this is {points!r}")
    places = [at] if isinstance(at, Mapping) else list(at)
    if not places:
        raise ValueError("`at` names no point to grade at; give a dict of inputs, or a list of them")
    with redirect_stderr(sys.stdout):
        try:
            reports = [graded_at(code, output, backward, wrt, seed, place) for place in places]
        except StagedError as error:
            print(error)
            return 0.0
        worst = min(reports, key=lambda report: (report.ok, report.score))
        print(worst)
    return float(round(float(points) * worst.score, 2))


def graded_at(
    code: Any, output: str, backward: Any, wrt: Sequence[str] | None, seed: int, place: Mapping[str, Any]
) -> GradientReport:
    required = list(wrt) if wrt is not None else [n for n, v in place.items() if is_scalar(v) and n != "d" + output]
    if not required:
        raise ValueError("nothing to grade: no input is a real number, and `wrt` names none")
    return Checking.of(code, output, backward, required, None, seed, place).report()


def is_scalar(value: Any) -> bool:
    """A real number or a list of them, as the notes' `w = [2, -3, -3]`."""
    return is_real(value) and not isinstance(value, np.ndarray)


# ----- one check -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Checking:
    """All that a check is about; `report()` does it."""

    function: StagedFunction
    backward: Any
    output: str
    wrt: tuple[str, ...] | None
    upstream: Any
    seed: int
    inputs: Mapping[str, Any]

    @staticmethod
    def of(
        code: Any,
        output: str,
        backward: Any,
        wrt: Sequence[str] | None,
        upstream: Any,
        seed: int,
        inputs: Mapping[str, Any],
    ) -> Checking:
        """Read the code, and refuse what cannot be judged."""
        function = staged(code, inputs)
        inputs = {**function.literals, **inputs}
        for name, value in inputs.items():
            refuse_input(name, value)
        if isinstance(wrt, str):
            wrt = [wrt]
        for name in wrt or ():
            if name not in inputs:
                raise StagedError(f"`wrt` names `{name}`, which is no input; the inputs are {', '.join(inputs)}.")
        if upstream is None and "d" + output in inputs:
            upstream = inputs["d" + output]
        checking = Checking(function, backward, output, wrt and tuple(wrt), upstream, seed, inputs)
        return checking.with_upstream(code)

    def with_upstream(self, code: Any) -> Checking:
        """Hand the gradient on the output to code that asks for it; an array output must."""
        name = "d" + self.output
        asked = self.function.receives(name)
        if name in self.inputs or (self.backward is None and not asked and self.upstream is not None):
            return self
        if self.backward is None and not asked:
            return self
        probe = {**self.inputs, name: 1.0} if asked else dict(self.inputs)
        function = staged(code, probe)
        upstream = self.upstream if self.upstream is not None else self.default_upstream(function, probe)
        inputs = {**self.inputs, name: upstream} if asked else self.inputs
        return Checking(function, self.backward, self.output, self.wrt, upstream, self.seed, inputs)

    def default_upstream(self, function: StagedFunction, inputs: Mapping[str, Any]) -> Any:
        """1 for a number, a seeded random array for an array."""
        value = numbers(record(function, inputs, output=self.output, quiet=True).values().get(self.output))
        if value is None or value.ndim == 0:
            return 1.0
        return np.random.default_rng([self.seed, 7]).standard_normal(value.shape)

    # -- the whole ------------------------------------------------------------------------------

    def report(self) -> GradientReport:
        """Judge at the given point, then at fresh ones."""
        first = self.recorded(self.inputs, quiet=False)
        if first.failure is not None and first.failure.forward:
            return self.stopped(first)
        self.refuse_unjudgeable(first)
        refuse_random(first, self.recorded(self.inputs, quiet=True))
        wrt = self.required(first)
        places = [Place(self, self.inputs, first, wrt, given=True)]
        for inputs in fresh_points(self.movable(), self.moving(wrt), self.seed):
            if len(places) > FRESH:
                break
            place = self.place(inputs, wrt)
            places += [place] if place else []
        judged = [place.judged() for place in places]
        facts = {"function": self.function.name, "output": self.output, "seed": self.seed}
        notes = self.notes(first, wrt, len(places))
        failure = next((p.recording.failure for p in places if p.recording.failure), None)
        return combined(judged, wrt, notes=notes, failure=failure, **facts)

    def recorded(
        self, inputs: Mapping[str, Any], quiet: bool = True, replace: Mapping[str, Replacement] | None = None
    ) -> Recording:
        return record(
            self.function,
            inputs,
            replace,
            output=self.output,
            backward=self.backward,
            upstream=self.upstream,
            quiet=quiet,
        )

    def stopped(self, recording: Recording) -> GradientReport:
        """The report on code whose forward pass does not arrive."""
        wrt = self.wrt or tuple(n for n, v in self.inputs.items() if is_scalar(v))
        rows = [Row("d" + q, q, MISSING, required=True) for q in wrt]
        judged = Judged(rows, frozenset(), None, {row.name: find(row, recording) for row in rows})
        facts = {"function": self.function.name, "output": self.output, "seed": self.seed}
        return combined([judged], wrt, failure=recording.failure, **facts)

    def refuse_unjudgeable(self, recording: Recording) -> None:
        values = recording.values()
        if not any(w.name == self.output for w in recording.forward):
            names = [f"`{n}`" for n in values if n not in recording.inputs][-3:]
            raise StagedError(
                f"The code never gives `{self.output}` a value, so there is no output to differentiate; "
                f"name the output `{self.output}`, or say which it is: output={names[-1].replace('`', chr(34)) if names else '...'}."
            )
        value = values[self.output]
        array = numbers(value)
        if array is None:
            raise StagedError(f"`{self.output}` is {value!r} (a {type(value).__name__}), and only numbers have a gradient.")
        if not np.all(np.isfinite(array)):
            raise StagedError(f"`{self.output}` is not finite at this point, so it has no slope there; choose other inputs.")
        if array.ndim and self.upstream is None:
            raise StagedError(
                f"`{self.output}` is an array of shape {array.shape}, so its gradient from above must be "
                f"known: read `d{self.output}` in the code as an input, pass upstream=..., or sum to a number."
            )

    # -- what is required -----------------------------------------------------------------------

    def required(self, recording: Recording) -> tuple[str, ...]:
        """The inputs whose gradient is asked for."""
        if self.wrt is not None:
            return self.wrt
        candidates = {n: v for n, v in self.inputs.items() if n != "d" + self.output and is_real(v)}
        candidates = {n: v for n, v in candidates.items() if not self.counts(n, v)}
        gradients = recording.gradients()
        returned = {q for name, q in gradients.items() if name in recording.returned and q in candidates}
        written = set(gradients.values())
        wanted = returned or {n for n, v in candidates.items() if is_scalar(v) or n in written}
        if not wanted:
            names = " and ".join(f"`d{n}`" for n in candidates) or "no gradient, for no input is a real number"
            raise StagedError(f"There is nothing to judge: I looked for {names}; write it, or name the inputs in wrt=[...].")
        return tuple(n for n in self.inputs if n in wanted)

    def counts(self, name: str, value: Any) -> bool:
        """Whether an int is used as a count, an index, an axis or a shape: as a float it would not do."""
        if not isinstance(value, int):
            return False
        moved = self.recorded({**self.inputs, name: float(value)})
        return moved.failure is not None and moved.failure.kind in ("TypeError", "IndexError")

    def moving(self, wrt: Collection[str]) -> set[str]:
        return {n for n in wrt if is_real(self.inputs[n])}

    def movable(self) -> dict[str, Any]:
        return dict(self.inputs)

    # -- points ---------------------------------------------------------------------------------

    def place(self, inputs: Mapping[str, Any], wrt: tuple[str, ...]) -> Place | None:
        """A fresh point, or None where the code has no finite value."""
        recording = self.recorded(inputs)
        failure = recording.failure
        if failure is not None and (failure.forward or failure.kind in ("OverflowError", "ZeroDivisionError")):
            return None
        values = [numbers(v) for v in recording.values().values() if is_real(v)]
        if self.output not in recording.values() or not all(np.all(np.isfinite(v)) for v in values):  # type: ignore[arg-type]
            return None
        return Place(self, inputs, recording, wrt, given=False)

    def notes(self, recording: Recording, wrt: Sequence[str], points: int) -> tuple[str, ...]:
        notes = []
        if points < ENOUGH_POINTS:
            notes.append("Checked only near your point: the code has no finite value at most of the others.")
        written = {q: name for name, q in recording.gradients().items()}
        for name, why in recording.ambiguous.items():
            if name in written and name not in wrt:
                notes.append(f"`{written[name]}` is not judged: {why}")
        arrays = [n for n, v in self.inputs.items() if isinstance(v, np.ndarray) and is_real(v)]
        if self.wrt is None and arrays and not set(recording.returned) & set(recording.gradients()):
            names = ", ".join(f"`d{n}`" for n in wrt)
            notes.append(f"Judged: {names}; other arrays count as data (name them in wrt=[...] to ask for more).")
        return tuple(notes)


@dataclass(frozen=True)
class Place:
    """One point of a check; it can run the code again there (a `Rerun`)."""

    checking: Checking
    inputs: Mapping[str, Any]
    recording: Recording
    wrt: tuple[str, ...]
    given: bool

    def judged(self) -> Judged:
        """Rows, with every wrong one measured element by element."""
        truth = self.measure()
        rows = judge(self.recording, truth, self.wrt, self, self.checking.seed)
        coarse = {r.of for r in rows if r.verdict in (WRONG, INHERITS) and r.expected is None}
        coarse = {q for q in coarse if q in truth.names and truth.names[q].directions[q][0].size <= MOST_ELEMENTS}
        if coarse:
            truth = self.measure(each=coarse)
            rows = judge(self.recording, truth, self.wrt, self, self.checking.seed)
        findings = {r.name: find(r, self.recording) for r in rows if r.verdict in (WRONG, MISSING)}
        point = None if self.given else {n: self.inputs[n] for n in self.wrt}
        return Judged(rows, between(truth, self.wrt), point, findings)

    def record(self, replace: Mapping[str, Replacement]) -> Recording:
        return self.checking.recorded(self.inputs, replace=replace)

    def measure(
        self,
        *,
        hold: Collection[str] | None = None,
        names: Collection[str] | None = None,
        inputs: Mapping[str, Any] | None = None,
        each: Collection[str] = (),
    ) -> Truth:
        asked = set(self.wrt) | set(self.recording.gradients().values())
        data = {n for n in self.recording.inputs if n not in asked}
        steady = set(self.recording.values()) - data
        inputs = {n: v for n, v in {**self.inputs, **(inputs or {})}.items()}
        given = {n: as_float(v) if n in self.wrt else v for n, v in inputs.items()}
        return measure(
            self.checking.function,
            given,
            output=self.checking.output,
            upstream=self.checking.upstream,
            names=steady if names is None else set(names),
            hold=hold,
            each=each,
            seed=self.checking.seed,
        )


def between(truth: Truth, wrt: Collection[str]) -> frozenset[str]:
    """Stages that move with a required input and move the output."""
    reached, front = set(), list(wrt)
    while front:
        name = front.pop()
        effects = truth.names[name].effects if name in truth.names else {}
        fresh = [s for s in effects if s not in reached and s != truth.output]
        reached.update(fresh)
        front += fresh
    return frozenset(s for s in reached if s in truth.names and np.any(truth.names[s].total.size))


__all__ = ["INHERITS", "MISSING", "RIGHT", "WRONG", "Failure", "check", "grade"]
