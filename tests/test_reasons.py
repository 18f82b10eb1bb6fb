"""Why a row is wrong: what is said, in the learner's names, and what is never said."""

import re

import numpy as np
import pytest

from backprop_kit import check
from backprop_kit.sentences import LABELS, TWINS, WORDS
from tests.mistakes import LABELS as OF_THE_BANK
from tests.mistakes import programs, slips
from tests.mistakes.table import report_of

reg = 0.3


def softplus_slope(z):
    return 1 / (1 + np.exp(-z))


def layer(x, w):
    z = x * w
    h = np.log(1 + np.exp(z))
    f = np.sum(h) + reg * np.sum(w * w)
    dh = np.ones(3)
    dz = -softplus_slope(z) * dh
    dx = w * dz
    dw = x * dz
    dw += reg * w
    return f, dx, dw


def test_the_labels_are_those_of_the_contract_in_its_order():
    assert [label for label in LABELS if label != "changed_forward"] == list(OF_THE_BANK)
    assert {twin for twins in TWINS.values() for twin in twins} <= set(LABELS)


@pytest.mark.parametrize("label", LABELS)
def test_every_label_says_what_where_and_what_to_do(label):
    words = WORDS[label]
    assert words.rule.endswith((".", "?", "}"))
    assert len(words.briefly) < 80
    assert words.what != words.rule


def test_a_helper_of_the_notebook_and_a_constant_around_are_understood():
    report = check(layer, x=np.array([0.1, 0.2, 0.3]), w=np.array([0.5, -0.2, 0.4]))
    assert {row.name: row.label for row in report.rows if row.label} == {
        "dz": "wrong_sign",
        "dw": "same_input_twice",
    }


def test_several_slips_each_have_their_own_cause():
    text = "q = x * y\nr = q + z\nf = r * r\ndr = r\ndq = dr / 2\ndz = dr\ndx = x * dq\ndy = x"
    report = check(text, x=2.0, y=3.0, z=-1.0)
    assert {row.name: row.label for row in report.rows if row.label} == {
        "dr": "same_input_twice",
        "dq": "equally_misread_as_half",
        "dx": "multiply_not_swapped",
        "dy": "missing_upstream_factor",
    }
    assert all(f"line {row.line}" in row.reason.lower() for row in report.rows if row.label)


def test_the_line_at_fault_is_named_where_it_is_not_the_last():
    text = "q = x * y\np = q + x\nf = p * q\ndp = q\ndq = p + dp\ndx = dp\ndx = y * dq\ndx += 0.0\ndy = x * dq"
    report = check(text, x=2.0, y=3.0)
    assert report["dx"].label == "overwrite_at_fork"
    assert "Line 7 (`dx = y * dq`) overwrites what line 6 put into `dx`" in report["dx"].reason


def test_two_causes_that_cannot_be_told_apart_are_both_named():
    text = "s = 1 / (1 + np.exp(-z))\nf = np.sum(s * G)\nds = G\ndz = (1 + s) * s * ds"
    report = check(text, wrt=["z"], z=np.array([0.3, -0.7]), G=np.array([1.5, 0.4]))
    row = report["dz"]
    assert {row.label, *row.also} >= {"wrong_local_derivative"}
    for twin in row.also:
        assert twin in TWINS[row.label]
        assert WORDS[twin].briefly in row.reason


def test_no_cause_is_made_up():
    report = check("q = x * y\nf = q + x\ndq = 1.0\ndx = 17.3\ndy = x * dq", x=2.0, y=3.0)
    assert report["dx"].label == "unknown"
    assert "I cannot tell why" in report["dx"].reason


SPREAD = slips()[::9]


@pytest.mark.parametrize("slip", SPREAD, ids=lambda s: f"{s.program}-{s.label}")
def test_no_sentence_gives_the_finished_formula(slip):
    program = programs()[slip.program]
    report = report_of(program, slip.backward)
    wrong = set(map(str.strip, slip.backward.splitlines()))
    lines = [line for line in program.backward.splitlines() if line.strip() not in wrong]
    answers = [re.split(r"(?<![=<>!])=(?!=)", line.split("#")[0], maxsplit=1) for line in lines]
    said = " ".join(row.reason for row in report.rows)
    for answer in (parts[1].strip() for parts in answers if len(parts) == 2):
        assert len(answer) < 8 or f"`{answer}`" not in said
