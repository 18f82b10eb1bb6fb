"""What a gate hands back, read off its declaration: its own lines with the circuit's names put in."""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backprop_kit.gate_text import GRADIENT, OUTPUT, Formulas, filled, formula, in_the_open
from backprop_kit.nodes import Node
from backprop_kit.spelled import literal

if TYPE_CHECKING:
    from backprop_kit.backward_pass import BackwardPass

LARGEST_LOGARITHM = 5  # that is told from its digits: beyond log(148) it is a number like others


@dataclass(frozen=True)
class Share:
    """What one operand is handed: an expression, perhaps only for a part of it."""

    to: Node
    value: ast.expr
    part: ast.expr | None = None
    repeats: bool = False
    """Whether the part names some element twice, so that `+=` would count it once."""


def by_its_declaration(node: Node, df: ast.expr, writing: BackwardPass) -> list[Share]:
    """By the lines of the gate's own `backward`, with the names of the circuit put in."""
    assert node.gate is not None
    rules = in_the_open(node.gate)
    if rules is None or "_summed" in ast.dump(ast.Tuple(list(rules.shares), ast.Load())):
        return by_calling_it(node, df, writing)
    shares = []
    for i, to in live(node):
        share = with_names(node, rules.shares[i], rules, df, writing)
        shares.append(Share(to, share))
    return shares


def with_names(
    node: Node, share: ast.expr, rules: Formulas, df: ast.expr, writing: BackwardPass
) -> ast.expr:
    """One formula of a gate with operands, settings and functions as the code names them."""
    assert node.gate is not None
    read = {n.id for n in ast.walk(share) if isinstance(n, ast.Name)}
    parts = {name: operand(node, i, writing) for i, name in enumerate(rules.inputs) if name in read}
    kept = "keepdims" in node.gate.settings
    parts[GRADIENT] = writing.kept(node, df) if kept else df
    if OUTPUT in read:
        own = writing.value(node)
        parts[OUTPUT] = writing.kept(node, own) if kept else own
    for name in node.gate.settings:
        parts[name] = literal(node.settings.get(name)) if name in read else ast.Constant(None)
    return in_public(filled(share, parts), rules, writing)


def in_public(node: ast.expr, rules: Formulas, writing: BackwardPass) -> ast.expr:
    """The kit's own functions under the names that everybody knows: `_cos` is `math.cos`."""
    put: dict[str, ast.expr] = {}
    for name in {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}:
        found: Any = rules.scope.get(name)
        if isinstance(found, float) and name.isupper():
            put[name] = formula(constant(found, writing.module))
        elif name.startswith("_") and hasattr(found, "on_arrays"):
            function = found.on_arrays if writing.module == "np" else found.on_numbers
            known = name == "_log_or_nan"
            put[name] = formula(f"{writing.module}.{'log' if known else function.__name__}")
    return filled(node, put)


def constant(value: float, module: str) -> str:
    """A number that a gate's lines have a name for: as the logarithm that it is, or as it is."""
    of = round(math.exp(value)) if 0 < value < LARGEST_LOGARITHM else 0
    return f"{module}.log({of})" if of > 1 and math.log(of) == value else repr(value)


def by_calling_it(node: Node, df: ast.expr, writing: BackwardPass) -> list[Share]:
    """By the gate itself, where its lines cannot be written out."""
    assert node.gate is not None
    writing.values.setdefault(node.gate.name, node.gate)
    given = [operand(node, i, writing) for i in range(len(node.operands))]
    given_settings = [ast.keyword(k, literal(v)) for k, v in node.settings.items()]
    rule = ast.Attribute(ast.Name(node.gate.name, ast.Load()), "vjp", ast.Load())
    back = ast.Subscript(ast.Call(rule, given, given_settings), ast.Constant(1), ast.Load())
    handed = ast.Call(back, [df], [])
    return [Share(to, ast.Subscript(handed, ast.Constant(i), ast.Load())) for i, to in live(node)]


def live(node: Node) -> list[tuple[int, Node]]:
    """The operands that a gradient concerns, with their places."""
    return [(i, o) for i, o in enumerate(node.operands) if isinstance(o, Node) and o.live]


def operand(node: Node, place: int, writing: BackwardPass) -> ast.expr:
    """The value of an operand as it is written: its name, or a short formula."""
    return writing.operand(node.operands[place], node)
