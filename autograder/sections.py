"""Sections of the course, read from their percent-format files.

A section is one Python file whose cells begin with `# %%` headers. A header may say what a cell
is for: `role="setup"` for the cell that imports the kit, and for the cells of an exercise its id
and the part they play, side by side and in this order:

    # %% [markdown] exercise="sum-times-z" role="prompt" kind="backward" stars=1 minutes=5
    # %% exercise="sum-times-z" role="solution"      the reference, between the solution markers
    # %% exercise="sum-times-z" role="check"         feedback while working; none, one or several
    # %% exercise="sum-times-z" role="grade"         ends on grade(function, POINTS, at=inputs)
    # %% exercise="sum-times-z" role="mistakes"      never reaches a notebook

What the last line of the grade cell looks like depends on the kind (`grade_cell.py`); an exercise of
kind "written" has a prompt with its points in the header and a solution, and nothing else.

Anything that would make a wrong notebook is refused, with the file, the line and the way out.
"""

from __future__ import annotations

import ast
import io
import itertools
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from autograder.exercise import Cell, Exercise, SectionError
from autograder.kinds import read_exercise
from autograder.parts import check_markers

HEADER_WORDS = {"exercise", "role", "kind", "stars", "minutes", "points"}
# What jupytext notes for its own use.
JUPYTEXT_WORDS = {"lines_to_next_cell", "lines_to_end_of_cell_marker", "cell_marker", "title"}


@dataclass(frozen=True)
class Section:
    """One section of the notes: its cells in order, and the exercises among them."""

    path: Path
    cells: tuple[Cell, ...]
    exercises: tuple[Exercise, ...]

    @property
    def name(self) -> str:
        """The name of its notebook, without the ending."""
        return self.path.stem


def read_course(folder: Path) -> list[Section]:
    """Read all sections of a folder in the order of their file names.

    Raises:
        SectionError: at the first thing that would make a wrong notebook.

    """
    sections = [read_section(path) for path in sorted(folder.glob("*.py"))]
    refuse_duplicates(exercise for section in sections for exercise in section.exercises)
    return sections


def read_section(path: Path) -> Section:
    """Read one section file and all exercises in it.

    Raises:
        SectionError: at the first thing that would make a wrong notebook.

    """
    cells = _cells(path, path.read_text(encoding="utf-8"))
    for cell in cells:
        _check_header(cell)
        check_markers(cell)
    exercises = [read_exercise(group) for group in _exercise_groups(cells)]
    refuse_duplicates(exercises)
    return Section(path, cells, tuple(exercises))


def refuse_duplicates(exercises: Iterable[Exercise]) -> None:
    """Insist that every exercise id is used once, since scores are filed under it."""
    seen: dict[str, Exercise] = {}
    for exercise in exercises:
        if first := seen.get(exercise.id):
            raise exercise.prompt.refuse(_said_twice(exercise.id, first.prompt))
        seen[exercise.id] = exercise


def _said_twice(name: str, first: Cell) -> str:
    return (
        f"exercise id {name!r} is already taken at {first.path.name}:{first.line}; give this "
        "exercise an id of its own."
    )


def _cells(path: Path, text: str) -> tuple[Cell, ...]:
    import jupytext

    lines = _header_lines(path, text)
    parsed = jupytext.reads(text, fmt="py:percent").cells
    if len(lines) != len(parsed):
        raise SectionError(path, 1, "text stands before the first cell; begin it with a # %% line.")
    return tuple(
        Cell(
            cell.cell_type,
            cell.source,
            path,
            line,
            {word: value for word, value in cell.metadata.items() if word not in JUPYTEXT_WORDS},
        )
        for cell, line in zip(parsed, lines, strict=True)
    )


def _header_lines(path: Path, text: str) -> list[int]:
    """Find the lines that begin a cell; a `# %%` inside a string does not."""
    try:
        ast.parse(text)
    except SyntaxError as error:
        raise SectionError(
            path, error.lineno or 1, f"Python cannot read this file ({error.msg}); put this right."
        ) from None
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [
        token.start[0]
        for token in tokens
        if token.type == tokenize.COMMENT
        and token.start[1] == 0
        and (token.string == "# %%" or token.string.startswith("# %% "))
    ]


def _check_header(cell: Cell) -> None:
    unknown = sorted(set(cell.header) - HEADER_WORDS)
    if unknown:
        raise cell.refuse(
            f"a cell header does not know the word {unknown[0]!r}; it may hold "
            f"{', '.join(sorted(HEADER_WORDS))}."
        )
    if cell.exercise is None and cell.role not in (None, "setup"):
        raise cell.refuse(
            f'a cell with role="{cell.role}" belongs to an exercise; say which, as in '
            f'exercise="my-exercise" role="{cell.role}".'
        )


def _exercise_groups(cells: tuple[Cell, ...]) -> list[list[Cell]]:
    """Gather the cells of each exercise, which must stand side by side."""
    groups: dict[str, list[Cell]] = {}
    for name, run in itertools.groupby(cells, key=lambda cell: cell.exercise):
        if name is None:
            continue
        group = list(run)
        if first := groups.get(name):
            _refuse_second_run(name, first, group)
        groups[name] = group
    return list(groups.values())


def _refuse_second_run(name: str, first: list[Cell], second: list[Cell]) -> None:
    if second[0].role == "prompt":
        raise second[0].refuse(_said_twice(name, first[0]))
    raise second[0].refuse(
        f"this cell belongs to exercise {name!r}, whose other cells end at line "
        f"{first[-1].line}; the cells of an exercise must stand side by side, so move it there."
    )
