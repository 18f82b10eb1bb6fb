"""The mistakes cell of an exercise: slips in its reference that the feedback must recognise.

The cell is read as data and never run:

    mistakes = [
        {"old": "dx = 1.0 * dq", "new": "dx = 1.0", "label": "missing_upstream_factor"},
    ]

Each slip may also state the row that is named first, `"first_wrong": "dx"`, and the share of the
points that it earns, `"score": 0.75`.
"""

from __future__ import annotations

import ast
import contextlib
from typing import Any

from autograder.exercise import Cell, Mistake

WORDS: dict[str, type | tuple[type, ...]] = {
    "old": str,
    "new": str,
    "label": str,
    "first_wrong": str,
    "score": (int, float),
}
REQUIRED = {"old", "new", "label"}


def read_mistakes(cell: Cell, solution: Cell) -> tuple[Mistake, ...]:
    """Read the slips and make sure that each applies to the reference, in one place.

    Raises:
        SectionError: when an entry is no slip, or its patch no longer applies.

    """
    found = tuple(_mistake(cell, entry) for entry in _entries(cell))
    if not found:
        raise cell.refuse(
            f"the mistakes cell of exercise {cell.exercise!r} is empty; add the slips that "
            "learners make, so that their feedback is tested."
        )
    for mistake in found:
        _check_applies(cell, mistake, solution.source)
    return found


def _entries(cell: Cell) -> list[ast.expr]:
    match ast.parse(cell.source).body:
        case [ast.Assign(targets=[ast.Name(id="mistakes")], value=ast.List(elts=entries))]:
            return entries
    raise cell.refuse(
        f"the mistakes cell of exercise {cell.exercise!r} must hold one list and nothing else; "
        "write it as mistakes = [...]."
    )


def _mistake(cell: Cell, entry: ast.expr) -> Mistake:
    words: Any = None
    with contextlib.suppress(ValueError):
        words = ast.literal_eval(entry)
    if isinstance(words, dict) and _fit(words):
        return Mistake(line=cell.line + entry.lineno, **words)
    raise cell.refuse(
        f"{ast.unparse(entry)} is not a mistake; write it as "
        '{"old": "dx = dq", "new": "dx = 1.0", "label": "..."}, and if you like '
        '"first_wrong": "dx" and "score": 0.75 (a share, 0 to 1).',
        entry.lineno,
    )


def _fit(words: dict[str, Any]) -> bool:
    known = all(isinstance(value, WORDS.get(name, ())) for name, value in words.items())
    return known and words.keys() >= REQUIRED and 0 <= words.get("score", 0) <= 1


def _check_applies(cell: Cell, mistake: Mistake, reference: str) -> None:
    times = reference.count(mistake.old)
    if times == 0:
        how = "no longer applies: its old text is not in the reference"
    elif times > 1:
        how = f"applies in {times} places: its old text must stand in the reference once"
    elif mistake.old == mistake.new:
        how = "changes nothing: its old and its new text are the same"
    else:
        return
    raise cell.refuse(
        f"the mistake {mistake.old!r} -> {mistake.new!r} of exercise {cell.exercise!r} {how}; "
        "bring it in step with the solution cell.",
        mistake.line - cell.line,
    )
