"""The forward pass of one gate, spelled as Python: `x + y`, `np.sum(x, axis=0)`, `x[1:]`."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from backprop_kit.declaring import SPELLED, Gate
from backprop_kit.gate_text import OUTPUT, filled, formula, in_the_open
from backprop_kit.nodes import Node
from backprop_kit.tidy import constant, tidied

SYMBOLS = {
    "add": "x + y", "sub": "x - y", "mul": "x * y", "div": "x / y", "power": "x ** y", "neg": "-x",
    "greater": "x > y", "greater_equal": "x >= y", "less": "x < y", "less_equal": "x <= y",
    "equal": "x == y", "not_equal": "x != y",
    "dot": "x.dot(y)", "outer": "np.outer(x, y)", "where": "np.where(x, y, z)",
    **dict.fromkeys(("matmul", "matvec", "vecmat", "matmuls", "matsvec", "vecmats"), "x @ y"),
}  # fmt: skip
REDUCTIONS = {"sum": "sum", "mean": "mean", "amax": "max", "amin": "min", "prod": "prod",
              "var": "var", "std": "std", "norm": "linalg.norm"}  # fmt: skip


def spelled(node: Node, parts: list[ast.expr], index: ast.expr | None, numbers: str) -> ast.expr:
    """The formula of a node, with `parts` for its operands.

    `index` is what stands between the brackets, where the code says it; `numbers` is the module that
    the code takes its functions of single numbers from, `math` or `np`.
    """
    assert node.gate is not None
    name, settings = node.gate.name, node.settings
    named = dict(zip("xyz", parts, strict=False))
    if name in SYMBOLS:
        return formula(SYMBOLS[name], **named)
    if name in REDUCTIONS:
        return reduced(REDUCTIONS[name], parts[0], settings)
    if name in BY_SETTINGS:
        return BY_SETTINGS[name](parts, settings, index, node)
    return called(node, parts, numbers)


def called(node: Node, parts: list[ast.expr], numbers: str) -> ast.expr:
    """A function of `math` or NumPy, or what a gate without such a name computes."""
    assert node.gate is not None
    name, named = node.gate.name, dict(zip("xyz", parts, strict=False))
    arrays = any(isinstance(getattr(o, "value", o), np.ndarray) for o in node.operands)
    module = "np" if arrays else numbers
    if name == "sigmoid":
        return formula(f"1 / (1 + {module}.exp(-x))", **named)
    if name == "relu":
        return formula("np.maximum(x, 0)" if arrays else "max(x, 0.0)", **named)
    if name == "copy":
        return formula("x.copy()", **named) if arrays else parts[0]
    if name in ("maximum", "minimum") and not arrays:
        floats = {
            n: ast.Constant(o)
            for n, o in zip("xyz", node.operands, strict=False)
            if type(o) is float
        }
        named |= floats  # `max(0.0, z)` is never the int 0
        return formula(f"{name[:3]}(x, y)", **named)
    function = function_of(node.gate, module)
    if function is None:
        return ast.Call(ast.Name(name, ast.Load()), parts, [])
    return ast.Call(ast.parse(function, mode="eval").body, parts, [])


def function_of(gate: Gate, module: str) -> str | None:
    """`math.exp` or `np.exp`: a function that means this gate."""
    for function, made in SPELLED.items():
        if made is not gate:
            continue
        if module == "np" and isinstance(function, np.ufunc):
            return f"np.{function.__name__}"
        if module == "math" and getattr(function, "__module__", None) == "math":
            return f"math.{function.__name__}"
    return f"np.{gate.name}" if hasattr(np, gate.name) else None


def keywords(**given: Any) -> list[ast.keyword]:
    """Arguments by keyword, without those that say nothing."""
    return [
        ast.keyword(name, literal(value)) for name, value in given.items() if value not in (None, False, 0)
        or (name == "axis" and value is not None)
    ]  # fmt: skip


def literal(value: Any) -> ast.expr:
    """A plain value as it is typed."""
    return ast.parse(repr(value), mode="eval").body


def reduced(function: str, part: ast.expr, settings: Any) -> ast.expr:
    """`np.sum(x, axis=0, keepdims=True)`."""
    callee = ast.parse(f"np.{function}", mode="eval").body
    return ast.Call(callee, [part], keywords(**settings))


def index_text(index: Any) -> ast.expr:
    """An index as it is typed."""
    if isinstance(index, tuple):
        return ast.Tuple([index_text(part) for part in index], ast.Load())
    if isinstance(index, slice):
        ends = [None if e is None else literal(e) for e in (index.start, index.stop, index.step)]
        return ast.Slice(*ends)
    if isinstance(index, np.ndarray):
        return array_text(index)
    return literal(index.item() if isinstance(index, np.generic) else index)


def array_text(array: np.ndarray) -> ast.expr:
    """A constant array, written out."""
    if array.size and (array == array.flat[0]).all() and array.dtype.kind == "f":
        first = float(array.flat[0])
        named = {0.0: "zeros", 1.0: "ones"}.get(first)
        shape = repr(array.shape if array.ndim > 1 else array.shape[0])
        if named and math.copysign(1, first) > 0:
            return ast.parse(f"np.{named}({shape})", mode="eval").body
        return ast.parse(
            f"np.full({shape}, {first!r})".replace("inf", "np.inf").replace("nan", "np.nan"),
            mode="eval",
        ).body
    text = repr(array.tolist()).replace("inf", "np.inf").replace("nan", "np.nan")
    return ast.parse(f"np.array({text})", mode="eval").body


def constant_text(value: Any) -> ast.expr:
    """A constant operand, written out."""
    if isinstance(value, np.ndarray):
        return array_text(value)
    if isinstance(value, bool):
        return ast.Constant(value)
    if isinstance(value, float) and not math.isfinite(value):
        return ast.parse(f"float('{value}')", mode="eval").body
    return constant(value)


# ----- gates that are told more than their inputs ----------------------------------------------------


def taken(parts: list[ast.expr], settings: Any, index: ast.expr | None, node: Node) -> ast.expr:
    return ast.Subscript(parts[0], index or index_text(settings["index"]), ast.Load())


def turned(parts: list[ast.expr], settings: Any, index: ast.expr | None, node: Node) -> ast.expr:
    if settings["axes"] is None or settings["axes"] == (1, 0):
        return ast.Attribute(parts[0], "T", ast.Load())
    return formula("np.transpose(x, y)", x=parts[0], y=literal(tuple(settings["axes"])))


def reshaped(parts: list[ast.expr], settings: Any, index: ast.expr | None, node: Node) -> ast.expr:
    sizes = index.elts if isinstance(index, ast.List) else [literal(n) for n in settings["shape"]]
    if np.ndim(getattr(node.operands[0], "value", 0)) == 0:  # a number has no methods
        return formula("np.reshape(x, y)", x=parts[0], y=literal(settings["shape"]))
    return ast.Call(ast.Attribute(parts[0], "reshape", ast.Load()), sizes or [literal(())], [])


def widened(parts: list[ast.expr], settings: Any, index: ast.expr | None, node: Node) -> ast.expr:
    return formula("np.broadcast_to(x, y)", x=parts[0], y=literal(settings["shape"]))


def converted(parts: list[ast.expr], settings: Any, index: ast.expr | None, node: Node) -> ast.expr:
    kind = str(settings["dtype"])
    return formula("x.astype(float)" if kind == "float64" else f"x.astype(np.{kind})", x=parts[0])


def joined(parts: list[ast.expr], settings: Any, index: ast.expr | None, node: Node) -> ast.expr:
    assert node.gate is not None
    items, axis = ast.List(parts, ast.Load()), settings["axis"]
    if node.gate.name == "stack" and axis == 0:
        return ast.Call(ast.parse("np.array", mode="eval").body, [items], [])
    callee = ast.parse(f"np.{node.gate.name}", mode="eval").body
    return ast.Call(callee, [items], [ast.keyword("axis", literal(axis))] if axis else [])


def summed(parts: list[ast.expr], settings: Any, index: ast.expr | None, node: Node) -> ast.expr:
    spec = settings["spec"]
    callee = ast.parse("np.einsum", mode="eval").body
    if ",->" in spec:
        return ast.Call(callee, [literal(spec.replace(",->", "->")), parts[0]], [])
    return ast.Call(callee, [literal(spec), *parts], [])


def running(parts: list[ast.expr], settings: Any, index: ast.expr | None, node: Node) -> ast.expr:
    return ast.Call(
        ast.parse("np.cumsum", mode="eval").body, [parts[0]], keywords(axis=settings["axis"])
    )


def of_our_own(
    parts: list[ast.expr], settings: Any, index: ast.expr | None, node: Node
) -> ast.expr:
    """`softmax` and `logsumexp`, which NumPy lacks, by the formula of their gates."""
    assert node.gate is not None
    if node.gate.name == "softmax":
        top = formula(
            "np.max(x, axis=y, keepdims=True)", x=parts[0], y=literal(settings.get("axis", -1))
        )
        exp = formula("np.exp(x - top)", x=parts[0], top=top)
        over = formula(
            "np.sum(x, axis=y, keepdims=True)", x=exp, y=literal(settings.get("axis", -1))
        )
        return ast.BinOp(exp, ast.Div(), over)
    total = ast.Call(
        ast.parse("np.sum", mode="eval").body,
        [formula("np.exp(x)", x=parts[0])],
        keywords(**settings),
    )
    return formula("np.log(x)", x=total)


BY_SETTINGS: dict[str, Callable[..., ast.expr]] = {
    "getitem": taken, "transpose": turned, "reshape": reshaped, "broadcast_to": widened,
    "astype": converted, "concatenate": joined, "stack": joined, "einsum": summed,
    "cumsum": running, "softmax": of_our_own, "logsumexp": of_our_own,
}  # fmt: skip


def by_its_rule(gate: Gate, parts: list[ast.expr]) -> ast.expr | None:
    """What a gate of a learner's own computes, by its own formula."""
    found = in_the_open(gate)
    if found is None or OUTPUT in ast.dump(found.value):
        return None
    return tidied(filled(found.value, dict(zip(found.inputs, parts, strict=False))))
