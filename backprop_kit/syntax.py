"""Syntax trees of the learner's lines: taken apart, and built anew with one node exchanged."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from backprop_kit.formulas import called, terms_of
from backprop_kit.retelling import Simple, names_in, targets

# What stands inside of these is not read as a value that a gradient is made of.
ASKING = ("len", "range", "shape", "max", "min", "amax", "amin", "argmax", "argmin")
REDUCTIONS = ("sum", "mean", "max", "min", "amax", "amin", "prod")


def expressions(statement: Simple, name: str) -> list[ast.expr]:
    """What a line reads: the value it assigns, and the indices of the part it stores into."""
    found = [statement.value] if statement.value is not None else []
    found += [t.slice for t in targets(statement) if isinstance(t, ast.Subscript)]
    if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Tuple):
        for target in targets(statement):
            if isinstance(target, ast.Tuple) and len(target.elts) == len(statement.value.elts):
                pairs = zip(target.elts, statement.value.elts, strict=True)
                return [value for one, value in pairs if name in names_in(one)]
    return found


def nodes(expression: ast.expr, is_summed: bool = False) -> Iterator[tuple[ast.expr, bool]]:
    """The node and all below it, but for the names of functions, and whether each is within a sum."""
    yield expression, is_summed
    if isinstance(expression, ast.Slice) or called(expression) in ASKING or is_shape(expression):
        return
    is_summed = is_summed or called(expression) in REDUCTIONS
    for child in ast.iter_child_nodes(expression):
        if isinstance(expression, ast.Call) and child is expression.func:
            if isinstance(child, ast.Attribute) and not is_library(child):
                yield from nodes(child.value, is_summed)
        elif isinstance(child, ast.keyword):
            yield from nodes(child.value, is_summed)
        elif isinstance(child, ast.expr):
            yield from nodes(child, is_summed)


def is_shape(node: ast.expr) -> bool:
    """Whether a node asks for a shape or a size: the array in it is not read as a value."""
    return isinstance(node, ast.Attribute) and node.attr in ("shape", "size", "ndim", "dtype")


def elements(expression: ast.expr) -> list[ast.expr]:
    """The parts of a list that is written out; otherwise the expression itself."""
    return expression.elts if isinstance(expression, ast.List) else [expression]


def summed_terms(node: ast.expr) -> list[ast.expr]:
    """The terms that a sum or a mean is taken of."""
    operand = reduced(node)
    return [] if operand is None else terms_of(operand)


def reduced(node: ast.expr) -> ast.expr | None:
    """What `np.sum(x, ...)` or `x.sum(...)` is taken of; None for anything else."""
    if not isinstance(node, ast.Call) or called(node) not in REDUCTIONS:
        return None
    if not isinstance(node.func, ast.Attribute):
        return None
    if is_library(node.func):
        return node.args[0] if node.args else None
    return node.func.value


def is_library(node: ast.Attribute) -> bool:
    root = ast.unparse(node).partition(".")[0]
    return root in ("np", "numpy", "math")


def rebuilt(tree: ast.AST, old: ast.AST, new: ast.AST) -> Any:
    """A copy of the tree with one node replaced; parts that do not change are shared."""
    if tree is old:
        return new
    fields = {name: with_new(value, old, new) for name, value in ast.iter_fields(tree)}
    if all(fields[name] is value for name, value in ast.iter_fields(tree)):
        return tree
    return ast.copy_location(type(tree)(**fields), tree)


def with_new(value: Any, old: ast.AST, new: ast.AST) -> Any:
    """A field of a node, with the node replaced in it; the very same field if it is not there."""
    if isinstance(value, ast.AST):
        return rebuilt(value, old, new)
    if not isinstance(value, list):
        return value
    parts = [with_new(part, old, new) for part in value]
    return value if all(a is b for a, b in zip(parts, value, strict=True)) else parts


# ----- building blocks -------------------------------------------------------------------------


def name(identifier: str) -> ast.Name:
    return ast.Name(identifier, ast.Load())


def times(left: ast.expr, right: ast.expr) -> ast.expr:
    return ast.BinOp(left, ast.Mult(), right)


def numpy(function: str, *args: ast.expr, **kwargs: ast.expr) -> ast.expr:
    called_on = ast.Attribute(name("np"), function, ast.Load())
    return ast.Call(called_on, list(args), [ast.keyword(k, v) for k, v in kwargs.items()])


def transposed(node: ast.expr) -> ast.expr:
    """The node with `.T`, or without it if it has one."""
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return node.value
    return ast.Attribute(node, "T", ast.Load())


def product(node: ast.expr) -> tuple[ast.expr, ast.expr] | None:
    """The operands of a matrix product, however it is written."""
    match node:
        case ast.BinOp(op=ast.MatMult()):
            return node.left, node.right
        case ast.Call(args=[left, right]) if called(node) in ("dot", "matmul"):
            return left, right
        case ast.Call(func=ast.Attribute(value=left, attr="dot"), args=[right]):
            return left, right
    return None


def written(node: ast.AST) -> str:
    return ast.unparse(node)
