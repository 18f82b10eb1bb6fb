"""The pages that learners get back: nbgrader's, made by an exporter that stays warm.

`nbgrader generate_feedback` makes the exporter and its templates anew for the class, and opens the
gradebook for each notebook. The pages here are the same.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_notebook
from nbgrader import utils
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory

from autograder.content import files_hash, hash_of
from autograder.handed_in import Released, fresh
from autograder.noted import Filed, InPlace
from autograder.warm_exporter import warm


@dataclass(frozen=True)
class PagesJob:
    """One graded submission whose pages are to be made."""

    student: str
    filed: Filed
    mark: str
    """The hash of all that the pages show."""


@dataclass(frozen=True)
class Pages:
    """Pages ready to be put in their place."""

    student: str
    staged: Path
    mark: str


class Feedback:
    """Makes the pages of one graded submission after the other, in a worker."""

    def __init__(
        self, folders: CourseDirectory, config: Any, gradebook: InPlace, staging: Path,
        log: logging.Logger, released: Mapping[str, Sequence[Released]],
    ) -> None:  # fmt: skip
        """Make nbgrader's exporter, with its steps."""
        self.folders, self.gradebook, self.staging, self.log = folders, gradebook, staging, log
        self.converter = GenerateFeedback(coursedir=folders, config=config, log=log)
        self.exporter = warm(self.converter.exporter_class)(
            parent=self.converter, config=self.converter.config
        )
        self._warm_up(released)  # before there are steps, which look grades up
        for step in self.converter.preprocessors:
            self.exporter.register_preprocessor(step)

    def _warm_up(self, released: Mapping[str, Sequence[Released]]) -> None:
        """Read the templates, set the prose and colour the code that all pages have in common."""
        self.log.disabled = True  # this is nobody's page
        for name, cells in released.items():
            about = resources(self.folders, "", name)
            about["nbgrader"] |= {"score": 0.0, "max_score": 0.0, "late_penalty": 0.0}
            page = new_notebook(cells=[_shown(cell) for cell in cells])
            # Templates of a course's own may ask for more than this; they are read all the same.
            with contextlib.suppress(Exception):
                self.exporter.from_notebook_node(page, about)
        self.log.disabled = False

    def make(self, job: PagesJob) -> Pages:
        """Write the pages of a submission into a folder that is not yet in its place."""
        folders = self.folders
        graded = Path(
            folders.format_path(folders.autograded_directory, job.student, folders.assignment_id)
        )
        staged = self.staging / "pages" / job.student
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(parents=True)
        self.gradebook.begin(job.filed)
        for path in utils.find_all_files(str(graded), [*folders.ignore, "*.ipynb"]):
            target = staged / Path(path).relative_to(graded)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
        for notebook in sorted(graded.glob("*.ipynb")):
            page, _ = self.exporter.from_filename(
                str(notebook), resources=resources(folders, job.student, notebook.stem)
            )
            (staged / f"{notebook.stem}.html").write_text(page, encoding="utf-8")
        set_permissions(staged, self.converter.permissions)
        return Pages(job.student, staged, job.mark)


def _shown(released: Released) -> NotebookNode:
    """Give a cell of the course as a page shows it, without a score."""
    cell = from_dict(fresh(released, released.graded).as_notebook_cell())
    cell.metadata.setdefault("nbgrader", NotebookNode()).score = 0.0
    return cell


def resources(folders: CourseDirectory, student: str, notebook: str) -> dict[str, Any]:
    """Give what nbgrader tells its steps of a notebook."""
    return {
        "unique_key": notebook,
        "output_files_dir": f"{notebook}_files",
        "nbgrader": {
            "student": student,
            "assignment": folders.assignment_id,
            "notebook": notebook,
            "db_url": folders.db_url,
        },
    }


def set_permissions(folder: Path, permissions: int) -> None:
    """Give all files in a folder the permissions that nbgrader writes as 444 or 644."""
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(int(str(permissions), 8))


def mark_of(graded: Path, filed: Filed) -> str:
    """Give the hash of all that the pages of a submission show."""
    parts: tuple[Mapping[Any, Any], ...] = (filed.notebooks, filed.grades, filed.comments)
    said = [sorted((str(key), vars(row)) for key, row in part.items()) for part in parts]
    return hash_of(said, files_hash(graded, sorted(graded.glob("*.ipynb"))))
