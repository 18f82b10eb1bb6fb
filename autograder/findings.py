"""What was put right in a submission before it was graded, in one sentence for each reader.

The process that reads submissions uses this, so it is plain Python with no package behind it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

LONGEST_NAME = 100


@dataclass(frozen=True)
class Finding:
    """One thing that was found in a submission."""

    kind: str
    learner: str
    """A sentence for whoever handed it in: what was done, and what to do another time."""
    instructor: str
    """A sentence for whoever grades it."""
    notebook: str = ""
    """The notebook that it was found in; empty for what lies beside the notebooks."""

    def as_data(self) -> dict[str, str]:
        """Give it as it is written to JSON."""
        return asdict(self)


def found(kind: str, notebook: str = "", **facts: Any) -> Finding:
    """Say what was found, in the words of its kind; names are shown so that they can do no harm."""
    learner, instructor = WORDS[kind]
    shown = {word: quoted(fact) if isinstance(fact, str) else fact for word, fact in facts.items()}
    return Finding(kind, learner.format(**shown), instructor.format(**shown), notebook)


def quoted(name: str) -> str:
    """Give a name that somebody else chose as it may stand between backquotes in a sentence."""
    shown = "".join(c if c.isprintable() and c not in "`<>&" else "?" for c in name)
    return shown if len(shown) <= LONGEST_NAME else f"{shown[:LONGEST_NAME]}..."


# Each kind: what the learner is told, and what the instructor is told.
WORDS = {
    # --- files ----------------------------------------------------------------------------------
    "link": (
        "`{name}` is a link to another place, and only what lies in your folder is graded; hand in the file itself.",
        "`{name}` is a symbolic link; it was not followed.",
    ),
    "hard_link": (
        "`{name}` is a second name of a file that lies elsewhere too (a hard link); hand in a copy of it.",
        "`{name}` is a hard link, which may be the name of somebody else's file; it was not read.",
    ),
    "special": (
        "`{name}` is no ordinary file, so it was left out.",
        "`{name}` is a pipe, a socket or a device, and was not opened.",
    ),
    "folder": (
        "`{name}` is a folder and no file, so it was left out; hand in the file itself.",
        "`{name}` is a folder, and no file.",
    ),
    "shadow": (
        "`{name}` would be taken for the module `{module}` by everything that imports it, so it was left out; give it another name.",
        "`{name}` would stand in for the module `{module}`; it was left out.",
    ),
    "settings": (
        "`{name}` is a file that Python or Jupyter reads as settings, so it was left out.",
        "`{name}` is a file of settings for Python or Jupyter; it was left out.",
    ),
    "reserved": (
        "`{name}` has a name that grading keeps for files of its own, so it was left out; give it another name.",
        "`{name}` has the name of a file that grading writes; it was left out.",
    ),
    "odd_name": (
        "`{name}` has a name that does not work everywhere, so it was left out; use letters, digits, dots and dashes.",
        "`{name}` has a name with control characters, a path or the like in it; it was left out.",
    ),
    "big_file": (
        "`{name}` was left out, because a file beside a notebook may have {one:g} MB, and all of them {most:g} MB.",
        "`{name}` is larger than {one:g} MB, or with the others than {most:g} MB; it was left out.",
    ),
    "many_files": (
        "There are more files beside your notebooks than the {most} that are taken along; the rest were left out.",
        "More than {most} files lie beside the notebooks; the rest were left out.",
    ),
    "deep_folder": (
        "`{name}` lies too deep in folders within folders, so it was left out.",
        "`{name}` lies too deep in folders within folders; it was left out.",
    ),
    "unreadable": (
        "`{name}` could not be read, so it was left out.",
        "`{name}` could not be read ({why}); it was left out.",
    ),
    "timestamp": (
        "The note of when you handed in could not be read; tell your instructor if you were in time.",
        "`timestamp.txt` is no date, so nothing is said about when this was handed in.",
    ),
    "stray": (
        "`{name}` is not one of the notebooks of this assignment, so it was not graded.",
        "`{name}` is not a notebook of this assignment; it was not graded.",
    ),
    "renamed": (
        "`{name}` was graded as `{other}`, because its exercises are in it; another time, keep the name.",
        "`{name}` was graded as `{other}`, which was not handed in and whose exercises are in it.",
    ),
    # --- what a person has to look at ----------------------------------------------------------
    "no_notebook": (
        "There is no notebook of this assignment in what you handed in, so nothing could be graded; hand in the notebook itself, under its own name.",
        "There is no notebook of the assignment in what was handed in ({name}).",
    ),
    "linked_folder": (
        "What you handed in is a link to another place and was not followed; hand in the files themselves.",
        "The folder of this submission is a link, or no folder; it was not followed.",
    ),
    "empty": (
        "The file of your notebook is empty; look whether it was saved, and hand it in again.",
        "The file of the notebook is empty.",
    ),
    "not_json": (
        "Your notebook could not be opened, because {what}; open it in JupyterLab, and hand it in again once it opens there.",
        "The file cannot be read as a notebook: {what}.",
    ),
    "not_a_notebook": (
        "The file has the name of a notebook, but there are no cells in it; hand in the notebook itself.",
        "The file is JSON, but no notebook: it has no list of cells.",
    ),
    "too_big": (
        "Your notebook has {size:.0f} MB, more than the {most:g} MB that are read; clear its outputs (Kernel, Restart Kernel and Clear Outputs), save, and hand it in again.",
        "The notebook has {size:.0f} MB, more than the {most:g} MB that are read.",
    ),
    "too_deep": (
        "Your notebook is nested far deeper than a notebook is, and was not read; save it in JupyterLab, and hand it in again.",
        "The JSON of the notebook is nested so deeply that it was not read.",
    ),
    "too_many_cells": (
        "Your notebook has {count} cells, more than the {most} that are graded; hand in a notebook with the exercises alone.",
        "The notebook has {count} cells, more than the {most} that are graded.",
    ),
    "too_much_text": (
        "There are {count} characters in the cells of your notebook, more than the {most} that are graded; hand in a notebook with your answers alone.",
        "There are {count} characters in the cells of the notebook, more than the {most} that are graded.",
    ),
    "not_read": (
        "Your notebook could not be read with the time and memory that there are for it; save it in JupyterLab with its outputs cleared, and hand it in again.",
        "The process that reads this notebook {why}.",
    ),
    "not_graded": (
        "Your notebook could not be graded by the machine, so a person will look at it.",
        "It {why}; look at what was handed in, then grade it by hand, or again with --force.",
    ),
    # --- notebooks and cells -------------------------------------------------------------------
    "encoding": (
        "Your notebook was saved as {name} and not as UTF-8; it was read all the same.",
        "The notebook was saved as {name}, and was read as that.",
    ),
    "not_utf8": (
        "Your notebook is not all UTF-8, and the characters that could not be read were replaced by \ufffd.",
        "The notebook is not valid UTF-8; what could not be read was replaced by \ufffd.",
    ),
    "old_format": (
        "Your notebook is in format {version:g}; it was brought to format 4.5, and your answers are as they were.",
        "The notebook was in format {version:g} and was brought to 4.5.",
    ),
    "new_format": (
        "Your notebook says that it is in format {version:g}, which is not known here; it was read as format 4.5.",
        "The notebook claims format {version:g}; it was read as 4.5.",
    ),
    "not_cells": (
        "What stood among the cells of your notebook and was no cell was left out ({count} in all).",
        "Entries in the list of cells that are no cells were left out ({count} in all).",
    ),
    "cell_types": (
        "Cells of an unknown type are shown and were not run ({count} in all).",
        "Cells of an unknown type were made prose ({count} in all).",
    ),
    "odd_sources": (
        "Some cells did not hold their text as text, and only what was text in them was kept ({count} in all).",
        "The source of some cells was no text; what was text in it was kept ({count} in all).",
    ),
    "long_cells": (
        "Cells of more than {most} characters were emptied ({count} in all); answers are never that long.",
        "Cells of more than {most} characters were emptied ({count} in all).",
    ),
    "characters": (
        "Characters that no text can hold were replaced by \ufffd (in {count} of your cells).",
        "Control characters or halves of characters were replaced by \ufffd (cells: {count}).",
    ),
    "attachments": (
        "Pictures and other attachments of cells are not shown here (cells: {count}); what you handed in still has them.",
        "Attachments were taken out (cells: {count}); look at the submitted notebook if an answer is among them.",
    ),
    "tags": (
        "Tags were taken off your cells (on {count}, such as `{name}`); they could keep a cell from being graded.",
        "Tags were taken off the cells (on {count}, such as `{name}`).",
    ),
    "copied": (
        "There were {count} cells `{name}`; the one in its place counts, and the others were run as ordinary cells.",
        "There were {count} cells `{name}`; the one in its place was kept, the others became ordinary cells.",
    ),
    "put_back": (
        "The cell `{name}` was missing from what was handed in; it was put back to be graded.",
        "The cell `{name}` was missing; it was put back from the source, in its place.",
    ),
    "no_answer": (
        "The cell `{name}`, which is for your answer, was missing from what was handed in.",
        "The solution cell `{name}` was missing.",
    ),
    "changed": (
        "The cell `{name}` is not for answers and had been changed; it was graded as it was given out.",
        "The locked cell `{name}` had been changed; its source was put back.",
    ),
    "moved": (
        "The cell `{name}` had been moved; it was put back in its place.",
        "The locked cell `{name}` had been moved; it was put back in its place.",
    ),
    "type_changed": (
        "The cell `{name}` had been made a {other} cell; it was graded as the {type} cell that it was.",
        "The cell `{name}` had been made a {other} cell; it is a {type} cell again.",
    ),
    "settings_changed": (
        "What the course notes about the cell `{name}` had been changed; it was put right.",
        "The nbgrader metadata of `{name}` had been changed ({what}); it was put right.",
    ),
    "unmarked": (
        "The cell `{name}` had lost what the course notes about it; it was known again, and graded.",
        "The cell `{name}` had lost its nbgrader metadata; it was known by {what}.",
    ),
    "invented": (
        "Cells that were marked as cells of the course and are none were run as ordinary cells ({count} in all).",
        "Cells carried nbgrader metadata of no released cell ({count} in all); it was taken off.",
    ),
    "source_gone": (
        "",
        "`{name}` is not in the source folder as it was released, so cells that were missing were put where they can be graded, and perhaps not where they were.",
    ),
}
