"""The slips that a small change to the line takes back: one rule each, with its label.

A rule looks at one node of the learner's line and proposes what may have been meant instead.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from backprop_kit.formulas import called, constant, factors_of
from backprop_kit.labelling import (
    far_fetched,
    label_of_expression,
    label_of_extra,
    label_of_factor,
    label_of_names,
    label_of_sign,
    switches,
)
from backprop_kit.repairs import Change, Rule, Site
from backprop_kit.retelling import names_in, written_by
from backprop_kit.syntax import name, numpy, product, reduced, times, transposed, written

AXES: tuple[Any, ...] = (None, 0, 1, 2, -1, (0, 1), (0, 2), (1, 2), (0, 1, 2), (0, 2, 3))
RULES: list[Rule] = []


def rule(function: Rule) -> Rule:
    RULES.append(function)
    return function


# ----- products of matrices --------------------------------------------------------------------


@rule
def other_matrix_product(site: Site) -> Iterator[Change]:
    """Operands transposed or not, in this order or the other."""
    operands = product(site.node)
    if operands is None:
        return
    left, right = operands
    for order, (a, b) in enumerate(((left, right), (right, left))):
        for turn_a in (False, True):
            for turn_b in (False, True):
                label = "swapped_matmul_order" if order else "missing_transpose"
                if order and turn_a != turn_b:
                    label = "missing_transpose"
                if order or turn_a or turn_b:
                    new = ast.BinOp(
                        transposed(a) if turn_a else a,
                        ast.MatMult(),
                        transposed(b) if turn_b else b,
                    )
                    yield Change(label, new, written(site.node), written(b if turn_b else a))
    yield Change("elementwise_instead_of_matmul", times(left, right), "a matrix product", "*")


@rule
def matrix_product_for_elementwise(site: Site) -> Iterator[Change]:
    """`*` where a matrix product was needed."""
    if not (isinstance(site.node, ast.BinOp) and isinstance(site.node.op, ast.Mult)):
        return
    left, right = site.node.left, site.node.right
    if not (site.suspect.is_array(left) and site.suspect.is_array(right)):
        return
    for a, b in ((left, right), (right, left)):
        for turned_a in (a, transposed(a)):
            for turned_b in (b, transposed(b)):
                new = ast.BinOp(turned_a, ast.MatMult(), turned_b)
                yield Change("elementwise_instead_of_matmul", new, "*", "a matrix product")


@rule
def transposed_value(site: Site) -> Iterator[Change]:
    """An operand that is turned the wrong way outside of a product."""
    if site.suspect.is_matrix(site.node) and not isinstance(site.node, ast.Constant):
        label = "missing_transpose" if product(site.node) is None else "swapped_matmul_order"
        yield Change(label, transposed(site.node), written(site.node))


# ----- sums ------------------------------------------------------------------------------------


@rule
def other_axis(site: Site) -> Iterator[Change]:
    """A sum over another axis, with or without keepdims."""
    node, operand = site.node, reduced(site.node)
    if operand is None:
        return
    kind = called(node)
    for axis in AXES:
        for keep in (False, True):
            new = numpy(kind, operand, axis=ast.Constant(axis), keepdims=ast.Constant(keep))
            yield Change("wrong_sum_axis", new, written(node), str(axis))
    if kind == "mean":
        for axis in AXES:
            for keep in (False, True):
                new = numpy("sum", operand, axis=ast.Constant(axis), keepdims=ast.Constant(keep))
                yield Change("mean_instead_of_sum", new, written(node))
    elif kind == "sum":
        yield Change("wrong_sum_axis", operand, written(node), "no axis")


@rule
def not_summed(site: Site) -> Iterator[Change]:
    """A part that should have been summed over the axes along which its variable was broadcast."""
    if site.is_summed or reduced(site.node) is not None or not site.suspect.is_array(site.node):
        return
    for axis in AXES:
        for keep in (False, True):
            new = numpy("sum", site.node, axis=ast.Constant(axis), keepdims=ast.Constant(keep))
            yield Change("missing_unbroadcast_sum", new, written(site.node))


# ----- masks -----------------------------------------------------------------------------------

OPPOSITE: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Gt: (ast.LtE, ast.Lt), ast.GtE: (ast.Lt, ast.LtE), ast.Lt: (ast.GtE, ast.Gt),
    ast.LtE: (ast.Gt, ast.GtE), ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,),
}  # fmt: skip


@rule
def inverted_mask(site: Site) -> Iterator[Change]:
    """A mask that lets pass what it should stop."""
    node = site.node
    match node:
        case ast.Compare(ops=[op]) if type(op) in OPPOSITE:
            for other in OPPOSITE[type(op)]:
                new: ast.expr = ast.Compare(node.left, [other()], node.comparators)
                yield Change("inverted_mask", new, written(node))
        case ast.IfExp():
            new = ast.IfExp(node.test, node.orelse, node.body)
            yield Change("inverted_mask", new, written(node))
        case ast.Call(args=[test, yes, no]) if called(node) == "where":
            yield Change("inverted_mask", numpy("where", test, no, yes), written(node))
        case ast.UnaryOp(op=ast.Invert() | ast.Not()):
            yield Change("inverted_mask", node.operand, written(node))
        case ast.BinOp(left=ast.Constant(value=1), op=ast.Sub(), right=ast.Name()):
            if site.suspect.is_mask(node.right):
                yield Change("inverted_mask", node.right, written(node))
        case ast.BinOp(op=ast.BitAnd() | ast.BitOr()) | ast.Name() if site.suspect.is_mask(node):
            new = ast.BinOp(ast.Constant(1), ast.Sub(), node)
            yield Change("inverted_mask", new, written(node))
            yield Change("inverted_mask", numpy("logical_not", node), written(node))


# ----- names -----------------------------------------------------------------------------------


@rule
def other_name(site: Site) -> Iterator[Change]:
    """Another name that was meant."""
    base, suspect = base_of(site.node), site.suspect
    if base is None or (isinstance(site.node, ast.Subscript) and is_gradient_part(site)):
        return
    for meant in suspect.names:
        if meant != base:
            label = label_of_names(suspect, base, meant)
            if label:
                far = far_fetched(suspect, base, meant)
                yield Change(label, name(meant), written(site.node), meant, far)
    if base == suspect.row.of:
        for factor in suspect.other_factors:
            label = "product_of_three" if suspect.long_product else "multiply_not_swapped"
            yield Change(label, factor, base, written(factor))


def base_of(node: ast.expr) -> str | None:
    """The name that a node reads, whole or in part."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) else None


