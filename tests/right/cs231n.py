"""The layers of the CS231n assignments, forward and backward apart, as solutions are published."""

import numpy as np

from tests.right import Case, collector

CASES: list[Case] = []
RNG = np.random.default_rng(231)
right = collector(CASES)


def normal(*shape):
    return RNG.normal(size=shape)


def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


@right(
    ["x", "w", "b"],
    output="out",
    backward=affine_backward,
    upstream=normal(2, 4),
    x=normal(2, 3, 2),
    w=normal(6, 4),
    b=normal(4),
)
def affine_forward(x, w, b):
    out = x.reshape(x.shape[0], -1).dot(w) + b
    cache = (x, w, b)
    return out, cache


def relu_backward(dout, cache):
    dx, x = None, cache
    dx = np.array(dout, copy=True)
    dx[x <= 0] = 0
    return dx


@right(
    ["x"],
    output="out",
    backward=relu_backward,
    upstream=normal(3, 4),
    kink=True,
    x=np.linspace(-1.0, 1.0, 12).reshape(3, 4).round(1) * (RNG.random((3, 4)) > 0.3),
)
def relu_forward(x):
    out = np.maximum(0, x)
    cache = x
    return out, cache


def batchnorm_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgammax = dout
    dgamma = np.sum(dgammax * xhat, axis=0)
    dxhat = dgammax * gamma
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar
    dsqrtvar = -1.0 / (sqrtvar**2) * divar
    dvar = 0.5 * 1.0 / np.sqrt(var + eps) * dsqrtvar
    dsq = 1.0 / N * np.ones((N, D)) * dvar
    dxmu2 = 2 * xmu * dsq
    dx1 = dxmu1 + dxmu2
    dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)
    dx2 = 1.0 / N * np.ones((N, D)) * dmu
    dx = dx1 + dx2
    return dx, dgamma, dbeta


@right(
    ["x", "gamma", "beta"],
    output="out",
    backward=batchnorm_backward,
    upstream=normal(5, 3),
    x=normal(5, 3),
    gamma=normal(3),
    beta=normal(3),
)
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    N, D = x.shape
    mu = 1.0 / N * np.sum(x, axis=0)
    xmu = x - mu
    sq = xmu**2
    var = 1.0 / N * np.sum(sq, axis=0)
    sqrtvar = np.sqrt(var + eps)
    ivar = 1.0 / sqrtvar
    xhat = xmu * ivar
    gammax = gamma * xhat
    out = gammax + beta
    return out, (xhat, gamma, xmu, ivar, sqrtvar, var, eps)


def batchnorm_backward_alt(dout, cache):
    dx, dgamma, dbeta = None, None, None
    x, mu, var, std, gamma, x_hat = (
        cache["x"], cache["mu"], cache["var"], cache["std"], cache["gamma"], cache["x_hat"]
    )  # fmt: skip
    m = dout.shape[0]
    dbeta = dout.sum(0)
    dgamma = (dout * x_hat).sum(0)
    dx_hat = dout * gamma
    dvar = np.sum(dx_hat * (x - mu) * -0.5 * std**-3, axis=0)
    dmu = np.sum(-dx_hat / std, axis=0) + dvar * np.mean(-2 * (x - mu), axis=0)
    dx = dx_hat / std + dvar * 2 * (x - mu) / m + dmu / m
    return dx, dgamma, dbeta


@right(
    ["x", "gamma", "beta"],
    output="out",
    backward=batchnorm_backward_alt,
    upstream=normal(4, 3),
    x=3 + 2 * normal(4, 3),
    gamma=normal(3),
    beta=normal(3),
)
def batchnorm_with_a_dict(x, gamma, beta):
    mu = np.mean(x, axis=0)
    var = np.var(x, axis=0)
    std = np.sqrt(var + 1e-5)
    x_hat = (x - mu) / std
    out = gamma * x_hat + beta
    cache = {"x": x, "mu": mu, "var": var, "std": std, "gamma": gamma, "x_hat": x_hat}
    return out, cache


def layernorm_backward(dout, cache):
    x_hat, gamma, sigma = cache
    N, D = dout.shape
    dgamma = np.sum(dout * x_hat, axis=0)
    dbeta = np.sum(dout, axis=0)
    dx = dout * gamma / sigma
    dx -= (np.sum(dx, axis=1) + np.sum(dx * x_hat, axis=1) * x_hat.T).T / D
    return dx, dgamma, dbeta


