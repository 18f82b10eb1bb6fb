"""What a check found: one row a d-variable, the score, and how both show themselves."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backprop_kit.judging import INHERITS, MISSING, RIGHT, WRONG
from backprop_kit.plain import Opaque, numbers
from backprop_kit.recording import Failure


class WrongGradient(AssertionError):
    """Raised by `GradientReport.require()` when a gradient is wrong; its text is the report."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


@dataclass(frozen=True)
class ReportRow:
    """One d-variable: its verdict, both values, where it was last written, and why it is wrong."""

    name: str
    verdict: str
    yours: Any
    expected: Any
    line: int | None
    text: str
    label: str | None
    reason: str
    of: str
    required: bool
    judged: bool
    point: Mapping[str, Any] | None = None  # None: the point that was given


@dataclass(frozen=True)
class GradientReport:
    """What `check` found. True when every required gradient is right; `.require()` insists on it."""

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
    def first(self) -> ReportRow | None:
        """The first row that is wrong or missing."""
        if self.ok:
            return None
        return next((row for row in self.rows if row.verdict in (WRONG, MISSING)), None)

    @property
    def first_wrong(self) -> str | None:
        """The `d` name of the first row that is wrong or missing, as written; None if all is right."""
        return self.first.name if self.first else None

    @property
    def label(self) -> str | None:
        """The label of what went wrong first; None if all is right."""
        if self.ok:
            return None
        if self.failure is not None:
            return "raises"
        return self.first.label if self.first else None

    @property
    def reason(self) -> str:
        """One sentence on what went wrong first; empty if all is right."""
        return "" if self.ok else self.failure_sentence or (self.first.reason if self.first else "")

    @property
    def failure_sentence(self) -> str:
        if self.failure is None:
            return ""
        failure = self.failure
        where = f"Line {failure.line} (`{failure.text}`)" if failure.line else f"`{self.function}`"
        part = "forward" if failure.forward else "backward"
        message = f": {failure.message}" if failure.message else ""
        return f"{where} stops the {part} pass with {failure.kind}{message}."

    def require(self) -> GradientReport:
        """Return the report if all is right; otherwise raise `WrongGradient` with its text."""
        if not self.ok:
            raise WrongGradient(str(self))
        return self

    def hint(self, level: int = 1) -> str:
        """A hint on the first slip: 1 says where, 2 what to look at, 3 what went wrong.

        Raises ValueError for another level.
        """
        if level not in (1, 2, 3):
            raise ValueError(f"hints have the levels 1, 2 and 3, and this is {level!r}")
        if self.ok:
            return "Every gradient is right; there is nothing to hint at."
        if self.first is None or self.failure_sentence:
            return self.failure_sentence or self.notes[0]
        row = self.first
        where = f"line {row.line}: `{row.text}`" if row.line else f"no line writes `{row.name}` yet"
        if level == 1:
            return f"Look at `{row.name}` ({where})."
        if level == 2:
            return f"`{row.name}` is the gradient of `{self.output}` on `{row.of}`; find each stage that reads `{row.of}` and what it hands back."
        return row.reason

    # -- text -----------------------------------------------------------------------------------

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return "\n".join([self.headline(), *self.row_lines(), *self.paragraphs()])

    def headline(self) -> str:
        if self.ok:
            return f"{self.function}: every gradient is right ({self.where_checked()})"
        if self.failure is not None:
            return f"{self.function}: {self.failure_sentence}"
        wrong = [row for row in self.rows if row.verdict in (WRONG, MISSING)]
        names = ", ".join(row.name for row in wrong)
        verb = "is" if len(wrong) == 1 else "are"
        return f"{self.function}: {names} {verb} not right; score {self.score:.2f}"

    def where_checked(self) -> str:
        if self.points < 3:
            return "checked only near your point"
        return f"your point and {self.points - 1} others"

    def row_lines(self) -> list[str]:
        width = max((len(row.name) for row in self.rows), default=0)
        lines = []
        for row in self.rows:
            line = f"  {row.verdict:<9} {row.name:<{width}}  {show(row.yours)}"
            if row.verdict == WRONG and row.expected is not None:
                line += f"   should be {show(row.expected)}"
            if row.verdict == WRONG and row.point is not None:
                line += f"   at {show_point(row.point)}"
            lines.append(line.rstrip())
        return lines

    def paragraphs(self) -> list[str]:
        reasons = [row.reason for row in self.rows if row.reason and row.label != "raises"]
        return [*([] if self.ok else reasons), *self.remarks, *self.notes]

    # -- HTML -----------------------------------------------------------------------------------

    def _repr_html_(self) -> str:
        rows = "".join(self.html_row(row) for row in self.rows)
        head = "".join(
            f"<th scope='col'>{h}</th>"
            for h in ("verdict", "gradient", "yours", "should be", "line")
        )
        body = (
            f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
            if self.rows
            else ""
        )
        mark = "✔" if self.ok else "✘"
        more = "".join(f"<p>{code_spans(p)}</p>" for p in self.paragraphs())
        return (
            f"{STYLE}<div class='backprop-report'><p><b>{mark} {code_spans(self.headline())}</b></p>"
            f"{body}{more}</div>"
        )

    def html_row(self, row: ReportRow) -> str:
        expected = show(row.expected) if row.verdict == WRONG and row.expected is not None else ""
        if expected and row.point is not None:
            expected += f" at {show_point(row.point)}"
        place = f"{row.line}: <code>{html.escape(row.text)}</code>" if row.line else ""
        symbol = {RIGHT: "✔", INHERITS: "↳", WRONG: "✘", MISSING: "…"}[row.verdict]
        cells = [
            f"<td class='{row.verdict}'>{symbol} {row.verdict}</td>",
            f"<td><code>{html.escape(row.name)}</code></td>",
            f"<td>{html.escape(show(row.yours))}</td>",
            f"<td>{html.escape(expected)}</td>",
            f"<td>{place}</td>",
        ]
        return f"<tr>{''.join(cells)}</tr>"


