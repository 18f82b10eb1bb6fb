"""Dimension analysis: which products have the shape that a gradient must have, and what is said of them."""

import inspect
import re
from html.parser import HTMLParser
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_kit import dimensions

LENGTHS = st.integers(1, 4)


def arrays_of(shapes):
    rng = np.random.default_rng(0)
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def run(expression, arrays):
    return np.asarray(eval(expression, {"np": np, **arrays}))


def transposes(name, array):
    """A matrix and its transpose, by their spellings."""
    return [(name, array), (f"{name}.T", array.T)]


def brute_force(one, other, arrays, shape):
    """All products of two matrices in both orders with all transposes, by their spellings."""
    sides = list(product(transposes(one, arrays[one]), transposes(other, arrays[other])))
    return {
        f"{a}.dot({b})": left @ right
        for (a, left), (b, right) in [*sides, *((y, x) for x, y in sides)]
        if left.shape[1] == right.shape[0] and (left.shape[0], right.shape[1]) == shape
    }


def true_gradient(forward, name, arrays, upstream):
    """The gradient of the sum of output times upstream; exact, for the output is linear in the variable."""
    found = np.zeros_like(arrays[name])
    for at in np.ndindex(found.shape):
        unit = np.zeros_like(found)
        unit[at] = 1.0
        found[at] = np.sum(upstream * forward(**{**arrays, name: unit}))
    return found


# ----- the notes' case and the counts --------------------------------------------------------------

NOTES = {"dD": (5, 3), "W": (5, 10), "X": (10, 3)}


@pytest.mark.parametrize(("gradient", "expression"), [("dW", "dD.dot(X.T)"), ("dX", "W.T.dot(dD)")])
def test_the_notes_case_has_exactly_one_way(gradient, expression):
    found = dimensions(gradient, **NOTES)
    assert found.unique
    assert found.expressions == (expression,)
    assert found.shape == NOTES[gradient[1:]]
    assert found[0].operands == ("dD", "X" if gradient == "dW" else "W")


@pytest.mark.parametrize(
    ("W", "X", "count"),
    [((5, 10), (10, 3), 1), ((4, 4), (4, 3), 2), ((4, 4), (4, 4), 8), ((3, 4), (4, 4), 2), ((4, 3), (3, 4), 2)],
)  # fmt: skip
def test_equal_lengths_leave_more_than_one(W, X, count):
    found = dimensions("dW", dD=(W[0], X[1]), W=W, X=X)
    assert len(found) == len(set(found.expressions)) == count
    assert "dD.dot(X.T)" in found.expressions
    assert found.unique is (count == 1)
    assert any("Where lengths are equal" in note for note in found.notes) is (count > 1)


@given(rows=LENGTHS, inner=LENGTHS, columns=LENGTHS, variable=st.sampled_from("WX"))
def test_the_products_are_those_of_brute_force(rows, inner, columns, variable):
    shapes = {"dD": (rows, columns), "W": (rows, inner), "X": (inner, columns)}
    found = dimensions(f"d{variable}", **shapes)
    arrays = arrays_of(shapes)
    other = "X" if variable == "W" else "W"
    every = brute_force("dD", other, arrays, shapes[variable])
    true = "dD.dot(X.T)" if variable == "W" else "W.T.dot(dD)"
    values = [run(expression, arrays) for expression in found.expressions]
    assert set(found.expressions) <= set(every)
    if 1 not in (rows, inner, columns):
        assert set(found.expressions) == set(every)
    for expression, value in every.items():
        alike = [np.allclose(value, mine) for mine in values]
        assert sum(alike) == 1, expression  # none is lost, and none is there under two spellings
    assert any(np.allclose(every[true], mine) for mine in values)


@given(
    shapes=st.fixed_dictionaries(
        {name: st.lists(st.integers(1, 3), max_size=4).map(tuple) for name in ("dq", "x", "w")}
    )
)
def test_every_candidate_runs_and_has_the_shape(shapes):
    found = dimensions("dx", **shapes)
    arrays = arrays_of(shapes)
    values: list[np.ndarray] = []
    for candidate in found:
        value = run(candidate.expression, arrays)
        assert value.shape == candidate.shape == shapes["x"], candidate.expression
        assert candidate.why.endswith(str(value.shape) if value.shape else "a number")
        for spelling in candidate.same:
            assert np.allclose(run(spelling, arrays), value), spelling
        assert not any(np.allclose(value, earlier) for earlier in values), candidate.expression
        values.append(value)


# ----- vectors, numbers, stacks --------------------------------------------------------------------


def matmul(W, X):
    return W @ X


def scaled(W, X):
    return W * X


def einsum(letters):
    return lambda W, X: np.einsum(letters, W, X)


