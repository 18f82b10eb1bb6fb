"""Lines of a written backward pass, and what is done to them as text."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from backprop_kit.gate_text import formula
from backprop_kit.nodes import Node
from backprop_kit.spelled import keywords


@dataclass(frozen=True)
class Line:
    """One line of the backward pass."""

    target: str
    op: str
    """`=`, `+=`, or `at` for `np.add.at(target, ...)`."""
    value: ast.expr
    stage: Node | None
    part: ast.expr | None = None

    def text(self) -> str:
        value, part = said(self.value), "" if self.part is None else said_index(self.part)
        if self.op == "at":
            return f"np.add.at({self.target}, {part}, {value})"
        return f"{self.target}{f'[{part}]' if part else ''} {self.op} {value}"


def method(value: ast.expr, name: str, **settings: Any) -> ast.expr:
    """`x.sum(axis=0)`, or `np.sum(x * y, axis=0)` where x is a formula."""
    if isinstance(value, ast.Name | ast.Subscript | ast.Attribute | ast.Call):
        return ast.Call(ast.Attribute(value, name, ast.Load()), [], keywords(**settings))
    return ast.Call(formula(f"np.{name}"), [value], keywords(**settings))


def sum_to(value: ast.expr, full: tuple[int, ...], shape: tuple[int, ...]) -> ast.expr:
    """`dscores.sum(axis=0)`: over every axis along which something of this shape was repeated."""
    if full == shape:
        return value
    if not shape:
        return method(value, "sum")
    ahead = len(full) - len(shape)
    inner = tuple(i + ahead for i, n in enumerate(shape) if n == 1 and full[i + ahead] != 1)
    leading = tuple(range(ahead))
    if not inner:
        return method(value, "sum", axis=leading[0] if ahead == 1 else leading)
    if not ahead:
        return method(value, "sum", axis=inner[0] if len(inner) == 1 else inner, keepdims=True)
    summed = method(value, "sum", axis=(*leading, *inner))
    return ast.Call(ast.Attribute(summed, "reshape", ast.Load()), [constant_shape(shape)], [])


def constant_shape(shape: tuple[int, ...]) -> ast.expr:
    return ast.parse(repr(shape), mode="eval").body


def said(node: ast.expr) -> str:
    return ast.unparse(ast.fix_missing_locations(node))


def said_index(node: ast.expr) -> str:
    """An index as it stands between brackets: a tuple without its own."""
    if not isinstance(node, ast.Tuple) or not node.elts:
        return said(node)
    return ", ".join(map(said, node.elts)) + ("," if len(node.elts) == 1 else "")


def unshared(lines: list[Line], values: Mapping[str, Any], outward: set[str]) -> list[Line]:
    """A copy where a gradient would share an array that changes later, or is handed out as `outward` are."""
    found: list[Line] = []
    changing: set[str] = set()
    for line in reversed(lines):
        shown = shares_array(line, values)
        single = np.ndim(values.get(line.target, 0)) == 0
        begins = line.op == "=" and line.part is None
        shares = shown is not None and not single and begins
        if shares and (line.target in outward or changing & {line.target, str(shown)}):
            line = replace(line, value=method(line.value, "copy"))
        if not begins:
            changing.add(line.target)
        found.append(line)
    return found[::-1]


def shares_array(line: Line, values: Mapping[str, Any]) -> str | None:
    """The name whose array a line's value shows, whole or in part; None if it is an array of its own."""
    node = line.value
    while isinstance(node, ast.Subscript | ast.Attribute | ast.Call):
        if isinstance(node, ast.Call):
            keeps = isinstance(node.func, ast.Attribute) and node.func.attr in (
                "reshape",
                "transpose",
            )
            if not keeps:
                return None
            assert isinstance(node.func, ast.Attribute)
            node = node.args[0] if said(node.func.value) == "np" else node.func.value
        else:
            node = node.value
    return (
        node.id
        if isinstance(node, ast.Name) and isinstance(values.get(node.id), np.ndarray)
        else None
    )


def listed(lines: list[Line], given: Mapping[str, Any]) -> list[Line]:
    """`dw = [x[0] * ddot, x[1] * ddot, ddot]`, where every element gets all it gets in one stage."""
    for base in dict.fromkeys(
        line.target.partition("[")[0] for line in lines if "[" in line.target
    ):
        own = [line for line in lines if line.target.startswith(f"{base}[")]
        count = len(given[base[1:]])
        found = {line.target: line for line in own}
        targets = [f"{base}[{i}]" for i in range(count)]
        once = (
            len(own) == count
            and sorted(found) == sorted(targets)
            and isinstance(given[base[1:]], list)
        )
        if not once or any(line.op != "=" or line.stage is not own[0].stage for line in own):
            continue
        joined = ast.List([found[t].value for t in targets], ast.Load())
        last = lines.index(own[-1])
        kept = [line for line in lines[: last + 1] if line not in own]
        lines = [*kept, Line(base, "=", joined, own[0].stage), *lines[last + 1 :]]
    return lines


def beginnings(lines: list[Line], given: Mapping[str, Any]) -> list[str]:
    """`dw = [0.0, 0.0, 0.0]` for an input that is a list."""
    bases = dict.fromkeys(line.target.partition("[")[0] for line in lines if "[" in line.target)
    return [f"{base} = {like_given(given[base[1:]])!r}" for base in bases]


def like_given(value: Any) -> Any:
    """Zeros in the place of the numbers of a list."""
    if isinstance(value, list | tuple):
        return [like_given(v) for v in value]
    if isinstance(value, dict):
        return {k: like_given(v) for k, v in value.items()}
    return 0.0


def dotted(text: str) -> str:
    """`X.dot(W)` for `X @ W`, in code that writes it so."""
    out = []
    for line in text.split("\n"):
        if "@" in line and not line.startswith("#"):
            tree = Dots().visit(ast.parse(line))
            line = ast.unparse(ast.fix_missing_locations(tree))
        elif "@" in line and " = " in line:
            head, _, rest = line.partition(" through ")
            line = f"{head} through {dotted(rest)}"
        out.append(line)
    return "\n".join(out)


class Dots(ast.NodeTransformer):
    """Turns `@` into `.dot`."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.op, ast.MatMult):
            return node
        return ast.Call(ast.Attribute(node.left, "dot", ast.Load()), [node.right], [])
