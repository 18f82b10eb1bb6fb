"""A convolution with a ReLU and a mean behind it, window by window."""

import numpy as np

from tests.beyond import Program, Slip

RNG = np.random.default_rng(9)


def convolution(images, filters, bias, target):
    padded = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))
    maps = np.zeros((2, 3, 2, 2))
    for row in range(2):
        for column in range(2):
            window = padded[:, :, 2 * row : 2 * row + 3, 2 * column : 2 * column + 3]
            for at in range(3):
                maps[:, at, row, column] = np.sum(window * filters[at], axis=(1, 2, 3))
    z = maps + bias[:, None, None]
    h = np.maximum(0, z)
    pooled = h.mean(axis=(2, 3))
    off = pooled - target
    loss = np.sum(off**2)

    doff = 2 * off
    dpooled = doff
    dh = np.ones_like(h) * dpooled[:, :, None, None] / 4
    dz = dh * (z > 0)
    dbias = dz.sum(axis=(0, 2, 3))
    dmaps = dz
    dpadded, dfilters = np.zeros_like(padded), np.zeros_like(filters)
    for row in range(2):
        for column in range(2):
            down, across = slice(2 * row, 2 * row + 3), slice(2 * column, 2 * column + 3)
            for at in range(3):
                part = dmaps[:, at, row, column].reshape(-1, 1, 1, 1)
                dfilters[at] += np.sum(padded[:, :, down, across] * part, axis=0)
                dpadded[:, :, down, across] += filters[at] * part
    dimages = dpadded[:, :, 1:-1, 1:-1]
    return loss, dimages, dfilters, dbias


PROGRAM = Program(
    convolution,
    inputs={
        "images": RNG.normal(size=(2, 2, 3, 3)),
        "filters": RNG.normal(size=(3, 2, 3, 3)),
        "bias": RNG.normal(size=3),
        "target": RNG.normal(size=(2, 3)),
    },
    wrt=["images", "filters", "bias"],
    slips=[
        Slip("doff", "doff = 2 * off", "doff = off", "missing_power_factor"),
        Slip("dh", " / 4\n", "\n", "double_batch_scale"),
        Slip("dz", "dz = dh * (z > 0)", "dz = dh", "missing_local_gradient"),
        Slip("dbias", "dz.sum(axis=(0, 2, 3))", "dz.sum(axis=(0, 2))", "wrong_sum_axis"),
        Slip("dfilters", "dfilters[at] += np", "dfilters[at] = np", "unknown"),
        Slip("dpadded", "across] += filters", "across] -= filters", "wrong_sign"),
        Slip("dimages", "1:-1, 1:-1]", ":-2, :-2]", "unknown"),
    ],
)
