"""Formulas made short: factors of 1 left out, signs drawn together, a double transpose undone."""

from __future__ import annotations

import ast
from typing import Any


def tidied(node: ast.expr) -> ast.expr:
    """The same formula without what a person would not write."""
    found: ast.expr = Tidy().visit(node)
    return found


def number(node: ast.expr) -> Any:
    """The number that an expression writes out, or None."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = number(node.operand)
        return None if inner is None else -inner
    return None


def constant(value: Any, whole: bool = True) -> ast.expr:
    """A number as it is typed: `2` for 2.0 (unless not `whole`), and a minus in front of a negative one."""
    if whole and isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if value < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


class Tidy(ast.NodeTransformer):
    """One pass from the inside out."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        rule = RULES.get(type(node.op))
        return node if rule is None else rule(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        inner = node.operand
        if not isinstance(node.op, ast.USub):
            return node
        return node if number(inner) is not None else negative(inner)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        return transposed(node.value) if node.attr == "T" else node


def transposed(node: ast.expr) -> ast.expr:
    """`X.T.T` is X, and `(X @ Y).T` is `Y.T @ X.T`."""
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return ast.BinOp(transposed(node.right), node.op, transposed(node.left))
    return ast.Attribute(node, "T", ast.Load())


def product(node: ast.BinOp) -> ast.expr:
    """`1 * x` and `x * 1` are x, and -1 is a minus."""
    for one, other in ((node.left, node.right), (node.right, node.left)):
        if isinstance(other, ast.Compare):
            continue  # a mask alone is no number: `(h > 0) * 1.0`
        if number(one) == 1:
            return other
        if number(one) == -1:
            return negative(other)
    minus = leading_minus(node.right)
    if minus is not None:
        return negative(product(ast.BinOp(node.left, ast.Mult(), minus)))
    left, right = number(node.left), number(node.right)
    if left is not None and right is not None:
        return constant(left * right)
    if is_quotient(node.left) and number(node.left.left) in (1, -1):  # type: ignore[attr-defined]
        assert isinstance(node.left, ast.BinOp)
        sign = negative if number(node.left.left) == -1 else tidied
        return sign(quotient(ast.BinOp(node.right, ast.Div(), node.left.right)))
    if is_quotient(node.right):
        assert isinstance(node.right, ast.BinOp)
        above = product(ast.BinOp(node.left, ast.Mult(), node.right.left))
        return quotient(ast.BinOp(above, ast.Div(), node.right.right))
    if isinstance(node.right, ast.BinOp) and isinstance(node.right.op, ast.Mult):
        ahead = product(ast.BinOp(node.left, ast.Mult(), node.right.left))
        return product(ast.BinOp(ahead, ast.Mult(), node.right.right))
    return node if right is None else product(ast.BinOp(node.right, ast.Mult(), node.left))


def quotient(node: ast.BinOp) -> ast.expr:
    """`x / 1` is x, and a quotient divided again has one line under it."""
    if number(node.right) == 1:
        return node.left
    if is_quotient(node.left):
        assert isinstance(node.left, ast.BinOp)
        below = product(ast.BinOp(node.left.right, ast.Mult(), node.right))
        return quotient(ast.BinOp(node.left.left, ast.Div(), below))
    if is_minus(node.left):
        assert isinstance(node.left, ast.UnaryOp)
        return negative(quotient(ast.BinOp(node.left.operand, ast.Div(), node.right)))
    return node


def is_quotient(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)


def negative(node: ast.expr) -> ast.expr:
    """A minus before an expression, drawn into the number that it begins with."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return node.operand
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        return ast.BinOp(negative(node.left), node.op, node.right)
    if isinstance(node, ast.Compare):
        return ast.BinOp(constant(-1), ast.Mult(), node)
    found = number(node)
    return ast.UnaryOp(ast.USub(), node) if found is None else constant(-found)


def total(node: ast.BinOp) -> ast.expr:
    """`x + -y` is a difference, and nothing is added with 0."""
    if number(node.left) == 0:
        return node.right
    if number(node.right) == 0:
        return node.left
    minus = leading_minus(node.right)
    return node if minus is None else ast.BinOp(node.left, ast.Sub(), minus)


def difference(node: ast.BinOp) -> ast.expr:
    """`x - -y` is a sum."""
    minus = leading_minus(node.right)
    return node if minus is None else ast.BinOp(node.left, ast.Add(), minus)


def power(node: ast.BinOp) -> ast.expr:
    """`x ** 1` is x."""
    return node.left if number(node.right) == 1 else node


def is_minus(node: ast.expr) -> bool:
    """Whether an expression is a minus before something that is no number."""
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and number(node) is None


def leading_minus(node: ast.expr) -> ast.expr | None:
    """What follows the minus that an expression begins with; None where it begins with none."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return node.operand
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div | ast.MatMult):
        inner = leading_minus(node.left)
        if inner is None:
            return None
        return tidied(ast.BinOp(inner, node.op, node.right))
    return None


RULES = {
    ast.Mult: product, ast.Div: quotient, ast.Add: total, ast.Sub: difference, ast.Pow: power,
}  # fmt: skip


def weight(node: ast.expr) -> int:
    """How much there is to read: one for each operation, three for each call."""
    found = 0
    for part in ast.walk(node):
        if isinstance(part, ast.Call):
            found += 3
        elif isinstance(part, ast.BinOp | ast.Compare | ast.IfExp | ast.BoolOp):
            found += 1
    return found
