"""Random programs: the gradients of their circuits are those that nudging measures."""

from hypothesis import assume, given
from hypothesis import strategies as st

from backprop_kit import trace
from backprop_kit.circuit import Wire
from backprop_kit.nudge import measure

UNARY = (
    "math.tanh({0})",
    "sigmoid({0})",
    "math.sin({0})",
    "bend({0})",
    "math.exp(-{0} * {0})",
    "-{0}",
)
BINARY = ("{0} + {1}", "{0} * {1}", "{0} - {1}", "mix({0}, {1})", "{0} / (1.5 + {1} * {1})", "max({0}, {1})")  # fmt: skip
TESTS = ("{0} > {1}", "{0} < 0.1 and {1} > -0.3", "not {0} > {1}")


@st.composite
def programs(draw_one):
    """Text of a forward pass: each stage reads any names before it, some in branches and loops."""
    names, lines = ["x", "y", "z"], HELPERS.splitlines()
    for k in range(draw_one(st.integers(1, 8))):
        rule = draw_one(st.sampled_from(UNARY + BINARY))
        picks = [draw_one(st.sampled_from(names)) for _ in range(4)]
        stage = rule.format(*picks)
        kind = draw_one(st.sampled_from(("plain", "plain", "branch", "loop")))
        if kind == "branch":
            test = draw_one(st.sampled_from(TESTS)).format(*picks[2:])
            lines += [f"if {test}:", f"    s{k} = {stage}", "else:", f"    s{k} = {picks[0]} * 0.5"]
        elif kind == "loop":
            lines += [f"t{k} = {picks[0]}", "for _ in range(3):", f"    t{k} = math.tanh(t{k} + {stage})"]  # fmt: skip
            lines += [f"s{k} = t{k}"]
        else:
            lines.append(f"s{k} = {stage}")
        names.append(f"s{k}")
    return "\n".join([*lines, f"f = {' + '.join(names)}"])


HELPERS = """\
def bend(v):
    w = v * v
    return w / (1 + w)
def mix(a, b):
    return 0.3 * a + b * bend(a)
"""
NUMBER = st.floats(-2, 2).map(lambda x: round(x, 3))


def on_the_edge(circuit):
    """Whether some comparison is so close that a nudge turns it: there the output jumps or bends."""
    sides = [w.operands for w in circuit if w.gate and w.gate.symbol in ("<", ">", "max")]
    return any(abs(number(a) - number(b)) < 1e-3 for a, b in sides)


def number(operand):
    return getattr(operand, "value", operand)


@given(programs(), NUMBER, NUMBER, NUMBER)
def test_circuits_and_nudging_agree(code, x, y, z):
    inputs = {"x": x, "y": y, "z": z}
    circuit = trace(code, inputs=inputs)
    assume(not on_the_edge(circuit))
    truth = measure(code, inputs)
    compared = 0
    for name in truth.names:
        found = truth.gradient(name)
        if found is None or not isinstance(circuit[name], Wire):
            continue
        low, high = float(found.low), float(found.high)
        room = 1e-5 * (1 + abs(low) + abs(high))
        assert low - room <= circuit[name].d <= high + room, (name, code)
        compared += 1
    assert compared >= 3


@given(programs(), st.lists(st.tuples(NUMBER, NUMBER, NUMBER), min_size=1, max_size=4))
def test_running_again_agrees_with_tracing_anew(code, places):
    circuit = trace(code, x=0.5, y=-0.25, z=1.25)
    for place in places:
        inputs = dict(zip("xyz", place, strict=True))
        circuit.run(**inputs)
        fresh = trace(code, inputs=inputs)
        assert circuit["f"].value == fresh["f"].value
        assert [circuit[n].d for n in "xyz"] == [fresh[n].d for n in "xyz"]
