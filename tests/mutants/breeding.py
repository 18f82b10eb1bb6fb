"""Mutants of a program of the corpus, and whether they are really wrong, found out plainly."""

import ast
import copy
import inspect
import itertools
import linecache
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import FunctionType
from typing import Any

import numpy as np

from tests import plainly
from tests.mutants.operators import OPERATORS
from tests.right import Case

NEAR, FAR = 2, 12  # random points at which a mutant is compared with the program it comes from
SAME, DIFFERS = 1e-8, 1e-4  # relative to the largest element of the gradient
FILE = itertools.count()


@dataclass(frozen=True)
class Mutant:
    """A right program with one slip, in a line that writes `targets`."""

    case: Case  # the mutant itself
    origin: Case
    operator: str
    was: str
    now: str
    targets: frozenset[str]
    in_place: bool

    def __str__(self) -> str:
        return f"{self.origin.name}: {self.operator}: `{self.was}` -> `{self.now}`"

    @cached_property
    def verdict(self) -> str:
        """`wrong`, `right` or `unclear`, from its numbers at the given point and at random ones."""
        found = [self.compared(inputs) for inputs in points(self.origin)]
        given = "unclear" if self.origin.kink and found[0] == "wrong" else found[0]
        everywhere = [given, *found[1:]]
        return next((v for v in ("wrong", "unclear") if v in everywhere), "right")

    def compared(self, inputs: Mapping[str, Any]) -> str:
        right = plainly.gradients(self.origin, inputs)
        try:
            mine = plainly.gradients(self.case, inputs)
        except Exception:  # whatever the slip leads to
            return "wrong"
        return compared(right, mine, floor(self.origin, inputs))


def single(case: Case) -> bool:
    return any(getattr(v, "dtype", None) == np.float32 for v in case.inputs.values())


def compared(right: Mapping[str, Any], mine: Mapping[str, Any], floor: float) -> str:
    """Whether two sets of gradients differ; `floor` is what rounding may make of a zero gradient."""
    verdicts = set()
    for name, expected in right.items():
        expected = np.array(expected, dtype=float)
        try:
            array = np.array(mine[name], dtype=float)
        except (KeyError, ValueError, TypeError):
            return "wrong"
        if array.shape != expected.shape or not np.all(np.isfinite(array)):
            return "wrong"
        size = np.max(np.abs(expected), initial=0.0)
        off = float(np.max(np.abs(array - expected), initial=0.0))
        verdicts.add(
            "unclear"
            if SAME * size < off <= max(DIFFERS * size, floor)
            else "right"
            if off <= SAME * size
            else "wrong"
        )
    return next(v for v in ("wrong", "unclear", "right") if v in verdicts)


def floor(case: Case, inputs: Mapping[str, Any]) -> float:
    """What rounding in the output looks like in a gradient; a thousandth where it is of single precision."""
    epsilon = 1e-3 if single(case) else 1e-13
    sizes = [np.max(np.abs(np.array(inputs[n], float))) for n in case.wrt or case.inputs]
    return epsilon * abs(float(plainly.forward(case, inputs))) / max(max(sizes), 1e-300)


def points(case: Case) -> list[Mapping[str, Any]]:
    """The given point, near ones and far ones; those where the program has no finite value are left out."""
    rng = np.random.default_rng(8)
    names = list(plainly.gradients(case, plainly.as_doubles(case.inputs)))
    found: list[Mapping[str, Any]] = [plainly.as_doubles(case.inputs)]
    tries = [plainly.elsewhere(case.inputs, names, rng) for _ in range(NEAR)]
    tries += [plainly.elsewhere(case.inputs, names, rng, far=True) for _ in range(FAR)]
    for inputs in tries:
        try:
            values = [np.array(v, float) for v in plainly.gradients(case, inputs).values()]
        except (ArithmeticError, ValueError):
            continue
        found += [inputs] if all(np.all(np.isfinite(v)) for v in values) else []
    return found


# ----- breeding --------------------------------------------------------------------------------