FORWARD = {
    "matrix and vector": (matmul, (5, 10), (10,)),
    "vector and matrix": (matmul, (5,), (5, 3)),
    "two vectors": (matmul, (5,), (5,)),
    "outer product": (einsum("i,j->ij"), (5,), (3,)),
    "number and vector": (scaled, (), (5,)),
    "number and matrix": (scaled, (), (5, 3)),
    "numbers": (scaled, (), ()),
    "columns": (matmul, (5, 10), (10, 1)),
    "a row": (matmul, (1, 10), (10, 3)),
    "stack and matrix": (matmul, (8, 7, 5), (5, 3)),
    "matrix and stack": (matmul, (5, 10), (8, 10, 3)),
    "two stacks": (matmul, (8, 7, 2), (8, 2, 6)),
    "attention": (einsum("nid,njd->nij"), (8, 7, 2), (8, 6, 2)),
    "heads": (matmul, (2, 3, 7, 4), (2, 3, 4, 6)),
    "shared keys": (matmul, (2, 3, 7, 4), (1, 4, 6)),
    "one for all heads": (matmul, (2, 3, 7, 4), (2, 1, 4, 6)),
    "stack and vector": (matmul, (8, 7, 5), (5,)),
    "vector and stack": (einsum("t,ntd->nd"), (7,), (8, 7, 5)),
    "a matrix for each vector": (einsum("nij,nj->ni"), (8, 7, 5), (8, 5)),
    "a number for each vector": (einsum("nt,ntd->ntd"), (8, 7), (8, 7, 5)),
    "convolution's windows": (einsum("nwk,fk->nfw"), (8, 7, 5), (3, 5)),
}


# The gradient on the vectors that are each scaled by a number of its own is no product but elementwise.
CASES = [pair for pair in product(FORWARD, "WX") if pair != ("a number for each vector", "X")]


@pytest.mark.parametrize(("name", "variable"), CASES)
def test_the_true_gradient_is_among_them(name, variable):
    forward, W, X = FORWARD[name]
    arrays = arrays_of({"W": W, "X": X})
    upstream = np.random.default_rng(1).normal(size=np.shape(forward(**arrays)))
    found = dimensions(f"d{variable}", dD=upstream.shape, W=W, X=X)
    true = true_gradient(forward, variable, arrays, upstream)
    values = [run(e, {**arrays, "dD": upstream}) for e in found.expressions]
    assert sum(np.allclose(true, value) for value in values) == 1, found
    assert found.unique, found


@given(
    front=st.tuples(
        st.lists(st.integers(1, 2), max_size=2), st.lists(st.integers(1, 2), max_size=2)
    ),
    core=st.tuples(LENGTHS, LENGTHS, LENGTHS),
)
def test_the_true_gradient_of_a_stack_is_among_them(front, core):
    rows, inner, columns = core
    W, X = (*front[0], rows, inner), (*front[1], inner, columns)
    arrays = arrays_of({"W": W, "X": X})
    upstream = np.random.default_rng(1).normal(size=(arrays["W"] @ arrays["X"]).shape)
    for variable in "WX":
        found = dimensions(f"d{variable}", dD=upstream.shape, W=W, X=X)
        true = true_gradient(matmul, variable, arrays, upstream)
        values = [run(e, {**arrays, "dD": upstream}) for e in found.expressions]
        assert sum(np.allclose(true, value) for value in values) == 1, (W, X, variable)


@pytest.mark.parametrize(
    ("gradient", "shapes", "expression"),
    [
        ("dW", {"dD": (5,), "W": (5, 10), "x": (10,)}, "np.outer(dD, x)"),
        ("dx", {"dD": (5,), "W": (5, 10), "x": (10,)}, "W.T.dot(dD)"),
        ("dX", {"dD": (8, 5, 3), "W": (5, 10), "X": (8, 10, 3)}, "W.T @ dD"),
        ("dW", {"dD": (8, 5, 3), "W": (8, 5, 10), "X": (8, 10, 3)}, "dD @ X.transpose(0, 2, 1)"),
        ("dW", {"dD": (8, 5, 3), "W": (5, 10), "X": (8, 10, 3)}, "(dD @ X.transpose(0, 2, 1)).sum(axis=0)"),
        ("dw", {"dy": (8, 7), "X": (8, 7, 5), "w": (5,)}, "np.tensordot(dy, X, axes=2)"),
        ("dA", {"dy": (8, 7), "A": (8, 7, 5), "x": (8, 5)}, 'np.einsum("ij,ik->ijk", dy, x)'),
        ("dx", {"ds": (), "x": (5,), "w": (5,)}, "ds * w"),
        ("ds", {"dY": (5, 3), "s": (), "X": (5, 3)}, "np.sum(dY * X)"),
    ],
)  # fmt: skip
def test_products_are_written_as_one_would_write_them(gradient, shapes, expression):
    assert dimensions(gradient, **shapes).expressions == (expression,)


