"""Plain Python read as stages (the notes: "Backprop in practice: Staged computation").

A staged function is ordinary code: a forward pass that names its intermediate values, then a
backward pass in which `dq` holds the gradient of the output on `q`. Nothing in it is wrapped or
registered. To look inside, a private copy is rewritten so that each write, reading and call is
shown to a `Watcher`, which may pass the value on changed.
"""

from __future__ import annotations

import ast
import builtins
import difflib
import inspect
import time
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, ClassVar

from backprop_kit import source
from backprop_kit.assignments import Assignment, assignments_in, bound_by, long_statements
from backprop_kit.rewriting import MAKER, WATCHER, all_arguments, local_names, rewritten
from backprop_kit.source import StagedError, inputs_of, source_of_function, source_of_text

__all__ = [
    "Assignment",
    "Clock",
    "Stage",
    "StagedError",
    "StagedFunction",
    "Stop",
    "TimeLimit",
    "Watcher",
    "gradient_of",
    "inputs_of",
    "staged",
    "stages",
]


class Stop(BaseException):
    """Raised by a watcher that has seen enough: the run ends there, quietly."""


class TimeLimit(Exception):
    """A run went on for longer than it may."""


class Clock:
    """Raises `TimeLimit` once its time is up; asked at every statement and every condition.

    Not seen is what goes on inside a function defined elsewhere: an endless loop there is ended in
    a notebook by interrupting the kernel, and in grading by the limit on the process.
    """

    limit: ClassVar[float] = 10.0

    def __init__(self, seconds: float | None = None) -> None:
        self.seconds = self.limit if seconds is None else seconds
        self.end = time.monotonic() + self.seconds

    def look(self) -> None:
        if time.monotonic() > self.end:
            raise TimeLimit(
                f"it is still running after {self.seconds:g} seconds; is there a way out?"
            )


