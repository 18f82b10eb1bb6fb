"""Circuits of arrays have the values of NumPy and the gradients that nudging measures."""

from inspect import cleandoc

import numpy as np
import pytest

from backprop_kit import trace
from backprop_kit.circuit import Circuit
from tests.array_changes import IN_PLACE
from tests.array_code import agreed, chosen, run, samples
from tests.array_corpus import EXPRESSIONS, SEVERAL_LINES
from tests.array_layouts import LAYOUTS
from tests.array_loops import IN_HELPERS_AND_COPIES, IN_LOOPS


@pytest.mark.parametrize("code", EXPRESSIONS)
def test_functions_methods_and_operators(code):
    agreed(code)


@pytest.mark.parametrize("code", list(map(cleandoc, SEVERAL_LINES)))
def test_code_of_several_lines(code):
    agreed(code)


@pytest.mark.parametrize("code", list(map(cleandoc, IN_PLACE + IN_LOOPS + IN_HELPERS_AND_COPIES)))
def test_arrays_that_change_in_place(code):
    agreed(code)


@pytest.mark.parametrize("code", list(map(cleandoc, LAYOUTS)))
def test_views_and_copies_are_those_of_numpy(code):
    agreed(code)


# ----- values and shapes ----------------------------------------------------------------------------


def test_values_and_gradients_have_the_shape_of_the_array():
    circuit = trace("q = X * v\nf = q.sum()", inputs=chosen("X * v"))
    for name, shape in (("X", (4, 3)), ("v", (3,)), ("q", (4, 3))):
        assert circuit[name].value.shape == circuit[name].d.shape == shape
        assert circuit[name].d.dtype == float
    assert type(circuit["f"].value) is float


def test_single_precision_stays_what_it_is():
    x = np.array([0.1, 0.2], dtype=np.float32)
    circuit = trace("h = x * x\nh += 1\nf = h.sum()", x=x)
    assert circuit["h"].value.dtype == np.float32
    assert circuit["x"].d == pytest.approx(2 * x, rel=1e-6)


def test_whole_numbers_stay_whole():
    circuit = trace("f = x * 2 + 1", x=np.array([1, 2, 3]))
    assert circuit["f"].value.dtype.kind == "i"
    assert circuit["x"].d.tolist() == [2.0, 2.0, 2.0]


def test_the_caller_keeps_its_arrays():
    given = samples()["X"]
    circuit = trace("h = x * 1\nh[0] = 0\nf = h.sum()", x=given)
    given[:] = 9.0
    assert circuit["f"].value == pytest.approx(samples()["X"][1:].sum())


def test_an_upstream_gradient_has_the_shape_of_the_output():
    X, W, G = (samples()[name] for name in "XWG")
    circuit = trace("f = X @ W", X=X, W=W, upstream=G)
    assert circuit["W"].d == pytest.approx(X.T @ G)
    as_input = trace("f = X @ W\ndW = X.T @ df", X=X, W=W, df=G)
    assert as_input["X"].d == pytest.approx(G @ W.T)


def test_lists_and_dicts_of_arrays():
    params = {"W": samples()["W"], "b": samples()["b"]}
    X = samples()["X"]
    circuit = trace("h = X @ p['W'] + p['b']\nf = (h * h).sum()", X=X, p=params)
    h = X @ params["W"] + params["b"]
    assert circuit["p['W']"].d == pytest.approx(X.T @ (2 * h))
    assert circuit["p['b']"].d == pytest.approx(2 * h.sum(0))


def test_a_second_name_of_an_array_has_a_gradient_of_its_own():
    circuit = trace("g = x\nf = (g * x).sum()", x=np.array([1.0, 2.0]))
    assert circuit["g"].d.tolist() == [1.0, 2.0]
    assert circuit["x"].d.tolist() == [2.0, 4.0]


def test_a_name_that_changed_in_place_is_looked_up_as_last_written():
    circuit = trace("h = x * 2\nf0 = h.sum()\nh[0] = 1.0\nf = h.sum() + f0", x=np.array([3.0, 4.0]))
    assert circuit["h"].value.tolist() == [1.0, 8.0]
    assert circuit["h"].d.tolist() == [1.0, 1.0]
    assert circuit["x"].d.tolist() == [2.0, 4.0]
    assert circuit["h"].line == 3


