"""The grade cell of an exercise, read without running it."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from autograder.exercise import BEGIN_HIDDEN, END_HIDDEN, Cell, without


@dataclass(frozen=True)
class Shape:
    """How the last line of a grade cell is written for one kind of exercise."""

    call: str
    first: str
    """How its first argument is written."""
    keywords: tuple[str, ...]
    """What it must be told by keyword."""

    def __str__(self) -> str:
        more = "".join(f", {word}={EXAMPLES[word]}" for word in self.keywords)
        return f"{self.call}({self.first}, POINTS{more})"


EXAMPLES = {"at": "inputs", "like": '"f = ..."', "code": "code"}
WHAT_FOR = {
    "at": "is not told where to judge; add at=inputs, with one dict of inputs for each point",
    "like": 'is not told what is asked for; add the open formula, as in like="f = x * y"',
    "code": 'is not told what the numbers are about; add the code, as in code="f = x * y"',
}
BACKWARD = Shape("grade", "your_function", ("at",))
STAGED = Shape("grade", "your_function", ("at", "like"))
FUNCTION = Shape("grade_values", "your_function", ("at",))
GATE = Shape("grade_gate", '"your_gate"', ("at", "like"))
NUMBERS = Shape("grade_numbers", '{"dx": dx}', ("code", "at"))


@dataclass(frozen=True)
class GradeCall:
    """The last line of a grade cell: what it judges, for how many points."""

    function: str
    """The name of the function or gate; empty where numbers are judged."""
    answers: tuple[str, ...]
    """The variables that hold the numbers; none where a function is judged."""
    points: float
    keywords: tuple[str, ...]
    backward: str = ""
    """The name of the function that goes back, where it is written apart from the forward pass."""


def read_grade_call(cell: Cell, shape: Shape = BACKWARD) -> GradeCall:
    """Read the call that a grade cell ends on, in source and in release alike.

    Raises:
        SectionError: when the cell does not end on a call of this shape, when its points are no
            number, or when it judges arrays without saying which gradients are wanted.

    """
    call = _last_call(cell, cell.source, shape)
    released = _last_call(cell, without(cell.source, BEGIN_HIDDEN, END_HIDDEN), shape)
    if ast.dump(call) != ast.dump(released):
        raise cell.refuse(
            f"the hidden tests of exercise {cell.exercise!r} hold its last line, so the released "
            f"cell would not end on it; let them only add to the inputs and keep {shape} below."
        )
    function, answers = _judged(cell, call, shape)
    keywords = tuple(str(keyword.arg) for keyword in call.keywords)
    points, backward = _points(cell, call, shape), _backward(cell, call)
    grade_call = GradeCall(function, answers, points, keywords, backward)
    for word in shape.keywords:
        if word not in keywords:
            raise cell.refuse(f"{shape.call}(...) of exercise {cell.exercise!r} {WHAT_FOR[word]}.")
    if shape.call == "grade":
        _check_inputs(cell, grade_call)
    return grade_call


def _last_call(cell: Cell, source: str, shape: Shape) -> ast.Call:
    try:
        body = ast.parse(source).body
    except SyntaxError as error:
        raise cell.refuse(
            f"Python cannot read the grade cell of exercise {cell.exercise!r}: {error.msg}; "
            "a grade cell must be plain Python.",
            error.lineno or 0,
        ) from None
    match body[-1] if body else None:
        case ast.Expr(value=ast.Call(func=ast.Name(id=name)) as call) if name == shape.call:
            return call
    raise cell.refuse(
        f"the last line of the grade cell of exercise {cell.exercise!r} must be {shape}, because "
        "its value is the score; move it to the end of the cell."
    )


def _judged(cell: Cell, call: ast.Call, shape: Shape) -> tuple[str, tuple[str, ...]]:
    match shape.call, call.args:
        case "grade_gate", [ast.Constant(value=str(name)), _]:
            return name, ()
        case "grade_numbers", [ast.Dict(values=values), _] if values:
            names = tuple(value.id for value in values if isinstance(value, ast.Name))
            if len(names) == len(values):
                return "", names
        case "grade" | "grade_values", [ast.Name(id=name), _]:
            return name, ()
    what = "the function" if shape.call in ("grade", "grade_values") else "what is judged"
    raise cell.refuse(
        f"{shape.call}(...) of exercise {cell.exercise!r} takes two plain arguments, {what} and "
        f"its points; write it as {shape}.",
        call.lineno,
    )


def _backward(cell: Cell, call: ast.Call) -> str:
    given = next((keyword.value for keyword in call.keywords if keyword.arg == "backward"), None)
    match given:
        case None:
            return ""
        case ast.Name(id=name):
            return name
    raise cell.refuse(
        f"the backward pass of exercise {cell.exercise!r} is {ast.unparse(given)}; give the function "
        "that the solution cell defines by its name, as in backward=affine_backward.",
        given.lineno,
    )


def _points(cell: Cell, call: ast.Call, shape: Shape) -> float:
    given = call.args[1]
    match given:
        case ast.Constant(value=int() | float() as points) if points > 0 and points is not True:
            return float(points)
    raise cell.refuse(
        f"the points of exercise {cell.exercise!r} are {ast.unparse(given)}, which is not a "
        f"positive number; write the number itself, as in {str(shape).replace('POINTS', '4')}.",
        call.lineno,
    )


def _check_inputs(cell: Cell, call: GradeCall) -> None:
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
