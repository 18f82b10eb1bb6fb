"""The notes' rules in words, for what a line of the forward pass does with a variable.

Nothing is computed here, and nothing is judged by it: these are sentences for hints, chosen by the
text of a line. What is right is measured elsewhere.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

ADD, MINUS, MUL, DIV, INVERSE, POW, EXPONENT = "+", "-", "*", "/", "1/", "**", "c**"
EXP, LOG, SQRT, SQUASH, WAVE, ABS = "exp", "log", "sqrt", "squash", "wave", "abs"
MAX, SWITCH, MATMUL, SUM, MEAN, MOVE, PART, OTHER = (
    "max", "switch", "@", "sum", "mean", "move", "part", "other",
)  # fmt: skip

RULES = {
    ADD: "An add gate hands the gradient on to all of its inputs, whatever their values.",
    MINUS: "Behind a minus the gradient changes its sign; before it, it does not.",
    MUL: "A product hands each input the other times the gradient: the inputs are swapped.",
    DIV: "A quotient is a product with one over the denominator; that is the factor of the numerator.",
    INVERSE: "One over something falls as it grows: its slope has a minus, and a square below.",
    POW: "A power brings its exponent down as a factor, and the exponent becomes one less.",
    EXPONENT: "Where the variable is the exponent, the rule is that of exp, with a logarithm as factor.",
    EXP: "The slope of exp is the value of exp itself.",
    LOG: "The slope of a logarithm is one over what goes into it.",
    SQRT: "A square root is a power, with one half as exponent.",
    SQUASH: "The slope of a sigmoid or a tanh is written with its output, not its input.",
    WAVE: "The slope of sin is cos; that of cos is sin, with a minus.",
    ABS: "The slope of an absolute value is the sign of what goes in.",
    MAX: "A max gate is a switch: it routes the gradient to the input that won, and the others get nothing.",
    SWITCH: "What is chosen by a condition gets the gradient; what is not chosen gets nothing.",
    MATMUL: "A matrix product hands each operand a product with the other one: find by the shapes which way round, and what is transposed.",
    SUM: "A sum hands its gradient to each element that was added: it is repeated, not shared out.",
    MEAN: "A mean hands each element its gradient divided by how many there are.",
    MOVE: "What only moves the numbers about moves the gradient back the same way.",
    PART: "The gradient goes back to the places the numbers were taken from, the rest get zero, and what was taken twice gets both.",
    OTHER: "Multiply the gradient from above by the local derivative of this line.",
}  # fmt: skip
WIRE = "A value that is only handed on gets its gradient back as it is."
FORK = "Gradients add up at forks"
BROADCAST = (
    "What was repeated to fit (broadcast) is a fork: its gradient is summed over the repetitions."
)
TIE = "Where inputs tie, one of them may have all of the gradient or they may share it, but not each have all of it."
SHAPE = "A gradient has exactly the shape of its variable."

CALLS = {
    "exp": EXP, "expm1": EXP, "log": LOG, "log1p": LOG, "log2": LOG, "log10": LOG, "sqrt": SQRT,
    "tanh": SQUASH, "sigmoid": SQUASH, "sin": WAVE, "cos": WAVE, "abs": ABS, "fabs": ABS,
    "absolute": ABS, "max": MAX, "maximum": MAX, "min": MAX, "minimum": MAX, "relu": MAX,
    "amax": MAX, "clip": MAX, "where": SWITCH, "dot": MATMUL, "matmul": MATMUL, "sum": SUM,
    "fsum": SUM, "mean": MEAN, "average": MEAN, "reshape": MOVE, "ravel": MOVE, "flatten": MOVE,
    "transpose": MOVE, "squeeze": MOVE, "copy": MOVE, "array": MOVE, "float": MOVE, "stack": PART,
    "concatenate": PART, "hstack": PART, "vstack": PART, "split": PART, "take": PART, "pad": PART,
    "add": ADD, "subtract": MINUS, "multiply": MUL, "divide": DIV, "power": POW, "square": POW,
    "pow": POW, "negative": MINUS,
}  # fmt: skip
OPERATORS: dict[type[ast.AST], tuple[str, str]] = {  # for the left and the right operand
    ast.Add: (ADD, ADD), ast.Sub: (MINUS, MINUS), ast.Mult: (MUL, MUL), ast.Div: (DIV, INVERSE),
    ast.Pow: (POW, EXPONENT), ast.MatMult: (MATMUL, MATMUL),
}  # fmt: skip
ELEMENTWISE = {ADD, MINUS, MUL, DIV, INVERSE, POW, EXPONENT, EXP, LOG, SQRT, SQUASH, WAVE, ABS}
MODULES = ("np", "numpy", "math")
FLAT = {  # what these give does not move with what goes in
    "shape", "size", "ndim", "dtype", "len", "sign", "floor", "ceil", "round", "rint", "argmax",
    "argmin", "argsort", "zeros_like", "ones_like", "empty_like", "full_like", "int", "bool",
    "isnan", "isfinite", "range", "nonzero",
}  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """One place where a line reads a variable: the gates from the line's value down to it."""

    gates: tuple[str, ...]
    partner: str  # the other operand of the product it enters, as text


