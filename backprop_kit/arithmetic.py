"""Lines of arithmetic worked out again on recorded values, as written or with a change made to them.

To say why a line is wrong one asks what it would give if one thing in it were otherwise. The
line is never handed to Python for that: this small calculator reads its syntax tree and knows
NumPy's and Python's arithmetic and nothing else, so that it may work where a learner's code must
not run. Whatever lies beyond arithmetic raises `Unclear`.
"""

from __future__ import annotations

import ast
import builtins
import math
import operator
from collections.abc import Callable, Iterator, Mapping
from numbers import Real
from typing import Any

import numpy as np

from backprop_kit.source import names_in_cells

MOST_ELEMENTS = 4_000_000  # of a result: larger ones are no line of a backward pass
MOST_EXPONENT = 64  # of whole numbers
MOST_DIGITS = 1000  # of whole numbers, whose size Python does not bound
MOST_ROUNDS = 100_000
MOST_DEPTH = 20  # of functions that call functions


class Unclear(Exception):
    """The line does more than arithmetic on values that are known."""


IN_NUMPY = """
    abs absolute fabs add subtract multiply divide true_divide negative power square sqrt exp log
    log1p expm1 log2 log10 sin cos tan tanh sinh cosh arctan arcsin arccos maximum minimum fmax
    fmin sign where clip reciprocal heaviside greater less equal greater_equal less_equal not_equal
    logical_and logical_or logical_not float64 float32 asarray array ascontiguousarray
    sum mean prod max min amax amin argmax argmin var std cumsum sort argsort any all
    zeros ones zeros_like ones_like full full_like eye identity arange reshape transpose swapaxes
    moveaxis expand_dims squeeze ravel concatenate stack vstack hstack repeat tile broadcast_to
    atleast_1d atleast_2d diag flip pad roll take take_along_axis tril triu ndim shape size copy
    dot matmul outer inner einsum tensordot vdot kron trace linalg.norm add.at subtract.at copyto
    pi e newaxis inf float_power cbrt exp2 empty_like empty nan_to_num flatnonzero nonzero
"""
OF_ARRAYS = """
    sum mean max min dot copy reshape transpose astype ravel flatten squeeze prod std var argmax
    argmin clip repeat swapaxes cumsum item tolist any all take trace diagonal
"""
NUMPY, METHODS = frozenset(IN_NUMPY.split()), frozenset(OF_ARRAYS.split())
PROPERTIES = frozenset(("T", "shape", "size", "ndim", "dtype", "real"))
BUILTINS = {
    name: getattr(builtins, name)
    for name in (
        "abs", "max", "min", "sum", "float", "int", "len", "round", "bool", "list", "tuple", "zip",
        "enumerate", "reversed",
    )
}  # fmt: skip
OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.MatMult: operator.matmul,
    ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow,
    ast.BitAnd: operator.and_, ast.BitOr: operator.or_, ast.BitXor: operator.xor,
    ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Not: operator.not_, ast.Invert: operator.invert,
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Is: operator.is_, ast.IsNot: operator.is_not,
    ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b,
}  # fmt: skip


def worked_out(
    node: ast.expr, names: Mapping[str, Any], helpers: Mapping[str, ast.FunctionDef] | None = None
) -> Any:
    """The value of an expression; `helpers` are functions that the learner's own lines define.

    Raises `Unclear` where it is not arithmetic, or where the arithmetic does not come off.
    """
    with np.errstate(all="ignore"):
        return attempt(lambda: Calculator(names, helpers or {}).value(node))


