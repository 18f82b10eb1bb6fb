"""Code on arrays that a circuit follows: functions, methods, operators, and changes in place are in `array_changes.py`."""

EXPRESSIONS = [
    "f = X @ W",
    "f = X.dot(W)",
    "f = np.dot(X, W)",
    "f = np.matmul(X, W)",
    "f = X @ v",
    "f = np.dot(X, v) * w",
    "f = w @ X",
    "f = v @ u",
    "f = np.dot(v, u)",
    "f = v.dot(u)",
    "f = np.inner(u, v) * v + np.inner(X, v)[:3] + np.inner(X, A)[0] + np.vdot(X, X) + np.inner(a, v)",
    "f = np.dot(v, B)",
    "f = np.dot(X, B) ** 2",
    "f = np.dot(B, C[0]) ** 2",
    "f = B @ C",
    "f = B @ b",
    "f = v @ B",
    "f = A @ B",
    "f = np.array([[1.0, 2.0, 3.0]]) @ W",
    "f = np.arange(6.0).reshape(2, 3) @ W",
    "f = np.arange(6).reshape(2, 3) @ W",
    "f = np.arange(6).reshape(2, 3).dot(W)",
    "f = (X * v + w.reshape(-1, 1)) * K * R",
    "f = np.sum(X, axis=0) * v",
    "f = X.sum(axis=1, keepdims=True) * X",
    "f = X.sum(1) * w + X.mean() + np.mean(X, axis=(0, 1))",
    "f = X.max(axis=0) * v - np.min(X, axis=1, keepdims=True).sum() + np.amax(X) * np.amin(X)",
    "f = np.prod(X, axis=1) * w + P.prod()",
    "f = X.var(axis=0) * np.std(X, axis=0) + np.var(X) + X.std(ddof=1)",
    'f = np.linalg.norm(X) + np.linalg.norm(X, axis=1).sum() + np.linalg.norm(v, 2) + np.linalg.norm(X, "fro")',
    "f = np.cumsum(v) * u + v.cumsum() + np.cumsum(X, axis=0)[:, 0].sum() + X.cumsum(axis=1)[0]",
    "f = logsumexp(X, axis=1) * w + logsumexp(X)",
    "f = softmax(X) * X + softmax(X, axis=0)",
    "f = X.T * W[:, :1] + np.transpose(X) + np.swapaxes(X, 0, 1) + X.swapaxes(-1, 0) + X.transpose() + X.transpose(1, 0) + X.transpose((1, 0)) + np.moveaxis(X, 0, -1)",
    "f = np.transpose(B, (2, 0, 1)) * np.arange(3) + np.moveaxis(B, -1, 0) + B.transpose(2, 0, 1) ** 2",
    "f = X.reshape(3, 4) * w + X.reshape((3, -1)) ** 2 + np.reshape(X, (3, 4)) ** 3",
    "f = X.ravel() ** 2 + np.ravel(X) + X.flatten() ** 3 + X.reshape(-1)",
    "f = np.squeeze(R) * v + R.squeeze() + np.squeeze(R, axis=0) ** 2 + np.expand_dims(v, 0) ** 2 + v[None] * v[:, np.newaxis]",
    "f = np.broadcast_to(v, (4, 3)) * X + np.broadcast_to(K, X.shape) ** 2",
    "f = X[0] * X[-1] + X[1:3].sum(0) + X[::-1][0] * X[:, ::2].sum() + X[..., 0].sum() + X[2, 1]",
    "f = X[np.array([0, 0, 2])] * v + X[[1, 1, 3]] ** 2 + X[np.arange(4), y].sum()",
    "f = X[X > 0].sum() + (X[X < 0] ** 2).sum() + X[w > 0].sum()",
    "f = np.where(X > 0, X, 0.1 * X) + np.where(X > v, v, X) + np.where(w[:, None] > 0, 1.0, X)",
    "f = np.maximum(X, 0) * np.minimum(X, v) + np.clip(X, -0.5, 0.5) ** 2 + X.clip(0) + X.clip(max=0.2) + np.clip(X, a_min=-1, a_max=None)",
    "f = np.concatenate([X, X ** 2]) * np.concatenate((X, R, R, R, R))",
    "f = np.concatenate([X, K], axis=1) ** 2 + np.hstack([K, X])",
    "f = np.vstack([X, v, R]) ** 2 + np.concatenate((v, u, w), axis=None)[:3]",
    "f = np.stack([u, v]) ** 2 + np.stack([u, v], axis=1).T + np.array([u, v]) ** 3 + np.column_stack([u, v]).T * v",
    "f = np.hstack([u, v, a]) ** 2",
    "f = np.array([a, c, a * c]) * v",
    "f = np.array([[a, 1.0], [c, a]]) @ b",
    "f = np.exp(X) + np.tanh(X) ** 2 + np.log(P) + np.sqrt(P) + np.sin(X) * np.cos(X) + np.abs(X) + abs(X) + np.square(X) + 1 / P + np.reciprocal(P) + np.log1p(P) + np.expm1(X) + sigmoid(X) + relu(X) + P ** X + 2 ** X + X ** 2 + X ** 3 - np.negative(X) + np.power(P, 1.5) + np.arctan(X) + np.logaddexp(X, v) + np.hypot(X, v)",
    "f = np.outer(v, b) * W + np.outer(v, b) ** 2 + np.outer(X, b).sum()",
    'f = np.einsum("ij,jk->ik", X, W) * G + np.einsum("ij,ij->", X, X) + np.einsum("ij,jk", X, W) + np.einsum("ij->j", X)[:2] + np.einsum("bij,bjk->bik", B, C)[0, 0, :2].sum() + np.einsum("i,j->ij", w, b)',
    'f = np.einsum("ij->ji", X) ** 2',
    "f = np.sum([a, c, 2.0 * a]) + np.mean([a * a, c]) + np.max([a, c]) + np.exp([a, c]).sum() + np.dot([a, c], [c, c])",
    "f = np.sum([u, v], axis=0) ** 2 + np.concatenate([[a], [c, a]]) + np.stack([u, v])[0]",
    "f = sum([v]) * 2",
    "f = max(v) + min(u) + max(v[0], u[0]) + len(X) * v",
    "f = sum(p * q for p, q in zip(u, v))",
    "f = sum(i * r.sum() for i, r in enumerate(X))",
    "f = np.array([r @ v for r in X]) ** 2",
    "f = [r * r for r in X][1]",
    "f = v.sum() if 0 < v[0] < 5 else (v ** 2).sum()",
    "f = X * (X > 0) + (1 - (X > 0)) * v + (X > 0) * (X < 1) * X + ((X > 0) & (X < 1)) * X + ((X < 0) | (X > 1)) * X + ~(X > 0) * X + (X > 0).astype(float) * v",
    "f = (X > 0).sum() * v + np.mean(X > 0) * u",
    "f = X[np.argmax(X, axis=0), np.arange(3)] * v + X.argmax() * u + X[np.argsort(X[:, 0])] [0]",
    "f = Z / 2 * b + Z * b + Z @ b + P[0, :2] ** Z - Z",
    "f = np.zeros(n) + v + np.arange(n) * v + np.ones((n, n)) @ v + np.eye(n) @ v + np.full(n, a) * v + np.full((n,), 2.0) + np.linspace(0, 1, n) * v + np.full_like(v, a) * np.ones_like(v)",
    'f = np.pad(X, 1) [1:-1, 1:-1] * X + np.pad(X, ((0, 0), (1, 1)), mode="edge")[:, 1:-1] ** 2 + np.flip(X, 0) * X + np.roll(X, 1, axis=1) * X + np.tril(X) ** 2 + np.triu(X)',
    "f = np.repeat(v, 2).sum() * np.tile(v, (2, 1)) + np.diagonal(A) ** 2 + np.trace(A) + np.diff(v).sum() + np.take(X, [1, 1], axis=0).sum() + v.repeat(2)[:3]",
    "f = X.item() if X.size == 1 else X[0, 0].sum() if False else X * 2",
    "f = v if isinstance(X, np.ndarray) else u",
    "f = (X == X.max()) * v + (X != 0) * X",
    "f = v[1:] * v[:-1] + v[-2:] - v[-3:-1]",
    "f = np.allclose(X, X) * v + np.array_equal(X, X) * u",
    "f = np.array([[p * q for q in u] for p in v]) ** 2",
    "f = sum(X[i, int(y[i])] ** 2 for i in range(len(y)))",
    "f = -np.log(softmax(X)[range(4), y]).sum() + X[range(2)].sum()",
    "f = ((X[:, None, :] - A[None]) ** 2).sum(axis=-1)",
    "f = np.float64(2.0) * X + np.pi * X + X * np.float32(0.5) + np.int64(2) * X",
    "f = X.T.reshape(-1)[2:5] * v + X.T.ravel()[:3] + X[::2, ::-1].reshape(-1)[:3] + X.T.flatten()[1:4]",
    "f = np.mean((X > 0) * X, axis=0) + np.where(np.isnan(X), 0, X).sum(axis=0) + np.abs(X).max(axis=0)",
    "f = (X.T @ X).trace() + np.trace(A @ A) + A.diagonal().sum()",
    "f = np.sum([r.sum() for r in X]) + np.sum(list(v)) + np.dot(list(v), u) + np.mean(tuple(u)) + sum(v.sum() for _ in range(2))",
]

