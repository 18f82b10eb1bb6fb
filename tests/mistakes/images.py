"""Mistakes in convolution and pooling, written with loops."""

import numpy as np

from tests.mistakes import Program, Slip, collector

PROGRAMS: list[Program] = []
SLIPS: list[Slip] = []
RNG = np.random.default_rng(18)
program, slip = collector(PROGRAMS, SLIPS)


def normal(*shape):
    return RNG.normal(size=shape)


program(
    "conv_1d",
    """
    K = len(w)
    L = len(x) - K + 1
    out = np.zeros(L)
    for i in range(L):
        out[i] = np.sum(x[i:i+K] * w) + b
    """,
    """
    dx = np.zeros_like(x)
    dw = np.zeros_like(w)
    db = 0.0
    for i in range(L):
        dx[i:i+K] += w * dout[i]
        dw += x[i:i+K] * dout[i]
        db += dout[i]
    """,
    "x w b",
    {"x": normal(7), "w": normal(3), "b": 0.3, "dout": normal(5)},
    output="out",
)
slip(
    "conv_1d",
    "overwrite_at_fork",
    "dx",
    "dx[i:i+K] += w * dout[i]",
    "dx[i:i+K] = w * dout[i]",
    why="the windows overlap",
)
slip("conv_1d", "overwrite_at_fork", "dw", "dw += x[i:i+K] * dout[i]", "dw = x[i:i+K] * dout[i]")
slip(
    "conv_1d",
    "overwrite_at_fork",
    "db",
    "db += dout[i]",
    "db = dout[i]",
    why="the gradient of the last place only",
)
slip(
    "conv_1d",
    "multiply_not_swapped",
    "dx",
    "dx[i:i+K] += w * dout[i]\ndw += x[i:i+K] * dout[i]",
    "dx[i:i+K] += x[i:i+K] * dout[i]\ndw += w * dout[i]",
    others=(("dw", "multiply_not_swapped"),),
)
slip("conv_1d", "missing_upstream_factor", "dx", "dx[i:i+K] += w * dout[i]", "dx[i:i+K] += w")
slip("conv_1d", "missing_local_gradient", "dw", "dw += x[i:i+K] * dout[i]", "dw += dout[i]")
slip(
    "conv_1d",
    "wrong_cached_variable",
    "dw",
    "dw += x[i:i+K] * dout[i]",
    "dw += x[:K] * dout[i]",
    why="the first window at every place",
    also=("unknown",),
)
slip(
    "conv_1d",
    "unknown",
    "dx",
    "dx[i:i+K] += w * dout[i]",
    "dx[i:i+K] += w[::-1] * dout[i]",
    why="the kernel flipped, as in the books on signals",
)
slip("conv_1d", "forward_value_instead_of_gradient", "db", "db += dout[i]", "db += out[i]")
slip(
    "conv_1d",
    "subtract_instead_of_add",
    "dw",
    "dw += x[i:i+K] * dout[i]",
    "dw -= x[i:i+K] * dout[i]",
)
slip(
    "conv_1d",
    "mean_instead_of_sum",
    "db",
    "db += dout[i]",
    "db += dout[i] / L",
    why="averaged over the places",
    also=("double_batch_scale",),
)
slip("conv_1d", "missing", "db", "db = 0.0", "", ("db += dout[i]", ""))
slip(
    "conv_1d",
    "raises",
    "dx",
    "dx[i:i+K] += w * dout[i]",
    "dx[i:i+K] += w * dout",
    why="all places handed to one window",
)

# Filters over images, padded; the smallest case of the assignment.
program(
    "conv_naive",
    """
    N, H, W = x.shape
    F, HH, WW = w.shape
    xpad = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    Ho, Wo = (H + 2 - HH) // stride + 1, (W + 2 - WW) // stride + 1
    out = np.zeros((N, F, Ho, Wo))
    for n in range(N):
        for k in range(F):
            for i in range(Ho):
                for j in range(Wo):
                    window = xpad[n, i*stride:i*stride+HH, j*stride:j*stride+WW]
                    out[n, k, i, j] = np.sum(window * w[k]) + b[k]
    f = np.sum(out * G)
    """,
    """
    dout = G
    db = dout.sum(axis=(0, 2, 3))
    dxpad = np.zeros_like(xpad)
    dw = np.zeros_like(w)
    for n in range(N):
        for k in range(F):
            for i in range(Ho):
                for j in range(Wo):
                    r, c = i * stride, j * stride
                    dw[k] += xpad[n, r:r+HH, c:c+WW] * dout[n, k, i, j]
                    dxpad[n, r:r+HH, c:c+WW] += w[k] * dout[n, k, i, j]
    dx = dxpad[:, 1:-1, 1:-1]
    """,
    "x w b",
    {
        "x": normal(1, 3, 3),
        "w": normal(2, 3, 3),
        "b": normal(2),
        "stride": 2,
        "G": normal(1, 2, 2, 2),
    },
)
slip(
    "conv_naive",
    "wrong_sum_axis",
    "db",
    "db = dout.sum(axis=(0, 2, 3))",
    "db = dout.sum(axis=(0, 1, 2))",
    why="as if the filters came last",
)
slip(
    "conv_naive",
    "mean_instead_of_sum",
    "db",
    "db = dout.sum(axis=(0, 2, 3))",
    "db = dout.mean(axis=(0, 2, 3))",
)
slip(
    "conv_naive",
    "extra_keepdims_shape",
    "db",
    "db = dout.sum(axis=(0, 2, 3))",
    "db = dout.sum(axis=(0, 2, 3), keepdims=True)[0, :, :, 0]",
    why="one axis taken off too few",
)
slip(
    "conv_naive",
    "overwrite_at_fork",
    "dw",
    "dw[k] += xpad[n, r:r+HH, c:c+WW] * dout[n, k, i, j]",
    "dw[k] = xpad[n, r:r+HH, c:c+WW] * dout[n, k, i, j]",
)
slip(
    "conv_naive",
    "overwrite_at_fork",
    "dxpad",
    "dxpad[n, r:r+HH, c:c+WW] += w[k] * dout[n, k, i, j]",
    "dxpad[n, r:r+HH, c:c+WW] = w[k] * dout[n, k, i, j]",
)
slip(
    "conv_naive",
    "missing_upstream_factor",
    "dxpad",
    "dxpad[n, r:r+HH, c:c+WW] += w[k] * dout[n, k, i, j]",
    "dxpad[n, r:r+HH, c:c+WW] += w[k]",
)
slip(
    "conv_naive",
    "wrong_shape",
    "dx",
    "dx = dxpad[:, 1:-1, 1:-1]",
    "dx = dxpad",
    why="the padding left on",
)
slip(
    "conv_naive",
    "unknown",
    "dx",
    "dx = dxpad[:, 1:-1, 1:-1]",
    "dx = dxpad[:, :-2, :-2]",
    why="the padding taken off on one side",
)

