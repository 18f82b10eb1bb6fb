"""The kinds of exercise: which cells each has, and what must hold of them.

A kind is one function from the cells of an exercise, sorted by role, to an `Exercise`; it is
entered in `KINDS` under the name that prompts give, and refuses whatever it cannot grade.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from autograder.exercise import BEGIN_SOLUTION, END_SOLUTION, Cell, Exercise, without
from autograder.grade_cell import read_grade_call
from autograder.mistakes import read_mistakes
from autograder.parts import Parts, sort_by_role

# Cell ids in notebooks allow 64 characters, and a role is added to the id of the exercise.
ID = re.compile(r"[a-z][a-z0-9-]{0,49}")


def read_exercise(cells: list[Cell]) -> Exercise:
    """Make an exercise of the cells that carry its id.

    Raises:
        SectionError: when a cell is missing, out of order, or does not hold what its kind needs.

    """
    first = cells[0]
    if not ID.fullmatch(first.exercise or ""):
        raise first.refuse(
            f"exercise id {first.exercise!r} cannot name a cell; use up to 50 small letters, "
            "digits and hyphens, a letter first."
        )
    parts = sort_by_role(cells)
    kind = parts["prompt"][0].header.get("kind")
    if kind not in KINDS:
        raise first.refuse(
            f"exercise {first.exercise!r} is of the unknown kind {kind!r}; the kinds are: "
            f"{', '.join(sorted(KINDS))}."
        )
    return KINDS[str(kind)](parts)


def backward(parts: Parts) -> Exercise:
    """A function whose forward pass is given and whose backward pass the learner writes."""
    prompt, solution, grade = (parts[role][0] for role in ("prompt", "solution", "grade"))
    _check_solution(solution)
    call = read_grade_call(grade)
    if call.function not in _defined(solution.source):
        raise grade.refuse(
            f"the grade cell of exercise {grade.exercise!r} judges {call.function}, which the "
            "solution cell does not define; give both the same name."
        )
    return Exercise(
        id=str(prompt.exercise),
        kind="backward",
        stars=_count(prompt, "stars", at_most=3),
        minutes=_count(prompt, "minutes", at_most=240),
        points=call.points,
        function=call.function,
        prompt=prompt,
        solution=solution,
        checks=tuple(parts["check"]),
        grade=grade,
        mistakes=read_mistakes(parts["mistakes"][0], solution),
    )


KINDS: dict[str, Callable[[Parts], Exercise]] = {"backward": backward}


def _check_solution(cell: Cell) -> None:
    if BEGIN_SOLUTION not in cell.source:
        raise cell.refuse(
            f"the solution cell of exercise {cell.exercise!r} has no {BEGIN_SOLUTION!r}, so "
            "learners would be given the answer or an empty cell; put the lines that they are "
            f"to write between {BEGIN_SOLUTION!r} and {END_SOLUTION!r}."
        )
    stubbed = without(cell.source, BEGIN_SOLUTION, END_SOLUTION, stub="pass")
    for source, what in ((cell.source, "reference"), (stubbed, "cell with the solution left out")):
        try:
            ast.parse(source)
        except SyntaxError as error:
            raise cell.refuse(
                f"Python cannot read the {what} of exercise {cell.exercise!r} ({error.msg}); "
                "both must run."
            ) from None


def _defined(source: str) -> set[str]:
    return {node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}


def _count(cell: Cell, word: str, at_most: int) -> int:
    value = cell.header.get(word)
    if isinstance(value, int) and 1 <= value <= at_most:
        return value
    raise cell.refuse(
        f"the prompt of exercise {cell.exercise!r} says {word}={value!r}; it must be a whole "
        f"number from 1 to {at_most}."
    )
