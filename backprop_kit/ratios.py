"""The one number, or the one reading of a variable, by which a row is off: found by measuring."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from backprop_kit.arithmetic import Unclear, worked_out
from backprop_kit.evidence import World
from backprop_kit.formulas import Formula
from backprop_kit.plain import as_array
from backprop_kit.retelling import Edit, Simple
from backprop_kit.suspects import MOST_READERS, Suspect
from backprop_kit.syntax import rebuilt, times

LEG = 1e-5  # slopes of a single reading are plain difference quotients


def whole_ratio(suspect: Suspect) -> float | None:
    """The one number by which the whole row must be multiplied to be right."""
    found: list[float] = []
    try:
        for world in suspect.evidence.worlds:
            value, needed = world.slopes_of(world.value), world.target().slope.middle
            found.append(projection(needed, value))
    except Unclear:
        return None
    ratio = found[0]
    if not np.isfinite(ratio) or not ratio or not np.allclose(found, ratio, rtol=1e-5):
        return None
    return ratio if suspect.explains(lambda w: ratio * as_array(w.value)) else None


def ratio_of(suspect: Suspect, terms: Mapping[Simple, ast.expr]) -> float | None:
    """The one number by which terms of some lines must be multiplied, if that makes the row right."""
    edit = scaled(terms, 2.0)
    found: list[float] = []
    try:
        for world in suspect.evidence.worlds:
            value, more = world.slopes_of(world.own.last), world.retelling.told(edit).last
            part = world.slopes_of(more) - value
            needed = world.target().slope.middle - value + part
            if np.any(part) or not world.fits(world.value):  # else another branch was taken
                found.append(projection(needed, part))
    except Unclear:
        return None
    ratio = found[0] if found else float("nan")
    if not np.isfinite(ratio) or not ratio or not np.allclose(found, ratio, rtol=1e-5):
        return None
    return ratio if suspect.evidence.mends(scaled(terms, ratio)) else None


def some_legs(suspect: Suspect, formula: Formula) -> Iterator[tuple[int, ...]]:
    """Some of the readings of the variable in a stage, but not all."""
    for count in range(1, min(formula.legs, MOST_READERS)):
        yield from itertools.combinations(range(formula.legs), count)


def lacks_legs(suspect: Suspect, formula: Formula, legs: tuple[int, ...]) -> bool:
    """Whether the row is right but for what these readings of the variable contribute."""
    try:
        for world in suspect.evidence.worlds:
            lost = through(suspect, world, formula, legs)
            found, needed = world.slopes_of(world.value), world.target()
            off = np.abs(found + lost - needed.slope.middle)
            if not np.any(np.abs(lost) > LEG * needed.scale):
                return False
            if np.any(off > LEG * (needed.scale + np.max(needed.scale))):
                return False
    except (Unclear, ValueError, ArithmeticError):
        return False
    return True


def through(suspect: Suspect, world: World, formula: Formula, legs: tuple[int, ...]) -> np.ndarray:
    """What a stage hands back through these readings of the variable, along each direction."""
    names, above = world.recording.values(), world.handed(formula.stage)
    x = as_array(names[suspect.row.of]).astype(float)
    tree: ast.AST = formula.tree
    for leg in legs:
        tree = rebuilt(tree, formula.paths[leg][-1], ast.Name("leg@", ast.Load()))
    found = []
    for direction in world.nudged.directions[suspect.row.of]:
        h = 1e-6 * (np.max(np.abs(x)) or 1.0) / (np.max(np.abs(direction)) or 1.0)
        ends = [leg_moved(suspect, tree, names, x + t * direction) for t in (h, -h)]
        found.append(np.sum(above * (ends[0] - ends[1]) / (2 * h)))
    return np.array(found)


def leg_moved(
    suspect: Suspect, tree: ast.AST, names: Mapping[str, Any], leg: np.ndarray
) -> np.ndarray:
    value = leg if leg.ndim else float(leg)
    helpers = suspect.evidence.listing.helpers
    return as_array(worked_out(tree, {**names, "leg@": value}, helpers))  # type: ignore[arg-type]


def scaled(terms: Mapping[Simple, ast.expr], ratio: float) -> Edit:
    """The lines with these terms multiplied by a number."""
    return Edit({s: rebuilt(s, t, times(ast.Constant(ratio), t)) for s, t in terms.items()})


def projection(needed: np.ndarray, part: np.ndarray) -> float:
    """How many times the part goes into what is needed."""
    size = float(np.vdot(part, part))
    return float(np.vdot(part, needed)) / size if size else float("nan")
