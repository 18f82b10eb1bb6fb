"""`grade` and its kin as the judge has them: the same reports and scores, for code that is far away.

What is measured is the reference, and what is trusted of the learner's run is nothing but numbers.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

import backprop_kit
from autograder.asking import Asking, outcome
from autograder.companions import with_companions
from autograder.far_runs import FarRuns
from autograder.grade_calls import CALLS, answers_in
from autograder.own_stages import by_inputs
from autograder.strict import inputs_to, value_from
from backprop_kit import own_gates
from backprop_kit.answers import AnswerReport, earned
from backprop_kit.checker import asked, trial_of
from backprop_kit.formula import asked_for, places_of
from backprop_kit.own_gates import ABOVE, check_gate
from backprop_kit.place import Place
from backprop_kit.plain import numbers, to_json
from backprop_kit.points import fresh_points
from backprop_kit.report import GradientReport
from backprop_kit.source import StagedError
from backprop_kit.trial import Judgement, Trial, worst_of
from backprop_kit.typed import check_numbers
from backprop_kit.values import check_values

Report = GradientReport | AnswerReport
MOST_FRESH = 3
PRINTED = "Printed by the code that is judged:"
UNTOUCHED = "tex2jax_ignore mathjax_ignore"


class Grading:
    """The functions that a grade cell ends on, for one exercise of one learner."""

    def __init__(self, asking: Asking, seed: int | None) -> None:
        self.asking, self.seed = asking, seed
        self.names: dict[str, Any] = {}
        self.answers: dict[str, str] = {}
        self.report: Report | None = None
        self.printed: list[str] = []
        self.places: list[Any] = []

    def take_over(self, names: dict[str, Any], cell: str) -> None:
        """Stand in for the kit's functions in the instructor's namespace."""
        self.names = dict(names)
        self.answers = answers_in(cell)
        mine = dict(zip(CALLS, (self.grade, self.values, self.gate, self.typed), strict=True))
        names.update(mine)
        for name, function in mine.items():
            setattr(backprop_kit, name, function)  # a cell may import them once more

    def findings(self) -> dict[str, Any]:
        """What the report says, as plain data for the record."""
        report, inputs = self.report, as_inputs(self.places)
        if report is None:
            nothing: dict[str, Any] = {
                "label": None,
                "first_wrong": None,
                "score": 0.0,
                "ok": False,
                "rows": [],
            }
            return {**nothing, "inputs": inputs}
        rows = [[row.name, row.verdict, row.label] for row in report.rows]
        return {
            "label": report.label,
            "first_wrong": report.first_wrong,
            "score": report.score,
            "ok": report.ok,
            "rows": rows,
            "inputs": inputs,
        }

    def noted(self, report: Report) -> Report:
        self.report = report
        return report

    def as_html(self) -> str:
        """The report as a page shows it, below what the code printed; empty where there is none."""
        if self.report is None:
            return ""
        said = "".join(
            f"<p>{PRINTED}</p><pre>{html.escape(text.rstrip())}</pre>" for text in self.printed
        )
        # Formulas that a learner writes are not typeset: they can hold links.
        return f'<div class="{UNTOUCHED}">{said}{self.report._repr_html_()}</div>'

    # ----- backward passes -----------------------------------------------------------------------

    def grade(
        self,
        function: Any,
        /,
        points: float,
        *,
        at: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        backward: Any = None,
        output: str = "f",
        wrt: Sequence[str] | None = None,
        seed: int = 0,
        like: Any = None,
    ) -> float:
        """`backprop_kit.grade`, where `function` is the reference that stands for the learner's."""
        places = self.places = [at] if isinstance(at, Mapping) else list(at)
        required = [asked(place, output, wrt) for place in places]
        seed = seed if self.seed is None else self.seed
        name = self.name_of(function)
        behind = None if backward is None else self.name_of(backward)
        for each in filter(None, (name, behind)):
            self.insist_on(each)

        runs = FarRuns(self.asking, name, output, behind, self.heard)
        known: WeakValueDictionary[int, Place] = WeakValueDictionary()

        def trial(code: Any, place: Mapping[str, Any], names: list[str]) -> Trial:
            made = trial_of(code, output, backward, names, None, seed, place)
            run, foresee = partial(runs.run, made.upstream), partial(runs.foresee, made.upstream)
            return replace(made, run=run, foresee=foresee, known=known, own=False)

        def judged(place: Mapping[str, Any], names: list[str]) -> Judgement:
            if like is None:
                return trial(function, place, names).judgement()
            made = trial(like if isinstance(like, str) else function, place, names)
            return by_inputs(self.asking, name, made, like, names)

        return earned(points, lambda: self.noted(worst_of(map(judged, places, required)).report()))

    def heard(self, printed: str) -> None:
        """Show once what the learner's code printed."""
        if printed not in self.printed:
            self.printed.append(printed)
            print(quoted(printed))

    # ----- values, gates, numbers ----------------------------------------------------------------

    def values(self, function: Any, /, points: float, **more: Any) -> float:
        """`backprop_kit.grade_values`."""
        self.places = places_of(more["at"])
        name = self.name_of(function)
        far = self.function(name)

        def judged() -> Report:
            report = check_values(far, **more)
            if self.seed is None:
                return self.noted(report)
            truth, seed = truth_of(function, more.get("like")), self.seed
            facts = {word: more[word] for word in ("like", "within") if word in more}
            return self.noted(with_companions(report, self.places, far, truth, seed, **facts))

        return earned(points, judged)

    def gate(self, name: str, /, points: float, *, at: Any, like: Any) -> float:
        """`backprop_kit.grade_gate`, at the points of the exercise and at fresh ones beside them."""
        places = places_of(at)
        places += [fresh for fresh in self.beside(places, like) if right_at(name, fresh, like)]
        self.places = places
        own_gates.find = self.far_gate
        return earned(points, lambda: self.noted(check_gate(name, at=places, like=like)))

    def typed(self, answers: Any, /, points: float, *, code: Any, at: Any, **more: Any) -> float:
        """`backprop_kit.grade_numbers`."""
        self.places = [at]
        given = {name: self.asking.value(self.answers.get(name, name)) for name in answers}
        return earned(points, lambda: self.noted(check_numbers(given, code, inputs=at, **more)))

    def beside(self, places: list[Any], like: Any) -> list[dict[str, Any]]:
        """A fresh point beside each of the first ones, where the formula has a value there."""
        formula, found = asked_for(like), []
        for place in places[:MOST_FRESH] if self.seed is not None else ():
            fresh = next(fresh_points(place, set(place), self.seed or 0))
            try:
                value = numbers(formula(fresh))
            except (ValueError, ArithmeticError):
                continue
            if value is not None and value.ndim == 0 and abs(float(value)) < float("inf"):
                found.append(fresh)
        return found

    # ----- what stands for what is far away ------------------------------------------------------

    def function(self, name: str) -> Any:
        """A function that calls the learner's; for what is none, something of that type's name."""
        found = self.insist_on(name)
        if found.get("callable") is not True:
            return type(str(found.get("type", "object"))[:80], (), {})()

        def far(**inputs: Any) -> Any:
            return self.asking.call(name, inputs)

        far.__name__ = str(found.get("called", name))[:80]
        return far

    def far_gate(self, name: str) -> Any:
        return FarGate(self.asking, name) if self.asking.is_declared(name) else None

    def insist_on(self, name: str) -> dict[str, Any]:
        found = self.asking.describe(name)
        if "absent" in found:
            raise StagedError(
                f"`{name}` is not there once the notebook has run from top to bottom; define it in "
                "its cell, and run all cells again."
            )
        return found

    def name_of(self, function: Any) -> str:
        """Under which name the reference is known, and so the learner's function."""
        return next(name for name, value in self.names.items() if value is function)