def mutants(case: Case) -> Iterator[Mutant]:
    """Every slip of every kind, in every line of the backward pass."""
    function = case.backward or case.function
    tree = definition(function)
    names = final_names(case)
    start = 0 if case.backward else backward_start(tree, case.output)
    for block, at in statements(tree, start):
        for operator, slips in OPERATORS.items():
            for changed in slips(block[at], names):
                yield mutant(case, tree, operator, (block, at, [changed]))
        if at + 1 < len(block) and not isinstance(block[at + 1], ast.Return):
            yield mutant(case, tree, "lines_moved", (block, at, [block[at + 1], block[at]]))


def definition(function: Callable) -> ast.FunctionDef:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(tree, ast.FunctionDef)
    tree.decorator_list = []
    return tree


def final_names(case: Case) -> dict[str, Any]:
    inputs = plainly.prepared(case, case.inputs)
    result, names = plainly.ran(case.function, (), inputs)
    if case.backward is None:
        return names
    cache = result[1] if isinstance(result, tuple) and len(result) == 2 else result
    return plainly.ran(case.backward, (plainly.upstream(case), cache), {})[1]


def backward_start(tree: ast.FunctionDef, output: str) -> int:
    """The statement after the last one that writes the output."""
    writes = [
        at
        for at, statement in enumerate(tree.body)
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and node.id == output and isinstance(node.ctx, ast.Store)
    ]
    return max(writes) + 1


def statements(tree: ast.FunctionDef, start: int) -> Iterator[tuple[list[ast.stmt], int]]:
    """Simple statements of the backward pass, each as its block and its place in it."""
    for at in range(start, len(tree.body)):
        yield from inside(tree.body, at)


def inside(block: list[ast.stmt], at: int) -> Iterator[tuple[list[ast.stmt], int]]:
    statement = block[at]
    if isinstance(statement, ast.FunctionDef | ast.Return):
        return
    inner = [getattr(statement, part, []) for part in ("body", "orelse", "finalbody")]
    if any(inner):
        for body in inner:
            for k in range(len(body)):
                yield from inside(body, k)
    else:
        yield block, at


def mutant(
    case: Case, tree: ast.FunctionDef, operator: str, change: tuple[list[ast.stmt], int, list]
) -> Mutant:
    block, at, new = change
    old = block[at : at + len(new)]
    block[at : at + len(new)] = new
    try:
        function = built(tree, case.backward or case.function)
    finally:
        block[at : at + len(new)] = old
    mine = replace(case, backward=function) if case.backward else replace(case, function=function)
    was, now = (
        "; ".join(ast.unparse(ast.fix_missing_locations(s)) for s in lines) for lines in (old, new)
    )
    targets = frozenset(itertools.chain(*map(written, old)))
    return Mutant(mine, case, operator, was, now, targets, any(map(is_in_place, old)))


def built(tree: ast.FunctionDef, like: Callable) -> Callable:
    """The function that a changed definition makes, in the scope of the one it comes from."""
    assert isinstance(like, FunctionType)
    text = ast.unparse(ast.fix_missing_locations(copy.deepcopy(tree)))
    file = f"<mutant {next(FILE)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    cells = [cell.cell_contents for cell in like.__closure__ or ()]
    scope = {**like.__globals__, **dict(zip(like.__code__.co_freevars, cells, strict=True))}
    exec(compile(text, file, "exec"), scope)
    return scope[tree.name]


def is_in_place(statement: ast.stmt) -> bool:
    """Whether a statement changes a value that is there already, other than by adding to it."""
    match statement:
        case ast.Assign(targets=targets):
            return any(isinstance(target, ast.Subscript) for target in targets)
        case ast.AugAssign(op=ast.Add() | ast.Sub(), target=ast.Name()):
            return False
    return isinstance(statement, ast.AugAssign | ast.Expr)


def written(statement: ast.stmt) -> list[str]:
    """The names that a statement changes; for a bare call, the array it is handed first."""
    match statement:
        case ast.Assign(targets=targets):
            found: list[ast.AST] = list(targets)
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            found = [target]
        case ast.Expr(value=ast.Call() as call):
            found = [*call.args[:1], call.func, *(k.value for k in call.keywords if k.arg == "out")]
        case _:
            found = []
    return [name for node in found for name in names_of(node)]


def names_of(target: ast.AST) -> list[str]:
    match target:
        case ast.Name(id=name):
            return [name]
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return [name for part in parts for name in names_of(part)]
        case ast.Subscript(value=value) | ast.Attribute(value=value) | ast.Starred(value=value):
            return names_of(value)
    return []
