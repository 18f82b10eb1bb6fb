# %% [markdown]
# # Gradients for vectorized operations
#
# So far one number went over each wire. In a network whole arrays do: a layer multiplies a matrix of
# weights with a matrix of data, and thousands of multiply and add gates go into one line of code.
#
# No new calculus is needed for that. What is new is bookkeeping: **shapes, transposes and sums**.

# %% role="setup"
import numpy as np

from backprop_kit import check, dimensions, draw, grade, numerical_gradient, play, sliders

# %% [markdown]
# ## One line, many gates
#
# This is the operation that matters most. Each entry of $D$ is a row of $W$ times a column of $X$:
#
# $$D = W\,X \qquad\qquad D_{ij} = \sum_k W_{ik}\,X_{kj}$$
#
# **Predict** the shape of $D$, and how many multiplications went into it.

# %%
rng = np.random.default_rng(0)
W, X = rng.normal(size=(5, 10)), rng.normal(size=(10, 3))
D = W.dot(X)
D.shape, D.size * 10

# %% [markdown]
# One hundred and fifty multiply gates. In a picture all of them are one gate, `@`, and a wire carries
# an array, with its shape.

# %%
draw("D = W.dot(X)", "D", W=W, X=X, show=("shape",))

# %% [markdown]
# The rest of the circuit is not here, so let us make up what it would tell us: `dD`, the gradient of
# the final output on every entry of `D`. One thing about gradients of arrays never changes: **a
# gradient has the shape of its variable.** **Predict** the shapes of `dD`, `dW` and `dX`.

# %%
dD = rng.normal(size=D.shape)
dD.shape, W.shape, X.shape

# %% [markdown]
# ## Work with small, explicit examples
#
# Nobody should have to remember what `dW` is. Write a case so small that it fits on a napkin, do it
# entry by entry, and look for the pattern. With letters for the entries:
#
# $$\begin{pmatrix} a & b \\ c & e \end{pmatrix}
# \begin{pmatrix} p & q \\ r & s \end{pmatrix} =
# \begin{pmatrix} a p + b r & a q + b s \\ c p + e r & c q + e s \end{pmatrix}$$
#
# Find $a$ on the right. It is read twice, in the first row, and nowhere else. So $a$ is a fork, and
# what comes back from its two places adds up.

# %%
w, x = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0, -1.0], [2.0, 0.5]])
above = np.array([[1.0, 10.0], [100.0, 1000.0]])  # dD: four numbers that are easy to tell apart

# %% [markdown]
# A multiply gate swaps: $a\,p$ hands $a$ the value $p$ times the gradient on $D_{00}$, and $a\,q$
# hands it $q$ times that on $D_{01}$.
#
# $$\mathtt{da} = \mathtt{dD}_{00}\,p + \mathtt{dD}_{01}\,q$$
#
# **Predict** `da` from the numbers above.

# %%
print(above[0, 0] * x[0, 0] + above[0, 1] * x[0, 1])

# %% [markdown]
# A row of `dD` times a row of $X$. What about $b$? It is multiplied with $r$ and with $s$, so it
# gets the *same* row of `dD` times the *other* row of $X$. And $c$ is in the second row of $D$.
#
# Rows times rows: that is a matrix product with the second matrix **transposed**. **Predict** all
# four numbers of `dW`, then compare with what nudging says.

# %%
above.dot(x.T)

# %%
numerical_gradient(lambda w: w.dot(x), w, above).round(6)

# %% [markdown] exercise="two-by-two" role="prompt" kind="backward" stars=2 minutes=8
# ### Exercise 1: the other matrix, entry by entry
#
# You have seen `dW`. Now it is $X$'s turn, on the same napkin: write `dp`, `dq`, `dr` and `ds`, each
# a sum of two terms, using the letters and entries such as `dD[0, 1]`. Then put them together and
# hand them back:
#
#     dX = np.array([[dp, dq], [dr, ds]])
#     return D, dX


