"""What the source of a grade cell says, read and not run: which call it ends on, and about what."""

from __future__ import annotations

import ast

CALLS = ("grade", "grade_values", "grade_gate", "grade_numbers")
"""The functions whose verdict is worked out outside of the learner's process."""


def answers_in(cell: str) -> dict[str, str]:
    """Which variable holds each answer, as the grade cell says: `{"dq": dq}`."""
    calls = (node for node in ast.walk(ast.parse(cell)) if isinstance(node, ast.Call))
    found: dict[str, str] = {}
    for call in calls:
        match call:
            case ast.Call(func=ast.Name(id="grade_numbers"), args=[ast.Dict(keys, values), *_]):
                pairs = zip(keys, values, strict=True)
                found |= {str(k.value): v.id for k, v in pairs if is_pair(k, v)}  # type: ignore[union-attr, attr-defined]
    return found


def is_pair(key: ast.expr | None, value: ast.expr) -> bool:
    return isinstance(key, ast.Constant) and isinstance(value, ast.Name)


def is_judged(cell: str) -> bool:
    """Whether a grade cell ends on one of the calls that are judged outside."""
    try:
        body = ast.parse(cell).body
    except SyntaxError:
        return False
    match body[-1] if body else None:
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))):
            return name in CALLS
    return False
