"""A gate's declaration as a tree of arithmetic, so that a browser can compute what the gate computes.

A gate is declared once, in Python. Its lines are read again (`gate_text.py`) and written as nested
lists, `["*", "x1", "df"]`, in which stand only arithmetic and the functions of `math`. Nothing that
plays a circuit needs to know what a gate is.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from backprop_kit.declaring import Gate
from backprop_kit.gate_text import (
    GRADIENT,
    OUTPUT,
    Formulas,
    Unreadable,
    definition,
    formulas_of,
    shares_of,
)

Tree = Any  # a number, "x0" (an input), "f" (the output), "df" (the gradient on it), or [operation, *trees]

DEEPEST = 8  # helpers that call helpers
LARGEST = (
    2_000  # parts of one tree: what is larger is written more than once, and belongs to the kernel
)

OPERATORS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.USub: "neg", ast.Not: "not", ast.And: "and", ast.Or: "or",
}  # fmt: skip

# The functions that a browser has too, by the name that they have there.
ALIKE = {
    "exp": (math.exp, np.exp), "expm1": (math.expm1, np.expm1), "log": (math.log, np.log),
    "log2": (math.log2, np.log2), "log10": (math.log10, np.log10), "log1p": (math.log1p, np.log1p),
    "sqrt": (math.sqrt, np.sqrt), "cbrt": (math.cbrt, np.cbrt), "abs": (abs, math.fabs, np.abs),
    "sin": (math.sin, np.sin), "cos": (math.cos, np.cos), "tan": (math.tan, np.tan),
    "asin": (math.asin, np.arcsin), "acos": (math.acos, np.arccos), "atan": (math.atan, np.arctan),
    "sinh": (math.sinh, np.sinh), "cosh": (math.cosh, np.cosh), "tanh": (math.tanh, np.tanh),
    "asinh": (math.asinh, np.arcsinh), "acosh": (math.acosh, np.arccosh),
    "atanh": (math.atanh, np.arctanh), "atan2": (math.atan2, np.arctan2),
    "hypot": (math.hypot, np.hypot), "max": (max,), "min": (min,), "if": (np.where,),
    "**": (pow, math.pow, np.power), "floor": (math.floor, np.floor), "ceil": (math.ceil, np.ceil),
}  # fmt: skip
FUNCTIONS = {function: name for name, functions in ALIKE.items() for function in functions}
TAKES = {"atan2": 2, "hypot": 2, "max": 2, "min": 2, "**": 2, "if": 3}  # all others take one


class Unplayable(Unreadable):
    """Something in a declaration that only Python can run."""


@dataclass(frozen=True)
class Trees:
    """What a gate computes, and what it hands back to each of its inputs."""

    value: Tree
    shares: tuple[Tree, ...]


@lru_cache(maxsize=256)
def trees_of(gate: Gate) -> Trees | None:
    """The trees of a gate; None where its declaration cannot be read, or needs more than arithmetic."""
    formulas = declared(gate)
    if formulas is None or gate.settings:
        return None
    names: dict[str, Tree] = {name: f"x{i}" for i, name in enumerate(formulas.inputs)}
    names |= {OUTPUT: "f", GRADIENT: "df"}
    reader = Reader(names, formulas.scope)
    try:
        trees = Trees(reader.tree(formulas.value), tuple(map(reader.tree, formulas.shares)))
    except (Unreadable, RecursionError):
        return None
    return trees if sum(map(size_of, (trees.value, *trees.shares))) <= LARGEST else None


def declared(gate: Gate) -> Formulas | None:
    """The formulas of a gate, also of one that shares its `backward` with others, as comparisons do."""
    found = formulas_of(gate)
    if found is not None:
        return found
    try:
        match definition(inspect.unwrap(gate.rule)).body[-1:]:
            case [ast.Return(value=ast.Tuple(elts=[value, ast.Name(id=name)]))]:
                rule = inspect.unwrap(gate.rule)
                inputs = tuple(inspect.signature(rule).parameters)
                backward = definition(rule.__globals__.get(name))
                if len(backward.body) == 1:
                    shares = shares_of(backward, {}, len(inputs))
                    return Formulas(inputs, value, shares, rule.__globals__)
    except Exception:  # whatever a learner declared: what cannot be read is left to the kernel
        return None
    return None


def size_of(tree: Tree) -> int:
    """How many parts a tree has."""
    return 1 + sum(map(size_of, tree[1:])) if isinstance(tree, list) else 1


class Reader:
    """Reads expressions as trees: `names` are trees themselves, `scope` holds what the code finds outside."""

    def __init__(self, names: Mapping[str, Tree], scope: Mapping[str, Any], depth: int = 0) -> None:
        self.names = names
        self.scope = scope
        self.depth = depth

    def tree(self, node: ast.expr) -> Tree:
        """One expression as a tree. Raises `Unplayable`."""
        match node:
            case ast.Name(id=name) if name in self.names:
                return self.names[name]
            case ast.Constant() | ast.Name() | ast.Attribute():
                return number(self.outside(node))
            case ast.BinOp(left=left, op=op, right=right):
                return [operation(op), self.tree(left), self.tree(right)]
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.tree(operand)
            case ast.UnaryOp(op=op, operand=operand):
                return [operation(op), self.tree(operand)]
            case ast.BoolOp(op=op, values=values):
                return joined(operation(op), list(map(self.tree, values)))
            case ast.Compare(left=left, ops=ops, comparators=rights):
                sides = list(map(self.tree, (left, *rights)))
                pairs = zip(ops, sides, sides[1:], strict=False)
                return joined("and", [[operation(op), a, b] for op, a, b in pairs])
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return ["if", *map(self.tree, (test, body, orelse))]
            case ast.Call(func=func, args=args, keywords=[]):
                return self.call(self.outside(func), args)
            case _:
                raise Unplayable

    def outside(self, node: ast.expr) -> Any:
        """What a name, or an attribute of a module, stands for."""
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name) if name not in self.names:
                if name in self.scope:
                    return self.scope[name]
                if hasattr(builtins, name):
                    return getattr(builtins, name)
            case ast.Attribute(value=ast.Name() as module, attr=attr):
                found = self.outside(module)
                if inspect.ismodule(found) and hasattr(found, attr):
                    return getattr(found, attr)
        raise Unplayable

    def call(self, function: Any, args: list[ast.expr]) -> Tree:
        """A function of `math`, one of `either`, or a helper, whose own lines are put in its place."""
        function = getattr(function, "on_numbers", function)
        if function is isinstance and ast.unparse(args[1]) == "complex":
            return 0  # a browser has real numbers alone, and says nan where there is none
        parts = list(map(self.tree, args))
        if function is float and len(parts) == 1:
            return parts[0]
        name = known(function)
        if name in ("max", "min") and len(parts) > 2:
            return joined(name, parts)
        if name is not None:
            if len(parts) != TAKES.get(name, 1):
                raise Unplayable
            return [name, *parts]
        if not inspect.isfunction(function) or self.depth == DEEPEST:
            raise Unplayable
        return self.inlined(function, parts)

    def inlined(self, function: Callable[..., Any], parts: list[Tree]) -> Tree:
        """A helper by its own lines."""
        tree = definition(function)
        inputs = [a.arg for a in tree.args.args]
        if len(inputs) != len(parts) or function.__closure__:
            raise Unplayable
        names = dict(zip(inputs, parts, strict=True))
        return Reader(names, function.__globals__, self.depth + 1).body(tree.body)

    def body(self, statements: list[ast.stmt]) -> Tree:
        """What a few lines return: assignments, `return`, and `if`."""
        match statements:
            case [ast.Expr(value=ast.Constant()), *rest]:
                return self.body(rest)
            case [ast.Assign(targets=[ast.Name(id=name)], value=value), *rest]:
                inner = Reader({**self.names, name: self.tree(value)}, self.scope, self.depth)
                return inner.body(rest)
            case [ast.Return(value=ast.expr() as value), *_]:
                return self.tree(value)
            case [ast.Raise(), *_]:
                return "nan"  # no value, which is what floats say so
            case [ast.If(test=test, body=inside, orelse=orelse), *rest]:
                asked, otherwise = self.tree(test), self.body([*orelse, *rest])
                return otherwise if asked == 0 else ["if", asked, self.body(inside), otherwise]
        raise Unplayable


def operation(op: ast.AST) -> str:
    if type(op) not in OPERATORS:
        raise Unplayable
    return OPERATORS[type(op)]


def joined(name: str, parts: list[Tree]) -> Tree:
    """`a and b and c` as one operation on two after the other."""
    tree, *rest = parts
    for part in rest:
        tree = [name, tree, part]
    return tree


def known(function: Any) -> str | None:
    """The name of a function in the browser; None for one that it does not have."""
    try:
        return FUNCTIONS.get(function)
    except TypeError:  # not hashable
        return None


def number(value: Any) -> Tree:
    """A number as JSON can hold it. Raises `Unplayable` for anything else."""
    if isinstance(value, bool | np.bool_):
        return int(value)
    if not isinstance(value, int | float | np.integer | np.floating):
        raise Unplayable
    found = value.item() if isinstance(value, np.generic) else value
    if isinstance(found, int) and abs(found) > 2**53:
        found = float(found)
    if isinstance(found, float) and not math.isfinite(found):
        return "nan" if math.isnan(found) else "inf" if found > 0 else ["neg", "inf"]
    return found