# %% exercise="two-by-two" role="solution"
def two_by_two(W, X, dD):
    # forward pass
    a, b, c, e = W[0, 0], W[0, 1], W[1, 0], W[1, 1]
    p, q, r, s = X[0, 0], X[0, 1], X[1, 0], X[1, 1]
    D = np.array([[a * p + b * r, a * q + b * s], [c * p + e * r, c * q + e * s]])
    # backward pass
    ### BEGIN SOLUTION
    dp = a * dD[0, 0] + c * dD[1, 0]
    dq = a * dD[0, 1] + c * dD[1, 1]
    dr = b * dD[0, 0] + e * dD[1, 0]
    ds = b * dD[0, 1] + e * dD[1, 1]
    dX = np.array([[dp, dq], [dr, ds]])
    return D, dX
    ### END SOLUTION


rng = np.random.default_rng(1)
small = {name: rng.normal(size=(2, 2)) for name in ("W", "X", "dD")}
draw("D = W.dot(X)", "D", W=small["W"], X=small["X"], show=("value",))

# %% exercise="two-by-two" role="check"
# Stuck? Put .hint(1) behind it, then .hint(2), .hint(3).
check(two_by_two, "D", wrt=["X"], inputs=small)

# %% exercise="two-by-two" role="grade"
# Your score. When your work is graded, more inputs are tried.
rng = np.random.default_rng(1)
inputs = [{name: rng.normal(size=(2, 2)) for name in ("W", "X", "dD")}]
### BEGIN HIDDEN TESTS
inputs += [{name: rng.normal(size=(2, 2)) for name in ("W", "X", "dD")}]
### END HIDDEN TESTS
grade(two_by_two, 2, at=inputs, output="D", wrt=["X"])

# %% exercise="two-by-two" role="mistakes"
mistakes = [
    {
        "old": "dq = a * dD[0, 1] + c * dD[1, 1]",
        "new": "dq = a * dD[0, 1]\n    dq = c * dD[1, 1]",
        "label": "overwrite_at_fork",
        "first_wrong": "dq",
        "score": 0.8,
    },
    {
        "old": "dX = np.array([[dp, dq], [dr, ds]])",
        "new": "dX = np.array([[dp, dr], [dq, ds]])",
        "label": "missing_transpose",
        "first_wrong": "dX",
        "score": 0.8,
    },
    {
        "old": "dp = a * dD[0, 0] + c * dD[1, 0]",
        "new": "dp = a + c",
        "label": "missing_upstream_factor",
        "first_wrong": "dp",
        "score": 0.8,
    },
    {
        "old": "dp = a * dD[0, 0] + c * dD[1, 0]\n    dq = a * dD[0, 1] + c * dD[1, 1]",
        "new": "dp = a * D[0, 0] + c * D[1, 0]\n    dq = a * D[0, 1] + c * D[1, 1]",
        "label": "forward_value_instead_of_gradient",
        "first_wrong": "dp",
        "score": 0.6,
    },
    {
        "old": "    dX = np.array([[dp, dq], [dr, ds]])\n    return D, dX\n",
        "new": "",
        "label": "missing",
        "first_wrong": "dX",
        "score": 0.8,
    },
]

# %% [markdown]
# Look at your line for `dp`: a **column** of $W$ times a column of `dD`. Columns times columns is a
# matrix product with the *first* matrix transposed.
#
# ## Dimension analysis
#
# There is a shorter way to the same result. For single numbers, $d = w\,x$ gives $\mathtt{dw} =
# \mathtt{dd} \cdot x$. So `dW` must be some product of `dD` and $X$, and it must have the shape of
# $W$. **Predict** with a pencil: (5, 3) and (10, 3), in which order, and which one transposed, give
# (5, 10)? Then pick the two:

# %%
dimensions("dW", dD=(5, 3), W=(5, 10), X=(10, 3)).play()

