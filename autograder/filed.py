"""What one submission has got by now, asked of the gradebook in three questions.

nbgrader's objects would ask for each cell, and for the maximum of each, on its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from nbgrader import api
from sqlalchemy import bindparam, select

from autograder.noted import Filed


def filed_of(session: Any, assignment: str, student: str) -> Filed:
    """Give what the pages of one submission are to show, from the machine and from people."""
    filed, whose = Filed(), {"assignment": assignment, "student": student}
    for name, *row in session.execute(NOTEBOOKS, whose):
        filed.notebooks[name] = _named(row, "score max_score late_submission_penalty")
    for name, cell, *row in session.execute(GRADES, whose):
        filed.grades[name, cell] = _named(row, "score max_score")
    for name, cell, *row in session.execute(COMMENTS, whose):
        filed.comments[name, cell] = _named(row, "comment")
    return filed


def _named(row: Iterable[Any], names: str) -> SimpleNamespace:
    return SimpleNamespace(**dict(zip(names.split(), row, strict=True)))


def of_assignment(found: Any, assignment: Any) -> Any:
    """Narrow a question about submissions down to those of one assignment."""
    about = api.Assignment.id == api.SubmittedAssignment.assignment_id
    return found.join(api.Assignment, about).where(api.Assignment.name == assignment)


def _of_one(*columns: Any) -> Any:
    """Make the question for columns of one submission, by the names of its notebooks."""
    found = select(api.Notebook.name, *columns).select_from(api.SubmittedAssignment)
    found = found.join(api.SubmittedNotebook).join(api.Notebook)
    found = of_assignment(found, bindparam("assignment"))
    return found.where(api.SubmittedAssignment.student_id == bindparam("student"))


# Another name, since nbgrader's own expression for a maximum looks into the cells, too.
CELL = api.BaseCell.__table__.alias()
NOTEBOOKS = _of_one(
    api.SubmittedNotebook.score, api.SubmittedNotebook.max_score,
    api.SubmittedNotebook.late_submission_penalty,
)  # fmt: skip
GRADES, COMMENTS = (
    _of_one(CELL.c.name, *columns).join(kind).join(CELL, CELL.c.id == kind.cell_id)
    for kind, columns in (
        (api.Grade, (api.Grade.score, api.Grade.max_score)),
        (api.Comment, (api.Comment.comment,)),
    )
)
