# %% [markdown]
# # Compound expressions and the chain rule
#
# A gate on its own is easy: you know how its output moves when one of its inputs moves. This
# section plugs gates into each other. You will see that no new calculus is needed, only one
# multiplication for each gate on the way back.
#
# One expression takes us through it:
#
# $$f(x, y, z) = (x + y)\,z$$
#
# Run the cells from the top. Wherever you are asked to **predict**, commit to a number first.

# %% role="setup"
from backprop_kit import check, draw, grade, trace

# %% [markdown]
# ## Forward: name what is inside
#
# You could differentiate $(x + y)\,z$ in one go. Give the part in brackets a name instead, and
# two expressions remain, both of them old friends:
#
# $$q = x + y \qquad\qquad f = q\,z$$
#
# Computing them in this order, from the inputs to the output, is the **forward pass**.

# %%
x, y, z = -2, 5, -4
q = x + y
f = q * z

# %% [markdown]
# **Predict** both values, then look.

# %%
q, f

# %% [markdown]
# ## One gate at a time
#
# Take $f = q\,z$ and forget for a moment where $q$ came from. **Predict:** if $q$ grows by a tiny
# amount $h$, by how many times $h$ does $f$ change? And in which direction?

# %%
h = 0.001
((q + h) * z - f) / h

# %% [markdown]
# Four times as much, and downwards: the multiply gate hands $q$ the value of the *other* input,
# which is $z = -4$. It treats $z$ in the same way:
#
# $$\frac{\partial f}{\partial q} = z \qquad\qquad \frac{\partial f}{\partial z} = q$$
#
# We begin the **backward pass** with this gate, since it is the last one, and write `dfdq` for
# $\partial f / \partial q$.

# %%
dfdz = q  # both lines are backward through f = q * z
dfdq = z
dfdz, dfdq

# %% [markdown]
# ## The chain rule is a multiplication
#
# Nobody asked for the gradient on $q$: we wanted those on $x$, $y$ and $z$. But it is the link we
# need. A nudge of $x$ moves $q$ by just as much, because $\partial q / \partial x = 1$. A nudge of
# $q$ moves $f$ by $-4$ times as much. One after the other, the two factors multiply:
#
# $$\frac{\partial f}{\partial x} = \frac{\partial f}{\partial q}\,\frac{\partial q}{\partial x}$$
#
# **Predict** the gradients on $x$ and on $y$.

# %%
dfdx = 1.0 * dfdq  # dq/dx is 1; the * is the chain rule
dfdy = 1.0 * dfdq
dfdx, dfdy, dfdz

# %% [markdown]
# No need to take it on trust. Here is the whole expression again, as a function, with nothing said
# about what is inside.


# %%
def forward(x, y, z):
    return (x + y) * z


# %% [markdown]
# Now nudge one input at a time and watch the output.

# %%
print((forward(x + h, y, z) - f) / h)
print((forward(x, y + h, z) - f) / h)
print((forward(x, y, z + h) - f) / h)

# %% [markdown]
# These numbers say how **sensitive** $f$ is to each input. (The notes once print it the other way
# round, as the sensitivity of the inputs "on $f$"; it is $f$ that moves.)
#
# To make $f$ larger, move each input a little along its own gradient: $x$ and $y$ down, $z$ up.
# **Predict** whether $f$ ends above $-12$. Then try a step of 0.1, and one of 2: a gradient speaks
# for small steps only.

# %%
step = 0.01
forward(x + step * dfdx, y + step * dfdy, z + step * dfdz)

# %% [markdown]
# ## The same thing as a picture
#
# Each gate is a circle and each value a wire. The forward pass fills in the numbers above the
# wires, from left to right. The backward pass fills in those below, from right to left. It starts
# at $f$ with a 1, because $f$ moves exactly as much as itself.

# %%
code = "q = x + y\nf = q * z"
draw(code, x=-2, y=5, z=-4)