def attempt(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except (
        ArithmeticError,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        MemoryError,
    ) as error:
        raise Unclear(str(error)) from error


class Calculator:
    """Works out expressions, each kind of node by the method called after it."""

    def __init__(
        self, names: Mapping[str, Any], helpers: Mapping[str, ast.FunctionDef], depth: int = 0
    ) -> None:
        self.names, self.helpers, self.depth = dict(names), helpers, depth

    def value(self, node: ast.AST) -> Any:
        method = getattr(self, type(node).__name__, None)
        if method is None:
            raise Unclear(f"{type(node).__name__} is not arithmetic")
        found = method(node)
        if isinstance(found, np.ndarray) and (found.size > MOST_ELEMENTS or found.dtype == object):
            raise Unclear("an array too large, or not of numbers")
        return found

    # -- names and constants ----------------------------------------------------------------------

    def Constant(self, node: ast.Constant) -> Any:
        return node.value

    def Name(self, node: ast.Name) -> Any:
        if node.id in self.names:
            return self.names[node.id]
        raise Unclear(f"nothing is known of {node.id}")

    def Attribute(self, node: ast.Attribute) -> Any:
        known = library(node)
        if known is not None:
            return known
        if node.attr not in PROPERTIES:
            raise Unclear(f".{node.attr} is not arithmetic")
        return getattr(np.asarray(self.value(node.value)), node.attr)

    def Tuple(self, node: ast.Tuple) -> Any:
        return tuple(self.value(part) for part in node.elts)

    def List(self, node: ast.List) -> Any:
        return [self.value(part) for part in node.elts]

    # -- operators --------------------------------------------------------------------------------

    def BinOp(self, node: ast.BinOp) -> Any:
        return combined(node.op, self.value(node.left), self.value(node.right))

    def UnaryOp(self, node: ast.UnaryOp) -> Any:
        return OPERATORS[type(node.op)](self.value(node.operand))

    def Compare(self, node: ast.Compare) -> Any:
        left, result = self.value(node.left), None
        for op, right in zip(node.ops, map(self.value, node.comparators), strict=True):
            found = OPERATORS[type(op)](left, right)
            result, left = found if result is None else result and found, right
        return result

    def BoolOp(self, node: ast.BoolOp) -> Any:
        stops = isinstance(node.op, ast.Or)
        found = None
        for part in node.values:
            found = self.value(part)
            if bool(found) == stops:
                break
        return found

    def IfExp(self, node: ast.IfExp) -> Any:
        return self.value(node.body if self.value(node.test) else node.orelse)

    # -- parts ------------------------------------------------------------------------------------

    def Subscript(self, node: ast.Subscript) -> Any:
        return self.value(node.value)[self.value(node.slice)]

    def Slice(self, node: ast.Slice) -> Any:
        return slice(*(part and self.value(part) for part in (node.lower, node.upper, node.step)))

    # -- comprehensions ---------------------------------------------------------------------------

    def ListComp(self, node: ast.ListComp) -> Any:
        return self.gathered(node)

    def GeneratorExp(self, node: ast.GeneratorExp) -> Any:
        return self.gathered(node)

    def gathered(self, node: ast.ListComp | ast.GeneratorExp) -> list[Any]:
        """The elements; what the comprehension binds is known inside it alone."""
        inside = Calculator(self.names, self.helpers, self.depth)
        return [inside.value(node.elt) for _ in inside.rounds(node.generators)]

    def rounds(self, generators: list[ast.comprehension]) -> Iterator[None]:
        if not generators:
            yield
            return
        first, *rest = generators
        for value in self.value(first.iter):
            self.bind(first.target, value)
            if all(self.value(test) for test in first.ifs):
                yield from self.rounds(rest)

    def bind(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Name):
            self.names[target.id] = value
        elif isinstance(target, ast.Tuple):
            for part, one in zip(target.elts, value, strict=True):
                self.bind(part, one)
        else:
            raise Unclear("a part of something is bound")

    # -- calls ------------------------------------------------------------------------------------

    def Call(self, node: ast.Call) -> Any:
        starred = any(isinstance(part, ast.Starred) for part in node.args)
        if starred or any(k.arg is None for k in node.keywords):
            raise Unclear("starred arguments")
        args = [self.value(part) for part in node.args]
        kwargs = {k.arg: self.value(k.value) for k in node.keywords if k.arg}
        if isinstance(node.func, ast.Name):
            return self.named(node.func.id, args, kwargs)
        if isinstance(node.func, ast.Attribute):
            refuse_huge(node.func.attr, [*args, *kwargs.values()])
            known = library(node.func)
            if known is not None:
                return known(*args, **kwargs)
            if node.func.attr in METHODS:
                return getattr(np.asarray(self.value(node.func.value)), node.func.attr)(
                    *args, **kwargs
                )
        raise Unclear(f"{ast.unparse(node.func)} is not arithmetic")

    def named(self, name: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
        if name in self.helpers:
            return self.helped(self.helpers[name], args, kwargs)
        if name in self.names:
            raise Unclear(f"{name} is a function of the learner's")
        if name == "range":
            return checked_range(*args)
        refuse_huge(name, [*args, *kwargs.values()])
        known = BUILTINS.get(name) or names_in_cells().get(name)
        if known is None:
            raise Unclear(f"nothing is known of {name}")
        return known(*args, **kwargs)

    def helped(self, function: ast.FunctionDef, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """Follow a function of assignments that ends in a `return`."""
        if self.depth > MOST_DEPTH:
            raise Unclear("functions that call themselves")
        of = function.args
        if of.posonlyargs or of.kwonlyargs or of.vararg or of.kwarg or function.decorator_list:
            raise Unclear(f"{function.name} is more than a few assignments")
        names = [a.arg for a in function.args.args]
        defaults = dict(
            zip(names[::-1], map(self.value, function.args.defaults[::-1]), strict=False)
        )
        inside = Calculator(self.names, self.helpers, self.depth + 1)
        inside.names |= {**defaults, **dict(zip(names, args, strict=False)), **kwargs}
        for statement in function.body:
            match statement:
                case ast.Assign(targets=[target]):
                    inside.bind(target, inside.value(statement.value))
                case ast.Return(value=ast.expr() as value):
                    return inside.value(value)
                case ast.Expr(value=ast.Constant()):
                    pass  # its docstring
                case _:
                    raise Unclear(f"{function.name} is more than a few assignments")
        raise Unclear(f"{function.name} returns nothing")


def combined(op: ast.operator, left: Any, right: Any) -> Any:
    """Two values joined by an operator, unless they would make something huge."""
    whole = isinstance(left, int) and isinstance(right, int)
    if isinstance(op, ast.Pow) and whole and abs(right) > MOST_EXPONENT:
        raise Unclear("a power of whole numbers that is too large")
    if isinstance(op, ast.Mult) and any(isinstance(v, list | tuple | str) for v in (left, right)):
        raise Unclear("a list is repeated")
    return OPERATORS[type(op)](left, right)


MAKERS = frozenset(
    ("zeros", "ones", "full", "empty", "eye", "identity", "arange", "tile", "repeat", "pad")
)
OF_WHOLE_NUMBERS = frozenset(("factorial", "comb", "perm", "round"))


def refuse_huge(function: str, args: list[Any]) -> None:
    """Refuse to make an array, or a whole number, whose size is written in the line, and huge."""
    if function in OF_WHOLE_NUMBERS:
        says_how_large = args[1:] if function == "round" else args
        if any(isinstance(n, int) and abs(n) > MOST_DIGITS for n in says_how_large):
            raise Unclear("a whole number too large")
    if function in MAKERS:
        says_how_large = args[:1] if function == "full" else args
        sizes = [n for a in says_how_large for n in (a if isinstance(a, tuple | list) else [a])]
        asked = math.prod(abs(float(n)) for n in sizes if isinstance(n, Real) and n)
        if asked > MOST_ELEMENTS or (function in ("eye", "identity") and asked**2 > MOST_ELEMENTS):
            raise Unclear("an array too large")


def checked_range(*args: Any) -> range:
    found = range(*args)
    if len(found) > MOST_ROUNDS:
        raise Unclear("too many rounds")
    return found


def library(node: ast.Attribute) -> Any:
    """What `np.exp`, `np.linalg.norm` or `math.pi` stands for; None for any other attribute."""
    dotted = ast.unparse(node)
    module, _, rest = dotted.partition(".")
    if module in ("np", "numpy") and rest in NUMPY:
        found: Any = np
        for part in rest.split("."):
            found = getattr(found, part)
        return found
    return getattr(math, rest, None) if module == "math" else None