def test_a_change_in_a_helper_is_on_the_line_that_calls_it():
    code = "def clear(q):\n    q[q < 0] = 0\nh = x * 1\nclear(h)\nf = h.sum()"
    assert trace(code, x=np.array([-1.0, 2.0]))["h"].line == 4


def test_what_the_backward_pass_does_to_arrays_is_left_out():
    x = np.array([-1.0, 2.0])
    assert trace("f = (x * x).sum()\ndx = 2 * x\nx *= 2", x=x)["x"].d.tolist() == [-2.0, 4.0]
    assert trace("f = (x * x).sum()\nx *= 2", x=x)["f"].value == 5.0


def test_the_output_may_be_filled_part_by_part():
    circuit = trace("f = np.zeros(3)\nfor i in range(3):\n    f[i] = x[i] ** 2", x=np.arange(3.0))
    assert circuit["f"].value.tolist() == [0.0, 1.0, 4.0]
    assert circuit["x"].d.tolist() == [0.0, 2.0, 4.0]


def test_what_a_loop_does_after_the_output_is_part_of_it():
    code = "f = 0.0\nk = 1.0\nfor i in range(3):\n    f = f + x[i] * k\n    k = k * 2"
    assert trace(code, x=np.ones(3))["f"].value == 7.0
    assert trace(code.replace("x[i]", "x"), x=1.0)["f"].value == 7.0


def test_constants_are_read_as_they_are_at_that_line():
    code = "t = np.arange(3)\nq = x * t\nt += 5\nf = q + x * t"
    circuit = trace(code, x=np.ones(3))
    assert circuit["x"].d.tolist() == [5.0, 7.0, 9.0]
    assert circuit.run(x=np.full(3, 2.0))["f"].value.tolist() == [10.0, 14.0, 18.0]


# ----- kinks, ties, and where no gradient reaches -------------------------------------------------


def test_elements_that_tie_for_the_maximum_share_the_gradient():
    circuit = trace("f = np.max(x)", x=np.array([2.0, 1.0, 2.0]))
    assert circuit["x"].d.tolist() == [0.5, 0.0, 0.5]


def test_a_product_with_zeros_has_its_gradient():
    assert trace("f = np.prod(x)", x=np.array([2.0, 0.0, 3.0]))["x"].d.tolist() == [0.0, 6.0, 0.0]
    assert trace("f = x.prod()", x=np.array([0.0, 0.0, 3.0]))["x"].d.tolist() == [0.0, 0.0, 0.0]


def test_where_no_gradient_reaches_a_slope_that_is_none_does_no_harm():
    x = np.array([0.0, 4.0])
    assert trace("f = np.where(x > 0, np.log(x), 0.0)", x=x)["x"].d.tolist() == [0.0, 0.25]
    assert trace("f = np.maximum(np.sqrt(x), 1.0)", x=x)["x"].d.tolist() == [0.0, 0.25]
    rows = np.array([[0.0, 0.0], [3.0, 4.0]])
    code = "n = np.linalg.norm(x, axis=1)\nf = n[1] * 5"
    assert trace(code, x=rows)["x"].d.tolist() == [[0.0, 0.0], [3.0, 4.0]]


def test_a_score_of_minus_infinity_gets_no_gradient():
    s = np.array([1.0, -np.inf, 2.0])
    d = trace("f = softmax(s)[0]", s=s)["s"].d
    p = np.exp([1.0, 2.0]) / np.exp([1.0, 2.0]).sum()
    assert d == pytest.approx([p[0] * p[1], 0.0, -p[0] * p[1]])
    assert trace("f = logsumexp(s)", s=s)["s"].d == pytest.approx([p[0], 0.0, p[1]])


def test_the_exponent_of_negative_numbers_is_left_alone():
    circuit = trace("f = (x ** p).sum()", x=np.array([-1.0, 2.0]), p=2)
    assert circuit["x"].d.tolist() == [-2.0, 4.0]


# ----- running again --------------------------------------------------------------------------------


