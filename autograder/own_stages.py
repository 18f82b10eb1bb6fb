"""Exercises where the learner chooses the stages: the judge decides by the inputs alone.

What a learner called a stage means nothing outside. So the verdict comes from the formula and the
gradients on the inputs; the words come from a check where the code runs, and are taken only where
they say what the judge has found.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from autograder.asking import Asking
from autograder.strict import Malformed
from backprop_kit.formula import asked_for
from backprop_kit.judging import RIGHT
from backprop_kit.recording import Failure
from backprop_kit.report import GradientReport
from backprop_kit.source import StagedError
from backprop_kit.stages_of_own import OUT_OF_DOMAIN, agree, departed, elsewhere, missing, score_of
from backprop_kit.trial import Judgement, Trial


def by_inputs(asking: Asking, name: str, trial: Trial, like: Any, wrt: list[str]) -> Judgement:
    """The judgement on a function in stages of its own, whose gradients on `wrt` count."""
    verdict = outside(trial, like, wrt, name)

    def report() -> GradientReport:
        words = inside(asking, name, trial, like, wrt)
        return words if words is not None and say_the_same(words, verdict, wrt) else verdict

    return Judgement(verdict, report) if isinstance(like, str) else Judgement.of(verdict)


def inside(
    asking: Asking, name: str, trial: Trial, like: str, wrt: list[str]
) -> GradientReport | None:
    """The report of the process that runs the code; None where it makes none, for whatever reason."""
    try:
        return asking.check(name, trial.inputs, trial.output, wrt, trial.seed, like)
    except (StagedError, Malformed, RuntimeError):
        return None


def say_the_same(words: GradientReport, verdict: GradientReport, wrt: list[str]) -> bool:
    """Whether a report from inside gives the points and the verdicts of that from outside."""
    facts = [
        (report.ok, round(report.score, 9), report.seed, report.departure)
        for report in (words, verdict)
    ]
    if facts[0] != facts[1]:
        return False
    return words.departure is not None or all(
        is_right(words, q) == is_right(verdict, q) for q in wrt
    )


def is_right(report: GradientReport, q: str) -> bool:
    return {row.verdict for row in report.rows if row.of == q} == {RIGHT}


def outside(trial: Trial, like: Any, wrt: list[str], name: str) -> GradientReport:
    """The verdict on the inputs: zero where the function computes something else than was asked for."""
    first = trial.run(trial.inputs, {}, True)
    if first.failure is None and trial.output not in {write.name for write in first.writes}:
        return not_written(trial, wrt, name)
    report = trial.report()
    if report.failure is not None and report.failure.forward:
        return report
    asked = asked_for(like, trial.output)
    fresh = list(elsewhere(asked, trial.inputs, wrt, trial.seed))
    excused = 0
    for place, wanted in [(trial.inputs, asked(trial.inputs)), *fresh]:
        recording = trial.run(place, {}, True)
        yours = recording.values().get(trial.output)
        outside = is_out_of_domain(recording.failure) and place is not trial.inputs
        if outside and excused < len(fresh) - 1:  # not everywhere: a table would be no function
            excused += 1
        elif not agree(yours, wanted):
            return departed(report, place, yours, wanted)
    return replace(report, score=score_of(report, wrt))


def not_written(trial: Trial, wrt: list[str], name: str) -> GradientReport:
    said = (
        f"`{name}` does not compute `{trial.output}` yet: name each value on the way, and call the "
        f"last one `{trial.output}`."
    )
    rows = tuple(missing(q) for q in wrt)
    return GradientReport(
        name, trial.output, rows, False, 0.0, trial.seed, departure=("missing", said)
    )


def is_out_of_domain(failure: Failure | None) -> bool:
    """Whether the forward pass stopped where the function, as it is written, has no value."""
    return failure is not None and failure.forward and failure.kind in OUT_OF_DOMAIN
