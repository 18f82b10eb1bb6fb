"""The public names: all there, all documented, and cheap until they are used."""

import inspect
from importlib.metadata import version

import pytest

import backprop_kit
from backprop_kit import WrongGate, gate

SIGNATURES = {
    "trace": '(code, /, output="f", *, upstream=None, inputs=None, **named)',
    "draw": '(code_or_circuit, /, output="f", *, palette="notes", theme="auto", group=True, '
    'show=("value", "gradient"), inputs=None, **named)',
    "check": '(code, /, output="f", *, backward=None, wrt=None, upstream=None, seed=0, like=None, '
    "inputs=None, **named)",
    "grade": '(code, /, points, *, at, backward=None, output="f", wrt=None, seed=0, like=None)',
    "check_values": "(function, /, *, at, like=None, within=1e-06)",
    "grade_values": "(function, /, points, *, at, like=None, within=1e-06)",
    "check_gate": "(name, /, *, at, like)",
    "grade_gate": "(name, /, points, *, at, like)",
    "check_numbers": '(answers, /, code, *, digits=2, output="f", inputs=None, **named)',
    "grade_numbers": '(answers, /, points, *, code, at, digits=2, output="f")',
    "self_test": "(seed=None)",
    "sliders": "(function, /, **ranges)",
    "progress": "(steps, say=None)",
    "curve": '(values, name="loss")',
    "regions": "(classify, points, labels)",
    "play": '(code, /, output="f", *, mode="explore", palette="notes", inputs=None, **named)',
    "stages": "(code)",
    "write_backward": '(code, /, output="f", *, inputs=None, **named)',
    "check_gradient": "(f, params, grads, upstream=None, *, seed=0)",
    "numerical_gradient": "(f, x, upstream=None)",
    "dimensions": "(gradient, /, **shapes_or_arrays)",
}


@pytest.mark.parametrize(("name", "signature"), SIGNATURES.items())
def test_signatures(name, signature):
    found = inspect.signature(getattr(backprop_kit, name))
    bare = [p.replace(annotation=inspect.Parameter.empty) for p in found.parameters.values()]
    assert str(inspect.Signature(bare)).replace("'", '"') == signature


@pytest.mark.parametrize("name", [n for n in backprop_kit.__all__ if n != "__version__"])
def test_every_public_name_is_there_and_says_what_it_is(name):
    found = getattr(backprop_kit, name)
    if inspect.isclass(found) or inspect.isfunction(found):
        assert (inspect.getdoc(found) or "").split("\n")[0].rstrip().endswith((".", ")", ":")), name


def test_the_version_is_that_of_the_package():
    assert backprop_kit.__version__ == version("backprop-kit")


def test_an_unknown_name_is_answered_with_those_there_are():
    with pytest.raises(
        AttributeError, match=r"no `sigmoids`; it has .*check, check_gate, check_gradient"
    ):
        _ = backprop_kit.sigmoids
    assert set(dir(backprop_kit)) >= {"check", "draw", "grade", "trace"}


def test_a_gate_with_a_wrong_backward_is_refused_with_the_numbers():
    with pytest.raises(WrongGate, match=r"gives 8 for input 1 at cube\(2\), and nudging .* 12"):

        @gate("cube", example=(2.0,))
        def cube(x):
            """Scales the gradient."""

            def backward(df):
                return 2 * x**2 * df

            return x**3, backward