@right(
    ["x", "gamma", "beta"],
    output="out",
    backward=layernorm_backward,
    upstream=normal(3, 5),
    x=normal(3, 5),
    gamma=normal(5),
    beta=normal(5),
)
def layernorm_forward(x, gamma, beta, eps=1e-5):
    mu = x.mean(axis=1, keepdims=True)
    sigma = np.sqrt(((x - mu) ** 2).mean(axis=1, keepdims=True) + eps)
    x_hat = (x - mu) / sigma
    out = gamma * x_hat + beta
    cache = (x_hat, gamma, sigma)
    return out, cache


def dropout_backward(dout, cache):
    mask, p = cache
    dx = dout * mask / p
    return dx


@right(
    ["x"],
    output="out",
    backward=dropout_backward,
    upstream=normal(3, 4),
    x=normal(3, 4),
    mask=RNG.random((3, 4)) < 0.6,
)
def dropout_forward(x, mask, p=0.6):
    out = x * mask / p
    return out, (mask, p)


@right(["x"], output="loss", x=normal(4, 3), y=np.array([2, 0, 0, 1]))
def softmax_loss_in_one(x, y):
    shifted_logits = x - np.max(x, axis=1, keepdims=True)
    Z = np.sum(np.exp(shifted_logits), axis=1, keepdims=True)
    log_probs = shifted_logits - np.log(Z)
    probs = np.exp(log_probs)
    N = x.shape[0]
    loss = -np.sum(log_probs[np.arange(N), y]) / N
    dx = probs.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx


@right(["x"], output="loss", x=normal(4, 3), y=np.array([2, 0, 0, 1]))
def svm_loss_in_one(x, y):
    N = x.shape[0]
    correct_class_scores = x[np.arange(N), y]
    margins = np.maximum(0, x - correct_class_scores[:, np.newaxis] + 1.0)
    margins[np.arange(N), y] = 0
    loss = np.sum(margins) / N
    num_pos = np.sum(margins > 0, axis=1)
    dx = np.zeros_like(x)
    dx[margins > 0] = 1
    dx[np.arange(N), y] -= num_pos
    dx /= N
    return loss, dx


@right(["W"], output="loss", W=normal(4, 3), X=normal(5, 4), y=np.array([0, 2, 1, 1, 0]))
def svm_loss_naive(W, X, y, reg=0.1):
    dW = np.zeros(W.shape)
    num_classes = W.shape[1]
    num_train = X.shape[0]
    loss = 0.0
    for i in range(num_train):
        scores = X[i].dot(W)
        correct_class_score = scores[y[i]]
        for j in range(num_classes):
            if j == y[i]:
                continue
            margin = scores[j] - correct_class_score + 1
            if margin > 0:
                loss += margin
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    loss /= num_train
    dW /= num_train
    loss += reg * np.sum(W * W)
    dW += 2 * reg * W
    return loss, dW


def affine_relu_backward(dout, cache):
    fc_cache, relu_cache = cache
    da = relu_backward(dout, relu_cache)
    dx, dw, db = affine_backward(da, fc_cache)
    return dx, dw, db


@right(
    ["x", "w", "b"],
    output="out",
    backward=affine_relu_backward,
    upstream=normal(3, 5),
    x=normal(3, 4),
    w=normal(4, 5),
    b=normal(5),
)
def affine_relu_forward(x, w, b):
    a, fc_cache = affine_forward(x, w, b)
    out, relu_cache = relu_forward(a)
    cache = (fc_cache, relu_cache)
    return out, cache


@right(
    ["W1", "b1", "W2", "b2"],
    output="loss",
    X=normal(5, 4),
    y=np.array([0, 2, 1, 1, 0]),
    W1=normal(4, 6),
    b1=normal(6),
    W2=normal(6, 3),
    b2=normal(3),
)
def two_layer_net_loss(X, y, W1, b1, W2, b2, reg=0.05):
    N, D = X.shape
    hidden = np.maximum(X.dot(W1) + b1, 0)
    scores = hidden.dot(W2) + b2
    exp_scores = np.exp(scores - scores.max(axis=1).reshape(N, 1))
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    correct_logprobs = -np.log(probs[range(N), y])
    data_loss = np.sum(correct_logprobs) / N
    reg_loss = reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    loss = data_loss + reg_loss
    grads = {}
    dscores = probs
    dscores[range(N), y] -= 1
    dscores /= N
    grads["W2"] = np.dot(hidden.T, dscores)
    grads["b2"] = np.sum(dscores, axis=0)
    dhidden = np.dot(dscores, W2.T)
    dhidden[hidden <= 0] = 0
    grads["W1"] = np.dot(X.T, dhidden)
    grads["b1"] = np.sum(dhidden, axis=0)
    grads["W2"] += 2 * reg * W2
    grads["W1"] += 2 * reg * W1
    return loss, grads