def test_two_spellings_of_one_product_count_once():
    (only,) = dimensions("dx", dD=(5,), W=(5, 10), x=(10,))
    assert only.same == ("dD.dot(W)",)
    assert len(dimensions("dW", dD=(1, 1), W=(1, 1), X=(1, 1))) == 1


# ----- which operands are multiplied ---------------------------------------------------------------


def test_a_product_has_exactly_one_gradient_in_it():
    found = dimensions("dW", dD=(4, 4), dE=(4, 4), W=(4, 4), X=(4, 4), Y=(4, 4))
    assert {c.operands for c in found} == {(d, x) for d in ("dD", "dE") for x in "XY"}
    assert len(found) == 32
    assert any("are read as gradients" in note for note in found.notes)
    assert any("multiplied with `W` stands in the forward pass" in note for note in found.notes)


def test_neither_the_variable_nor_the_output_is_a_factor():
    found = dimensions("dW", dD=(4, 4), D=(4, 4), W=(4, 4), X=(4, 4))
    assert {c.operands for c in found} == {("dD", "X")}


def test_a_variable_alone_is_multiplied_with_itself():
    found = dimensions("dW", dD=(5, 5), W=(5, 10))
    assert found.expressions == ("dD.dot(W)", "dD.T.dot(W)")
    assert "`W` is multiplied with itself" in str(found)


def test_several_operands_with_lengths_that_differ_are_not_told_about_equal_lengths():
    found = dimensions("dW", dD=(5, 3), W=(5, 10), X=(10, 3), Y=(10, 3))
    assert found.expressions == ("dD.dot(X.T)", "dD.dot(Y.T)")
    assert not any("Where lengths are equal" in note for note in found.notes)


@pytest.mark.parametrize("gradient", ["dW", "dfdW", "dLdW"])
def test_the_gradient_may_be_named_in_full(gradient):
    found = dimensions(gradient, **NOTES)
    assert (found.variable, found.expressions) == ("W", ("dD.dot(X.T)",))


def test_a_number_as_output_fits_the_full_name():
    assert dimensions("dfdx", f=(), df=(), x=(3,), w=(3,)).expressions == ("df * w",)
    assert dimensions("dfdx", dfdq=(), x=(3,), w=(3,)).expressions == ("dfdq * w",)


def test_a_word_that_begins_with_a_d_is_no_gradient():
    assert dimensions("dW", dD=(5, 3), W=(5, 10), data=(10, 3)).expressions == ("dD.dot(data.T)",)
    assert dimensions("dnum", dq=(), den=(), dden=(), num=()).expressions == ("dq * den",)


# ----- arrays, lists and numbers in place of shapes ------------------------------------------------


def test_arrays_lists_and_numbers_stand_for_their_shapes():
    found = dimensions("dW", dD=np.ones((2, 3)), W=[[1.0] * 4] * 2, X=np.ones((4, 3), dtype=int))
    assert found.expressions == ("dD.dot(X.T)",)
    assert any("`W` came as a list" in note for note in found.notes)
    assert dimensions("dx", dq=np.float64(1.0), x=2.5, w=0.5).expressions == ("dq * w",)


def test_a_whole_number_is_said_to_be_a_number():
    found = dimensions("dx", dq=1.0, x=3, w=(3,))
    assert any("vector of length 3 is `x=(3,)`" in note for note in found.notes)


def test_axes_of_length_0_are_legal():
    found = dimensions("dW", dD=(5, 0), W=(5, 10), X=(10, 0))
    assert found.expressions == ("dD.dot(X.T)",)
    assert any("`dD` and `X` have an axis of length 0" in note for note in found.notes)
    assert run("dD.dot(X.T)", arrays_of({"dD": (5, 0), "X": (10, 0)})).shape == (5, 10)
    assert dimensions("dW", dD=[], W=(0, 2), x=(2,)).expressions == ("np.outer(dD, x)",)


# ----- what is said --------------------------------------------------------------------------------


def test_what_is_printed():
    found = dimensions("dW", **NOTES)
    assert str(found) == repr(found)
    assert str(found).splitlines() == [
        "`dW` must have the shape of `W`, (5, 10). Exactly one product of `dD` and `X` has it:",
        "  dW = dD.dot(X.T)   (5, 3) times (3, 10) is (5, 10)",
        "Shapes never settle a sign, a factor such as 1/N, or whether the operation was elementwise or "
        "a matrix product.",
    ]


