"""What each gate hands back, as a person would write it: `dW = X.T.dot(dscores)`, `dx[y] -= 1`.

Most gates hand back what the lines of their own declaration say. Here are those for which a person
would write less, or something else: because the exponent is known, because nothing was repeated, or
because it is done by storing into a part.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from backprop_kit.gate_text import formula
from backprop_kit.nodes import Node
from backprop_kit.parts import TraceError
from backprop_kit.shares import Share, by_its_declaration, live, operand
from backprop_kit.spelled import index_text, keywords, literal
from backprop_kit.tidy import constant, number, tidied

if TYPE_CHECKING:
    from backprop_kit.backward_pass import BackwardPass


def shares_of(node: Node, df: ast.expr, writing: BackwardPass) -> list[Share]:
    """What a node hands back to those of its operands that a gradient concerns."""
    assert node.gate is not None
    special = SPECIAL.get(node.gate.name)
    if special is not None:
        found = special(node, df, writing)
        if found is not None:
            return found
    return by_its_declaration(node, df, writing)


# ----- as a person would write it --------------------------------------------------------------------


def passed_on(node: Node, df: ast.expr, writing: BackwardPass) -> list[Share]:
    return [Share(to, df) for _, to in live(node)]


def nothing(node: Node, df: ast.expr, writing: BackwardPass) -> list[Share]:
    return []


def powered(node: Node, df: ast.expr, writing: BackwardPass) -> list[Share] | None:
    """The power rule, for an exponent that is a plain number."""
    base, n = node.operands
    if isinstance(n, (Node, np.ndarray)):
        return both_powers(node, df, writing)
    x = operand(node, 0, writing)
    if n == 0:
        return [Share(base, formula("0 * df", df=df))]
    if n == -1:
        return [Share(base, tidied(formula("-df / x ** 2", x=x, df=df)))]
    if n == 0.5:
        return [Share(base, tidied(formula("df / (2 * f)", f=writing.value(node), df=df)))]
    slope = formula("n * x ** m", n=constant(n), x=x, m=constant(n - 1))
    return [Share(base, tidied(formula("slope * df", slope=slope, df=df)))]


def both_powers(node: Node, df: ast.expr, writing: BackwardPass) -> list[Share]:
    """The power rule for the base, the logarithm for the exponent."""
    x, n = operand(node, 0, writing), operand(node, 1, writing)
    log = f"{writing.module}.log"
    texts = "n * x ** (n - 1) * df", f"f * {log}(x) * df"
    f = {"f": writing.value(node)} if any(i == 1 for i, _ in live(node)) else {}
    return [Share(to, tidied(formula(texts[i], x=x, n=n, df=df, **f))) for i, to in live(node)]


def larger(node: Node, df: ast.expr, writing: BackwardPass) -> list[Share]:
    """One mask for each side of a max or a min; at a tie the first has it."""
    assert node.gate is not None
    ahead = node.gate.name == "maximum"
    signs = (">=", "<") if ahead else ("<=", ">")
    turned = ("<=", ">") if ahead else (">=", "<")
    x, y = operand(node, 0, writing), operand(node, 1, writing)
    shares = []
    for i, to in live(node):
        mask = formula(f"x {signs[i]} y", x=x, y=y)
        if number(x) is not None:  # `h > 0`, and not `0 < h`
            mask = formula(f"y {turned[i]} x", x=x, y=y)
        if len(live(node)) == 1 and not np.any(np.equal(*map(value_of, node.operands))):
            strict(mask)
        shares.append(Share(to, switched(node, mask, df)))
    return shares


def strict(mask: ast.expr) -> None:
    """`h > 0` for `h >= 0`: where nothing ties, people leave the tie unsaid."""
    assert isinstance(mask, ast.Compare)
    mask.ops = [{ast.GtE: ast.Gt(), ast.LtE: ast.Lt()}.get(type(op), op) for op in mask.ops]


def value_of(operand: Any) -> Any:
    """The number or array of an operand."""
    return operand.value if isinstance(operand, Node) else operand


def masked(mask: ast.expr, df: ast.expr) -> ast.expr:
    """A mask times a gradient; a mask alone would be no number."""
    if number(df) is not None:
        return ast.BinOp(ast.Constant(float(number(df))), ast.Mult(), mask)
    return ast.BinOp(mask, ast.Mult(), df)


def switched(node: Node, mask: ast.expr, df: ast.expr) -> ast.expr:
    """A switch for one number, as the notes write it: `df if z > 0 else 0.0`; a mask for an array."""
    if node.shape:
        return masked(mask, df)
    found = number(df)
    given = df if found is None else constant(float(found), whole=False)
    return ast.IfExp(mask, given, ast.Constant(0.0))


def rectified(node: Node, df: ast.expr, writing: BackwardPass) -> list[Share]:
    mask = formula("x > 0", x=operand(node, 0, writing))
    return [Share(to, switched(node, mask, df)) for _, to in live(node)]


def sign_of(node: Node, df: ast.expr, writing: BackwardPass) -> list[Share]:
    x = operand(node, 0, writing)
    zero = writing.module == "math" and node.operands[0].value == 0
    text = "((x > 0) - (x < 0)) * df" if zero else SIGNS[writing.module]
    return [Share(to, formula(text, x=x, df=df)) for _, to in live(node)]


SIGNS = {"np": "np.sign(x) * df", "math": "math.copysign(1.0, x) * df"}


def squashed(node: Node, df: ast.expr, writing: BackwardPass) -> list[Share]:
    f = writing.value(node)
    return [Share(to, formula("(1 - f) * f * df", f=f, df=df)) for _, to in live(node)]


def averaged(node: Node, df: ast.expr, writing: BackwardPass) -> list[Share]:
    count = writing.count(node)
    return [
        Share(to, formula("df / n", df=writing.kept(node, df), n=count)) for _, to in live(node)
    ]


def spread(node: Node, df: ast.expr, writing: BackwardPass) -> list[Share]:
    """Variance and standard deviation: the distance from the mean."""
    assert node.gate is not None
    x = operand(node, 0, writing)
    axis = node.settings.get("axis")
    mean = writing.mean_of(node) or ast.Call(
        ast.Attribute(x, "mean", ast.Load()), [], keywords(axis=axis, keepdims=axis is not None)
    )
    n, ddof = writing.count(node), node.settings.get("ddof", 0)
    n = tidied(formula("n - d", n=n, d=constant(ddof))) if ddof else n
    text = "2 * (x - m) / n * df"
    parts = {"x": x, "m": mean, "n": n, "df": writing.kept(node, df)}
    if node.gate.name == "std":
        text, parts["f"] = "(x - m) / (n * f) * df", writing.kept(node, writing.value(node))
    return [Share(to, formula(text, **parts)) for _, to in live(node)]


def won(node: Node, df: ast.expr, writing: BackwardPass) -> list[Share] | None:
    """Where one element alone is the largest, comparing with it says which."""
    x, f = node.operands[0], writing.kept(node, writing.value(node))
    ties = np.sum(
        x.value == np.reshape(node.value, writing.kept_shape(node)), axis=node.settings.get("axis")
    )
    mask = formula("x == f", x=operand(node, 0, writing), f=f)
    if np.any(ties > 1):  # those that tie share: the mask is used twice, so it has a name
        mask = writing.kept_mask(node, mask)
        axis = node.settings.get("axis")
        over = ast.Call(
            ast.Attribute(mask, "sum", ast.Load()),
            [],
            keywords(axis=axis, keepdims=axis is not None),
        )
        share = formula("won / n * df", won=mask, n=over, df=writing.kept(node, df))
        return [Share(x, share)]
    return [Share(x, masked(mask, writing.kept(node, df)))]


def times_others(node: Node, df: ast.expr, writing: BackwardPass) -> list[Share] | None:
    if np.any(np.asarray(node.operands[0].value) == 0):
        return others_counted(node, df, writing)
    f = writing.kept(node, writing.value(node))
    x = operand(node, 0, writing)
    return [Share(node.operands[0], formula("f / x * df", f=f, x=x, df=writing.kept(node, df)))]


def others_counted(node: Node, df: ast.expr, writing: BackwardPass) -> list[Share]:
    """The product of all the others, element by element, since dividing by zero tells nothing."""
    x = node.operands[0]
    if node.settings.get("axis") is not None:
        raise TraceError(
            "a product over an axis that holds a zero has no short backward pass; multiply the "
            "factors one by one"
        )
    text = "df * np.array([np.prod(np.delete(x, i)) for i in range(x.size)])"
    value = formula(text, df=df, x=operand(node, 0, writing))
    if len(x.shape) == 1:
        return [Share(x, value)]
    return [
        Share(x, ast.Call(ast.Attribute(value, "reshape", ast.Load()), [writing.shape_text(x)], []))
    ]


def summed_back(node: Node, df: ast.expr, writing: BackwardPass) -> list[Share]:
    """An einsum for each operand: the letters of what arrives, of the other one, and its own."""
    first, second, out = node.settings["spec"].replace("->", ",").split(",")
    shares = []
    for i, to in live(node):
        own, other = (first, second) if i == 0 else (second, first)
        operands = [df] if out else []
        letters = [out] if out else []
        if other:
            operands, letters = [*operands, operand(node, 1 - i, writing)], [*letters, other]
        for letter, size in zip(own, to.shape, strict=True):
            if letter not in "".join(letters):
                operands.append(formula(f"np.ones({size})"))
                letters.append(letter)
        spec = literal(f"{','.join(letters)}->{own}")
        share: ast.expr = ast.Call(formula("np.einsum"), [spec, *operands], [])
        shares.append(Share(to, share if out else ast.BinOp(df, ast.Mult(), share)))
    return shares


def run_back(node: Node, df: ast.expr, writing: BackwardPass) -> list[Share]:
    axis, x = node.settings.get("axis"), node.operands[0]
    if len(x.shape) == 1:
        return [Share(x, formula("np.cumsum(df[::-1])[::-1]", df=df))]
    if axis is None:
        back = formula("np.cumsum(df[::-1])[::-1]", df=df)
        return [
            Share(
                x, ast.Call(ast.Attribute(back, "reshape", ast.Load()), [writing.shape_text(x)], [])
            )
        ]
    text = "np.flip(np.cumsum(np.flip(df, a), a), a)"
    return [Share(x, formula(text, df=df, a=literal(axis)))]


def turned_back(node: Node, df: ast.expr, writing: BackwardPass) -> list[Share]:
    axes = node.settings["axes"]
    if axes is None or tuple(axes) == (1, 0):
        return [Share(node.operands[0], ast.Attribute(df, "T", ast.Load()))]
    back = literal(tuple(int(i) for i in np.argsort(axes)))
    return [Share(node.operands[0], formula("np.transpose(df, axes)", df=df, axes=back))]


def shaped_back(node: Node, df: ast.expr, writing: BackwardPass) -> list[Share]:
    x = node.operands[0]
    if x.shape == ():
        return [Share(x, formula("df.item()", df=df))]
    if node.shape == ():
        return [Share(x, df)]
    call = ast.Call(ast.Attribute(df, "reshape", ast.Load()), [writing.shape_text(x)], [])
    return [Share(x, call)]


def put_back(node: Node, df: ast.expr, writing: BackwardPass) -> list[Share]:
    """The gradient on a part is added to that part."""
    x, index = node.operands[0], node.settings["index"]
    if is_widening(index, x.shape):
        back = tuple(0 if part is None else slice(None) for part in index)
        return [Share(x, part_of(df, back))]
    return [Share(x, df, part=writing.index(node), repeats=repeats(x.shape, index))]


def is_widening(index: Any, shape: tuple[int, ...]) -> bool:
    """Whether an index takes everything, and only adds axes of length 1, as `h[:, None]` does."""
    parts = index if isinstance(index, tuple) else ()
    kept = sum(part == slice(None) for part in parts if isinstance(part, slice))
    return (
        kept == len(shape)
        and all(p is None or p == slice(None) for p in parts if not isinstance(p, np.ndarray))
        and not any(isinstance(p, np.ndarray) for p in parts)
    )


def repeats(shape: tuple[int, ...], index: Any) -> bool:
    """Whether an index names some element twice."""
    times = np.zeros(shape, dtype=int)
    np.add.at(times, index, 1)
    return bool(np.any(times > 1))


def cut_up(node: Node, df: ast.expr, writing: BackwardPass) -> list[Share]:
    axis = node.settings["axis"]
    ends = np.cumsum([0, *(np.shape(getattr(o, "value", o))[axis] for o in node.operands)])
    ahead = (slice(None),) * (axis % len(node.shape))
    shares = []
    for i, to in live(node):
        start = int(ends[i]) or None
        stop = int(ends[i + 1]) if ends[i + 1] != ends[-1] else None
        index = (*ahead, slice(start, stop))
        shares.append(Share(to, part_of(df, index)))
    return shares


def layered(node: Node, df: ast.expr, writing: BackwardPass) -> list[Share]:
    ahead = (slice(None),) * (node.settings["axis"] % len(node.shape))
    return [Share(to, part_of(df, (*ahead, i))) for i, to in live(node)]


def part_of(df: ast.expr, index: tuple[Any, ...]) -> ast.expr:
    return ast.Subscript(df, index_text(index if len(index) > 1 else index[0]), ast.Load())


def chosen(node: Node, df: ast.expr, writing: BackwardPass) -> list[Share]:
    c = operand(node, 0, writing)
    texts = "", "np.where(c, df, 0)", "np.where(c, 0, df)"
    return [Share(to, formula(texts[i], c=c, df=df)) for i, to in live(node) if i]


def vector_times_matrix(node: Node, df: ast.expr, writing: BackwardPass) -> list[Share]:
    """For a vector `df @ W.T` says the same as `W @ df`, and reads like the rule for matrices."""
    texts = "df @ y.T", "np.outer(x, df)"
    return [
        Share(to, formula(texts[i], df=df, **{"xy"[1 - i]: operand(node, 1 - i, writing)}))
        for i, to in live(node)
    ]


SPECIAL: dict[str, Callable[..., list[Share] | None]] = {
    "copy": passed_on, "astype": passed_on, "broadcast_to": passed_on, "add": passed_on,
    **dict.fromkeys(("greater", "greater_equal", "less", "less_equal", "equal", "not_equal"), nothing),
    "power": powered, "maximum": larger, "minimum": larger, "relu": rectified, "absolute": sign_of,
    "sigmoid": squashed, "mean": averaged, "var": spread, "std": spread, "amax": won, "amin": won,
    "prod": times_others, "einsum": summed_back, "cumsum": run_back, "transpose": turned_back,
    "reshape": shaped_back, "getitem": put_back, "concatenate": cut_up, "stack": layered,
    "where": chosen, "vecmat": vector_times_matrix,
}  # fmt: skip
