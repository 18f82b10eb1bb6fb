"""The learner's own lines, as far as they can be written again as they stand.

A stage at the top of the code, such as `scores = X.dot(W) + b`, is kept in its own words; so is a
name for a plain number (`N = X.shape[0]`), and what stands between brackets (`[np.arange(N), y]`).
Lines inside loops, branches and helpers ran with many values: those are written anew from the gates.
"""

from __future__ import annotations

import ast
import builtins
import math
from bisect import bisect_left
from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop_kit.circuit import Circuit
from backprop_kit.gate_text import filled
from backprop_kit.nodes import Node
from backprop_kit.rewriting import copied
from backprop_kit.spelled import constant_text

MODULES = {"np": np, "numpy": np, "math": math}


class Wording:
    """What the code says of each node, in the names under which the nodes are written."""

    def __init__(
        self, circuit: Circuit, nodes: list[Node], named: Mapping[int, str], flat: bool = False
    ) -> None:
        self.circuit = circuit
        self.flat = flat
        self.named = named
        tree = circuit.code.source.tree
        self.text = "\n".join(circuit.code.source.lines.values())
        self.statements = {s.lineno: s for s in tree.body if is_stage(s)}
        self.assigned = [a.name for a in circuit.code.assignments]
        self.by_line: dict[int, list[Node]] = {}
        for node in nodes:
            if node.wire.name and node.wire.line and node.gate:
                self.by_line.setdefault(node.wire.line, []).append(node)
        self.place = {id(node): i for i, node in enumerate(nodes)}
        self.writes = writes_of(nodes, {id(wire) for wire in circuit.inputs.values()})
        self.outside = circuit.code.source.constants()
        self.plain = self._plain_names()
        self.numbers = {**self.outside, **circuit.plain_names}
        self.values = {**MODULES, **{n: self.numbers[n] for n in self.plain}}

    def prefers_numpy(self) -> bool:
        """Whether functions of single numbers are NumPy's in this code."""
        return "np." in self.text and "math." not in self.text

    def says_dot(self) -> bool:
        """Whether products of matrices are written `X.dot(W)` in this code."""
        tree = ast.walk(self.circuit.code.source.tree)
        return ".dot(" in self.text and not any(isinstance(n, ast.MatMult) for n in tree)

    # -- the lines ------------------------------------------------------------------------------

    def statement(self, node: Node) -> ast.stmt | None:
        """The one statement that wrote this node, if it stands at the top and ran once."""
        line = node.wire.line
        found = self.statements.get(line or 0)
        if found is None or self.by_line.get(line or 0, []) != [node]:
            return None
        return found if target_of(found) == node.wire.name else None

    def right_side(self, node: Node) -> ast.expr | None:
        """What the statement assigns, in the names under which everything is written; None if it cannot."""
        found = self.statement(node)
        if found is None or isinstance(target(found), ast.Subscript):
            return None
        value = found.value  # type: ignore[attr-defined]
        if isinstance(found, ast.AugAssign):
            value = ast.BinOp(ast.Name(str(node.wire.name), ast.Load()), found.op, value)
        return self.renamed(value, node)

    def renamed(self, value: ast.expr, node: Node) -> ast.expr | None:
        """An expression of the code with every name as it is written here; None if one is not."""
        if any(isinstance(n, ast.NamedExpr | ast.Lambda | ast.ListComp | ast.GeneratorExp | ast.IfExp)
               for n in ast.walk(value)):  # fmt: skip
            return None
        names = {n.id for n in ast.walk(value) if isinstance(n, ast.Name)}
        put = {name: self.meaning(name, node) for name in names}
        if any(meaning is None for meaning in put.values()):
            return None
        return filled(value, {name: m for name, m in put.items() if m is not None})

    def meaning(self, name: str, node: Node) -> ast.expr | None:
        """What a name stands for where `node` is computed."""
        bound = self.last_before(name, self.place[id(node)])
        if bound is not None:
            written = self.named.get(id(bound))
            return None if written is None else ast.parse(written, mode="eval").body
        if name in self.circuit.given and name not in self.assigned:
            whole = not (self.flat and isinstance(self.circuit.given[name], list | tuple | dict))
            return ast.Name(name, ast.Load()) if whole else None
        if name in self.plain or self.is_known(name):
            return ast.Name(name, ast.Load())
        return None

    def last_before(self, name: str, place: int) -> Node | None:
        """The node that a name meant at this place of the tape."""
        places, found = self.writes.get(name, ([], []))
        at = bisect_left(places, place)
        return found[at - 1] if at else None

    def is_known(self, name: str) -> bool:
        """Whether a name means the same wherever the text is run: a module, or a built-in."""
        if name in self.assigned:
            return False
        return name in MODULES or hasattr(builtins, name)

    # -- plain numbers ----------------------------------------------------------------------------

    def _plain_names(self) -> dict[str, ast.stmt]:
        """Names of numbers that no wire carries, each written once, at the top, with its statement."""
        found = self._outside()
        for name in self.circuit.code.defaulted:  # constants of the function, not inputs
            value = self.circuit.plain_names.get(name)
            if isinstance(value, int | float) and self.assigned.count(name) == 0:
                found[name] = ast.parse(f"{name} = {value!r}").body[0]
        for statement in self.circuit.code.source.tree.body:
            if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
                names = names_in(statement.targets[0])
                reads = {n.id for n in ast.walk(statement.value) if isinstance(n, ast.Name)}
                if all(map(self.is_plain, names)) and all(
                    self.is_readable(r, found) for r in reads
                ):
                    found |= dict.fromkeys(names, statement)
        return found

    def _outside(self) -> dict[str, ast.stmt]:
        """Numbers and arrays that a function reads from outside, so that the text can do without it."""
        return {
            name: ast.fix_missing_locations(
                ast.Assign([ast.Name(name, ast.Store())], as_typed(value), lineno=0)
            )
            for name, value in self.outside.items()
            if name not in self.assigned and name not in self.circuit.given
        }

    def is_plain(self, name: str) -> bool:
        """Whether a name is written once, and is a number or an array that no wire carries."""
        value = self.circuit.plain_names.get(name)
        return self.assigned.count(name) == 1 and isinstance(value, int | float | np.ndarray)

    def is_readable(self, name: str, plain: Mapping[str, Any]) -> bool:
        return name in plain or self.is_known(name) or (
            name in self.circuit.given and name not in self.assigned
        )  # fmt: skip

    def definitions(self, texts: list[str]) -> list[str]:
        """The statements of the plain names that these texts read, and of those that they read."""
        wanted: set[str] = set()
        ahead = [text for text in texts if text]
        while ahead:
            for node in ast.walk(ast.parse(ahead.pop())):
                if isinstance(node, ast.Name) and node.id in self.plain and node.id not in wanted:
                    wanted.add(node.id)
                    ahead.append(ast.unparse(self.plain[node.id]))
        statements = {id(s): s for name, s in self.plain.items() if name in wanted}
        return [ast.unparse(s).replace("(", "").replace(")", "", 1) if unpacks(s) else ast.unparse(s)
                for s in statements.values()]  # fmt: skip

    def name_of_number(self, value: Any, stage: Node | None) -> ast.expr | None:
        """The name by which the line of a stage reads this number."""
        statement = None if stage is None else self.statement(stage)
        if statement is None:
            return None
        kinds = ast.Name if isinstance(value, np.ndarray) else ast.Name | ast.BinOp
        for node in ast.walk(statement):
            if isinstance(node, kinds) and self.is_number(node, value):
                return copied(node)
        return None

    def is_number(self, node: ast.expr, value: Any) -> bool:
        """Whether an expression of plain names and numbers alone, such as `1.0 / N`, has this value."""
        names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        if not names <= self.plain.keys() or any(isinstance(n, ast.Call) for n in ast.walk(node)):
            return False
        try:
            found = eval(ast.unparse(node), dict(self.values))
        except (ArithmeticError, ValueError, TypeError):
            return False
        if isinstance(value, np.ndarray) or isinstance(found, np.ndarray):
            return np.shape(found) == np.shape(value) and bool(np.array_equal(found, value))
        return isinstance(found, int | float) and found == value

    def name_of_length(self, value: int) -> ast.expr | None:
        """A name that the code has for a length, as in `N = X.shape[0]`."""
        for name, statement in self.plain.items():
            text = ast.unparse(statement)
            counts = ".shape" in text or "len(" in text or ".size" in text
            if counts and np.ndim(self.numbers[name]) == 0 and self.numbers[name] == value:
                return ast.Name(name, ast.Load())
        return None

    def shapes(self, stage: Node) -> list[list[ast.expr]]:
        """The arguments of every `.reshape(...)` in the line of a stage, likewise."""
        statement = self.statement(stage)
        calls = [n for n in ast.walk(statement) if isinstance(n, ast.Call)] if statement else []
        found = [
            c.args for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr == "reshape"
        ]
        renamed = [[self.renamed(arg, stage) for arg in args] for args in found]
        return [[a for a in args if a is not None] for args in renamed if None not in args]

    # -- between brackets -----------------------------------------------------------------------

    def indices(self, stage: Node) -> list[ast.expr]:
        """Every index in the line of a stage, in the names under which everything is written."""
        statement = self.statement(stage)
        if statement is None:
            return []
        found = [n.slice for n in ast.walk(statement) if isinstance(n, ast.Subscript)]
        renamed = (self.renamed(index, stage) for index in found)
        return [index for index in renamed if index is not None]


