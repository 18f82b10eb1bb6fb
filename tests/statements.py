"""What a line of a written text gives a value to, and what it reads."""

from __future__ import annotations

import ast


def targets(statement: ast.stmt) -> list[ast.expr]:
    """What a statement gives a value, each part of it for itself."""
    match statement:
        case ast.Assign(targets=[ast.Tuple(elts=parts)]):
            return parts
        case ast.Assign(targets=parts):
            return parts
        case ast.AugAssign(target=part):
            return [part]
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="at"), args=[part, *_])):
            return [part]
        case ast.Import() | ast.ImportFrom():
            return [ast.Name(a.asname or a.name, ast.Store()) for a in statement.names]
    raise AssertionError(f"`{ast.unparse(statement)}` is no line of a backward pass")


def base(target: ast.expr) -> str:
    while isinstance(target, ast.Subscript | ast.Starred):
        target = target.value
    assert isinstance(target, ast.Name)
    return target.id


def reads(statement: ast.stmt) -> set[str]:
    """The names whose value a statement needs; the array of a store into a part is not read."""
    parts = list(ast.walk(statement))
    found = {p.id for p in parts if isinstance(p, ast.Name) and isinstance(p.ctx, ast.Load)}
    found -= {ast.unparse(p.target) for p in parts if isinstance(p, ast.comprehension)}
    stored = {base(t) for t in targets(statement) if not isinstance(t, ast.Name)}
    own = {n.id for n in ast.walk(value_of(statement)) if isinstance(n, ast.Name)}
    index = {n.id for t in targets(statement) for n in ast.walk(t) if isinstance(n, ast.Name)}
    return (found - stored) | (own & found) | (index & found - stored)


def value_of(statement: ast.stmt) -> ast.AST:
    match statement:
        case ast.Assign(value=value) | ast.AugAssign(value=value):
            return value
        case ast.Expr(value=ast.Call(args=[_, *rest])):
            return ast.Tuple(rest, ast.Load())
    return ast.Tuple([], ast.Load())


def is_cleared(statement: ast.stmt, target: ast.expr) -> bool:
    """Whether a part is set to 0, since what was stored there replaced it."""
    match statement:
        case ast.Assign(value=ast.Constant(value=0 | 0.0)):
            return isinstance(target, ast.Subscript)
    return False
