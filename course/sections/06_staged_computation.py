# %% [markdown]
# # Staged computation: backprop in practice
#
# Here is a function that is good for nothing, except to practise on:
#
# $$f(x, y) = \frac{x + \sigma(y)}{\sigma(x) + (x + y)^2}$$
#
# It is too large to be differentiated at a glance, and every piece of it is small enough. The
# sigmoid $\sigma$ is the one you know.

# %% role="setup"
import math

from backprop_kit import check, draw, grade, sliders, trace

# %% [markdown]
# ## The formula that you will not need
#
# You could differentiate it in one go. By the quotient rule this is the gradient on $x$:
#
# $$\frac{\partial f}{\partial x} = \frac{\sigma(x) + (x+y)^2 - \bigl(x + \sigma(y)\bigr)
# \bigl((1 - \sigma(x))\,\sigma(x) + 2(x+y)\bigr)}{\bigl(\sigma(x) + (x+y)^2\bigr)^2}$$
#
# Let $x = 3$ and $y = -4$, and compute it once. Would you notice a slip in the last line of the cell?

# %%
x, y = 3, -4
sx, sy = 1 / (1 + math.exp(-x)), 1 / (1 + math.exp(-y))
(sx + (x + y) ** 2 - (x + sy) * ((1 - sx) * sx + 2 * (x + y))) / (sx + (x + y) ** 2) ** 2

# %% [markdown]
# Keep the number in mind, and forget the formula. Nothing of it helps with $y$, and nobody needs it:
# what you want is a way to **compute** the gradient. For that, the function as code is enough.
#
# ## Forward, in stages
#
# Cut the code into stages so small that you know the local gradient of each by heart, and name all
# of them. **Predict:** which of $\sigma(3)$ and $\sigma(-4)$ is close to 1, and which close to 0?

# %%
sigy = 1.0 / (1 + math.exp(-y))  # (1) the sigmoid in the numerator
num = x + sigy  # (2) the numerator
sigy, num

# %%
sigx = 1.0 / (1 + math.exp(-x))  # (3) the sigmoid in the denominator
xpy = x + y  # (4)
sigx, xpy

# %% [markdown]
# So the numerator is about 3. **Predict** the denominator, and with it $f$, in your head.

# %%
xpysqr = xpy**2  # (5)
den = sigx + xpysqr  # (6) the denominator
xpysqr, den

# %%
invden = 1.0 / den  # (7)
f = num * invden  # (8) done
invden, f

# %% [markdown]
# The division has become two stages: turn the denominator over, then multiply. Both are gates that
# you know, and nobody has to remember the quotient rule.
#
# Below is the circuit, each sigmoid as one gate. Which wires fork?

# %%
code = """
sigy = 1.0 / (1 + math.exp(-y))
num = x + sigy
sigx = 1.0 / (1 + math.exp(-x))
xpy = x + y
xpysqr = xpy**2
den = sigx + xpysqr
invden = 1.0 / den
f = num * invden
"""
draw(code, x=3, y=-4, group="closed", show=("value",))

# %% [markdown]
# ## Backward, the last stage first
#
# Each forward name gets a partner with a `d` in front, and each line is what it always is: the
# gradient that arrives, times the local gradient.
#
# Line (8), `f = num * invden`, comes first. The message to it is 1. **Predict** both gradients.

# %%
dnum = invden  # (8)
dinvden = num  # (8)
dnum, dinvden

# %% [markdown]
# Line (7), `invden = 1.0 / den`. **Predict** the sign first: if the denominator grows, where does
# $f$ go?
#
# $$\frac{d}{d\,\mathtt{den}}\ \frac{1}{\mathtt{den}} = -\frac{1}{\mathtt{den}^2}$$

# %%
dden = (-1.0 / den**2) * dinvden  # (7)
dden

# %% [markdown]
# Line (6), `den = sigx + xpysqr`, is an add gate. **Predict** what it does with $-0.79$.

# %%
dsigx = 1.0 * dden  # (6)
dxpysqr = 1.0 * dden  # (6)
dsigx, dxpysqr

# %% [markdown]
# Line (5), `xpysqr = xpy**2`. The circuit wants this square to be *smaller*, with a force of 0.79.
# `xpy` is $-1$. **Predict** in which direction it is pulled, then the number.