# %% [markdown]
# Without the picking, the same question is answered outright:

# %%
dimensions("dW", dD=(5, 3), W=(5, 10), X=(10, 3))

# %% [markdown]
# Only one way fits. The same for `dX`: (5, 10) and (5, 3) have to become (10, 3).

# %%
dimensions("dX", dD=(5, 3), W=(5, 10), X=(10, 3))

# %% [markdown] exercise="matrix-product" role="prompt" kind="backward" stars=1 minutes=4
# ### Exercise 2: in general
#
# Two lines, for matrices of any size: `dW` and `dX`. Both ways should lead you to the same lines, the
# napkin and the shapes. End with
#
#     return D, dW, dX


# %% exercise="matrix-product" role="solution"
def matrix_product(W, X, dD):
    # forward pass
    D = W.dot(X)
    # backward pass
    ### BEGIN SOLUTION
    dW = dD.dot(X.T)
    dX = W.T.dot(dD)
    return D, dW, dX
    ### END SOLUTION


rng = np.random.default_rng(2)
shapes = {"W": (2, 4), "X": (4, 3), "dD": (2, 3)}
wide = {name: rng.normal(size=shape) for name, shape in shapes.items()}
draw(matrix_product, "D", inputs=wide, show=("value",))

# %% exercise="matrix-product" role="check"
# Stuck? Put .hint(1) behind it, then .hint(2), .hint(3).
check(matrix_product, "D", wrt=["W", "X"], inputs=wide)

# %% exercise="matrix-product" role="grade"
# Your score. When your work is graded, more inputs are tried.
rng = np.random.default_rng(2)
shapes = [{"W": (2, 4), "X": (4, 3), "dD": (2, 3)}]
### BEGIN HIDDEN TESTS
shapes += [{"W": (3, 3), "X": (3, 3), "dD": (3, 3)}, {"W": (1, 5), "X": (5, 2), "dD": (1, 2)}]
### END HIDDEN TESTS
inputs = [{name: rng.normal(size=shape) for name, shape in each.items()} for each in shapes]
grade(matrix_product, 2, at=inputs, output="D", wrt=["W", "X"])

# %% exercise="matrix-product" role="mistakes"
mistakes = [
    {
        "old": "dX = W.T.dot(dD)",
        "new": "dX = W.dot(dD)",
        "label": "raises",
        "first_wrong": "dX",
        "score": 0.5,
    },
    {
        "old": "dW = dD.dot(X.T)",
        "new": "dW = X.dot(dD.T)",
        "label": "swapped_matmul_order",
        "first_wrong": "dW",
        "score": 0.5,
    },
    {
        "old": "dW = dD.dot(X.T)",
        "new": "dW = D.dot(X.T)",
        "label": "forward_value_instead_of_gradient",
        "first_wrong": "dW",
        "score": 0.5,
    },
    {
        "old": "dX = W.T.dot(dD)",
        "new": "dX = W.T",
        "label": "missing_upstream_factor",
        "first_wrong": "dX",
        "score": 0.5,
    },
    {
        "old": "dW = dD.dot(X.T)",
        "new": "dW = dD.dot(X.T) / X.shape[1]",
        "label": "double_batch_scale",
        "first_wrong": "dW",
        "score": 0.5,
    },
]

# %% [markdown]
# ## Where the shapes keep silent
#
# "There is always exactly one way", say the notes. For (5, 10) and (10, 3), yes. **Predict** how many
# ways are left when $W$ is square, (4, 4), and $X$ is (4, 3).

# %%
dimensions("dW", dD=(4, 3), W=(4, 4), X=(4, 3))

# %% [markdown]
# Two. And if both are square?

# %%
len(dimensions("dW", dD=(4, 4), W=(4, 4), X=(4, 4)))

