"""Code in which arrays change in place: stores, `+=`, `out=`, views, second names, helper functions."""

IN_PLACE = [
    """
    out = np.zeros((4, 2))
    for i in range(4):
        for j in range(2):
            for k in range(3):
                out[i, j] += X[i, k] * W[k, j]
    f = out ** 2
    """,
    """
    out = np.zeros(4)
    for i in range(len(X)):
        out[i] = np.dot(X[i], v)
    f = out ** 2
    """,
    """
    out = np.empty((4, 2))
    for i, row in enumerate(X):
        out[i] = row @ W
    f = out * out
    """,
    """
    out = np.zeros_like(X)
    out[:, 1] = w
    out[0] += v
    out[1:] *= 2
    out[2, 2] = a
    out[::2] -= u
    f = out * X
    """,
    """
    h = X.copy()
    h[[0, 0, 1]] = np.stack([v, u, v])
    h[[2, 2]] += v
    f = h ** 2
    """,
    """
    h = X * 1
    h[h < 0] = 0
    f = h ** 2
    """,
    """
    h = X @ W
    h[h < 0] *= 0.1
    h[h > 1] = a
    f = h * G
    """,
    """
    h = X @ W
    g = h
    g[g < 0] = 0
    f = h * G + g
    """,
    """
    h = X @ W
    g = h
    h += 1
    f = g * h
    """,
    """
    a1 = b1 = np.zeros(3)
    a1 += v
    b1[0] = a
    f = a1 * b1
    """,
    """
    h = X * 2
    t = h.T
    t[0] = w
    f = h * X + t.T
    """,
    """
    h = X * 2
    row = h[0]
    row += 1
    row[1] = a
    f = h * row
    """,
    """
    h = X * 2
    for row in h:
        row *= row
    f = h
    """,
    """
    h = X * 2
    row = h[1]
    h[1, 1] = a
    h *= 3
    f = row * h
    """,
    """
    h = X * 2
    r = h.reshape(-1)
    r[3] = a
    s = h.ravel()
    s += 1
    f = h * X + r.reshape(4, 3) * s.reshape(4, 3)
    """,
    """
    h = (X * 2).T
    r = h.reshape(-1)
    r[3] = a
    s = h[:, 1:].reshape(-1)
    s += 1
    f = h.T * X
    """,
    """
    def clear(q):
        q[q < 0] = 0
    h = X * 1
    clear(h)
    f = h ** 2
    """,
    """
    def scaled(q):
        q *= 2
        return q
    h = X * 1
    g = scaled(h)
    f = h * g
    """,
    """
    hs = [X * 1, X * 2]
    hs[0] += 1
    hs[1][0] = v
    d1 = {"h": hs[0]}
    d1["h"] *= 2
    f = hs[0] * hs[1] + d1["h"]
    """,
    """
    t = (X * 1, w * 1)
    q, r = t
    q[0] = 0.5
    r += 1
    f = t[0] * t[1][:, None]
    """,
    """
    x = v.copy()
    x += 1
    f = x * v
    """,
    """
    v = v.copy()
    v[0] = 3 * v[1]
    f = v ** 2
    """,
    """
    h = np.exp(X)
    np.add(h, v, out=h)
    np.multiply(h, h, out=h)
    f = h
    """,
    """
    h = np.zeros((4, 3))
    np.exp(X, out=h)
    np.maximum(h, 1, out=h[:])
    f = h * X
    """,
    """
    s = 0
    for row in X:
        s += row
    f = s * s
    """,
    """
    s = sum([v])
    s += 1
    f = s * v
    """,
    """
    h = X * 1
    p, q = np.split(h, 2)
    p += 1
    np.flip(q)[0] = u
    f = h * X
    """,
    """
    h = A * 1
    d = np.diagonal(h)
    h[0, 0] = a
    f = d * v
    """,
    """
    h = X * 1
    t = np.broadcast_to(h[0], (4, 3))
    h[0, 0] = a
    f = t * X
    """,
    """
    m = np.zeros(4, dtype=bool)
    f = 0
    for i in range(3):
        m[i] = True
        f = f + (m * w).sum() * X[i, 0]
    """,
    """
    idx = np.array([0, 1])
    f = 0
    for i in range(2):
        f = f + (X[idx] * v).sum() * w[i]
        idx += 1
    """,
    """
    s = np.where(X > 0, X, -np.inf)
    s[0, 0] = 1.0
    s[1, 0] = 1.0
    s[2, 0] = 1.0
    s[3, 0] = 1.0
    p = softmax(s)
    f = (p * v).sum()
    """,
    """
    H = np.zeros((5, 3))
    for t in range(4):
        H[t + 1] = np.tanh(X[t] @ A + H[t])
    f = H[1:] ** 2
    """,
    """
    h = X * 1
    h[1:] = h[:-1]
    f = h ** 2
    """,
    """
    h = X * 1
    h[1:] += h[:-1]
    f = h ** 2
    """,
    """
    h = X * 1
    h[0], h[1] = h[1], h[0]
    f = h * X
    """,
    """
    h = X * 1
    h[0], h[1] = h[1].copy(), h[0].copy()
    f = h * X
    """,
    """
    h = A * 1
    h += h.T
    f = h * A
    """,
    """
    h = A * 1
    t = h.T
    h[0] = 1
    h += t
    f = h * A
    """,
    """
    g = +v
    g += 1
    f = v * g
    """,
    """
    h = v * 1
    g = np.asarray(h)
    g += 1
    k = np.array(h)
    k += 1
    f = h * g * k
    """,
    """
    h = X * 1
    g = h.astype(float)
    g += 1
    k = h.astype(float, copy=False)
    k *= 2
    f = h * g * k
    """,
    """
    import copy
    h = X * 1
    g = copy.deepcopy(h)
    k = copy.copy(h)
    g += 1
    k[0] = 0
    f = h * g * k
    """,
    """
    h = X * 1
    h.fill(2.0)
    h[0].fill(0.5)
    f = h * X
    """,
    """
    mask = X > 0
    m2 = mask
    mask &= X < 1
    f = m2 * X
    """,
    """
    h = X * 1
    h[X > 0] = X[X > 0] * 2
    f = h * X
    """,
    """
    h = X * 1
    h[(X > 0) & (X < 1)] = 0
    h[X > v] = 1.5
    h[w > 0] = v
    h[:, v > 0] = K
    f = h * X
    """,
    """
    h = X * 1
    h[0, ...] = a
    h[..., 1] += w
    h[None][0, 1] = u
    f = h * X
    """,
    """
    h = X * 1
    r = h[0, ...]
    t = h[0:1]
    t[:] = a
    f = r * h
    """,
]
