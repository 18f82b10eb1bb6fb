"""The table of contents of a course, as its README shows it: made from the sections."""

from __future__ import annotations

import re

from autograder.sections import Section

BEGIN, END = "<!-- contents: made by `backprop build` -->", "<!-- end of contents -->"
WORDS_A_MINUTE = 130  # of prose with formulas in it
MINUTES_A_CELL = 0.75  # to predict, run and look
HEAD = """\
| section of the notes | notebook | exercises | points | minutes |
|---|---|---|---|---|"""


def with_contents(text: str, sections: list[Section]) -> str:
    """Put the table between its two marks; a text without them stays as it is."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    return f"{head}{begin}\n{table(sections)}\n{end}{tail}" if end else text


def table(sections: list[Section]) -> str:
    """Give one row for each section, and the sums."""
    rows = [row(section) for section in sections]
    exercises = [exercise for section in sections for exercise in section.exercises]
    takes = in_hours(sum(minutes(section) for section in sections))
    sums = f"| all | | {counted(exercises)} | {points(exercises)} | {takes} |"
    return "\n".join([HEAD, *rows, sums])


def in_hours(minutes: int) -> str:
    """Say how long that is: 40, 1½ hours, 7 hours."""
    if minutes < 60:
        return str(minutes)
    halves = round(minutes / 30)
    whole, half = divmod(halves, 2)
    return f"{whole}{'½' * half} hour{'' if halves == 2 else 's'}"


def row(section: Section) -> str:
    """Give the row of one section."""
    cells = (
        title(section),
        f"`{section.name}`",
        counted(list(section.exercises)),
        points(list(section.exercises)),
        str(minutes(section)),
    )
    return f"| {' | '.join(cells)} |"


def title(section: Section) -> str:
    """Give the title of a section, up to a colon in it."""
    heading = next(cell.source for cell in section.cells if cell.source.startswith("# "))
    return heading.split("\n")[0].removeprefix("# ").partition(":")[0]


def counted(exercises: list) -> str:
    """Say how many exercises there are, and how many of them a person grades."""
    by_hand = sum(exercise.by_hand for exercise in exercises)
    return f"{len(exercises)}, {by_hand} of them by hand" if by_hand else str(len(exercises))


def points(exercises: list) -> str:
    """Add the points up."""
    return f"{sum(exercise.points for exercise in exercises):g}"


def minutes(section: Section) -> int:
    """Estimate how long a learner takes: exercises as they say, prose by its words, cells to run."""
    outside = [cell for cell in section.cells if cell.exercise is None]
    prose = " ".join(cell.source for cell in outside if cell.type == "markdown")
    words = len(re.findall(r"\w+", prose))
    cells = sum(cell.type == "code" for cell in outside)
    exercises = sum(exercise.minutes for exercise in section.exercises)
    return 5 * round((exercises + words / WORDS_A_MINUTE + MINUTES_A_CELL * cells) / 5)
