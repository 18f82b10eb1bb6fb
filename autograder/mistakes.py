"""The mistakes cell of an exercise: slips in its reference that the feedback must recognise.

Each line of the cell is one slip, written as a call but read as data:

    mistake("dx = 1.0 * dq", "dx = 1.0", label="missing_upstream_factor", first_wrong="dx")
"""

from __future__ import annotations

import ast
from typing import Any

from autograder.exercise import Cell, Mistake

WORDS: dict[str, type | tuple[type, ...]] = {
    "old": str,
    "new": str,
    "label": str,
    "first_wrong": str,
    "score": (int, float),
}


def read_mistakes(cell: Cell, solution: Cell) -> tuple[Mistake, ...]:
    """Read the slips and make sure that each applies to the reference, in one place.

    Raises:
        SectionError: when a line is no mistake, or its patch no longer applies.

    """
    found = tuple(_mistake(cell, node) for node in ast.parse(cell.source).body)
    if not found:
        raise cell.refuse(
            f"the mistakes cell of exercise {cell.exercise!r} is empty; add the slips that "
            "learners make, so that their feedback is tested."
        )
    for mistake in found:
        _check_applies(cell, mistake, solution.source)
    return found


def _mistake(cell: Cell, node: ast.stmt) -> Mistake:
    match node:
        case ast.Expr(value=ast.Call(func=ast.Name(id="mistake"), args=[old, new]) as call):
            words = {str(word.arg): _literal(cell, word.value) for word in call.keywords}
            words |= {"old": _literal(cell, old), "new": _literal(cell, new)}
            if _fit(words):
                return Mistake(line=cell.line + node.lineno, **words)
    raise cell.refuse(
        f"{ast.unparse(node)!r} is not a mistake; write mistake('old text', 'new text', "
        "label='its_label'), and if you like first_wrong='dx' and score=0.75.",
        node.lineno,
    )


def _literal(cell: Cell, node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        raise cell.refuse(
            f"{ast.unparse(node)!r} in a mistake is not a plain value; write it out.", node.lineno
        ) from None


def _fit(words: dict[str, Any]) -> bool:
    known = all(isinstance(value, WORDS.get(name, ())) for name, value in words.items())
    return known and "label" in words and 0 <= words.get("score", 0) <= 1


def _check_applies(cell: Cell, mistake: Mistake, reference: str) -> None:
    times = reference.count(mistake.old)
    if times == 1 and mistake.old != mistake.new:
        return
    how = "no longer in the reference" if times == 0 else f"in the reference {times} times"
    if times == 1:
        how = "replaced by itself"
    raise cell.refuse(
        f"the mistake {mistake.old!r} of exercise {cell.exercise!r} is {how}; patch text that "
        "stands there exactly once.",
        mistake.line - cell.line,
    )