def test_the_docstring_shows_what_is_printed():
    block = re.search(r">>> dimensions\(.*\n((?:    .*\n)+)", inspect.getdoc(dimensions) or "")
    assert block is not None
    printed = [line.removeprefix("    ") for line in block[1].splitlines()]
    assert printed == str(dimensions("dW", **NOTES)).splitlines()


@pytest.mark.parametrize(
    ("gradient", "shapes", "words"),
    [
        ("dW", {"dD": (5, 3), "W": (5, 11), "X": (10, 3)}, r"`W` has an axis of length 11, and neither `dD` \(5, 3\) nor `X` \(10, 3\) has one"),
        ("dW", {"dD": (5, 3), "W": (5, 10), "X": (10, 4)}, r"cannot meet .* no length of `dD` is one of `X`"),
        ("dW", {"dD": (5, 3), "W": (3, 3), "X": (10, 3)}, r"can be multiplied, transposed or not, to \(5, 10\) or \(10, 5\) only"),
        ("dW", {"dD": (8, 5, 3), "W": (5, 10), "X": (10, 3)}, r"`dD` \(8, 5, 3\) does not have the axes in front that `W` \(5, 10\) times `X` \(10, 3\) would"),
        ("dW", {"dD": (2, 5, 3), "W": (2, 4, 5, 9), "X": (2, 4, 3, 9)}, "does not have the axes in front"),
        ("dW", {"dD": (8, 5), "W": (5, 3), "X": (8, 3, 4)}, r"does not have the axes in front"),
        ("dx", {"dq": (), "x": (3,), "w": (3, 3)}, r"a number changes no shape, so their product does not become \(3,\)"),
        ("db", {"dD": (5, 3), "b": (3,), "X": (5, 10)}, r"`dD\.sum\(axis=0\)` has that shape, too: .* as a bias is"),
        ("db", {"dD": (5, 3), "b": (1, 3), "X": (7, 9)}, r"`dD\.sum\(axis=0, keepdims=True\)` has that shape"),
        ("db", {"dD": (5, 3), "b": ()}, r"`dD\.sum\(\)` has that shape"),
        ("dx", {"dq": (5, 3), "x": (5, 3), "w": (7,)}, r"`dq` has that shape already: .* elementwise"),
        ("db", {"dD": (5, 3), "b": (3,)}, r"No other operand is given; add what `b` is combined with"),
    ],
)  # fmt: skip
def test_where_no_product_fits_it_says_why_and_what_else_may(gradient, shapes, words):
    found = dimensions(gradient, **shapes)
    assert not found
    assert not found.unique
    assert re.search(words, str(found)), str(found)


@given(
    dD=st.lists(st.integers(1, 3), max_size=4).map(tuple),
    b=st.lists(st.integers(1, 3), max_size=4).map(tuple),
)
def test_a_sum_that_is_offered_has_the_shape(dD, b):
    found = dimensions("db", dD=dD, b=b)
    offered = [m[1] for note in found.notes if (m := re.match(r"`(dD\.sum.*?\))` has", note))]
    assert bool(offered) is (b != dD and is_broadcast(b, dD))
    for expression in offered:
        assert run(expression, {"dD": np.ones(dD)}).shape == b


def is_broadcast(small, large):
    try:
        return np.broadcast_shapes(small, large) == large
    except ValueError:
        return False


class Reader(HTMLParser):
    """The text of a page, its style apart, and whether each tag is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.text, self.attributes = [], "", []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data if "style" not in self.open else ""


def test_the_page_says_what_the_text_says():
    found = dimensions("dW", dD=(4, 3), W=(4, 4), X=(4, 3))
    page = found._repr_html_()
    reader = Reader()
    reader.feed(page)
    assert not reader.open
    for expression in found.expressions:
        assert f"dW = {expression}" in reader.text
    for note in found.notes:
        assert note.replace("`", "") in reader.text
    assert not re.search(r"https?:|url\(|@import|<script| id=", page)
    assert '[data-jp-theme-light="false"]' in page
    arrow = dimensions("dA", dy=(8, 7), A=(8, 7, 5), x=(8, 5))._repr_html_()
    assert 'np.einsum("ij,ik-&gt;ijk", dy, x)' in arrow


def test_a_page_without_a_product_has_no_table():
    assert "<table" not in dimensions("db", dD=(5, 3), b=(3,))._repr_html_()


def test_the_answer_is_plain_data():
    found = dimensions("dW", **NOTES)
    assert found == dimensions("dW", **NOTES)
    assert [c.shape for c in found] == [(5, 10)]
    with pytest.raises(AttributeError):
        found.shape = (1,)
