"""The checker sent after mutants: what it found, missed, accused or choked on."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from backprop_kit import check
from backprop_kit.judging import WRONG
from backprop_kit.report import GradientReport
from backprop_kit.staged import StagedError
from tests.mutants.breeding import Mutant
from tests.right import Case

FOUND, MISSED, CLEARED, ACCUSED, CRASHED, UNCLEAR = (
    "found", "missed", "cleared", "accused", "crashed", "unclear"
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What the checker made of a mutant.

    Where one line can be named as the wrong one, `named` says whether it was the first to be, and
    `beside` are the rows called wrong whose lines were not touched.
    """

    mutant: Mutant
    what: str
    named: bool | None
    report: str
    beside: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.what}: {self.mutant}\n{self.report}"


def outcome(mutant: Mutant, seed: int = 0) -> Outcome:
    try:
        report = checked(mutant.case, seed)
    except StagedError as error:  # a sentence, such as that there is nothing to judge
        return Outcome(mutant, judged(mutant, ok=False), None, str(error))
    except Exception as error:
        return Outcome(mutant, CRASHED, None, f"{type(error).__name__}: {error}")
    what = judged(mutant, report.ok)
    if what == ACCUSED and is_proved(mutant, report):
        what = FOUND
    if what != FOUND or not can_be_named(mutant, report):
        return Outcome(mutant, what, None, str(report))
    first = report.first_wrong in mutant.targets
    wrong = frozenset(row.name for row in report.rows if row.verdict == WRONG)
    return Outcome(mutant, what, first, str(report), wrong - mutant.targets)


def checked(case: Case, seed: int = 0) -> GradientReport:
    return check(
        case.function,
        case.output,
        backward=case.backward,
        wrt=case.wrt,
        seed=seed,
        inputs=case.inputs,
    )


def judged(mutant: Mutant, ok: bool) -> str:
    if mutant.verdict == "unclear":
        return UNCLEAR
    if mutant.verdict == "wrong":
        return MISSED if ok else FOUND
    return CLEARED if ok else ACCUSED


def is_proved(mutant: Mutant, report: GradientReport) -> bool:
    """Whether the mutant is wrong at a point that the report names, where nobody else had looked."""
    given = [row.point for row in report.rows if row.point is not None]
    return any(mutant.compared({**mutant.origin.inputs, **point}) == "wrong" for point in given)


def can_be_named(mutant: Mutant, report: GradientReport) -> bool:
    """Whether one line is the wrong one.

    Not where the run broke off, where the line writes no gradient that is judged, or where it
    changes one in place: `dh[h <= 0] = 0` turns the gradient on `h` into that on what is below.
    """
    judged = mutant.targets <= rows_of(mutant.origin)
    return report.failure is None and judged and not mutant.in_place


def rows_of(case: Case) -> frozenset[str]:
    """The gradients that are judged in the program as it was; none where a name is not what it says."""
    if case.name not in ROWS:
        report = checked(case)
        ROWS[case.name] = frozenset(() if report.remarks else (row.name for row in report.rows))
    return ROWS[case.name]


ROWS: dict[str, frozenset[str]] = {}


def table(outcomes: Iterable[Outcome]) -> str:
    """One line an operator: how many mutants, and what became of them."""
    counts: dict[str, Counter[str]] = {}
    for found in outcomes:
        count = counts.setdefault(found.mutant.operator, Counter())
        count[found.what] += 1
        count["all"] += 1
        if found.named is not None:
            count["named"] += found.named
            count["to name"] += 1
            count["alone"] += not found.beside
    columns = ("all", FOUND, MISSED, CLEARED, ACCUSED, UNCLEAR, CRASHED)
    lines = [f"{'operator':<26}" + "".join(f"{c:>9}" for c in columns) + "   named first, alone"]
    for operator, count in [*sorted(counts.items()), ("in all", sum(counts.values(), Counter()))]:
        line = f"{operator:<26}" + "".join(f"{count[c]:>9}" for c in columns)
        lines.append(f"{line}   {count['named']}, {count['alone']} of {count['to name']}")
    return "\n".join(lines)
