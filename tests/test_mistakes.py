"""The bank of mistakes: its programs are right, and its slips are wrong where they say.

Of the slips that operators make, one a label is run; BACKPROP_MISTAKES=all runs them all.
"""

import os
from collections import Counter

import pytest

from tests.mistakes import LABELS, modules, patched, programs, slips
from tests.mistakes.breeding import bred
from tests.mistakes.table import confusion, report_of

PROGRAMS = programs()
SLIPS = slips()
BRED = bred()
SOME = BRED if os.environ.get("BACKPROP_MISTAKES") == "all" else {s.label: s for s in BRED}.values()

every_program = pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
every_slip = pytest.mark.parametrize(
    "slip", [*SLIPS, *SOME], ids=[f"{s.program}:{s.row}:{s.label}" for s in (*SLIPS, *SOME)]
)


def test_the_bank_is_large():
    assert len(PROGRAMS) >= 25
    assert len(SLIPS) >= 150
    assert {s.by for s in SLIPS} == {"hand"}


def test_every_label_is_in_the_bank_more_than_once():
    counts = Counter(s.label for s in SLIPS)
    assert set(counts) == set(LABELS)
    assert min(counts.values()) >= 4, counts


def test_every_label_is_one_of_the_contract():
    twins = {name for s in (*SLIPS, *BRED) for name in s.also}
    others = {label for s in SLIPS for _, label in s.others}
    assert twins | others | {s.label for s in BRED} <= set(LABELS)


def test_no_program_and_no_slip_is_in_the_bank_twice():
    names = [p.name for module in modules() for p in getattr(module, "PROGRAMS", ())]
    assert len(names) == len(set(names))
    texts = [(s.program, s.backward) for s in SLIPS]
    assert [text for text, times in Counter(texts).items() if times > 1] == []


@pytest.mark.parametrize("old", ["dq = y", "dx = dq\ndy = 1", "dx = dq"])
def test_a_line_is_replaced_only_where_it_stands_once(old):
    with pytest.raises(ValueError, match="times in the program"):
        patched("dq = z\nfor k in range(2):\n    dx = dq\ndx = dq\ndy = dq", old, "dx = 0")


def test_a_replaced_line_keeps_its_indentation():
    loop = "for k in range(2):\n    a = 1\n    b = 2\nc = 3"
    assert patched(loop, "a = 1\nb = 2", "a = 4") == "for k in range(2):\n    a = 4\nc = 3"


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
