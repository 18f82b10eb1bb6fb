"""A report as a learner reads it: their own lines with the verdicts, and the wrong one marked."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_output

from autograder.classroom import reason
from backprop_kit import check
from backprop_kit.rows import show, show_number
from backprop_kit.staged import Clock
from tests.test_hints import WRONG

RNG = np.random.default_rng(0)


def fork(x, y):
    xpy = x + y
    num = x * 3
    f = xpy * num
    # backward pass
    dxpy = num
    dnum = xpy  # swapped
    dx = dxpy
    dx = 3 * dnum
    dy = dxpy
    return f, dx, dy


def network(X, W, b, W2):
    z = X @ W + b
    h = np.maximum(0, z)
    s = h @ W2
    f = np.sum(s**2)
    ds = 2 * s
    dW2 = h.T @ ds
    dz = ds @ W2.T
    dz[z < 0.5] = 0
    dW = X.T @ dz
    db = dz.sum(axis=0, keepdims=True)
    dX = dz @ W.T
    return f, dX, dW, db, dW2


SHAPES = {"X": (5, 4), "W": (4, 3), "b": (3,), "W2": (3, 2)}
ARRAYS = {name: RNG.normal(size=shape) for name, shape in SHAPES.items()}


@pytest.fixture(scope="module")
def reports():
    return {name: check(text, inputs=inputs) for name, (text, inputs) in WRONG.items()}


def rows_of(text):
    """The lines of the listing, which alone are indented."""
    return [line for line in text.splitlines() if line.startswith(" ")]


# ----- as text -----------------------------------------------------------------------------------


def test_the_learners_lines_with_the_wrong_one_marked():
    first = fork.__code__.co_firstlineno
    headline, sentence, *lines = str(check(fork, x=3.0, y=-4.0)).splitlines()
    assert headline == "fork: dx is not right; score 0.75"
    assert sentence.startswith(
        f"Line {first + 8} (`dx = 3 * dnum`) overwrites what line {first + 7}"
    )
    assert lines == [
        f"  right      {first + 5}  dxpy = num              9.0",
        f"  right      {first + 6}  dnum = xpy  # swapped   -1.0",
        f"             {first + 7}  dx = dxpy",
        f"  wrong    > {first + 8}  dx = 3 * dnum           -3.0  <- should be 6.0",
        f"  right      {first + 9}  dy = dxpy               9.0",
    ]


def test_a_right_answer_is_told_in_one_line_and_its_rows():
    text = "q = x + y\nf = q * z\ndz = q\ndq = z\ndx = dq\ndy = dq"
    assert str(check(text, x=-2, y=5, z=-4)).splitlines() == [
        "cell: every gradient is right (your point and 6 others)",
        "  right     dz  3",
        "  right     dq  -4",
        "  right     dx  -4",
        "  right     dy  -4",
    ]


def test_arrays_are_told_by_shape_and_worst_element():
    text = str(check(network, **ARRAYS))
    rows = "\n".join(rows_of(text))
    assert re.search(r"right .* ds = 2 \* s +shape \(5, 2\)\n", rows)
    assert re.search(
        r"wrong +> .*dz\[\d, \d\] is 0\.0\s+<- should be -?\d.* of 15 (is|are) off\)", rows
    )
    assert re.search(r"keepdims=True\) +shape \(1, 3\)  <- should be \(3,\)", rows)
    assert "wrong, wrong" not in text


def test_the_worst_element_is_the_one_that_is_off():
    text = "f = np.sum(w * w)\ndw = 2 * w\ndw[1, 2] = 7.0"
    (line,) = [row for row in rows_of(str(check(text, w=np.ones((2, 4))))) if ">" in row]
    assert line.endswith("dw[1, 2] is 7.0  <- should be 2.0 (1 of 8 is off)")


def test_one_number_for_an_array_is_a_wrong_shape():
    report = check("f = np.sum(w)\ndw = 1.0", w=np.ones(3))
    assert str(report).endswith("dw = 1.0   one number  <- should be (3,)")
    assert "A gradient has exactly the shape of its variable." in report.hint(2)


def test_arrays_too_large_to_measure_one_by_one():
    text = str(check("f = np.sum(X * X)\ndX = X", X=np.full((100, 50), 0.5)))
    assert "shape (100, 50)  <- has the right shape, but not the right values" in text
    text = str(check("f = np.sum(X * X)\ndX = 2 * X[:99]", X=np.full((100, 50), 0.5)))
    assert "shape (99, 50)  <- should be (100, 50)" in text


def test_an_endless_message_is_cut():
    report = check("f = x * 2\nraise ValueError('no ' * 400)\ndx = 2", x=3.0)
    assert len(report.reason) < 350
    assert report.reason.endswith(" no...")


def test_numbers_that_are_nan_are_the_worst():
    report = check("f = np.sum(w * w)\ndw = 2 * w\ndw[1] = np.nan", w=np.ones(3))
    assert "dw[1] is nan  <- should be 2.0 (1 of 3 is off)" in str(report)


def test_inputs_that_tie():
    text = str(check("f = max(x, y)\ndx = 1.0\ndy = 1.0", x=1.0, y=1.0))
    assert text.count("<- would do alone, but not with the others of the tie") == 2
    assert "anything from" not in text


def test_a_slip_that_shows_only_elsewhere_says_where():
    text = str(check("f = x * y\ndx = x\ndy = x", x=2.0, y=2.0))
    assert re.search(r"<- should be \S+ at x=\S+, y=\S+$", rows_of(text)[0])
    arrays = {"x": np.ones(5), "y": np.ones(5)}
    text = str(check("f = np.sum(x * y)\ndx = y\ndy = y.copy()", inputs=arrays))
    assert "at another point" in text


def test_what_stops_is_marked_and_what_was_not_reached_is_said():
    report = check("q = x * y\nf = q\ndq = 1.0\ndy = x * dq\ndx = y * dq / 0", x=2.0, y=3.0)
    headline, sentence, *lines = str(report).splitlines()
    assert headline == "cell: the backward pass stops on line 5; score 0.67"
    assert sentence.startswith("Line 5 (`dx = y * dq / 0`) stops the backward pass with ZeroDiv")
    assert "  stops    > 5  dx = y * dq / 0   ZeroDivisionError" in lines
    assert lines[-1].startswith("  missing  >")
    assert lines[-1].endswith("dx was not reached")


def test_a_line_that_stops_after_it_was_run_says_so_first(monkeypatch):
    monkeypatch.setattr("backprop_kit.recorder.Clock", lambda: Clock(0.1))
    report = check("f = x * y\ndy = x\nwhile x > 0: dx = x", x=2.0, y=3.0)
    assert report.reason.endswith("it is still running after 0.1 seconds; is there a way out?")
    stops = rows_of(str(report))[1]
    assert stops == "  stops    > 3  while x > 0: dx = x   TimeLimit"


def test_code_that_stops_at_another_point_says_at_which():
    def picky(x, y):
        f = x * y
        dx = y
        dy = x
        if not 1.9 < x < 2.1:
            raise ValueError("too far")
        return f, dx, dy

    report = check(picky, x=2.0, y=3.0)
    assert re.search(r"stops the \w+ pass at x=\S+, y=\S+ with ValueError: too far\.", str(report))


def test_what_no_line_writes_stands_below():
    report = check("f = x * y\ndx = y", x=7.25, y=2.0)
    assert re.fullmatch(r"  missing  > +dy is still to be written", str(report).splitlines()[-1])
    assert report.hint(1) == "`dy`, the gradient on `y`, is still to be written."
    many = str(check("f = a * b * c * g * h * k * m\nda = 0.0", **dict.fromkeys("abcghkm", 2.0)))
    assert many.startswith("cell: da, db, dc, dg, dh, dk and 1 more are not right; score 0.00\n")
    assert many.endswith("  db, dc, dg, dh, dk, dm are still to be written")


def test_two_gradients_on_one_line_are_named():
    report = check("q = x * y; f = q * 2.0\ndq = 2.0\ndx, dy = x * dq, x * dq", x=2.0, y=3.0)
    *_, wrong, right = rows_of(str(report))
    assert wrong.endswith("3  dx, dy = x * dq, x * dq   dx is 4.0  <- should be 6.0")
    assert right.strip().startswith("right")
    assert right.endswith("dy is 4.0")


def test_a_long_backward_pass_is_shown_around_its_verdicts():
    steps = "\n".join(f"t{i} = {i}.0" for i in range(40))
    text = f"q = x * y\nf = q * 2.0\ndq = 2.0\n{steps}\ndx = x * dq\ndy = x * dq"
    lines = rows_of(str(check(text, x=2.0, y=3.0)))
    assert [line.split()[-1] for line in lines if "..." in line] == ["..."]
    assert len(lines) < 10
    assert any("t39" in line for line in lines)  # the line before the wrong one


def test_lines_in_loops_and_branches_keep_their_indentation():
    text = "f = 0.0\ndx = 0.0\nfor i in range(3):\n    f += x * a[i]\n    if i:\n        dx += a[i]"
    lines = rows_of(str(check(text, x=2.0, a=np.array([1.0, 2.0, 3.0]))))
    assert [line[16:].split("   <-")[0].rstrip() for line in lines][:3] == [
        "dx = 0.0", "for i in range(3):", "    f += x * a[i]",
    ]  # fmt: skip


def test_a_backward_pass_of_its_own_is_listed_with_its_own_lines():
    def forward(x, w):
        out = x * w
        return out, (x, w)

    def backward(dout, cache):
        x, w = cache
        dx = dout * w
        dw = dout
        return dx, dw

    report = check(forward, "out", backward=backward, x=2.0, w=3.0)
    lines = rows_of(str(report))
    assert [line[15:].split("   ")[0] for line in lines] == [
        "x, w = cache",
        "dx = dout * w",
        "dw = dout",
    ] or all("out = x * w" not in line for line in lines)
    assert str(backward.__code__.co_firstlineno + 3) in lines[-1]


def test_no_line_of_the_listing_is_too_wide(reports):
    reports = [*reports.values(), check(network, **ARRAYS)]
    long = "f = x * y\ndx = (y + 0.0 * (x + x + x + x + x + x + x + x + x + x + x + x + x + x + x + x + x)) * 2.0\ndy = x"
    reports.append(check(long, x=123456.789, y=2.0))
    for report in reports:
        assert max(map(len, rows_of(str(report)))) <= 100, report


def test_every_slip_with_a_known_cause_is_explained():
    text = "q = x + y\nr = q * z\nf = r * r\ndr = r\ndq = dr\ndz = dr\ndx = dq\ndy = -dq"
    report = check(text, x=1.0, y=2.0, z=3.0)
    sentences = [line for line in str(report).splitlines() if not line.startswith(" ")]
    assert [report[d].label for d in ("dr", "dq", "dz", "dy")] == [
        "same_input_twice",
        "missing_local_gradient",
        "missing_local_gradient",
        "wrong_sign",
    ]
    assert len(sentences) == 5
    assert (
        report.hint(1) == "Look at `dr` on line 4: `dr = r`. It comes first; the 3 others can wait."
    )


def test_code_that_stops_after_every_gradient_is_not_kept_quiet():
    def late(x, y):
        f = x * y
        dx = y
        dy = x
        return f, dx, dy, [][0]

    report = check(late, x=2.0, y=3.0)
    assert "stops the backward pass with IndexError" in str(report)


def test_the_class_list_takes_the_sentence_after_the_headline(reports):
    for report in reports.values():
        cell = new_code_cell("grade()", outputs=[new_output("stream", text=f"hello\n{report}\n")])
        assert reason(cell) == report.reason


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"), (3.0, "3.0"), (-0.0, "0.0"), (1e-9, "1e-09"), (0.1 + 0.2, "0.3"), ([1.0, 2.0], "[1.0, 2.0]"),
        (np.ones((2, 3)), "shape (2, 3)"), (np.ones(9), "shape (9,)"), ("a" * 99, "'" + "a" * 39 + "..."), (True, "1.0"),
    ],
)  # fmt: skip
def test_values_in_a_few_characters(value, text):
    assert show(value) == text
    assert show_number(2.5) == "2.5"


# ----- as HTML -----------------------------------------------------------------------------------


class Page(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)


def test_html_says_in_words_what_it_says_in_colour():
    page = Page(check(fork, x=3.0, y=-4.0)._repr_html_())
    heads = [attrs.get("scope") for tag, attrs in page.tags if tag == "th"]
    assert set(heads) == {"col", "row"}
    assert "✘" in page.words
    assert [word.strip() for word in page.words if "wrong" in word] == ["wrong"]
    assert all(attrs.get("aria-hidden") == "true" for tag, attrs in page.tags if tag == "span")
    (marked,) = [attrs for tag, attrs in page.tags if "at-fault" in attrs.get("class", "")]
    assert marked["class"] == "wrong at-fault"
    assert "dx = 3 * dnum" in page.words
    assert "✔" in check("f = 2 * x\ndx = 2", x=1.0)._repr_html_()


def test_html_has_no_ids_and_reads_nothing_from_elsewhere(reports):
    for report in reports.values():
        page = Page(report._repr_html_())
        assert not any({"id", "src", "href", "onclick"} & attrs.keys() for _, attrs in page.tags)
        assert not any(tag in ("script", "link", "img") for tag, _ in page.tags)


def test_html_escapes_what_a_learner_wrote():
    text = "f = x * 2  # <b>bold</b> & `ticks`\ndx = 2 if x < 3 else '<script>'"
    report = check(text, x=1.0)
    html = report._repr_html_()
    assert "<script>" not in html
    assert "x &lt; 3 else" in html
