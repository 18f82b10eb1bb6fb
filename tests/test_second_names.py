"""Gradients on a second name for a value, which the forward pass itself never reads."""

import pytest

from backprop_kit import check
from tests.test_checker import verdicts

FORWARD = "h = w * x\nkept = h\nz = h * v\ng = z * z\nf = g + 3 * h\ndg = 1.0\ndz = 2 * z * dg\n"
WHOLE = "dkept = v * dz + 3\ndv = kept * dz\ndh = dkept\ndw = x * dh"
INPUTS = {"w": 2.0, "x": 3.0, "v": 0.5}


def judged(code):
    return check(code, wrt=["w", "v"], **INPUTS)


def not_judged(report):
    return any("`dkept` is not judged: `kept` is a second name for `h`" in n for n in report.notes)


@pytest.mark.parametrize(
    "backward", [WHOLE, WHOLE.replace("dh = dkept\ndw = x * dh", "dw = x * dkept")]
)
def test_it_counts_as_the_gradient_on_the_value(backward):
    report = judged(FORWARD + backward)
    assert report.ok
    assert report["dkept"].expected == pytest.approx(6.0)
    earlier = judged(FORWARD.replace("2 * z", "z") + backward)
    assert [row.name for row in earlier.rows if row.verdict == "wrong"] == ["dz"]
    assert earlier["dkept"].verdict == "inherits"
    own = judged(FORWARD + backward.replace("+ 3", "- 3"))
    assert [row.name for row in own.rows if row.verdict == "wrong"] == ["dkept"]
    assert not any(map(not_judged, (report, earlier, own)))


@pytest.mark.parametrize("part", ["0.0", "v * dz"])
def test_with_other_numbers_beside_the_gradient_on_the_value_it_is_not_judged(part):
    backward = f"dkept = {part}\ndv = kept * dz\ndh = v * dz + 3\ndw = x * dh"
    right, slipped = (judged(f + backward) for f in (FORWARD, FORWARD.replace("2 * z", "z")))
    assert right.ok
    assert not_judged(right)
    assert not_judged(slipped)
    expected = {"dg": "right", "dz": "wrong", "dv": "inherits", "dh": "inherits", "dw": "inherits"}
    assert verdicts(slipped) == expected


def test_of_an_input_and_of_a_value_that_is_lost_it_is_not_judged():
    text = "kept = x\nf = x * x\ndkept = x\ndx = 3 * x"
    assert verdicts(check(text, x=2.0)) == {"dx": "wrong"}
    assert verdicts(check("kept = x\nf = x * x\ndkept = 2 * x", x=2.0)) == {"dx": "missing"}
    text = "h = w * w\nkept = h\nh = h * 3\nf = h * h\ndkept = 6 * h\ndw = dkept * 2 * w"
    report = check(text, w=2.0)
    assert report.ok
    assert not_judged(report)


def test_once_it_is_read_it_is_a_stage():
    read = FORWARD.replace("z = h * v", "z = kept * v")
    report = judged(read + "dkept = v * dz\ndv = kept * dz\ndh = dkept + 3\ndw = x * dh")
    assert report.ok
    assert report["dkept"].expected == pytest.approx(3.0)
