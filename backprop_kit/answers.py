"""What was found about answers that are no backward pass: one row an answer, the score, and hints."""

from __future__ import annotations

import html
import math
import sys
from collections.abc import Callable
from contextlib import redirect_stderr
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

from backprop_kit.report_html import STYLE, code_spans, paragraphs
from backprop_kit.rows import show
from backprop_kit.source import StagedError

__all__ = ["Answer", "AnswerReport", "earned"]

RIGHT, MISSING, WRONG, NOT_YET = "right", "missing", "wrong", "not yet"
SYMBOLS = {RIGHT: "✔", MISSING: "…", WRONG: "✘", NOT_YET: "✘"}
SAID_BY_THE_ROW = ("unknown", "missing")  # of any row but the first, the row says enough
HEADS = ("verdict", "asked for", "yours", "should be")


@dataclass(frozen=True)
class Answer:
    """One answer: its verdict, what was given, and why it is not right.

    `expected` is None where it stays a secret: the answer to a question is not printed below it.
    """

    name: str
    verdict: str
    yours: Any
    label: str | None = None
    reason: str = ""
    expected: Any = None
    remedy: str = ""

    @property
    def at_fault(self) -> bool:
        """Whether the answer is missing or not right."""
        return self.verdict != RIGHT


@dataclass(frozen=True)
class AnswerReport:
    """What a check of answers found; true when all of them are right. It is plain data."""

    function: str
    rows: tuple[Answer, ...]
    score: float
    remarks: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.ok

    @property
    def ok(self) -> bool:
        """Whether every answer is right."""
        return not any(row.at_fault for row in self.rows)

    @property
    def first(self) -> Answer | None:
        """The first answer that is not right."""
        return next((row for row in self.rows if row.at_fault), None)

    @property
    def first_wrong(self) -> str | None:
        """The name of the first answer that is not right; None if all are."""
        return self.first.name if self.first else None

    @property
    def label(self) -> str | None:
        """The label of what went wrong first; None if all is right."""
        return self.first.label if self.first else None

    @property
    def reason(self) -> str:
        """One sentence on what went wrong first; empty if all is right."""
        return self.first.reason if self.first else ""

    def hint(self, level: int = 1) -> str:
        """A hint on the first slip: 1 says where it is, 2 what is off, 3 how to find it out.

        None of them holds the answer. Raises ValueError for another level.
        """
        if level not in (1, 2, 3):
            raise ValueError(f"hints have the levels 1, 2 and 3, and this is {level!r}")
        if self.first is None:
            return "Everything is right; there is nothing to hint at."
        return (f"Look at `{self.first.name}` first.", self.reason, self.first.remedy)[level - 1]

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        width = max((len(row.name) for row in self.rows), default=0)
        lines = [as_line(row, width) for row in self.rows]
        first, others = self.sentences()
        return "\n".join([self.headline(), *first, *lines, *others])

    def _repr_html_(self) -> str:
        heads = HEADS if any(row.expected is not None for row in self.rows) else HEADS[:-1]
        head = "".join(f"<th scope='col'>{word}</th>" for word in heads)
        body = "".join(as_row(row, len(heads)) for row in self.rows)
        first, others = self.sentences()
        return (
            f"<style>{STYLE}</style><div class='backprop-report'><p class='headline'>"
            f"<span aria-hidden='true'>{'✔' if self.ok else '✘'}</span> "
            f"{code_spans(self.headline())}</p>{paragraphs(first)}"
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            f"{paragraphs(others)}</div>"
        )

    def headline(self) -> str:
        """The verdict in one line."""
        right = sum(not row.at_fault for row in self.rows)
        if self.ok:
            return (
                f"{self.function}: right" if right == 1 else f"{self.function}: all {right} right"
            )
        return f"{self.function}: {right} of {len(self.rows)} right; score {self.score:.2f}"

    def sentences(self) -> tuple[list[str], list[str]]:
        """The sentence that goes before the rows, and those that follow them."""
        first = [self.reason] if self.reason else []
        later = [r for r in self.rows if r.at_fault and r.label not in SAID_BY_THE_ROW]
        told = dict.fromkeys(row.reason for row in later if row.reason not in ("", self.reason))
        return first, [*told, *self.remarks]


def as_line(row: Answer, width: int) -> str:
    mark = ">" if row.at_fault else " "
    wanted = f"  <- should be {show(row.expected)}" if shows_expected(row) else ""
    return f"  {row.verdict:<8}{mark} {row.name:<{width}}  {given(row)}{wanted}".rstrip()


def as_row(row: Answer, columns: int) -> str:
    kind = "at-fault" if row.at_fault else "right"
    wanted = show(row.expected) if shows_expected(row) else ""
    cells = [
        f"<td class='verdict'><span aria-hidden='true'>{SYMBOLS[row.verdict]}</span> {row.verdict}</td>",
        f"<td class='code'><code>{html.escape(row.name, quote=False)}</code></td>",
        f"<td>{html.escape(given(row), quote=False)}</td>",
        f"<td>{html.escape(wanted, quote=False)}</td>",
    ]
    return f"<tr class='{kind}'>{''.join(cells[:columns])}</tr>"


def shows_expected(row: Answer) -> bool:
    return row.at_fault and row.expected is not None


def given(row: Answer) -> str:
    return "" if row.yours is None else show(row.yours)


# ----- points ----------------------------------------------------------------------------------


class Scored(Protocol):
    """Anything that shows itself and has a score."""

    @property
    def score(self) -> float: ...


# What is told of each report that a grade prints, where an exercise is tried out.
PRINTED: ContextVar[Callable[[Any], None] | None] = ContextVar("PRINTED", default=None)


def earned(points: float, judge: Callable[[], Scored]) -> float:
    """Print what `judge` finds and return its share of the points, to 0.01, as a plain float.

    A learner's fault costs points and is said in a sentence; nothing is written to stderr. Raises
    ValueError where the points are no number.
    """
    if (
        isinstance(points, bool)
        or not isinstance(points, int | float)
        or not 0 <= points < math.inf
    ):
        raise ValueError(f"points are a number from 0 up, and this is {points!r}")
    with redirect_stderr(sys.stdout):
        try:
            report = judge()
        except StagedError as error:
            print(error)
            return 0.0
        print(report)
        if (note := PRINTED.get()) is not None:
            note(report)
    return float(round(float(points) * report.score, 2))
