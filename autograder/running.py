"""One notebook run in the sandbox and judged outside of it, cell by cell."""

from __future__ import annotations

import atexit
import dataclasses
import os
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from nbformat import NotebookNode, from_dict

from autograder.forkserver import ForkServer, Settings
from autograder.session import Session
from autograder.verdict import NoReference, Reference, Verdict, trusting, uses_of, verdict_from

MOST_OF_FILES = 16 << 20  # bytes, of all files together
RECORD = ".verdicts.json"
MOST_RUNS = 4  # of one notebook, while its processes end at other places each time

_SERVERS: dict[tuple[int, Settings], ForkServer] = {}


def server_for(settings: Settings) -> ForkServer:
    """Give the fork server of this process with these settings; it ends with the process."""
    key = (os.getpid(), settings)
    if key not in _SERVERS:
        _SERVERS[key] = ForkServer(settings)
        atexit.register(_SERVERS[key].close)
    return _SERVERS[key]


def run_and_judge(
    cells: Iterable[NotebookNode],
    reference: Callable[[], Reference],
    server: ForkServer,
    seconds: float,
    seed: int | None,
    files: Sequence[tuple[str, bytes]] = (),
) -> list[Verdict]:
    """Give every code cell its outputs and every grade cell its verdict, in order.

    Where a process ended, all is run once more: who ended it cannot be told, and a learner is not
    to pay for a machine that was short of memory. What ends twice at the same places is the doing
    of the notebook, unless the server ended in between, and with it all that it had forked.

    `seed` draws the fresh inputs; None draws those of a plain kernel. `files` lie beside the
    notebook, by their paths.

    Raises:
        TooWeak, ServerLost: where nothing can be run; no learner's fault.

    """
    cells = list(cells)
    before: object = None
    through: object = None
    for _ in range(MOST_RUNS):
        with Session(server, seconds, seed or 0, files, puts_off=True) as session:
            verdicts = carried_out(session, cells, reference, seed)
        places = [[output.get("ename") for output in cell.get("outputs", ())] for cell in cells]
        ended = (places, [(verdict.fault, verdict.points) for verdict in verdicts])
        if not session.ended or (ended == before and server.channel is through):
            break
        before, through = ended, server.channel
    return verdicts


def carried_out(
    session: Session,
    cells: list[NotebookNode],
    reference: Callable[[], Reference],
    seed: int | None,
) -> list[Verdict]:
    """Run and judge the cells of a notebook in the processes of one session."""
    verdicts: list[Verdict] = []
    for count, cell in enumerate((c for c in cells if is_code(c)), start=1):
        cell.execution_count = count
        if is_graded(cell):
            verdict = judged(session, cell, cells, reference, seed, count)
            verdicts.append(verdict)
            outputs = verdict.outputs(count)
        else:
            outputs = session.cell(cell.source, count)
        cell.outputs = [as_output(output, count) for output in outputs]
    return verdicts


def judged(
    session: Session,
    cell: NotebookNode,
    cells: list[NotebookNode],
    reference: Callable[[], Reference],
    seed: int | None,
    count: int,
) -> Verdict:
    """Give the verdict on one grade cell, and how long it took."""
    start = time.monotonic()
    name, most = cell.metadata.nbgrader["grade_id"], float(cell.metadata.nbgrader["points"])
    uses = uses_of(cells, name)
    try:
        source = reference()
        if source.is_judged(name):
            answer = session.judged(source.job(name, most, seed))
            verdict = verdict_from(name, most, answer, uses)
        else:
            verdict = trusting(name, most, session.cell(cell.source, count), uses)
    except NoReference as error:
        verdict = Verdict(name, 0.0, most, "", fault="kit", why=str(error))
    return dataclasses.replace(verdict, seconds=round(time.monotonic() - start, 3))


def files_beside(folder: Path) -> list[tuple[str, bytes]]:
    """Give the files that lie in a graded folder beside its notebooks, as far as there is room."""
    found: list[tuple[str, bytes]] = []
    left = MOST_OF_FILES
    for path in sorted(folder.rglob("*")):
        ours = path.name.endswith((".ipynb", RECORD)) or path.is_symlink()
        if ours or not path.is_file() or path.stat().st_size > left:
            continue
        content = path.read_bytes()
        left -= len(content)
        found.append((path.relative_to(folder).as_posix(), content))
    return found


def is_code(cell: NotebookNode) -> bool:
    """Whether a cell is there to be run; a grade cell always is."""
    return cell.cell_type == "code" and (bool(cell.source.strip()) or is_graded(cell))


def is_graded(cell: NotebookNode) -> bool:
    """Whether a cell is scored by the machine; an answer that carries points is graded by hand."""
    metadata = cell.metadata.get("nbgrader", {})
    return bool(metadata.get("grade")) and not metadata.get("solution")


def as_output(output: dict[str, Any], count: int) -> NotebookNode:
    if output["output_type"] == "execute_result":
        output = {**output, "execution_count": count}
    return from_dict(output)
