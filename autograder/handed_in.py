"""The cells of a submission and those that were released, as plain data.

The process that reads submissions uses this, so it is plain Python with no package behind it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Say = Callable[..., None]
"""Notes a finding: `say(kind, **facts)`."""

NBGRADER_FLAGS = ("grade", "locked", "solution", "task")


@dataclass(frozen=True)
class Released:
    """One cell of the source notebook: what learners got, and what is graded."""

    name: str
    """The id of the cell, and where nbgrader knows the cell, its `grade_id`."""
    type: str
    given: str
    """The text that was given out."""
    graded: str
    """The text that is run when it is graded, hidden tests included."""
    nbgrader: Mapping[str, Any] = field(default_factory=dict)
    """Its nbgrader metadata; empty for prose, drawings and checks, which learners may change."""

    @property
    def answer(self) -> bool:
        """Whether the cell is for the learner to write in."""
        return bool(self.nbgrader.get("solution"))

    @property
    def locked(self) -> bool:
        """Whether the text of the cell is the course's."""
        return bool(self.nbgrader) and not self.answer

    @property
    def scored(self) -> bool:
        """Whether points are given for the cell."""
        return bool(self.nbgrader.get("grade") or self.nbgrader.get("task"))


@dataclass(eq=False)
class Cell:
    """One cell of a submission, read from whatever stood in the file.

    Two cells are the same only if they are one object, since learners copy cells.
    """

    type: str
    source: str
    id: str = ""
    marks: Mapping[str, Any] | None = None
    """The nbgrader metadata that it came with, None where it had none."""
    released: Released | None = None
    """The cell of the course that it is; None for a cell of the learner's own."""

    @property
    def marked(self) -> str:
        """The name under which nbgrader would file it; empty where it has none."""
        name = (self.marks or {}).get("grade_id")
        return name if isinstance(name, str) else ""

    def as_notebook_cell(self) -> dict[str, Any]:
        """Give the cell in notebook format 4.5, with nothing of the submission in it but its text."""
        metadata: dict[str, Any] = {}
        if self.type == "raw" and not (self.released and self.released.nbgrader):
            # Pages show raw text as it is; a block of code in prose is as readable, and tame.
            return Cell(
                "markdown", textwrap.indent(self.source, "    "), self.id
            ).as_notebook_cell()
        if self.released and self.released.nbgrader:
            metadata["nbgrader"] = dict(self.released.nbgrader)
        made: dict[str, Any] = {"cell_type": self.type, "id": self.id, "metadata": metadata}
        if self.type == "code":
            made |= {"execution_count": None, "outputs": []}
        return made | {"source": self.source}


def fresh(released: Released, source: str) -> Cell:
    """Make a cell of the course anew."""
    return Cell(released.type, source, released.name, released.nbgrader, released)
