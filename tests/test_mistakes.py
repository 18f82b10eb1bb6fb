"""The bank of mistakes: its programs are right, and its slips are wrong where they say."""

import pytest

from tests.mistakes import LABELS, programs, slips
from tests.mistakes.table import confusion, report_of

PROGRAMS = programs()
SLIPS = slips()

every_program = pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
every_slip = pytest.mark.parametrize(
    "slip", SLIPS, ids=[f"{s.program}:{s.row}:{s.label}" for s in SLIPS]
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


def test_the_table_says_what_is_taken_for_what():
    told = [
        ("lost_minus", "lost_minus", ()),
        ("lost_minus", "wrong_sign", ()),
        ("missing_path", "overwrite_at_fork", ("overwrite_at_fork",)),
        ("wrong_sign", "unknown", ()),
    ]
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in confusion(told).split("\n")
    ]
    assert rows[2:] == [
        ["`missing_path`", "1", "", "1 (100 %)", "", "", ""],
        ["`lost_minus`", "2", "1 (50 %)", "", "", "1 (50 %)", "`wrong_sign` 1"],
        ["`wrong_sign`", "1", "", "", "1 (100 %)", "", ""],
        ["all", "4", "1 (25 %)", "1 (25 %)", "1 (25 %)", "1 (25 %)", ""],
    ]
