"""How each verdict came about: what is needed to come to it again, kept beside the graded notebook."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from autograder.course import CourseError
from autograder.running import RECORD
from autograder.sandbox import Protection
from autograder.verdict import Verdict

PACKAGES = ("backprop-kit", "numpy", "landlockpy", "pyseccomp")


@dataclass(frozen=True)
class Record:
    """The verdicts on one notebook of one student."""

    student: str
    assignment: str
    notebook: str
    seed: int | None
    """What the fresh inputs were drawn from; None for those of a plain kernel."""
    layers: tuple[str, ...]
    missing: dict[str, str]
    versions: dict[str, str]
    submission: str
    """The hash of the cells that were run."""
    source: str
    """The hash of the source notebook, from which the reference was taken."""
    timeout: float
    """Seconds for one cell, and for all answers to one grade cell."""
    began: str
    seconds: float = 0.0
    key: str = ""
    """What stands for all that the verdicts hang on; empty where nobody keeps account of it."""
    verdicts: tuple[dict[str, Any], ...] = ()

    @staticmethod
    def begun(
        where: dict[str, str],
        seed: int | None,
        protection: Protection,
        submission: str,
        source: Path,
        timeout: float,
        key: str = "",
    ) -> Record:
        """Begin a record, before anything has been run."""
        return Record(
            student=where["student"],
            assignment=where["assignment"],
            notebook=where["notebook"],
            seed=seed,
            layers=protection.active,
            missing=protection.missing,
            versions=dict(versions()),
            submission=submission,
            source=sha256_of(source),
            timeout=timeout,
            began=datetime.now(UTC).isoformat(timespec="milliseconds"),
            key=key,
        )

    def ended(self, verdicts: Sequence[Verdict], seconds: float) -> Record:
        """The record with what came of it, and how long it took."""
        return replace(
            self,
            seconds=round(seconds, 3),
            verdicts=tuple(verdict.as_data() for verdict in verdicts),
        )

    def write(self, folder: Path) -> Path:
        """Write the record beside the graded notebook."""
        path = folder / f"{self.notebook}{RECORD}"
        path.unlink(missing_ok=True)  # nbgrader makes what it has graded read-only
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")
        return path

    @staticmethod
    def read(path: Path) -> Record:
        """Read a record. Raises CourseError where the file is none."""
        try:
            return Record(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise CourseError(f"{path} is no record of verdicts: {error}.") from error

    def verdict(self, grade_id: str) -> dict[str, Any] | None:
        """The verdict on one grade cell; None where there is none."""
        return next((each for each in self.verdicts if each["grade_id"] == grade_id), None)


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """What the verdict may depend on, beside what was handed in."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def sha256(notebook: NotebookNode) -> str:
    """The hash of what is run of a notebook: the texts of its cells, in order."""
    texts = [[cell.cell_type, cell.source] for cell in notebook.cells]
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()


def sha256_of(path: Path) -> str:
    """The hash of a file; empty where there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