def quoted(printed: str) -> str:
    """What the learner's code printed, so that nobody takes it for the words of the grader."""
    lines = printed.rstrip().split("\n")
    return "\n".join([PRINTED, *(f"  | {line}" for line in lines)])


def right_at(name: str, place: Any, like: Any) -> bool:
    """Whether the reference, a gate of that name, is right there, as far as can be measured.

    Where a formula is flat but for rounding, nobody can be held to it.
    """
    try:
        return check_gate(name, at=[place], like=like).ok
    except StagedError:
        return False


def truth_of(reference: Any, like: Any) -> Any:
    """What is right anywhere: the formula, where the exercise has one, else the reference."""
    if like is None:
        return reference
    formula = asked_for(like)
    return lambda **inputs: formula(inputs)


def as_inputs(places: list[Any]) -> list[Any]:
    """The points as data for the record: inputs by name, and functions by theirs."""
    inputs = [place[0] if isinstance(place, tuple) else place for place in places]
    return [inputs_to(place, to_json) for place in inputs]


class FarGate:
    """A gate whose rule is run at the far end."""

    def __init__(self, asking: Asking, name: str) -> None:
        self.asking, self.name = asking, name

    def rule(self, *inputs: Any) -> Any:
        """Its value, and the function that takes it back, as far as the rule gave them."""
        answer = self.asking.gate(self.name, inputs, ABOVE)
        if "raises" in answer:
            return outcome(answer)
        value, given = value_from(answer.get("value")), answer.get("backward") or []
        if not given:
            return value
        answers = dict(zip(ABOVE, given, strict=True))

        def backward(df: float) -> Any:
            return outcome(answers[df])

        return value, backward
