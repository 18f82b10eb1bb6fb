"""What only IPython understands: magics and shell lines, read as IPython reads them.

Those that run Python run it here as well, since an answer may stand in a cell that begins with
`%%time`. What would start a program or change the display is not carried out, and that is said.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import io
import shlex
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

MAY_WAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
RUN_THE_LINE = ("time", "prun")
RUN_THE_CELL = ("time", "prun", "capture")


class Running(Protocol):
    """A notebook that is being run."""

    names: dict[str, Any]
    count: int

    def carry_out(self, source: str, filename: str) -> None: ...

    def show(self, kind: str, **more: Any) -> None: ...


def is_python(source: str) -> bool:
    """Whether a cell is plain Python, with nothing in it that only IPython understands."""
    try:
        compile(source, "<cell>", "exec", ast.PyCF_ONLY_AST | MAY_WAIT, True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def as_python(source: str) -> str:
    """The cell as IPython would hand it to Python: magics and shell lines as calls.

    A cell that is plain Python stays as it is; so does one that even IPython cannot read.
    """
    if is_python(source):
        return source
    try:
        from IPython.core.inputtransformer2 import TransformerManager
    except ImportError:
        return source
    try:
        return str(TransformerManager().transform_cell(source))
    except SyntaxError:
        return source


class Shell:
    """Stands for what `get_ipython()` gives, as far as cells need it."""

    def __init__(self, notebook: Running) -> None:
        self.notebook = notebook

    def run_line_magic(self, name: str, line: str, _stack_depth: int = 1) -> Any:
        """Carry out `%name line`."""
        if name in RUN_THE_LINE:
            return self.run(without_options(line), " magic")
        if name == "run" and (path := first_word(line)) and Path(path).is_file():
            return self.run(Path(path).read_text(encoding="utf-8"), f" {path}")
        return self.refused(f"%{name} {line}".rstrip())

    def run_cell_magic(self, name: str, line: str, cell: str) -> Any:
        """Carry out a cell that begins with `%%name line`."""
        if name == "writefile":
            return self.write(line, cell)
        if name not in RUN_THE_CELL:
            return self.refused(f"a cell of %%{name}")
        # The line of the magic counts too: the others keep their numbers.
        code = "\n" + cell
        if name != "capture":
            return self.run(code)
        caught = io.StringIO()
        with contextlib.redirect_stdout(caught):
            self.run(code)
        if target := first_word(without_options(line)):
            captured = SimpleNamespace(stdout=caught.getvalue(), stderr="", outputs=[])
            self.notebook.names[target] = captured
        return None

    def run(self, source: str, part: str = "") -> None:
        notebook = self.notebook
        notebook.carry_out(as_python(source), f"<cell {notebook.count}{part}>")

    def write(self, line: str, text: str) -> None:
        name = first_word(without_options(line))
        mode = "a" if line.split()[:1] in (["-a"], ["--append"]) else "w"
        with open(name, mode, encoding="utf-8") as file:
            file.write(text)

    def refused(self, what: str) -> None:
        self.notebook.show(
            "stream", name="stdout", text=f"Not carried out while grading: {what[:200]}\n"
        )

    def system(self, command: str) -> None:
        """Carry out `!command`, which would start a program."""
        self.refused(f"!{command}")

    def getoutput(self, command: str) -> list[str]:
        """Give what `x = !command` prints: nothing."""
        self.refused(f"!{command}")
        return []


def without_options(line: str) -> str:
    """What stands behind the options of a magic."""
    words = line.split(" ")
    while words and ((words[0].startswith("-") and words[0][1:2].isalpha()) or not words[0]):
        words.pop(0)
    return " ".join(words)


def first_word(line: str) -> str:
    try:
        return next(iter(shlex.split(line)), "")
    except ValueError:
        return ""


def waited_for(code: Any, names: dict[str, Any]) -> Any:
    """Run code and give its value; where it waits at its top level, as cells may, go on at once."""
    result = eval(code, names)
    if not code.co_flags & inspect.CO_COROUTINE:
        return result
    while True:
        try:
            result.send(None)  # no loop of events is there: each wait is over when it begins
        except StopIteration as end:
            return end.value
