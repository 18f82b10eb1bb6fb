"""What a circuit of arrays cannot hold is refused in one sentence that says what to do."""

import numpy as np
import pytest

from backprop_kit import StagedError, trace
from tests.array_code import chosen, samples

NAMELESS = "a value without a name"


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("f = X + w", r"`X` has shape \(4, 3\) and `w` has shape \(4,\), and these do not go together .* or one of them 1"),
        ("f = X * (w + 1)", rf"{NAMELESS} has shape \(4,\), and these do not go together"),
        ("f = X @ G", r"as many columns on the left \(3\) as rows on the right \(4\); is a `.T` missing"),
        ("f = v @ b", r"as many columns on the left \(3\) as rows on the right \(2\)"),
        ("f = np.dot(X, np.ones((2, 2)))", r"columns on the left \(3\) as rows on the right \(2\)"),
        ("f = B @ np.ones((3, 2, 2))", r"batches of one length, and these are \(2,\) and \(3,\)"),
        ("f = X @ a", "one of these is a single number; write `\\*` instead"),
        ("f = np.concatenate([X, W])", r"`concatenate` with axis=0 does not take .* `W` has shape \(3, 2\)"),
        ("f = np.stack([u, b])", r"`stack` with axis=0 does not take .*all input arrays must have the same shape"),
        ("f = X.reshape(5, 2)", r"`reshape` with shape=\(5, 2\) does not take .*cannot reshape array of size 12"),
        ("f = np.sum(X, axis=2)", "axis 2 is out of bounds"),
        ("h = X * 1\nh[0] = w\nf = h", r"Line 2 .*`\[0\]` is stored into an array here, and `h` has shape \(4, 3\) and `w`"),
        ("h = X * 1\nh[:, 0] = v\nf = h", r"`\[:, 0\]` is stored into"),
        ("h = v * 1\nh += X\nf = h", r"`h` has shape \(3,\), and what is put into it in place has shape \(4, 3\); write `h = h \+ b`"),
        ("f = X[7]", r"`\[7\]` is taken from an array here, and `X` has shape \(4, 3\): index 7 is out of bounds"),
        ("f = X[1.5]", r"`\[1.5\]` is taken from .*only integers"),
        ("f = X[v]", "`v` is used as an index, and it holds numbers with decimals; .*a mask such as `h > 0`"),
        ("f = X[a]", "`a` is used as a count or an index, and it is 0.7"),
        ("f = np.array([v, b]).sum()", "a list with rows of different lengths .* make all rows equally long"),
        ("f = v * [[1, 2], [3]]", "a list with rows of different lengths"),
        ("t = np.array([[1.0], [2.0, 3.0]])\nf = t * a", "rows of different lengths here; make all rows equally long"),
    ],
)  # fmt: skip
def test_shapes_that_do_not_fit(code, sentence):
    refused(code, chosen(code), sentence)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (np.array([1.0, None], dtype=object), "`x` is an array of objects; circuits carry real numbers"),
        (np.array([1j, 2.0]), "`x` is an array of complex numbers"),
        (np.array(["a", "b"]), "`x` is an array of texts"),
        (np.zeros((0, 3)), r"`x` is an empty array \(shape \(0, 3\)\).*at least one element along every axis"),
        (np.zeros(0), "`x` is an empty array"),
        ([[1.0, 2.0], [3.0]], "a list with rows of different lengths"),
        ({"w": np.zeros(0)}, r"`x\['w'\]` is an empty array"),
    ],
)  # fmt: skip
def test_arrays_that_carry_no_numbers(given, sentence):
    refused("f = np.sum(x) * 2", {"x": given}, sentence)