program(
    "max_pool",
    """
    H, W = x.shape
    out = np.zeros((H // 2, W // 2))
    for i in range(H // 2):
        for j in range(W // 2):
            out[i, j] = np.max(x[2*i:2*i+2, 2*j:2*j+2])
    f = np.sum(out * G)
    """,
    """
    dout = G
    dx = np.zeros(x.shape)
    for i in range(H // 2):
        for j in range(W // 2):
            patch = x[2*i:2*i+2, 2*j:2*j+2]
            mask = patch == np.max(patch)
            dx[2*i:2*i+2, 2*j:2*j+2] = mask * dout[i, j]
    """,
    "x",
    {"x": normal(4, 6), "G": normal(2, 3)},
)
WIN = "dx[2*i:2*i+2, 2*j:2*j+2] = mask * dout[i, j]"
slip(
    "max_pool",
    "max_passes_value",
    "dx",
    WIN,
    "dx[2*i:2*i+2, 2*j:2*j+2] = mask * patch * dout[i, j]",
)
slip(
    "max_pool",
    "inverted_mask",
    "dx",
    "mask = patch == np.max(patch)",
    "mask = patch < np.max(patch)",
)
slip("max_pool", "missing_upstream_factor", "dx", WIN, "dx[2*i:2*i+2, 2*j:2*j+2] = mask")
slip(
    "max_pool",
    "missing_local_gradient",
    "dx",
    WIN,
    "dx[2*i:2*i+2, 2*j:2*j+2] = dout[i, j]",
    why="every pixel of the window gets it",
)
slip(
    "max_pool",
    "wrong_local_derivative",
    "dx",
    WIN,
    "dx[2*i:2*i+2, 2*j:2*j+2] = dout[i, j] / 4",
    why="average pooling: shared out over the window",
    also=("equally_misread_as_half",),
)
slip(
    "max_pool",
    "forward_value_instead_of_gradient",
    "dx",
    WIN,
    "dx[2*i:2*i+2, 2*j:2*j+2] = mask * out[i, j]",
)
slip("max_pool", "wrong_sign", "dx", WIN, "dx[2*i:2*i+2, 2*j:2*j+2] = -mask * dout[i, j]")

# Flat patches of an image, where two pixels are equally bright.
program(
    "max_pool_ties",
    """
    top = np.max(p, axis=1)
    f = np.sum(top * g)
    """,
    """
    dtop = g
    dp = np.zeros_like(p)
    dp[np.arange(len(p)), np.argmax(p, axis=1)] = dtop
    """,
    "p",
    {"p": np.array([[2.0, 5.0, 5.0], [1.0, 0.5, -1.0], [3.0, 3.0, 3.0]]), "g": normal(3)},
)
TOP = "dp[np.arange(len(p)), np.argmax(p, axis=1)] = dtop"
slip(
    "max_pool_ties",
    "tie_double_count",
    "dp",
    TOP,
    "dp = (p == top[:, None]) * dtop[:, None]",
    why="equal pixels get the whole gradient each",
)
slip(
    "max_pool_ties",
    "tie_double_count",
    "dp",
    TOP,
    "for n in range(len(p)):\n    dp[n][p[n] >= top[n]] += dtop[n]",
)
slip(
    "max_pool_ties",
    "max_passes_value",
    "dp",
    TOP,
    "dp[np.arange(len(p)), np.argmax(p, axis=1)] = dtop * top",
)
slip(
    "max_pool_ties",
    "inverted_mask",
    "dp",
    TOP,
    "dp[np.arange(len(p)), np.argmin(p, axis=1)] = dtop",
    why="argmin for argmax",
    also=("unknown",),
)
slip(
    "max_pool_ties",
    "forward_value_instead_of_gradient",
    "dp",
    TOP,
    "dp[np.arange(len(p)), np.argmax(p, axis=1)] = top",
)
slip(
    "max_pool_ties",
    "unknown",
    "dp",
    TOP,
    "dp[np.argmax(p, axis=1), np.arange(len(p))] = dtop",
    why="rows and columns of the index exchanged; the table is square",
    also=("missing_transpose",),
)
