"""What a forward line says of a variable in it: a product, a power, a sum, a minus on the way.

Nothing is differentiated here. A reason that fits the numbers is weighed against the learner's
own forward line, such as whether the stage is a product at all.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from backprop_kit.recording import Recording, Write
from backprop_kit.retelling import Listing, names_in, value_for
from backprop_kit.rewriting import copied

MOST_LINES, MOST_NODES = 30, 2000
FALLING = frozenset(["cos", "arccos", "acos", "reciprocal", "negative"])
CHOOSERS = frozenset(
    [
        "max",
        "min",
        "maximum",
        "minimum",
        "fmax",
        "fmin",
        "amax",
        "amin",
        "relu",
        "clip",
        "where",
        "abs",
        "fabs",
    ]
)
MEANS = frozenset(["mean", "average", "var", "std"])
PRODUCTS = frozenset(["dot", "matmul", "outer", "inner", "einsum", "vdot", "tensordot"])


@dataclass(frozen=True)
class Formula:
    """The forward expression of one stage, and the variable that is looked for in it."""

    tree: ast.expr
    of: str
    stage: str = ""
    text: str = ""
    own_legs: int = (
        1  # readings on the stage's own line; more come through lines without a d-variable
    )

    @cached_property
    def paths(self) -> list[list[ast.AST]]:
        """Each reading of the variable, with the nodes that lead down to it from the root."""
        return list(paths_to(self.tree, self.of))

    @property
    def legs(self) -> int:
        """How often the variable is read."""
        return len(self.paths)

    @property
    def carries_minus(self) -> bool:
        """Whether the local derivative has a minus of its own: 1/x, a - b, -x, the cosine's rule."""
        return any(sum(map(falls, p, p[1:])) % 2 for p in self.paths)

    @cached_property
    def factors(self) -> list[ast.expr]:
        """Where the variable is a factor of a product, all factors of it; else none."""
        best: list[ast.expr] = []
        for path in self.paths:
            for node in path:
                if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
                    found = factors_of(node)
                    best = max(best, found, key=len)
        return best

    @property
    def variable_factors(self) -> list[ast.expr]:
        """The factors that are no constants."""
        return [f for f in self.factors if names_in(f)]

    @property
    def calls(self) -> set[str]:
        """The functions on the way down to the variable."""
        return {called(node) for path in self.paths for node in path} - {""}

    @cached_property
    def exponents(self) -> list[float]:
        """The constant exponents that the variable is raised to on the way."""
        found = []
        for path in self.paths:
            for node, below in itertools.pairwise(path):
                if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
                    exponent = constant(node.right)
                    if below is node.left and exponent is not None:
                        found.append(exponent)
                elif called(node) in ("square", "sqrt", "cbrt"):
                    found.append({"square": 2.0, "sqrt": 0.5, "cbrt": 1 / 3}[called(node)])
        return found

    @property
    def constants(self) -> set[float]:
        """Numbers that stand as factors on the way."""
        nodes = (node for path in self.paths for node in path)
        found = {
            c
            for node in nodes
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div)
            for side in (node.left, node.right)
            if (c := constant(side)) is not None
        }
        return found | {1 / c for c in found if c}

    @property
    def is_sum(self) -> bool:
        """Whether the variable is only added, never multiplied."""
        return bool(self.paths) and all(passes_on(n) for path in self.paths for n in path)

    @property
    def addends(self) -> int:
        """Of how many terms the longest sum on the way is made."""
        return max((len(terms_of(n)) for p in self.paths for n in p if is_expression(n)), default=1)  # type: ignore[arg-type]

    @property
    def divides_by(self) -> bool:
        """Whether the variable stands under a fraction."""
        return any(
            isinstance(n, ast.BinOp) and isinstance(n.op, ast.Div) and below is n.right
            for p in self.paths
            for n, below in itertools.pairwise(p)
        )

    @property
    def multiplies_matrices(self) -> bool:
        at = any(
            isinstance(n, ast.BinOp) and isinstance(n.op, ast.MatMult)
            for p in self.paths
            for n in p
        )
        return at or bool(self.calls & PRODUCTS)

    @property
    def chooses(self) -> bool:
        """Whether the variable passes a max, a mask or the like."""
        return bool(self.calls & CHOOSERS) or any(
            isinstance(n, ast.IfExp | ast.Compare) for p in self.paths for n in p
        )


