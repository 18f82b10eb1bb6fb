"""A gate's declaration read as formulas: what it computes, and what it hands back to each input.

A gate is declared once, as a Python function. Where that function is straight-line code, as those of
the kit are, its lines can be read again here, and be printed with other names put in. So nothing has
to be said twice: what runs is what is written.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import math
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from backprop_kit.declaring import Gate
from backprop_kit.rewriting import copied

OUTPUT, GRADIENT = "__output__", "__gradient__"
EVERYWHERE = {"np": np, "math": math}  # what every written pass may import


@dataclass(frozen=True)
class Formulas:
    """The formulas of one gate, in the names of its own declaration.

    `OUTPUT` stands in them for the gate's output, and `GRADIENT` for the gradient on it.
    """

    inputs: tuple[str, ...]
    value: ast.expr
    shares: tuple[ast.expr, ...]
    scope: Mapping[str, Any]


def formula(text: str, **parts: ast.expr) -> ast.expr:
    """An expression with others put in for its names."""
    return filled(ast.parse(text, mode="eval").body, parts)


def filled(node: ast.expr, parts: Mapping[str, ast.expr]) -> ast.expr:
    """A copy of an expression in which names are replaced."""
    found: ast.expr = Filler(parts).visit(copied(node))
    return found


class Filler(ast.NodeTransformer):
    """Puts expressions in the place of names."""

    def __init__(self, parts: Mapping[str, ast.expr]) -> None:
        self.parts = parts

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.parts.get(node.id, node)


@lru_cache(maxsize=256)
def formulas_of(gate: Gate) -> Formulas | None:
    """The formulas of a gate; None where its declaration cannot be read, or branches."""
    rule = inspect.unwrap(gate.rule)
    try:
        return read(definition(rule), rule)
    except Unreadable:
        return None


def in_the_open(gate: Gate) -> Formulas | None:
    """Formulas that can be read anywhere: a name for a number, as of now, is replaced by the number.

    None also where a gate of a learner's own leans on anything else that only its module knows.
    """
    found = formulas_of(gate)
    if found is None or gate.is_ours:
        return found
    put: dict[str, ast.expr] = {}
    parts = (found.value, *found.shares)
    for name in {n.id for part in parts for n in ast.walk(part) if isinstance(n, ast.Name)}:
        if name in (*found.inputs, OUTPUT, GRADIENT):
            continue
        known = found.scope.get(name, getattr(builtins, name, None))
        if is_number(known):
            put[name] = ast.parse(repr(known), mode="eval").body
        elif known is None or known is not EVERYWHERE.get(name, getattr(builtins, name, None)):
            return None
    value, *shares = (filled(part, put) for part in parts)
    return Formulas(found.inputs, value, tuple(shares), found.scope)


def is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def definition(function: Any) -> ast.FunctionDef:
    """The source of a plain function. Raises `Unreadable`."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    except (OSError, TypeError, SyntaxError, IndexError):
        raise Unreadable from None
    if not isinstance(tree, ast.FunctionDef):
        raise Unreadable
    return tree


class Unreadable(Exception):
    """A declaration that has no source, or is more than a few assignments."""


def read(tree: ast.FunctionDef, rule: Any) -> Formulas:
    """Read `f = ...`, `def backward(df): ...` and `return f, backward`."""
    known: dict[str, ast.expr] = {}
    backward: ast.FunctionDef | None = None
    value: ast.expr | None = None
    for statement in tree.body:
        match statement:
            case ast.Expr(value=ast.Constant()):
                pass
            case ast.Assign(targets=[ast.Name(id=name)], value=right):
                known[name] = filled(right, known)
            case ast.FunctionDef():
                backward = statement
            case ast.Return(value=ast.Tuple(elts=[value, ast.Name()])):
                pass
            case _:
                raise Unreadable
    if backward is None or value is None:
        raise Unreadable
    own = dict(known.items())
    if isinstance(value, ast.Name) and value.id in known:
        own[value.id] = ast.Name(OUTPUT, ast.Load())
        # what was computed from the output by name keeps to the name
        value = known[value.id]
    inputs = tuple(a.arg for a in tree.args.args)
    shares = shares_of(backward, own, len(inputs))
    return Formulas(inputs, value, shares, rule.__globals__)


def shares_of(
    backward: ast.FunctionDef, known: Mapping[str, ast.expr], count: int
) -> tuple[ast.expr, ...]:
    """What `backward` returns, one formula for each input."""
    local = {**known, backward.args.args[0].arg: ast.Name(GRADIENT, ast.Load())}
    for statement in backward.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=right):
                local[name] = filled(right, local)
            case ast.Return(value=ast.Tuple(elts=parts)) if len(parts) == count:
                return tuple(filled(part, local) for part in parts)
            case ast.Return(value=ast.expr() as part) if count == 1:
                return (filled(part, local),)
            case _:
                raise Unreadable
    raise Unreadable