# %% [markdown]
# Eight, one of them right. So do your analysis with lengths that **all differ**, even if your network
# is square: the formula is the same. And know what no shape will ever tell you: a sign, a factor
# such as $1/N$, or whether the operation was elementwise. For those you have the napkin and `check`.
#
# **Vectors** are another trap. Let $x$ be a vector of 10 numbers, so that $W x$ is one of 5.
# **Predict** what `.T` does to a vector.

# %%
vector = np.arange(10.0)
vector.shape, vector.T.shape

# %% [markdown]
# Nothing at all: there is no second axis to swap with. Then `dD.dot(x.T)`, with 5 and 10 numbers, is
# an error. What is wanted is each number of `dD` times each of $x$, the **outer** product:

# %%
dimensions("dW", dD=(5,), W=(5, 10), x=(10,))

# %% [markdown]
# ## Broadcasting is a fork
#
# From here on a row of $X$ is one **example**: $N$ rows, a batch of them, each times the weights and
# plus a bias.
#
# $$\mathtt{out} = X\,W + b$$
#
# $X W$ is (4, 2) and $b$ is (2,), and still they can be added: NumPy uses $b$ once for every row.

# %%
b = np.array([10.0, 20.0])
np.zeros((4, 2)) + b

# %% [markdown]
# One $b$, read in four places: a fork, even if no line of code shows it. So what comes back from the
# four rows adds up. **Predict** `db`, both its shape and its numbers, for this `dout`.

# %%
dout = np.array([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0], [4.0, 5.0]])
dout.sum(axis=0)

# %% [markdown]
# A **sum over the batch**, the axis along which $b$ was repeated. Not a mean: if a loss divides by
# $N$, that division is already inside `dout`.
#
# ## Forward and backward apart
#
# Libraries write each layer as two functions. The forward pass also returns what its backward will
# need, the **cache**; the backward pass gets the gradient from above and that cache.

# %% [markdown] exercise="affine" role="prompt" kind="backward" stars=2 minutes=8
# ### Exercise 3: an affine layer
#
# Write `affine_backward`. It starts from `dout`, of shape (N, M), and unpacks what was kept of
# the forward pass. $X$ is (N, K), $W$ is (K, M) and $b$ is (M,). Note that $X$ stands on the *left*
# now, so the lines are not those of exercise 2. End with
#
#     return dX, dW, db


# %% exercise="affine" role="solution"
def affine_forward(X, W, b):
    out = X.dot(W) + b
    cache = (X, W)
    return out, cache


def affine_backward(dout, cache):
    X, W = cache
    ### BEGIN SOLUTION
    dX = dout.dot(W.T)
    dW = X.T.dot(dout)
    db = dout.sum(axis=0)
    return dX, dW, db
    ### END SOLUTION


rng = np.random.default_rng(3)
shapes = {"X": (4, 3), "W": (3, 2), "b": (2,)}
batch = {name: rng.normal(size=shape) for name, shape in shapes.items()}
draw(affine_forward, "out", inputs=batch, show=("value",))

# %% exercise="affine" role="check"
# The gradient from above is made up, at random. Stuck? Put .hint(1) behind it, then 2, 3.
check(affine_forward, "out", backward=affine_backward, wrt=["X", "W", "b"], inputs=batch)

# %% exercise="affine" role="grade"
# Your score. When your work is graded, more inputs are tried.
rng = np.random.default_rng(3)
shapes = [{"X": (4, 3), "W": (3, 2), "b": (2,)}]
### BEGIN HIDDEN TESTS
shapes += [{"X": (3, 3), "W": (3, 3), "b": (3,)}, {"X": (1, 2), "W": (2, 5), "b": (5,)}]
### END HIDDEN TESTS
inputs = [{name: rng.normal(size=shape) for name, shape in each.items()} for each in shapes]
grade(affine_forward, 3, at=inputs, output="out", backward=affine_backward, wrt=["X", "W", "b"])

