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
    report = check("q = x * y\nf = q + x\ndq = 1.0\ndx = 17.3 * x + 1\ndy = x * dq", x=2.0, y=3.0)
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


def test_a_pass_that_begins_with_another_number_than_1_is_told_so():
    for begun in ("-1.0", "2 * 1.0"):
        report = check(
            f"q = x * y\nf = q * q\ndf = {begun}\ndq = 2 * q * df\ndx = y * dq", x=2.0, y=3.0
        )
        assert "is where the backward pass begins, and it must be 1." in report["df"].reason
        assert report["dq"].verdict == "inherits"
    report = check("f = x * y\ndf = 2 * g\ndx = y * df", wrt=["x"], upstream=np.ones(2),
                   x=np.array([1.0, 2.0]), y=np.array([3.0, 4.0]), g=np.ones(2))  # fmt: skip
    assert "the gradient that comes from above" in report["df"].reason


# Each of these lines stands behind a switch that is shut at the given point and open at others.
SWITCHED = """
k = 3 * x
u = k + 4
t = max(0, k)
f = math.cos(u) + t
du = -math.sin(u)
dt = 1.0
dk = dt if k > 0 else 0.0
"""


@pytest.mark.parametrize("x", [-1.0, 1.0])
def test_a_switch_that_is_shut_at_the_given_point_hides_no_cause(x):
    report = check(SWITCHED + "dk -= du\ndx = 3 * dk", x=x)
    assert report["dk"].label == "subtract_instead_of_add"


COSINE = "k = 3 * x\nu = math.cos(k)\nt = k * y\nf = u * t\ndu = t\ndt = u\ndk = {}\n"
COSINE += "dk += y * dt\ndx = 3 * dk\ndy = k * dt"


def test_where_no_cause_is_known_the_one_line_that_is_amiss_is_named():
    report = check(COSINE.format("0.31 * x"), x=0.7, y=1.3)
    assert report["dk"].label == "unknown"
    assert report["dk"].reason.startswith("Line 7 (`dk = 0.31 * x`) does not hand back to `k`")
    through = "Work on paper what comes back to `k` through `u = math.cos(k)`."
    assert report["dk"].reason.endswith(through)


def test_a_mask_that_would_take_a_term_away_is_not_missed_where_nothing_is_switched():
    report = check(COSINE.format("-math.sin(k) * du + 0.31 * x * du"), x=0.7, y=1.3)
    assert report["dk"].label == "wrong_local_derivative"


def test_a_line_beside_one_that_has_everything_is_not_called_right():
    code = "q = x * y\nf = q * q\nlocal = 2 * q\ndq = 2 * local\ndq -= -1.7 * q\ndx = y * dq\ndy = x * dq"
    assert "what the other lines add" not in check(code, x=2.0, y=3.0)["dq"].reason


def test_a_name_of_the_backward_pass_is_not_said_to_be_one_of_the_forward_pass():
    code = """
r = 2 * x
q = math.sin(r)
f = 3 * q - 3 * q
dq = dr = 0.0
dq = dq + 6
dq = dq - 3
dr = dr + math.cos(r) * dq
dx = 2 * dr
"""
    said = str(check(code, x=0.4))
    assert "forward" not in said
    code = "h = x * y\nm = math.tanh(h)\nf = m * h\ndm = h\ndh = m\ndh += (1 - m**2) * dm\n"
    report = check(code + "dm = 5.0\ndy = x * dh + 0 * dm\ndx = y * dm", x=0.4, y=0.7)
    assert "forward pass computed" not in str(report)


def test_a_local_derivative_under_a_name_is_no_forward_value():
    code = "p = x * x\nh = max(0, p)\nf = 3 * h\ndh = 3.0\nlocal = 2 * (1.0 if p > 0 else 0.0)\n"
    report = check(code + "dp = local * dh\ndx = 2 * x * dp", x=0.5)
    assert report["dp"].label == "wrong_local_derivative"
    assert "forward value" not in report["dp"].reason


