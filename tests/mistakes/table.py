"""How often the cause of a mistake is named: `python -m tests.mistakes.table [hand|operator]`.

With `--write` it measures the whole bank, which takes minutes, and writes README.md beside it.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from multiprocessing import Pool
from pathlib import Path
from typing import Any, NamedTuple

from backprop_kit import check
from backprop_kit.sentences import TWINS
from tests.mistakes import LABELS, Program, Slip, programs, slips
from tests.mistakes.breeding import bred
from tests.mistakes.twins import WHY

PATH = Path(__file__).with_name("README.md")
KINDS = ("named", "second", "twin", "unknown", "wrong")
HEAD = (
    "| label | slips | named | named second | a twin | unknown | wrong | taken for |\n"
    "|---|--:|--:|--:|--:|--:|--:|---|"
)


class Result(NamedTuple):
    """A wrong row: its label in the bank, the label found, its twins, and the second label found."""

    expected: str
    found: str | None
    twins: tuple[str, ...] = ()
    second: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """How well the label was found: one of `KINDS`."""
        if self.found == self.expected:
            return "named"
        if self.expected in self.second:
            return "second"
        if self.found in (None, "unknown"):
            return "unknown"
        return "twin" if self.found in self.twins else "wrong"


def report_of(program: Program, backward: str | None = None) -> Any:
    """What the kit says of a program of the bank, with its own backward pass or another one."""
    return check(
        program.text(backward),
        program.output,
        wrt=program.wrt,
        upstream=program.upstream,
        inputs=program.inputs,
    )


def label_found(report: Any, row: str) -> str | None:
    """The label of a row; where the backward pass stops, the label of the report."""
    return report.label if report.failure is not None else report[row].label


def results_of(slip: Slip, report: Any) -> list[Result]:
    """What is found for every wrong row of a slip; further slips have their own."""
    rows = [(slip.row, slip.label, slip.also), *((row, label, ()) for row, label in slip.others)]
    return [
        Result(label, label_found(report, row), twins, report[row].also)
        for row, label, twins in rows
    ]


def measured(slip: Slip) -> list[Result]:
    """The results of a slip, checked now."""
    return results_of(slip, report_of(right_programs()[slip.program], slip.backward))


@cache
def right_programs() -> dict[str, Program]:
    return programs()


def all_measured(bank: Sequence[Slip]) -> list[Result]:
    """The results of many slips, in their order, with every core at work."""
    with Pool() as pool:
        found = pool.map(measured, bank, chunksize=8)
    return [result for results in found for result in results]


def share(results: Iterable[Result], *kinds: str) -> float:
    """How many of the results are of these kinds, as a part of 1."""
    every = list(results)
    return sum(r.kind in kinds for r in every) / max(len(every), 1)


def confusion(results: Iterable[Result]) -> str:
    """A Markdown table: a line a label, how many were found, and what was taken for what."""
    every = list(results)
    present = [label for label in LABELS if any(r.expected == label for r in every)]
    lines = [line(f"`{name}`", [r for r in every if r.expected == name]) for name in present]
    return "\n".join([HEAD, *lines, line("all", every)])


def line(title: str, results: list[Result]) -> str:
    """One line of the table: the counts of these results, with the mistaken labels."""
    kinds = Counter(r.kind for r in results)
    total = max(len(results), 1)
    shares = [
        f"{kinds[name]} ({100 * kinds[name] / total:.0f} %)" if kinds[name] else ""
        for name in KINDS
    ]
    taken = Counter(str(r.found) for r in results if r.kind in ("second", "twin", "wrong"))
    names = ", ".join(f"`{label}` {count}" for label, count in taken.most_common())
    return (
        f"| {title} | {len(results)} | {' | '.join(shares)} | {names if title != 'all' else ''} |"
    )


# ----- the page ---------------------------------------------------------------------------------


def page(by_hand: list[Result], by_operators: list[Result]) -> str:
    """The README of the bank: what it is, both tables, and what cannot be told apart."""
    return f"""\
# The bank of mistakes

What the naming of causes is measured with. {counted()} A slip states which row must be the first wrong one and which label of the contract it must carry; the label is decided by what was done to the code, never by what the kit says of it. Slips by hand are those that people make, written down by people; operators change one line of a right program and know what they did.

{summary("by hand", by_hand)} {summary("by operators", by_operators)} [The catalogue](CATALOGUE.md) has an example of each cause with the sentence that is printed for it.

`python -m tests.mistakes.table --write` measures the whole bank and writes this page; `BACKPROP_MISTAKES=all` makes `tests/test_mistakes.py` run the whole bank and hold this page against it.

A line of the tables is a label of the bank. *Named* is the share of its wrong rows that got that label; *named second*, that got another one with this one named beside it as fitting as well; *a twin*, that got a label which the bank says cannot be told from it there; *unknown*, where the kit says that it cannot tell; *wrong*, all others. A slip with two independent faults counts for each of them.

## By hand

{confusion(by_hand)}

## By operators

{confusion(by_operators)}

## What cannot be told apart

Where two causes predict the same numbers at every point and the text of the line does not decide, the first is named and the second said beside it. These are such pairs.

{twins()}
"""


def counted() -> str:
    """How large the bank is, in one sentence."""
    return (
        f"It holds {len(programs())} right programs, {len(slips())} slips by hand "
        f"and {len(bred())} by operators."
    )


def summary(how: str, results: list[Result]) -> str:
    return (
        f"Of {len(results)} rows that are wrong {how}, {100 * share(results, 'named'):.1f} % get "
        f"their label and {100 * share(results, 'wrong'):.1f} % get a wrong one with no second choice."
    )


def twins() -> str:
    """A line for every label that another may stand for."""
    return "\n".join(
        f"- `{label}` and {', '.join(f'`{other}`' for other in others)}: {WHY[label]}"
        for label, others in TWINS.items()
    )


def written() -> str:
    """The page, measured now."""
    return page(all_measured(slips()), all_measured(bred()))


def main(arguments: Sequence[str]) -> None:
    """Write the page, or print the table of the slips made by hand or by operators, or of all."""
    if "--write" in arguments:
        PATH.write_text(written(), encoding="utf-8")
        return
    print(confusion(all_measured([s for s in (*slips(), *bred()) if s.by in (arguments or s.by)])))


if __name__ == "__main__":
    main(sys.argv[1:])
