"""Right code is never accused, however it is written."""

import pytest

from backprop_kit import check
from tests.right.arrays import ARRAYS
from tests.right.scalars import SCALARS


@pytest.mark.parametrize(("function", "inputs"), SCALARS, ids=[f.__name__ for f, _ in SCALARS])
def test_right_scalars(function, inputs):
    report = check(function, **inputs)
    assert report.ok, report
    assert report.score == 1.0
    assert report.first_wrong is None
    assert {row.verdict for row in report.rows} <= {"right"}, report


@pytest.mark.parametrize(
    ("function", "wrt", "output", "inputs"), ARRAYS, ids=[c[0].__name__ for c in ARRAYS]
)
def test_right_arrays(function, wrt, output, inputs):
    report = check(function, output, wrt=wrt, inputs=inputs)
    assert report.ok, report
    assert {row.name for row in report.rows} >= {"d" + name for name in wrt}