@pytest.mark.parametrize(
    ("change", "shows"),
    [
        ("x += 1", ""), ("x[0] = 1", ""), ("x[x < 0] = 0", ""), ("np.exp(x, out=x)", ""), ("x.fill(0)", ""),
        ("h = x\nh[0] = 1", r" \(`h` shows its array\)"), ("h = x.T\nh *= 2", r" \(`h` shows its array\)"),
        ("row = x[0]\nrow += 1", r" \(`row` shows its array\)"), ("for row in x:\n    row /= 2", r" \(`row`"),
        ("def clear(q):\n    q[q < 0] = 0\nclear(x)", ""), ("x.reshape(-1)[0] = 1", ""),
        ("h = np.asarray(x)\nh -= 1", ""),
    ],
)  # fmt: skip
def test_an_input_that_is_changed_in_place(change, shows):
    sentence = rf"`x` is an input, and it is changed in place here{shows}.*as in `h = x.copy\(\)`"
    given = np.ones((2, 2))
    refused(f"{change}\nf = x.sum()", {"x": given}, sentence)
    assert given.tolist() == [[1.0, 1.0], [1.0, 1.0]]


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("f = math.exp(v)", "`math.exp` takes one number, and this is an array; write `np.exp`"),
        ("f = max(X, 0)", "`max` of Python compares single numbers.*write `np.maximum`"),
        ("f = max(X)", "`max` of Python compares single numbers"),
        ("f = X if X > 0 else -X", f"{NAMELESS} has 12 elements, so it is neither true nor false .*`np.where`"),
        ("f = X and v", r"`X` has 12 elements.*ask `.any\(\)` or `.all\(\)`"),
        ("f = 0 < v < 1", "has 3 elements, so it is neither true nor false"),
        ("f = np.sort(v)", "`np.sort` has no gate"), ("f = np.linalg.inv(A)", "`np.linalg.inv` has no gate"),
        ("f = v.tolist()", "`.tolist` has no gate"), ("f = v.foo", "arrays have no `.foo`"),
        ("f = np.sign(v)", "`np.sign` has no gate"), ("f = v.round()", "`.round` has no gate"),
        ("f = np.add.reduce(X)", "`np.add.reduce` has no gate"),
        ("h = X * 1\nnp.add.at(h, 0, v)\nf = h", "`np.add.at` has no gate"),
        ("f = np.vectorize(lambda t: t * 2)(v)", "`np.vectorize` has no gate"),
        ("f = np.linalg.norm(v, 1)", r"`ord=1` has no gate.*write `np.sum\(np.abs\(x\)\)`"),
        ("f = np.sum(X, dtype=int)", "`np.sum` with `dtype=` has no gate"),
        ("f = X.sum(0, True)", "`.sum` is called in a way that has no gate .*inputs and its axis alone"),
        ("f = np.einsum('ij,jk,kl->il', X, A, A)", "has a gate for one or two operands, and this has 3"),
        ("f = np.einsum('ii->i', A)", "one letter twice for an operand"),
        ("f = np.where(X > 0)[0]", "a condition alone gives places; use the mask itself"),
        ("f = np.clip(v, None, None)", "`np.clip` without a bound"),
        ("f = v // 2", "`//` turns `v` into a bare number"), ("f = Z // 2 * b", "`//` turns `Z`"),
        ("f = float(v[0]) * v", r"`float\(\)` turns a value without a name into a bare number"),
        ("f = 1j * v", "circuits carry real numbers"), ("f = v.astype(complex)", "circuits carry real ones"),
        ("f = v.astype(int)", "no gradient flows through those; compute with the floats"),
        ("f = ~v", "`~` turns a mask round, and `v` is none"), ("f = (v > 0) & u", "`&` joins two masks"),
        ("f = np.logical_and(v, u)", "`np.logical_and` takes masks here"),
        ("f = np.reciprocal(Z) @ b", "cuts decimals off; write `1 / x`"),
        ("f = np.linspace(0, a, 3) * v", "with an end that depends on an input has no gate"),
        ("f = Z ** np.array([-1, 2]) @ b", r"`power` does not take .*Integers to negative integer powers .*allowed\)$"),
        ("f = -(X > 0) * X", "`neg` does not take what it is given: .* boolean negative"),
        ("f = [v, u]", "`f` is a list"), ("f = X.dot", "`f` is a function here; call it"),
        ("h = np.zeros(3, dtype=int)\nh[0] = a\nf = h", r"`int\(\)` turns `a` into a bare number \(as storing it into a plain array does\)"),
        ("t = np.arange(3) / 2\nt[0] = a\nf = t * v", "as storing it into a plain array does.*begin an array with `np.zeros"),
        ("t = np.arange(3) / 2\nt += v\nf = t", "`np.add` stores its result in a plain array.*write `h = h \\+ b`"),
        ("h = Z * 1\nh[0, 0] = a\nf = h", "`h` is an array of whole numbers, which cannot take decimals"),
        ("h = Z * 1\nh /= 2\nf = h", "`h` is an array of whole numbers"),
        ("m = X > 0\nm[0] = a\nf = m * X", "`m` is an array of truth values"),
        ("h = A * 1\nh @= A\nf = h", "`@=` changes `h` in place while it reads it; write it out"),
        ("t = np.broadcast_to(v * 1, (2, 3))\nt[0] = 1\nf = t", "NumPy does not let it be changed; make a copy"),
        ("f = v + 'a'", "'a' meets a wire here, and it is no number"), ("f = v + None", "None meets a wire"),
        ("f = np.random.rand(3) * v", "draws random numbers.*pass them in as inputs"),
        ("f = np.sqrt(v * 0)", r"`sqrt` that computes `f` on line 1 has no finite slope at an array of shape \(3,\)"),
        ("f = np.linalg.norm(v * 0)", "`norm` that computes `f` on line 1 has no finite slope"),
    ],
)  # fmt: skip
def test_what_has_no_gate_or_no_gradient(code, sentence):
    refused(code, chosen(code), sentence)


