"""How a d-variable came by its value, told again from a recording, as it was or with a line changed.

The lines that write the variable, and those that write the temporary names they read, are worked
out anew in the order of the recording, with everything else as recorded. So one can ask what the
variable would be if a line had `+=` for `=`, or read another name.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from backprop_kit.arithmetic import Unclear, attempt, combined, worked_out
from backprop_kit.assignments import paired
from backprop_kit.recording import Recording, Replacement, Write
from backprop_kit.rewriting import part_names, whole_names

Simple = ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Expr


@dataclass(frozen=True)
class Listing:
    """The learner's lines as syntax: simple statements by line, and the functions they define."""

    statements: Mapping[int, tuple[Simple, ...]]
    tests: tuple[ast.expr, ...]  # what an `if` or a conditional expression asks
    helpers: Mapping[str, ast.FunctionDef]

    def writer(self, write: Write) -> Simple | None:
        """The statement that made a write."""
        for node in self.statements.get(write.line, ()):
            if write.name in written_by(node) or (
                write.how == "in place"
                and isinstance(node, ast.Expr)
                and write.name in names_in(node)
            ):
                return node
        return None

    def writer_of_line(self, line: int) -> Simple | None:
        """The first statement on a line."""
        return next(iter(self.statements.get(line, ())), None)


@lru_cache(maxsize=64)
def listing_of(
    code: tuple[tuple[int, str], ...], called: tuple[tuple[int, str], ...] = ()
) -> Listing:
    """Parse what a recording holds of the learner's lines, and of the functions that they call."""
    statements: dict[int, list[Simple]] = {}
    helpers: dict[str, ast.FunctionDef] = {}
    tests: list[ast.expr] = []
    for first, text in (*called, *code):
        try:
            module = ast.parse(textwrap.dedent(text))
        except SyntaxError:
            continue
        ast.increment_lineno(module, first - 1)
        for node in ast.walk(module):
            if isinstance(node, Simple) and (first, text) in code:
                statements.setdefault(node.lineno, []).append(node)
            elif isinstance(node, ast.FunctionDef):
                helpers[node.name] = node
            elif isinstance(node, ast.If | ast.IfExp):
                tests.append(node.test)
    lines = {line: tuple(nodes) for line, nodes in statements.items()}
    return Listing(lines, tuple(tests), helpers)


def targets(node: Simple) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return node.targets
    return [] if isinstance(node, ast.Expr) else [node.target]


def written_by(node: Simple) -> set[str]:
    """The names that a statement assigns, or stores into."""
    found = {n for t in targets(node) for n in whole_names(t)}
    return found | {n for t in targets(node) for n in part_names(t)}


