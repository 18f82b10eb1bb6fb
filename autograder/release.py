"""The learner's version of a notebook: solutions and hidden tests taken out, cells locked.

nbgrader's own steps do it, with the course's settings and without its database, so that learners
who fetch nothing from an exchange get the very notebook that `nbgrader generate_assignment` makes.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course import CourseError

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from traitlets.config import Config

CONFIG = "nbgrader_config.py"


def released(path: Path) -> NotebookNode:
    """Give the learner's version of a source notebook.

    Raises:
        CourseError: when the file is not a notebook that nbgrader can release.

    """
    return _both(path)[1]


def graded_and_given(path: Path) -> tuple[NotebookNode, NotebookNode]:
    """Give a source notebook as it is graded, hidden tests in it, and as it is given out.

    Neither has solutions in it, and both have the same cells.

    Raises:
        CourseError: when the file is not a notebook that nbgrader can release.

    """
    return _both(path)


def _both(path: Path) -> tuple[NotebookNode, NotebookNode]:
    import nbformat
    from nbgrader.preprocessors import SaveCells

    try:
        notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
        for step in _steps(settings(path)):
            if isinstance(step, SaveCells):
                # SaveCells only writes to the gradebook; what it would write is what is graded.
                graded = copy.deepcopy(notebook)
            else:
                notebook, _ = step(notebook, {})
    except Exception as error:
        # nbformat and nbgrader raise whatever they like; each says what it stumbled over.
        raise CourseError(
            f"{path} cannot be released, because {type(error).__name__}: {error}; "
            "build it again with: backprop build"
        ) from error
    return graded, notebook


def settings(path: Path) -> Config:
    """Load the nbgrader settings of the course that a notebook lies in; else nbgrader's own."""
    from traitlets.config import Config
    from traitlets.config.loader import PyFileConfigLoader

    for folder in path.resolve().parents:
        if (folder / CONFIG).is_file():
            return PyFileConfigLoader(CONFIG, path=str(folder)).load_config()
    return Config()


def _steps(config: Config) -> list:
    from nbgrader.converters import GenerateAssignment

    return [step(config=config) for step in GenerateAssignment.preprocessors.default_args[0]]