# %%
dxpy = (2 * xpy) * dxpysqr  # (5)
dxpy

# %% [markdown]
# Upwards, towards 0, where a square is smallest.
#
# ## Keep what the way back will read
#
# Look at the lines that you just ran. They read `invden`, `num`, `den` and `xpy`: values of the
# forward pass, which were still there. Those to come will read the two sigmoids. Keeping such values
# until the backward pass has run is called **caching** them. To compute them again would be
# possible, and a waste.
#
# **Predict** which of the eight values need not be kept.

# %%
cache = {"num": num, "invden": invden, "den": den, "xpy": xpy, "sigx": sigx, "sigy": sigy}
{"sigy", "num", "sigx", "xpy", "xpysqr", "den", "invden", "f"} - cache.keys()

# %% [markdown]
# `xpysqr` has gone into a sum only, and the local gradients of a sum are 1 whatever its inputs are.
# Even $x$ and $y$ themselves will not be read.
#
# ## A fork
#
# Lines (4), (3) and (2) are left, and all three of them read $x$. What is the gradient on a value
# that is used several times? A smaller case first:
#
# $$p = x\,y \qquad q = x + y \qquad f = p\,q$$
#
# With $x = 2$ and $y = 3$ it gives 30. Nudge $x$ in one place at a time. **Predict** all three.

# %%
h = 0.000001
print("in p alone:", ((2 + h) * 3 * (2 + 3) - 30) / h)
print("in q alone:", (2 * 3 * ((2 + h) + 3) - 30) / h)
print("in both:   ", ((2 + h) * 3 * ((2 + h) + 3) - 30) / h)

# %% [markdown]
# Two roads lead from $x$ to $f$, and what comes back along them **adds up**: $15 + 6 = 21$. This is
# the *multivariable chain rule*:
#
# $$\frac{\partial f}{\partial x} = \frac{\partial f}{\partial p}\,\frac{\partial p}{\partial x}
# + \frac{\partial f}{\partial q}\,\frac{\partial q}{\partial x}$$
#
# In the picture the fork is cut, and each road has an $x$ of its own. **Predict** what stands
# below $x$ when the two are joined again. ($y$ still forks. Which two numbers make its 16?)

# %%
draw("p = x1 * y\nq = x2 + y\nf = p * q", x1=2, x2=2, y=3)

# %%
draw("p = x * y\nq = x + y\nf = p * q", x=2, y=3)

# %% [markdown]
# The two roads need not agree with each other. Move $x$, with $y = 3$ as before, until a nudge of it
# would do nothing at all, although both roads carry a lot.


# %%
def roads(x):
    through_p, through_q = 3 * (x + 3), 1 * (3 * x)  # y times dp, 1 times dq
    total = through_p + through_q
    return f"through p {through_p:7.2f}\nthrough q {through_q:7.2f}\ntogether  {total:7.2f}"


sliders(roads, x=(2.0, -5.0, 5.0))

# %% [markdown]
# ## `=` forgets, `+=` adds
#
# Here is a backward pass that treats the two roads one after the other. **Predict** which lines are
# wrong, and what `dx` will be.


# %%
def two_roads(x, y):
    p = x * y
    q = x + y
    f = p * q
    dp = q
    dq = p
    dx = y * dp
    dy = x * dp
    dx = 1.0 * dq
    dy = 1.0 * dq
    return f, dx, dy


check(two_roads, x=2, y=3)

# %% [markdown]
# The 15 from the first road was there, then `=` put the 6 in its place, and Python has nothing to
# complain about. The rule: the first contribution to a gradient is assigned with `=`, and all later
# ones are **added with `+=`**, in any order. Mend the last two lines in the cell above.

# %% [markdown] exercise="staged-backward" role="prompt" kind="backward" stars=2 minutes=12
# ### Exercise 1: all of it
#
# Write the whole backward pass, best without looking up: lines (8) to (1), the last stage first.
# Three roads lead to $x$, two to $y$. What a sigmoid needs for its local gradient, the forward pass
# has left behind. End with
#
#     return f, dx, dy


