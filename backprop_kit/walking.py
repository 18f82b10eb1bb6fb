"""The walk back: from the output to the inputs, every gate hands its gradient on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from backprop_kit import gates
from backprop_kit.declaring import as_tuple
from backprop_kit.parts import TraceError
from backprop_kit.refusals import no_slope
from backprop_kit.wire import Wire


def walk_back(wires: Sequence[Wire], output: Wire, upstream: Any) -> None:
    """Every wire's `d` becomes the gradient of the output on it, times `upstream`."""
    for wire in wires:
        wire.d = 0.0
    output.d = fitted(upstream, output.value)
    for wire in reversed(wires):
        df = wire.d
        # A gate that no gradient reaches has nothing to hand on, whatever its local gradient:
        # sqrt at 0 is harmless where a max has chosen the other side.
        if wire.gate is None or (type(df) is float and df == 0.0):
            continue
        shares = shares_of(wire, df)
        # one share for each input: a gate is held to that when it is declared
        for operand, d in zip(wire.operands, shares):  # noqa: B905
            if type(operand) is Wire:
                if type(d) is np.ndarray or type(operand.value) is np.ndarray:
                    d = fitted(harmless(d, df, wire, operand), operand.value)
                operand.d = operand.d + d  # gradients add up at forks
    for wire in wires:
        if type(wire.d) is not float or type(wire.value) is np.ndarray:
            wire.d = gradient_like(wire)


def shares_of(wire: Wire, df: Any) -> tuple[Any, ...]:
    """What a gate hands back to its inputs, given the gradient on its output."""
    try:
        shares = wire.backward(df)
    except (ArithmeticError, ValueError) as error:
        raise TraceError(no_slope(wire)) from error
    return shares if type(shares) is tuple else as_tuple(shares)


def fitted(share: Any, value: Any) -> Any:
    """A gradient in the shape of the value it belongs to: summed over every axis along which that was repeated."""
    shape = value.shape if type(value) is np.ndarray else ()
    share = np.asarray(share, dtype=float)
    ahead = share.ndim - len(shape)
    if ahead > 0:
        share = share.sum(axis=tuple(range(ahead)))
    lead = len(shape) - share.ndim
    repeated = tuple(i for i, n in enumerate(share.shape) if n != 1 and shape[lead + i] == 1)
    if repeated:
        share = share.sum(axis=repeated, keepdims=True)
    return np.broadcast_to(share, shape) if shape else share.item()


def gradient_like(wire: Wire) -> Any:
    """A gradient as a float, or as an array of its own."""
    if type(wire.value) is not np.ndarray:
        return float(wire.d)
    return np.array(np.broadcast_to(wire.d, wire.value.shape), dtype=float)


def harmless(share: Any, df: Any, wire: Wire, operand: Wire) -> Any:
    """What a gate hands back, without the nan of `0 * inf` where no gradient had reached an element."""
    if np.isfinite(share).all():
        return share
    assert wire.gate is not None
    if wire.gate.elementwise:
        share = np.where(df == 0.0, 0.0, share)
    elif "keepdims" in wire.settings:
        share = np.where(as_kept(df, wire) == 0.0, 0.0, share)
    if wire.gate is gates.power and operand is not wire.operands[0]:
        return share  # a negative base has no slope in the exponent, which seldom asks for it
    if np.isfinite(df).all() and not np.isfinite(share).all():
        raise TraceError(no_slope(wire))
    return share


def as_kept(df: Any, wire: Wire) -> Any:
    """The gradient on a sum over axes (or a mean, a max) with these axes still there."""
    axis = wire.settings["axis"]
    return df if wire.settings["keepdims"] or axis is None else np.expand_dims(df, axis)