def readings(expression: ast.expr, name: str) -> list[Reading]:
    """Every place where the expression reads the name and hands it a gradient."""
    return [Reading(tuple(gates), partner) for gates, partner in walked(expression, name)]


def walked(node: ast.AST, name: str) -> Iterator[tuple[list[str], str]]:
    if isinstance(node, ast.Name) and node.id == name:
        yield [], ""
    for child, gate, partner in children(node):
        for gates, inner in walked(child, name):
            yield ([gate] if gate else []) + gates, inner or partner


def children(node: ast.AST) -> Iterator[tuple[ast.AST, str, str]]:
    """What an expression is made of: each part, the gate it enters, its partner in a product.

    A comparison, an index, the axis of a sum and what is flat take no gradient.
    """
    match node:
        case ast.BinOp(left, operator, right):
            first, second = OPERATORS.get(type(operator), (OTHER, OTHER))
            yield left, first, ast.unparse(right) if first in (MUL, MATMUL) else ""
            yield right, second, ast.unparse(left) if first in (MUL, MATMUL) else ""
        case ast.UnaryOp(operator, operand):
            if not isinstance(operator, ast.Not):
                yield operand, MINUS if isinstance(operator, ast.USub) else "", ""
        case ast.IfExp(_, body, otherwise):
            yield body, SWITCH, ""
            yield otherwise, SWITCH, ""
        case ast.Subscript(value):
            yield value, PART, ""
        case ast.Attribute(value, attribute) if attribute not in FLAT:
            yield value, MOVE if attribute == "T" else OTHER, ""
        case ast.Call(function):
            yield from operands_of(node, function)
        case ast.Tuple(elements) | ast.List(elements):
            yield from ((element, "", "") for element in elements)
        case ast.NamedExpr(_, value) | ast.Starred(value):
            yield value, "", ""


def operands_of(node: ast.Call, function: ast.expr) -> Iterator[tuple[ast.AST, str, str]]:
    """The parts of a call: its arguments, and before them what a method is called on."""
    operands = list(node.args)
    called = function.id if isinstance(function, ast.Name) else ""
    if isinstance(function, ast.Attribute):
        called, owner = function.attr, function.value
        if not (isinstance(owner, ast.Name) and owner.id in MODULES):
            operands.insert(0, owner)
    gate = CALLS.get(called, OTHER)
    if gate is SWITCH:
        operands = operands[1:]
    if called in FLAT:
        operands = []
    for at, operand in enumerate(operands):
        others = [ast.unparse(other) for other in operands if other is not operand]
        which = {DIV: INVERSE, POW: EXPONENT}.get(gate, gate) if at else gate
        yield operand, which, others[0] if gate in (MUL, MATMUL) and len(others) == 1 else ""
