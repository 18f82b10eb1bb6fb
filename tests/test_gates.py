"""Every gate hands back the gradient that nudging measures, at its example and all over its domain."""

import math
import operator
import subprocess
import sys
from itertools import product

import numpy as np
import pytest

from backprop_kit import GATES, WrongGate, gate, gates
from backprop_kit.circuit import trace
from backprop_kit.declaring import SPELLED
from backprop_kit.slopes import slopes
from tests.gate_shapes import SHAPED

COMPARISONS = ("greater", "greater_equal", "less", "less_equal", "equal", "not_equal")
KIT = [name for name, made in GATES.items() if made.rule.__module__.startswith("backprop_kit.")]

# Points where each gate has a value and is smooth; a gate that is not listed takes any number.
SMALL = (-0.9, -0.3, 0.05, 0.8)
POSITIVE = (1e-3, 0.4, 3.0, 50.0)
ANY = (-3.0, -0.7, 0.2, 1.9, 4.5)
DOMAIN = {
    "log": (POSITIVE,), "log2": (POSITIVE,), "log10": (POSITIVE,), "sqrt": (POSITIVE,),
    "log1p": ((-0.9, -0.2, 0.4, 7.0),), "asin": (SMALL,), "acos": (SMALL,), "atanh": (SMALL,),
    "acosh": ((1.1, 1.7, 6.0),), "tan": ((-1.2, 0.3, 1.1),),
    "power": (POSITIVE[1:3], ANY), "div": (ANY, ANY),
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_gates_left_behind():
    kept, spelled = dict(GATES), dict(SPELLED)
    yield
    for registry, before in ((GATES, kept), (SPELLED, spelled)):
        registry.clear()
        registry.update(before)


SHAPES = ((), (2,), (3, 2), (1, 2), (3, 1), (0,))


def numbers(made, at, shape, rng):
    """Numbers from the domain of one input of a gate."""
    if made.name in DOMAIN:
        return rng.choice(DOMAIN[made.name][at], shape)
    return rng.normal(size=shape)


def points(made):
    """Inputs and settings: the example, points of the domain, and shapes that fit the gate."""
    yield made.example, {}
    rng = np.random.default_rng(0)
    if made.name in SHAPED:
        for shapes, settings in SHAPED[made.name]:
            yield tuple(numbers(made, i, shape, rng) for i, shape in enumerate(shapes)), settings
    elif made.elementwise:
        domains = DOMAIN.get(made.name, (ANY,) * len(made.example))
        for i in range(max(map(len, domains))):
            # the second input is a step ahead of the first, so that no two of them meet in a tie
            yield tuple(domain[(i + k) % len(domain)] for k, domain in enumerate(domains)), {}
        for shapes in product(SHAPES, repeat=len(made.example)):
            if fit_together(shapes):
                arrays = tuple(numbers(made, i, shape, rng) for i, shape in enumerate(shapes))
                yield (arrays[0] > 0, *arrays[1:]) if made.name == "where" else arrays, {}


def fit_together(shapes):
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        return False
    return True


def onto(d, shape):
    """A gradient summed over what was repeated, as any accumulation does it."""
    d = np.asarray(d, dtype=float)
    d = d.sum(axis=tuple(range(d.ndim - len(shape)))) if d.ndim > len(shape) else d
    ahead = len(shape) - d.ndim
    repeated = tuple(i for i, n in enumerate(d.shape) if shape[ahead + i] == 1 and n != 1)
    return np.broadcast_to(d.sum(axis=repeated, keepdims=True), shape)


def nudged(made, point, settings, weights, at, place):
    def move(step):
        moved = np.array(point[at], dtype=float)
        moved[place] += step
        inputs = [*point[:at], moved[()], *point[at + 1 :]]
        return float(np.sum(weights * made(*inputs, **settings)))

    return slopes(move, scale=abs(float(np.asarray(point[at])[place])) or 1.0)


@pytest.mark.parametrize("name", [name for name in KIT if name not in COMPARISONS])
def test_a_gate_hands_back_what_nudging_measures(name):
    made = GATES[name]
    rng = np.random.default_rng(1)
    for point, settings in points(made):
        value, backward = made.vjp(*point, **settings)
        weights = rng.normal(size=np.shape(value))[()]
        for at, (given, d) in enumerate(zip(point, backward(weights), strict=True)):
            d = onto(d, np.shape(given))
            if np.asarray(given).dtype == bool:  # a mask has no neighbours to be nudged to
                assert not d.any()
                continue
            for place in np.ndindex(np.shape(given)):
                found = nudged(made, point, settings, weights, at, place)
                where = (point, settings, at, place)
                assert not found.kinked, where
                assert d[place] == pytest.approx(float(found.left), rel=1e-6, abs=1e-8), where
        assert np.array_equal(value, made(*point, **settings))


def test_every_gate_of_arrays_is_tried_in_several_shapes():
    mixing = {name for name in KIT if not GATES[name].elementwise}
    assert mixing == set(SHAPED)
    assert all(len(cases) >= 3 for cases in SHAPED.values())


@pytest.mark.parametrize("name", KIT)
def test_a_gate_is_fit_to_be_shown(name):
    made = GATES[name]
    assert made.name == name
    assert 0 < len(made.symbol) <= 9
    assert made.pattern.endswith(".")
    assert made.pattern[0].isupper()
    value, backward = made.vjp(*made.example)
    assert np.all(np.isfinite(value))
    assert len(backward(np.ones_like(value, dtype=float)[()])) == len(made.example)


def test_every_smooth_function_of_math_has_a_gate():
    smooth = "exp expm1 exp2 log log2 log10 log1p sqrt cbrt pow hypot fabs sin cos tan asin acos atan atan2"
    hyperbolic = "sinh cosh tanh asinh acosh atanh"
    for name in f"{smooth} {hyperbolic}".split():
        assert SPELLED[getattr(math, name)].name in GATES, name


@pytest.mark.parametrize("function", [f for f in SPELLED if isinstance(f, np.ufunc)])
def test_numpy_and_the_gate_give_the_same_value(function):
    made = SPELLED[function]
    assert made(*made.example) == pytest.approx(function(*made.example), rel=1e-14)


@pytest.mark.parametrize(
    ("operation", "name"),
    [(operator.add, "add"), (operator.sub, "sub"), (operator.mul, "mul"), (operator.truediv, "div"),
     (operator.pow, "power"), (operator.neg, "neg"), (max, "maximum"), (min, "minimum"),
     (abs, "absolute"), (math.exp, "exp")],
)  # fmt: skip
def test_python_spells_these_gates(operation, name):
    assert SPELLED[operation] is GATES[name]


def test_gates_can_be_called_with_numbers():
    assert gates.sigmoid(0.0) == 0.5
    assert gates.mul(3.0, -4.0) == -12.0
    value, backward = gates.mul.vjp(3.0, -4.0)
    assert (value, backward(1.0)) == (-12.0, (-4.0, 3.0))


def test_gates_compute_elementwise_on_arrays():
    x = np.array([-1.5, 0.25, 2.0])
    for made in (gates.exp, gates.sigmoid, gates.tanh, gates.relu, gates.absolute):
        value, backward = made.vjp(x)
        singly = [made.vjp(float(number)) for number in x]
        assert value == pytest.approx([v for v, _ in singly], rel=1e-14)
        assert backward(2.0)[0] == pytest.approx([b(2.0)[0] for _, b in singly], rel=1e-14)


def test_the_gates_of_the_notes_come_first():
    first = ["add", "mul", "maximum", "div", "exp", "sigmoid"]
    assert list(GATES)[:6] == first
    statement = "import backprop_kit.array_gates; from backprop_kit import GATES; print(*GATES)"
    run = subprocess.run([sys.executable, "-c", statement], capture_output=True, text=True)
    assert run.stdout.split()[:6] == first  # whichever module was imported before


# ----- corners ------------------------------------------------------------------------------------


@pytest.mark.parametrize("made", [gates.maximum, gates.minimum])
def test_at_a_tie_the_first_input_gets_the_whole_gradient(made):
    assert made.vjp(2.0, 2.0)[1](3.0) == (3.0, 0.0)


def test_max_says_why_a_tie_is_not_1_and_1():
    why = gates.maximum.rule.__doc__ or ""
    assert "1 to both" in why
    assert "2h" in why


def test_max_routes_to_the_larger_whichever_side_it_stands():
    assert gates.maximum.vjp(4.0, 2.0)[1](1.0) == (1.0, 0.0)
    assert gates.maximum.vjp(2.0, 4.0)[1](1.0) == (0.0, 1.0)


@pytest.mark.parametrize("x", [1000.0, 1000, 710.0])
def test_sigmoid_is_stable_far_out(x):
    value, backward = gates.sigmoid.vjp(x)
    assert value == 1.0
    assert backward(1.0)[0] == pytest.approx(math.exp(-x), rel=1e-12)
    value, backward = gates.sigmoid.vjp(-x)
    assert value == pytest.approx(math.exp(-x), rel=1e-12)
    assert backward(1.0)[0] == pytest.approx(math.exp(-x), rel=1e-12)


def test_the_gradient_of_sigmoid_does_not_lose_its_digits():
    for x in (37.5, 40.0, -40.0):  # where (1 - f) * f is 0, or all of it is rounding
        assert gates.sigmoid.vjp(x)[1](1.0)[0] == pytest.approx(math.exp(-abs(x)), rel=1e-12)
    assert gates.sigmoid.vjp(1.0)[1](1.0)[0] == pytest.approx(0.1966119332414819, rel=1e-15)


@pytest.mark.parametrize("made", [gates.relu, gates.absolute])
def test_at_its_kink_a_gate_gives_a_slope_from_between_the_two_sides(made):
    found = slopes(lambda t: float(made(t)))
    assert float(found.left) <= made.vjp(0.0)[1](1.0)[0] <= float(found.right)


def test_a_power_of_zero_has_its_slope():
    assert gates.power.vjp(0.0, 2)[1](1.0)[0] == 0.0
    assert gates.power.vjp(0.0, 1)[1](1.0)[0] == 1.0
    assert gates.power.vjp(0.0, 0)[1](1.0)[0] == 0.0
    assert gates.power.vjp(-3.0, 2)[1](1.0)[0] == -6.0


def test_a_negative_number_has_no_fractional_power():
    with pytest.raises(ValueError, match="no real power with a fractional exponent"):
        gates.power(-2.0, 0.5)


@pytest.mark.parametrize("name", COMPARISONS)
def test_a_comparison_answers_and_passes_no_gradient(name):
    made = GATES[name]
    python = {"greater": operator.gt, "greater_equal": operator.ge, "less": operator.lt,
              "less_equal": operator.le, "equal": operator.eq, "not_equal": operator.ne}[name]  # fmt: skip
    for point in [(3.0, -4.0), (-4.0, 3.0), (2.0, 2.0)]:
        value, backward = made.vjp(*point)
        assert value is python(*point)
        assert backward(5.0) == (0.0, 0.0)


# ----- gates of a learner's own -------------------------------------------------------------------


def swish_with(slope):
    def swish(x):
        """Scales the gradient by the slope of x * sigmoid(x)."""
        s = 1 / (1 + math.exp(-x))

        def backward(df):
            return (slope(x, s) * df,)

        return x * s, backward

    return swish


def test_a_gate_of_your_own_works_in_a_circuit():
    swish = gate("swish", example=(0.7,))(swish_with(lambda x, s: s + x * s * (1 - s)))
    assert GATES["swish"] is swish
    circuit = trace("f = swish(x) * 2", x=0.7)
    assert [wire.label for wire in circuit if wire.gate] == ["swish", "*2"]
    assert circuit["x"].d == pytest.approx(2 * swish.vjp(0.7)[1](1.0)[0])


def test_a_gate_of_your_own_may_mix_elements_and_take_settings():
    def spread(x, *, axis=None):
        """Hands the gradient to the largest, and its negative to the smallest."""
        top, bottom = np.max(x, axis, keepdims=True), np.min(x, axis, keepdims=True)

        def backward(df):
            dx = (1.0 * (x == top) - (x == bottom)) * np.reshape(df, top.shape)
            return (dx,)

        return np.squeeze(top - bottom, axis), backward

    gate("spread", example=(np.array([[1.0, 3.0, 2.0]]),), elementwise=False)(spread)
    x = np.array([[1.0, 4.0], [6.0, 3.0]])
    circuit = trace("f = spread(x, axis=1) * w", x=x, w=np.array([2.0, 5.0]))
    assert circuit["x"].d.tolist() == [[-2.0, 2.0], [5.0, -5.0]]
    assert trace("f = spread(x)", x=x)["x"].d.tolist() == [[-1.0, 0.0], [1.0, 0.0]]


def test_a_gate_may_stand_for_a_function_that_has_none():
    def gamma(x):
        """Scales the gradient by gamma(x) and its logarithm's slope, measured at x = 2."""
        return math.gamma(x), lambda df: math.gamma(2) * (1 - 0.5772156649015329) * df

    gate("Γ", example=(2.0,), spelled=math.gamma)(gamma)
    assert trace("f = math.gamma(x)", x=2.0)["x"].d == pytest.approx(0.42278433509846713)


def test_a_wrong_backward_is_refused_with_the_numbers():
    wrong = r"the backward of `swish` gives 0\.668188 for input 1 at swish\(0\.7\), and nudging .* 0\.823"
    with pytest.raises(WrongGate, match=wrong):
        gate("swish", example=(0.7,))(swish_with(lambda x, s: s))
    assert "swish" not in GATES


@pytest.mark.parametrize(
    ("rule", "example", "sentence"),
    [
        (lambda x, y: (x * y, lambda df: (y * df, x * df)), (1.0,), "2 inputs, .* 1 number"),
        (lambda x: x * 2, (1.0,), "must return its value and its backward function"),
        (lambda x, y: (x * y, lambda df: y * df), (1.0, 2.0), "returns 1 gradient for 2 inputs"),
    ],
)
def test_a_gate_whose_parts_do_not_fit_is_refused(rule, example, sentence):
    with pytest.raises(WrongGate, match=sentence):
        gate("?", example=example)(rule)
    assert "<lambda>" not in GATES


def test_a_gate_given_too_few_inputs_says_how_many_it_takes():
    with pytest.raises(WrongGate, match="the gate `mul` takes 2 inputs, but was given 1"):
        gates.mul(3.0)


def test_the_kit_keeps_its_own_gate_under_its_name():
    def sigmoid(x):
        """Hands the gradient on."""
        return x + 0.0, lambda df: df

    mine = gate("mine", example=(1.0,))(sigmoid)
    assert mine is not GATES["sigmoid"]
    assert GATES["sigmoid"] is gates.sigmoid
