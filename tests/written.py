"""A written backward pass, held against its own forward pass: run, nudged, and read line by line.

Nothing of the circuit is used here. A gradient is a difference quotient of the written forward pass,
run as plain Python with one name moved after its last line; what a name means is what Python says.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from tests.statements import base, is_cleared, reads, targets

STEP = 1e-4
OWN = "__nudged__"


class Text:
    """The text that `write_backward` gave for some inputs."""

    def __init__(
        self,
        text: str,
        inputs: Mapping[str, Any],
        output: str = "f",
        scope: Mapping[str, Any] | None = None,
    ) -> None:
        self.text = text
        self.inputs = dict(inputs)
        self.output = output
        self.scope = dict(scope or {})
        self.tree = ast.parse(text)
        marks = [i for i, line in enumerate(text.split("\n"), 1) if line == "# backward pass"]
        assert text.count("# forward pass\n") == len(marks) == 1, text
        start = text[: text.index("# forward pass\n")].count("\n") + 1
        heads = [s for s in self.tree.body if s.lineno < start and isinstance(s, ast.Assign)]
        literals = {base(t): ast.literal_eval(s.value) for s in heads for t in targets(s)}
        self.inputs = {**literals, **self.inputs}
        self.forward = [s for s in self.tree.body if s.lineno < marks[0] and s not in heads]
        self.backward = [s for s in self.tree.body if s.lineno > marks[0]]
        self.names = self.run(self.tree.body)
        self.kinks: set[str] = set()
        """Names at whose value the output has a kink, as far as they have been nudged."""
        values = (
            np.asarray(v) for v in self.names.values() if isinstance(v, np.ndarray | np.generic)
        )
        single = any(v.dtype == np.float32 for v in values)
        self.grain = float(np.finfo(np.float32 if single else np.float64).eps)

    def run(self, statements: list[ast.stmt], **changed: Any) -> dict[str, Any]:
        """What the names mean after these statements, with nothing there but the inputs."""
        names = {**self.scope, **copy.deepcopy(self.inputs), **changed}
        with np.errstate(all="ignore"):
            exec(compile(ast.Module(statements, []), "<written>", "exec"), names)
        return names

    # -- nudging ----------------------------------------------------------------------------------

    def gradients(self) -> dict[str, Any]:
        """Every gradient in the text, by the name of the forward pass or the input that it is on."""
        known = {*self.inputs, *self.written(self.forward)}
        return {
            q: self.names["d" + q] for q in sorted(known) if "d" + q in self.written(self.backward)
        }

    def judged(self) -> Iterator[str]:
        """The names whose gradient is that of one value: not an array that changes while it is read."""
        cleared = {base(t) for s in self.backward for t in targets(s) if is_cleared(s, t)}
        for q in self.gradients():
            if "d" + q not in cleared and not self.is_read_while_filled(q):
                yield q

    def is_count(self, q: str) -> bool:
        """Whether a name is an int that must be one: a length, a step, an index."""
        if not isinstance(self.names[q], int):
            return False
        try:
            self.mover(q, np.array(float(self.names[q])), np.array(1.0))(STEP)
        except TypeError:
            return True
        return False

    def is_read_while_filled(self, q: str) -> bool:
        stores = [i for i, s in enumerate(self.forward) if any(base(t) == q for t in targets(s))]
        return any(q in reads(s) for s in self.forward[: max(stores, default=0)])

    def quotient(self, q: str, direction: np.ndarray, at: np.ndarray) -> tuple[float, float, float]:
        """The slopes of the output to both sides of `at` as `q` moves, and what rounding may hide."""
        run = self.mover(q, at, direction)
        ends = {side: run(side * STEP) for side in (-2, -1, 0, 1, 2)}
        left, right = one_sided(ends, STEP)
        even = (8 * (ends[1] - ends[-1]) - (ends[2] - ends[-2])) / (12 * STEP)
        noise = 16 * self.grain * max(map(abs, ends.values())) / STEP
        if abs(left - right) > noise:  # a kink, unless the two sides agree ever better
            nearer = one_sided({side: run(side * STEP / 4) for side in ends}, STEP / 4)
            if abs(nearer[0] - nearer[1]) > abs(left - right) / 3 + 4 * noise:
                self.kinks.add(q)
                return min(left, right), max(left, right), noise
        return min(left, right, even), max(left, right, even), noise

    def mover(self, q: str, at: np.ndarray, direction: np.ndarray) -> Callable[[float], float]:
        """The output as a function of how far `q` is moved after the last line that writes it."""
        place = max((i for i, s in enumerate(self.forward, 1) if q in self.written([s])), default=0)
        put = ast.parse(f"{q} = {OWN}").body
        statements = [*self.forward[:place], *put, *self.forward[place:]]
        code = compile(ast.Module(statements, []), "<nudged>", "exec")

        def run(step: float) -> float:
            moved = like(self.names[q], at + step * direction)
            names = {**self.scope, **copy.deepcopy(self.inputs), OWN: moved}
            with np.errstate(all="ignore"):
                exec(code, names)
            return float(np.sum(np.asarray(names[self.output], dtype=float) * self.upstream()))

        return run

    def upstream(self) -> Any:
        return self.names.get("d" + self.output, 1.0)

    def off(self, q: str, rng: np.random.Generator, kink: bool = False) -> float:
        """How far the gradient on `q` is from its difference quotients, in units of what may be."""
        yours = flat(self.gradients()[q])
        at = np.array(self.names[q], dtype=float)
        assert np.shape(np.asarray(self.gradients()[q])) == at.shape, (
            f"d{q} has another shape than {q}"
        )
        worst = 0.0
        size = np.where(at == 0, np.max(np.abs(at), initial=0.0) or 1.0, np.abs(at))
        for unit in directions(at.shape, rng, each=kink):
            direction = unit * size
            low, high, noise = self.quotient(q, direction, at)
            found = float(np.sum(yours * flat(direction)))
            scale = float(np.sum(np.abs(yours * flat(direction)))) + abs(low) + abs(high)
            outside = max(low - found, found - high, 0.0)
            worst = max(worst, outside / (1e-6 * scale + noise + 1e-12))
        return worst

    def faults(self, kink: bool = False, seed: int = 0) -> dict[str, float]:
        """Every gradient of the text that nudging its forward pass does not confirm."""
        rng = np.random.default_rng(seed)
        found = {q: self.off(q, rng, kink) for q in self.judged() if not self.is_count(q)}
        return {q: by for q, by in found.items() if not by < 1}

    # -- reading ----------------------------------------------------------------------------------

    @staticmethod
    def written(statements: list[ast.stmt]) -> set[str]:
        return {base(target) for s in statements for target in targets(s)}

    def untidy(self) -> list[str]:
        """What a reader would stumble over: sentences, none where the text is as it should be."""
        return [
            *self.unknown_names(),
            *self.unread(),
            *self.read_too_early(),
            *self.comments(),
            *self.not_floats(),
        ]

    def unknown_names(self) -> Iterator[str]:
        known = {*self.inputs, *self.scope, *dir(__builtins__), *__builtins__}  # type: ignore[misc]
        for statement in self.tree.body:
            for name in sorted(reads(statement) - known):
                yield f"line {statement.lineno} reads `{name}`, which has no value yet"
            known |= self.written([statement])

    def unread(self) -> Iterator[str]:
        """Names that nothing reads, other than the output and the gradients of inputs and stages."""
        read: set[str] = set()
        for statement in reversed(self.tree.body):
            read |= reads(statement)
        asked = {self.output, "np", "math", *("d" + q for q in self.inputs)}
        for statement in self.tree.body:
            names = self.written([statement])
            if names and not names & (read | asked):
                yield f"line {statement.lineno} writes {', '.join(sorted(names))}, which nothing reads"

    def read_too_early(self) -> Iterator[str]:
        """A gradient is read once all that is added to it has been added, and begins with `=`."""
        begun: set[str] = set()
        read: dict[str, int] = {}
        for statement in self.backward:
            for target in targets(statement):
                name, whole = base(target), isinstance(target, ast.Name)
                adds = isinstance(statement, ast.AugAssign | ast.Expr)
                if adds and name not in begun | {*self.inputs}:
                    yield f"line {statement.lineno} adds to `{name}`, which has not begun"
                if not adds and whole and name in begun:
                    yield f"line {statement.lineno} begins `{name}` anew"
                if name in read and whole:
                    yield f"line {statement.lineno} adds to `{name}`, read on line {read[name]}"
                begun.add(name)
            for name in reads(statement) - self.written([statement]):
                if name.startswith("d"):
                    read.setdefault(name, statement.lineno)

    def not_floats(self) -> Iterator[str]:
        """A gradient is made of floats, unless the inputs themselves are ints."""
        for q, gradient in self.gradients().items():
            for part in leaves(gradient):
                kind = np.asarray(part).dtype.kind
                ints = kind == "i" and np.asarray(part).ndim == 0 and self.has_ints
                if kind != "f" and not ints:
                    yield f"d{q} is made of {np.asarray(part).dtype}"

    @property
    def has_ints(self) -> bool:
        return any(
            isinstance(part, int) for value in self.inputs.values() for part in leaves(value)
        )

    def comments(self) -> Iterator[str]:
        """Every comment in the backward pass quotes a line of the forward pass."""
        lines = self.text.split("\n")
        first = lines.index("# backward pass") + 1
        forward = set(lines[: first - 1])
        for line in lines[first:]:
            if line.startswith("#"):
                quoted = re.fullmatch(r"# backward through (.*)", line)
                if not quoted or quoted[1] not in forward:
                    yield f"`{line}` quotes no line of the forward pass"


def one_sided(ends: Mapping[int, float], step: float) -> tuple[float, float]:
    """The slopes to the left and to the right, by three values each."""
    left = -(4 * ends[-1] - ends[-2] - 3 * ends[0]) / (2 * step)
    right = (4 * ends[1] - ends[2] - 3 * ends[0]) / (2 * step)
    return left, right


def directions(
    shape: tuple[int, ...], rng: np.random.Generator, each: bool
) -> Iterator[np.ndarray]:
    """Two random directions, or where there are kinks every element."""
    if not each:
        yield rng.standard_normal(shape)
        yield rng.choice([-1.0, 1.0], shape) * (0.5 + rng.random(shape))
        return
    for at in np.ndindex(shape):
        one = np.zeros(shape)
        one[at] = 1.0
        yield one


def like(value: Any, array: np.ndarray) -> Any:
    """The numbers of an array in a container such as the value is."""
    if isinstance(value, tuple):
        return tuple(like(v, a) for v, a in zip(value, array, strict=True))
    if isinstance(value, list):
        return [like(v, a) for v, a in zip(value, array, strict=True)]
    return array if isinstance(value, np.ndarray) else float(array)


def leaves(value: Any) -> Iterator[Any]:
    """The numbers and arrays in lists and dicts."""
    if isinstance(value, list | tuple):
        for part in value:
            yield from leaves(part)
    elif isinstance(value, dict):
        yield from leaves(list(value.values()))
    else:
        yield value


def flat(value: Any) -> np.ndarray:
    return np.ravel(np.asarray(value, dtype=float))