# %% [markdown]
# Find `dfdq` in the picture, then follow it through the add gate to $x$ and to $y$. What does the
# add gate do to a gradient that arrives at it?
#
# Now flip the sign of $z$. **Predict** all five numbers below the wires before you run the cell.

# %%
draw(code, x=-2, y=5, z=4)

# %% [markdown]
# ## Shorter names
#
# All these gradients are of the same thing, the final output. So the `df` in front says nothing
# new, and from here on it is dropped: **`dq` is the gradient of the output on `q`**. Every value
# of the forward pass gets a partner with a `d` in front of its name.
#
# A traced circuit has the same short names. Change the name in quotes to ask another wire.

# %%
circuit = trace(code, x=-2, y=5, z=-4)
circuit["q"].value, circuit["q"].d

# %% [markdown] exercise="sum-times-z" role="prompt" kind="backward" stars=1 minutes=5
# ### Exercise 1: your first backward pass
#
# The function below computes $(x + y)\,z$. Write its backward pass: one line each for `dz`, `dq`,
# `dx` and `dy`, the last gate first. Use names, not numbers, because it will be tried at other
# inputs too. End with
#
#     return f, dx, dy, dz
#
# so that the function hands its gradients back.


# %% exercise="sum-times-z" role="solution"
def sum_times_z(x, y, z):
    # forward pass
    q = x + y
    f = q * z
    # backward pass
    ### BEGIN SOLUTION
    dz = q
    dq = z
    dx = 1.0 * dq
    dy = 1.0 * dq
    return f, dx, dy, dz
    ### END SOLUTION


draw(sum_times_z, x=-2, y=5, z=-4, show=("value",))

# %% exercise="sum-times-z" role="check"
# Run this as often as you like. Stuck? Put .hint(1) behind it, then .hint(2), .hint(3).
check(sum_times_z, x=-2, y=5, z=-4)

# %% exercise="sum-times-z" role="grade"
# Your score. When your work is graded, more inputs are tried.
inputs = [{"x": -2, "y": 5, "z": -4}]
### BEGIN HIDDEN TESTS
inputs += [{"x": 0.5, "y": 1.25, "z": 3.0}, {"x": 7.0, "y": -7.5, "z": -0.3}]
### END HIDDEN TESTS
grade(sum_times_z, 4, at=inputs)

# %% exercise="sum-times-z" role="mistakes"
mistakes = [
    {
        "old": "dx = 1.0 * dq",
        "new": "dx = 1.0",
        "label": "missing_upstream_factor",
        "first_wrong": "dx",
        "score": 0.75,
    },
    {
        "old": "dz = q\n    dq = z",
        "new": "dz = z\n    dq = q",
        "label": "multiply_not_swapped",
        "first_wrong": "dz",
        "score": 0.5,
    },
    {
        "old": "dx = 1.0 * dq\n    dy = 1.0 * dq",
        "new": "dx = 1.0 * q\n    dy = 1.0 * q",
        "label": "forward_value_instead_of_gradient",
        "first_wrong": "dx",
        "score": 0.5,
    },
    {
        "old": "dx = 1.0 * dq\n    dy = 1.0 * dq",
        "new": "dx = 0.5 * dq\n    dy = 0.5 * dq",
        "label": "equally_misread_as_half",
        "first_wrong": "dx",
        "score": 0.5,
    },
    {
        "old": "    dy = 1.0 * dq\n    return f, dx, dy, dz",
        "new": "    return f, dx, dz",
        "label": "missing",
        "first_wrong": "dy",
        "score": 0.75,
    },
]

# %% [markdown]
# ## Longer chains
#
# Nothing changes when the expression gets longer. Take
#
# $$f = (x\,y - z)\,w$$
#
# Its stages are $q = x\,y$, then $r = q - z$, then $f = r\,w$. The gradient that reaches $x$ has
# come through three gates, and each of them has multiplied it by its own local gradient:
#
# $$\frac{\partial f}{\partial x} =
# \frac{\partial f}{\partial r}\,\frac{\partial r}{\partial q}\,\frac{\partial q}{\partial x}$$
#
# **Predict** what has come together by the time it reaches $r$, $q$ and $x$, if $y=3$ and $w=5$.

