"""A submission made safe to open: read by a process of its own, never by the one that grades.

That process holds limits and a deadline and answers with plain JSON. Whatever a submission does to
it, the answer here is a notebook that can be graded, or a sentence for the person who has to look.
The files that were handed in are never changed.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from autograder.findings import Finding, found
from autograder.handed_in import Released, fresh
from autograder.intake_process import FILES
from autograder.restoring import NO_ANSWER
from autograder.safe_notebook import as_text

PROGRAM = """\
import sys
sys.path[:0] = [{root!r}]
from autograder.{module} import main
main()
"""

# Windows cannot start a process without it; nothing else is anybody's business in there.
ENVIRONMENT = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}


@dataclass(frozen=True)
class Limits:
    """How much of each thing the reading of one submission may take."""

    seconds: int = 15
    memory: int = 400_000_000
    notebook: int = 32_000_000
    file: int = 8_000_000
    """Bytes of a file beside the notebooks: what the sandbox lets a file have."""
    files: int = 20_000_000
    """Bytes of all of them together."""
    answer: int = 80_000_000
    """Bytes that the process may answer with."""


@dataclass(frozen=True)
class Taken:
    """What was made of one submission."""

    notebooks: Mapping[str, str] = field(default_factory=dict)
    """The text of each notebook, by its name without `.ipynb`."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """The files beside the notebooks, by their paths in the submission."""
    findings: tuple[Finding, ...] = ()
    for_person: Mapping[str, Finding] = field(default_factory=dict)
    """The notebooks that could not be read, and why; each has a blank one among `notebooks`."""

    def as_data(self) -> dict[str, Any]:
        """Give what was found, as it is written to JSON."""
        return {
            "findings": [finding.as_data() for finding in self.findings],
            "for_person": {name: why.as_data() for name, why in self.for_person.items()},
        }


class NotRead(Exception):
    """The process that reads a submission gave no answer; the text says what it did instead."""


class Killed(NotRead):
    """The process was killed: by its limits, or by somebody who had other reasons."""


def take_in(
    base: Path,
    parts: Sequence[str],
    released: Mapping[str, Sequence[Released]],
    limits: Limits | None = None,
) -> Taken:
    """Read the submission in the folder `parts` of `base`, for the notebooks that were released.

    `base` is trusted; below it no link is followed. Whatever is in the folder, this returns.
    """
    limits = limits or Limits()
    request = Request(base, tuple(parts), released, limits)
    try:
        taken = request.send()
    except NotRead as trouble:
        if len(released) == 1:
            taken = _not_read(released, trouble)
        else:
            # One of the notebooks is to blame: the others are not to suffer for it.
            # Each has its share of the time, so that all tries together take twice as long at most.
            share = max(1, limits.seconds // (len(released) + 1))
            request = replace(request, limits=replace(limits, seconds=share))
            taken = _together([request.alone(name) for name in (FILES, *released)])
    return _with_blanks(taken, released)


@dataclass(frozen=True)
class Request:
    """What the process that reads is asked."""

    base: Path
    parts: tuple[str, ...]
    released: Mapping[str, Sequence[Released]]
    limits: Limits

    def send(self, only: str | None = None) -> Taken:
        """Have the submission read, or one notebook of it only.

        Raises:
            NotRead: when there is no answer, or none that can be used.

        """
        question = {
            "base": str(self.base),
            "parts": self.parts,
            "only": only,
            "path": [entry for entry in sys.path if entry],
            "limits": asdict(self.limits),
            "released": {
                name: [vars(cell) for cell in cells] for name, cells in self.released.items()
            },
        }
        asked = json.dumps(question).encode()
        try:
            return _as_taken(_answer(asked, self.limits))
        except Killed:
            # Once more: what its limits stop is stopped again, and nobody pays for the rest.
            return _as_taken(_answer(asked, self.limits))

    def alone(self, name: str) -> Taken:
        """Have one notebook read, or the files; if that fails, a person has to look at it."""
        try:
            return self.send(only=name)
        except NotRead as trouble:
            return _not_read([] if name == FILES else [name], trouble)


def _not_read(names: Iterable[str], trouble: NotRead) -> Taken:
    return Taken(for_person={name: found("not_read", name, why=str(trouble)) for name in names})


def _answer(question: bytes, limits: Limits) -> bytes:
    """Have a process read, and give its answer."""
    # Files, not pipes: neither side has to wait for the other, and what is too much stays on disk.
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as told:
        asked.write(question)
        asked.seek(0)
        code, said = READS(asked.fileno(), told.fileno(), limits.seconds)
        if code:
            raise _not_read_because(code, said)
        told.seek(0)
        answer = told.read(limits.answer + 1)
    if len(answer) > limits.answer:
        raise NotRead("gave more than there is room for")
    return answer


def start_and_read(asked: int, told: int, seconds: float) -> tuple[int, bytes]:
    """Start a process that reads; give what it ended with, and its last words."""
    try:
        done = subprocess.run(
            command("intake_process"), stdin=asked, stdout=told, stderr=subprocess.PIPE,
            timeout=seconds, env=ENVIRONMENT, cwd=tempfile.gettempdir(),
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NotRead("did not end in time") from None
    return done.returncode, done.stderr


READS = start_and_read
"""How a process is got that reads; a worker that reads many keeps one warm (`warm_intake.py`)."""


def command(module: str) -> list[str]:
    """Give the command that runs a module of ours in an interpreter with nothing else in it."""
    root = str(Path(__file__).resolve().parent.parent)
    return [sys.executable, "-I", "-S", "-c", PROGRAM.format(root=root, module=module)]


def _not_read_because(code: int, said: bytes) -> NotRead:
    if code < 0:
        kind = Killed if code == -9 else NotRead
        return kind(f"was stopped by signal {-code}, as for too much time or output")
    words = said.decode(errors="replace").strip().rpartition("\n")[2]
    return NotRead(f"failed with {words}" if words else "failed without a word")


def _as_taken(answer: bytes) -> Taken:
    try:
        told = json.loads(answer)
        return Taken(
            notebooks={str(name): str(text) for name, text in told["notebooks"].items()},
            files={name: base64.b64decode(text) for name, text in told["files"].items()},
            findings=tuple(Finding(**each) for each in told["findings"]),
            for_person={name: Finding(**each) for name, each in told["for_person"].items()},
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise NotRead("gave an answer that makes no sense") from error


def _together(each: Sequence[Taken]) -> Taken:
    findings = dict.fromkeys(finding for taken in each for finding in taken.findings)
    return Taken(
        notebooks={name: text for taken in each for name, text in taken.notebooks.items()},
        files={path: content for taken in each for path, content in taken.files.items()},
        findings=tuple(findings),
        for_person={name: why for taken in each for name, why in taken.for_person.items()},
    )


def _with_blanks(taken: Taken, released: Mapping[str, Sequence[Released]]) -> Taken:
    """Put a blank notebook in the place of each that a person has to look at."""
    blanks = {
        name: blank(released[name], why)
        for name, why in taken.for_person.items()
        if name in released
    }
    return Taken({**taken.notebooks, **blanks}, taken.files, taken.findings, taken.for_person)


def blank(released: Sequence[Released], why: Finding) -> str:
    """Make the notebook that stands for one that could not be read: no answers, and the reason."""
    cells = [
        fresh(each, NO_ANSWER[each.type] if each.answer else each.graded)
        for each in released
        if each.nbgrader
    ]
    return as_text(cells, [why.learner], title="To be graded by a person")
