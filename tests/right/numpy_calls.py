"""Right backward passes of what NumPy has a function for: cumulative sums, determinants, padding and the like."""

import math

import numpy as np

from tests.right import Case, collector

CASES: list[Case] = []
RNG = np.random.default_rng(31)
right = collector(CASES)


def normal(*shape):
    return RNG.normal(size=shape)


@right(["x"], x=normal(6))
def squares_of_running_sums(x):
    s = np.cumsum(x)
    f = np.sum(s**2)
    ds = 2 * s
    dx = np.cumsum(ds[::-1])[::-1]
    return f, dx


@right(["x"], x=normal(7))
def differences_of_neighbours(x):
    d = np.diff(x)
    f = np.sum(d**2)
    dd = 2 * d
    dx = np.zeros_like(x)
    dx[1:] += dd
    dx[:-1] -= dd
    return f, dx


@right(["A"], A=normal(3, 3))
def logarithm_of_a_determinant(A):
    f = np.linalg.slogdet(A)[1]
    dA = np.linalg.inv(A).T
    return f, dA


@right(["A", "b"], A=normal(3, 3) + 3 * np.eye(3), b=normal(3))
def linear_system(A, b):
    y = np.linalg.solve(A, b)
    f = np.sum(y**2)
    dy = 2 * y
    db = np.linalg.solve(A.T, dy)
    dA = -np.outer(db, y)
    return f, dA, db


@right(["A"], A=normal(3, 3))
def largest_eigenvalue(A):
    w, V = np.linalg.eigh(A + A.T)
    f = w[-1]
    dA = 2 * np.outer(V[:, -1], V[:, -1])
    return f, dA


@right(["x", "w"], x=normal(7), w=normal(3), g=normal(5))
def convolution_by_numpy(x, w, g):
    y = np.convolve(x, w, mode="valid")
    f = y @ g
    dx = np.convolve(g, w[::-1])
    dw = np.convolve(x[::-1], g, mode="valid")
    return f, dx, dw


@right(["x", "y"], x=3.0, y=4.0)
def size_of_a_complex_number(x, y):
    z = complex(x, y)
    f = abs(z)
    dx = x / f
    dy = y / f
    return f, dx, dy


@right(["x"], x=0.5)
def error_function(x):
    f = math.erf(x)
    dx = 2 / math.sqrt(math.pi) * math.exp(-x * x)
    return f, dx


@right(["x"], x=normal(4), w=normal(4), g=normal(4))
def circular_convolution_by_fourier(x, w, g):
    y = np.real(np.fft.ifft(np.fft.fft(x) * np.fft.fft(w)))
    f = y @ g
    dx = np.array([sum(g[(i + j) % 4] * w[j] for j in range(4)) for i in range(4)])
    return f, dx


@right(["x"], x=normal(6))
def gelu_by_its_parts(x):
    u = np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)
    t = np.tanh(u)
    f = np.sum(0.5 * x * (1 + t))
    dt = 0.5 * x
    du = dt * (1 - t**2)
    dx = 0.5 * (1 + t) + du * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * x**2)
    return f, dx


@right(["Q", "K", "V"], Q=normal(3, 4), K=normal(3, 4), V=normal(3, 4), G=normal(3, 4))
def attention_that_looks_back(Q, K, V, G):
    past = np.tril(np.ones((3, 3)))
    S = Q @ K.T / 2
    M = np.where(past > 0, S, -1e9)
    E = np.exp(M - M.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    f = np.sum(P @ V * G)
    dP = G @ V.T
    dV = P.T @ G
    dM = P * (dP - (dP * P).sum(axis=1, keepdims=True))
    dS = dM * past
    dQ = dS @ K / 2
    dK = dS.T @ Q / 2
    return f, dQ, dK, dV


@right(["x"], x=30.0)
def saturated_tanh_in_one_line(x):
    f = math.tanh(x)
    dx = 1 - math.tanh(x) ** 2
    return f, dx


@right(x=25.0)
def square_of_softplus(x):
    s = math.log1p(math.exp(-x))
    f = s**2
    ds = 2 * s
    dx = -ds * math.exp(-x) / (1 + math.exp(-x))
    return f, dx