SEVERAL_LINES = [
    """
    K0 = np.arange(12).reshape(4, 3) / 7.0
    f = K0.dot(W) + X @ np.ones((3, 2))
    """,
    """
    mask = np.array([True, False, True, True])
    f = X[mask] ** 2
    """,
    """
    s = sum(X)
    f = s * s
    """,
    """
    p, q, r, s = X
    f = p * q + r * s
    """,
    """
    if (X > 0).any() and not (X > 100).all():
        f = X.sum()
    else:
        f = X * 0
    """,
    """
    p, q = np.split(X, 2)
    f = p * q
    """,
    """
    b0 = X[:, 0]
    f = b0 ** 2 + np.append(u, a)[1:].sum() + np.atleast_2d(v) @ u + np.atleast_1d(a) * w
    """,
    """
    t = np.arange(3) / 4
    s = v * t
    t = t + 1
    f = s * t
    """,
    """
    s = X - X.max(axis=1, keepdims=True)
    p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
    f = -np.log(p[np.arange(4), y]).mean()
    """,
    """
    mu = X.mean(axis=0)
    xc = X - mu
    var = np.mean(xc ** 2, axis=0)
    std = np.sqrt(var + 1e-5)
    xhat = xc / std
    f = v * xhat + u
    """,
    """
    assert X.shape == (4, 3)
    assert np.allclose(X.sum(), np.sum(X))
    f = X * X.shape[0] / X.size
    """,
    """
    loss = 0.0
    for i in range(4):
        scores = X[i] @ A
        for j in range(3):
            if j == y[i]:
                continue
            margin = scores[j] - scores[y[i]] + 1
            if margin > 0:
                loss += margin
    loss /= 4
    loss += 0.5 * np.sum(A * A)
    f = loss
    """,
    """
    g = lambda t: np.exp(t) * 2 + t.sum()
    f = g(X)
    """,
    """
    import functools
    f = functools.reduce(np.dot, [A, A, v])
    """,
    """
    import functools
    f = functools.partial(np.sum, axis=0)(X) * v
    """,
    """
    import operator
    f = operator.matmul(X, W) * operator.mul(G, G)
    """,
    """
    def fact(t, k):
        if k == 0:
            return t
        return fact(t * t, k - 1) + t
    f = fact(v, 3)
    """,
    """
    D = np.sum(X * X, axis=1)[:, None] + np.sum(A * A, axis=1) - 2 * X @ A.T
    f = np.sqrt(D + 1.0)
    """,
    """
    f = X @ W if X.ndim == 2 else X
    f = f.reshape(f.shape[0], -1).sum(axis=1) / float(X.shape[1]) * np.prod(X.shape) * len(X)
    """,
    """
    total = np.sum(X)
    g = total.copy() * X.mean().reshape(1) + total[None] + total.sum() + total.T
    f = g * total.ndim + total * total.size
    """,
    """
    s = np.zeros(())
    s = s + X.sum()
    f = s * v
    """,
    """
    x0 = np.array(a)
    f = x0 * v
    """,
    """
    x = v
    for _ in range(3):
        x = np.tanh(A @ x + u)
    f = x
    """,
    """
    onehot = np.eye(3)[y]
    f = -(onehot * np.log(softmax(X))).sum() / len(y)
    """,
    """
    x1 = X[:, 0]
    x2 = X[:, 1]
    f = x1 * x2 + np.dot(x1, x2)
    """,
    """
    h = X * 1
    del h
    h = X * 2
    f = h
    """,
]
