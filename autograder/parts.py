"""The cells of one exercise, sorted by the part they play."""

from __future__ import annotations

import itertools

from autograder.exercise import BEGIN_HIDDEN, BEGIN_SOLUTION, END_HIDDEN, END_SOLUTION, Cell

ROLES = ("prompt", "solution", "check", "grade", "mistakes")
"""The parts of an exercise, in the order in which its cells stand."""

Parts = dict[str, list[Cell]]
"""The cells of each role; every role has exactly one, but `check`, which may have any number."""

MARKERS = (
    (BEGIN_SOLUTION, END_SOLUTION, "solution"),
    (BEGIN_HIDDEN, END_HIDDEN, "grade"),
)


def sort_by_role(cells: list[Cell], roles: tuple[str, ...] = ROLES) -> Parts:
    """Sort the cells of an exercise by role; `roles` are those that its kind has.

    Raises:
        SectionError: when a role is unknown, missing, taken twice or out of order.

    """
    parts: Parts = {role: [] for role in ROLES}
    for cell in cells:
        if cell.role not in parts:
            raise cell.refuse(
                f"a cell of exercise {cell.exercise!r} has the unknown role {cell.role!r}; the "
                f"roles are: {', '.join(ROLES)}."
            )
        if cell.role not in roles:
            raise cell.refuse(
                f"exercise {cell.exercise!r} is graded by hand, so nothing would read this "
                f"{cell.role} cell; it has the roles {', '.join(roles)}."
            )
        parts[cell.role].append(cell)
    for role in roles:
        _check_number(cells, role, parts[role])
    _check_order(cells)
    return parts


def _check_number(cells: list[Cell], role: str, found: list[Cell]) -> None:
    if role == "check" or len(found) == 1:
        return
    name = cells[0].exercise
    if not found:
        raise cells[-1].refuse(
            f"exercise {name!r} has no {role} cell; add one, headed "
            f'# %% exercise="{name}" role="{role}".'
        )
    raise found[1].refuse(
        f"exercise id {name!r} is already taken at line {found[0].line}, so this second {role} "
        "cell would be filed under the same name; give its exercise an id of its own."
    )


def _check_order(cells: list[Cell]) -> None:
    for before, cell in itertools.pairwise(cells):
        if ROLES.index(str(cell.role)) < ROLES.index(str(before.role)):
            raise cell.refuse(
                f"the {cell.role} cell of exercise {cell.exercise!r} comes after its "
                f"{before.role} cell; put them in the order {', '.join(ROLES)}."
            )


def check_markers(cell: Cell) -> None:
    """Insist that markers are paired, in order, and stand only where nbgrader looks for them."""
    for begin, end, role in MARKERS:
        expected, other = begin, end
        for number, line in enumerate(cell.source.split("\n"), 1):
            if begin not in line and end not in line:
                continue
            if cell.role != role:
                raise cell.refuse(
                    f"{line.strip()!r} stands in a cell that is no {role} cell, where nothing "
                    f"would take it out; move it to the {role} cell of an exercise.",
                    number,
                )
            if expected not in line:
                raise cell.refuse(_unpaired(cell, line.strip(), expected), number)
            expected, other = other, expected
        if expected == end:
            raise cell.refuse(_unpaired(cell, begin, end))


def _unpaired(cell: Cell, found: str, missing: str) -> str:
    return (
        f"the {cell.role} cell of exercise {cell.exercise!r} has {found!r} without its "
        f"{missing!r}; add the missing line."
    )
