"""Code in which arrays change in place: stores, `+=`, `out=`, views, second names, helper functions."""

IN_PLACE = [
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
    s = np.where(X > 0, X, -np.inf)
    s[0, 0] = 1.0
    s[1, 0] = 1.0
    s[2, 0] = 1.0
    s[3, 0] = 1.0
    p = softmax(s)
    f = (p * v).sum()
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
    """
    h = np.zeros(3)
    h[:] = [a, c, 1.0]
    f = h * v
    """,
    """
    h = X * 1
    h[[0, 1]] = h[[1, 0]]
    h[h > 0] += v[0]
    h[h > 0.5][0] = 5
    h[0][1] = a
    h.T[0, 1] += a
    f = h * X
    """,
    """
    h = X * 1
    h[:, 0], h[:, 1] = h[:, 1], h[:, 0]
    f = h * X
    """,
    """
    h = np.einsum("ij->ji", X * 1)
    h[0] = 1
    f = h * 2
    """,
    """
    q = X * 1
    h = np.einsum("ij->ji", q)
    h[0] = 1
    f = q * 2
    """,
    """
    h = np.clip(X.T, -1, 1)
    h *= 2
    f = h.reshape(4, 3)
    """,
    """
    h = X * 1
    t = h[::-1]
    h[0] = v
    t[0] = u
    h[1] += t[1]
    f = h * t
    """,
    """
    h = X * 1
    t = h[1:]
    s = t[:, 1]
    h *= 2
    s += 1
    t[0] = a
    h[1] -= v
    f = h * 3 + s.sum() + (t * t).sum()
    """,
    """
    h = X * 1
    t = h
    u2 = t
    u2 += 1
    t[0] = 0
    f = h * t * u2
    """,
    """
    h = B * 1
    h[0] = h[1]
    h[..., 0] *= 2
    h[:, 1, :] = b
    h[1, [0, 2]] += b
    f = h * B
    """,
    """
    h = X * 1
    i = np.argmax(h, axis=1)
    h[np.arange(4), i] = 0
    f = h * X
    """,
    """
    mask = np.zeros((4, 3))
    mask[np.arange(4), y] = 1
    f = (softmax(X) * mask).sum(axis=1)
    """,
    """
    s = X @ A
    m = s - s[np.arange(4), y][:, None] + 1
    m[np.arange(4), y] = 0
    m = np.maximum(0, m)
    f = m.sum() / 4
    """,
    """
    h = v * 1
    g = h.view() if False else h[...]
    g[0] = 5
    f = h
    """,
    """
    h = v * 1
    k = h.squeeze()
    k[0] = 5
    j = np.atleast_1d(h)
    j[1] = 4
    f = h * v
    """,
    """
    h = R * 1
    k = h.squeeze()
    k[0] = 5
    m = np.expand_dims(k, 1)
    m[1] = 3
    f = h * R
    """,
    """
    h = A * 1
    d = np.diagonal(h)
    e = d * 1
    h += 1
    f = d * v + e
    """,
    """
    h = X * 1
    g = np.swapaxes(h, 0, 1)
    g[0] = 1
    k = np.moveaxis(h, 0, 1)
    k[1] = 2
    j = np.transpose(h)
    j[2] += 1
    f = h * X
    """,
    """
    h = B * 1
    g = np.transpose(h, (2, 0, 1))
    g[0] = 1
    h[1] *= 2
    f = g * 2 + np.transpose(h, (2, 0, 1))
    """,
]
