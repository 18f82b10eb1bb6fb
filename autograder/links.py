"""Links from one notebook of the course to another, which hold wherever the notebooks lie.

A section links to its neighbours as they lie in one folder: `[02](02_simple_expressions.ipynb)`.
Where each section is an assignment of its own, each notebook lies in a folder of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from nbformat import NotebookNode

FLAT = re.compile(r"\]\((?P<name>[\w-]+)\.ipynb(?P<place>#[^)\s]*)?\)")
APART = re.compile(r"\]\(\.\./(?P<name>[\w-]+)/(?P=name)\.ipynb(?P<place>#[^)\s]*)?\)")


def apart(text: str) -> str:
    """Link as from a folder for each notebook."""
    return FLAT.sub(lambda link: f"](../{link['name']}/{target(link)})", text)


def together(text: str) -> str:
    """Link as from one folder for all notebooks."""
    return APART.sub(lambda link: f"]({target(link)})", text)


def target(link: re.Match[str]) -> str:
    """Give the file that a link leads to, and the place in it."""
    return f"{link['name']}.ipynb{link['place'] or ''}"


def in_prose(notebook: NotebookNode, change: Callable[[str], str]) -> NotebookNode:
    """Change the links in the prose of a notebook, in place; code is left alone."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = change(cell.source)
    return notebook
