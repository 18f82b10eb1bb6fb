"""The cells of a notebook run one after the other in one namespace, as a kernel would run them.

No kernel is needed for that: a cell is compiled under a name of its own, so that tracebacks and
`inspect` find its lines, and the value of its last expression is shown. What comes out is text
alone, with a cap, and plain enough to be shown on any page.
"""

from __future__ import annotations

import ast
import contextlib
import io
import linecache
import re
import sys
import traceback
from typing import Any

from autograder.magics import MAY_WAIT, Shell, as_python, waited_for
from autograder.put_off import shown

MOST_TEXT = 40_000  # characters of one output
CUT = "\n... what follows is left out: the output is too long."
# What only a terminal understands, and what shows text in another order than it has.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
Output = dict[str, Any]


class Bounded(io.TextIOBase):
    """Keeps what is printed, up to a cap, and counts the rest."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.left = MOST_TEXT

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self.left > 0:
            self.parts.append(text[: self.left])
            self.left -= len(text)
            if self.left <= 0:
                self.parts.append(CUT)
        return len(text)

    def getvalue(self) -> str:
        return "".join(self.parts)


class Notebook:
    """One namespace, and the cells that have been run in it."""

    def __init__(self) -> None:
        shell = Shell(self)
        self.names: dict[str, Any] = {
            "__name__": "__main__",
            "display": self.display,
            "get_ipython": lambda: shell,
        }
        self.outputs: list[Output] = []
        self.count = 0

    def run(self, source: str, count: int) -> list[Output]:
        """Run one cell and give its outputs; an exception is one of them."""
        self.outputs, self.count = [], count
        out, err = Bounded(), Bounded()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            hook, sys.displayhook = sys.displayhook, self.value
            try:
                self.carry_out(as_python(source), f"<cell {count}>")
            except (
                BaseException
            ) as error:  # an interrupt and an exit end the cell, not the notebook
                self.failed(error)
            finally:
                sys.displayhook = hook
        streams = [stream("stdout", out.getvalue()), stream("stderr", err.getvalue())]
        return [*(s for s in streams if s["text"]), *self.outputs]

    def carry_out(self, source: str, filename: str) -> None:
        lines = source.splitlines(keepends=True)
        linecache.cache[filename] = (len(source), None, lines, filename)
        # Not what this module imports from the future.
        tree: Any = compile(source, filename, "exec", ast.PyCF_ONLY_AST | MAY_WAIT, True)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        waited_for(compile(tree, filename, "exec", MAY_WAIT, True), self.names)
        if isinstance(last, ast.Expr):
            code = compile(ast.Expression(last.value), filename, "eval", MAY_WAIT, True)
            value = waited_for(code, self.names)
            if not ends_in_semicolon(source):
                sys.displayhook(value)

    def value(self, value: Any) -> None:
        """Show the value of a cell, as a kernel shows it: None is nothing."""
        if value is not None:
            self.names["_"] = value
            data = {"text/plain": plain(shown(value))}
            self.show("execute_result", data=data, metadata={}, execution_count=self.count)

    def display(self, *values: Any, **options: Any) -> None:
        """Show values in the middle of a cell."""
        for value in values:
            self.show("display_data", data={"text/plain": plain(shown(value))}, metadata={})

    def show(self, kind: str, **more: Any) -> None:
        if len(self.outputs) < 200:
            self.outputs.append({"output_type": kind, **more})

    def failed(self, error: BaseException) -> None:
        name, said = type(error).__name__, words_of(error)
        frames = [plain(line) for line in frames_of(error)]
        self.show("error", ename=plain(name), evalue=said, traceback=[*frames, f"{name}: {said}"])


def stream(name: str, text: str) -> Output:
    return {"output_type": "stream", "name": name, "text": plain(text)}


def words_of(error: BaseException) -> str:
    """What an exception says; saying it is its own code, and may fail as well."""
    try:
        return plain(str(error))
    except Exception:
        return "(its text cannot be shown)"


def frames_of(error: BaseException) -> list[str]:
    """The lines of a traceback that are the learner's own."""
    try:
        found = traceback.TracebackException.from_exception(error, limit=60)
        own = [frame for frame in found.stack if frame.filename.startswith("<cell")]
        found.stack = traceback.StackSummary.from_list(own)
        found.__cause__ = found.__context__ = None
        return list(found.format())[:-1]
    except Exception:
        return []


def plain(text: str) -> str:
    """Text without what only a terminal understands, and without too much of it."""
    text = CONTROL.sub("", text[: MOST_TEXT + 1]).encode(errors="replace").decode()
    return text if len(text) <= MOST_TEXT else text[:MOST_TEXT] + CUT


def ends_in_semicolon(source: str) -> bool:
    """Whether a cell asks for its last value not to be shown."""
    lines = [line for line in source.split("\n") if line.strip() and line.strip()[0] != "#"]
    return bool(lines) and lines[-1].partition("#")[0].rstrip().endswith(";")
