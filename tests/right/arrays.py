"""Right backward passes on arrays, as in assignments and papers."""

import numpy as np

from tests.right import Case, collector

CASES: list[Case] = []
RNG = np.random.default_rng(7)
right = collector(CASES)


def normal(*shape):
    return RNG.normal(size=shape)


@right(["W", "b"], X=normal(5, 4), W=normal(4, 3), b=normal(3), y=np.array([0, 2, 1, 1, 0]))
def softmax_loss(X, W, b, y):
    scores = X @ W + b
    shifted = scores - scores.max(axis=1, keepdims=True)
    probs = np.exp(shifted)
    probs /= probs.sum(axis=1, keepdims=True)
    N = X.shape[0]
    f = -np.log(probs[np.arange(N), y]).mean()
    dscores = probs.copy()
    dscores[np.arange(N), y] -= 1
    dscores /= N
    dW = X.T.dot(dscores)
    db = np.sum(dscores, axis=0)
    return f, dW, db


@right(["W"], X=normal(6, 4), W=normal(4, 3), y=np.array([0, 2, 1, 1, 0, 2]))
def svm_loss(X, W, y):
    scores = X.dot(W)
    correct = scores[np.arange(6), y][:, None]
    margins = np.maximum(0, scores - correct + 1.0)
    margins[np.arange(6), y] = 0
    f = margins.sum() / 6
    dscores = (margins > 0).astype(float)
    dscores[np.arange(6), y] = -dscores.sum(axis=1)
    dscores /= 6
    dW = X.T.dot(dscores)
    return f, dW


@right(["x", "gamma", "beta"], x=normal(6, 3), gamma=normal(3), beta=normal(3), G=normal(6, 3))
def batchnorm_short(x, gamma, beta, G):
    mu = x.mean(axis=0)
    var = x.var(axis=0)
    inv = 1 / np.sqrt(var + 1e-5)
    xhat = (x - mu) * inv
    out = gamma * xhat + beta
    f = np.sum(out * G)
    dout = G
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    dxhat = dout * gamma
    N = x.shape[0]
    dx = inv / N * (N * dxhat - dxhat.sum(0) - xhat * (dxhat * xhat).sum(0))
    return f, dx, dgamma, dbeta


@right(["x"], x=normal(5, 3), G=normal(5, 3))
def normalise_staged(x, G):
    mu = x.sum(axis=0) / 5
    xc = x - mu
    sq = xc**2
    var = sq.mean(axis=0)
    std = np.sqrt(var + 1e-3)
    out = xc / std
    f = (out * G).sum()
    dout = G.copy()
    dxc = dout / std
    dstd = -(dout * xc / std**2).sum(axis=0)
    dvar = 0.5 / std * dstd
    dsq = np.ones_like(sq) / 5 * dvar
    dxc += 2 * xc * dsq
    dx = dxc.copy()
    dmu = -dxc.sum(axis=0)
    dx += np.ones_like(x) / 5 * dmu
    return f, dx


@right(["E"], E=normal(6, 3), idx=np.array([1, 3, 3, 0]), G=normal(4, 3))
def embedding(E, idx, G):
    rows = E[idx]
    f = np.sum(rows * G)
    dE = np.zeros_like(E)
    for k, i in enumerate(idx):
        dE[i] += G[k]
    return f, dE


@right(["x", "w"], x=normal(7), w=normal(3), G=normal(5))
def conv_by_loops(x, w, G):
    out = np.zeros(5)
    for i in range(5):
        out[i] = np.sum(x[i : i + 3] * w)
    f = np.sum(out * G)
    dout = G
    dx = np.zeros(7)
    dw = np.zeros(3)
    for i in range(5):
        dx[i : i + 3] += w * dout[i]
        dw += x[i : i + 3] * dout[i]
    return f, dx, dw


@right(
    ["Wx", "Wh", "b"],
    x=normal(2, 3),
    h=normal(2, 4),
    c=normal(2, 4),
    Wx=normal(3, 16),
    Wh=normal(4, 16),
    b=normal(16),
)
def lstm_step(x, h, c, Wx, Wh, b):
    a = x @ Wx + h @ Wh + b
    i = 1 / (1 + np.exp(-a[:, :4]))
    k = 1 / (1 + np.exp(-a[:, 4:8]))
    o = 1 / (1 + np.exp(-a[:, 8:12]))
    g = np.tanh(a[:, 12:])
    cn = k * c + i * g
    hn = o * np.tanh(cn)
    f = hn.sum()
    dhn = np.ones_like(hn)
    do = np.tanh(cn) * dhn
    dcn = o * (1 - np.tanh(cn) ** 2) * dhn
    di, dg, dk = g * dcn, i * dcn, c * dcn
    da = np.hstack((i * (1 - i) * di, k * (1 - k) * dk, o * (1 - o) * do, (1 - g**2) * dg))
    dWx = x.T @ da
    dWh = h.T @ da
    db = da.sum(0)
    return f, dWx, dWh, db


@right(["x"], kink=True, x=np.array([0.0, -1.0, 2.0, 0.0]), G=normal(4))
def relu_at_zero_in_place(x, G):
    h = np.maximum(x, 0)
    f = h @ G
    dh = G.copy()
    dx = dh
    dx[x <= 0] = 0
    return f, dx


