"""The kinds of exercise: which cells each has, and what must hold of them.

A kind is one function from the cells of an exercise, sorted by role, to an `Exercise`; it is
entered in `KINDS` under the name that prompts give, and refuses whatever it cannot grade.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass

from autograder import grade_cell
from autograder.exercise import BEGIN_SOLUTION, END_SOLUTION, Cell, Exercise, without
from autograder.grade_cell import GradeCall, Shape, read_grade_call
from autograder.mistakes import read_mistakes
from autograder.parts import ROLES, Parts, sort_by_role

# Cell ids in notebooks allow 64 characters, and a role is added to the id of the exercise.
ID = re.compile(r"[a-z][a-z0-9-]{0,49}")


@dataclass(frozen=True)
class Kind:
    """One kind: how an exercise is made of its cells, and which roles they have."""

    make: Callable[[Parts], Exercise]
    roles: tuple[str, ...] = ROLES


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
    prompt = next((cell for cell in cells if cell.role == "prompt"), first)
    name = prompt.header.get("kind")
    kind = KINDS.get(str(name), KINDS["backward"])
    parts = sort_by_role(cells, kind.roles)
    if name not in KINDS:
        raise first.refuse(
            f"exercise {first.exercise!r} is of the unknown kind {name!r}; the kinds are: "
            f"{', '.join(KINDS)}."
        )
    return kind.make(parts)


# ----- the kinds -----------------------------------------------------------------------------------


def backward(parts: Parts) -> Exercise:
    """A function whose forward pass is given and whose backward pass the learner writes."""
    return _of_function(parts, grade_cell.BACKWARD)


def staged(parts: Parts) -> Exercise:
    """A function whose stages the learner chooses, forward and back: `like=` says what it computes."""
    return _of_function(parts, grade_cell.STAGED)


def function(parts: Parts) -> Exercise:
    """A function that returns values, compared with what is right at points."""
    return _of_function(parts, grade_cell.FUNCTION)


def gate(parts: Parts) -> Exercise:
    """A gate that the learner writes with `@gate`, held against the formula in `like=`."""
    return _of_function(parts, grade_cell.GATE)


def numbers(parts: Parts) -> Exercise:
    """Numbers that the learner types: values of a piece of code, and gradients in it."""
    call = read_grade_call(parts["grade"][0], grade_cell.NUMBERS)
    solution = parts["solution"][0]
    _check_solution(solution)
    released = without(solution.source, BEGIN_SOLUTION, END_SOLUTION, stub="pass")
    for source, where in ((solution.source, ""), (released, " before it is answered")):
        missing = [name for name in call.answers if name not in _assigned(source)]
        if missing:
            raise parts["grade"][0].refuse(
                f"the grade cell of exercise {solution.exercise!r} judges {missing[0]}, to which "
                f"the solution cell gives no value{where}; begin that cell with {missing[0]} = None."
            )
    return _exercise(parts, "numbers", call)


def written(parts: Parts) -> Exercise:
    """An answer in words, or in code that only a person can judge: graded by hand."""
    prompt, solution = parts["prompt"][0], parts["solution"][0]
    _check_solution(solution)
    return Exercise(
        id=str(prompt.exercise),
        kind="written",
        stars=_count(prompt, "stars", at_most=3),
        minutes=_count(prompt, "minutes", at_most=240),
        points=_points_by_hand(prompt),
        function="",
        prompt=prompt,
        solution=solution,
        checks=(),
        grade=solution,
        mistakes=(),
    )


KINDS: dict[str, Kind] = {
    "backward": Kind(backward),
    "staged": Kind(staged),
    "function": Kind(function),
    "gate": Kind(gate),
    "numbers": Kind(numbers),
    "written": Kind(written, ("prompt", "solution")),
}


# ----- what they share -----------------------------------------------------------------------------


def _of_function(parts: Parts, shape: Shape) -> Exercise:
    """An exercise that judges something the solution cell defines."""
    solution, grade = parts["solution"][0], parts["grade"][0]
    _check_solution(solution)
    call = read_grade_call(grade, shape)
    for name in (call.function, call.backward):
        if name and name not in _defined(solution.source):
            raise grade.refuse(
                f"the grade cell of exercise {grade.exercise!r} judges {name}, which the "
                "solution cell does not define; give both the same name."
            )
    return _exercise(parts, str(parts["prompt"][0].header["kind"]), call)


def _exercise(parts: Parts, kind: str, call: GradeCall) -> Exercise:
    prompt, solution, grade = (parts[role][0] for role in ("prompt", "solution", "grade"))
    if "points" in prompt.header:
        raise prompt.refuse(
            f"the points of exercise {prompt.exercise!r} stand in its grade cell; take them out of "
            "the header, which holds them for what is graded by hand alone."
        )
    return Exercise(
        id=str(prompt.exercise),
        kind=kind,
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


def _check_solution(cell: Cell) -> None:
    if BEGIN_SOLUTION not in cell.source:
        raise cell.refuse(
            f"the solution cell of exercise {cell.exercise!r} has no {BEGIN_SOLUTION!r}, so "
            "learners would be given the answer or an empty cell; put the lines that they are "
            f"to write between {BEGIN_SOLUTION!r} and {END_SOLUTION!r}."
        )
    if cell.type != "code":
        return
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


def _assigned(source: str) -> set[str]:
    stored = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name))
    return {node.id for node in stored if isinstance(node.ctx, ast.Store)}


def _count(cell: Cell, word: str, at_most: int) -> int:
    value = cell.header.get(word)
    if isinstance(value, int) and 1 <= value <= at_most:
        return value
    raise cell.refuse(
        f"the prompt of exercise {cell.exercise!r} says {word}={value!r}; it must be a whole "
        f"number from 1 to {at_most}."
    )


def _points_by_hand(prompt: Cell) -> float:
    points = prompt.header.get("points")
    if isinstance(points, int | float) and not isinstance(points, bool) and points > 0:
        return float(points)
    raise prompt.refuse(
        f"the prompt of exercise {prompt.exercise!r} says points={points!r}; what is graded by hand "
        "has no grade cell, so its header says how many points it is worth, as in points=3."
    )