def refused(code, inputs, sentence):
    with pytest.raises(StagedError, match=sentence) as refusal:
        trace(code, inputs=inputs)
    assert "\n" not in str(refusal.value)
    assert "object at 0x" not in str(refusal.value)


@pytest.mark.parametrize("shape", [(3,), (4, 2), (1,)])
def test_an_upstream_gradient_of_another_shape(shape):
    sentence = r"the gradient on `f` has shape .*, and `f` has shape \(4, 3\); give it the same"
    with pytest.raises(StagedError, match=sentence):
        trace("f = X * 2", X=samples()["X"], upstream=np.ones(shape))


# ----- where wires and NumPy would part ---------------------------------------------------------------


def test_what_numpy_would_refuse_is_refused():
    code = "h = x * 1\nt = np.diagonal(h)\nt[0] = 1.0\nf = h.sum()"
    with pytest.raises(StagedError, match=r"Line 3 .*NumPy does not let it be changed"):
        trace(code, x=np.ones((2, 2)))
    masks = "m = x > 0\nm *= 2\nf = m * x"
    with pytest.raises(StagedError, match=r"Line 2 .*as it stands, this raises UFuncTypeError"):
        trace(masks, x=np.ones(2))


def test_a_circuit_that_would_differ_from_the_code_is_refused():
    code = "h = np.array(x)\ng = h\nh += 1\nf = g * 2"  # an array without axes changes under both names
    assert trace(code, x=np.ones(1))["f"].value == 4.0
    with pytest.raises(
        StagedError, match=r"`g` comes out differently on wires .*change a `.copy\(\)`"
    ):
        trace(code + " + y.sum()", x=1.0, y=np.ones(2))


def test_what_a_run_prints_is_heard_once(capsys):
    trace("print('here')\nf = x * 2", x=np.ones(2))
    assert capsys.readouterr().out == "here\n"


def test_nothing_can_be_computed_from_a_complete_circuit():
    circuit = trace("h = x * 2\nf = h.sum()", x=np.ones(2))
    for use in (lambda h: h + 1, lambda h: h[0], lambda h: np.exp(h), lambda h: h.sum()):
        with pytest.raises(StagedError, match="this circuit is complete"):
            use(circuit["h"])
    with pytest.raises(StagedError, match="complete"):
        circuit["h"][0] = 1.0
