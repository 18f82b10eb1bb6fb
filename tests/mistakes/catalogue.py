"""What is said of each mistake, with an example: `python -m tests.mistakes.catalogue` writes it."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import NamedTuple

from backprop_kit.sentences import LABELS, TWINS, WORDS
from tests.mistakes import Program, Slip, programs, slips
from tests.mistakes.table import label_found, report_of

PATH = Path(__file__).with_name("CATALOGUE.md")
HEAD = """\
# What is said of a mistake

Every cause that `check` can name, in the order in which they are tried, each with a slip from the bank of mistakes in this folder and the sentences that `check` prints for it, word for word. The lines that are wrong are marked; what should stand there is for the learner to find. How often each cause is recognised is in [the table](README.md).

`python -m tests.mistakes.catalogue` writes this page, and a test says when it is out of step.
"""
NO_ENGINE = (
    "Named only where there is a reference to hold the forward pass against, so there is no example "
    "here: `check` by itself takes the forward pass as it stands."
)
LEFT_OUT = "(a line was left out here)"


class Example(NamedTuple):
    """A slip that is named, and what is said of it."""

    program: Program
    slip: Slip
    sentence: str


def example(label: str) -> Example:
    """The shortest slip with this label that is named so, with no second choice if there is one."""
    right = programs()
    told = [(s, report_of(right[s.program], s.backward)) for s in shortest(label)]
    named = [(s, report) for s, report in told if label_found(report, s.row) == label]
    plain = [(s, report) for s, report in named if not any(row.also for row in report.rows)]
    for slip, report in plain or named:
        sentence = report.reason if report.failure else report[slip.row].reason
        return Example(right[slip.program], slip, sentence)
    raise LookupError(f"none of the shortest slips with the label {label} is named so")


def shortest(label: str, most: int = 4) -> list[Slip]:
    """The slips with one wrong row and this label, those of the shortest programs first."""
    right = programs()
    every = [s for s in slips() if s.label == label and not s.others]
    return sorted(every, key=lambda s: (len(right[s.program].text(s.backward)), s.backward))[:most]


def marked(program: Program, backward: str) -> str:
    """The cell with its line numbers, and a mark beside the lines that are not those of the program."""
    forward = program.forward.splitlines()
    return "\n".join(
        f"{mark} {number:>2}  {line}".rstrip()
        for mark, number, line in numbered([("", line) for line in forward], program, backward)
    )


def numbered(
    lines: list[tuple[str, str]], program: Program, backward: str
) -> Iterator[tuple[str, int | str, str]]:
    """Mark, number and text of each line; what was left out has no number."""
    number = 0
    for mark, line in [*lines, *compared(program.backward.splitlines(), backward.splitlines())]:
        number += line != LEFT_OUT
        yield mark or " ", "" if line == LEFT_OUT else number, line


def compared(right: list[str], wrong: list[str]) -> Iterator[tuple[str, str]]:
    """The wrong lines, each with its mark."""
    for kind, _, _, first, end in SequenceMatcher(None, right, wrong, False).get_opcodes():
        if kind == "delete":
            yield ">", LEFT_OUT
        yield from ((">" if kind != "equal" else "", line) for line in wrong[first:end])


def entry(label: str) -> str:
    """The part of the page on one label."""
    title = f"## `{label}`\n\n{WORDS[label].briefly[0].upper()}{WORDS[label].briefly[1:]}."
    if label == "changed_forward":
        return f"{title}\n\n{NO_ENGINE}"
    program, slip, sentence = example(label)
    parts = [title, f"```text\n{marked(program, slip.backward)}\n```", f"> {sentence}"]
    twins = ", ".join(f"`{twin}`" for twin in TWINS.get(label, ()))
    return "\n\n".join([*parts, *([f"Not always to be told from {twins}."] if twins else [])])


def page() -> str:
    """The whole catalogue, as Markdown."""
    return "\n".join([HEAD, *(f"{entry(label)}\n" for label in LABELS)])


if __name__ == "__main__":
    PATH.write_text(page(), encoding="utf-8")
