"""What happened when a class was graded: a table, and a line for everybody who needs a person."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.arrivals import FOLDER, reasons_for_a_person
from autograder.assigned import Assigned
from autograder.gradebook import Standing
from autograder.progress import duration
from autograder.whole_class import Tally

MOST_LINES, MOST_CELLS = 30, 3


def show(
    tally: Tally,
    standings: Mapping[str, Standing],
    submissions: Mapping[str, str],
    assigned: Assigned,
    seconds: float,
) -> bool:
    """Print what happened to everybody; say whether there is something left for a person to do."""
    console = Console(highlight=False)
    mine = {student: standings[student] for student in submissions if student in standings}
    people = in_need(tally, mine, assigned)
    table = Table(title=f"{assigned.name}, {duration(seconds)}", title_justify="left")
    table.add_column("what happened")
    table.add_column("submissions", justify="right")
    for words, count in counts(tally, mine, submissions, people):
        table.add_row(words, str(count))
    console.print(table)
    if scored := [standing.score for standing in mine.values() if not standing.unscored]:
        by_hand = any(standing.by_hand for standing in mine.values())
        console.print(points(scored, assigned, bool(people), by_hand), markup=False)
    for line in lines(people, tally):
        console.print(Text(line), soft_wrap=True)
    return bool(people or tally.waiting or tally.without_pages or tally.stopped)


def in_need(tally: Tally, standings: Mapping[str, Standing], assigned: Assigned) -> dict[str, str]:
    """Say who needs a person, and why: something could not be read or scored, and nobody has yet.

    Answers in words wait for a person by their nature, which is another matter.
    """
    need = {}
    for student, standing in standings.items():
        if student in tally.waiting or not (standing.unscored or standing.by_hand):
            continue
        graded = tally.graded.get(student)
        reasons = graded.reasons if graded else on_file(assigned, student)
        if reasons or standing.unscored:
            need[student] = "; ".join(reasons) or f"no score for {some(standing.unscored)}"
    return need


def on_file(assigned: Assigned, student: str) -> Sequence[str]:
    """Give what an earlier run had to say of a submission that has not changed since."""
    folders = assigned.folders
    try:
        return reasons_for_a_person(Path(folders.format_path(FOLDER, student, assigned.name)))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return ()  # somebody has tidied up


def counts(
    tally: Tally,
    standings: Mapping[str, Standing],
    submissions: Mapping[str, str],
    people: Mapping[str, str],
) -> list[tuple[str, int]]:
    """Count what happened, each submission once in the first rows."""
    done = {*tally.graded, *tally.unchanged}
    by_hand = sum(standing.by_hand > 0 for standing in standings.values())
    corrected = sum(bool(graded.findings) for graded in tally.graded.values())
    rows = [
        ("graded", len(tally.graded.keys() - people.keys())),
        ("unchanged since they were graded", len(set(tally.unchanged) - people.keys())),
        ("need a person", len(people)),
        ("not graded", len(submissions.keys() - done)),
        ("have answers in words that wait for a person", by_hand),
        ("had something put right before they were graded", corrected),
        ("have new pages of feedback", tally.pages),
    ]
    return [(words, count) for at, (words, count) in enumerate(rows) if count or at == 0]


def points(scores: Sequence[float], assigned: Assigned, some_have_none: bool, by_hand: bool) -> str:
    """Say how the points are spread."""
    most = sum(cell.max_score for notebook in assigned.noted.values() for cell in notebook.graded)
    whose = ", of those who need no person" if some_have_none else ""
    return (
        f"Points{' so far' * by_hand} of {most:g}{whose}: lowest {min(scores):g}, median {statistics.median(scores):g}, "
        f"highest {max(scores):g}."
    )


def lines(people: Mapping[str, str], tally: Tally) -> Iterator[str]:
    """Say who needs a person, who was not graded, and last how it goes on."""
    yield from some_lines({name: f"needs a person: {why}" for name, why in people.items()})
    if people:
        yield "Look at submitted/, and give points in formgrader, under Manual Grading."
    yield from some_lines(
        {
            name: f"was not graded: it {why}; the next run tries again"
            for name, why in tally.waiting.items()
        }
    )
    yield from some_lines(
        {
            name: f"has no pages of feedback: making them {why}"
            for name, why in tally.without_pages.items()
        }
    )
    if tally.stopped:
        yield f"{tally.stopped}; run the command again for the rest."


def some_lines(words: Mapping[str, str]) -> Iterator[str]:
    """Give a line for everybody, but not for hundreds."""
    for student in sorted(words)[:MOST_LINES]:
        yield f"{student} {words[student]}"
    if len(words) > MOST_LINES:
        yield f"And {len(words) - MOST_LINES} more."


def some(cells: Sequence[str]) -> str:
    """Name the first few cells."""
    more = len(cells) - MOST_CELLS
    return ", ".join(cells[:MOST_CELLS]) + (f" and {more} more" if more > 0 else "")