# %% exercise="affine" role="mistakes"
mistakes = [
    {
        "old": "db = dout.sum(axis=0)",
        "new": "db = dout",
        "label": "missing_unbroadcast_sum",
        "first_wrong": "db",
        "score": 0.6667,
    },
    {
        "old": "db = dout.sum(axis=0)",
        "new": "db = dout.mean(axis=0)",
        "label": "mean_instead_of_sum",
        "first_wrong": "db",
        "score": 0.6667,
    },
    {
        "old": "db = dout.sum(axis=0)",
        "new": "db = dout.sum()",
        "label": "wrong_sum_axis",
        "first_wrong": "db",
        "score": 0.6667,
    },
    {
        "old": "db = dout.sum(axis=0)",
        "new": "db = dout.sum(axis=0, keepdims=True)",
        "label": "extra_keepdims_shape",
        "first_wrong": "db",
        "score": 0.6667,
    },
    {
        "old": "dW = X.T.dot(dout)",
        "new": "dW = dout.T.dot(X)",
        "label": "swapped_matmul_order",
        "first_wrong": "dW",
        "score": 0.6667,
    },
    {
        "old": "dX = dout.dot(W.T)",
        "new": "dX = W.T",
        "label": "missing_upstream_factor",
        "first_wrong": "dX",
        "score": 0.6667,
    },
]

# %% [markdown]
# ## Entry by entry: the ReLU
#
# Not everything is a matrix product. $h = \max(0, z)$ takes each entry on its own, so it is as many
# max gates as there are entries, and each of them is a switch: open where $z$ won, shut where the 0
# did. **Predict** which of the ones get through.

# %%
z = np.array([[1.5, -2.0, 0.1], [-0.3, 4.0, -7.0]])
np.ones((2, 3)) * (z > 0)

# %% [markdown]
# The same on a wire. Drag an entry of $z$ through 0, and watch its switch.

# %%
play("h = np.maximum(0, z)", "h", z=z)

# %% [markdown]
# The shape of $z$, of $h$ and of `dh` is the same, and the product is `*`. `z > 0` is the local
# gradient of all the gates at once: 1 for open, 0 for shut.

# %% [markdown] exercise="relu-layer" role="prompt" kind="backward" stars=2 minutes=6
# ### Exercise 4: a layer with a ReLU
#
# An affine layer, then a ReLU. `dh` arrives from above. Go back through the ReLU first, to `dz`; then
# you know the rest. End with
#
#     return h, dX, dW, db


# %% exercise="relu-layer" role="solution"
def relu_layer(X, W, b, dh):
    # forward pass
    z = X.dot(W) + b
    h = np.maximum(0, z)
    # backward pass
    ### BEGIN SOLUTION
    dz = dh * (z > 0)
    dX = dz.dot(W.T)
    dW = X.T.dot(dz)
    db = dz.sum(axis=0)
    return h, dX, dW, db
    ### END SOLUTION


rng = np.random.default_rng(4)
shapes = {"X": (4, 3), "W": (3, 2), "b": (2,), "dh": (4, 2)}
layer = {name: rng.normal(size=shape) for name, shape in shapes.items()}
draw(relu_layer, "h", inputs=layer, show=("value",))

# %% exercise="relu-layer" role="check"
# Stuck? Put .hint(1) behind it, then .hint(2), .hint(3).
check(relu_layer, "h", wrt=["X", "W", "b"], inputs=layer)

# %% exercise="relu-layer" role="grade"
# Your score. When your work is graded, more inputs are tried.
rng = np.random.default_rng(4)
shapes = [{"X": (4, 3), "W": (3, 2), "b": (2,), "dh": (4, 2)}]
### BEGIN HIDDEN TESTS
shapes += [{"X": (5, 2), "W": (2, 6), "b": (6,), "dh": (5, 6)}]
### END HIDDEN TESTS
inputs = [{name: rng.normal(size=shape) for name, shape in each.items()} for each in shapes]
grade(relu_layer, 2, at=inputs, output="h", wrt=["X", "W", "b"])

