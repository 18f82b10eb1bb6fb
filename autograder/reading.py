"""From the bytes of a file to the cells in it, whatever the bytes are.

The process that reads submissions uses this, so it is plain Python with no package behind it.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import Any

from autograder.handed_in import Cell, Say
from autograder.opening import Refused

MOST_CELLS = 1000
MOST_TEXT = 2_000_000  # characters in all cells together
LONGEST_CELL = 100_000  # characters
LONGEST_TAG = 40
KNOWN_FORMAT = 4.5
TYPES = ("code", "markdown", "raw")
# Kept are tabs, line ends and the form feed, which Python allows between its lines.
NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")
ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
# The longest first: the mark of UTF-16 begins that of UTF-32.
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
LOOKS_LIKE = {
    "%PDF": "it is a PDF file",
    "PK": "it is a zip archive or an office document",
    "<": "it is a web page",
    "version https://git-lfs": "it is a pointer that git left in place of the file",
    "#": "it is a program, not a notebook",
    "import ": "it is a program, not a notebook",
    "from ": "it is a program, not a notebook",
}


def read_cells(content: bytes, say: Say) -> list[Cell]:
    """Read the cells of a notebook.

    Raises:
        Refused: when there is nothing in it that could be graded.

    """
    entries = entries_of(parsed(decoded(content, say)), say)
    if len(entries) > MOST_CELLS:
        raise Refused("too_many_cells", count=len(entries), most=MOST_CELLS)
    readers = [Reader(entry) for entry in entries if isinstance(entry, dict)]
    if len(readers) < len(entries):
        say("not_cells", count=len(entries) - len(readers))
    _say_what_was_done(readers, say)
    cells = [reader.cell() for reader in readers]
    if (count := sum(len(cell.source) for cell in cells)) > MOST_TEXT:
        raise Refused("too_much_text", count=count, most=MOST_TEXT)
    return cells


# --- the file ----------------------------------------------------------------------------------


def decoded(content: bytes, say: Say) -> str:
    """Give the text of a file: UTF-8, or what its first bytes say, or what can be read of it."""
    if not content.strip(b"\x00 \t\r\n"):
        raise Refused("empty")
    for mark, name in BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            say("encoding", name=name)
            return content.decode(name, errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        say("not_utf8")
        return content.decode("utf-8-sig", errors="replace")


def parsed(text: str) -> Any:
    """Read JSON; numbers of any length are floats, and what is no number is None."""
    try:
        return json.loads(text, parse_int=float, parse_constant=lambda _: None)
    except RecursionError:
        raise Refused("too_deep") from None
    except ValueError as error:
        raise Refused("not_json", what=_what_it_is(text, error)) from None


def _what_it_is(text: str, error: ValueError) -> str:
    start = text.lstrip()
    for beginning, sentence in LOOKS_LIKE.items():
        if start.startswith(beginning):
            return sentence
    if re.search(r"^<{7} ", text, re.MULTILINE):
        return "it holds both sides of a merge conflict"
    at = getattr(error, "pos", 0)
    ends_early = at >= len(text.rstrip()) - 1 or str(error).startswith("Unterminated string")
    if start.startswith("{") and ends_early:
        return "it breaks off in the middle"
    return f"it is not JSON from line {text.count(chr(10), 0, at) + 1} on"


def entries_of(notebook: Any, say: Say) -> list[Any]:
    """Give the list of cells of a notebook in any format: 4, or the worksheets of 3 and earlier."""
    if not isinstance(notebook, dict):
        raise Refused("not_a_notebook")
    version = _version(notebook)
    sheets = notebook.get("worksheets")
    if isinstance(sheets, list):
        say("old_format", version=version)
        lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
    else:
        if version >= int(KNOWN_FORMAT) + 1:
            say("new_format", version=version)
        lists = [notebook.get("cells")]
    if not any(isinstance(each, list) for each in lists):
        raise Refused("not_a_notebook")
    return [entry for each in lists if isinstance(each, list) for entry in each]


def _version(notebook: dict[str, Any]) -> float:
    major, minor = (
        number if isinstance(number, float) and 0 <= number < 100 else 0.0
        for number in (notebook.get("nbformat"), notebook.get("nbformat_minor"))
    )
    return int(major) + int(minor) / 10


# --- one cell ----------------------------------------------------------------------------------


class Reader:
    """Reads one cell, and knows what had to be done to it."""

    def __init__(self, entry: dict[str, Any]) -> None:
        """Take what stands in the list of cells."""
        self.entry = entry
        metadata = entry.get("metadata")
        self.metadata: dict[str, Any] = metadata if isinstance(metadata, dict) else {}
        # Before format 4 the text of a code cell is its input.
        self.stored = entry.get("source", entry.get("input", ""))
        # Some editors end lines as Windows does, which is no change to a cell.
        self.joined = _joined(self.stored).replace("\r\n", "\n").replace("\r", "\n")
        self.text = NO_TEXT.sub("\ufffd", self.joined)

    def cell(self) -> Cell:
        """Give the cell with what is kept of it."""
        name = self.entry.get("id")
        marks = self.metadata.get("nbgrader")
        return Cell(
            type=self.type,
            source=self.text if len(self.text) <= LONGEST_CELL else "",
            id=name if isinstance(name, str) and ID.fullmatch(name) else "",
            marks=marks if isinstance(marks, dict) else None,
        )

    @property
    def type(self) -> str:
        """The type of the cell; one that is not known is shown as it is, and not run."""
        found = self.entry.get("cell_type")
        if found == "heading":  # format 3
            return "markdown"
        return found if isinstance(found, str) and found in TYPES else "raw"

    @property
    def tag(self) -> str:
        """The first tag of the cell, as text; empty where it has none."""
        tags = self.metadata.get("tags")
        return str(tags[0] if isinstance(tags, list) else tags)[:LONGEST_TAG] if tags else ""

    def problems(self) -> set[str]:
        """Name what had to be done to the cell, by the kinds of the findings."""
        return {
            kind
            for kind, there in {
                "cell_types": self.entry.get("cell_type") not in (*TYPES, "heading"),
                "odd_sources": not _is_text(self.stored),
                "long_cells": len(self.text) > LONGEST_CELL,
                "characters": self.text != self.joined,
                "attachments": bool(self.entry.get("attachments")),
                "tags": bool(self.tag),
            }.items()
            if there
        }


def _is_text(stored: Any) -> bool:
    if isinstance(stored, list):
        return all(isinstance(line, str) for line in stored)
    return isinstance(stored, str)


def _joined(stored: Any) -> str:
    """Give the text of a cell: files hold it as one string or as a list of lines."""
    if isinstance(stored, list):
        return "".join(line for line in stored if isinstance(line, str))
    return stored if isinstance(stored, str) else ""


def _say_what_was_done(readers: list[Reader], say: Say) -> None:
    problems = [reader.problems() for reader in readers]
    tag = next((reader.tag for reader in readers if reader.tag), "")
    facts: dict[str, dict[str, Any]] = {"long_cells": {"most": LONGEST_CELL}, "tags": {"name": tag}}
    for kind in sorted(set().union(*problems)):
        say(kind, count=sum(kind in each for each in problems), **facts.get(kind, {}))
