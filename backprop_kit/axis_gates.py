"""The gates that take something over the axes of an array: sums, means, extremes, spreads, softmax.

Each is written for `keepdims=True`, where the gradient on the output fits the input by repetition.

The notes: "Gradients for vectorized operations".
"""

import functools

import numpy as np

from backprop_kit.declaring import gate

GRID = np.array([[0.5, -1.25, 2.0], [1.5, 0.75, -0.5]])


def over_axes(rule):
    """Let a rule be written for `keepdims=True`, where the gradient fits the input by repetition."""

    @functools.wraps(rule)
    def reduced(x, *, axis=None, keepdims=False, **more):
        f, backward = rule(x, axis=axis, **more)
        shape = np.shape(f)
        value = f if keepdims else np.squeeze(f, axis)
        return value, lambda df: backward(np.reshape(df, shape))

    return reduced


@gate("sum", example=(GRID,), elementwise=False)
@over_axes
def sum(x, *, axis=None, keepdims=False):
    """Hands the gradient on, unchanged, to every element that was added."""

    def backward(df):
        dx = df
        return (dx,)

    return np.sum(x, axis=axis, keepdims=True), backward


@gate("mean", example=(GRID,), elementwise=False)
@over_axes
def mean(x, *, axis=None, keepdims=False):
    """Hands each element the gradient divided by how many were averaged."""
    f = np.mean(x, axis=axis, keepdims=True)
    n = np.size(x) / max(np.size(f), 1)

    def backward(df):
        dx = df / n
        return (dx,)

    return f, backward


@gate("max", example=(GRID,), elementwise=False)
@over_axes
def amax(x, *, axis=None, keepdims=False):
    """Routes the gradient to the largest element; those that tie share it."""
    f = np.max(x, axis=axis, keepdims=True)
    won = x == f

    def backward(df):
        dx = won / np.sum(won, axis=axis, keepdims=True) * df
        return (dx,)

    return f, backward


@gate("min", example=(GRID,), elementwise=False)
@over_axes
def amin(x, *, axis=None, keepdims=False):
    """Routes the gradient to the smallest element; those that tie share it."""
    f = np.min(x, axis=axis, keepdims=True)
    won = x == f

    def backward(df):
        dx = won / np.sum(won, axis=axis, keepdims=True) * df
        return (dx,)

    return f, backward


@gate("prod", example=(GRID,), elementwise=False)
@over_axes
def prod(x, *, axis=None, keepdims=False):
    """Scales the gradient, for each element, by the product of all the others."""

    def backward(df):
        dx = _product_of_others(x, axis) * df
        return (dx,)

    return np.prod(x, axis=axis, keepdims=True), backward


def _product_of_others(x, axis):
    """What multiplies each element in a product, also where some are zero."""
    x = np.asarray(x)
    axes = tuple(range(x.ndim)) if axis is None else np.atleast_1d(axis) % max(x.ndim, 1)
    lined = np.moveaxis(x, axes, range(-len(axes), 0))
    lines = lined.reshape(*lined.shape[: x.ndim - len(axes)], -1)
    ones = np.ones((*lines.shape[:-1], 1))
    before = np.cumprod(np.concatenate([ones, lines[..., :-1]], -1), -1)[..., : lines.shape[-1]]
    after = np.cumprod(np.concatenate([ones, lines[..., :0:-1]], -1), -1)[..., : lines.shape[-1]]
    others = (before * after[..., ::-1]).reshape(lined.shape)
    return np.moveaxis(others, range(-len(axes), 0), axes)


@gate("var", example=(GRID,), elementwise=False)
@over_axes
def var(x, *, axis=None, keepdims=False, ddof=0):
    """Scales the gradient by twice the distance from the mean, divided by how many were averaged."""
    f = np.var(x, axis=axis, ddof=ddof, keepdims=True)
    n = np.size(x) / max(np.size(f), 1) - ddof
    centred = x - np.mean(x, axis=axis, keepdims=True)

    def backward(df):
        dx = 2 * centred / n * df
        return (dx,)

    return f, backward


@gate("std", example=(GRID,), elementwise=False)
@over_axes
def std(x, *, axis=None, keepdims=False, ddof=0):
    """Scales the gradient by the distance from the mean, divided by the output and by how many were averaged."""
    f = np.std(x, axis=axis, ddof=ddof, keepdims=True)
    n = np.size(x) / max(np.size(f), 1) - ddof
    centred = x - np.mean(x, axis=axis, keepdims=True)

    def backward(df):
        dx = centred / (n * f) * df
        return (dx,)

    return f, backward


@gate("norm", example=(GRID,), elementwise=False)
@over_axes
def norm(x, *, axis=None, keepdims=False):
    """Scales the gradient by each element's share of the length."""
    f = np.sqrt(np.sum(np.square(x), axis=axis, keepdims=True))

    def backward(df):
        dx = x / f * df
        return (dx,)

    return f, backward


@gate("logsumexp", example=(GRID,), elementwise=False)
@over_axes
def logsumexp(x, *, axis=None, keepdims=False):
    """Hands each element its share of the sum of exponentials: the softmax of the inputs."""
    top = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0.0)
    f = top + np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True))

    def backward(df):
        dx = np.exp(x - f) * df
        return (dx,)

    return f, backward


@gate("softmax", example=(GRID,), elementwise=False)
def softmax(x, *, axis=-1):
    """Scales by its own output what is left of the gradient when the output's average of it is taken off."""
    f = np.exp(x - np.max(x, axis=axis, keepdims=True, initial=-np.inf))
    f = f / np.sum(f, axis=axis, keepdims=True)

    def backward(df):
        dx = f * (df - np.sum(f * df, axis=axis, keepdims=True))
        return (dx,)

    return f, backward


@gate("cumsum", example=(GRID,), elementwise=False)
def cumsum(x, *, axis=None):
    """Adds up, for each element, the gradients of all the sums that it is part of."""

    def backward(df):
        dx = np.flip(np.cumsum(np.flip(df, axis), axis), axis)
        return (np.reshape(dx, np.shape(x)),)

    return np.cumsum(x, axis), backward
