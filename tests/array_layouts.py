"""Code in which it is the layout in memory that says whether `reshape` and `ravel` make a view or a copy."""

LAYOUTS = [
    """
    h = np.flip(v * 1)
    r = h.ravel()
    r += 1
    s = h.reshape(-1)
    s *= 2
    f = h * r
    """,
    """
    h = X * 1
    t = h[::2, :1]
    r = t.ravel()
    r += 1
    s = t.reshape(-1)
    s *= 2
    f = h * X + r.sum() + s.sum()
    """,
    """
    h = (X * 1).T
    r = h.ravel()
    r[0] = a
    q = h.T.ravel()
    q[1] = a
    k = h.copy().reshape(-1)
    k[2] = a
    f = (h * X.T).sum() + (r * r).sum() + (q ** 3).sum() + (k ** 2).sum()
    """,
    """
    h = np.copy((X * 1).T)
    r = h.reshape(-1)
    r[0] = a
    f = h * X.T + r.reshape(3, 4)
    """,
    """
    h = np.array((X * 1).T)
    r = h.reshape(-1)
    r[0] = a
    f = h * X.T + r.reshape(3, 4)
    """,
    """
    h = np.exp((X * 1).T)
    r = h.reshape(-1)
    r[0] = a
    f = h * X.T + r.reshape(3, 4)
    """,
    """
    h = (X @ W).T @ G
    r = h.ravel()
    r[0] = a
    f = h + r.reshape(2, 2)
    """,
    """
    h = np.concatenate([X, X]).T
    r = h.reshape(-1)
    r[0] = a
    f = h * 2 + r.reshape(3, 8)
    """,
    """
    h = np.where(X > 0, X, 0).T.copy()
    r = h.reshape(-1)
    r[0] = a
    f = h * 2 + r.reshape(3, 4)
    """,
    """
    h = X.T.astype(float)
    r = h.reshape(-1)
    r[0] = a
    f = h * 2 + r.reshape(3, 4)
    """,
    """
    h = X.T.sum(axis=1, keepdims=True) * 1 + X.T
    r = h.reshape(-1)
    r[0] = a
    f = h * 2 + r.reshape(3, 4)
    """,
    """
    h = X.T[:, [1, 0, 2, 3]]
    r = h.reshape(-1)
    r[0] = a
    f = h * 2 + r.reshape(3, 4)
    """,
    """
    h = softmax(X.T)
    r = h.reshape(-1)
    r[0] = a
    f = h * 2 + r.reshape(3, 4)
    """,
    """
    h = np.cumsum(X.T, axis=0)
    r = h.reshape(-1)
    r[0] = a
    f = h * 2 + r.reshape(3, 4)
    """,
    """
    h = np.zeros_like(X.T) + 0
    h[:] = X.T
    r = h.reshape(-1)
    r[0] = a
    f = h * 2 + r.reshape(3, 4)
    """,
    """
    h = np.zeros_like(X.T)
    h[:] = X.T
    r = h.reshape(-1)
    r[0] = a
    f = h * 2 + r.reshape(3, 4)
    """,
    """
    h = np.stack([X, X], axis=-1)
    r = h.reshape(-1)
    r[0] = a
    f = h * 2 + r.reshape(h.shape)
    """,
    """
    h = sigmoid(X.T)
    h[0, 0] = a
    r = h.reshape(-1)
    r[1] = a
    f = h * 2 + r.reshape(3, 4)
    """,
    """
    h = np.einsum("ij,jk->ki", X, W)
    r = h.reshape(-1)
    r[1] = a
    f = h * 2 + r.reshape(2, 4)
    """,
    """
    h = np.square(X.T)
    r = h.reshape(-1)
    r[1] = a
    f = h * 2 + r.reshape(3, 4)
    """,
    """
    h = np.flip(X * 1, 0)
    h[0] = 1
    r = h.reshape(-1)
    r[1] = a
    f = h * 2 + r.reshape(4, 3)
    """,
]
