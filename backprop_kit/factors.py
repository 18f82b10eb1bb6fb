"""Reasons told by numbers: shapes, and factors that are left out, doubled or mistaken."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import numpy as np

from backprop_kit.arithmetic import Unclear
from backprop_kit.evidence import World
from backprop_kit.formulas import MEANS, called, constant, factors_of, terms_of
from backprop_kit.labelling import label_of_sign
from backprop_kit.misremembered import RULES_OF_DERIVATIVES
from backprop_kit.plain import as_array
from backprop_kit.ratios import lacks_legs, ratio_of, some_legs, whole_ratio
from backprop_kit.retelling import Simple, names_in, written_by
from backprop_kit.sentences import Found
from backprop_kit.suspects import Suspect, as_numbers, place
from backprop_kit.syntax import expressions
from backprop_kit.truth import Known

TINY_RATIO = 1e-6


def shape_of_the_value(suspect: Suspect) -> Iterator[Found]:
    """The numbers are there, in another shape."""
    shape, found = suspect.world.shape, suspect.wrong_shape
    if found is None:
        return
    facts = {"found": found, "shape": shape}
    if np.prod(found) == np.prod(shape):
        if suspect.explains(lambda w: np.reshape(as_numbers(w.value), w.shape)):
            label = "dropped_keepdims" if len(found) < len(shape) else "extra_keepdims_shape"
            squeezed = [n for n in found if n != 1] == [n for n in shape if n != 1]
            same = len(found) == len(shape) or not squeezed
            yield Found("wrong_shape" if same else label, {**facts, "exact": True})
    elif suspect.explains(lambda w: unbroadcast(w.value, w.shape)):
        sums = any(called(n) == "sum" for s in suspect.statements for n in ast.walk(s))
        yield Found("wrong_sum_axis" if sums else "missing_unbroadcast_sum", facts)


def unbroadcast(value: Any, shape: tuple[int, ...]) -> np.ndarray:
    """The value summed over the axes along which `shape` would be broadcast to it."""
    array = as_numbers(value)
    if array.ndim < len(shape):
        raise Unclear("not broadcast")
    array = array.sum(axis=tuple(range(array.ndim - len(shape))))
    axes = tuple(k for k, n in enumerate(shape) if n == 1 and array.shape[k] != 1)
    return np.asarray(array.sum(axis=axes, keepdims=True))


# ----- factors ---------------------------------------------------------------------------------


def upstream_left_out(suspect: Suspect) -> Iterator[Found]:
    """The value is what would be right if the gradient from above were 1."""

    def ones(world: World, stage: str) -> dict[str, Known]:
        known = {s: world.view.handed[s] for s in world.readers}
        if stage in known:  # a switch that is open at one point may be shut at another
            known[stage] = Known.exactly(np.ones_like(world.handed(stage)))
        return known

    for stage in suspect.stages:
        if all(w.fits(w.value, w.gathered(ones(w, stage))) for w in suspect.evidence.worlds):
            facts = {"stage": stage, "meant": suspect.evidence.d_name(stage)}
            yield Found("missing_upstream_factor", {**suspect.where(), **facts})


def local_gradient_left_out(suspect: Suspect) -> Iterator[Found]:
    """The gradient from above is handed on as it is."""
    for stage in suspect.stages:
        if any(f.is_sum for f in suspect.formulas if f.stage == stage) or not suspect.hands_on:
            continue
        if suspect.is_piece(lambda w, s=stage: w.handed(s)):  # type: ignore[misc]
            facts = {"stage": stage, "wrote": suspect.evidence.d_name(stage)}
            yield Found("missing_local_gradient", {**suspect.where(), **facts})


def value_passed_by_a_max(suspect: Suspect) -> Iterator[Found]:
    """The chosen value times the gradient, where the gradient alone was to be passed."""
    if not any(f.chooses for f in suspect.formulas):
        return
    read = {name for statement in suspect.statements for name in names_in(statement)}
    for name in (suspect.row.of, *suspect.stages):
        if name in read and suspect.explains(lambda w, n=name: chosen(w, n)):  # type: ignore[misc]
            # a choice between this value and nothing is the switch itself, with the value in it
            far = 0 if name in suspect.compared else 1
            yield Found("max_passes_value", {**suspect.where(), "wrote": name, "far": far})
            return
        if suspect.explains(lambda w, n=name: divided(w.value, w.recording.values()[n])):  # type: ignore[misc]
            yield Found("max_passes_value", {**suspect.where(), "wrote": name})
            return


def chosen(world: World, name: str) -> np.ndarray:
    """The gradient, if the row holds the value of a name where there is one, and 0 elsewhere."""
    right, found = world.full(), as_numbers(world.value)
    value = np.where(right == 0, 0.0, as_numbers(world.recording.values()[name]))
    return right if np.array_equal(found, value) else found


def divided(value: Any, by: Any) -> np.ndarray:
    top, below = as_numbers(value), as_numbers(by)
    with np.errstate(all="ignore"):
        return np.where(below == 0, top, top / below)


def constant_factor(suspect: Suspect) -> Iterator[Found]:
    """A part of the row is right up to a factor that is the same everywhere."""
    ratio = whole_ratio(suspect)
    if ratio is not None:
        statement = suspect.statements[-1]
        whole = expressions(statement, suspect.row.name)[:1]
        yield from called_by_ratio(suspect, statement, whole[0] if whole else None, ratio)
        return
    for statement in suspect.statements:
        for expression in expressions(statement, suspect.row.name)[:1]:
            for term in [expression, *terms_of(expression)]:
                ratio = ratio_of(suspect, {statement: term})
                if ratio is not None:
                    yield from called_by_ratio(suspect, statement, term, ratio)
                if term is expression and ratio is not None:
                    break


def called_by_ratio(
    suspect: Suspect, statement: Simple, term: ast.expr | None, ratio: float
) -> Iterator[Found]:
    """What a factor means that is missing (or, if its inverse, too much)."""
    facts = {**place(suspect, statement), "ratio": ratio, "exact": True}
    formulas = suspect.formulas
    if np.isclose(ratio, -1):
        minus_between = isinstance(statement.value, ast.BinOp) and isinstance(
            statement.value.op, ast.Sub
        )
        if term is not None and minus_between and statement.value.right is term:  # type: ignore[union-attr]
            yield Found("subtract_instead_of_add", facts)
        else:
            yield Found(label_of_sign(suspect, term), facts)
        return
    if any(np.isclose(ratio, e) or np.isclose(-ratio, e) for f in formulas for e in f.exponents):
        yield Found("missing_power_factor", facts)
        return
    if any(f.legs > 1 and np.isclose(ratio, f.legs) for f in formulas):
        yield Found("same_input_twice", facts)
        return
    ways = {f.addends for f in formulas} | {len(suspect.evidence.readers)}
    ways |= {round(ratio)} if any(f.is_sum for f in formulas) else set()
    if any(n > 1 and np.isclose(ratio, n) for n in ways) and divides(suspect, ratio):
        yield Found("equally_misread_as_half", facts)
        return
    counts = [n for n in suspect.counts if n > 1]
    counts = [n for n in counts if np.isclose(ratio, n) or np.isclose(ratio, 1 / n)]
    scaled = suspect.averages or averages(statement)
    if ratio < 1 and counts:  # a division that is missing must have been in the forward pass
        scaled = divides_forward(suspect, counts) and not divides_by(suspect, statement, counts[0])
    if counts and not suspect.is_root(ratio) and scaled:
        averaged = term is not None and any(
            called(n) in ("mean", "average") for n in ast.walk(term)
        )
        label = "mean_instead_of_sum" if averaged and ratio > 1 else "double_batch_scale"
        yield Found(label, {**facts, "count": counts[0]})
        return
    if any(np.isclose(abs(ratio), c) for c in suspect.scalar_factors):
        long = any(len(f.factors) > 2 for f in formulas)
        curved = any(f.exponents or f.legs > 1 for f in formulas)
        plain = "wrong_local_derivative" if curved else "missing_local_gradient"
        yield Found("product_of_three" if long and not curved else plain, facts)
    elif abs(ratio) > TINY_RATIO and is_simple(ratio):
        yield Found("wrong_local_derivative", facts)


def divides_forward(suspect: Suspect, counts: list[int]) -> bool:
    """Whether the suspected stages take a mean, divide, or are scaled by a number of elements."""
    formulas = suspect.formulas
    nodes = [n for f in formulas for n in ast.walk(f.tree)]
    in_place = any(
        isinstance(n, ast.AugAssign) and isinstance(n.op, ast.Div) for n in suspect.forward_nodes
    )
    if not formulas or in_place or any(isinstance(n, ast.Div) or called(n) in MEANS for n in nodes):
        return suspect.averages
    return any(np.isclose(c, n) for c in suspect.scalar_factors for n in counts)


def divides_by(suspect: Suspect, statement: Simple, count: int) -> bool:
    """Whether a line divides by this number already."""
    nodes = [n for n in ast.walk(statement) if isinstance(n, ast.BinOp)]
    by = [as_array(suspect.value(n.right)) for n in nodes if isinstance(n.op, ast.Div)]
    return any(v.ndim == 0 and np.isclose(v, count) for v in by)


def divides(suspect: Suspect, by: float) -> bool:
    """Whether one of the lines divides by a number, or multiplies with its inverse."""
    found = [
        constant(n) for s in suspect.statements for n in ast.walk(s) if isinstance(n, ast.Constant)
    ]
    return any(c is not None and (np.isclose(c, by) or np.isclose(c * by, 1)) for c in found)


def averages(statement: Simple) -> bool:
    """Whether a line takes a mean or divides."""
    nodes = list(ast.walk(statement))
    return any(called(n) in ("mean", "average") or isinstance(n, ast.Div) for n in nodes)


def is_simple(ratio: float) -> bool:
    """Whether a number, or its inverse, is a small whole number."""
    return any(np.isclose(r, round(r)) and 0 < abs(r) <= 12 for r in (ratio, 1 / ratio))


def number_for_several_lines(suspect: Suspect) -> Iterator[Found]:
    """All lines but one are right up to one number: a mean taken before a penalty was added."""
    lines = {s: e[0] for s in suspect.statements if (e := expressions(s, suspect.row.name)[:1])}
    for left_out in lines if len(lines) > 2 else ():
        rest = {s: e for s, e in lines.items() if s is not left_out}
        ratio = ratio_of(suspect, rest)
        if ratio is not None and not np.isclose(ratio, 1):
            yield from called_by_ratio(suspect, list(rest)[-1], None, ratio)


def one_leg_only(suspect: Suspect) -> Iterator[Found]:
    """The variable is read more than once on the way, and one reading contributes nothing."""
    for formula in suspect.formulas:
        if formula.chooses:
            continue
        whole = formula.legs == 1 or formula.own_legs > 1
        for legs in some_legs(suspect, formula):
            if lacks_legs(suspect, formula, legs):
                label = "same_input_twice" if formula.own_legs > 1 else "missing_path"
                facts = {**suspect.where(), "stage": formula.stage, "stages": [formula.stage]}
                yield Found(label, facts)
                return
        if not whole or formula.legs > 1:
            continue
        if lacks_legs(suspect, formula, (0,)):
            yield Found("missing_path", {"stage": formula.stage, "stages": [formula.stage]})


def rule_of_another_function(suspect: Suspect) -> Iterator[Found]:
    """The derivative of something else."""
    for formula in suspect.formulas:
        for text, wrong in RULES_OF_DERIVATIVES.items():

            def predicted(
                world: World, stage: str = formula.stage, wrong: Any = wrong
            ) -> np.ndarray:
                values = world.recording.values()
                x, y = (as_numbers(values[n]).astype(float) for n in (suspect.row.of, stage))
                with np.errstate(all="ignore"):
                    return np.asarray(wrong(x, y) * world.handed(stage))

            if suspect.is_piece(predicted):
                label = "product_of_three" if suspect.long_product else "wrong_local_derivative"
                yield Found(label, {**suspect.where(), "rule": text, "far": 1})
                return


def factor_is_not_the_derivative(suspect: Suspect) -> Iterator[Found]:
    """One factor is the gradient from above, so the rest stands for the local derivative."""
    if len(suspect.stages) != 1 or len(suspect.formulas) != 1 or not suspect.evidence.retold:
        return
    label = "product_of_three" if suspect.long_product else "wrong_local_derivative"
    above = suspect.evidence.d_name(suspect.stages[0])
    for statement in suspect.statements:
        if suspect.row.name not in written_by(statement) or statement.value is None:
            continue
        terms = terms_of(statement.value)
        factors = [ast.unparse(f) for f in factors_of(terms[0])]
        if len(terms) == 1 and above in factors and len(factors) > 1:
            yield Found(label, {**place(suspect, statement), "far": 4})