# %% exercise="relu-layer" role="mistakes"
mistakes = [
    {
        "old": "dz = dh * (z > 0)",
        "new": "dz = dh",
        "label": "missing_local_gradient",
        "first_wrong": "dz",
        "score": 0.75,
    },
    {
        "old": "dz = dh * (z > 0)",
        "new": "dz = dh * h",
        "label": "max_passes_value",
        "first_wrong": "dz",
        "score": 0.75,
    },
    {
        "old": "dz = dh * (z > 0)",
        "new": "dz = dh * (z < 0)",
        "label": "inverted_mask",
        "first_wrong": "dz",
        "score": 0.75,
    },
    {
        "old": "dz = dh * (z > 0)",
        "new": "dz = 1.0 * (z > 0)",
        "label": "missing_upstream_factor",
        "first_wrong": "dz",
        "score": 0.75,
    },
    {
        "old": "db = dz.sum(axis=0)",
        "new": "db = dz",
        "label": "missing_unbroadcast_sum",
        "first_wrong": "db",
        "score": 0.75,
    },
]

# %% [markdown]
# ## A loss: softmax
#
# A classifier gives each example a **score** for every class. The softmax turns the scores of an
# example into probabilities, and the loss asks for that of the right class, $y$:
#
# $$p_k = \frac{e^{s_k}}{\sum_j e^{s_j}} \qquad\qquad L = -\log p_y$$
#
# **Predict** which class of three gets the largest probability, and what the loss is if it is the
# right one, roughly.

# %%
s = np.array([2.0, 1.0, -1.0])
p = np.exp(s) / np.exp(s).sum()
print(p.round(3), "and the loss is", round(-np.log(p[0]), 3))

# %% [markdown]
# You could walk back through the logarithm, the division and the exponentials. Here it pays to treat
# all of it as one gate, as with the sigmoid. The logarithm of a quotient is a difference,
# $L = -s_y + \log \sum_j e^{s_j}$, and from that:
#
# $$\frac{\partial L}{\partial s_k} = p_k - \mathbb{1}(k = y)$$
#
# So: the probabilities, and 1 less at the right class. **Predict** all three, then look.

# %%
(p - np.array([1.0, 0.0, 0.0])).round(3)

# %% [markdown]
# Read them as forces, remembering that a loss is to go *down*: the right score is pulled up by the
# probability it lacks, each other one is pushed down by the probability it has. Drag the score of the
# right class. When does the circuit leave it alone?


# %%
def forces(right, second, third):
    p = np.exp([right, second, third]) / np.exp([right, second, third]).sum()
    return f"p  = {p.round(3)}\nds = {(p - [1, 0, 0]).round(3)}"


sliders(forces, right=(2.0, -6.0, 12.0), second=(1.0, -6.0, 6.0), third=(-1.0, -6.0, 6.0))

# %% [markdown]
# Two more details for a batch. The loss of $N$ examples is the **mean**, so every gradient is divided
# by $N$, once. And to get at the right class of each row, NumPy takes a list of rows and a list of
# columns. **Predict** what this picks.

# %%
table = np.arange(12).reshape(4, 3)
table[np.arange(4), [0, 2, 1, 2]]

# %% [markdown] exercise="softmax-loss" role="prompt" kind="backward" stars=3 minutes=12
# ### Exercise 5: a softmax classifier
#
# An affine layer with a softmax loss on top, all of it. Begin with `ds`: a *copy* of `p`, 1 less at
# the right class of each row, divided by $N$. Then `dW` and `db`; nobody needs the gradient on the
# data. (Subtracting the largest score changes no probability and keeps `exp` small.) End with
#
#     return loss, dW, db


