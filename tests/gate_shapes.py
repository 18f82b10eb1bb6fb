"""Shapes and settings in which each gate that mixes elements is tried; the elementwise ones need none."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np

Case = tuple[tuple[tuple[int, ...], ...], dict[str, Any]]

SHAPES = ((), (2,), (3, 2), (1, 2), (3, 1), (0,))
TALL, BATCH = (3, 2), (2, 3, 2)


def axes_of(shape: tuple[int, ...]) -> Iterator[Any]:
    """No axis named, each one, counted from either end, and every set of them."""
    yield None
    yield from range(-len(shape), len(shape))
    for count in range(2, len(shape) + 1):
        yield from combinations(range(len(shape)), count)


def over_axes(*shapes: tuple[int, ...], **more: Any) -> list[Case]:
    """A sum, or its like, over every axis of every shape."""
    return [
        ((shape,), {"axis": axis, "keepdims": keepdims, **more})
        for shape in shapes
        for axis in axes_of(shape)
        for keepdims in (False, True)
    ]


def spread(*shapes: tuple[int, ...], **more: Any) -> list[Case]:
    """As `over_axes`, wherever at least two elements are averaged: one alone has no spread."""
    return [
        case
        for case in over_axes(*shapes, **more)
        if averaged(case[0][0], case[1]["axis"]) > 1 + more.get("ddof", 0) // 2
    ]


def averaged(shape: tuple[int, ...], axis: Any) -> int:
    axes = range(len(shape)) if axis is None else np.atleast_1d(axis)
    return int(np.prod([shape[i] for i in axes]))


def parts(*indices: Any) -> list[Case]:
    """Parts of a matrix with three rows and two columns, and of a vector."""
    return [((TALL,), {"index": index}) for index in indices]


NOT_EMPTY = SHAPES[:-1]
INDICES = (
    1,
    (-1, 0),
    (slice(None, None, -1), 1),
    (slice(1, None),),
    (..., None, 0),
    slice(0, 0),
    np.array([2, 0, 2, 2]),
    (np.array([0, 2, 0]), np.array([1, 1, 1])),
    (np.array([[0], [2]]), np.array([0, 1])),
    np.array([True, False, True]),
    np.array([[True, False], [False, True], [True, True]]),
)

SHAPED: dict[str, list[Case]] = {
    "dot": [((shape, shape), {}) for shape in ((2,), (1,), (0,))],
    "matmul": [
        (((3, 2), (2, 4)), {}), (((1, 2), (2, 1)), {}), (((3, 1), (1, 2)), {}), (((2, 0), (0, 2)), {}),
    ],
    "matvec": [(((3, 2), (2,)), {}), (((1, 2), (2,)), {}), (((3, 1), (1,)), {}), (((2, 0), (0,)), {})],
    "vecmat": [(((3,), (3, 2)), {}), (((1,), (1, 2)), {}), (((3,), (3, 1)), {}), (((0,), (0, 2)), {})],
    "matmuls": [
        ((BATCH, (2, 2, 4)), {}), ((BATCH, (2, 4)), {}), (((3, 2), (2, 2, 4)), {}),
        (((2, 1, 3, 2), (3, 2, 1)), {}),
    ],
    "matsvec": [((BATCH, (2,)), {}), (((1, 3, 2), (2,)), {}), (((2, 2, 3, 2), (2,)), {})],
    "vecmats": [(((3,), BATCH), {}), (((3,), (1, 3, 1)), {}), (((3,), (2, 2, 3, 2)), {})],
    "outer": [(((3,), (2,)), {}), (((1,), (2,)), {}), (((0,), (2,)), {})],
    "einsum": [
        (((3, 2), (2, 4)), {"spec": "ij,jk->ik"}), (((3, 2), (4, 2)), {"spec": "ij,kj->ki"}),
        (((3, 2), (3, 2)), {"spec": "ij,ij->"}), (((3, 2), (3,)), {"spec": "ij,i->j"}),
        (((2, 3, 2), (2, 2, 4)), {"spec": "bij,bjk->bik"}), (((3,), (2,)), {"spec": "i,j->ij"}),
        (((3, 2), ()), {"spec": "ij,->j"}), (((3, 2), ()), {"spec": "ij,->ji"}),
        (((3, 2), (2, 4)), {"spec": "ij,kl->ik"}), (((3, 1), (2, 4)), {"spec": "ij,jk->ik"}),
    ],
    "sum": over_axes(*SHAPES, BATCH), "prod": over_axes(*SHAPES, BATCH), "norm": over_axes(*SHAPES),
    "mean": over_axes(*NOT_EMPTY, BATCH), "amax": over_axes(*NOT_EMPTY, BATCH),
    "amin": over_axes(*NOT_EMPTY), "logsumexp": over_axes(*NOT_EMPTY, BATCH),
    "var": over_axes(*NOT_EMPTY, BATCH) + spread(*NOT_EMPTY, ddof=1),
    "std": spread(*NOT_EMPTY, BATCH) + spread(*NOT_EMPTY, ddof=1),
    "softmax": [
        ((shape,), {"axis": axis}) for shape in SHAPES[1:] for axis in range(-len(shape), len(shape))
    ],
    "cumsum": [
        ((shape,), {"axis": axis})
        for shape in SHAPES[1:]
        for axis in (None, *range(-len(shape), len(shape)))
    ],
    "transpose": [((shape,), {}) for shape in (*SHAPES, BATCH)]
    + [((BATCH,), {"axes": axes}) for axes in ((0, 2, 1), (1, 2, 0), (2, 0, 1))],
    "reshape": [
        (((3, 2),), {"shape": shape}) for shape in ((6,), (2, 3), (-1,), (1, 6), (3, 2, 1))
    ]
    + [(((),), {"shape": (1, 1)}), (((1,),), {"shape": ()}), (((0,),), {"shape": (2, 0)})],
    "broadcast_to": [
        (((),), {"shape": (2,)}), (((2,),), {"shape": (3, 2)}), (((1, 2),), {"shape": (3, 2)}),
        (((3, 1),), {"shape": (2, 3, 2)}), (((0,),), {"shape": (2, 0)}),
    ],
    "getitem": parts(*INDICES),
    "setitem": [((TALL, np.empty(TALL)[index].shape), {"index": index}) for index in INDICES]
    + [((TALL, ()), {"index": index}) for index in INDICES]
    + [((TALL, (1, 2)), {"index": slice(0, 2)}), ((TALL, (2, 1)), {"index": slice(0, 2)})],
    "concatenate": [
        (((3, 2), (1, 2)), {"axis": 0}), (((3, 2), (3, 1)), {"axis": 1}), (((2,), (0,)), {"axis": 0}),
        (((3, 1), (3, 2)), {"axis": -1}), (((2,), (1,), (3,)), {}), (((3, 2),), {}),
    ],
    "stack": [
        (((2,), (2,)), {"axis": axis}) for axis in (0, 1, -1)
    ]
    + [(((), ()), {}), (((3, 2), (3, 2), (3, 2)), {"axis": 1}), (((0,), (0,)), {}), (((2,),), {})],
}  # fmt: skip