def is_gradient_part(site: Site) -> bool:
    return site.suspect.gradient_name(base_of(site.node) or "")


@rule
def other_part(site: Site) -> Iterator[Change]:
    """Another part of the same array or list, or a part that the forward pass reads."""
    match site.node:
        case ast.Subscript(value=value, slice=ast.Constant(value=int() as at)):
            for index in range(4):
                if index != at:
                    new = ast.Subscript(value, ast.Constant(index), ast.Load())
                    yield Change("wrong_cached_variable", new, written(site.node), written(new))
        case ast.Name() | ast.Subscript() if base_of(site.node) and not is_gradient_part(site):
            for part in site.suspect.parts:
                base = base_of(part) or ""
                label = label_of_names(site.suspect, base_of(site.node) or "", base)
                if label and written(part) != written(site.node):
                    far = far_fetched(site.suspect, base_of(site.node) or "", base)
                    yield Change(label, part, written(site.node), written(part), far)


@rule
def worked_out_anew(site: Site) -> Iterator[Change]:
    """An expression where the value of a stage was meant."""
    if isinstance(site.node, ast.BinOp | ast.Call):
        if any(map(site.suspect.gradient_name, names_in(site.node))):
            return  # gradients are in it: more than a value was meant
        for meant in site.suspect.stage_names:
            label = label_of_expression(site.suspect, meant)
            yield Change(label, name(meant), written(site.node), meant, 2)


# ----- factors ---------------------------------------------------------------------------------


@rule
def factor_left_out(site: Site) -> Iterator[Change]:
    """A factor that should stand beside a term."""
    if not site.is_term:
        return
    suspect = site.suspect
    for d in suspect.upstream_names:
        if d not in site.names:
            for new in products_of(site.node, name(d)):
                yield Change("missing_upstream_factor", new, meant=d)
    label = label_of_factor(suspect, site.node)
    for factor in suspect.other_factors:
        if names_in(factor):
            yield Change(label, times(site.node, factor), meant=written(factor))
            yield Change(label, ast.BinOp(site.node, ast.Div(), factor), meant=written(factor))
    for other in suspect.names:
        if not suspect.gradient_name(other):
            yield Change(label, times(site.node, name(other)), meant=other, far=1)


@rule
def nothing_but_gradients(site: Site) -> Iterator[Change]:
    """A gradient handed on past an activation whose value the line does not even read."""
    suspect = site.suspect
    read = site.names - {"np"}
    own = suspect.row.name in written_by(site.statement)
    if own or not site.is_term or not read or not all(map(suspect.gradient_name, read)):
        return
    for value in suspect.stage_names:
        for local in LOCAL:
            if is_mask_of(local) and not switches(suspect):
                continue
            factor = ast.parse(local.format(y=value, x=value), mode="eval").body
            yield Change("missing_local_gradient", times(site.node, factor), meant=value, far=1)


@rule
def other_local_gradient(site: Site) -> Iterator[Change]:
    """The derivative of one function where that of another belongs."""
    if not site.is_term or not isinstance(site.node, ast.BinOp):
        return
    factors = factors_of(site.node)
    above = [f for f in factors if any(map(site.suspect.gradient_name, names_in(f)))]
    if not above or len(above) == len(factors):
        return
    for stage in site.suspect.stage_names:
        for local in LOCAL:
            new = ast.parse(local.format(y=stage, x=stage), mode="eval").body
            for factor in above:
                new = times(new, factor)
            yield Change("wrong_local_derivative", new, written(site.node), far=3)