# %%
chain = trace("q = x * y\nr = q - z\nf = r * w", x=4, y=3, z=2, w=5)
chain["r"].d, chain["q"].d, chain["x"].d

# %% [markdown]
# You never write the product down. `dr` is finished when you need it for `dq`, and `dq` is
# finished when you need it for `dx`: each line adds one factor to what the line before it left.
#
# One gate is new, the minus in $r = q - z$. **Predict** its local gradient on $z$: if $z$ goes up
# by $h$, where does $r$ go? Here $q$ is 6, and $z$ is nudged away from 1.

# %%
((6 - (1 + h)) - (6 - 1)) / h

# %% [markdown] exercise="three-links" role="prompt" kind="backward" stars=2 minutes=10
# ### Exercise 2: a chain of three
#
# Write the backward pass of $(x\,y - z)\,w$: one line each for `dw`, `dr`, `dq`, `dz`, `dx` and
# `dy`. Before each line ask two things: which gradient arrives at this gate, and what does the
# gate multiply it by? End with
#
#     return f, dx, dy, dz, dw


# %% exercise="three-links" role="solution"
def three_links(x, y, z, w):
    # forward pass
    q = x * y
    r = q - z
    f = r * w
    # backward pass
    ### BEGIN SOLUTION
    dw = r
    dr = w
    dq = 1.0 * dr
    dz = -1.0 * dr
    dx = y * dq
    dy = x * dq
    return f, dx, dy, dz, dw
    ### END SOLUTION


draw(three_links, x=2, y=3, z=1, w=-2, show=("value",))

# %% exercise="three-links" role="check"
check(three_links, x=2, y=3, z=1, w=-2)

# %% exercise="three-links" role="grade"
# Your score. When your work is graded, more inputs are tried.
inputs = [{"x": 2, "y": 3, "z": 1, "w": -2}]
### BEGIN HIDDEN TESTS
inputs += [
    {"x": -1.5, "y": 0.4, "z": 2.0, "w": 3.0},
    {"x": 0.7, "y": -2.0, "z": -1.1, "w": -0.6},
]
### END HIDDEN TESTS
grade(three_links, 6, at=inputs)

# %% exercise="three-links" role="mistakes"
mistakes = [
    {
        "old": "dz = -1.0 * dr",
        "new": "dz = 1.0 * dr",
        "label": "lost_minus",
        "first_wrong": "dz",
        "score": 0.8333,
    },
    {
        "old": "dx = y * dq\n    dy = x * dq",
        "new": "dx = y\n    dy = x",
        "label": "missing_upstream_factor",
        "first_wrong": "dx",
        "score": 0.6667,
    },
    {
        "old": "dx = y * dq\n    dy = x * dq",
        "new": "dx = x * dq\n    dy = y * dq",
        "label": "multiply_not_swapped",
        "first_wrong": "dx",
        "score": 0.6667,
    },
    {
        "old": "dq = 1.0 * dr",
        "new": "dq = 1.0",
        "label": "missing_upstream_factor",
        "first_wrong": "dq",
        "score": 0.8333,
    },
    {
        "old": "dy = x * dq",
        "new": "dy = dq",
        "label": "missing_local_gradient",
        "first_wrong": "dy",
        "score": 0.8333,
    },
]

# %% [markdown]
# When both reports are all right, draw what you have just worked out by hand. **Predict** the
# number below the wire of $r$ first.

# %%
draw(three_links, x=2, y=3, z=1, w=-2)

# %% [markdown]
# ## What to take along
#
# - Name every value inside an expression, and each line becomes one gate that you know.
# - Go backwards from the output. Each gate multiplies the gradient that arrives by its local
#   gradient and hands the product to its inputs. That multiplication is the chain rule.
# - `dq` is short for the gradient of the final output on `q`.
# - A gradient is a promise about nudges, so a nudge can check it.