STYLE = (
    "<style>.backprop-report td, .backprop-report th {text-align: left !important; padding: 2px 10px}"
    ".backprop-report .right {color: light-dark(#0a7d33, #56d364)}"
    ".backprop-report .inherits {color: light-dark(#6a5300, #e3b341)}"
    ".backprop-report .wrong, .backprop-report .missing {color: light-dark(#c62828, #ff7b72)}"
    ".backprop-report {color-scheme: light dark}"
    "[data-jp-theme-light='true'] .backprop-report {color-scheme: light}"
    "[data-jp-theme-light='false'] .backprop-report {color-scheme: dark}</style>"
)


def code_spans(text: str) -> str:
    """Escape HTML and turn `name` into code."""
    parts = html.escape(text, quote=False).split("`")
    return "".join(f"<code>{p}</code>" if i % 2 else p for i, p in enumerate(parts))


# ----- values ----------------------------------------------------------------------------------


def show(value: Any) -> str:
    """A value in a few characters: numbers in six digits, arrays by their first elements."""
    if value is None:
        return "-"
    if isinstance(value, Opaque):
        return f"a {value.type}"
    if isinstance(value, tuple) and len(value) == 2 and value[0] == "from":
        return f"anything from {show(value[1][0])} to {show(value[1][1])}"
    array = numbers(value)
    if array is None:
        return repr(value)[:40]
    if array.ndim == 0:
        return show_number(
            value if isinstance(value, int) and not isinstance(value, bool) else float(array)
        )
    flat = [show_number(float(v)) for v in array.ravel()[:6]]
    dots = ", ..." if array.size > 6 else ""
    shape = "" if array.ndim == 1 and array.size <= 6 else f" {array.shape}"
    return f"[{', '.join(flat)}{dots}]{shape}"


def show_number(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    text = f"{value:.6g}"
    text = "0" if text == "-0" else text
    return text if any(c in text for c in ".en") else text + ".0"


def show_point(point: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={show(value)}" for name, value in point.items())
