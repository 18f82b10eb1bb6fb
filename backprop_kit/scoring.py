"""From the rows at many points to one report: each row's worst verdict, and the score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from backprop_kit.judging import INHERITS, MISSING, RIGHT, WRONG, Row
from backprop_kit.plain import numbers
from backprop_kit.report import GradientReport
from backprop_kit.rows import ReportRow
from backprop_kit.sentences import Finding
from backprop_kit.truth import Interval, Truth

WORST = {RIGHT: 0, INHERITS: 1, MISSING: 2, WRONG: 3}
BEST_WHEN_NOT_OK = 0.9


@dataclass(frozen=True)
class Judged:
    """The rows at one point, and what was measured there.

    `between` are the stages that lie between wrt and the output.
    """

    rows: Sequence[Row]
    between: frozenset[str]
    point: Mapping[str, Any] | None
    findings: Mapping[str, Finding]
    truth: Truth | None = None

    def stages(self) -> dict[str, tuple[str, ...]]:
        """For each name the stages that move with it directly."""
        return {q: tuple(n.effects) for q, n in self.truth.names.items()} if self.truth else {}

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of every forward value that is made of numbers."""
        values = self.truth.values.items() if self.truth else ()
        found = {q: numbers(value) for q, value in values}
        return {q: value.shape for q, value in found.items() if value is not None}


def combined(points: Sequence[Judged], wrt: Sequence[str], **facts: Any) -> GradientReport:
    """One report from all points: a row takes its worst verdict, and the point that showed it."""
    order = {row.name: (row.verdict == MISSING, row.first) for row in points[0].rows}
    names = list(
        dict.fromkeys(
            [*sorted(order, key=lambda n: order[n]), *(r.name for p in points for r in p.rows)]
        )
    )
    worst = {name: worst_of(name, points) for name in names}
    between = frozenset().union(*(p.between for p in points))
    ok = all(best_verdict(worst, q) == RIGHT for q in wrt) and bool(wrt)
    if ok:
        worst = {
            n: (replace(r, verdict=RIGHT) if not r.required else r, p)
            for n, (r, p) in worst.items()
        }
    zero = {row.of for row, _ in worst.values() if all_zero(row.of, points)}
    score = 1.0 if ok else score_of(worst, wrt, between, zero)
    in_order = sorted(names, key=lambda n: worst[n][0].verdict == MISSING)
    shapes = points[0].shapes()
    rows = tuple(
        report_row(*worst[n], judged=worst[n][0].of in {*wrt, *between}, shapes=shapes)
        for n in in_order
    )
    remarks = remarks_of(points) if ok else ()
    return GradientReport(
        rows=rows,
        ok=ok,
        score=score,
        points=len(points),
        remarks=remarks,
        stages=points[0].stages(),
        shapes=shapes,
        **facts,
    )


def worst_of(name: str, points: Sequence[Judged]) -> tuple[Row, Judged]:
    """The worst row of that name; of several equally bad ones, that at the earliest point."""
    found = [(row, point) for point in points for row in point.rows if row.name == name]
    return max(found, key=lambda pair: WORST[pair[0].verdict])


def best_verdict(worst: Mapping[str, tuple[Row, Judged]], of: str) -> str:
    """The verdict on `of`: the worst of the names it was written under."""
    found = [row.verdict for row, _ in worst.values() if row.of == of]
    return max(found, key=lambda v: WORST[v]) if found else MISSING


def all_zero(of: str, points: Sequence[Judged]) -> bool:
    return all(row.zero for point in points for row in point.rows if row.of == of)


def score_of(
    worst: Mapping[str, tuple[Row, Judged]],
    wrt: Sequence[str],
    between: frozenset[str],
    zero: set[str],
) -> float:
    """The mean credit over the judged rows: required inputs, and the stages on the way to the output."""
    earned = {q: float(best_verdict(worst, q) in (RIGHT, INHERITS)) for q in wrt}
    share = sum(earned.values()) / len(earned)
    written = {row.of for row, _ in worst.values()}
    stages = {
        q: float(best_verdict(worst, q) in (RIGHT, INHERITS)) if q in written else share
        for q in between
    }
    credits = []
    for q, credit in (earned | stages).items():
        others = any(earned[other] for other in wrt if other != q and other not in zero)
        if q not in zero or others:
            credits.append(credit)
    return min(BEST_WHEN_NOT_OK, sum(credits) / len(credits)) if credits else 0.0


def remarks_of(points: Sequence[Judged]) -> tuple[str, ...]:
    """Intermediates that are not the gradient their name promises, where every answer is right all the same."""
    off = {
        row.name: row for p in points for row in p.rows if row.verdict != RIGHT and not row.required
    }
    return tuple(
        f"Every gradient that was asked for is right; by the way, `{row.name}` (line {row.line}) is not "
        f"the gradient on `{row.of}`, though its name says so."
        for row in off.values()
    )


def report_row(
    row: Row, judged_at: Judged, *, judged: bool, shapes: Mapping[str, tuple[int, ...]]
) -> ReportRow:
    finding = judged_at.findings.get(row.name)
    return ReportRow(
        name=row.name,
        verdict=row.verdict,
        yours=as_number(row.yours),
        expected=expected_value(row.expected, row.yours),
        line=row.line,
        text=row.text,
        label=finding.label if finding else None,
        reason=finding.sentence if finding else "",
        of=row.of,
        required=row.required,
        judged=judged,
        point=judged_at.point,
        shape=shapes.get(row.of),
        also=finding.also if finding else (),
        rule=finding.rule if finding else "",
    )


def as_number(value: Any) -> Any:
    """NumPy's scalars as Python numbers, which print as the learner typed them."""
    return value.item() if isinstance(value, np.generic) else value


def expected_value(expected: Interval | None, yours: Any) -> Any:
    """A number, a list or an array as yours is; at a kink, the bounds of what is right."""
    if expected is None:
        return None
    if np.any(expected.low != expected.high):
        return ("from", (plain_like(expected.low, yours), plain_like(expected.high, yours)))
    return plain_like(expected.low, yours)


def plain_like(array: np.ndarray, yours: Any) -> Any:
    if np.ndim(array) == 0:
        return float(array)
    return array.tolist() if isinstance(yours, list) else array
