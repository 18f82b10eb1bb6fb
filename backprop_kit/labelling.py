"""What a change to a line is called: the label of the slip that it takes back."""

from __future__ import annotations

import ast

import numpy as np

from backprop_kit.formulas import CHOOSERS, called, expression, factors_of, formula_of
from backprop_kit.plain import as_array
from backprop_kit.retelling import names_in
from backprop_kit.suspects import Suspect

LINEAR = frozenset(
    ("sum", "mean", "reshape", "ravel", "dot", "matmul", "transpose", "float", "copy")
)
ACTIVATIONS = frozenset(
    ["tanh", "sigmoid", "relu", "maximum", "max", "exp", "log1p", "logaddexp", "softplus", "where"]
)


def label_of_names(suspect: Suspect, wrote: str, meant: str) -> str:
    """The label of reading one name for another; "" if that has no label."""
    known = suspect.evidence.gradient_names
    if suspect.gradient_name(meant):
        of = {d: q for q, d in known.items()}.get(meant, suspect.evidence.recording.output)
        if suspect.gradient_name(wrote):
            return ""
        return "forward_value_instead_of_gradient" if of == wrote else "wrong_cached_variable"
    if suspect.gradient_name(wrote):
        return "wrong_cached_variable"
    if activation(suspect, wrote, meant) or activation(suspect, meant, wrote):
        return "pre_vs_post_activation"
    for formula in suspect.formulas:
        together = {wrote, meant} <= names_in(formula.tree)
        multiplied = formula.multiplies_matrices or bool(formula.factors)
        if together and multiplied and len(formula.variable_factors) > 2:
            return "product_of_three"
        if together and multiplied and wrote == suspect.row.of:
            return "multiply_not_swapped"
    return "wrong_cached_variable"


def activation(suspect: Suspect, before: str, after: str) -> bool:
    """Whether one name is a function of the other alone, as an activation is of what goes into it."""
    recording = suspect.evidence.recording
    formula = formula_of(
        recording, suspect.evidence.listing, after, before, suspect.evidence.gradient_names
    )
    if formula is None or not formula.legs or not formula.calls - LINEAR:
        return False
    return not names_in(formula.tree) - {before, "np", "math", *formula.calls}


def squashes(suspect: Suspect, before: str, after: str) -> bool:
    """Whether a name is an activation of the other, rather than some other function of it."""
    recording, named = suspect.evidence.recording, suspect.evidence.gradient_names
    formula = formula_of(recording, suspect.evidence.listing, after, before, named)
    if formula is None or not formula.legs or not formula.calls & ACTIVATIONS:
        return False
    return not (isinstance(formula.tree, ast.Call) and formula.calls & {"exp", "log1p"})


def label_of_expression(suspect: Suspect, meant: str) -> str:
    """The label of working something out anew where the value of a stage was meant."""
    stage = expression(suspect.evidence.recording, suspect.evidence.listing, meant)
    activated = stage is not None and any(called(n) in ACTIVATIONS for n in ast.walk(stage))
    return "pre_vs_post_activation" if activated else "wrong_cached_variable"


def label_of_factor(suspect: Suspect, term: ast.expr) -> str:
    """The label of a factor left out of a term."""
    if suspect.long_product:
        return "product_of_three"
    return "missing_local_gradient" if suspect.hands_on else "wrong_local_derivative"


def switches(suspect: Suspect) -> bool:
    """Whether anything in the forward pass, or in a function, lets a value through or not."""
    kinds = ast.Compare | ast.IfExp | ast.If
    functions = suspect.evidence.listing.helpers.values()
    nodes = [*suspect.forward_nodes, *(n for f in functions for n in ast.walk(f))]
    return any(isinstance(n, kinds) or called(n) in CHOOSERS for n in nodes)


def far_fetched(suspect: Suspect, wrote: str, meant: str) -> int:
    """How unlikely it is that one name was meant where another was read.

    A value of nothing but ones changes no product, and the value of the stage itself may stand
    for the other input over this one.
    """
    values = [as_array(w.recording.values().get(meant)) for w in suspect.evidence.worlds]
    ones = all(bool(np.all(np.abs(value) == 1)) for value in values)
    product = any(f.factors and not f.calls for f in suspect.formulas)
    through = product and meant in suspect.stages and wrote != suspect.row.of
    return 2 if ones or through else 0


def label_of_extra(suspect: Suspect, dropped: ast.expr) -> str:
    """The label of a factor that should not be there."""
    if suspect.is_count(dropped):
        return "double_batch_scale"
    if suspect.long_product:
        return "product_of_three"
    chooses = any(f.chooses for f in suspect.formulas) or names_in(dropped) & suspect.compared
    values = suspect.evidence.recording.values().keys()
    if chooses and names_in(dropped) & values and not suspect.is_mask(dropped):
        return "max_passes_value"
    return "wrong_local_derivative"


def label_of_sign(suspect: Suspect, term: ast.expr | None = None) -> str:
    """The label of a contribution, made by a term, with the wrong sign."""
    if term is not None and has_minus(term):
        return "wrong_sign"
    return "lost_minus" if any(f.carries_minus for f in suspect.formulas) else "wrong_sign"


def has_minus(term: ast.expr) -> bool:
    """Whether a term is written with a minus before it or one of its factors."""
    nodes = [term, *factors_of(term)]
    nodes += [n.operand for n in nodes if isinstance(n, ast.UnaryOp)]
    negated = [isinstance(n, ast.UnaryOp) and isinstance(n.op, ast.USub) for n in nodes]
    inner = [n.left for n in ast.walk(term) if isinstance(n, ast.BinOp)]
    return any(negated) or any(
        isinstance(n, ast.UnaryOp) and isinstance(n.op, ast.USub) for n in inner
    )