def names_in(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def value_for(node: Simple, name: str) -> ast.expr:
    """The expression that a statement gives to a name, or stores into it."""
    if node.value is None:
        raise Unclear("nothing is assigned")
    for target in targets(node):
        for one, value in paired(target, node.value):
            if name in whole_names(one) or name in part_names(one):
                return value
    return node.value


# ----- one row ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Edit:
    """A change to the learner's lines: what some statements become; None leaves a statement out.

    `versions` are the values that names had after so many writes, under names such as `dq@3`: the
    number of the write, and by how much it changes with each round of a loop.
    """

    becomes: Mapping[ast.stmt, ast.stmt | None] = field(default_factory=dict)
    versions: Mapping[str, tuple[str, int, int]] = field(default_factory=dict)
    unshared: bool = False  # what lines of other names change in a shared array is left out


@dataclass(frozen=True)
class Told:
    """The values that a d-variable holds one after the other, each with the position of its write."""

    values: tuple[tuple[int, Any], ...]

    @property
    def last(self) -> Any:
        return self.values[-1][1]


class Retelling:
    """The lines that make `name`, worked out again on the values of one recording."""

    def __init__(
        self,
        recording: Recording,
        put: Mapping[str, Replacement],
        name: str,
        listing: Listing,
        fixed: Collection[str] = (),
        given: Mapping[str, Any] | None = None,
    ) -> None:
        self.recording, self.put, self.name, self.listing = recording, put, name, listing
        self.fixed = {*fixed, *put}  # other d-variables: their lines are no part of this one
        self.given = given or {}  # names that the learner could have read, and did not
        self.values = [
            put[w.name].value if w.name in put and after == put[w.name].after else w.value
            for w, after in counted(recording.writes)
        ]
        self.slice = self.made_by(name)
        self.begin = min(self.slice, default=0)
        self.end = max((i for i in self.slice if recording.writes[i].name == name), default=-1)

    def made_by(self, name: str) -> dict[int, Simple | None]:
        """The writes of the name, and of the temporary names it is made of, with their statements."""
        writes, found = self.recording.writes, {}
        known = {w.name for w in self.recording.forward} | set(self.recording.inputs)
        todo, seen = [name], set()
        while todo:
            one = todo.pop()
            seen.add(one)
            for i in range(self.recording.backward_at, len(writes)):
                if writes[i].name != one or writes[i].how == "input":
                    continue
                found[i] = statement = self.listing.writer(writes[i])
                for other in names_in(statement) if statement is not None else ():
                    temporary = other not in known and other not in self.fixed
                    if temporary and other not in seen:
                        todo.append(other)
        own = {i: s for i, s in found.items() if writes[i].name == name or s is not None}
        reads = {n for s in own.values() if s is not None for n in names_in(s)}
        return dict(sorted((own | self.changed_after(reads - seen)).items()))

    def changed_after(self, reads: set[str]) -> dict[int, Simple]:
        """Changes to gradients that the lines read, made after these were known: a mask in place."""
        found = {}
        for i, (write, after) in enumerate(counted(self.recording.writes)):
            if write.name in reads and write.name in self.put:
                statement = self.listing.writer(write)
                if after > self.put[write.name].after and statement is not None:
                    found[i] = statement
        return found

    @property
    def statements(self) -> list[Simple]:
        """The statements that take part, each once: those of the variable itself last."""
        own = [s for i, s in self.slice.items() if s and self.recording.writes[i].name == self.name]
        rest = [s for i, s in self.slice.items() if s and s not in own]
        return list(dict.fromkeys([*rest, *own]))

    def before(self) -> dict[str, Any]:
        """Every name with its value as the first of the lines is reached."""
        writes = self.recording.writes[: self.begin]
        found = {w.name: value for w, value in zip(writes, self.values, strict=False)}
        return {**self.recording.around, **self.given, **found}

    def told(self, edit: Edit | None = None) -> Told:
        """The values of the variable, with the edit made; raises `Unclear` if they cannot be told."""
        names, found, rounds = self.before(), [], 0
        for i in range(self.begin, self.end + 1):
            write = self.recording.writes[i]
            if i not in self.slice:
                names[write.name] = self.values[i]
                continue
            original = self.slice[i]
            if original is None and edit is not None and edit.unshared:
                continue
            if original is None:
                raise Unclear("a change that no line of its own makes")
            statement = edit.becomes.get(original, original) if edit else original
            if edit is not None and statement is not original:
                for full, (name, at, change) in edit.versions.items():
                    names[full] = self.values[self.version(name, at + change * rounds)]
                rounds += 1
            if statement is not None:
                names[write.name] = self.carried_out(statement, write, names)
            if write.name == self.name and write.name in names:
                found.append((i, names[write.name]))
        if not found:
            raise Unclear("nothing is left of it")
        return Told(tuple(found))

    def version(self, name: str, at: int) -> int:
        """The position of the write that gave a name its value number `at`; -1 is the last."""
        positions = [i for i, w in enumerate(self.recording.writes) if w.name == name]
        if not 0 <= at < len(positions):
            raise Unclear(f"{name} has fewer values")
        return positions[at]

    def carried_out(self, statement: ast.stmt, write: Write, names: dict[str, Any]) -> Any:
        """The value of the name after the statement."""
        name, old = write.name, names.get(write.name)
        match statement:
            case ast.Assign() | ast.AnnAssign():
                target = target_for(statement, name)
                value = self.worked(value_for(statement, name), names)
                if isinstance(target, ast.Subscript):
                    return self.stored(target, old, value, names)
                return value
            case ast.AugAssign(target=ast.Subscript() as target):
                here = ast.Subscript(target.value, target.slice, ast.Load())
                value = self.worked(ast.BinOp(here, statement.op, statement.value), names)
                return self.stored(target, old, value, names)
            case ast.AugAssign():
                value = self.worked(statement.value, names)
                return value if old is None else attempt(lambda: combined(statement.op, old, value))
            case ast.Expr():
                fresh = np.array(old) if isinstance(old, np.ndarray) else old
                self.worked(statement.value, {**names, name: fresh})
                return fresh
        raise Unclear("not a line of arithmetic")

    def stored(
        self, target: ast.Subscript, old: Any, value: Any, names: Mapping[str, Any]
    ) -> np.ndarray | list[Any]:
        """A copy of the old value with one part replaced."""
        if not isinstance(target.value, ast.Name) or not isinstance(old, np.ndarray | list):
            raise Unclear("a part of a part is stored")
        fresh = old.copy()
        key = self.worked(target.slice, names)
        attempt(lambda: fresh.__setitem__(key, value))
        return fresh

    def worked(self, node: ast.expr, names: Mapping[str, Any]) -> Any:
        return worked_out(node, names, self.listing.helpers)


def counted(writes: tuple[Write, ...]) -> Iterator[tuple[Write, int]]:
    """Each write with how many times its name had been written by then."""
    count: dict[str, int] = {}
    for write in writes:
        count[write.name] = count.get(write.name, 0) + 1
        yield write, count[write.name]


def target_for(node: ast.Assign | ast.AnnAssign, name: str) -> ast.expr:
    """The target that stands for the name: itself, or a part of it."""
    assert node.value is not None
    for target in targets(node):
        for one, _ in paired(target, node.value):
            if name in whole_names(one) or name in part_names(one):
                return one
    raise Unclear(f"{name} is not written here")