class Watcher:
    """Sees a staged function run. The default sees everything and changes nothing."""

    def wrote(self, name: str, value: Any, line: int, augmented: bool) -> Any:
        """`name` has been assigned, or (on the line of the `def`) handed in as an input."""
        return value

    def stored(self, name: str, value: Any, line: int) -> Any:
        """A part of `name` has been stored into, as in `name[0] = ...`."""
        return self.wrote(name, value, line, True)

    def read(self, name: str, value: Any, line: int) -> Any:
        """`name` is being read."""
        return value

    def call(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """`fn` is being called."""
        return fn(*args, **kwargs)

    def test(self, value: Any, line: int) -> Any:
        """`value` decides what happens next: the condition of an `if`, a `while`, an `and`."""
        return value

    def compared(self, value: Any, line: int) -> Any:
        """`value` is what a comparison gave."""
        return value

    def step(self, line: int) -> None:
        """A statement has been carried out."""

    def returned(self, value: Any, line: int) -> Any:
        """The function returns `value`."""
        return value


@dataclass(frozen=True)
class Stage:
    """One line of the forward pass, such as `q = x + y`."""

    name: str
    reads: tuple[str, ...]
    line: int
    text: str


class StagedFunction:
    """A function, or the text of a cell, ready to be run before the eyes of a watcher.

    `given` names the inputs that cell text gets by keyword; `scope` adds names that it sees.
    Raises `StagedError`, in one sentence, for code that cannot be read.
    """

    def __init__(
        self, code: Any, given: Iterable[str] = (), scope: Mapping[str, Any] | None = None
    ) -> None:
        if isinstance(code, str):
            self.source = source_of_text(code, given, scope or {})
        else:
            self.source = source_of_function(code)
        self.name = self.source.tree.name
        self.literals = dict(self.source.literals)
        self.parameters = tuple(a.arg for a in all_arguments(self.source.tree.args))

    # -- reading --------------------------------------------------------------------------------

    @cached_property
    def assignments(self) -> tuple[Assignment, ...]:
        """Every place that writes a name, in the order of the source."""
        return tuple(assignments_in(self.source.tree.body, self.source))

    @cached_property
    def places(self) -> dict[tuple[str, int], list[Assignment]]:
        """The assignments of each name on each line."""
        found: dict[tuple[str, int], list[Assignment]] = {}
        for assignment in self.assignments:
            found.setdefault((assignment.name, assignment.line), []).append(assignment)
        return found

    @cached_property
    def returns(self) -> dict[int, list[ast.expr]]:
        """What stands behind each `return`, by line."""
        found: dict[int, list[ast.expr]] = {}
        for node in ast.walk(self.source.tree):
            if isinstance(node, ast.Return) and node.value is not None:
                found.setdefault(node.lineno, []).append(node.value)
        return found

    def stages(self, output: str = "f") -> list[Stage]:
        """The forward pass as named stages; `output` is the name of the circuit's output."""
        forward = self.assignments[: self.split(output)]
        known = self.handed_in | {a.name for a in forward}
        return [
            Stage(a.name, tuple(r for r in a.reads if r in known), a.line, a.text) for a in forward
        ]

    def split(self, output: str) -> int:
        """How many of the assignments belong to the forward pass: all before the first gradient."""
        written = [i for i, a in enumerate(self.assignments) if a.name == output]
        for last in reversed(written):
            for i in range(last + 1, len(self.assignments)):
                known = self.handed_in | {a.name for a in self.assignments[:i]}
                if gradient_of(self.assignments[i].name, known, output):
                    return i
        return written[-1] + 1 if written else len(self.assignments)

    @cached_property
    def long_statements(self) -> dict[int, str]:
        """What is quoted for the lines of statements that go over several."""
        return long_statements(self.source)

    def first_gradient(self, output: str) -> Assignment | None:
        """Where the backward pass begins; None if there is none."""
        return next(iter(self.assignments[self.split(output) :]), None)

    def likely_output(self) -> str:
        """The output where nobody has named it: `f`, else what is returned first, else the last stage."""
        names = [a.name for a in self.assignments]
        if "f" in names or not names:
            return "f"
        for node in reversed(self.source.tree.body):
            if isinstance(node, ast.Return) and node.value is not None:
                first = node.value.elts[0] if isinstance(node.value, ast.Tuple) else node.value
                if isinstance(first, ast.Name):
                    return first.id
        known = set(self.handed_in)
        for before, name in zip(["f", *names], names, strict=False):
            if name.startswith("d") and name[1:] in known and before in known:
                return before
            known.add(name)
        return names[-1]

    @cached_property
    def free_names(self) -> dict[str, int]:
        """Names that cell text reads and nothing gives a value, with the line of the first reading."""
        here = local_names(self.source.tree) | {
            bound for node in ast.walk(self.source.tree) for bound in bound_by(node)
        }
        known = {*here, *self.source.scope(), *dir(builtins)}
        loads = [n for n in ast.walk(self.source.tree) if isinstance(n, ast.Name)]
        return {n.id: n.lineno for n in reversed(loads) if n.id not in known}

    @cached_property
    def handed_in(self) -> frozenset[str]:
        """Names whose values come from outside."""
        return frozenset([*self.parameters, *(self.free_names if self.source.is_text else ())])

    def receives(self, name: str) -> bool:
        """Whether a value called `name` can be handed in."""
        return name in self.parameters or (self.source.is_text and name in self.free_names)

    # -- inputs ---------------------------------------------------------------------------------

    def bind(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs with literals filled in; a wrong or missing name is refused by a sentence."""
        bound = {**self.literals, **inputs}
        arguments = self.source.tree.args
        for star, gathered in (("*", arguments.vararg), ("**", arguments.kwarg)):
            if gathered is not None:
                raise StagedError(
                    f"`{self.name}` gathers inputs in `{star}{gathered.arg}`; give each input a name "
                    "of its own."
                )
        for name in inputs:
            if name not in self.parameters or not self.uses(name):
                raise StagedError(self.unknown_input(name))
        for name in self.parameters:
            if name not in bound and name not in self.defaulted:
                raise StagedError(f"`{self.name}` needs a value for `{name}`: add `{name}=...`.")
        for name, line in self.free_names.items() if self.source.is_text else ():
            raise StagedError(
                f"`{name}` is read on line {line} (`{self.source.text(line)}`) but nothing gives it "
                f"a value; pass `{name}=...` or assign it before."
            )
        return bound

    @cached_property
    def defaulted(self) -> frozenset[str]:
        """Parameters that have a default value: constants, unless they are given."""
        arguments = self.source.tree.args
        positional = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
        defaults = len(self.source.defaults or ())
        return frozenset(
            [*positional[len(positional) - defaults :], *(self.source.kwdefaults or {})]
        )

    def uses(self, name: str) -> bool:
        """Whether an input of cell text plays a part in it: read, or given a gradient."""
        if not self.source.is_text or name in self.literals:
            return True
        return name in self.names or any(
            n.startswith("d") and n.endswith("d" + name) for n in self.names
        )

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name in the code."""
        return frozenset(n.id for n in ast.walk(self.source.tree) if isinstance(n, ast.Name))

    def unknown_input(self, name: str) -> str:
        known = [p for p in self.parameters if p != name and self.uses(p)]
        known += [n for n in self.free_names if n not in known] if self.source.is_text else []
        listed = " and ".join(
            filter(None, [", ".join(f"`{k}`" for k in known[:-1]), *(f"`{k}`" for k in known[-1:])])
        )
        near = difflib.get_close_matches(name, known, n=1)
        subject = "The code" if self.source.is_text else f"`{self.name}`"
        has = (
            f"its inputs are {listed}"
            if len(known) > 1
            else f"its only input is {listed}"
            if known
            else "it has no inputs"
        )
        return f"{subject} has no input called `{name}`; {has}." + (
            f" Did you mean `{near[0]}`?" if near else ""
        )

    # -- running --------------------------------------------------------------------------------

    def run(self, inputs: Mapping[str, Any], watcher: Watcher) -> Any:
        """Run the rewritten copy on `inputs`; returns what it returns, or None if stopped early."""
        return self.call((), self.bind(inputs), watcher)

    def call(self, args: Sequence[Any], kwargs: Mapping[str, Any], watcher: Watcher) -> Any:
        """Run the rewritten copy with arguments as Python would pass them."""
        return self.ready()(kwargs, watcher, args)

    def ready(self, readings: bool = True) -> Callable[..., Any]:
        """The rewritten copy as `run(kwargs, watcher, args=())`, to be run any number of times."""
        scope, cells = {**self.source.scope()}, self.source.cells()
        exec(self.compiled if readings else self.compiled_without_readings, scope)
        function: types.FunctionType = scope[MAKER](*cells.values())
        function.__defaults__ = self.source.defaults
        function.__kwdefaults__ = self.source.kwdefaults
        positional = [a.arg for a in self.source.tree.args.posonlyargs]

        def run(kwargs: Mapping[str, Any], watcher: Watcher, args: Sequence[Any] = ()) -> Any:
            scope[WATCHER] = watcher
            first = [kwargs[name] for name in positional if name in kwargs]
            rest = {name: value for name, value in kwargs.items() if name not in positional}
            try:
                return function(*args, *first, **rest)
            except Stop:
                return None

        return run

    @cached_property
    def compiled(self) -> types.CodeType:
        return self.compile(readings=True)

    @cached_property
    def compiled_without_readings(self) -> types.CodeType:
        return self.compile(readings=False)

    def compile(self, readings: bool) -> types.CodeType:
        try:
            module = rewritten(self.source.tree, tuple(self.source.cells()), readings)
            return compile(module, self.source.file, "exec", dont_inherit=True)
        except SyntaxError as error:
            raise StagedError(f"Line {error.lineno} is not Python: {error.msg}.") from None

    def line_of(self, error: BaseException) -> int | None:
        """The line of the code that raised `error`, or called what raised it."""
        line, traceback = None, error.__traceback__
        while traceback is not None:
            code = traceback.tb_frame.f_code
            if code.co_filename == self.source.file and code.co_name == self.name:
                line = traceback.tb_lineno
            traceback = traceback.tb_next
        return line


# ----- names -----------------------------------------------------------------------------------


def gradient_of(name: str, known: Iterable[str], output: str) -> str | None:
    """The `q` of which `name` is the gradient, written `dq` or `dfdq`; None if it is not one."""
    if name.startswith("d") and name[1:] in known:
        return name[1:]
    prefix = f"d{output}d"
    if name.startswith(prefix) and name[len(prefix) :] in known:
        return name[len(prefix) :]
    return None


def staged(
    code: Any, given: Iterable[str] = (), scope: Mapping[str, Any] | None = None
) -> StagedFunction:
    """Read a function or cell text as stages; raises `StagedError` where it cannot be read.

    What has been read once is remembered, since reading takes longer than running.
    """
    if isinstance(code, StagedFunction):
        return code
    if isinstance(code, str) and scope is None:
        return read_text(code, tuple(given), frozenset(source.names_in_cells()))
    if inspect.isfunction(code):
        return read_function(code)
    return StagedFunction(code, given, scope)


@lru_cache(maxsize=128)
def read_function(function: Callable[..., Any]) -> StagedFunction:
    """Read a function, once for as long as it is the same function."""
    return StagedFunction(function)


@lru_cache(maxsize=128)
def read_text(text: str, given: tuple[str, ...], names: frozenset[str]) -> StagedFunction:
    """Read cell text, once for every set of names that it can see."""
    return StagedFunction(text, given)


def stages(code: Any) -> list[Stage]:
    """The forward pass of a function or of cell text, as named stages (the notes: "Staged computation").

    Each has the name it writes, the names it reads, its line and its text. Raises `StagedError`
    for code that cannot be read.
    """
    function = staged(code)
    return function.stages(function.likely_output())
