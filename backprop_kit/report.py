"""What a check found: one row a d-variable, the score, and how both show themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from backprop_kit import hints, report_html
from backprop_kit.hints import Paper
from backprop_kit.judging import MISSING
from backprop_kit.listing import Listed, as_text, listed
from backprop_kit.recording import Failure
from backprop_kit.rows import ReportRow, holds, show_point
from backprop_kit.staged import TimeLimit

__all__ = ["GradientReport", "ReportRow", "WrongGradient"]

SAID_BY_THE_ROW = ("unknown", "missing", "raises")  # of any row but the first, the row says enough
MOST_NAMES = 6
LONGEST = 200  # of an exception's message


class WrongGradient(AssertionError):
    """Raised by `GradientReport.require()` when a gradient is wrong; its text is the report."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


UNBOUND = re.compile(
    r"cannot access local variable '(\w+)' where it is not associated with a value"
)


def plainly(message: str) -> str:
    """What Python says of a name without a value, in fewer words."""
    return UNBOUND.sub(r"`\1` has no value there yet", message)


@dataclass(frozen=True)
class GradientReport:
    """What `check` found. True when every required gradient is right; `.require()` insists on it.

    It is plain data. `backward` are the learner's lines with their numbers, `code` is all that was
    run, `forward` the numbers of its forward lines, `stages` says which stages move with a name, and `shapes` has the shape of each name.
    """

    function: str
    output: str
    rows: tuple[ReportRow, ...]
    ok: bool
    score: float
    seed: int
    notes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    points: int = 1
    failure: Failure | None = None
    failure_point: Mapping[str, Any] | None = None  # None: it failed at the point that was given
    backward: tuple[tuple[int, str], ...] = ()
    code: tuple[tuple[int, str], ...] = ()
    forward: tuple[int, ...] = ()
    stages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    departure: tuple[str, str] | None = None  # label and sentence: it computes something else

    def __bool__(self) -> bool:
        return self.ok

    def __getitem__(self, name: str) -> ReportRow:
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(
            f"no row is called {name!r}; there are {', '.join(r.name for r in self.rows)}"
        )

    @property
    def faults(self) -> tuple[ReportRow, ...]:
        """The rows that are wrong or missing; none if all that was asked for is right."""
        return () if self.ok else tuple(row for row in self.rows if row.at_fault)

    @property
    def first(self) -> ReportRow | None:
        """The first row that is wrong or missing."""
        return next(iter(self.faults), None)

    @property
    def first_wrong(self) -> str | None:
        """The `d` name of the first row that is wrong or missing, as written; None if all is right."""
        return self.first.name if self.first else None

    @property
    def label(self) -> str | None:
        """The label of what went wrong first; None if all is right."""
        if self.ok:
            return None
        if self.departure is not None:
            return self.departure[0]
        if self.failure is not None:
            return "raises"
        return self.first.label if self.first else None

    @property
    def reason(self) -> str:
        """One sentence on what went wrong first; empty if all is right."""
        if self.ok:
            return ""
        said = self.departure[1] if self.departure else self.failure_sentence
        return said or (self.first.reason if self.first else "")

    @property
    def failure_sentence(self) -> str:
        if self.failure is None:
            return ""
        failure = self.failure
        where = f"Line {failure.line} (`{failure.text}`)" if failure.line else f"`{self.function}`"
        part = "forward" if failure.forward else "backward"
        point = show_point(self.failure_point) if self.failure_point else ""
        at = f" at {point}" if point else ""
        words = plainly(" ".join(failure.message.split()))  # one line: rows stand below it
        said = words if len(words) < LONGEST else f"{words[:LONGEST]}..."
        message = f": {said.strip().removesuffix('.')}" if said.strip() else ""
        end = "" if message.endswith(("?", "!")) else "."
        return f"{where} stops the {part} pass{at} with {failure.kind}{message}{end}"

    def require(self) -> GradientReport:
        """Return the report if all is right; otherwise raise `WrongGradient` with its text."""
        if not self.ok:
            raise WrongGradient(str(self))
        return self

    # -- hints ----------------------------------------------------------------------------------

    def hint(self, level: int = 1) -> str:
        """A hint on the first slip: 1 says which variable, 2 which rule, 3 the shape of the formula.

        None of them holds the finished answer. Raises ValueError for another level.
        """
        if level not in (1, 2, 3):
            raise ValueError(f"hints have the levels 1, 2 and 3, and this is {level!r}")
        if self.ok:
            return "Every gradient is right; there is nothing to hint at."
        if self.departure is not None:
            return self.departure[1]
        if self.failure is not None and (level < 3 or self.failure.forward):
            return self.failure_sentence if level == 1 else self.remedy(self.failure)
        row = hints.kept_from(self.failure, self.rows) or self.first
        if row is None:
            return " ".join(self.notes)
        paper = Paper(self.code, self.forward, self.stages, self.shapes, self.output)
        if level == 1:
            return hints.where(row, self.faults[1:], paper)
        return (hints.which_rule if level == 2 else hints.formula)(row, paper)

    def remedy(self, failure: Failure) -> str:
        """What to look at where the code stops."""
        gradients = {row.name: np.shape(row.yours) for row in self.rows if not row.at_fault}
        return hints.remedy(failure, {**self.shapes, **gradients})

    # -- as text and as HTML --------------------------------------------------------------------

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        first, others = self.paragraphs()
        lines = self.row_lines() if self.ok else as_text(self.listing())
        return "\n".join([self.headline(), *first, *lines, *others])

    def _repr_html_(self) -> str:
        mark = "✔" if self.ok else "✘"
        return report_html.page(mark, self.headline(), self.listing(), *self.paragraphs())

    def headline(self) -> str:
        """The verdict in one line."""
        if self.ok:
            but = f", but {self.what_is_wrong()}" if self.failure else ""
            return f"{self.function}: every gradient is right ({self.where_checked()}){but}"
        return f"{self.function}: {self.what_is_wrong()}; score {self.score:.2f}"

    def what_is_wrong(self) -> str:
        if self.departure is not None:
            return f"{self.output} is not what was asked for"
        if self.failure is not None:
            part = "forward" if self.failure.forward else "backward"
            how = "does not end" if self.failure.kind == TimeLimit.__name__ else "stops"
            where = f" on line {self.failure.line}" if self.failure.line else ""
            return f"the {part} pass {how}{where}"
        names = [row.name for row in self.faults]
        begun = any(row.verdict != MISSING for row in self.faults)
        what = "not right" if begun else "still to be written"
        if len(names) == 1:
            return f"{names[0]} is {what}"
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        return f"{', '.join(names[:MOST_NAMES])}{more} are {what}"

    def where_checked(self) -> str:
        if self.points < 3:
            return "checked only near your point"
        return f"your point and {self.points - 1} others"

    def listing(self) -> list[Listed]:
        """The learner's lines with the verdicts; where all is right, only those with one."""
        if not self.ok:
            return listed(self.backward, self.rows, self.failure)
        return [line for line in listed(self.backward, self.rows) if line.notes]

    def row_lines(self) -> list[str]:
        width = max((len(row.name) for row in self.rows), default=0)
        return [
            f"  {row.verdict:<8}  {row.name:<{width}}  {holds(row.yours).removeprefix('is ').removeprefix('has ')}"
            for row in self.rows
        ]

    def paragraphs(self) -> tuple[list[str], list[str]]:
        """The sentence that goes before the rows, and those that follow them."""
        if self.ok:
            stopped = [f"All the same: {self.failure_sentence}"] if self.failure else []
            return [], [*stopped, *self.remarks, *self.notes]
        later = self.rows if self.failure else self.faults[1:]
        told = [row.reason for row in later if row.label not in SAID_BY_THE_ROW and row.reason]
        others = [reason for reason in dict.fromkeys(told) if reason != self.reason]
        return [self.reason] if self.reason else [], [*others, *self.notes]
