"""Find the Python source of what a learner hands over: a plain function, or the text of a cell.

Whatever cannot be read is refused here, in one sentence that says what to do instead.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import math
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

MOST_NUMBERS = 10_000  # of an array from outside that a recording keeps
TEXT_FILE = "<cell>"


class StagedError(ValueError):
    """The code or its inputs cannot be used as they are; the message says what to change."""

    def _render_traceback_(self) -> list[str]:
        """Show the sentence alone in a notebook: the frames are ours, the remedy is in the words."""
        return [f"{type(self).__name__}: {self}"]


@dataclass(frozen=True)
class Source:
    """The definition to rewrite, and everything that is needed to run it."""

    tree: ast.FunctionDef
    lines: Mapping[int, str]
    file: str
    scope: Callable[[], dict[str, Any]]
    is_text: bool
    defaults: tuple[Any, ...] | None = None
    kwdefaults: dict[str, Any] | None = None
    cells: Callable[[], Mapping[str, Any]] = dict
    literals: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def listing(self) -> tuple[int, str]:
        """The number of the first line, and all lines as the learner wrote them."""
        return min(self.lines, default=1), "\n".join(self.lines.values())

    @cached_property
    def free(self) -> tuple[str, ...]:
        """Names that are read and come from outside of a function; cell text has no outside."""
        names = [n for n in ast.walk(self.tree) if isinstance(n, ast.Name)]
        stored = {n.id for n in names if isinstance(n.ctx, ast.Store)}
        arguments = self.tree.args
        given = {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
        read = dict.fromkeys(n.id for n in names if n.id not in stored | given)
        return () if self.is_text else tuple(read)

    @property
    def helpers(self) -> tuple[tuple[int, str], ...]:
        """The listings of the plain functions that are called by name, where they can be had."""
        found = filter(inspect.isfunction, self.outside().values())
        return tuple(h for function in found if (h := helper(function)) is not None)

    def constants(self) -> dict[str, Any]:
        """The numbers, and the smaller arrays, that are read from outside."""
        return {n: v for n, v in self.outside().items() if is_small_number(v)}

    def outside(self) -> dict[str, Any]:
        """What the free names stand for at present; asked at every run, so no scope is copied."""
        if not self.free:
            return {}
        cells, scope = self.cells(), self.scope()
        places = {name: cells if name in cells else scope for name in self.free}
        return {name: place[name] for name, place in places.items() if name in place}

    def text(self, line: int) -> str:
        """The line as the learner wrote it, without indentation and without its comment."""
        return without_comment(self.lines.get(line, "")).strip()


def is_small_number(value: Any) -> bool:
    """Whether a value is a number, or an array of numbers that is quickly copied."""
    if isinstance(value, bool | int | float):
        return True
    kind, size = getattr(getattr(value, "dtype", None), "kind", None), getattr(value, "size", 0)
    return kind in ("b", "i", "u", "f") and 0 < size <= MOST_NUMBERS


@lru_cache(maxsize=256)
def helper(function: Any) -> tuple[int, str] | None:
    """The listing of a function, or None where its source cannot be had or read."""
    try:
        return source_of_function(function).listing
    except (StagedError, SyntaxError):
        return None


def names_in_cells() -> dict[str, Any]:
    """Names that cell text sees besides `math`; `backprop_kit` puts `np` and the gates here."""
    return {}


def inputs_of(inputs: Mapping[str, Any] | None, named: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs given by keyword together with those given as a dict, for names that collide."""
    if inputs is not None and not isinstance(inputs, Mapping):
        raise StagedError(f"`inputs=` takes a dict of names and values, and this is {inputs!r}.")
    twice = sorted(set(inputs or {}) & set(named))
    if twice:
        raise StagedError(
            f"`{twice[0]}` is given twice: by keyword and in `inputs=`; give it once."
        )
    return {**(inputs or {}), **named}


# ----- functions -------------------------------------------------------------------------------


def source_of_function(function: Any) -> Source:
    """Read a plain function; raises `StagedError` for anything whose lines cannot be shown."""
    refuse_unless_plain(function)
    function = inspect.unwrap(function)
    try:
        lines, first = inspect.getsourcelines(function)
    except (OSError, TypeError):
        raise StagedError(
            f"The source of `{function.__name__}` cannot be found, so its lines cannot be read; "
            "define it in a notebook cell or a file, or pass the code as text."
        ) from None
    return Source(
        tree=refuse_unreadable(definition(lines, first, function.__name__)),
        lines={first + i: line.rstrip("\n") for i, line in enumerate(lines)},
        file=function.__code__.co_filename,
        scope=lambda: function.__globals__,
        is_text=False,
        defaults=function.__defaults__,
        kwdefaults=function.__kwdefaults__,
        cells=lambda: cells_of(function),
    )


def refuse_unless_plain(function: Any) -> None:
    if inspect.isfunction(function) and function.__name__ != "<lambda>":
        return
    if inspect.isfunction(function):
        found = "a lambda"
    elif inspect.ismethod(function):
        found = f"the method `{function.__qualname__}`"
    elif inspect.isbuiltin(function):
        found = f"the built-in `{function.__name__}`"
    else:
        found = (
            f"{'an' if type(function).__name__[0] in 'aeiou' else 'a'} {type(function).__name__}"
        )
    raise StagedError(
        f"Code is read from a function written with `def`, or from text, and this is {found}; "
        "write the lines as a function or pass them as a string."
    )