# %% exercise="softmax-loss" role="solution"
def softmax_loss(X, y, W, b):
    # forward pass
    N = len(y)
    s = X.dot(W) + b
    e = np.exp(s - np.max(s, axis=1, keepdims=True))
    p = e / np.sum(e, axis=1, keepdims=True)
    loss = -np.sum(np.log(p[np.arange(N), y])) / N
    # backward pass
    ### BEGIN SOLUTION
    ds = p.copy()
    ds[np.arange(N), y] -= 1
    ds /= N
    dW = X.T.dot(ds)
    db = ds.sum(axis=0)
    return loss, dW, db
    ### END SOLUTION


rng = np.random.default_rng(5)
shapes = {"X": (5, 2), "W": (2, 3), "b": (3,)}
scored = {name: rng.normal(size=shape) for name, shape in shapes.items()}
scored["y"] = np.array([0, 2, 1, 2, 0])
code = "s = X.dot(W) + b\np = softmax(s)\nloss = -np.mean(np.log(p[np.arange(5), y]))"
draw(code, "loss", inputs=scored, show=("shape",))

# %% exercise="softmax-loss" role="check"
# Stuck? Put .hint(1) behind it, then .hint(2), .hint(3).
check(softmax_loss, "loss", wrt=["W", "b"], inputs=scored)

# %% exercise="softmax-loss" role="grade"
# Your score. When your work is graded, more inputs are tried.
rng = np.random.default_rng(5)
shapes = [{"X": (5, 2), "W": (2, 3), "b": (3,)}]
### BEGIN HIDDEN TESTS
shapes += [{"X": (4, 3), "W": (3, 5), "b": (5,)}]
### END HIDDEN TESTS
inputs = [{name: rng.normal(size=shape) for name, shape in each.items()} for each in shapes]
for each in inputs:
    each["y"] = rng.integers(len(each["b"]), size=len(each["X"]))
grade(softmax_loss, 3, at=inputs, output="loss", wrt=["W", "b"])

# %% exercise="softmax-loss" role="mistakes"
mistakes = [
    {
        "old": "    ds /= N\n",
        "new": "",
        "label": "double_batch_scale",
        "first_wrong": "ds",
        "score": 0.8,
    },
    {
        "old": "ds[np.arange(N), y] -= 1",
        "new": "ds[np.arange(N), y] += 1",
        "label": "lost_minus",
        "first_wrong": "ds",
        "score": 0.8,
    },
    {
        "old": "ds = p.copy()",
        "new": "ds = e.copy()",
        "label": "wrong_cached_variable",
        "first_wrong": "ds",
        "score": 0.8,
    },
    {
        "old": "db = ds.sum(axis=0)",
        "new": "db = ds",
        "label": "missing_unbroadcast_sum",
        "first_wrong": "db",
        "score": 0.6,
    },
    {
        "old": "dW = X.T.dot(ds)",
        "new": "dW = X.T.dot(s)",
        "label": "forward_value_instead_of_gradient",
        "first_wrong": "dW",
        "score": 0.6,
    },
    {
        "old": "db = ds.sum(axis=0)",
        "new": "db = ds.mean(axis=0)",
        "label": "mean_instead_of_sum",
        "first_wrong": "db",
        "score": 0.6,
    },
]

# %% [markdown]
# When all is right, draw it once more, with the gradients. The classes are 0, 2, 1, 2, 0: **predict**
# which number in each row of the gradient on $s$ is negative.

# %%
draw(code, "loss", inputs=scored)

# %% [markdown]
# ## What to take along
#
# - A gradient has the shape of its variable.
# - For $D = W X$: `dW = dD.dot(X.T)` and `dX = W.T.dot(dD)`. Do not memorise it. Work it out from the
#   shapes, with lengths that all differ, or on a 2 by 2 napkin.
# - What was broadcast was a fork: its gradient is summed over the axes along which it was repeated.
# - Elementwise forward, elementwise backward.
# - Shapes never settle a sign, a factor $1/N$, or `*` against `dot`. A check does.
