"""The slips: each is a function that takes one statement and yields it with one slip in it.

They are the mistakes that backward passes are known for, and they know nothing of the checker.
"""

import ast
import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeGuard

import numpy as np

Changed = Iterator[ast.stmt]
Operator = Callable[[ast.stmt, Mapping[str, Any]], Changed]

OPERATORS: dict[str, Operator] = {}


class Number(ast.Constant):
    """What `is_number` finds: a constant that is neither text nor truth."""

    value: int | float


def statement_operator(function: Operator) -> Operator:
    OPERATORS[function.__name__] = function
    return function


def expression_operator(function: Callable[[ast.AST], Iterator[ast.AST]]) -> Callable:
    """Make a slip in an expression a slip in every place of a statement where it can be made."""

    def slips(statement: ast.stmt, _: Mapping[str, Any]) -> Changed:
        for at, node in enumerate(ast.walk(statement)):
            for new in function(node):
                yield put(statement, at, new)

    OPERATORS[function.__name__] = slips
    return function


def put(statement: ast.stmt, at: int, new: ast.AST) -> ast.stmt:
    """A copy of the statement with the node at one place of `ast.walk` exchanged."""
    duplicate = copy.deepcopy(statement)
    old = list(ast.walk(duplicate))[at]

    class Exchange(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            return copy.deepcopy(new) if node is old else self.generic_visit(node)

    changed = Exchange().visit(duplicate)
    assert isinstance(changed, ast.stmt)
    return ast.fix_missing_locations(changed)


def negative(node: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.USub(), node)


def is_operation(node: ast.AST, *kinds: type[ast.operator]) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, kinds)


def method_of(node: ast.AST) -> str:
    """`sum` for `np.sum(x)` and for `x.sum()`; empty for what is not such a call."""
    called = node.func if isinstance(node, ast.Call) else None
    return called.attr if isinstance(called, ast.Attribute) else ""


def subject(node: ast.Call) -> ast.expr | None:
    """The array in `np.sum(array)` and in `array.sum()`."""
    assert isinstance(node.func, ast.Attribute)
    if isinstance(node.func.value, ast.Name) and node.func.value.id == "np":
        return node.args[0] if node.args else None
    return node.func.value


# ----- factors and signs -----------------------------------------------------------------------


@expression_operator
def factor_dropped(node: ast.AST) -> Iterator[ast.AST]:
    if is_operation(node, ast.Mult):
        yield node.left  # type: ignore[attr-defined]
        yield node.right  # type: ignore[attr-defined]
    if is_operation(node, ast.Div):
        yield node.left  # type: ignore[attr-defined]


@expression_operator
def sign_of_a_term(node: ast.AST) -> Iterator[ast.AST]:
    if is_operation(node, ast.Add, ast.Sub):
        assert isinstance(node, ast.BinOp)
        other = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
        yield ast.BinOp(node.left, other, node.right)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand


@statement_operator
def sign_of_a_line(statement: ast.stmt, _: Mapping[str, Any]) -> Changed:
    if isinstance(statement, ast.Assign) and not isinstance(statement.value, ast.Tuple | ast.List):
        yield ast.Assign(statement.targets, negative(statement.value))
    if isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add | ast.Sub):
        other = ast.Sub() if isinstance(statement.op, ast.Add) else ast.Add()
        yield ast.AugAssign(statement.target, other, statement.value)


@expression_operator
def constant_changed(node: ast.AST) -> Iterator[ast.AST]:
    """An operand a thousandth off; an index or an axis is left alone."""
    if isinstance(node, ast.BinOp):
        for side in ("left", "right"):
            operand = getattr(node, side)
            if is_number(operand):
                changed = copy.copy(node)
                setattr(changed, side, ast.Constant(operand.value * 1.001))
                yield changed


def is_number(node: ast.AST) -> TypeGuard[Number]:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


@statement_operator
def constant_assigned(statement: ast.stmt, _: Mapping[str, Any]) -> Changed:
    if isinstance(statement, ast.Assign | ast.AugAssign) and is_number(statement.value):
        changed = copy.copy(statement)
        changed.value = ast.Constant(statement.value.value * 1.001 or 0.01)
        yield changed


OPPOSITE = {ast.Gt: ast.LtE, ast.GtE: ast.Lt, ast.Lt: ast.GtE, ast.LtE: ast.Gt}
AT_EQUALITY = {ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Lt: ast.LtE, ast.LtE: ast.Lt}


@expression_operator
def comparison_turned(node: ast.AST) -> Iterator[ast.AST]:
    yield from compared_by(node, OPPOSITE)


@expression_operator
def comparison_at_equality(node: ast.AST) -> Iterator[ast.AST]:
    """`>` for `>=`: harmless at a kink of the variable itself, wrong for `h >= 0` after a relu."""
    yield from compared_by(node, AT_EQUALITY)


