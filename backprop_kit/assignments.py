"""Where the source writes its names: assignments, stores into a part, `+=` and walruses, in order."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from backprop_kit.rewriting import all_arguments, part_names, whole_names
from backprop_kit.source import Source


@dataclass(frozen=True)
class Assignment:
    """One place in the source that writes a name."""

    name: str
    how: str  # "=", "+=", "-=", ..., or "part" for a store such as `dw[0] = ...`
    reads: tuple[str, ...]
    line: int
    text: str

    @property
    def reads_itself(self) -> bool:
        """Whether the new value is made from the old one."""
        return self.how != "=" or self.name in self.reads


def assignments_in(body: Iterable[ast.stmt], source: Source) -> Iterator[Assignment]:
    """Walk statements in the order of the source, leaving out the insides of inner functions."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        yield from assignments_of(node, source)
        for block in blocks_of(node):
            yield from assignments_in(block, source)


def assignments_of(node: ast.stmt, source: Source) -> Iterator[Assignment]:
    for inner in (n for part in own_parts(node) for n in ast.walk(part)):
        if isinstance(inner, ast.NamedExpr):
            yield Assignment(
                inner.target.id, "=", loads(inner.value), inner.lineno, source.text(inner.lineno)
            )
    text = segment(node, source)
    for target, value, how in targets_of(node):
        for one, made_from in paired(target, value):
            for name in whole_names(one):
                yield Assignment(name, how, loads(made_from), node.lineno, text)
            for name in part_names(one):
                yield Assignment(name, "part", loads(made_from), node.lineno, text)


def targets_of(node: ast.stmt) -> list[tuple[ast.expr, ast.expr, str]]:
    match node:
        case ast.Assign():
            return [(target, node.value, "=") for target in node.targets]
        case ast.AnnAssign(value=ast.expr() as value):
            return [(node.target, value, "=")]
        case ast.AugAssign():
            return [(node.target, node.value, OPERATORS.get(type(node.op), "?") + "=")]
    return []


OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**", ast.MatMult: "@",
    ast.FloorDiv: "//", ast.Mod: "%",
}  # fmt: skip


def paired(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    """`a, b = x, y` pairs `a` with `x`; `a, b = point` makes both from the whole of `point`."""
    if not (isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)):
        return [(target, value)]
    same_length = len(target.elts) == len(value.elts)
    return list(zip(target.elts, value.elts, strict=True)) if same_length else [(target, value)]


def blocks_of(node: ast.stmt) -> list[list[ast.stmt]]:
    """The bodies of a compound statement."""
    blocks = [getattr(node, part, []) for part in ("body", "orelse")]
    blocks += [handler.body for handler in getattr(node, "handlers", [])]
    return [*blocks, getattr(node, "finalbody", [])]


def own_parts(node: ast.stmt) -> list[ast.AST]:
    """What belongs to the statement itself, without the statements inside it."""
    return [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.stmt)]


def loads(node: ast.AST) -> tuple[str, ...]:
    """Names read in an expression, each once, in order."""
    found = [n for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
    found.sort(key=lambda n: (n.lineno, n.col_offset))
    return tuple(dict.fromkeys(n.id for n in found))


def bound_by(node: ast.AST) -> list[str]:
    """Names that imports and inner definitions bring in."""
    match node:
        case ast.Import() | ast.ImportFrom():
            return [(alias.asname or alias.name).split(".")[0] for alias in node.names]
        case ast.FunctionDef() | ast.ClassDef():
            arguments = all_arguments(node.args) if isinstance(node, ast.FunctionDef) else []
            return [node.name, *(a.arg for a in arguments), *inner_names(node)]
        case ast.Lambda():
            return [a.arg for a in all_arguments(node.args)]
        case ast.ExceptHandler(name=str() as name):
            return [name]
    return []


def inner_names(node: ast.AST) -> list[str]:
    return [
        n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    ]


def segment(node: ast.stmt, source: Source) -> str:
    """The statement as written; only its first line if it goes over several."""
    line = source.lines.get(node.lineno, "")
    if node.end_lineno == node.lineno:
        return line.encode()[node.col_offset : node.end_col_offset].decode().strip()
    return source.text(node.lineno)