# %% exercise="staged-backward" role="solution"
def staged(x, y):
    # forward pass
    sigy = 1.0 / (1 + math.exp(-y))  # (1)
    num = x + sigy  # (2)
    sigx = 1.0 / (1 + math.exp(-x))  # (3)
    xpy = x + y  # (4)
    xpysqr = xpy**2  # (5)
    den = sigx + xpysqr  # (6)
    invden = 1.0 / den  # (7)
    f = num * invden  # (8)
    # backward pass
    ### BEGIN SOLUTION
    dnum = invden  # (8)
    dinvden = num  # (8)
    dden = (-1.0 / den**2) * dinvden  # (7)
    dsigx = 1.0 * dden  # (6)
    dxpysqr = 1.0 * dden  # (6)
    dxpy = (2 * xpy) * dxpysqr  # (5)
    dx = 1.0 * dxpy  # (4)
    dy = 1.0 * dxpy  # (4)
    dx += ((1 - sigx) * sigx) * dsigx  # (3)
    dx += 1.0 * dnum  # (2)
    dsigy = 1.0 * dnum  # (2)
    dy += ((1 - sigy) * sigy) * dsigy  # (1)
    return f, dx, dy
    ### END SOLUTION


draw(staged, x=3, y=-4, group="closed", show=("value",))

# %% exercise="staged-backward" role="check"
# Stuck? Put .hint(1) behind it, then .hint(2), .hint(3).
check(staged, x=3, y=-4)

# %% exercise="staged-backward" role="grade"
# Your score. When your work is graded, more inputs are tried.
inputs = [{"x": 3, "y": -4}]
### BEGIN HIDDEN TESTS
inputs += [{"x": -0.5, "y": 1.25}, {"x": 1.5, "y": 0.75}]
### END HIDDEN TESTS
grade(staged, 5, at=inputs)

# %% exercise="staged-backward" role="mistakes"
mistakes = [
    {
        "old": "dx += ((1 - sigx) * sigx) * dsigx",
        "new": "dx = ((1 - sigx) * sigx) * dsigx",
        "label": "overwrite_at_fork",
        "first_wrong": "dx",
        "score": 0.8889,
    },
    {
        "old": "dden = (-1.0 / den**2) * dinvden",
        "new": "dden = (1.0 / den**2) * dinvden",
        "label": "lost_minus",
        "first_wrong": "dden",
        "score": 0.8889,
    },
    {
        "old": "dxpy = (2 * xpy) * dxpysqr",
        "new": "dxpy = xpy * dxpysqr",
        "label": "missing_power_factor",
        "first_wrong": "dxpy",
        "score": 0.8889,
    },
    {
        "old": "dy += ((1 - sigy) * sigy) * dsigy",
        "new": "dy += (1 - sigy) * sigy",
        "label": "missing_upstream_factor",
        "first_wrong": "dy",
        "score": 0.8889,
    },
    {
        "old": "    dx += 1.0 * dnum  # (2)\n",
        "new": "",
        "label": "missing_path",
        "first_wrong": "dx",
        "score": 0.8889,
    },
    {
        "old": "dx += ((1 - sigx) * sigx) * dsigx",
        "new": "dx += ((1 - x) * x) * dsigx",
        "label": "pre_vs_post_activation",
        "first_wrong": "dx",
        "score": 0.8889,
    },
]

# %% [markdown]
# All right? Then hold yours against one that the kit writes, which it reads off the circuit. Where
# do the two differ, and does it matter?

# %%
from backprop_kit import write_backward

solved = check(staged, x=3, y=-4).ok
print(write_backward(code, x=3, y=-4) if solved else "Solve exercise 1, then run this again.")

# %% [markdown]
# And the whole circuit, both sigmoids opened. Three roads lead back to $x$. Read off what each of
# them brings, at the gate next to $x$: do they add up to the 2.06 that stands below it?

# %%
draw(code, x=3, y=-4)

# %%
circuit = trace(code, x=3, y=-4)
circuit["x"].d, circuit["y"].d

# %% [markdown]
# $1.58 + 0.51 - 0.04$: the last comes through the sigmoid, whose `×−1` turns the sign. Twelve short
# lines for both gradients, and the one on $x$ is the number that you began with.

# %% [markdown]
# ## Somebody else's backward pass
#
# A colleague has written one for
#
# $$f(x, y, z) = \frac{x\,y}{1 + (x - z)^2}$$
#
# It runs.


