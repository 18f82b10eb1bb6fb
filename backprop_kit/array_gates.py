"""The gates that only arrays need: products, other shapes, parts; sums over axes are in `axis_gates.py`.

They are declared as the gates of numbers are, in `gates.py`. What differs is said where it is
declared: a gate that mixes elements is not `elementwise`, and an argument by keyword alone is a
setting of the gate, such as the axis of a sum. Repeating an array to fit another, as NumPy does in
`X + b`, is no gate's business: it is a fork, so the walk back sums over what was repeated.

The notes: "Gradients for vectorized operations".
"""

import numpy as np

from backprop_kit.declaring import gate

GRID = np.array([[0.5, -1.25, 2.0], [1.5, 0.75, -0.5]])
WIDE = np.array([[1.0, -0.5, 0.25, 2.0], [0.5, 1.5, -1.0, 0.75], [-2.0, 1.25, 0.5, -0.25]])
STACK = np.array(
    [[[0.5, -1.0], [1.5, 2.0], [0.25, -0.75]], [[1.0, 0.5], [-0.5, 1.25], [2.0, -1.5]]]
)
ROW = np.array([1.5, -0.5, 2.0])


# ----- products -----------------------------------------------------------------------------------


@gate("dot", example=(ROW, GRID[0]), elementwise=False)
def dot(x, y):
    """Swaps the two vectors and scales them by the gradient."""

    def backward(df):
        dx = y * df
        dy = x * df
        return dx, dy

    return np.dot(x, y), backward


@gate("@", example=(GRID, WIDE), elementwise=False)
def matmul(x, y):
    """Multiplies the gradient by the other matrix, transposed, on the side where that one stands."""

    def backward(df):
        dx = df @ y.T
        dy = x.T @ df
        return dx, dy

    return x @ y, backward


@gate("@", example=(GRID, ROW), elementwise=False)
def matvec(x, y):
    """Hands the matrix every product of gradient and vector, and the vector the gradient through the transposed matrix."""

    def backward(df):
        dx = np.outer(df, y)
        dy = x.T @ df
        return dx, dy

    return x @ y, backward


@gate("@", example=(ROW, WIDE), elementwise=False)
def vecmat(x, y):
    """Hands the vector the gradient through the transposed matrix, and the matrix every product of vector and gradient."""

    def backward(df):
        dx = y @ df
        dy = np.outer(x, df)
        return dx, dy

    return x @ y, backward


@gate("@", example=(STACK, np.swapaxes(STACK, 1, 2)), elementwise=False)
def matmuls(x, y):
    """Treats every pair of matrices in the batch as one product of matrices."""

    def backward(df):
        dx = df @ np.swapaxes(y, -1, -2)
        dy = np.swapaxes(x, -1, -2) @ df
        return dx, dy

    return x @ y, backward


@gate("@", example=(STACK, GRID[0, :2]), elementwise=False)
def matsvec(x, y):
    """Treats every matrix in the batch as a product of that matrix with the vector."""

    def backward(df):
        dx = df[..., None] * y
        dy = x * df[..., None]
        return dx, dy

    return x @ y, backward


@gate("@", example=(ROW, STACK), elementwise=False)
def vecmats(x, y):
    """Treats every matrix in the batch as a product of the vector with that matrix."""

    def backward(df):
        dx = (y @ df[..., None])[..., 0]
        dy = x[:, None] * df[..., None, :]
        return dx, dy

    return x @ y, backward


@gate("outer", example=(ROW, GRID[:, 0]), elementwise=False)
def outer(x, y):
    """Sums, for each vector, over the other one times the gradient."""

    def backward(df):
        dx = df @ y
        dy = x @ df
        return dx, dy

    return np.outer(x, y), backward


@gate("Σ", example=(GRID, WIDE), elementwise=False)
def einsum(x, y, *, spec="ij,jk->ik"):
    """Multiplies the gradient by the other operand, and sums over what the operand itself lacks."""
    first, second, out = spec.replace("->", ",").split(",")

    def backward(df):
        dx = _summed_onto(first, np.shape(x), (out, df), (second, y))
        dy = _summed_onto(second, np.shape(y), (out, df), (first, x))
        return dx, dy

    return np.einsum(spec, x, y), backward


