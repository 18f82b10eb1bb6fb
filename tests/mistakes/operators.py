"""Slips that know their cause: each operator takes a right statement and writes it with one slip.

An operator yields (label, the new statement or None to leave it out, labels that cannot be told
from it). Whether the numbers differ, and whether the program still runs, is seen in `breeding`.
"""

import ast
import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.mutants.operators import is_operation, negative, put

Change = tuple[str, ast.stmt | None, tuple[str, ...]]


@dataclass(frozen=True)
class Site:
    """A statement of a backward pass that writes one gradient name, and what it stands among."""

    statement: ast.Assign | ast.AugAssign
    of: str  # q, where the statement writes dq
    stages: Mapping[str, ast.expr]  # the forward stages that are written once
    values: Mapping[str, Any]  # of the forward pass
    gradients: Mapping[str, str]  # the names dq that are written or handed in, and their q
    first: bool  # no earlier statement writes this name
    written_again: bool  # a later one adds to it

    @property
    def value(self) -> ast.expr:
        return self.statement.value

    def with_value(self, value: ast.expr) -> ast.stmt:
        changed = copy.deepcopy(self.statement)
        changed.value = value
        return ast.fix_missing_locations(changed)

    def changed(self, node: ast.AST, new: ast.AST) -> ast.stmt:
        """The statement with one node of it exchanged."""
        at = next(k for k, other in enumerate(ast.walk(self.statement)) if other is node)
        return put(self.statement, at, new)

    def gradient(self, node: ast.AST) -> str | None:
        """The q whose gradient this name holds; None for anything else."""
        return self.gradients.get(node.id) if isinstance(node, ast.Name) else None

    def handed(self) -> list[ast.Name]:
        """Where the statement reads the gradients of other names."""
        names = [node for node in ast.walk(self.value) if isinstance(node, ast.Name)]
        return [node for node in names if self.gradient(node) not in (None, self.of)]

    def cached(self) -> list[ast.Name]:
        """Where the statement reads forward values that are not shapes, masks or indices."""
        names = [node for node in ast.walk(self.value) if isinstance(node, ast.Name)]
        return [node for node in names if node.id in self.values and is_real(self.values[node.id])]

    def stage(self) -> tuple[str, ast.expr] | None:
        """The stage that the statement goes back through, where it reads one gradient."""
        read = {self.gradients[node.id] for node in self.handed()}
        (of,) = read if len(read) == 1 else ("",)
        return (of, self.stages[of]) if of in self.stages else None


Operator = Callable[[Site], Iterator[Change]]
OPERATORS: dict[str, Operator] = {}


def operator(function: Operator) -> Operator:
    OPERATORS[function.__name__] = function
    return function


def is_real(value: Any) -> bool:
    return isinstance(value, float) or (isinstance(value, np.ndarray) and value.dtype.kind == "f")


def name(read: str) -> ast.Name:
    return ast.Name(read, ast.Load())


def factors(node: ast.expr) -> list[ast.expr]:
    """What a product is made of; anything else is its own only factor."""
    if is_operation(node, ast.Mult):
        assert isinstance(node, ast.BinOp)
        return [*factors(node.left), *factors(node.right)]
    return [node]


def product(parts: list[ast.expr]) -> ast.expr:
    made = parts[0]
    for part in parts[1:]:
        made = ast.BinOp(made, ast.Mult(), part)
    return made


def without(parts: list[ast.expr], at: int) -> ast.expr:
    return product([*parts[:at], *parts[at + 1 :]])