# %%
def broken(x, y, z):
    # forward pass
    num = x * y
    dif = x - z
    sqr = dif**2
    den = 1.0 + sqr
    invden = 1.0 / den
    f = num * invden
    # backward pass
    dnum = invden
    dinvden = num
    dden = (1.0 / den**2) * dinvden
    dsqr = 1.0 * dden
    ddif = 2 * dif
    dx = 1.0 * ddif
    dz = -1.0 * ddif
    dx = y * dnum
    dy = x * num
    return f, dx, dy, dz


# %% [markdown]
# Are its gradients right? Nudge the forward pass, and see.


# %%
def asked_for(x, y, z):
    return x * y / (1 + (x - z) ** 2)


f, dx, dy, dz = broken(1.5, -2.0, 0.5)
print("x:", dx, "nudged:", (asked_for(1.5 + h, -2.0, 0.5) - f) / h)
print("y:", dy, "nudged:", (asked_for(1.5, -2.0 + h, 0.5) - f) / h)
print("z:", dz, "nudged:", (asked_for(1.5, -2.0, 0.5 + h) - f) / h)

# %% [markdown]
# Not one of the three is right.

# %% [markdown] exercise="repair" role="prompt" kind="staged" stars=2 minutes=10
# ### Exercise 2: find four mistakes
#
# Four lines of that backward pass are wrong, each in a way of its own; the forward pass is fine. Go
# back through the stages with a pencil, and find them **before** you run the check, which would tell
# you. Copy the backward pass into the function below, with those four lines put right. Only right
# gradients on the inputs count here.


# %% exercise="repair" role="solution"
def repaired(x, y, z):
    # forward pass
    num = x * y
    dif = x - z
    sqr = dif**2
    den = 1.0 + sqr
    invden = 1.0 / den
    f = num * invden
    # backward pass
    ### BEGIN SOLUTION
    dnum = invden
    dinvden = num
    dden = (-1.0 / den**2) * dinvden
    dsqr = 1.0 * dden
    ddif = 2 * dif * dsqr
    dx = 1.0 * ddif
    dz = -1.0 * ddif
    dx += y * dnum
    dy = x * dnum
    return f, dx, dy, dz
    ### END SOLUTION


formula = "f = x * y / (1 + (x - z)**2)"
draw(repaired, x=1.5, y=-2.0, z=0.5, show=("value",))

# %% exercise="repair" role="check"
# Stuck? Put .hint(1) behind it, then .hint(2), .hint(3).
check(repaired, like=formula, x=1.5, y=-2.0, z=0.5)

# %% exercise="repair" role="grade"
# Your score. When your work is graded, more inputs are tried.
inputs = [{"x": 1.5, "y": -2.0, "z": 0.5}]
### BEGIN HIDDEN TESTS
inputs += [{"x": -0.75, "y": 0.5, "z": 1.0}, {"x": 2.0, "y": 3.0, "z": 2.5}]
### END HIDDEN TESTS
grade(repaired, 5, at=inputs, like="f = x * y / (1 + (x - z)**2)")

# %% exercise="repair" role="mistakes"
mistakes = [
    {
        "old": "dden = (-1.0 / den**2) * dinvden",
        "new": "dden = (1.0 / den**2) * dinvden",
        "label": "lost_minus",
        "first_wrong": "dden",
        "score": 0.3333,
    },
    {
        "old": "ddif = 2 * dif * dsqr",
        "new": "ddif = 2 * dif",
        "label": "missing_upstream_factor",
        "first_wrong": "ddif",
        "score": 0.3333,
    },
    {
        "old": "dx += y * dnum",
        "new": "dx = y * dnum",
        "label": "overwrite_at_fork",
        "first_wrong": "dx",
        "score": 0.6667,
    },
    {
        "old": "dy = x * dnum",
        "new": "dy = x * num",
        "label": "forward_value_instead_of_gradient",
        "first_wrong": "dy",
        "score": 0.6667,
    },
    {
        "old": "dden = (-1.0 / den**2) * dinvden\n    dsqr = 1.0 * dden\n    ddif = 2 * dif * dsqr\n"
        "    dx = 1.0 * ddif\n    dz = -1.0 * ddif\n    dx += y * dnum\n    dy = x * dnum",
        "new": "dden = (1.0 / den**2) * dinvden\n    dsqr = 1.0 * dden\n    ddif = 2 * dif\n"
        "    dx = 1.0 * ddif\n    dz = -1.0 * ddif\n    dx = y * dnum\n    dy = x * num",
        "label": "lost_minus",
        "first_wrong": "dden",
        "score": 0,
    },
]

