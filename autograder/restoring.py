"""The cells of the course put back into a submission: each once, in its place, as it was released.

What the learner wrote stays where it is and is run; only what the course put there is restored.
The process that reads submissions uses this, so it is plain Python with no package behind it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from autograder.handed_in import NBGRADER_FLAGS, Cell, Released, Say, fresh

# Not the stub: run after an answer that the learner wrote elsewhere, it would take its place.
NO_ANSWER = {
    "code": "# The cell for this answer was missing from what was handed in.",
    "markdown": "*The cell for this answer was missing from what was handed in.*",
}
# To move an answer is the last resort: everything else is moved around it.
WEIGHT_OF_AN_ANSWER = 1000


def restored(cells: Sequence[Cell], released: Sequence[Released], say: Say) -> list[Cell]:
    """Give the cells of a submission with those of the course as they were released."""
    rank = {each.name: at for at, each in enumerate(released)}
    recognise(cells, released, say)
    settle_copies(cells, rank, say)
    anchors = in_order(cells, rank)
    astray = moved(cells, anchors)
    kept = [cell for cell in cells if not (cell.released and cell.released.name in astray)]
    for cell in kept:
        put_right(cell, say)
    for each in missing(kept, released):
        why = "moved" if each.name in astray else "no_answer" if each.answer else "put_back"
        say(why, name=each.name)
        insert(kept, each, anchors, released)
    return kept


# --- which cell is which -----------------------------------------------------------------------


def recognise(cells: Sequence[Cell], released: Sequence[Released], say: Say) -> None:
    """Find the cells of the course: by their metadata, else their id, else their text."""
    known = {each.name: each for each in released}
    for cell in cells:
        cell.released = known.get(cell.marked) or known.get(cell.id)
    there = {cell.released.name for cell in cells if cell.released}
    for each in released:
        if each.name not in there:
            _by_text(cells, each, say)
    for cell in cells:
        if cell.released and cell.released.nbgrader and not cell.marked and cell.id:
            say("unmarked", name=cell.released.name, what="its id")
    if invented := sum(bool(cell.marks) and cell.released is None for cell in cells):
        say("invented", count=invented)


def _by_text(cells: Sequence[Cell], released: Released, say: Say) -> None:
    wanted = _likeness(released, released.given)
    alike = [
        cell
        for cell in cells
        if cell.released is None
        and cell.type == released.type
        and wanted
        and _likeness(released, cell.source) == wanted
    ]
    # One is enough for prose that says the same twice, and an answer is not to be guessed at.
    if len(alike) == 1:
        (cell,) = alike
        cell.released = released
        if released.nbgrader:
            say("unmarked", name=released.name, what="its text")


def _likeness(released: Released, text: str) -> str:
    """Give the part of a text that a cell keeps: of an answer, the line that declares it."""
    if not released.answer:
        return text.strip()
    declared = re.search(r"^(def|class) .*$", text, re.MULTILINE)
    return declared[0] if declared else ""


# --- copies ------------------------------------------------------------------------------------


def settle_copies(cells: Sequence[Cell], rank: Mapping[str, int], say: Say) -> None:
    """Let one of several cells with the same name be it; the others become ordinary cells."""
    counts = Counter(cell.released.name for cell in cells if cell.released)
    for name, count in counts.items():
        if count == 1:
            continue
        twins = [
            at for at, cell in enumerate(cells) if cell.released and cell.released.name == name
        ]
        chosen = max(twins, key=lambda at: _claim(cells, at, rank))
        for at in twins:
            if at != chosen:
                cells[at].released = None
        if any(cells[at].marks for at in twins):
            say("copied", name=name, count=count)


def _claim(cells: Sequence[Cell], at: int, rank: Mapping[str, int]) -> tuple[bool, bool, int]:
    """Say how good a claim a copy has: its id, its neighbours, and else the last, as in nbgrader."""
    released = cells[at].released
    assert released is not None
    own = rank[released.name]
    before = [rank[c.released.name] for c in cells[:at] if c.released]
    after = [rank[c.released.name] for c in cells[at + 1 :] if c.released]
    in_place = before[-1:] <= [own] and after[:1] >= [own] if after else before[-1:] <= [own]
    return cells[at].id == released.name, in_place, at


# --- places ------------------------------------------------------------------------------------


def in_order(cells: Sequence[Cell], rank: Mapping[str, int]) -> set[Cell]:
    """Choose the cells of the course that are in their order: as many as can be, answers first."""
    placed = [(cell, rank[cell.released.name]) for cell in cells if cell.released]
    best: list[tuple[int, int]] = []  # for each: the weight up to it, and the one before it
    for at, (cell, place) in enumerate(placed):
        assert cell.released is not None
        weight = WEIGHT_OF_AN_ANSWER if cell.released.answer else 1
        earlier = [(best[i][0], i) for i in range(at) if placed[i][1] < place]
        most, previous = max(earlier, default=(0, -1))
        best.append((most + weight, previous))
    chosen = set()
    at = max(range(len(best)), key=lambda i: best[i][0], default=-1)
    while at >= 0:
        chosen.add(placed[at][0])
        at = best[at][1]
    return chosen


def moved(cells: Sequence[Cell], anchors: set[Cell]) -> set[str]:
    """Name the locked cells that stand where they cannot do their work."""
    return {
        cell.released.name
        for cell in cells
        if cell.released and cell.released.locked and cell not in anchors
    }


def missing(cells: Sequence[Cell], released: Sequence[Released]) -> list[Released]:
    """Name the cells that nbgrader knows and that are not there."""
    there = {cell.released.name for cell in cells if cell.released}
    return [each for each in released if each.nbgrader and each.name not in there]


def insert(
    cells: list[Cell], one: Released, anchors: set[Cell], released: Sequence[Released]
) -> None:
    """Put a cell of the course in its place among the others.

    One that gives points stands as late as its place allows, after all that may belong to the
    answer; any other stands as early as it can.
    """
    there = {cell.released.name: cell for cell in cells if cell.released}
    at = released.index(one)
    before = _nearest(released[:at][::-1], there, anchors)
    after = _nearest(released[at + 1 :], there, anchors)
    cell = fresh(one, NO_ANSWER[one.type] if one.answer else one.graded)
    cells.insert(_place(cells, before, after, late=one.scored), cell)
    anchors.add(cell)


def _nearest(
    released: Sequence[Released], there: Mapping[str, Cell], anchors: set[Cell]
) -> Cell | None:
    present = (there[each.name] for each in released if each.name in there)
    return next((cell for cell in present if cell in anchors), None)


def _place(cells: Sequence[Cell], before: Cell | None, after: Cell | None, late: bool) -> int:
    if late:
        return cells.index(after) if after else len(cells)
    return cells.index(before) + 1 if before else 0


# --- what a cell says ----------------------------------------------------------------------------


def put_right(cell: Cell, say: Say) -> None:
    """Give a cell of the course its type, its metadata, and if it is locked its text."""
    released = cell.released
    if released is None or not released.nbgrader:
        return
    if cell.type != released.type:
        say("type_changed", name=released.name, other=cell.type, type=released.type)
        cell.type = released.type
    if changed := changed_settings(cell, released):
        say("settings_changed", name=released.name, what=", ".join(changed))
    if released.locked:
        # Space is no change: editors add and remove it.
        if cell.source.split() not in (released.given.split(), released.graded.split()):
            say("changed", name=released.name)
        cell.source = released.graded


def changed_settings(cell: Cell, released: Released) -> list[str]:
    """Name what differs in the nbgrader metadata of a cell, of what decides about its points."""
    marks = cell.marks
    if not marks:
        return []
    words = [*NBGRADER_FLAGS, "points"]
    return [word for word in words if not _same(marks.get(word), released.nbgrader.get(word))]


def _same(found: object, wanted: object) -> bool:
    # What is not noted counts as not so, for flags and points alike.
    return (found or False) == (wanted or False)
