"""nbgrader's own steps on one notebook, those that the course's settings name, in their order.

The converters of nbgrader make every step anew for each notebook, look the notebook over after each
of them and write it to disk between them. Here the steps are made once, and what they give is the
same: a test holds the two side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.converters import Autograde
from nbgrader.preprocessors import AssignLatePenalties
from traitlets.utils.importstring import import_item

Step = Callable[[NotebookNode, dict[str, Any]], tuple[NotebookNode, dict[str, Any]]]


class Steps:
    """The steps of autograding, but for the penalty, which hangs on what the gradebook holds."""

    def __init__(self, converter: Autograde, instead: dict[type, type]) -> None:
        """Make the steps of a converter; `instead` names what stands for some of them here."""
        names = [*converter.sanitize_preprocessors, *converter.autograde_preprocessors]
        kinds = [import_item(name) if isinstance(name, str) else name for name in names]
        self.steps: list[Step] = [
            made(instead.get(kind, kind), converter) for kind in kinds if not is_penalty(kind)
        ]

    def applied(self, text: str, resources: dict[str, Any]) -> str:
        """Take the text of a notebook through all steps and give what came of it."""
        notebook = nbformat.reads(text, as_version=4)
        for step in self.steps:
            notebook, resources = step(notebook, resources)
        nbformat.validate(notebook)
        return str(nbformat.writes(notebook)).rstrip("\n") + "\n"

    def of_kind(self, kind: type) -> Iterable[Any]:
        return [step for step in self.steps if isinstance(step, kind)]


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
