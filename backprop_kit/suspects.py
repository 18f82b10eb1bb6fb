"""Which line of a row is the wrong one, through which stage, and what the forward pass says of it."""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from backprop_kit.arithmetic import Unclear, worked_out
from backprop_kit.evidence import Evidence, World
from backprop_kit.formulas import MEANS, Formula, called, formula_of, makes_room
from backprop_kit.judging import Row
from backprop_kit.plain import as_array, numbers
from backprop_kit.retelling import Simple, names_in, written_by
from backprop_kit.view import spread

LEG = 1e-5  # slopes of a single reading are plain difference quotients
MOST_READERS = 6


@dataclass(frozen=True)
class Piece:
    """What one statement adds to the row, in each world."""

    statement: Simple
    added: tuple[np.ndarray, ...]
    overwritten: bool = False  # a later `=` threw it away


@dataclass(frozen=True)
class Suspect:
    """The evidence on a row, with the blame narrowed down to some lines and stages."""

    evidence: Evidence

    @property
    def row(self) -> Row:
        return self.evidence.row

    @property
    def world(self) -> World:
        return self.evidence.worlds[0]

    # -- pieces ---------------------------------------------------------------------------------

    @cached_property
    def pieces(self) -> list[Piece]:
        """What each statement adds; empty where the row is not simply a sum of contributions."""
        found = [f for world in self.evidence.worlds if (f := pieces_of(world)) is not None]
        if len(found) < len(self.evidence.worlds):
            return []
        nothing = np.zeros(()), False  # behind a switch that is shut at this point
        pieces = {
            s: [f.get(s, nothing) for f in found] for s in dict.fromkeys(itertools.chain(*found))
        }
        return [
            Piece(s, tuple(added for added, _ in each), any(lost for _, lost in each))
            for s, each in pieces.items()
        ]

    @cached_property
    def matched(self) -> dict[Simple, tuple[str, ...]]:
        """The statements that add exactly what some stages contribute, with those stages."""
        found: dict[Simple, tuple[str, ...]] = {}
        free = list(self.evidence.readers)[:MOST_READERS]
        for piece in self.pieces:
            for stages in some_of(free):
                if self.adds(piece, stages):
                    found[piece.statement] = stages
                    free = [s for s in free if s not in stages]
                    break
        return found

    def adds(self, piece: Piece, stages: tuple[str, ...]) -> bool:
        """Whether a statement adds what these stages contribute, and that is not nothing."""
        worlds = self.evidence.worlds
        targets = [world.target(stages) for world in worlds]
        if not any(np.any(t.slope.size) for t in targets):
            return False
        return all(
            fits_loosely(world, value, target)
            for world, value, target in zip(worlds, piece.added, targets, strict=True)
        )

    @cached_property
    def statements(self) -> list[Simple]:
        """The lines that may hold the slip: those that add what no stage contributes."""
        everything = self.world.retelling.statements
        own = {piece.statement for piece in self.pieces}
        unmatched = own - self.matched.keys()
        if not unmatched:
            return everything
        needed = set(unmatched)
        todo = list(unmatched)
        while todo:  # temporary names that a suspected line reads are suspected as well
            read = names_in(todo.pop())
            more = [s for s in everything if s not in own | needed and read & written_by(s)]
            needed.update(more)
            todo += more
        return [s for s in everything if s in needed]

    @property
    def only_line(self) -> dict[str, Any]:
        """The one line that may be wrong, if all the others add what some stage contributes."""
        left = [p.statement for p in self.pieces if p.statement not in self.matched]
        through = {stage for stages in self.matched.values() for stage in stages}
        alone = len(left) == 1 and through and through < set(self.evidence.readers)
        return place(self, left[0]) if alone else {}

    @cached_property
    def stages(self) -> list[str]:
        """The stages whose contribution is not what it should be."""
        matched = {stage for stages in self.matched.values() for stage in stages}
        left = [s for s in self.evidence.readers if s not in matched]
        return left or list(self.evidence.readers)

    # -- trying predictions -----------------------------------------------------------------------

    def explains(self, corrected: Callable[[World], Any]) -> bool:
        """Whether a corrected value would have been right in every world."""
        return self.evidence.explains(corrected)

    def choices(self) -> Iterator[tuple[str, ...]]:
        """Every choice of stages that read the variable, small ones first."""
        return some_of(self.evidence.readers[:MOST_READERS])

    def is_piece(self, predicted: Callable[[World], Any]) -> bool:
        """Whether the suspected part of the row is what was predicted, in every world."""
        try:
            return bool(self.evidence.worlds) and all(
                same_slopes(world, self.part(k), predicted(world))
                for k, world in enumerate(self.evidence.worlds)
            )
        except (
            Unclear,
            ValueError,
            ArithmeticError,
        ):  # shapes that do not go together, a power of 0
            return False

    def part(self, k: int) -> np.ndarray:
        """What the suspected lines add to the row in world `k`; all of it if that is not known."""
        added = [p.added[k] for p in self.pieces if p.statement not in self.matched]
        if not added:
            return as_array(self.evidence.worlds[k].value)
        try:
            return np.asarray(sum(added[1:], added[0]))
        except ValueError:
            raise Unclear("shapes that do not add up") from None

    @property
    def wrong_shape(self) -> tuple[int, ...] | None:
        """The shape of the row, if it is not that of its variable."""
        found, shape = as_array(self.world.value).shape, self.world.shape
        fits = found == shape or (not self.row.required and broadcasts(found, shape))
        return None if fits else found

    @property
    def hands_on(self) -> bool:
        """Whether the suspected lines read nothing but gradients."""
        lines = [s.value for s in self.statements if s.value is not None]
        read = {n for line in lines if not makes_room(line) for n in names_in(line)}
        values = {n: self.surroundings[n] for n in read & self.surroundings.keys()}
        return all(self.gradient_name(n) or isinstance(v, int) for n, v in values.items())

    def where(self) -> dict[str, Any]:
        """The line that is suspected most."""
        return next(filter(None, (place(self, s) for s in reversed(self.statements))), {})

    # -- what the forward pass says ---------------------------------------------------------------

    @cached_property
    def formulas(self) -> list[Formula]:
        """The forward expressions of the suspected stages."""
        recording = self.evidence.recording
        named = {*self.evidence.gradient_names, *recording.inputs, recording.output}
        found = [
            formula_of(recording, self.evidence.listing, s, self.row.of, named) for s in self.stages
        ]
        return [f for f in found if f is not None and f.legs]

    @cached_property
    def names(self) -> list[str]:
        """Names of numbers that the line could have read."""
        writes = self.world.recording.writes
        at = self.world.retelling.end
        numeric = {w.name for w in writes[:at] if is_number(w.value)}
        found = [w.name for w in writes[:at] if w.name in numeric and w.name != self.row.name]
        return list(dict.fromkeys([*found, "d" + self.world.recording.output]))

    @cached_property
    def stage_names(self) -> list[str]:
        """Names that the forward pass gave a value, and temporary ones."""
        inputs = self.evidence.recording.inputs
        return [n for n in self.names if n not in inputs and not self.gradient_name(n)]

    @cached_property
    def parts(self) -> list[ast.expr]:
        """Parts of arrays or lists that the suspected stages read."""
        nodes = (n for f in self.formulas for n in ast.walk(f.tree))
        found = {ast.unparse(n): n for n in nodes if isinstance(n, ast.Subscript)}
        return list(found.values())

    @cached_property
    def upstream_names(self) -> list[str]:
        """The d-names of the suspected stages."""
        known = {**self.evidence.gradient_names}
        output = self.evidence.recording.output
        known.setdefault(output, "d" + output)
        return [known[s] for s in self.stages if s in known]

    @cached_property
    def other_factors(self) -> list[ast.expr]:
        """What the variable is multiplied with in the suspected stages."""
        found = [f for formula in self.formulas for f in formula.factors]
        rest = {ast.unparse(f): f for f in found if self.row.of not in names_in(f)}
        return list(rest.values())

    def stage_of(self, node: ast.expr) -> str | None:
        """The suspected stage whose gradient a node is."""
        name = node.id if isinstance(node, ast.Name) else ""
        known = self.evidence.gradient_names
        return next((s for s in self.stages if known.get(s) == name), None)

    @cached_property
    def forward_nodes(self) -> list[ast.AST]:
        """All that the lines of the forward pass are made of."""
        listing, lines = self.evidence.listing, {w.line for w in self.evidence.recording.forward}
        statements = [s for n in lines for s in listing.statements.get(n, ())]
        return [n for s in statements for n in ast.walk(s)]

    @property
    def averages(self) -> bool:
        """Whether the forward pass takes a mean anywhere, or divides."""
        return any(isinstance(n, ast.Div) or called(n) in MEANS for n in self.forward_nodes)

    @cached_property
    def scalar_factors(self) -> set[float]:
        """The sizes of the numbers that the suspected stages multiply with or divide by."""
        found = {abs(c) for f in self.formulas for c in f.constants}
        values = [as_array(self.value(f)) for f in self.other_factors]
        found |= {abs(float(v)) for v in values if v.ndim == 0}
        return found | {1 / c for c in found if c}

    def is_root(self, ratio: float) -> bool:
        """Whether a number is that of a root in the suspected stages, as in `/ np.sqrt(D)`."""
        roots = [n for f in self.formulas for n in ast.walk(f.tree) if called(n) == "sqrt"]
        values = [as_array(self.value(n)) for n in roots]  # type: ignore[arg-type]
        return any(
            v.ndim == 0 and v and (np.isclose(ratio, v) or np.isclose(ratio * v, 1)) for v in values
        )

    def gradient_name(self, name: str) -> bool:
        recording = self.evidence.recording
        return name in self.evidence.gradient_names.values() or name == "d" + recording.output

    # -- what a change is called --------------------------------------------------------------------

    @property
    def long_product(self) -> bool:
        """Whether the variable is one of three or more factors."""
        found = [f for f in self.formulas if not f.divides_by]
        return any(len(f.variable_factors) > 2 or "prod" in f.calls for f in found)

    @cached_property
    def compared(self) -> set[str]:
        """Names that the code compares with something, to choose by it."""
        nodes = [n for s in self.evidence.listing.tests for n in ast.walk(s)]
        return {n for c in nodes if isinstance(c, ast.Compare) for n in names_in(c)}

    # -- what an expression is ------------------------------------------------------------------------

    def value(self, node: ast.expr) -> Any:
        """The value of an expression as the row is written; None if it cannot be told."""
        try:
            return worked_out(node, self.surroundings, self.evidence.listing.helpers)
        except Unclear:
            return None

    @cached_property
    def surroundings(self) -> dict[str, Any]:
        retelling = self.world.retelling
        pairs = zip(self.world.recording.writes, retelling.values, strict=True)
        return {w.name: v for w, v in itertools.islice(pairs, max(retelling.end, 0))}

    def is_array(self, node: ast.expr) -> bool:
        return np.ndim(as_array(self.value(node))) > 0

    def is_matrix(self, node: ast.expr) -> bool:
        return np.ndim(as_array(self.value(node))) == 2

    def is_mask(self, node: ast.expr) -> bool:
        value = self.value(node)
        array = as_array(value)
        return isinstance(value, bool) or bool(array.ndim and np.all((array == 0) | (array == 1)))

    def is_count(self, node: ast.expr) -> bool:
        """Whether an expression is a number of elements, or one over it."""
        array = as_array(self.value(node))
        if np.ndim(array) or not np.all(array):
            return False
        return any(np.isclose(array, n) or np.isclose(array, 1 / n) for n in self.counts if n > 1)

    @cached_property
    def counts(self) -> set[int]:
        """How many elements there are along the axes of the forward values, and in all."""
        arrays = [numbers(v) for v in self.world.recording.values().values()]
        shapes = {a.shape for a in arrays if a is not None}
        axes = [
            c for s in shapes for k in range(1, len(s) + 1) for c in itertools.combinations(s, k)
        ]
        return {math.prod(c) for c in axes}


