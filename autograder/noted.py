"""What the gradebook has noted of an assignment, as plain data that answers as the gradebook would.

nbgrader's steps open the gradebook by themselves, each anew. A worker has none: it looks at what
was handed in, and only one process is to write. So its steps are given this in the gradebook's
place: what was noted when the grading began, and room for what one submission is to get.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from nbgrader import api


@dataclass(frozen=True)
class NotedNotebook:
    """One notebook of an assignment, as it was released."""

    name: str
    kernelspec: str | None
    source_cells: tuple[SimpleNamespace, ...]
    grade_cells: tuple[SimpleNamespace, ...]
    solution_cells: tuple[SimpleNamespace, ...]
    task_cells: tuple[SimpleNamespace, ...]

    @property
    def graded(self) -> tuple[SimpleNamespace, ...]:
        """The cells that get a score."""
        return self.grade_cells + self.task_cells


def noted(notebook: api.Notebook) -> NotedNotebook:
    """Copy what the gradebook has noted of a notebook."""
    return NotedNotebook(
        name=notebook.name,
        kernelspec=notebook.kernelspec,
        source_cells=_copied(notebook.source_cells, "name cell_type source checksum locked"),
        grade_cells=_copied(notebook.grade_cells, "id name cell_type max_score"),
        solution_cells=_copied(notebook.solution_cells, "id name"),
        task_cells=_copied(notebook.task_cells, "id name cell_type max_score"),
    )


def _copied(cells: Any, names: str) -> tuple[SimpleNamespace, ...]:
    return tuple(SimpleNamespace(**{n: getattr(cell, n) for n in names.split()}) for cell in cells)


@dataclass
class Filed:
    """What the steps of one submission filed, or what is shown to those that make its feedback."""

    grades: dict[tuple[str, str], SimpleNamespace] = field(default_factory=dict)
    """By notebook and cell."""
    comments: dict[tuple[str, str], SimpleNamespace] = field(default_factory=dict)
    notebooks: dict[str, SimpleNamespace] = field(default_factory=dict)


class InPlace:
    """Stands for nbgrader's `Gradebook`, and for each one that a step opens."""

    def __init__(self, notebooks: Mapping[str, NotedNotebook]) -> None:
        self.notebooks = notebooks
        self.filed = Filed()
        self.db = SimpleNamespace(commit=lambda: None)

    def __call__(self, *args: Any, **kwargs: Any) -> InPlace:
        return self

    def __enter__(self) -> InPlace:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Do nothing: what is filed is fetched by whoever had it filed."""

    def begin(self, filed: Filed | None = None) -> Filed:
        """Make room for what the next submission gets."""
        self.filed = filed or Filed()
        return self.filed

    # ----- what the steps look up, as nbgrader's gradebook gives it ------------------------------

    def find_notebook(self, name: str, assignment: str) -> NotedNotebook:
        return self._known(self.notebooks.get(name), "notebook", name)

    def find_source_cell(self, name: str, notebook: str, assignment: str) -> SimpleNamespace:
        return self._cell(self.find_notebook(notebook, assignment).source_cells, name)

    def find_grade_cell(self, name: str, notebook: str, assignment: str) -> SimpleNamespace:
        return self._cell(self.find_notebook(notebook, assignment).grade_cells, name)

    def find_graded_cell(self, name: str, notebook: str, assignment: str) -> SimpleNamespace:
        return self._cell(self.find_notebook(notebook, assignment).graded, name)

    def find_grade(
        self, cell: str, notebook: str, assignment: str, student: str
    ) -> SimpleNamespace:
        known = self.find_graded_cell(cell, notebook, assignment)
        return self.filed.grades.setdefault((notebook, cell), new_grade(known))

    def find_comment(
        self, cell: str, notebook: str, assignment: str, student: str
    ) -> SimpleNamespace:
        return self.filed.comments.setdefault((notebook, cell), new_comment())

    def find_submission_notebook(
        self, notebook: str, assignment: str, student: str
    ) -> SimpleNamespace:
        return self._known(self.filed.notebooks.get(notebook), "submitted notebook", notebook)

    def _cell(self, cells: tuple[SimpleNamespace, ...], name: str) -> SimpleNamespace:
        return self._known(next((cell for cell in cells if cell.name == name), None), "cell", name)

    def _known(self, found: Any, what: str, name: str) -> Any:
        if found is None:
            raise api.MissingEntry(f"No such {what}: {name}")
        return found


def new_grade(cell: SimpleNamespace) -> SimpleNamespace:
    """A grade as nbgrader makes it, before anything has been filed."""
    return SimpleNamespace(
        auto_score=None, manual_score=None, extra_credit=None, needs_manual_grade=True,
        score=0.0, max_score=cell.max_score,
    )  # fmt: skip


def new_comment() -> SimpleNamespace:
    return SimpleNamespace(auto_comment=None, manual_comment=None, comment=None)


def put_in_place(stand_in: Callable[..., Any]) -> None:
    """Let every module in this process that opens nbgrader's gradebook get the stand-in."""
    for module in list(sys.modules.values()):
        if getattr(module, "Gradebook", None) is api.Gradebook and module is not api:
            module.Gradebook = stand_in  # type: ignore[attr-defined]