def test_a_name_that_was_given_another_value_is_named_with_the_line_that_gave_it():
    code = "h = x * y\ng = h * h\nf = g * h\ndg = h\ndh = g + 2 * h * dg\nh = 0.5\ndx = y * dh\ny = h\ndy = x * dh"
    code = code.replace("dg = h\n", "").replace("dh = g", "h = 7.0\ndg = h\ndh = g")
    report = check(code, x=2.0, y=3.0)
    assert "reads `h`, which line 4 (`h = 7.0`) has given another value by then." in str(report)


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("q = np.tanh(x)\nf = np.mean(q)\ndq = np.ones(2) / 2\ndx = 2 * (1 - q**2) * dq", 4),
        ("q = x * x\nf = np.sum(q) / 2\ndq = np.ones(2) / 2\ndx = 4 * x * dq", 4),
        ("q = x * x\nf = np.mean(q)\ndq = np.ones(2) / 2 * 2\ndx = 2 * x * dq", 3),
    ],
)
def test_a_stray_two_beside_a_mean_of_two_is_no_missing_division(code, line):
    report = check(code, wrt=["x"], x=np.array([1.5, -0.7]))
    row = report[report.first_wrong]
    assert (row.label, row.line) == ("wrong_local_derivative", line)
    lacking = code.replace("np.ones(2) / 2 * 2", "np.ones(2)").replace(
        "np.ones(2) / 2", "np.ones(2)"
    )
    report = check(
        lacking.replace("2 * (1", "(1").replace("4 * x", "2 * x"),
        wrt=["x"],
        x=np.array([1.5, -0.7]),
    )
    assert report["dq"].label == "double_batch_scale"


def test_no_max_is_spoken_of_for_a_value_that_the_line_does_not_read():
    code = "r = w * x - t\nsize = abs(r)\nif size <= 1.0:\n    f = 0.5 * r * r\nelse:\n    f = size - 0.5\n"
    code += "if size <= 1.0:\n    dr = r\nelif r > 0:\n    dr = 1.0\nelse:\n    dr = -size\ndw = x * dr\ndx = w * dr\ndt = -dr"
    report = check(code, w=1.3, x=-2.0, t=0.4)
    assert report["dr"].label != "max_passes_value"


def test_what_was_right_and_is_then_changed_is_told_so():
    report = check(
        "q = x + y\nf = q * z\ndz = q\ndq = z\ndq *= -1\ndx = dq\ndy = dq", x=-2.0, y=5.0, z=-4.0
    )
    assert report["dq"].reason.startswith("`dq` was right until line 5 (`dq *= -1`) changed it.")


def test_a_number_in_the_place_of_names_is_told_to_be_one():
    report = check("q = x - y\nf = q * z\ndq = -4\ndx = -4\ndy = -dq\ndz = q", x=-2, y=5, z=-4)
    assert "(`dq = -4`) is a number, the same for all inputs" in report["dq"].reason
    assert "names of the values" in report["dq"].reason


def test_text_and_whole_numbers_are_told_to_be_what_they_are():
    report = check("f = x * y\ndx = 'y'\ndy = x", x=2.0, y=3.0)
    assert "(`dx = 'y'`) is a str, and a gradient is numbers" in report["dx"].reason
    X, W = np.array([[1.3, -0.7]]), np.array([[0.4, 2.2]])
    report = check("f = np.sum(X * W)\ndX = W.astype(int)", wrt=["X"], X=X, W=W)
    assert report["dX"].label == "integer_dtype"


def test_a_gradient_where_a_forward_value_belongs_is_called_a_gradient():
    code = "h = np.maximum(0, z)\nf = np.sum(h * G)\ndh = G.copy()\ndz = dh * (dh > 0)"
    report = check(code, wrt=["z"], z=np.array([1.0, -2.0, 0.5]), G=np.array([-1.0, 2.0, 3.0]))
    assert "has the gradient `dh` in a place where a forward value belongs" in report["dz"].reason