class Traces:
    """Counts how often code is traced."""

    def __init__(self, monkeypatch):
        self.count, trace_once = 0, Circuit._trace

        def counted(circuit, given):
            self.count += 1
            trace_once(circuit, given)

        monkeypatch.setattr(Circuit, "_trace", counted)


def check_runs(code, monkeypatch, *news):
    """Each of `news` is (new inputs, whether the code has to be traced again)."""
    traces = Traces(monkeypatch)
    given = chosen(code)
    circuit = trace(code, inputs=given)
    for new, again in news:
        before = traces.count
        circuit.run(**new)
        assert traces.count - before == again, new
        given |= new
        fresh = trace(code, inputs=given)
        traces.count = before + again
        for name in given:
            if hasattr(fresh[name], "d"):
                np.testing.assert_array_equal(circuit[name].d, fresh[name].d)
        np.testing.assert_allclose(circuit["f"].value, run(code, given)["f"], rtol=1e-12)


OTHER = np.random.default_rng(5).normal(size=(4, 3))


def test_new_values_are_fed_forward_and_new_shapes_traced(monkeypatch):
    check_runs(
        "f = np.tanh(X @ A).sum(axis=0) * v", monkeypatch,
        ({"X": OTHER}, False), ({"v": OTHER[0], "X": -OTHER}, False), ({"X": OTHER[:2]}, True),
        ({"X": OTHER[:1]}, True), ({"v": 2.0}, True), ({"X": OTHER.astype(np.float32)}, True),
        ({"X": np.ones((1, 3), dtype=int)}, True),
    )  # fmt: skip


def test_masks_stay_part_of_the_circuit(monkeypatch):
    code = "h = X * 1\nh[h < 0] = 0\ng = np.where(X > v, h, 0.5 * X) * (h > 1)\nf = g + h"
    check_runs(code, monkeypatch, ({"X": OTHER}, False), ({"X": -OTHER}, False))


def test_an_index_that_the_values_decide_is_a_guard(monkeypatch):
    check_runs(
        "f = X[np.argmax(X[:, 0])] * v", monkeypatch,
        ({"X": samples()["X"] * 2}, False), ({"X": -samples()["X"]}, True), ({"v": OTHER[0]}, False),
    )  # fmt: skip


def test_labels_are_a_guard(monkeypatch):
    check_runs(
        "p = softmax(X)\nf = -np.log(p[np.arange(4), y]).mean()", monkeypatch,
        ({"X": OTHER}, False), ({"y": np.array([0, 0, 1, 2])}, True), ({"X": -OTHER}, False),
    )  # fmt: skip


def test_a_mask_that_takes_elements_out_is_a_guard(monkeypatch):
    check_runs(
        "f = X[X > 0] ** 2\nf = f.sum()", monkeypatch,
        ({"X": samples()["X"] * 2}, False), ({"X": -samples()["X"]}, True),
    )  # fmt: skip


def test_changes_in_place_are_replayed(monkeypatch):
    code = cleandoc(
        """
        h = X * 1
        rows = h.T
        for i in range(3):
            rows[i] += v[i]
            h[0] *= 2
        g = h
        g[1:, 1] = a
        f = (h * X).sum() + rows.sum()
        """
    )
    check_runs(code, monkeypatch, ({"X": OTHER, "a": 3.0}, False), ({"v": OTHER[1]}, False))


def test_a_scalar_mask_used_as_an_index_is_a_guard(monkeypatch):
    code = "h = X * 1\nf = h[a > 0].sum() + 0 * a"
    check_runs(code, monkeypatch, ({"a": 2.0}, False), ({"a": -2.0}, True))


def test_a_run_that_does_not_fit_changes_nothing():
    circuit = trace("f = (X @ W).sum()", inputs=chosen("X @ W"))
    before = [np.array(wire.value) for wire in circuit]
    with pytest.raises(ValueError, match="as many columns on the left"):
        circuit.run(X=np.ones((4, 2)))
    for wire, value in zip(circuit, before, strict=True):
        np.testing.assert_array_equal(wire.value, value)
    assert circuit.run(X=np.ones((2, 3)))["f"].value == pytest.approx(2 * samples()["W"].sum())
