"""Why a row is wrong: one short function per known mistake, each with its label.

A reason predicts what the learner's number would be if that were the slip, in worlds where every
gradient that the row reads is known, and counts only if it predicts it in all of them. Where none
does, the finding says so plainly: a wrong cause would be worse than none. `timing`, `accumulating`
and `factors` hold the reasons that are told by numbers, `slips` those told by a change to a line.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from backprop_kit import accumulating, factors, timing
from backprop_kit.arithmetic import Unclear
from backprop_kit.evidence import Evidence, same_numbers
from backprop_kit.judging import MISSING
from backprop_kit.labelling import squashes
from backprop_kit.phrases import finding
from backprop_kit.plain import numbers
from backprop_kit.repairs import Repair, repairs
from backprop_kit.sentences import LABELS, Finding, Found
from backprop_kit.slips import RULES
from backprop_kit.suspects import Suspect, place

BEFORE_NUMBERS = LABELS[: LABELS.index("missing_unbroadcast_sum")]
MOST_REPAIRS = 2500  # changes to a row that are tried

Reason = Callable[[Suspect], Iterator[Found]]
REASONS: tuple[Reason, ...] = (
    timing.shared_array,
    timing.value_of_another_time,
    accumulating.overwritten,
    accumulating.path_without_line,
    accumulating.subtracted,
    accumulating.counted_twice_at_a_tie,
    factors.shape_of_the_value,
    factors.upstream_left_out,
    factors.local_gradient_left_out,
    factors.value_passed_by_a_max,
    factors.constant_factor,
    factors.number_for_several_lines,
    factors.one_leg_only,
    factors.rule_of_another_function,
    factors.factor_is_not_the_derivative,
)


# ----- what needs no numbers -------------------------------------------------------------------


def missing(evidence: Evidence) -> Found | None:
    """A required gradient is never written."""
    row, failure = evidence.row, evidence.recording.failure
    if row.verdict != MISSING:
        return None
    if failure is not None:
        part = "forward" if failure.forward else "backward"
        return Found("raises", {"part": part, "line": failure.line})
    return Found("missing")


def not_finite(evidence: Evidence) -> Found | None:
    """The value is nan or inf where the truth is finite."""
    value = numbers(evidence.row.yours)
    if value is None or np.all(np.isfinite(value)):
        return None
    return Found("not_finite", {"found": "nan" if np.any(np.isnan(value)) else "an infinity"})


def changed_forward(evidence: Evidence) -> Found | None:
    """A forward name does not hold what it holds in the forward pass that was given."""
    if evidence.reference is None:
        return None
    given, held = evidence.reference.values(), evidence.recording.values()
    for name in dict.fromkeys(w.name for w in evidence.reference.forward):
        if name not in held or not same_numbers(held[name], given[name]):
            writes = [w for w in evidence.recording.forward if w.name == name]
            place = {"line": writes[-1].line, "text": writes[-1].text} if writes else {}
            return Found("changed_forward", {"changed": name, **place})
    return None


def value_at_the_start(evidence: Evidence) -> Found | None:
    """The gradient that the backward pass begins with is set to the value of the output."""
    row, recording = evidence.row, evidence.recording
    writes = [w for w in recording.backward if w.name == row.name]
    if row.of != recording.output or not writes:
        return None
    match evidence.listing.writer(writes[-1]):
        case ast.Assign(value=ast.Name(id=recording.output)):
            return Found("forward_value_instead_of_gradient", {"wrote": recording.output})
    return None


def integer_dtype(evidence: Evidence) -> Found | None:
    """An array of integers cuts the gradient down to whole numbers."""
    value, expected = evidence.row.yours, evidence.row.expected
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "iu" or expected is None:
        return None
    writes = [w for w in evidence.recording.backward if w.name == evidence.row.name]
    made = "int" in writes[-1].text if writes else False  # as in `.astype(int)`
    if value.shape != expected.low.shape or (len(writes) < 2 and not made):
        return None
    off = np.abs(value - expected.middle)
    return Found("integer_dtype", {"dtype": value.dtype}) if np.all(off <= len(writes)) else None


# ----- changes to the line ---------------------------------------------------------------------


def repaired(suspect: Suspect) -> Iterator[Found]:
    """Small changes to the line that would make the row right."""
    if not suspect.evidence.retold:
        return
    for count, one in enumerate(repairs(suspect, RULES)):
        if count > MOST_REPAIRS:
            return
        if suspect.evidence.mends(one.edit):
            yield from called_by_repair(suspect, one)


def called_by_repair(suspect: Suspect, one: Repair) -> Iterator[Found]:
    facts = {**place(suspect, one.statement), "wrote": one.change.wrote, "meant": one.change.meant}
    label = one.label
    if label == "missing_unbroadcast_sum" and "sum(" in one.change.wrote:
        label = "wrong_sum_axis"  # there is a sum, of too little
    yield Found(label, {**facts, "far": one.change.far})
    pair = (one.change.wrote, one.change.meant)
    if label == "pre_vs_post_activation" and not any(
        squashes(suspect, *names) for names in (pair, pair[::-1])
    ):
        yield Found("wrong_cached_variable", {**facts, "far": one.change.far})


# ----- all together ----------------------------------------------------------------------------


def find(evidence: Evidence) -> Finding:
    """The first cause in the order of the labels; a second one where the two cannot be told apart."""
    for look in (missing, not_finite, integer_dtype, changed_forward, value_at_the_start):
        plain = look(evidence)
        if plain is not None:
            return finding(evidence, None, [plain])
    suspects = [
        Suspect(replace(evidence, worlds=worlds))
        for worlds in (evidence.worlds, evidence.bases)
        if worlds
    ]
    for suspect in suspects:
        found = in_order(causes(suspect), suspect)
        if found:
            return finding(evidence, suspect, found)
    return finding(evidence, suspects[0] if suspects else None, [])


def causes(suspect: Suspect) -> list[Found]:
    found = []
    if not suspect.evidence.guilty:  # its lines are right: something else spoils the row
        spoilt = (timing.shared_array, accumulating.counted_twice_at_a_tie)
        return [found for look in spoilt for found in look(suspect)]
    for look in (*REASONS, repaired):
        try:
            found += list(look(suspect))
        except Unclear:
            continue
    return found


def in_order(found: list[Found], suspect: Suspect) -> list[Found]:
    """Each label once, in the order of SEMANTICS; a weak guess only where there is nothing better."""
    exact = [f for f in found if f.facts.get("exact")]
    if exact:  # one number, or another shape, explains it: no more is needed
        found = [f for f in found if f in exact or f.label in BEFORE_NUMBERS]
    nearest = min((f.facts.get("far", 0) for f in found), default=4)
    if nearest == 4 and suspect.wrong_shape is not None:
        return [Found("wrong_shape", {"found": suspect.wrong_shape, "shape": suspect.world.shape})]
    near = [f for f in found if f.facts.get("far", 0) == nearest]
    if any(f.label == "elementwise_instead_of_matmul" for f in near) and any(
        f.multiplies_matrices for f in suspect.formulas
    ):
        near = [f for f in near if f.label != "missing_unbroadcast_sum"]
    ordered = sorted(near, key=lambda f: LABELS.index(f.label))
    ordered += [f for f in found if f.facts.get("far", 0) == nearest + 1]
    first: dict[str, Found] = {}
    for one in ordered:
        first.setdefault(one.label, one)
    return list(first.values())
