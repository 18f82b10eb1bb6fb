"""A notebook run in a plain Jupyter kernel: for one's own work, on one's own machine.

Nothing is kept from what runs there, so nobody else's work belongs in it.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output

from autograder.session import NO_END

NO_END_IN_TIME = {"ename": "NoEnd", "evalue": NO_END, "traceback": []}
SILENT = logging.Logger("a kernel of one's own")
SILENT.addHandler(logging.NullHandler())
KERNEL_ENDED = "The kernel ended in this cell or in one before it, so it was not run to its end."


def run_in_kernel(notebook: NotebookNode, folder: Path, seconds: int) -> None:
    """Run all cells from top to bottom, each for so many seconds, and fill in their outputs.

    A cell that fails is no reason to stop, as in grading; the end of the kernel is.
    """
    finished: list[NotebookNode] = []

    def executed(cell: NotebookNode, execute_reply: dict[str, Any], **_: Any) -> None:
        finished.append(cell)
        _put_into_words(cell, execute_reply)

    client = NotebookClient(
        notebook,
        timeout=seconds,
        interrupt_on_timeout=True,
        error_on_timeout=NO_END_IN_TIME,
        on_cell_executed=executed,
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        log=SILENT,  # what it would say of a deadline is said in the cell
    )
    try:
        client.execute()
    except DeadKernelError:
        _say_where(notebook, len(finished) and notebook.cells.index(finished[-1]) + 1)


def _put_into_words(cell: NotebookNode, execute_reply: dict[str, Any]) -> None:
    """Say that the time was up; where in the code the interrupt struck says nothing."""
    if execute_reply["content"].get("ename") == NO_END_IN_TIME["ename"]:
        printed = [output for output in cell.outputs if output.output_type != "error"]
        cell.outputs = [*printed, new_output("error", **NO_END_IN_TIME)]


def _say_where(notebook: NotebookNode, at: int) -> None:
    """Leave a sentence at the cell that was running, and at all after it."""
    for cell in notebook.cells[at:]:
        if cell.cell_type == "code":
            cell.outputs = [new_output("error", ename="Ended", evalue=KERNEL_ENDED, traceback=[])]