@right(["x"], kink=True, x=np.array([[2.0, 2.0, 1.0], [0.0, 0.0, 0.0]]), G=normal(2))
def max_over_an_axis_with_ties(x, G):
    m = x.max(axis=1)
    f = m @ G
    dx = np.zeros_like(x)
    dx[np.arange(2), x.argmax(axis=1)] = G
    return f, dx


@right(["x"], x=normal(3, 4))
def norm_of_a_matrix(x):
    n = np.linalg.norm(x)
    f = n**2
    dn = 2 * n
    dx = x / n * dn
    return f, dx


@right(["x"], x=normal(5))
def absolute_values(x):
    f = np.abs(x).sum()
    dx = np.sign(x)
    return f, dx


@right(["z"], z=normal(3, 4), y=np.array([1, 0, 3]))
def log_sum_exp(z, y):
    m = z.max(axis=1, keepdims=True)
    lse = m[:, 0] + np.log(np.exp(z - m).sum(axis=1))
    f = np.mean(lse - z[np.arange(3), y])
    p = np.exp(z - lse[:, None])
    p[np.arange(3), y] -= 1
    dz = p / 3
    return f, dz


@right(["W", "X"], output="D", upstream=normal(5, 3), W=normal(5, 10), X=normal(10, 3))
def notes_matrix_product(W, X, dD):
    D = W.dot(X)
    dW = dD.dot(X.T)
    dX = W.T.dot(dD)
    return D, dW, dX


@right(["x", "b"], x=normal(4, 3).astype(np.float32), b=normal(3).astype(np.float32))
def single_precision(x, b):
    h = np.tanh(x + b)
    f = (h * h).sum()
    dh = 2 * h
    dz = (1 - h * h) * dh
    dx = dz
    db = dz.sum(axis=0)
    return f, dx, db


@right(["Q", "K", "V"], Q=normal(3, 4), K=normal(5, 4), V=normal(5, 2), G=normal(3, 2))
def attention(Q, K, V, G):
    S = Q @ K.T / 2.0
    P = np.exp(S - S.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    O = P @ V
    f = np.sum(O * G)
    dO = G
    dV = P.T @ dO
    dP = dO @ V.T
    dS = P * (dP - np.sum(dP * P, axis=1, keepdims=True))
    dQ = dS @ K / 2.0
    dK = dS.T @ Q / 2.0
    return f, dQ, dK, dV


@right(["x", "y"], x=normal(4, 1), y=normal(3), G=normal(4, 3))
def broadcasting_by_hand(x, y, G):
    p = x * y
    f = np.sum(p * G)
    dp = G
    dx = np.sum(dp * y, axis=1, keepdims=True)
    dy = np.sum(dp * x, axis=0)
    return f, dx, dy


@right(["x"], x=normal(6), G=normal(6))
def out_argument(x, G):
    h = np.empty_like(x)
    np.tanh(x, out=h)
    f = np.sum(h * G)
    dx = np.zeros_like(x)
    np.multiply(1 - h**2, G, out=dx)
    return f, dx


@right(["x"], x=normal(4, 5))
def shift_invariant(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    f = np.sum(p)
    dx = np.zeros_like(x)
    return f, dx


@right(
    ["W1", "b1", "W2"],
    X=normal(20, 6),
    W1=normal(6, 15),
    b1=normal(15),
    W2=normal(15, 4),
    y=RNG.integers(0, 4, 20),
)
def two_layer_net(X, W1, b1, W2, y):
    z = X @ W1 + b1
    h = np.maximum(0, z)
    s = h @ W2
    e = np.exp(s - s.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    f = -np.mean(np.log(p[range(20), y])) + 0.05 * np.sum(W1 * W1)
    ds = p
    ds[range(20), y] -= 1
    ds /= 20
    dW2 = h.T @ ds
    dh = ds @ W2.T
    dh[h <= 0] = 0
    dW1 = X.T @ dh + 0.1 * W1
    db1 = dh.sum(0)
    return f, dW1, db1, dW2


@right(
    ["x", "w", "b"],
    output="out",
    upstream=normal(3, 2),
    x=normal(3, 4),
    w=normal(4, 2),
    b=normal(2),
)
def affine_with_upstream(x, w, b, dout):
    out = x.dot(w) + b
    dx = dout.dot(w.T)
    dw = x.T.dot(dout)
    db = dout.sum(axis=0)
    return out, dx, dw, db


@right(["x"], x=normal(5))
def shift_invariant_in_one_line(x):
    f = np.sum(np.exp(x) / np.sum(np.exp(x)))
    dx = np.zeros(5)
    return f, dx


@right(["W", "b"], X=normal(40, 5), W=normal(5, 8), b=normal(8), gamma=normal(8), G=normal(40, 8))
def bias_before_batchnorm_has_no_gradient(X, W, b, gamma, G):
    z = X @ W + b
    mu = z.mean(axis=0)
    std = np.sqrt(z.var(axis=0) + 1e-5)
    xhat = (z - mu) / std
    f = np.sum(gamma * xhat * G)
    dxhat = G * gamma
    dz = (dxhat - dxhat.mean(0) - xhat * (dxhat * xhat).mean(0)) / std
    dW = X.T @ dz
    db = dz.sum(0)
    return f, dW, db