def as_typed(value: Any) -> ast.expr:
    """A number or an array as code that writes it."""
    return (
        constant_text(value)
        if isinstance(value, np.ndarray)
        else ast.parse(repr(value), mode="eval").body
    )


def names_in(one: ast.expr) -> list[str]:
    """The names that a target gives a value: one, or those of a tuple; none where parts are stored."""
    parts = one.elts if isinstance(one, ast.Tuple) else [one]
    found = [part.id for part in parts if isinstance(part, ast.Name)]
    return found if len(found) == len(parts) else [""]


def unpacks(statement: ast.stmt) -> bool:
    """Whether a statement has a tuple on its left, which Python writes in brackets and people do not."""
    return isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Tuple)


def is_stage(statement: ast.stmt) -> bool:
    """Whether a statement gives one name, or a part of one, a value."""
    return target_of(statement) is not None


def target(statement: ast.stmt) -> ast.expr | None:
    match statement:
        case ast.Assign(targets=[one]):
            return one
        case ast.AugAssign(target=one) | ast.AnnAssign(target=one, value=ast.expr()):
            return one
    return None


def target_of(statement: ast.stmt) -> str | None:
    """The name that a statement writes, whole or in part."""
    one = target(statement)
    while isinstance(one, ast.Subscript):
        one = one.value
    return one.id if isinstance(one, ast.Name) else None


def writes_of(nodes: list[Node], inputs: set[int]) -> dict[str, tuple[list[int], list[Node]]]:
    """For each name, the nodes that it meant one after the other, and from which place on the tape."""
    found: dict[str, tuple[list[int], list[Node]]] = {}
    for place, node in enumerate(nodes):
        if node.wire.name:
            places, meant = found.setdefault(node.wire.name, ([], []))
            places.append(-1 if id(node.wire) in inputs else place)
            meant.append(node)
    return found
