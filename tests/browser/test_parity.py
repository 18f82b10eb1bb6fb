"""Python and the browser compute the same: circuits to 1e-12, and numbers written to the last letter."""

import json
import math
import random

import pytest

from backprop_kit import GATES, trace
from backprop_kit.live_inputs import dials_of
from backprop_kit.live_score import score_of, why_not_here
from backprop_kit.live_script import script
from backprop_kit.numerals import written
from backprop_kit.parts import TraceError
from backprop_kit.source import StagedError
from tests.scalar_programs import scalar_program

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

CLOSE = 1e-12
# Both forms of a program: all numbers of each run in turn, from one tape.
PLAY = """async ([scores, runs]) => {
    const { Tape } = window.live;
    const plain = numbers => Array.from(numbers, n => Number.isFinite(n) ? n : String(n));
    return scores.map((score, i) => {
        const tape = new Tape(score);
        return runs[i].map(numbers => {
            tape.replay(numbers);
            return [tape.held, plain(tape.values), plain(tape.gradients)];
        });
    });
}"""


@pytest.fixture(scope="module")
def page(chromium):
    page = chromium.new_page()
    page.set_content("<p>live</p>")
    page.add_script_tag(type="module", content=f"{script()}\nwindow.live = {{ Tape, written }};")
    page.wait_for_function("() => window.live")
    yield page
    page.close()


def scores(circuits):
    """What the browser needs to replay, without the figures."""
    return [plain_score(circuit) for circuit in circuits]


def plain_score(circuit):
    assert why_not_here(circuit) == ""
    return json.loads(json.dumps(score_of(circuit, dials_of(circuit, {}), figures=False)))


def agree(found, expected, largest):
    if isinstance(found, str):
        return found == {math.inf: "Infinity", -math.inf: "-Infinity"}.get(expected, "NaN")
    return abs(found - expected) <= CLOSE * max(abs(expected), largest)


def compare(circuit, runs, played):
    """Each run of the browser beside the same run in Python; gives how many there were."""
    compared = 0
    for numbers, (held, values, gradients) in zip(runs, played, strict=True):
        wires = circuit.wires
        try:
            circuit.run(**dict(zip(circuit.inputs, numbers, strict=True)))
        except TraceError:
            continue  # where Python raises, a browser has no more than nan or infinity to say
        if circuit.wires is not wires:
            assert not held
            return compared
        assert held
        for part, found in (("value", values), ("d", gradients)):
            expected = [float(getattr(wire, part)) for wire in circuit.wires]
            size = max(abs(number) for number in expected)
            for wire, a, b in zip(circuit.wires, found, expected, strict=False):
                assert agree(a, b, size), (part, wire, a)
        compared += 1
    return compared


def test_random_circuits_are_replayed_as_in_python(page):
    circuits, runs = [], []
    for seed in range(150):
        code, inputs = scalar_program(seed)
        circuits.append(trace(code, inputs=inputs))
        draws = random.Random(seed)
        runs.append([[draws.uniform(-2, 2) for _ in inputs] for _ in range(4)])
    played = page.evaluate(PLAY, [scores(circuits), runs])
    compared = sum(map(compare, circuits, runs, played))
    assert compared > 300


def test_every_gate_is_replayed_as_in_python(page):
    circuits, runs = [], []
    for name, gate in GATES.items():
        if any(not isinstance(x, float) for x in gate.example) or gate.settings:
            continue
        names = "xy"[: len(gate.example)]
        called = f"q = {name}({', '.join(names)})" if name != "copy" else "q = +x"
        at = dict(zip(names, gate.example, strict=True))
        try:
            circuit = trace(f"{called}\nf = 3 * q + x", inputs=at)
        except StagedError:
            continue  # a function that cell text does not see
        if why_not_here(circuit):
            continue
        circuits.append(circuit)
        runs.append([[k * x for x in gate.example] for k in (1.0, 0.3, 0.9, 1.1, -0.4, 0.0)])
    assert len(circuits) > 35
    played = page.evaluate(PLAY, [scores(circuits), runs])
    assert sum(map(compare, circuits, runs, played)) > 4 * len(circuits)


def test_numbers_are_written_as_in_python(page):
    draws = random.Random(0)
    numbers = [0.0, -0.0, 0.005, 0.0049999, 999999.995, 1e6, 1005000.0, 1e22, 5e-324, 0.0001, 1e300]
    numbers += [draws.randrange(-8000, 8000) / 8 for _ in range(500)]  # ties of two decimals
    numbers += [draws.choice((-1, 1)) * 10 ** draws.uniform(-12, 14) for _ in range(1000)]
    numbers += [float(draws.randrange(10**8) * 500) for _ in range(500)]  # ties of three digits
    expected = [[written(number), written(number, whole=True)] for number in numbers]
    found = page.evaluate("all => all.map(n => [live.written(n), live.written(n, true)])", numbers)
    assert found == expected
    assert page.evaluate("() => [NaN, Infinity, -Infinity].map(n => live.written(n))") == [
        written(math.nan), written(math.inf), written(-math.inf),
    ]  # fmt: skip
