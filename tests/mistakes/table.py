"""How often the cause of a mistake is named: `python -m tests.mistakes.table [hand|operator]`."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from backprop_kit import check
from tests.mistakes import LABELS, Program, Slip, programs, slips
from tests.mistakes.breeding import bred

# What the bank says it is, the label that was found, and the labels that cannot be told from it.
Result = tuple[str, str | None, tuple[str, ...]]

HEAD = "| label | slips | named | a twin | unknown | wrong | taken for |\n|---|--:|--:|--:|--:|--:|---|"


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


def measured(bank: Iterable[Slip]) -> Iterator[Result]:
    """What is found for every wrong row of the bank; further slips of a program have their own."""
    right = programs()
    for slip in bank:
        report = report_of(right[slip.program], slip.backward)
        yield slip.label, label_found(report, slip.row), slip.also
        for row, label in slip.others:
            yield label, label_found(report, row), ()


def kind(expected: str, found: str | None, also: tuple[str, ...]) -> str:
    """How well a label was found: "named", as a "twin" of it, as "unknown", or "wrong"."""
    if found == expected:
        return "named"
    if found in also:
        return "twin"
    return "unknown" if found in (None, "unknown") else "wrong"


def confusion(results: Iterable[Result]) -> str:
    """A Markdown table: a line a label, how many were found, and what was taken for what."""
    every = list(results)
    present = [label for label in LABELS if any(expected == label for expected, *_ in every)]
    lines = [line(f"`{name}`", [r for r in every if r[0] == name]) for name in present]
    return "\n".join([HEAD, *lines, line("all", every)])


def line(title: str, results: list[Result]) -> str:
    """One line of the table: the counts of these results, with the mistaken labels."""
    kinds = Counter(kind(*result) for result in results)
    total = max(len(results), 1)
    shares = [
        f"{kinds[name]} ({100 * kinds[name] / total:.0f} %)" if kinds[name] else ""
        for name in ("named", "twin", "unknown", "wrong")
    ]
    taken = Counter(str(r[1]) for r in results if kind(*r) == "wrong")
    names = ", ".join(f"`{label}` {count}" for label, count in taken.most_common())
    return (
        f"| {title} | {len(results)} | {' | '.join(shares)} | {names if title != 'all' else ''} |"
    )


def main(by: str | None = None) -> None:
    """Print the table of the whole bank, or of the slips made by hand or by operators."""
    bank = [*slips(), *bred()]
    print(confusion(measured(slip for slip in bank if by in (None, slip.by))))


if __name__ == "__main__":
    main(*sys.argv[1:2])