def passes_on(node: ast.AST) -> bool:
    """Whether a node hands the gradient on as it is: a name, a sum, another shape."""
    match node:
        case ast.BinOp(op=ast.Add() | ast.Sub()) | ast.Name() | ast.Subscript() | ast.Attribute():
            return True
        case ast.Call():
            return called(node) in ("reshape", "ravel", "sum", "transpose", "expand_dims", "copy")
    return False


def is_expression(node: ast.AST) -> bool:
    return isinstance(node, ast.expr)


def falls(node: ast.AST, below: ast.AST) -> bool:
    """Whether a step from a node down to one of its parts turns the sign of the slope."""
    match node:
        case ast.UnaryOp(op=ast.USub()):
            return True
        case ast.BinOp(op=ast.Sub()):
            return below is node.right
        case ast.BinOp(op=ast.Div()):
            return below is node.right or negative(node.right)
        case ast.BinOp(op=ast.Mult()):
            return negative(node.left if below is node.right else node.right)
        case ast.BinOp(op=ast.Pow()):
            return below is node.left and negative(node.right)
        case ast.Call():
            return called(node) in FALLING
    return False


def negative(node: ast.expr) -> bool:
    value = constant(node)
    return value is not None and value < 0


def constant(node: ast.expr) -> float | None:
    """The number that a literal stands for."""
    try:
        value: Any = ast.literal_eval(node)
        numeric = isinstance(value, int | float) and not isinstance(value, bool)
        return float(value) if numeric else None
    except (ValueError, TypeError, OverflowError):
        return None


def called(node: ast.AST) -> str:
    """The last name of the function or method that a node calls."""
    if not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def paths_to(node: ast.AST, name: str) -> Iterator[list[ast.AST]]:
    if isinstance(node, ast.Name):
        if node.id == name:
            yield [node]
        return
    for child in ast.iter_child_nodes(node):
        for path in paths_to(child, name):
            yield [node, *path]


def factors_of(node: ast.expr) -> list[ast.expr]:
    """`a * b * c` as [a, b, c]; what is divided by counts as a factor too."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        return [*factors_of(node.left), *factors_of(node.right)]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return factors_of(node.operand)
    return [node]


def terms_of(node: ast.expr) -> list[ast.expr]:
    """`a + b - c` as [a, b, c]."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        return [*terms_of(node.left), *terms_of(node.right)]
    return [node]


def formula_of(
    recording: Recording, listing: Listing, stage: str, of: str, named: Collection[str]
) -> Formula | None:
    """The forward line of a stage, with stages that have no d-variable (not in `named`) written out.

    None where the stage has no single line, as in a loop.
    """
    tree = expression(recording, listing, stage)
    if tree is None:
        return None
    lines = {
        n: e
        for n in {w.name for w in recording.forward if not isinstance(w.value, int)}
        if n not in named and n != of and (e := expression(recording, listing, n)) is not None
    }
    text = next(w.text for w in reversed(recording.forward) if w.name == stage)
    of_lines = [len(list(paths_to(line, of))) for line in (tree, *lines.values())]
    for _ in range(MOST_LINES):
        tree = WrittenOut(lines).visit(copied(tree))
        if names_in(tree).isdisjoint(lines) or sum(1 for _ in ast.walk(tree)) > MOST_NODES:
            break
    return Formula(tree, of, stage, text, max(of_lines))


def expression(recording: Recording, listing: Listing, name: str) -> ast.expr | None:
    """What the one line that gives a name its value assigns; a line that only makes room does not count."""
    writes = [w for w in recording.forward if w.name == name and w.how != "input"]
    found = {w.line: value_of(listing, w) for w in writes if w.how in ("=", "part", "+=")}
    values = [v for v in found.values() if v is not None]
    filled = [v for v in values if not makes_room(v)] if len(values) > 1 else values
    whole = [w for w in writes if w.how == "=" and found[w.line] in filled]
    value = found[whole[-1].line] if whole else filled[0] if len(filled) == 1 else None
    return None if value is None or name in names_in(value) else value


def value_of(listing: Listing, write: Write) -> ast.expr | None:
    """What the statement of a write assigns."""
    node = listing.writer(write)
    return value_for(node, write.name) if node is not None and node.value is not None else None


def makes_room(value: ast.expr) -> bool:
    """Whether an expression is a new array of zeros or of nothing, or the 0 at which a sum begins."""
    empty = isinstance(value, ast.List) and not value.elts
    return empty or constant(value) == 0 or called(value).startswith(("zeros", "empty"))


class WrittenOut(ast.NodeTransformer):
    """Puts expressions in place of the names that stand for them."""

    def __init__(self, lines: Mapping[str, ast.expr]) -> None:
        self.lines = lines

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.lines.get(node.id, node)
