"""The bank of mistakes: its programs are right, and its slips are wrong where and why they say.

A selection of the slips is run, some of every label; BACKPROP_MISTAKES=all runs the whole bank,
and holds the table in tests/mistakes/README.md against it.
"""

import os
import random
from collections import Counter
from functools import cache

import pytest

from backprop_kit import explaining
from backprop_kit.sentences import TWINS, told
from tests.mistakes import LABELS, Slip, modules, patched, programs, slips
from tests.mistakes import table as tables
from tests.mistakes.breeding import bred
from tests.mistakes.catalogue import PATH, page
from tests.mistakes.table import Result, confusion, label_found, report_of, results_of, share
from tests.mistakes.twins import WHY

PROGRAMS = programs()
SLIPS = slips()
BRED = bred()
EVERY = os.environ.get("BACKPROP_MISTAKES") == "all"
SELECTED = 200
REACH, AMISS = 0.85, 0.05  # named at least, and named wrongly at most


def selection(bank, count, seed=6):
    """So many slips by chance, of every label at least two, of the programs in turn."""
    rng = random.Random(seed)
    mixed = rng.sample(bank, len(bank))
    labels: Counter[str] = Counter()
    turns: Counter[str] = Counter()
    ranked: list[tuple[bool, int, int, Slip]] = []
    for slip in mixed:
        ranked.append((labels[slip.label] >= 2, turns[slip.program], len(ranked), slip))
        labels[slip.label] += 1
        turns[slip.program] += 1
    return [slip for *_, slip in sorted(ranked)[:count]]


BY_HAND = SLIPS if EVERY else selection(SLIPS, SELECTED)
BY_OPERATORS = BRED if EVERY else tuple({s.label: s for s in BRED}.values())
CHOSEN = [*BY_HAND, *BY_OPERATORS]

every_program = pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
every_slip = pytest.mark.parametrize(
    "slip", CHOSEN, ids=[f"{s.program}:{s.row}:{s.label}" for s in CHOSEN]
)


@cache
def report(slip):
    """What is said of a slip: asked once, for the verdicts and for the labels."""
    return report_of(PROGRAMS[slip.program], slip.backward)


def results(bank):
    return [result for slip in bank for result in results_of(slip, report(slip))]


# ----- the bank -----


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


def test_the_selection_has_every_label_and_nearly_every_program():
    assert Counter(s.label for s in BY_HAND).keys() == set(LABELS)
    assert len({s.program for s in BY_HAND}) > 0.9 * len({s.program for s in SLIPS})
    assert len(BY_HAND) >= SELECTED


@pytest.mark.parametrize("old", ["dq = y", "dx = dq\ndy = 1", "dx = dq"])
def test_a_line_is_replaced_only_where_it_stands_once(old):
    with pytest.raises(ValueError, match="times in the program"):
        patched("dq = z\nfor k in range(2):\n    dx = dq\ndx = dq\ndy = dq", old, "dx = 0")


def test_a_replaced_line_keeps_its_indentation():
    loop = "for k in range(2):\n    a = 1\n    b = 2\nc = 3"
    assert patched(loop, "a = 1\nb = 2", "a = 4") == "for k in range(2):\n    a = 4\nc = 3"


# ----- the verdicts -----


@every_program
def test_the_program_is_right_and_nothing_is_found_in_it(program):
    found = report_of(program)
    assert found.ok, found
    assert {row.verdict for row in found.rows} == {"right"}, found
    assert {(row.label, row.reason, row.also) for row in found.rows} == {(None, "", ())}, found


@every_slip
def test_the_slip_is_wrong_where_it_says(slip):
    found = report(slip)
    assert not found.ok, slip.backward
    assert found.first_wrong == slip.row, f"{slip.backward}\n\n{found}"
    for row, _ in slip.others:
        assert found[row].verdict in ("wrong", "missing"), f"{slip.backward}\n\n{found}"


def verdicts(found):
    return [(row.name, row.verdict, row.judged, row.line) for row in found.rows], found.score


def test_no_reason_can_turn_a_verdict(monkeypatch):
    some = BY_HAND[:40]
    before = [verdicts(report(slip)) for slip in some]
    monkeypatch.setattr(explaining, "find", lambda evidence: told("unknown", {}))
    after = [report_of(PROGRAMS[slip.program], slip.backward) for slip in some]
    labels = {row.label for found in after for row in found.faults}
    assert labels == {"unknown"}, "the reasons are not switched off, so this test says nothing"
    assert [verdicts(found) for found in after] == before


# ----- the labels -----


def amiss(bank):
    """The slips that are not named, to be read where too many are not."""
    return "\n".join(
        f"{slip.program}:{slip.row} is {result.expected} and is called {result.found}"
        for slip in bank
        for result in results_of(slip, report(slip))
        if result.kind != "named"
    )


@pytest.mark.timeout(900)  # alone, it makes all reports of the selection
@pytest.mark.parametrize("bank", [BY_HAND, BY_OPERATORS], ids=["by hand", "by operators"])
def test_the_cause_is_named(bank):
    assert share(results(bank), "named") >= REACH, amiss(bank)
    assert share(results(bank), "wrong") <= AMISS, amiss(bank)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("label", LABELS)
def test_each_label_is_found(label):
    those = [slip for slip in BY_HAND if slip.label == label]
    found = [label_found(report(slip), slip.row) for slip in those]
    assert label in found, found


def test_the_second_choice_is_a_twin_of_the_first():
    for slip in BY_HAND:
        for row in report(slip).rows:
            assert set(row.also) <= set(TWINS.get(row.label, ())), row


# ----- the pages -----


def test_the_table_says_what_is_taken_for_what():
    told_of = [
        Result("lost_minus", "lost_minus"),
        Result("lost_minus", "wrong_sign"),
        Result("lost_minus", "wrong_sign", second=("lost_minus",)),
        Result("missing_path", "overwrite_at_fork", ("overwrite_at_fork",)),
        Result("wrong_sign", "unknown"),
    ]
    lines = confusion(told_of).split("\n")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    assert rows[2:] == [
        ["`missing_path`", "1", "", "", "1 (100 %)", "", "", "`overwrite_at_fork` 1"],
        ["`lost_minus`", "3", "1 (33 %)", "1 (33 %)", "", "", "1 (33 %)", "`wrong_sign` 2"],
        ["`wrong_sign`", "1", "", "", "", "1 (100 %)", "", ""],
        ["all", "5", "1 (20 %)", "1 (20 %)", "1 (20 %)", "1 (20 %)", "1 (20 %)", ""],
    ]


def test_the_table_is_that_of_this_bank():
    text = tables.PATH.read_text(encoding="utf-8")
    assert tables.counted() in text, "run: python -m tests.mistakes.table --write"
    assert tables.twins() in text, "run: python -m tests.mistakes.table --write"


def test_it_is_said_why_twins_cannot_be_told_apart():
    assert WHY.keys() == TWINS.keys()


@pytest.mark.timeout(1800)
@pytest.mark.skipif(not EVERY, reason="BACKPROP_MISTAKES=all measures the whole bank")
def test_the_table_is_what_is_measured():
    measured = tables.page(results(SLIPS), results(BRED))
    assert tables.PATH.read_text(encoding="utf-8") == measured


@pytest.mark.timeout(300)
def test_the_catalogue_is_in_step():
    assert PATH.read_text(encoding="utf-8") == page(), "run: python -m tests.mistakes.catalogue"
