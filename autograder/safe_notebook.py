"""A notebook written anew, with nothing of the submission in it but the text of its cells.

The process that reads submissions uses this, so it is plain Python with no package behind it.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence

from autograder.handed_in import Cell

MOST_NOTED = 30
NOTE = "put-right-before-grading"
# Never the submission's own: a kernelspec says which program is started.
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def as_text(
    cells: list[Cell], sentences: Sequence[str], title: str = "Put right before grading"
) -> str:
    """Write a notebook in format 4.5, with a note on top that says what was put right."""
    with_ids(cells)
    made = [cell.as_notebook_cell() for cell in cells]
    if sentences:
        made.insert(
            0, Cell("markdown", note(title, sentences), _free(NOTE, cells)).as_notebook_cell()
        )
    notebook = {"cells": made, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def note(title: str, sentences: Sequence[str]) -> str:
    """Write the note on top of a notebook."""
    told = list(dict.fromkeys(filter(None, sentences)))
    lines = [f"- {sentence}" for sentence in told[:MOST_NOTED]]
    if len(told) > MOST_NOTED:
        lines.append(f"- And {len(told) - MOST_NOTED} more of this kind.")
    return "\n".join([f"### {title}", "", *lines])


def _free(name: str, cells: Sequence[Cell]) -> str:
    taken = {cell.id for cell in cells}
    while name in taken:
        name += "-"
    return name


def with_ids(cells: Sequence[Cell]) -> None:
    """Give every cell an id of its own; those of the course keep theirs."""
    taken = {cell.released.name for cell in cells if cell.released}
    fresh_names = (f"cell-{number}" for number in itertools.count(1))
    for cell in cells:
        if cell.released:
            cell.id = cell.released.name
        elif not cell.id or cell.id in taken:
            cell.id = next(name for name in fresh_names if name not in taken)
        taken.add(cell.id)
