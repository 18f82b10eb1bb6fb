"""What happened when a class was graded: a table, and a line for everybody who needs a person."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.assigned import Assigned
from autograder.gradebook import Standing
from autograder.progress import duration
from autograder.whole_class import Tally

MOST_LINES = 30


def show(
    tally: Tally,
    standings: Mapping[str, Standing],
    submissions: Mapping[str, str],
    assigned: Assigned,
    seconds: float,
) -> bool:
    """Print what happened to everybody; say whether there is something left for a person to do."""
    console = Console(highlight=False)
    if tally.stopped:
        console.print(
            f"{tally.stopped}; run the command again for the rest.", soft_wrap=True, markup=False
        )
    mine = {student: standings[student] for student in submissions if student in standings}
    people = in_need(tally, mine)
    table = Table(title=f"{assigned.name}, {duration(seconds)}", title_justify="left")
    table.add_column("what happened")
    table.add_column("submissions", justify="right")
    for words, count in counts(tally, mine, submissions, people):
        table.add_row(words, str(count))
    console.print(table)
    if mine:
        console.print(points(mine, assigned), markup=False)
    for line in lines(people):
        console.print(Text(line), soft_wrap=True)
    return bool(people) or bool(tally.stopped)


def in_need(tally: Tally, standings: Mapping[str, Standing]) -> dict[str, str]:
    """Say who needs a person, and why: the machine gave no score, and nobody has."""
    need = {}
    for student, standing in standings.items():
        if standing.unscored:
            graded = tally.graded.get(student)
            cells = ", ".join(standing.unscored[:3]) + " …" * (len(standing.unscored) > 3)
            need[student] = (graded and "; ".join(graded.reasons)) or f"no score for {cells}"
    return need | tally.waiting


def counts(
    tally: Tally,
    standings: Mapping[str, Standing],
    submissions: Mapping[str, str],
    people: Mapping[str, str],
) -> list[tuple[str, int]]:
    """Count what happened, each submission once in the first rows."""
    done = len(tally.graded) + len(tally.unchanged)
    by_hand = sum(standing.by_hand > 0 for standing in standings.values())
    corrected = sum(bool(graded.findings) for graded in tally.graded.values())
    rows = [
        ("graded", len(tally.graded)),
        ("unchanged since they were graded", len(tally.unchanged)),
        ("not graded", len(submissions) - done),
        ("need a person", len(people)),
        ("have answers in words that wait for a person", by_hand),
        ("had something put right before they were graded", corrected),
    ]
    return [(words, count) for at, (words, count) in enumerate(rows) if count or at == 0]


def points(standings: Mapping[str, Standing], assigned: Assigned) -> str:
    """Say how the points are spread."""
    most = sum(cell.max_score for notebook in assigned.noted.values() for cell in notebook.graded)
    scores = sorted(standing.score for standing in standings.values())
    middle = statistics.median(scores)
    return f"Points of {most:g}: lowest {scores[0]:g}, median {middle:g}, highest {scores[-1]:g}."


def lines(people: Mapping[str, str]) -> Iterable[str]:
    """Give a line for everybody who needs a person."""
    for student in sorted(people)[:MOST_LINES]:
        yield f"{student} needs a person: {people[student]}"
    if len(people) > MOST_LINES:
        yield f"And {len(people) - MOST_LINES} more."
