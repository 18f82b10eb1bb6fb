"""The grade cell of an exercise, read without running it."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from autograder.exercise import BEGIN_HIDDEN, END_HIDDEN, Cell, without

SHAPE = "grade(your_function, POINTS, at=inputs)"


@dataclass(frozen=True)
class GradeCall:
    """The last line of a grade cell: what it judges, for how many points."""

    function: str
    points: float
    keywords: tuple[str, ...]


def read_grade_call(cell: Cell) -> GradeCall:
    """Read the call that a grade cell ends on, in source and in release alike.

    Raises:
        SectionError: when the cell does not end on `grade(...)`, when its points are no number,
            or when it judges arrays without saying which gradients are wanted.

    """
    call = _last_call(cell, cell.source)
    released = _last_call(cell, without(cell.source, BEGIN_HIDDEN, END_HIDDEN))
    if ast.dump(call) != ast.dump(released):
        raise cell.refuse(
            f"the hidden tests of exercise {cell.exercise!r} hold its last line, so the released "
            f"cell would not end on it; let them only add to the inputs and keep {SHAPE} below."
        )
    grade_call = GradeCall(
        _function(cell, call),
        _points(cell, call),
        tuple(str(keyword.arg) for keyword in call.keywords),
    )
    _check_inputs(cell, grade_call)
    return grade_call


def _last_call(cell: Cell, source: str) -> ast.Call:
    try:
        body = ast.parse(source).body
    except SyntaxError as error:
        raise cell.refuse(
            f"Python cannot read the grade cell of exercise {cell.exercise!r}: {error.msg}; "
            "a grade cell must be plain Python.",
            error.lineno or 0,
        ) from None
    match body[-1] if body else None:
        case ast.Expr(value=ast.Call(func=ast.Name(id="grade")) as call):
            return call
    raise cell.refuse(
        f"the last line of the grade cell of exercise {cell.exercise!r} must be {SHAPE}, because "
        "its value is the score; move it to the end of the cell."
    )


def _function(cell: Cell, call: ast.Call) -> str:
    match call.args:
        case [ast.Name(id=name), _]:
            return name
    raise cell.refuse(
        f"grade(...) of exercise {cell.exercise!r} takes two plain arguments, the function and "
        f"its points; write it as {SHAPE}.",
        call.lineno,
    )


def _points(cell: Cell, call: ast.Call) -> float:
    given = call.args[1]
    match given:
        case ast.Constant(value=int() | float() as points) if points > 0 and points is not True:
            return float(points)
    raise cell.refuse(
        f"the points of exercise {cell.exercise!r} are {ast.unparse(given)}, which is not a "
        "positive number; write the number itself, as in grade(your_function, 4, at=inputs).",
        call.lineno,
    )


def _check_inputs(cell: Cell, call: GradeCall) -> None:
    if "at" not in call.keywords:
        raise cell.refuse(
            f"grade(...) of exercise {cell.exercise!r} is not told where to judge; add "
            "at=inputs, with one dict of inputs for each point."
        )
    if "wrt" in call.keywords:
        return
    inputs = _inputs(ast.parse(cell.source))
    if not inputs:
        raise cell.refuse(
            f"the grade cell of exercise {cell.exercise!r} shows no point to judge at; write each "
            "as a dict of inputs, as in inputs = [{'x': -2.0, 'y': 5.0}], or name the gradients "
            "that are wanted with wrt=."
        )
    for name, value in inputs:
        if not _is_real_number(value):
            raise cell.refuse(
                f"input {name} of exercise {cell.exercise!r} is not a plain number, so which "
                "gradients are wanted is open; name them, as in wrt=['W', 'X'].",
                value.lineno,
            )


def _inputs(tree: ast.AST) -> list[tuple[str, ast.expr]]:
    """Find the named inputs of every point: `dict(x=1.0)` and `{"x": 1.0}` alike."""
    found: list[tuple[str, ast.expr]] = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="dict"), keywords=keywords):
                found += [(str(keyword.arg), keyword.value) for keyword in keywords]
            case ast.Dict(keys=keys, values=values):
                pairs = zip(keys, values, strict=True)
                found += [(ast.unparse(key), value) for key, value in pairs if key]
    return found


def _is_real_number(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=value):
            return isinstance(value, int | float)
        case ast.UnaryOp(operand=operand):
            return _is_real_number(operand)
        case ast.BinOp(left=left, right=right):
            return _is_real_number(left) and _is_real_number(right)
        case ast.Attribute(value=ast.Name(id="math")):
            return True
    return False