def compared_by(node: ast.AST, others: Mapping[Any, Callable[[], ast.cmpop]]) -> Iterator[ast.AST]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in others:
        other = others[type(node.ops[0])]()
        yield ast.Compare(node.left, [other, *node.ops[1:]], node.comparators)


# ----- shapes ----------------------------------------------------------------------------------


@expression_operator
def transpose_dropped(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield node.value


@expression_operator
def transpose_added(node: ast.AST) -> Iterator[ast.AST]:
    if is_operation(node, ast.MatMult):
        assert isinstance(node, ast.BinOp)
        yield ast.BinOp(transposed(node.left), node.op, node.right)
        yield ast.BinOp(node.left, node.op, transposed(node.right))


def transposed(node: ast.expr) -> ast.expr:
    return ast.Attribute(node, "T", ast.Load())


@expression_operator
def axis_changed(node: ast.AST) -> Iterator[ast.AST]:
    if (
        isinstance(node, ast.keyword)
        and node.arg == "axis"
        and isinstance(node.value, ast.Constant)
    ):
        yield ast.keyword("axis", ast.Constant(1 if node.value.value == 0 else 0))
    if method_of(node) in ("sum", "mean") and isinstance(node, ast.Call):
        args, receiver = node.args, subject(node)
        if len(args) == 1 and args[0] is not receiver and isinstance(args[0], ast.Constant):
            other = ast.Constant(1 if args[0].value == 0 else 0)
            yield ast.Call(node.func, [other], node.keywords)


@expression_operator
def sum_dropped(node: ast.AST) -> Iterator[ast.AST]:
    if method_of(node) == "sum" and isinstance(node, ast.Call):
        summed = subject(node)
        if summed is not None:
            yield summed


@expression_operator
def sum_made_mean(node: ast.AST) -> Iterator[ast.AST]:
    if method_of(node) in ("sum", "mean") and isinstance(node, ast.Call):
        assert isinstance(node.func, ast.Attribute)
        other = "mean" if node.func.attr == "sum" else "sum"
        yield ast.Call(ast.Attribute(node.func.value, other, ast.Load()), node.args, node.keywords)


@expression_operator
def keepdims_toggled(node: ast.AST) -> Iterator[ast.AST]:
    if method_of(node) in ("sum", "mean") and isinstance(node, ast.Call):
        rest = [k for k in node.keywords if k.arg != "keepdims"]
        if len(rest) == len(node.keywords):
            rest = [*rest, ast.keyword("keepdims", ast.Constant(True))]
        yield ast.Call(node.func, node.args, rest)


@expression_operator
def operands_swapped(node: ast.AST) -> Iterator[ast.AST]:
    if is_operation(node, ast.MatMult, ast.Sub, ast.Div, ast.Pow):
        yield ast.BinOp(node.right, node.op, node.left)  # type: ignore[attr-defined]
    if method_of(node) in ("dot", "outer") and isinstance(node, ast.Call):
        assert isinstance(node.func, ast.Attribute)
        if len(node.args) == 2:
            yield ast.Call(node.func, node.args[::-1], [])
        else:
            method = ast.Attribute(node.args[0], node.func.attr, ast.Load())
            yield ast.Call(method, [node.func.value], [])


@expression_operator
def product_made_elementwise(node: ast.AST) -> Iterator[ast.AST]:
    if is_operation(node, ast.MatMult):
        yield ast.BinOp(node.left, ast.Mult(), node.right)  # type: ignore[attr-defined]


# ----- names and lines -------------------------------------------------------------------------


@statement_operator
def variable_renamed(statement: ast.stmt, names: Mapping[str, Any]) -> Changed:
    """Another name of the same shape is read: the next one, in the order of the alphabet."""
    for at, node in enumerate(ast.walk(statement)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
            alike = [n for n in sorted(names) if same_shape(names[n], names[node.id])]
            other = alike[(alike.index(node.id) + 1) % len(alike)] if node.id in alike else node.id
            if other != node.id:
                yield put(statement, at, ast.Name(other, ast.Load()))


def same_shape(a: Any, b: Any) -> bool:
    numeric = (int, float, np.ndarray, np.generic)
    return isinstance(a, numeric) and isinstance(b, numeric) and np.shape(a) == np.shape(b)


@statement_operator
def overwritten(statement: ast.stmt, _: Mapping[str, Any]) -> Changed:
    if isinstance(statement, ast.AugAssign):
        yield ast.Assign([statement.target], statement.value)


@statement_operator
def line_removed(statement: ast.stmt, _: Mapping[str, Any]) -> Changed:
    if isinstance(statement, ast.Assign | ast.AugAssign | ast.Expr):
        yield ast.Pass()


@expression_operator
def copy_dropped(node: ast.AST) -> Iterator[ast.AST]:
    if method_of(node) == "copy" and isinstance(node, ast.Call):
        copied = subject(node)
        if copied is not None:
            yield copied
