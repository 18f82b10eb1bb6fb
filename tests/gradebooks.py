"""What is in a gradebook and in the folders beside it, so that two can be held side by side."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from autograder.course import ASSIGNMENT, Course

# Names in the place of what nbgrader draws at random.
QUESTIONS = {
    "submissions": """
        SELECT s.student_id, a.name, s.timestamp, s.extension FROM submitted_assignment s
        JOIN assignment a ON a.id = s.assignment_id""",
    "notebooks": """
        SELECT s.student_id, n.name, t.flagged, t.late_submission_penalty FROM submitted_notebook t
        JOIN submitted_assignment s ON s.id = t.assignment_id JOIN notebook n ON n.id = t.notebook_id""",
    "grades": """
        SELECT s.student_id, n.name, c.name, c.type, g.auto_score, g.manual_score, g.extra_credit,
        g.needs_manual_grade FROM grade g JOIN submitted_notebook t ON t.id = g.notebook_id
        JOIN submitted_assignment s ON s.id = t.assignment_id JOIN notebook n ON n.id = t.notebook_id
        JOIN base_cell c ON c.id = g.cell_id""",
    "comments": """
        SELECT s.student_id, n.name, c.name, m.auto_comment, m.manual_comment FROM comment m
        JOIN submitted_notebook t ON t.id = m.notebook_id
        JOIN submitted_assignment s ON s.id = t.assignment_id JOIN notebook n ON n.id = t.notebook_id
        JOIN base_cell c ON c.id = m.cell_id""",
    "students": "SELECT id, first_name, last_name, email FROM student",
    "courses": "SELECT id FROM course",
    "tables": "SELECT name, sql FROM sqlite_master",
}


def rows(course: Course) -> dict[str, list[tuple[Any, ...]]]:
    """All that the gradebook says of what was handed in, in an order of its own."""
    with closing(sqlite3.connect(course.root / "gradebook.db")) as book:
        return {
            name: sorted(book.execute(question).fetchall(), key=repr)
            for name, question in QUESTIONS.items()
        }


def scores(course: Course, student: str) -> dict[str, float | None]:
    """What the machine gave for each cell."""
    return {row[2]: row[4] for row in rows(course)["grades"] if row[0] == student}


def is_whole(course: Course) -> bool:
    """Whether the database is sound, and everybody who is in it is in it with all that belongs to it."""
    with closing(sqlite3.connect(course.root / "gradebook.db")) as book:
        sound = book.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        cells = book.execute("SELECT count(*) FROM grade_cells").fetchone()[0]
        counts = book.execute(
            "SELECT count(g.id) FROM submitted_assignment s "
            "LEFT JOIN submitted_notebook t ON t.assignment_id = s.id "
            "LEFT JOIN grade g ON g.notebook_id = t.id GROUP BY s.id"
        ).fetchall()
    return sound and all(count == (cells,) for count in counts)


def files(course: Course, folder: str = "autograded") -> dict[str, tuple[str, str]]:
    """The text and the permissions of every file in a folder of the course."""
    root = course.root / folder
    found = {}
    for path in sorted(root.rglob("*")):
        if path.is_file():
            mode = oct(path.stat().st_mode & 0o777)
            found[path.relative_to(root).as_posix()] = (_text(path), mode)
    return found


def _text(path: Path) -> str:
    text = path.read_text(encoding="utf-8", errors="replace")
    if not path.name.endswith(".verdicts.json"):
        return text
    record = json.loads(text)
    for name in ("began", "seconds", "key"):  # what differs from run to run
        del record[name]
    return re.sub(r'"seconds": [\d.]+', "", json.dumps(record))


def graded_folder(course: Course, student: str, assignment: str = ASSIGNMENT) -> Path:
    return course.root / "autograded" / student / assignment
