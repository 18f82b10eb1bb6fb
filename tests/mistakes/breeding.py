"""Slips made by operators over the right programs of the bank: those whose numbers differ."""

import ast
import math
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np

from tests.mistakes import Program, Slip, programs
from tests.mistakes.operators import OPERATORS, Change, Site, is_real, names_in

# The shape is what these get wrong; what another operator makes has the shape it should have.
OF_SHAPE = {
    *("missing_unbroadcast_sum", "wrong_sum_axis", "dropped_keepdims", "extra_keepdims_shape"),
    *("missing_transpose", "elementwise_instead_of_matmul"),
}
OF_REQUIRED = {"dropped_keepdims", "extra_keepdims_shape", "missing"}
POINTS = 3


@cache
def bred() -> tuple[Slip, ...]:
    """One slip a label of every program of the bank, chosen by chance among its lines."""
    rng = np.random.default_rng(2)
    chosen: list[Slip] = []
    for program in programs().values():
        every = list(slips_of(program))
        for label in sorted({s.label for s in every}):
            those = [s for s in every if s.label == label]
            chosen.append(those[int(rng.integers(len(those)))])
    return tuple(chosen)


def slips_of(program: Program) -> Iterator[Slip]:
    """What the operators make of the program's lines, where some number of it differs."""
    body = ast.parse(program.backward).body
    points = places(program)
    right = [numbers(program, program.backward, at) for at in points]
    if any(values is None for values in right):
        return
    for at, site in sites(program, body, right[0] or {}):
        for operator in OPERATORS.values():
            for change in operator(site):
                made = [
                    *body[:at],
                    *([change[1]] if change[1] is not None else []),
                    *body[at + 1 :],
                ]
                text = "\n".join(ast.unparse(ast.fix_missing_locations(s)) for s in made)
                row = written(body[at]) or ""
                if differs(program, row, change, text, right, points):
                    yield Slip(program.name, change[0], row, text, "operator", also=change[2])


def sites(
    program: Program, body: list[ast.stmt], values: Mapping[str, Any]
) -> Iterator[tuple[int, Site]]:
    """The statements that write the gradient of a name with one forward value, and no other place."""
    forward = ast.parse(program.forward).body
    names = [written(s) for s in ast.walk(ast.Module(forward, [])) if isinstance(s, ast.stmt)]
    stages = {
        str(written(s)): s.value
        for s in forward
        if isinstance(s, ast.Assign) and names.count(written(s)) == 1
    }
    known = {n: v for n, v in values.items() if n in stages or n in program.inputs}
    gradients = {"d" + q: q for q in (*stages, *program.inputs) if "d" + q not in program.inputs}
    gradients["d" + program.output] = program.output
    gradients |= {f"d{program.output}d{q}": q for q in stages.keys() | program.inputs.keys()}
    flat = [written(s) for s in body]
    anywhere = [written(s) for s in ast.walk(ast.Module(body, [])) if isinstance(s, ast.stmt)]
    for at, statement in enumerate(body):
        row = flat[at]
        if row in gradients and flat.count(row) == anywhere.count(row) and not stored(row, body):
            assert isinstance(statement, ast.Assign | ast.AugAssign)
            q, earlier, later = gradients[row], row in flat[:at], row in flat[at + 1 :]
            yield at, Site(statement, q, stages, known, gradients, not earlier, later)


def written(statement: ast.stmt) -> str | None:
    """The one name that the statement writes; None if it writes none, several, or a part."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target: ast.expr = statement.targets[0]
    elif isinstance(statement, ast.AugAssign):
        target = statement.target
    else:
        return None
    return target.id if isinstance(target, ast.Name) else None


def stored(row: str, body: list[ast.stmt]) -> bool:
    """Whether parts of the name are stored into, by index or by a function of NumPy."""
    every = list(ast.walk(ast.Module(body, [])))
    parts = [n.value for n in every if isinstance(n, ast.Subscript | ast.Attribute) and is_store(n)]
    alone = [n.value for n in every if isinstance(n, ast.Expr)]
    return any(row in names_in(node) for node in (*parts, *alone))


def is_store(node: ast.Subscript | ast.Attribute) -> bool:
    return isinstance(node.ctx, ast.Store)


def places(program: Program) -> list[dict[str, Any]]:
    """The given inputs, and others near them; the data and the labels stay."""
    rng = np.random.default_rng(1)
    inputs = dict(program.inputs)
    if program.upstream is not None:
        inputs["d" + program.output] = program.upstream
    found = [inputs]
    for _ in range(POINTS - 1):
        moved = {
            n: inputs[n] * (1 + 0.1 * rng.normal(size=np.shape(inputs[n])))
            for n in program.wrt
            if is_real(inputs[n])
        }
        found.append(inputs | {n: v if np.shape(v) else float(v) for n, v in moved.items()})
    return found


def numbers(program: Program, backward: str, at: Mapping[str, Any]) -> dict[str, Any] | None:
    """Every value that the program ends with; None where it stops."""
    names: dict[str, Any] = {"np": np, "math": math}
    names |= {n: v.copy() if isinstance(v, np.ndarray | list) else v for n, v in at.items()}
    try:
        with np.errstate(all="ignore"):
            exec(program.text(backward), names)
    except Exception:
        return None
    return names


def differs(
    program: Program,
    row: str,
    change: Change,
    text: str,
    right: list[dict[str, Any] | None],
    points: list[dict[str, Any]],
) -> bool:
    """Whether the slip shows in its row and in what is required, and stops nowhere."""
    label = change[0]
    required = {name for q in program.wrt for name in ("d" + q, f"d{program.output}d{q}")}
    if label in OF_REQUIRED and row not in required:
        return False
    wrong = [numbers(program, text, at) for at in points]
    pairs = [(a, b) for a, b in zip(right, wrong, strict=True) if a and b]
    if len(pairs) < POINTS:
        return False
    if label == "missing":
        return all(row not in b for _, b in pairs)
    if not all(finite(b.get(row)) for _, b in pairs):
        return False
    if any(np.shape(a[row]) != np.shape(b[row]) for a, b in pairs):
        return label in OF_SHAPE and row in required
    # A difference that cancels on the way to every required gradient is no mistake.
    asked = [name for name in required if name in pairs[0][0]]
    return label not in OF_REQUIRED and all(
        any(not same(a[name], b.get(name)) for a, b in pairs for name in names)
        for names in ([row], asked)
    )


def finite(value: Any) -> bool:
    return value is not None and bool(np.all(np.isfinite(value)))


def same(right: Any, wrong: Any) -> bool:
    """Whether a gradient still has its shape and its numbers."""
    return np.shape(right) == np.shape(wrong) and np.allclose(right, wrong, rtol=1e-4)
