"""nbgrader's step that runs a notebook, with the sandbox and the judge in the place of a kernel.

It stands for `Execute` in the course's settings, so that every way to autograde uses it: the
command, formgrader's button, the demo. A record of how each verdict came about is kept beside the
graded notebook.
"""

from __future__ import annotations

import secrets
import time
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Integer, List, Unicode

from autograder.forkserver import ForkServer, Settings
from autograder.layers import MIB, Limits
from autograder.records import Record, sha256
from autograder.running import files_beside, run_and_judge, server_for
from autograder.sandbox import REQUIRED
from autograder.verdict import NoReference, Reference, Verdict


class SandboxedExecute(NbGraderPreprocessor):
    """Runs what was handed in where it can do no harm, and has it judged elsewhere."""

    timeout = Integer(30, help="Seconds for one cell, and for all answers to one grade cell.").tag(
        config=True
    )
    memory = Integer(1024, help="Megabytes for one notebook.").tag(config=True)
    cpu = Integer(300, help="Seconds of processor time for one notebook.").tag(config=True)
    required = List(
        Unicode(), list(REQUIRED), help="Layers of the sandbox without which nothing is graded."
    ).tag(config=True)
    allow_weaker = Bool(False, help="Grade even where a required layer is missing.").tag(
        config=True
    )
    bubblewrap = Bool(False, help="Start the fork server inside bubblewrap.").tag(config=True)
    fresh_inputs = Bool(
        True, help="Draw inputs for each submission; else those of a plain kernel are used."
    ).tag(config=True)

    verdicts: tuple[Verdict, ...] = ()
    """Those on the notebook that was run last."""
    key = ""
    """What stands for all that the verdicts hang on, where somebody keeps account of it."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Run one submitted notebook and judge its grade cells."""
        where = resources["nbgrader"]
        source = self.source_of(where["assignment"], where["notebook"])
        server = self.server()
        protection = server.protection
        self.log.info("%s", protection)
        seed = self.seed_for(where) if self.fresh_inputs else None
        record = Record.begun(where, seed, protection, sha256(nb), source, self.timeout, self.key)
        folder = Path(resources["metadata"]["path"])
        start = time.monotonic()  # the time of day can be set meanwhile
        verdicts = run_and_judge(
            nb.cells,
            cache(lambda: reference_in(source)),
            server,
            self.timeout,
            seed,
            files_beside(folder),
        )
        self.verdicts = tuple(verdicts)
        for verdict in verdicts:
            if verdict.needs_person:
                self.log.error("%s needs a person: %s", verdict.grade_id, verdict.why)
        record.ended(verdicts, time.monotonic() - start).write(folder)
        return nb, resources

    def source_of(self, assignment: str, notebook: str) -> Path:
        """Say where the source of a notebook lies, solutions included."""
        folders = self.folders()
        source = folders.format_path(folders.source_directory, ".", assignment)
        return Path(source) / f"{notebook}.ipynb"

    def folders(self) -> CourseDirectory:
        """Give the folders of the course: those of the converter whose exporter this is a step of."""
        folders: CourseDirectory = self.parent.parent.coursedir
        return folders

    def seed_for(self, where: dict[str, str]) -> int:
        """Give what the fresh inputs of one notebook are drawn from."""
        return secrets.randbits(62)

    def server(self) -> ForkServer:
        """Give the fork server with these settings."""
        return server_for(self.settings())

    def settings(self) -> Settings:
        """Give the sandbox that submissions are run in."""
        limits = Limits(memory=self.memory * MIB, cpu=self.cpu)
        return Settings(limits, tuple(self.required), self.allow_weaker, self.bubblewrap)


def reference_in(path: Path) -> Reference:
    """Read what the judge runs from a source notebook.

    Raises:
        NoReference: where there is none that can be read.

    """
    try:
        return _reference(path.read_text(encoding="utf-8"))
    except Exception as error:  # nbformat raises whatever it likes
        raise NoReference(
            f"the source notebook {path.name} cannot be read ({type(error).__name__}); build it "
            "again with: backprop build"
        ) from error


@lru_cache(maxsize=8)
def _reference(text: str) -> Reference:
    """Read a source notebook, which is the same for a whole class."""
    notebook: Any = nbformat.reads(text, as_version=nbformat.NO_CONVERT)
    return Reference(tuple(notebook.cells))
