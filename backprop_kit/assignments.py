"""Where the source writes its names: assignments, stores into a part, `+=` and walruses, in order."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from backprop_kit.rewriting import all_arguments, part_names, whole_names
from backprop_kit.source import Source, without_comment


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
    for part in ("handlers", "cases"):
        blocks += [inner.body for inner in getattr(node, part, [])]
    return [*blocks, getattr(node, "finalbody", [])]


# ----- what an exception keeps from being written -----------------------------------------------


def still_to_come(body: Sequence[ast.stmt], line: int) -> Iterator[ast.stmt]:
    """The statement on `line` and all that would be carried out after it, were it to go well.

    A loop around it goes round again, so that all of its lines are still to come; of an `if` only
    the branch that was taken has anything more to do.
    """
    for at, node in enumerate(body):
        if node.lineno <= line <= end_of(node):
            yield from rest_of(node, line)
            yield from body[at + 1 :]
            return


def rest_of(node: ast.stmt, line: int) -> Iterator[ast.stmt]:
    """What of one statement is still to come."""
    block = next((b for b in blocks_of(node) if b and b[0].lineno <= line <= end_of(b[-1])), None)
    if block is None or isinstance(node, ast.For | ast.While):
        yield node
    else:
        yield from still_to_come(block, line)


def end_of(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def names_changed(node: ast.stmt) -> Iterator[str]:
    """The names that a statement writes or changes; `grads['x']` for an entry of a dict."""
    for part in (n for n in ast.walk(node) if isinstance(n, ast.stmt | ast.NamedExpr | ast.Call)):
        if isinstance(part, ast.NamedExpr):
            yield part.target.id
        elif isinstance(part, ast.Call):
            yield from changed_by(part)
        else:
            yield from (name for target, _, _ in targets_of(part) for name in entries(target))


def entries(target: ast.expr) -> Iterator[str]:
    """The names in a target, and for a part under a fixed key the entry."""
    match target:
        case ast.Tuple() | ast.List():
            for one in target.elts:
                yield from entries(one)
        case ast.Subscript(slice=ast.Constant(value=str())):
            yield ast.unparse(target)
        case _:
            yield from (*whole_names(target), *part_names(target))


def changed_by(call: ast.Call) -> Iterator[str]:
    """The names a call may change in place: `np.add.at(dw, ...)`, `rows.append(...)`, `out=dw`."""
    roots = [k.value for k in call.keywords if k.arg == "out"]
    match call.func:
        case ast.Attribute(attr="at"):
            roots += call.args[:1]
        case ast.Attribute(value=ast.Name() as receiver, attr=method) if method in CHANGING:
            roots.append(receiver)
    yield from (root.id for root in roots if isinstance(root, ast.Name))


CHANGING = ("append", "extend", "insert", "fill", "update", "put", "itemset", "sort")


def own_parts(node: ast.AST) -> Iterator[ast.AST]:
    """What belongs to the statement itself, without the statements inside it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ExceptHandler | ast.match_case):
            yield from own_parts(child)
        elif not isinstance(child, ast.stmt):
            yield child


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
    """The statement as written; one that goes over several lines is joined, and cut if it is long."""
    line = source.lines.get(node.lineno, "")
    if node.end_lineno == node.lineno:
        return line.encode()[node.col_offset : node.end_col_offset].decode().strip()
    joined = joined_lines(node, source)
    return joined if len(joined) <= LONGEST else f"{joined[: LONGEST - 3].rstrip()}..."


def long_statements(source: Source) -> dict[int, str]:
    """The text of each statement of several lines, by each of its lines; not of those with others inside."""
    nodes = [n for n in ast.walk(source.tree) if isinstance(n, ast.stmt) and end_of(n) > n.lineno]
    long = [n for n in nodes if not any(blocks_of(n))]
    return {k: segment(n, source) for n in long for k in range(n.lineno, end_of(n) + 1)}


LONGEST = 80  # of a statement over several lines, as it is quoted


def joined_lines(node: ast.stmt, source: Source) -> str:
    """The lines of a statement as one, without their comments and the room between them."""
    lines = [source.lines.get(line, "") for line in range(node.lineno, end_of(node) + 1)]
    lines[-1] = lines[-1].encode()[: node.end_col_offset].decode()
    lines[0] = lines[0].encode()[node.col_offset :].decode()
    plain = [without_comment(line).strip().removesuffix("\\").strip() for line in lines]
    joined = " ".join(filter(None, plain))
    return re.sub(r"(?<=[(\[{]) | (?=[)\]}])", "", joined).replace(",)", ")").replace(",]", "]")
