"""One step of an LSTM: four gates that open and close, a cell that remembers, and what is let out."""

import numpy as np

from tests.beyond import Program, Slip

RNG = np.random.default_rng(4)


def lstm(x, h, c, Wx, Wh, b, above_h, above_c):
    a = x.dot(Wx) + h.dot(Wh) + b
    ai, ak, ao, ag = np.split(a, 4, axis=1)
    i = 1 / (1 + np.exp(-ai))
    k = 1 / (1 + np.exp(-ak))
    o = 1 / (1 + np.exp(-ao))
    g = np.tanh(ag)
    kept = k * c
    new = i * g
    cell = kept + new
    t = np.tanh(cell)
    out = o * t
    loss = np.sum(out * above_h) + np.sum(cell * above_c)

    dout = above_h
    dcell = above_c
    do = t * dout
    dt = o * dout
    dcell = dcell + (1 - t**2) * dt
    dkept = dcell
    dnew = dcell
    dk = c * dkept
    dc = k * dkept
    di = g * dnew
    dg = i * dnew
    dag = (1 - g**2) * dg
    dao = (1 - o) * o * do
    dak = (1 - k) * k * dk
    dai = (1 - i) * i * di
    da = np.concatenate([dai, dak, dao, dag], axis=1)
    dx = da.dot(Wx.T)
    dh = da.dot(Wh.T)
    dWx = x.T.dot(da)
    dWh = h.T.dot(da)
    db = da.sum(axis=0)
    return loss, dx, dh, dc, dWx, dWh, db


PROGRAM = Program(
    lstm,
    inputs={
        "x": RNG.normal(size=(3, 2)),
        "h": RNG.normal(size=(3, 4)),
        "c": RNG.normal(size=(3, 4)),
        "Wx": RNG.normal(size=(2, 16)),
        "Wh": RNG.normal(size=(4, 16)),
        "b": RNG.normal(size=16),
        "above_h": RNG.normal(size=(3, 4)),
        "above_c": RNG.normal(size=(3, 4)),
    },
    wrt=["x", "h", "c", "Wx", "Wh", "b"],
    slips=[
        Slip("dcell", "dcell = dcell + (1", "dcell = (1", "overwrite_at_fork"),
        Slip("dt", "dt = o * dout", "dt = t * dout", "multiply_not_swapped"),
        Slip("dk", "dk = c * dkept", "dk = cell * dkept", "wrong_cached_variable"),
        Slip("dc", "dc = k * dkept", "dc = k", "missing_upstream_factor"),
        Slip("dag", "(1 - g**2) * dg", "(1 - g) * g * dg", "wrong_local_derivative"),
        Slip("dao", "(1 - o) * o * do", "(1 - ao) * ao * do", "pre_vs_post_activation"),
        Slip("da", "[dai, dak, dao, dag]", "[dai, dao, dak, dag]", "unknown"),
        Slip("dWh", "dWh = h.T.dot(da)", "dWh = out.T.dot(da)", "wrong_cached_variable"),
        Slip("db", "db = da.sum(axis=0)", "db = da", "missing_unbroadcast_sum"),
    ],
)
