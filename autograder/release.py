"""The learner's version of a notebook: solutions and hidden tests taken out, cells locked.

nbgrader's own steps do it, with the course's settings and without its database, so that learners
who fetch nothing from an exchange get the very notebook that `nbgrader generate_assignment` makes.
"""

from __future__ import annotations

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
    import nbformat

    try:
        notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
        for step in _steps(settings(path)):
            notebook, _ = step(notebook, {})
    except Exception as error:
        # nbformat and nbgrader raise whatever they like; each says what it stumbled over.
        raise CourseError(
            f"{path} cannot be released, because {type(error).__name__}: {error}; "
            "build it again with: backprop build"
        ) from error
    return notebook


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
    from nbgrader.preprocessors import SaveCells

    steps = GenerateAssignment.preprocessors.default_args[0]
    # SaveCells only writes to the gradebook; it changes nothing in the notebook.
    return [step(config=config) for step in steps if step is not SaveCells]
