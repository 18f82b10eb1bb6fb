"""What a gradient is called that nobody wrote."""

import pytest

from backprop_kit import check

FORWARD = "q = w1 * x\nf = q * w2\n"


@pytest.mark.parametrize(
    ("backward", "called"),
    [
        ("dfdq = w2\ndfdw1 = dfdq * x\ndfdx = dfdq * w1", "dfdw2"),
        ("df = 1.0\ndfdq = w2 * df\ndfdw1 = dfdq * x\ndx = dfdq * w1", "dfdw2"),
        ("dq = w2\ndw1 = dq * x\ndfdx = dq * w1", "dw2"),
        ("dq = w2\ndw1 = dq * x\ndx = dq * w1\nz = 1 / 0\ndfdw2 = q", "dfdw2"),
        ("dq = w2\ndfdx = dq * w1\ndw1 = dq * x", "dw2"),
    ],
)
def test_it_is_spelled_as_the_others_are(backward, called):
    report = check(FORWARD + backward, w1=0.5, w2=0.3, x=2.0)
    assert [row.name for row in report.rows if row.verdict == "missing"] == [called]
    assert report.first_wrong == called
    assert (report[called].of, report.score) == ("w2", 0.75)


def test_so_it_is_where_the_forward_pass_does_not_arrive():
    code = "q = w1 * x\nf = q / 0\ndfdq = w2\ndfdw1 = dfdq * x\ndfdx = dfdq * w1\ndfdw2 = q"
    report = check(code, w1=0.5, w2=0.3, x=2.0)
    assert {row.name for row in report.rows} == {"dfdw1", "dfdw2", "dfdx"}


def test_what_is_kept_in_a_dict_has_its_name_from_there():
    backward = "dfdq = w2\ndfdw1 = dfdq * x\ndfdx = dfdq * w1\ngrads = {}\ngrads['w2'] = 3 * q"
    report = check(FORWARD + backward, w1=0.5, w2=0.3, x=2.0)
    assert (report.first_wrong, report["dfdw2"].verdict) == ("dfdw2", "wrong")


def handed_on(x, y, z):
    q = x + y
    f = q * z
    dq = z
    return f, dq, dq, q


def put_together(x, y):
    f = x * y
    return (f,) + (y, x)  # noqa: RUF005


def swapped_by_name(x, y):
    f = x * y
    dx = y
    dy = x
    return f, dy, dx


def turned_round(x, y):
    f = x * y
    return f, x, y


def test_what_is_given_back_in_its_place_is_there_under_whatever_name():
    report = check(handed_on, x=-2.0, y=5.0, z=-4.0)
    assert [row.verdict for row in report.rows] == ["right"] * 4
    assert check(put_together, x=2.0, y=3.0).ok
    assert check(swapped_by_name, x=2.0, y=3.0).ok  # a name counts for more than a place
    assert not check(turned_round, x=2.0, y=3.0).ok


def test_what_nobody_has_begun_is_called_unwritten_and_not_wrong():
    begun = "q = x + y\nf = q * z\ndq = q\n"
    headlines = [
        str(check(code, x=-2.0, y=5.0, z=-4.0, wrt=["x"])).partition(";")[0]
        for code in ("q = x + y\nf = q * z\n", begun)
    ]
    assert headlines == ["cell: dx is still to be written", "cell: dq, dx are not right"]