def names_in(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def function_of(node: ast.AST) -> str:
    """`sum` for `np.sum(x)` and for `x.sum()`; empty for what is no call of that kind."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr
    return ""


# -- contributions --------------------------------------------------------------------------------


@operator
def contribution_lost(site: Site) -> Iterator[Change]:
    if isinstance(site.statement, ast.AugAssign) and isinstance(site.statement.op, ast.Add):
        target, value = copy.deepcopy(site.statement.target), copy.deepcopy(site.value)
        yield "overwrite_at_fork", ast.fix_missing_locations(ast.Assign([target], value)), ()
        yield "missing_path", None, ()
        minus = copy.deepcopy(site.statement)
        minus.op = ast.Sub()
        yield "subtract_instead_of_add", minus, ("wrong_sign",)
    elif site.first and not site.written_again:
        yield "missing", None, ()


@operator
def minus(site: Site) -> Iterator[Change]:
    signs = [n for n in ast.walk(site.value) if isinstance(n, ast.UnaryOp)]
    bounds = [n for n in ast.walk(site.value) if isinstance(n, ast.Compare) or is_power(n)]
    held = {id(n) for bound in bounds for n in ast.walk(bound)}  # h > -0.2 and v ** -1.5
    for node in (n for n in signs if isinstance(n.op, ast.USub) and id(n) not in held):
        alone = node is site.value and site.gradient(node.operand) is not None
        twin = ("missing_local_gradient",) if alone else ()
        yield "lost_minus", site.changed(node, node.operand), twin
    if not signs and not any(is_operation(n, ast.Sub) for n in ast.walk(site.value)):
        twin = ("subtract_instead_of_add",) if isinstance(site.statement, ast.AugAssign) else ()
        yield "wrong_sign", site.with_value(negative(copy.deepcopy(site.value))), twin


def is_power(node: ast.AST) -> bool:
    return is_operation(node, ast.Pow)


def is_number(node: ast.AST, *wanted: float) -> bool:
    return isinstance(node, ast.Constant) and node.value in wanted


# -- the two factors of the chain rule --------------------------------------------------------------


@operator
def chain_broken(site: Site) -> Iterator[Change]:
    parts = factors(site.value)
    for at, part in enumerate(parts):
        if len(parts) < 2 or self_or_none(site, part) is None:
            continue
        rest = without(parts, at)
        if not any(site.gradient(name(n)) for n in names_in(rest)):
            yield "missing_upstream_factor", site.with_value(rest), ()
        masked = any(isinstance(n, ast.Compare) for n in ast.walk(rest))  # at a tie, another label
        if not masked and not any(site.gradient(name(n)) for n in names_in(rest)):
            minus = isinstance(parts[0], ast.UnaryOp)
            yield "missing_local_gradient", site.with_value(part), ("lost_minus",) * minus
        of = str(site.gradient(part))
        if is_real(site.values.get(of)) and of not in names_in(rest):
            new = product([*parts[:at], name(of), *parts[at + 1 :]])
            yield "forward_value_instead_of_gradient", site.with_value(new), ()


def self_or_none(site: Site, part: ast.expr) -> str | None:
    """The q of a factor dq that is not the gradient being written."""
    of = site.gradient(part)
    return of if of != site.of else None


@operator
def add_gate_shares(site: Site) -> Iterator[Change]:
    found = site.stage()
    if found and is_operation(found[1], ast.Add) and len(factors(site.value)) == 1:
        assert isinstance(found[1], ast.BinOp)
        terms = (found[1].left, found[1].right)
        if isinstance(site.value, ast.Name) and any(names_in(t) == {site.of} for t in terms):
            half = product([ast.Constant(0.5), site.value])
            yield "equally_misread_as_half", site.with_value(half), ()


# -- local derivatives ----------------------------------------------------------------------------


@operator
def wrong_factor(site: Site) -> Iterator[Change]:
    found = site.stage()
    parts = factors(found[1]) if found else []
    sides = [part.id for part in parts if isinstance(part, ast.Name)]
    for node in site.cached():
        if len(parts) == 2 and sorted(sides) == sorted([node.id, site.of]):
            yield "multiply_not_swapped", site.changed(node, name(site.of)), ()
    own = factors(site.value)
    for at, part in enumerate(own):
        if len(parts) > 2 and isinstance(part, ast.Name) and part in site.cached():
            twin = ("wrong_local_derivative",) if sides.count(part.id) > 1 else ()
            yield "product_of_three", site.with_value(without(own, at)), twin


@operator
def exponent_lost(site: Site) -> Iterator[Change]:
    found = site.stage()
    parts = factors(site.value)
    for at, part in enumerate(parts):
        if found and len(parts) > 1 and is_number(part, 2, 2.0, 3, 3.0):
            powers = [n for n in ast.walk(found[1]) if is_operation(n, ast.Pow)]
            if any(site.of in names_in(n) for n in powers):
                yield "missing_power_factor", site.with_value(without(parts, at)), ()
            elif [n.id for n in ast.walk(found[1]) if isinstance(n, ast.Name)].count(site.of) > 1:
                new = site.with_value(without(parts, at))
                yield "same_input_twice", new, ("missing_power_factor",)


@operator
def rule_misremembered(site: Site) -> Iterator[Change]:
    for node in ast.walk(site.value):
        if isinstance(node, ast.BinOp) and is_operation(node.right, ast.Pow):
            assert isinstance(node.right, ast.BinOp)
            if isinstance(node.op, ast.Div | ast.Sub) and is_number(node.right.right, 2):
                yield "wrong_local_derivative", site.changed(node.right, node.right.left), ()


@operator
def other_value(site: Site) -> Iterator[Change]:
    found = site.stage()
    inner = activation_input(found[1]) if found else None
    read = [node.id for node in ast.walk(site.value) if isinstance(node, ast.Name)]
    masked = any(isinstance(node, ast.Compare) for node in ast.walk(site.value))
    for node in (n for n in site.cached() if read.count(n.id) == 1 and not masked):
        before = site.values.get(inner) if inner == site.of else None
        if found and node.id == found[0] and before is not None:
            if like(before, site.values[node.id]):
                new = site.changed(node, name(site.of))
                yield "pre_vs_post_activation", new, ("wrong_cached_variable",)
            continue
        twin = ("product_of_three",) if found and len(factors(found[1])) > 2 else ()
        near = {site.of, *names_in(site.value), *([found[0]] if found else [])}
        alike = [n for n, v in site.values.items() if is_real(v) and like(v, site.values[node.id])]
        for other in (n for n in alike if n not in near):
            yield "wrong_cached_variable", site.changed(node, name(other)), twin


def like(one: Any, other: Any) -> bool:
    return np.shape(one) == np.shape(other)


def activation_input(stage: ast.expr) -> str | None:
    """z, where the stage is np.tanh(z), math.exp(z), sigmoid(z) ..."""
    if isinstance(stage, ast.Call) and len(stage.args) == 1 and isinstance(stage.args[0], ast.Name):
        return stage.args[0].id
    return None


# -- masks, sums, matrices ------------------------------------------------------------------------


@operator
def mask(site: Site) -> Iterator[Change]:
    flipped = {ast.Gt: ast.Lt, ast.GtE: ast.Lt, ast.Lt: ast.Gt, ast.LtE: ast.Gt}
    masks = [node for node in ast.walk(site.value) if isinstance(node, ast.Compare)]
    for node in masks if len(masks) == 1 else []:
        if type(node.ops[0]) in flipped:
            new = ast.Compare(node.left, [flipped[type(node.ops[0])]()], node.comparators)
            yield "inverted_mask", site.changed(node, new), ()
    parts = factors(site.value)
    if any(isinstance(part, ast.Compare) for part in parts) and is_real(site.values.get(site.of)):
        yield "max_passes_value", site.with_value(product([*parts, name(site.of)])), ()


@operator
def summed(site: Site) -> Iterator[Change]:
    call = site.value
    if function_of(call) != "sum":
        return
    assert isinstance(call, ast.Call)
    assert isinstance(call.func, ast.Attribute)
    mean = copy.deepcopy(call)
    assert isinstance(mean.func, ast.Attribute)
    mean.func.attr = "mean"
    yield "mean_instead_of_sum", site.with_value(mean), ("double_batch_scale",)
    of_module = isinstance(call.func.value, ast.Name) and call.func.value.id == "np"
    yield (
        "missing_unbroadcast_sum",
        site.with_value(call.args[0] if of_module else call.func.value),
        (),
    )
    yield from axes(site, call)


def axes(site: Site, call: ast.Call) -> Iterator[Change]:
    kept = [word for word in call.keywords if word.arg == "keepdims"]
    rest = [word for word in call.keywords if word.arg != "keepdims"]
    if kept:
        yield "dropped_keepdims", site.with_value(ast.Call(call.func, call.args, rest)), ()
    elif rest:
        keep = ast.keyword("keepdims", ast.Constant(True))
        yield (
            "extra_keepdims_shape",
            site.with_value(ast.Call(call.func, call.args, [*rest, keep])),
            (),
        )
    for word in rest:
        if word.arg == "axis" and is_number(word.value, 0, 1):
            other = ast.keyword("axis", ast.Constant(1 if is_number(word.value, 0) else 0))
            yield (
                "wrong_sum_axis",
                site.with_value(ast.Call(call.func, call.args, [*kept, other])),
                (),
            )


@operator
def matrices(site: Site) -> Iterator[Change]:
    for node in ast.walk(site.value):
        if isinstance(node, ast.Attribute) and node.attr == "T":
            yield "missing_transpose", site.changed(node, node.value), ()
        twin = (
            ("missing_transpose",) if isinstance(node, ast.expr) and with_vector(site, node) else ()
        )
        if is_operation(node, ast.MatMult):
            assert isinstance(node, ast.BinOp)
            swapped = ast.BinOp(node.right, ast.MatMult(), node.left)
            yield "swapped_matmul_order", site.changed(node, swapped), twin
            times = ast.BinOp(node.left, ast.Mult(), node.right)
            yield "elementwise_instead_of_matmul", site.changed(node, times), ("wrong_shape",)
        if function_of(node) == "dot" and isinstance(node, ast.Call) and len(node.args) == 1:
            assert isinstance(node.func, ast.Attribute)
            swapped_call = ast.Call(
                ast.Attribute(node.args[0], "dot", ast.Load()), [node.func.value], []
            )
            yield "swapped_matmul_order", site.changed(node, swapped_call), twin


def with_vector(site: Site, node: ast.expr) -> bool:
    """Whether a vector is multiplied: dz @ W.T is then W @ dz, whatever was meant."""
    read = [site.values.get(site.gradients.get(n, n)) for n in names_in(node)]
    return any(value is not None and np.ndim(value) == 1 for value in read)


@operator
def batch(site: Site) -> Iterator[Change]:
    value = site.value
    if is_operation(value, ast.Div):
        assert isinstance(value, ast.BinOp)
        (count,) = names_in(value.right) if isinstance(value.right, ast.Name) else ("",)
        if isinstance(site.values.get(count), int):
            yield "double_batch_scale", site.with_value(value.left), ()