def definition(lines: list[str], first: int, name: str) -> ast.FunctionDef:
    """Parse the lines of one function, indented or not, with the line numbers the learner sees."""
    source = "".join(lines)
    indented = source[:1].isspace()
    module = ast.parse("if True:\n" + source if indented else source)
    ast.increment_lineno(module, first - (2 if indented else 1))
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            node.decorator_list = []
            return node  # type: ignore[return-value]  # an async one is refused a line later
    raise StagedError(
        f"The definition of `{name}` is not where Python says it is; run its cell again."
    )


def cells_of(function: Any) -> dict[str, Any]:
    """The values a nested function has taken from the function around it."""
    found = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            found[name] = cell.cell_contents
        except ValueError:
            raise StagedError(
                f"`{function.__name__}` uses `{name}` of the function around it, which has no "
                f"value yet; give `{name}` one first."
            ) from None
    return found


# ----- cell text -------------------------------------------------------------------------------


def source_of_text(text: str, given: Iterable[str], extra: Mapping[str, Any]) -> Source:
    """Read cell text as the body of a function whose inputs are `given` and its leading literals."""
    text = textwrap.dedent(text)
    try:
        body = ast.parse(text).body
    except SyntaxError as error:
        line = text.splitlines()[(error.lineno or 1) - 1 : (error.lineno or 1)]
        raise StagedError(
            f"Line {error.lineno} is not Python: `{''.join(line).strip()}` ({error.msg})."
        ) from None
    if not body:
        raise StagedError(
            "The text has no statement in it; write the forward pass, as in `f = x * y`."
        )
    literals = leading_literals(body)
    tree = ast.parse("def cell(): pass").body[0]
    assert isinstance(tree, ast.FunctionDef)
    tree.body = [s for s in body if not is_literal_of(s, literals)] or [
        ast.Pass(lineno=1, col_offset=0)
    ]
    tree.args.args = [ast.arg(name) for name in dict.fromkeys((*literals, *given))]
    ast.fix_missing_locations(tree)
    return Source(
        tree=refuse_unreadable(tree),
        lines=dict(enumerate(text.splitlines(), start=1)),
        file=TEXT_FILE,
        scope=lambda: {
            "__builtins__": builtins,
            "math": math,
            **names_in_cells(),
            **extra,
        },
        is_text=True,
        literals=literals,
    )


def leading_literals(body: list[ast.stmt]) -> dict[str, Any]:
    """`x = -2; y = 5` at the top of a cell are inputs, unless a later line writes the name again."""
    found: dict[str, Any] = {}
    for position, statement in enumerate(body):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            continue
        name, value = literal_assignment(statement)
        if name is None or any(name in stored_names(later) for later in body[position + 1 :]):
            break
        found[name] = value
    return found


def literal_assignment(statement: ast.stmt) -> tuple[str | None, Any]:
    if not (isinstance(statement, ast.Assign) and len(statement.targets) == 1):
        return None, None
    target = statement.targets[0]
    try:
        value = ast.literal_eval(statement.value)
    except (ValueError, TypeError):  # a dict may have a list for a key
        return None, None
    numeric = isinstance(value, int | float) or (isinstance(value, list) and value)
    return (target.id, value) if isinstance(target, ast.Name) and numeric else (None, None)


def is_literal_of(statement: ast.stmt, literals: Mapping[str, Any]) -> bool:
    return literal_assignment(statement)[0] in literals


def stored_names(node: ast.AST) -> set[str]:
    """Every name that is assigned anywhere inside a node."""
    return {
        n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }


# ----- what is refused -------------------------------------------------------------------------

REFUSED: tuple[tuple[tuple[type[ast.AST], ...], str], ...] = (
    ((ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith), "`async` code has no single "
     "order of stages; write a plain function"),
    ((ast.Yield, ast.YieldFrom), "a generator hands its values out one by one; return them instead"),
    ((ast.Global, ast.Nonlocal), "`global` and `nonlocal` change names outside the function; "
     "pass the values in and return them"),
)  # fmt: skip
REFUSED_CALLS = ("exec", "eval", "locals", "globals", "vars")


def refuse_unreadable(tree: ast.FunctionDef) -> ast.FunctionDef:
    for node in ast.walk(tree):
        for kinds, why in REFUSED:
            if isinstance(node, kinds):
                raise StagedError(
                    f"Line {getattr(node, 'lineno', tree.lineno)} cannot be followed: {why}."
                )
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Name) and called.id in REFUSED_CALLS:
            raise StagedError(
                f"Line {called.lineno} calls `{called.id}()`, which hides from the reader what "
                "is read and written; use the names themselves."
            )
    return tree


def without_comment(line: str) -> str:
    """Cut a trailing comment, leaving a `#` inside quotes alone."""
    quote = ""
    for at, character in enumerate(line):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character == "#":
            return line[:at]
    return line
