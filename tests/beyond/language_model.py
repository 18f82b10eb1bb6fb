"""One training step of a small language model: characters looked up, joined, normalised over the batch.

Every stage of the forward pass is as small as it can be, and each of its 19 values and 7 parameters
has a line of its own in the backward pass: 26 gradients in all.
"""

import numpy as np

from tests.beyond import Program, Slip

RNG = np.random.default_rng(26)


def language_model(table, W1, b1, gain, shift, W2, b2, before, following):
    n = len(before)
    vectors = table[before]
    joined = vectors.reshape(n, -1)
    raw = joined @ W1 + b1
    mean = raw.sum(axis=0, keepdims=True) / n
    centred = raw - mean
    squares = centred**2
    var = squares.sum(axis=0, keepdims=True) / (n - 1)
    narrowing = (var + 1e-5) ** -0.5
    normal = centred * narrowing
    z = gain * normal + shift
    h = np.tanh(z)
    scores = h @ W2 + b2
    highest = scores.max(axis=1, keepdims=True)
    lowered = scores - highest
    weights = np.exp(lowered)
    total = weights.sum(axis=1, keepdims=True)
    per = 1 / total
    probs = weights * per
    logs = np.log(probs)
    loss = -logs[np.arange(n), following].mean()

    dlogs = np.zeros_like(logs)
    dlogs[np.arange(n), following] = -1 / n
    dprobs = dlogs / probs
    dper = (weights * dprobs).sum(axis=1, keepdims=True)
    dweights = per * dprobs
    dtotal = -dper / total**2
    dweights += dtotal
    dlowered = weights * dweights
    dscores = dlowered.copy()
    dhighest = -dlowered.sum(axis=1, keepdims=True)
    dscores += (scores == highest) * dhighest
    dh = dscores @ W2.T
    dW2 = h.T @ dscores
    db2 = dscores.sum(axis=0)
    dz = (1 - h**2) * dh
    dgain = (normal * dz).sum(axis=0, keepdims=True)
    dnormal = gain * dz
    dshift = dz.sum(axis=0, keepdims=True)
    dcentred = narrowing * dnormal
    dnarrowing = (centred * dnormal).sum(axis=0, keepdims=True)
    dvar = -0.5 * (var + 1e-5) ** -1.5 * dnarrowing
    dsquares = np.ones_like(squares) * dvar / (n - 1)
    dcentred += 2 * centred * dsquares
    draw = dcentred.copy()
    dmean = -dcentred.sum(axis=0, keepdims=True)
    draw += dmean / n
    djoined = draw @ W1.T
    dW1 = joined.T @ draw
    db1 = draw.sum(axis=0)
    dvectors = djoined.reshape(vectors.shape)
    dtable = np.zeros_like(table)
    np.add.at(dtable, before, dvectors)
    return loss, dtable, dW1, db1, dgain, dshift, dW2, db2


PROGRAM = Program(
    language_model,
    inputs={
        "table": RNG.normal(size=(5, 2)),
        "W1": RNG.normal(size=(6, 4)),
        "b1": 0.1 * RNG.normal(size=4),
        "gain": 1 + 0.1 * RNG.normal(size=(1, 4)),
        "shift": 0.1 * RNG.normal(size=(1, 4)),
        "W2": RNG.normal(size=(4, 5)),
        "b2": 0.1 * RNG.normal(size=5),
        "before": RNG.integers(5, size=(6, 3)),
        "following": RNG.integers(5, size=6),
    },
    wrt=["table", "W1", "b1", "gain", "shift", "W2", "b2"],
    slips=[
        Slip("dlogs", "= -1 / n\n", "= -1\n", "double_batch_scale"),
        Slip("dprobs", "dprobs = dlogs / probs", "dprobs = dlogs / logs", "pre_vs_post_activation"),
        Slip("dtotal", "dtotal = -dper / total**2", "dtotal = dper / total**2", "lost_minus"),
        Slip("dweights", "dweights += dtotal", "dweights = dtotal", "overwrite_at_fork"),
        Slip("dlowered", "weights * dweights", "lowered * dweights", "pre_vs_post_activation"),
        Slip("dz", "(1 - h**2) * dh", "(1 - z**2) * dh", "pre_vs_post_activation"),
        Slip("dgain", "(normal * dz).sum(", "(centred * dz).sum(", "wrong_cached_variable"),
        Slip("dshift", "dz.sum(axis=0, keepdims=True)", "dz.sum(axis=0)", "dropped_keepdims"),
        Slip("dnormal", "dnormal = gain * dz", "dnormal = dz", "missing_local_gradient"),
        Slip("dcentred", "+= 2 * centred", "+= centred", "missing_power_factor"),
        Slip("draw", "draw += dmean / n", "pass", "missing_path"),
        Slip("djoined", "draw @ W1.T", "W1 @ draw.T", "swapped_matmul_order"),
        Slip("dW1", "joined.T @ draw", "joined.T @ dcentred", "unknown"),
        Slip(
            "dtable",
            "np.add.at(dtable, before, dvectors)",
            "dtable[before] += dvectors",
            "overwrite_at_fork",
        ),
    ],
)