# %% [markdown]
# Say what is wrong with each of the four in a few words, then compare.
#
# <details><summary>Which four? (Open when you have found them.)</summary>
#
# A minus that belongs to the local gradient; a gradient from above that was left out; an `=` that
# forgot; a forward value where its gradient was meant. All four are among the commonest, and each
# runs without a complaint.
#
# </details>

# %% [markdown] exercise="stages-of-your-own" role="prompt" kind="staged" stars=3 minutes=15
# ### Exercise 3: stages of your own
#
# One more function, and nobody has cut it up for you:
#
# $$f(x, y) = \frac{x\,\sigma(y)}{x^2 + y^2}$$
#
# Write it forward, in stages that you can differentiate at a glance, under names that you choose;
# call the last one `f`. Then walk back. Count first: how many roads lead to $x$, how many to $y$?
# End with
#
#     return f, dx, dy


# %% exercise="stages-of-your-own" role="solution"
def my_stages(x, y):
    # forward pass, then backward pass
    ### BEGIN SOLUTION
    sigy = 1.0 / (1 + math.exp(-y))
    num = x * sigy
    xsqr = x**2
    ysqr = y**2
    den = xsqr + ysqr
    invden = 1.0 / den
    f = num * invden
    dnum = invden
    dinvden = num
    dden = (-1.0 / den**2) * dinvden
    dxsqr = 1.0 * dden
    dysqr = 1.0 * dden
    dy = 2 * y * dysqr
    dx = 2 * x * dxsqr
    dx += sigy * dnum
    dsigy = x * dnum
    dy += (1 - sigy) * sigy * dsigy
    return f, dx, dy
    ### END SOLUTION


quotient = "f = x * (1 / (1 + math.exp(-y))) / (x**2 + y**2)"
draw(quotient, x=2.0, y=-1.0, group="closed", show=("value",))

# %% exercise="stages-of-your-own" role="check"
# Stuck? Put .hint(1) behind it, then .hint(2), .hint(3).
check(my_stages, like=quotient, x=2.0, y=-1.0)

# %% exercise="stages-of-your-own" role="grade"
# Your score. When your work is graded, more inputs are tried.
inputs = [{"x": 2.0, "y": -1.0}]
### BEGIN HIDDEN TESTS
inputs += [{"x": -0.75, "y": 1.5}, {"x": 1.25, "y": 0.5}]
### END HIDDEN TESTS
grade(my_stages, 4, at=inputs, like="f = x * (1 / (1 + math.exp(-y))) / (x**2 + y**2)")

# %% exercise="stages-of-your-own" role="mistakes"
mistakes = [
    {
        "old": "dx += sigy * dnum",
        "new": "dx = sigy * dnum",
        "label": "overwrite_at_fork",
        "first_wrong": "dx",
        "score": 0.5,
    },
    {
        "old": "dden = (-1.0 / den**2) * dinvden",
        "new": "dden = (-1.0 / den**2)",
        "label": "missing_upstream_factor",
        "first_wrong": "dden",
        "score": 0,
    },
    {
        "old": "dx = 2 * x * dxsqr",
        "new": "dx = x * dxsqr",
        "label": "missing_power_factor",
        "first_wrong": "dx",
        "score": 0.5,
    },
    {
        "old": "dy += (1 - sigy) * sigy * dsigy",
        "new": "dy += dsigy",
        "label": "missing_local_gradient",
        "first_wrong": "dy",
        "score": 0.5,
    },
    {
        "old": "num = x * sigy",
        "new": "num = x + sigy",
        "label": "changed_forward",
        "score": 0,
    },
]

# %% [markdown]
# ## What to take along
#
# - Break a function into stages with easy local gradients, and chain them. The formula of the whole
#   gradient is never written down.
# - Keep the forward values that the way back will read.
# - Where a value is used more than once, its gradients add up: `=` for the first, `+=` for all
#   others.
# - A wrong backward pass runs as smoothly as a right one. Nudge, and compare.
