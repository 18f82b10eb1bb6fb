"""A learner's own notebook run as it will be graded, on the learner's own machine.

Where the machine provides the layers of the sandbox, the notebook runs in it, so that what is not
there while work is graded is not there now. Elsewhere it runs in a plain kernel, and that is said.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from nbformat import NotebookNode

from autograder.forkserver import ForkServer, ServerLost
from autograder.kernel import run_in_kernel
from autograder.running import as_output, is_code
from autograder.sandbox import TooWeak
from autograder.session import Session

MOST_FILES, MOST_BYTES = 200, 16 << 20
PLAIN = (
    "Note: your notebook ran in a plain kernel, since this machine lacks what graded work runs in "
    "({why}). There, drawings and the network are missing, and memory and time are bounded."
)


def run(notebook: NotebookNode, folder: Path, seconds: int) -> None:
    """Run all cells from top to bottom, each for so many seconds, and fill in their outputs."""
    try:
        with ForkServer() as server:
            _run_in(server, notebook, folder, seconds)
    except (TooWeak, ServerLost) as error:
        print(PLAIN.format(why=in_short(error)))
        run_in_kernel(notebook, folder, seconds)


def _run_in(server: ForkServer, notebook: NotebookNode, folder: Path, seconds: int) -> None:
    files = list(files_of(folder)) if server.protection else []
    with Session(server, seconds, files=files) as session:
        for count, cell in enumerate(filter(is_code, notebook.cells), start=1):
            cell.execution_count = count
            shown = session.cell(cell.source, count)
            cell.outputs = [as_output(output, count) for output in shown]


def files_of(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Give the files that lie in the folder of the notebook itself, as far as there is room."""
    left = MOST_BYTES
    plain = [entry for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False)]
    for entry in sorted(plain, key=lambda entry: entry.name)[:MOST_FILES]:
        hidden = entry.name.startswith(".") or entry.name.endswith(".ipynb")
        if not hidden and entry.stat().st_size <= left and os.access(entry, os.R_OK):
            content = Path(entry).read_bytes()
            left -= len(content)
            yield entry.name, content


def in_short(error: Exception) -> str:
    """Give the reason that a machine has no sandbox, without what an instructor could do about it."""
    text = str(error).removeprefix("Nothing was graded").lstrip(",: ")
    return text.removeprefix("because the sandbox lacks ").partition(";")[0].rstrip(".")