def place(suspect: Suspect, statement: Simple) -> dict[str, Any]:
    """Where a statement stands."""
    for i, one in suspect.world.retelling.slice.items():
        if one is statement:
            write = suspect.world.recording.writes[i]
            return {"line": write.line, "text": write.text}
    return {}


def as_numbers(value: Any) -> np.ndarray:
    array = numbers(value)
    if array is None:
        raise Unclear("not numbers")
    return array


def broadcasts(found: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Whether an array of one shape can stand for one of the other."""
    try:
        return np.broadcast_shapes(found, shape) == shape
    except ValueError:
        return False


def some_of(stages: list[str]) -> Iterator[tuple[str, ...]]:
    """Every choice of stages, small ones first."""
    for count in range(1, len(stages) + 1):
        yield from itertools.combinations(stages, count)


def same_slopes(world: World, value: Any, other: Any) -> bool:
    """Whether two gradients claim the same slopes."""
    a, b = world.slopes_of(value), world.slopes_of(other)
    scale = np.max(np.abs(a)) + np.max(np.abs(b))
    return bool(np.all(np.isfinite(b)) and scale and np.all(np.abs(a - b) <= 2e-6 * scale))


def fits_loosely(world: World, value: np.ndarray, target: Any) -> bool:
    try:
        world.slopes_of(value)
    except Unclear:
        return False
    return world.fits(np.array(np.broadcast_to(value, world.shape)), target)


def pieces_of(world: World) -> dict[Simple, tuple[np.ndarray, bool]] | None:
    """What each statement adds to the row; None if some statement does more than add."""
    retelling, found = world.retelling, dict[Simple, tuple[np.ndarray, bool]]()
    before = np.zeros(())
    for i, statement in retelling.slice.items():
        write = world.recording.writes[i]
        if write.name != world.row.name:
            continue
        value = numbers(write.value)
        if (
            statement is None
            or value is None
            or write.how not in ("=", "+=", "-=", "part", "in place")
        ):
            return None
        if write.how == "=" and write.fresh:
            found = {s: (a, True) for s, (a, _) in found.items()}
            before = np.zeros(())
        if spread(before, value.shape, False) is None:  # a sum does not change its shape like that
            return None
        added = value - before
        earlier = found.get(statement)
        if earlier is not None and not earlier[1] and earlier[0].shape == added.shape:
            added = earlier[0] + added
        found[statement] = (added, False)
        before = value
    return {s: (a, lost) for s, (a, lost) in found.items() if np.any(a)}


def is_number(value: Any) -> bool:
    return not isinstance(value, bool) and numbers(value) is not None