def _summed_onto(letters, shape, *operands):
    """The product of the operands, summed onto these letters; a letter that none has is repeated."""
    there = {letter for names, _ in operands for letter in names}
    lacking = [(c, np.ones(n)) for c, n in zip(letters, shape, strict=True) if c not in there]
    every = [*operands, *lacking]
    return np.einsum(f"{','.join(n for n, _ in every)}->{letters}", *(v for _, v in every))


# ----- the same numbers in another shape ------------------------------------------------------------


@gate("T", example=(GRID,), elementwise=False)
def transpose(x, *, axes=None):
    """Turns the gradient back."""
    back = None if axes is None else np.argsort(axes)

    def backward(df):
        dx = np.transpose(df, back)
        return (dx,)

    return np.transpose(x, axes), backward


@gate("shape", example=(GRID,), elementwise=False)
def reshape(x, *, shape=(-1,)):
    """Puts the gradient back into the shape of the input."""

    def backward(df):
        dx = np.reshape(df, np.shape(x))
        return (dx,)

    return np.reshape(x, shape), backward


@gate("repeat", example=(ROW,), elementwise=False)
def broadcast_to(x, *, shape=(2, 3)):
    """Sums the gradient over what was repeated: a fork for every element."""

    def backward(df):
        dx = df
        return (dx,)

    return np.broadcast_to(x, shape), backward


@gate("float", example=(GRID,))
def astype(x, *, dtype=float):
    """Hands the gradient on: the same numbers in another type."""

    def backward(df):
        dx = df
        return (dx,)

    return np.asarray(x).astype(dtype)[()], backward


# ----- parts --------------------------------------------------------------------------------------


@gate("[ ]", example=(GRID,), elementwise=False)
def getitem(x, *, index=(slice(None), 1)):
    """Adds the gradient to the elements that were taken, once for each time; the others get none."""

    def backward(df):
        dx = np.zeros(np.shape(x))
        np.add.at(dx, index, df)
        return (dx,)

    return np.asarray(x)[index], backward


@gate("[ ]=", example=(GRID, ROW[:2]), elementwise=False)
def setitem(x, y, *, index=(slice(None), 1)):
    """Hands the gradient on, except where something was stored: there it goes to what was stored."""
    f = np.array(x)
    f[index] = y

    def backward(df):
        dx = np.array(df)
        dx[index] = 0.0
        dy = df[index] * _stored_last(np.shape(x), index)
        return dx, dy

    return f, backward


def _stored_last(shape, index):
    """1 where a store stayed, 0 where a later element of the same store went over it."""
    place = np.zeros(shape, dtype=int)
    taken = place[index]
    order = np.arange(np.size(taken)).reshape(np.shape(taken))
    place[index] = order
    return place[index] == order


@gate("where", example=(GRID > 0, GRID, WIDE[:2, :3]))
def where(c, x, y):
    """Routes the gradient, element by element, to the one that was chosen."""

    def backward(df):
        dc = 0.0 * df
        dx = np.where(c, df, 0.0)
        dy = np.where(c, 0.0, df)
        return dc, dx, dy

    return np.where(c, x, y)[()], backward


@gate("join", example=(GRID, WIDE[:, :3]), elementwise=False)
def concatenate(*parts, axis=0):
    """Cuts the gradient up, and hands each input its own part."""
    ends = np.cumsum([np.shape(part)[axis] for part in parts])[:-1]

    def backward(df):
        return tuple(np.split(df, ends, axis))

    return np.concatenate(parts, axis), backward


@gate("stack", example=(ROW, GRID[0]), elementwise=False)
def stack(*parts, axis=0):
    """Hands each input its own layer of the gradient."""

    def backward(df):
        return tuple(layer[()] for layer in np.moveaxis(df, axis, 0))

    return np.stack(parts, axis), backward


# ----- elementwise, and of NumPy alone ---------------------------------------------------------------


@gate("logaddexp", example=(0.5, -1.0), spelled=np.logaddexp)
def logaddexp(x, y):
    """Hands each input its share of the sum of exponentials."""
    f = np.logaddexp(x, y)

    def backward(df):
        dx = np.exp(x - f) * df
        dy = np.exp(y - f) * df
        return dx, dy

    return f, backward
