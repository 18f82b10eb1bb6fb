"""Rows that are only wrong because an earlier one is: each line is judged by what it was handed."""

import numpy as np
import pytest

from backprop_kit import check

SOFTMAX = """
q = s - np.max(s)
e = np.exp(q)
n = np.sum(e)
p = e / n
f = np.sum(p * t)
dp = t
de = dp / n
dn = np.sum(dp * e) / n**2
de = de + dn
dq = de * e
"""
SCORES = {"s": np.array([0.1, 0.2, 0.3]), "t": np.array([0.1, 0.2, 0.6])}


def verdicts(report):
    return {row.name: row.verdict for row in report.rows}


@pytest.mark.parametrize("last", ["ds = 2 * dq", "ds = -dq", "ds = dq.copy(); ds[0] = 0", "ds = t"])
def test_a_slip_of_its_own_stays_one(last):
    report = check(SOFTMAX + last, wrt=["s"], **SCORES)
    assert (report["dn"].verdict, report["ds"].verdict) == ("wrong", "wrong")


def test_a_large_slip_is_measured_element_by_element_to_put_the_truth_in_its_place():
    code = (SOFTMAX + "ds = dq").replace("dn)", "n)").replace("dn = ", "dn = -")
    code = code.replace("dq = de * e", "dq = de * e * e")
    rng = np.random.default_rng(0)
    inputs = {"s": rng.standard_normal(80), "t": rng.standard_normal(80)}
    report = check(code, wrt=["s"], **inputs)
    assert verdicts(report) == {
        "dp": "right",
        "dn": "right",
        "de": "right",
        "dq": "wrong",
        "ds": "inherits",
    }


def test_nothing_is_inherited_from_a_true_gradient_of_zero():
    code = "h = x * y\nf = h * 0.0 + x * y\ndh = 1.0\ndx = y + {} * dh\ndy = x + x * dh"
    assert verdicts(check(code.format("y"), x=2.0, y=3.0)) == {
        "dh": "wrong", "dx": "inherits", "dy": "inherits"
    }  # fmt: skip
    code = "h = x * y\nf = h * 0.0 + y\ndh = 1.0\ndx = 5 * y * dh\ndy = 1.0 + x * dh"
    assert verdicts(check(code, x=2.0, y=3.0)) == {"dh": "wrong", "dx": "wrong", "dy": "inherits"}


def test_half_of_a_sum_that_is_the_truth_by_accident_is_no_slip():
    code = "z = 3 * x\nq = z + z\nf = q * q\ndq = 4 * q\ndz = dq\ndz += dq\ndx = 3 * dz"
    report = check(code, x=0.7)
    assert verdicts(report) == {"dq": "wrong", "dz": "inherits", "dx": "inherits"}
    # but what was right and is then spoilt stays one, behind any number of such halves
    code = "q = x * z\nf = q * z\ndq = z\ndq *= -1\ndx = z * dq\ndz = q + x * dq"
    assert verdicts(check(code, x=2.0, z=3.0))["dq"] == "wrong"
