"""nbgrader's own steps on one notebook, those that the course's settings name, in their order.

The converters of nbgrader make every step anew for each notebook, look the notebook over after each
of them and write it to disk between them. Here the steps are made once, and what they give is the
same: a test holds the two side by side.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.converters import Autograde
from nbgrader.preprocessors import AssignLatePenalties, CheckCellMetadata
from traitlets.utils.importstring import import_item

from autograder.unshared import Unshared

Step = Callable[[NotebookNode, dict[str, Any]], tuple[NotebookNode, dict[str, Any]]]


class Steps:
    """The steps of autograding, but for the penalty, which hangs on what the gradebook holds."""

    def __init__(self, converter: Autograde, instead: dict[type, type]) -> None:
        """Make the steps of a converter; `instead` names what stands for some of them here."""
        names = [*converter.sanitize_preprocessors, *converter.autograde_preprocessors]
        kinds = [import_item(name) if isinstance(name, str) else name for name in names]
        self.steps: list[Step] = [
            made({CheckCellMetadata: CheckedOnce, **instead}.get(kind, kind), converter)
            for kind in kinds
            if not is_penalty(kind)
        ]

    def applied(self, text: str, resources: dict[str, Any]) -> str:
        """Take the text of a notebook through all steps and give what came of it."""
        notebook = nbformat.reads(text, as_version=4)
        for step in self.steps:
            notebook, resources = step(notebook, resources)
        nbformat.validate(notebook)
        return str(nbformat.v4.writes(Unshared(notebook))).rstrip("\n") + "\n"

    def of_kind(self, kind: type) -> Iterable[Any]:
        return [step for step in self.steps if isinstance(step, kind)]


class CheckedOnce(CheckCellMetadata):
    """nbgrader's look at the metadata of cells, spared where the very same has been looked at.

    The cells of the course are the same in every submission, and what it takes to look at them with
    a schema is a third of what a worker does.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.good: set[str] = set()

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Refuse a notebook with metadata of nbgrader that are none."""
        cells = [
            (c.cell_type, c.metadata["nbgrader"]) for c in nb.cells if "nbgrader" in c.metadata
        ]
        key = json.dumps(cells)
        if key not in self.good:
            nb, resources = super().preprocess(nb, resources)
            self.good.add(key)
        return nb, resources


def made(kind: Any, converter: Autograde) -> Step:
    """Make a step as nbconvert makes it; what is no class is used as it is."""
    step: Step = kind(parent=converter) if isinstance(kind, type) else kind
    return step


def is_penalty(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, AssignLatePenalties)


def penalty_step(converter: Autograde) -> AssignLatePenalties | None:
    """Make the step that the writer carries out; None where the settings name none."""
    for name in converter.autograde_preprocessors:
        kind = import_item(name) if isinstance(name, str) else name
        if is_penalty(kind):
            return kind(parent=converter)
    return None
