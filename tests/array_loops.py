"""Code that changes arrays in loops, in helper functions, in lists and dicts, and beside their copies."""

IN_LOOPS = [
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
    h = X * 2
    for row in h:
        row *= row
    f = h
    """,
    """
    s = 0
    for row in X:
        s += row
    f = s * s
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
    H = np.zeros((5, 3))
    for t in range(4):
        H[t + 1] = np.tanh(X[t] @ A + H[t])
    f = H[1:] ** 2
    """,
    """
    lst = [0.0] * 3
    for i in range(3):
        lst[i] = v[i] * u[i]
    f = np.array(lst) ** 2
    """,
    """
    h = X * 1
    for i, row in enumerate(h):
        h[i] = row * 2
    f = h
    """,
    """
    h = X * 1
    hs = [h, h.T]
    for t in hs:
        t += 1
    f = h
    """,
    """
    hist = []
    h = v * 1
    for i in range(3):
        h += u
        hist.append(h)
    f = sum(hist)
    """,
    """
    hist = []
    h = v * 1
    for i in range(3):
        h += u
        hist.append(h.copy())
    f = sum(hist)
    """,
    """
    h = np.zeros((3, 3))
    for i in range(3):
        for j in range(i + 1):
            h[i, j] = v[i] * u[j]
            h[j, i] = h[i, j]
    f = h @ v
    """,
    """
    x = v * 1
    for _ in range(3):
        x[:] = np.tanh(A @ x + u)
    f = x
    """,
    """
    k = 0
    f = v * 0
    while f.sum() < 5:
        f = f + v ** 2
        k += 1
    """,
    """
    xpad = np.pad(X, ((1, 1), (1, 1)))
    out = np.zeros((4, 3))
    for i in range(4):
        for j in range(3):
            out[i, j] = np.sum(xpad[i:i + 3, j:j + 3] * A)
    f = out ** 2
    """,
]

IN_HELPERS_AND_COPIES = [
    """
    h = X.copy()
    h[[0, 0, 1]] = np.stack([v, u, v])
    h[[2, 2]] += v
    f = h ** 2
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
    h = X * 1
    h[0], h[1] = h[1].copy(), h[0].copy()
    f = h * X
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
    def outer_fn(t):
        def inner_fn(q):
            q += 1
            q[0] = a
            return q * t
        k = t * 1
        return inner_fn(k) + k
    f = outer_fn(v)
    """,
    """
    params = {"W": W * 1, "b": b * 1}
    params["W"][0] += 1
    params["b"] *= 2
    f = X @ params["W"] + params["b"]
    """,
    """
    def f1(t):
        t[0] = a
        return t.T
    h = X * 1
    g = f1(h)
    g[1] *= 2
    f = h * X
    """,
    """
    p = X.copy()
    p -= p.max(axis=1, keepdims=True)
    np.exp(p, out=p)
    p /= p.sum(axis=1, keepdims=True)
    f = -np.log(p[np.arange(len(y)), y]).mean()
    """,
    """
    h = np.full((2, 3), v)
    h[0] = 1
    f = h * u
    """,
    """
    h = np.full_like(X, v)
    h[0] = a
    f = h * u
    """,
    """
    g = 0 + v
    g += 1
    k = v + 0
    k *= 2
    f = g * v * k
    """,
]