def products_of(node: ast.expr, factor: ast.expr) -> Iterator[ast.expr]:
    """The node times the factor, element by element or as matrices."""
    yield times(node, factor)
    for a in (node, transposed(node)):
        for b in (factor, transposed(factor)):
            yield ast.BinOp(a, ast.MatMult(), b)
            yield ast.BinOp(b, ast.MatMult(), a)


@rule
def local_gradient_left_out(site: Site) -> Iterator[Change]:
    """A gradient that should have passed the local derivative of its stage first."""
    stage = site.suspect.stage_of(site.node)
    if stage is None:
        return
    for local in LOCAL:
        if is_mask_of(local) and not switches(site.suspect):
            continue  # a mask of nothing but zeros would take any term away
        factor = ast.parse(local.format(y=stage, x=site.suspect.row.of), mode="eval").body
        label = "missing_local_gradient"
        if local == "{y}":
            label = label_of_factor(site.suspect, site.node)
        yield Change(label, times(site.node, factor), written(site.node))


LOCAL = (
    "({y} > 0)",
    "({y} < 0)",
    "(1 - {y}) * {y}",
    "(1 - {y}**2)",
    "{y}",
    "({x} > 0)",
    "({x} < 0)",
)


def is_mask_of(local: str) -> bool:
    return "> 0" in local or "< 0" in local


@rule
def factor_too_many(site: Site) -> Iterator[Change]:
    """A factor, or a divisor, that should not stand there."""
    node = site.node
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div)):
        return
    keeps = [(node.left, node.right)]
    if isinstance(node.op, ast.Mult):
        keeps.append((node.right, node.left))
    for kept, dropped in keeps:
        if constant(dropped) is None:  # a number too many is told by its size
            yield Change(label_of_extra(site.suspect, dropped), kept, written(dropped))


# ----- signs, powers, functions ----------------------------------------------------------------


@rule
def other_sign(site: Site) -> Iterator[Change]:
    """A plus for a minus or the reverse, inside the line."""
    match site.node:
        case ast.UnaryOp(op=ast.USub()):
            yield Change("wrong_sign", site.node.operand, written(site.node))
        case ast.BinOp(op=ast.Sub()):
            new = ast.BinOp(site.node.left, ast.Add(), site.node.right)
            label = "subtract_instead_of_add" if site.is_sum_of_terms else "wrong_sign"
            yield Change(label, new, "-", "+")
            turned = ast.BinOp(site.node.right, ast.Sub(), site.node.left)
            yield Change(label_of_sign(site.suspect), turned, written(site.node))
        case ast.BinOp(op=ast.Add()):
            # The rule of a sigmoid or a tanh, misremembered, or a minus that was forgotten.
            rule = constant(site.node.left) == 1
            label = "wrong_local_derivative" if rule else "lost_minus"
            new = ast.BinOp(site.node.left, ast.Sub(), site.node.right)
            yield Change(label, new, "+", "-")
            turned = ast.BinOp(site.node.right, ast.Sub(), site.node.left)
            yield Change(label, turned, "+", "-")


@rule
def other_power(site: Site) -> Iterator[Change]:
    """Another exponent."""
    match site.node:
        case ast.BinOp(op=ast.Pow(), right=right) if constant(right) is not None:
            old = constant(right) or 0.0
            for new in {old - 2, old - 1, old + 1, old + 2, -old, 0.5, 1.0, 2.0} - {old}:
                power = ast.BinOp(site.node.left, ast.Pow(), ast.Constant(new))
                yield Change("wrong_local_derivative", power, written(site.node), far=1)
        case ast.Name() | ast.Call() | ast.BinOp():
            for exponent in (2.0, 3.0, 0.5, -1.0):
                power = ast.BinOp(site.node, ast.Pow(), ast.Constant(exponent))
                yield Change("wrong_local_derivative", power, written(site.node), far=1)


FUNCTIONS = ("sin", "cos", "exp", "log", "tanh", "cosh", "sinh", "sqrt", "square", "sign")


@rule
def other_function(site: Site) -> Iterator[Change]:
    """Another function of the same argument."""
    if isinstance(site.node, ast.Call) and called(site.node) in FUNCTIONS and site.node.args:
        for function in FUNCTIONS:
            if function != called(site.node):
                new = numpy(function, site.node.args[0])
                yield Change("wrong_local_derivative", new, written(site.node), far=1)


@rule
def other_constant(site: Site) -> Iterator[Change]:
    """Another whole number."""
    value = constant(site.node)
    if isinstance(site.node, ast.Constant) and value is not None:
        for new in (0.0, 1.0, 2.0, 3.0, 4.0, 0.5, -1.0):
            if new != value:
                yield Change("wrong_local_derivative", ast.Constant(new), written(site.node), far=1)
