"""The bank of mistakes: its programs are right, and its slips are wrong where they say."""

import pytest

from backprop_kit import check
from tests.mistakes import LABELS, programs, slips

PROGRAMS = programs()
SLIPS = slips()

every_program = pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
every_slip = pytest.mark.parametrize(
    "slip", SLIPS, ids=[f"{s.program}:{s.row}:{s.label}" for s in SLIPS]
)


def report_of(program, backward=None):
    return check(
        program.text(backward),
        program.output,
        wrt=program.wrt,
        upstream=program.upstream,
        inputs=program.inputs,
    )


def test_every_label_is_one_of_the_contract():
    labels = {s.label for s in SLIPS} | {name for s in SLIPS for name in s.also}
    labels |= {label for s in SLIPS for _, label in s.others}
    assert labels <= set(LABELS)


def test_no_slip_is_in_the_bank_twice():
    texts = [(s.program, s.backward) for s in SLIPS]
    assert len(texts) == len(set(texts))


@every_program
def test_the_program_is_right(program):
    report = report_of(program)
    assert report.ok, report
    assert {row.verdict for row in report.rows} == {"right"}, report


@every_slip
def test_the_slip_is_wrong_where_it_says(slip):
    report = report_of(PROGRAMS[slip.program], slip.backward)
    assert not report.ok, slip.backward
    assert report.first_wrong == slip.row, f"{slip.backward}\n\n{report}"
    for row, _ in slip.others:
        assert report[row].verdict in ("wrong", "missing"), f"{slip.backward}\n\n{report}"
