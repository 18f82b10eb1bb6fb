# %% [markdown]
# # Patterns in backward flow
#
# You can work out any gradient in a circuit. Now for **reading** them. Three gates make up most of a
# network, add, max and multiply, and what each of them does to a gradient can be said in a few
# words. Who knows these sees at a glance where a gradient goes, and where it gets lost.

# %% role="setup"
from backprop_kit import check, check_numbers, draw, grade, grade_numbers, play, sliders, trace
from backprop_kit.gates import sigmoid

# %% [markdown]
# ## One circuit, three gates
#
# All three are in here, and at the end a gate that doubles:
#
# $$f = 2\,\bigl(x\,y + \max(z, w)\bigr)$$
#
# **Predict** the number below every wire. Begin on the right, with a 1.

# %%
code = "f = 2 * (x * y + max(z, w))"
draw(code, x=3.0, y=-4.0, z=2.0, w=-1.0, show=("value",))

# %%
draw(code, x=3.0, y=-4.0, z=2.0, w=-1.0)

# %% [markdown]
# ## Add: a copy to each
#
# The add gate was told 2.00, and passed 2.00 on to both of its inputs. Its local gradients are 1, so
# what arrives goes on **unchanged, whatever the values were**. The notes call this distributing the
# gradient "equally": an equal *copy* to each, that is, and not a share.
#
# **Predict** the four gradients when the message to the sum is 6.

# %%
circuit = trace("f = 6 * (a + b + c + d)", a=1, b=-20, c=300, d=0)
[circuit[name].d for name in "abcd"]

# %% [markdown]
# Not 1.5 each. If you doubt it, nudge `a` and see by how much $f$ moves.

# %%
h = 0.001
(6 * ((1 + h) - 20 + 300 + 0) - 6 * (1 - 20 + 300 + 0)) / h

# %% [markdown]
# ## Max: a switch
#
# The max gate sent its 2.00 to $z$, the larger input, **unchanged**, and nothing at all to $w$. Its
# local gradient is 1 for the winner and 0 for everybody else. It *routes* the gradient, as a switch
# does.
#
# **Predict** at which $w$ the 2.00 will jump over, then move it. Do any other gradients change?

# %%
play(code, x=3.0, y=-4.0, z=2.0, w=(-1.0, -4.0, 4.0))

# %% [markdown]
# None. Only the winner is ever told anything. A loser learns nothing from this example, however
# close it came.
#
# (At the tie, $w = 2$, every split that adds up to the message is right. The kit gives all of it to
# the first.)
#
# ## Multiply: swapped and scaled
#
# Below $x$ stands $-8.00$: the value of the *other* input, $-4.00$, times the message, 2.00. Below
# $y$ stands $3.00 \cdot 2.00$. The multiply gate **swaps its inputs and scales them** by the
# gradient.
#
# This is for two inputs. **Predict** the gradients on three:

# %%
circuit = trace("f = x * y * z", x=2, y=3, z=4)
[circuit[name].d for name in "xyz"]

# %% [markdown]
# Each gets the product of all the others.
#
# Somebody forgot to swap. Below each gradient stands what the code wrote there. **Predict** which of
# the four numbers are wrong.


# %%
def unswapped(x, y, z):
    q = x * y
    f = q * z
    # backward pass
    dq = z
    dz = q
    dx = x * dq
    dy = y * dq
    return f, dx, dy, dz


play(unswapped, mode="compare", x=3.0, y=-2.0, z=4.0)

# %% [markdown]
# The gate of the first slip is marked, with the reason. Now drag $x$ to where $y$ is: all numbers are
# right, and the slip is there all the same. So a check tries other inputs, too.
#
# And if both inputs are the same wire? **Predict** the
# gradient on $x$ for $f = x \cdot x$ at 3.

# %%
trace("f = x * x", x=3)["x"].d

# %% [markdown]
# $3 + 3$: each leg hands back the value of the other leg, and at a fork gradients add up.
#
# | gate | what it does to the gradient | what it has to look at |
# |---|---|---|
# | add | an unchanged copy to each input | nothing |
# | max | all of it to the winner, 0 to the others | who won |
# | multiply | to each input, times the other input | its inputs |

# %% [markdown] exercise="by-inspection" role="prompt" kind="numbers" stars=1 minutes=6
# ### Exercise 1: by inspection
#
# No calculus and no paper: go from the right, and at every gate ask for its pattern. Type the
# gradients one below the other, each behind its own name, as in `dd = 7`, or type them on the wires
# below and paste the line that comes of it.

# %% exercise="by-inspection" role="solution"
wires = "m = max(a, b)\np = m * c\ns = p + d\nf = -3 * s"
ds = dd = dp = dc = dm = da = db = None  # not answered yet
### BEGIN SOLUTION
ds = -3
dd = -3
dp = -3
dc = -6
dm = -12
da = 0
db = -12
### END SOLUTION

play(wires, mode="predict", a=-1, b=2, c=4, d=7)

# %% exercise="by-inspection" role="check"
# Stuck? Put .hint(1) behind it, then .hint(2), .hint(3).
answers = {"ds": ds, "dd": dd, "dp": dp, "dc": dc, "dm": dm, "da": da, "db": db}
check_numbers(answers, wires, a=-1, b=2, c=4, d=7)

# %% exercise="by-inspection" role="grade"
# Your score.
wires = "m = max(a, b)\np = m * c\ns = p + d\nf = -3 * s"
at = {"a": -1, "b": 2, "c": 4, "d": 7}
grade_numbers(
    {"ds": ds, "dd": dd, "dp": dp, "dc": dc, "dm": dm, "da": da, "db": db}, 3, code=wires, at=at
)

# %% exercise="by-inspection" role="mistakes"
mistakes = [
    {
        "old": "da = 0\ndb = -12",
        "new": "da = -12\ndb = 0",
        "label": "gradient_of_another",
        "first_wrong": "da",
        "score": 0.7143,
    },
    {
        "old": "dc = -6\ndm = -12",
        "new": "dc = -12\ndm = -6",
        "label": "gradient_of_another",
        "first_wrong": "dc",
        "score": 0.7143,
    },
    {
        "old": "dd = -3\ndp = -3",
        "new": "dd = -1.5\ndp = -1.5",
        "label": "wrong_size",
        "first_wrong": "dd",
        "score": 0.7143,
    },
    {
        "old": "ds = -3\n",
        "new": "ds = 3\n",
        "label": "wrong_sign",
        "first_wrong": "ds",
        "score": 0.8571,
    },
    {
        "old": "da = 0\n",
        "new": "",
        "label": "missing",
        "first_wrong": "da",
        "score": 0.8571,
    },
]

# %% [markdown]
# ## A max on the way
#
# In code the switch is an `if`. Suppose that $m = \max(q, z)$ has been told `dm`. **Predict** what
# these lines give for $q = 6$ and $z = 4$.

# %%
q, z, dm = 6, 4, -2.0
dq = dm if q > z else 0.0
dz = 0.0 if q > z else dm
dq, dz

# %% [markdown]
# The condition reads forward values, and what is handed on is the message: it is `q > z` and not
# `dq > dz`, and `dm` and not 1. Each line gives a number whichever way the switch stands, since a
# loser's gradient is 0, not nothing.

# %% [markdown] exercise="max-on-the-way" role="prompt" kind="backward" stars=2 minutes=8
# ### Exercise 2: max in a longer circuit
#
# $$f = \bigl(\max(x\,y,\ z) + x\bigr)\,w$$
#
# Write the backward pass. Where $z$ wins, what is left for $y$? And does $x$ still get something?
# End with
#
#     return f, dx, dy, dz, dw


# %% exercise="max-on-the-way" role="solution"
def with_max(x, y, z, w):
    # forward pass
    q = x * y
    m = max(q, z)
    s = m + x
    f = s * w
    # backward pass
    ### BEGIN SOLUTION
    ds = w
    dw = s
    dm = 1.0 * ds
    dx = 1.0 * ds
    dq = dm if q > z else 0.0
    dz = 0.0 if q > z else dm
    dx += y * dq
    dy = x * dq
    return f, dx, dy, dz, dw
    ### END SOLUTION


draw(with_max, x=2, y=3, z=4, w=-2, show=("value",))

# %% exercise="max-on-the-way" role="check"
# Stuck? Put .hint(1) behind it, then .hint(2), .hint(3).
check(with_max, x=2, y=3, z=4, w=-2)

# %% exercise="max-on-the-way" role="check"
# And where z wins:
check(with_max, x=2, y=3, z=9, w=-2)

# %% exercise="max-on-the-way" role="grade"
# Your score. When your work is graded, more inputs are tried.
inputs = [{"x": 2, "y": 3, "z": 4, "w": -2}, {"x": 2, "y": 3, "z": 9, "w": -2}]
### BEGIN HIDDEN TESTS
inputs += [
    {"x": -1.5, "y": 0.5, "z": 1.25, "w": 3.0},
    {"x": -0.5, "y": -4.0, "z": -1.0, "w": 0.75},
]
### END HIDDEN TESTS
grade(with_max, 3, at=inputs)

# %% exercise="max-on-the-way" role="mistakes"
mistakes = [
    {
        "old": "dq = dm if q > z else 0.0\n    dz = 0.0 if q > z else dm",
        "new": "dq = 0.0 if q > z else dm\n    dz = dm if q > z else 0.0",
        "label": "inverted_mask",
        "first_wrong": "dq",
        "score": 0.7143,
    },
    {
        "old": "dq = dm if q > z else 0.0\n    dz = 0.0 if q > z else dm",
        "new": "dq = dm\n    dz = dm",
        "label": "missing_local_gradient",
        "first_wrong": "dq",
        "score": 0.7143,
    },
    {
        "old": "dq = dm if q > z else 0.0\n    dz = 0.0 if q > z else dm",
        "new": "dq = 1.0 if q > z else 0.0\n    dz = 0.0 if q > z else 1.0",
        "label": "missing_upstream_factor",
        "first_wrong": "dq",
        "score": 0.7143,
    },
    {
        "old": "dq = dm if q > z else 0.0\n    dz = 0.0 if q > z else dm",
        "new": "dq = q * dm if q > z else 0.0\n    dz = 0.0 if q > z else z * dm",
        "label": "max_passes_value",
        "first_wrong": "dq",
        "score": 0.7143,
    },
    {
        "old": "dx += y * dq",
        "new": "dx = y * dq",
        "label": "overwrite_at_fork",
        "first_wrong": "dx",
        "score": 0.8571,
    },
]

# %% [markdown]
# ## Small input, huge gradient
#
# Now to an effect of the swap that takes most people by surprise. **Predict** which of the two
# inputs gets the larger gradient.

# %%
draw("f = x * y", x=0.001, y=1000.0)

# %% [markdown]
# The *small* one, and a million times as much. That is right: the same nudge does far more to the
# product if the other input is large. It only feels wrong, because one expects of something small
# that it does not matter.
#
# Move $y$, and look at the gradient of the input that does **not** move.

# %%
play("f = x * y", x=0.001, y=(1000.0, 0.0, 1000.0))

# %% [markdown]
# ## Data times 1000
#
# In a linear classifier every weight is multiplied with a number of the data, $w\,x$, and the
# products are added. The add gate copies the message to all of them. So each multiply gate hands
# its weight the **data, times the message**.
#
# Below the message is kept at $-3$. Suppose that somebody changes the data from kilometres to metres.
# **Predict** what becomes of the two gradients.


# %%
def scaled(scale):
    return draw("f = -3 * (w * x)", w=0.5, x=4.0 * scale)


sliders(scaled, scale=(1.0, 1.0, 1000.0))

# %% [markdown]
# At 1000 the gradient on the weight is exactly 1000 times as large, and that on the data as it was.
#
# *Exactly* holds for the gate, with its message fixed. In a whole network the message changes, too,
# since everything behind the gate now computes with larger numbers. **Predict:** a sigmoid follows;
# what is the gradient on $w$ now?

# %%
for scale in (1, 10, 1000):
    print(scale, trace("f = sigmoid(w * x)", w=0.5, x=4.0 * scale)["w"].d)

# %% [markdown]
# Far too large an input has driven the sigmoid to its flat end. There the message is next to
# nothing, then nothing: 1000 times that is still nothing.
#
# ## What it means for the learning rate
#
# A training step moves the weight by a small number, the **learning rate**, times its gradient.
# **Predict** how far $w$ moves in the two cases, and how far the product $w\,x$ moves then.

# %%
rate = 0.01
for x in (4.0, 4000.0):
    step = -rate * (x * -3)
    print(f"x = {x:6g}   w moves by {step:6g}   w * x moves by {step * x:g}")

# %% [markdown]
# With large data the weight leaps, and each bit of it counts more as well: the effect is squared.
# The notes lower the rate by the same factor, 1000. Change it to 0.00001 in the cell above. The
# step on $w$ is then as before; what it does to the product is still 1000 times more.
#
# Worse, there is *one* rate for all weights. **Predict** the gradients on the weights of two kinds
# of data, someone's age and income, for a message of $-3$:

# %%
age, income = 40.0, 40_000.0
age * -3, income * -3

# %% [markdown]
# What suits one of them is far too much or far too little for the other. So bring data to a common
# size before you train: that is why **preprocessing** matters. For instance, in units of what is
# usual:

# %%
age / 50 * -3, income / 50_000 * -3

# %% [markdown] exercise="scale-effect" role="prompt" kind="numbers" stars=2 minutes=6
# ### Exercise 3: the scale effect on the gate
#
# Two multiply gates with equal weights, $w$ and $v$. Both get the same distance: the first in
# kilometres, the second in metres. An add gate joins them, so which message do both of them get?
# Type the four gradients, each behind its own name. Which of them are alike?

# %% exercise="scale-effect" role="solution"
gates = "small = w * km\nlarge = v * m\nf = -5 * (small + large)"
dw = dv = dkm = dm = None  # not answered yet
### BEGIN SOLUTION
dw = -10
dv = -10000
dkm = -1.5
dm = -1.5
### END SOLUTION

draw(gates, w=0.3, km=2, v=0.3, m=2000, show=("value",))

# %% exercise="scale-effect" role="check"
# Stuck? Put .hint(1) behind it, then .hint(2), .hint(3).
check_numbers({"dw": dw, "dv": dv, "dkm": dkm, "dm": dm}, gates, w=0.3, km=2, v=0.3, m=2000)

# %% exercise="scale-effect" role="grade"
# Your score.
gates = "small = w * km\nlarge = v * m\nf = -5 * (small + large)"
at = {"w": 0.3, "km": 2, "v": 0.3, "m": 2000}
grade_numbers({"dw": dw, "dv": dv, "dkm": dkm, "dm": dm}, 3, code=gates, at=at)

# %% exercise="scale-effect" role="mistakes"
mistakes = [
    {
        "old": "dw = -10\ndv = -10000",
        "new": "dw = 2\ndv = 2000",
        "label": "forward_value_instead_of_gradient",
        "first_wrong": "dw",
        "score": 0.5,
    },
    {
        "old": "dm = -1.5",
        "new": "dm = -1500",
        "label": "wrong_size",
        "first_wrong": "dm",
        "score": 0.75,
    },
    {
        "old": "dw = -10\ndv = -10000\ndkm = -1.5\ndm = -1.5",
        "new": "dw = -1.5\ndv = -1.5\ndkm = -10\ndm = -10000",
        "label": "gradient_of_another",
        "first_wrong": "dw",
        "score": 0,
    },
    {
        "old": "dv = -10000",
        "new": "dv = 10000",
        "label": "wrong_sign",
        "first_wrong": "dv",
        "score": 0.75,
    },
]

# %% [markdown]
# ## Where gradients vanish
#
# One more gate: the sigmoid multiplies what arrives by $(1 - s)\,s$, and that is a quarter at most.
# **Predict** what is left of a 1, at best, behind three of them in a row. And behind ten?

# %%
0.25**3, 0.25**10

# %% [markdown]
# Three in a row, then. (Where two decimals would only say 0.00, a figure shows three significant
# digits.) **Predict** about where the most comes through. Then move $x$ outwards.

# %%
play("a = sigmoid(x)\nb = sigmoid(a)\nf = sigmoid(b)", x=(0.0, -10.0, 10.0))

# %% [markdown]
# Whatever stands in front of such a chain is told next to nothing, and so hardly learns: its
# gradient has **vanished**. Nothing is broken. Every gate does what it should, and the small numbers
# multiply.
#
# Put a switch in the place of each sigmoid, a max of 0 and its input, called `relu`. **Predict** what
# comes through three of them at $x = 0.5$ and at $x = -0.5$.

# %%
row = "a = relu(x)\nb = relu(a)\nf = relu(b)"
trace(row, x=0.5)["x"].d, trace(row, x=-0.5)["x"].d

# %% [markdown]
# All of it or nothing. This is one reason why networks with many layers are built with `relu`.

# %% [markdown] exercise="vanishing" role="prompt" kind="staged" stars=2 minutes=10
# ### Exercise 4: three neurons in a row
#
# Each neuron has one weight, and the output of one is the input of the next:
#
# $$f = \sigma\Bigl(w_3\;\sigma\bigl(w_2\;\sigma(w_1\,x)\bigr)\Bigr)$$
#
# Write it forward in stages of your own (`sigmoid(z)` is at hand), the last one called `f`, then
# backward. What goes *into* a sigmoid deserves a name, too. Before you check: which of the three
# weights is told the least? End with
#
#     return f, dx, dw1, dw2, dw3


# %% exercise="vanishing" role="solution"
def three_neurons(x, w1, w2, w3):
    # forward pass, then backward pass
    ### BEGIN SOLUTION
    p1 = w1 * x
    s1 = sigmoid(p1)
    p2 = w2 * s1
    s2 = sigmoid(p2)
    p3 = w3 * s2
    f = sigmoid(p3)
    dp3 = (1 - f) * f
    dw3 = s2 * dp3
    ds2 = w3 * dp3
    dp2 = (1 - s2) * s2 * ds2
    dw2 = s1 * dp2
    ds1 = w2 * dp2
    dp1 = (1 - s1) * s1 * ds1
    dw1 = x * dp1
    dx = w1 * dp1
    return f, dx, dw1, dw2, dw3
    ### END SOLUTION


row = "f = sigmoid(w3 * sigmoid(w2 * sigmoid(w1 * x)))"
draw(row, x=1.0, w1=2.0, w2=-1.0, w3=3.0, show=("value",))

# %% exercise="vanishing" role="check"
# Stuck? Put .hint(1) behind it, then .hint(2), .hint(3).
check(three_neurons, like=row, x=1.0, w1=2.0, w2=-1.0, w3=3.0)

# %% exercise="vanishing" role="grade"
# Your score. When your work is graded, more inputs are tried.
inputs = [{"x": 1.0, "w1": 2.0, "w2": -1.0, "w3": 3.0}]
### BEGIN HIDDEN TESTS
inputs += [
    {"x": -0.5, "w1": 1.5, "w2": 2.0, "w3": -1.0},
    {"x": 2.0, "w1": -0.75, "w2": 0.5, "w3": 1.25},
]
### END HIDDEN TESTS
grade(three_neurons, 3, at=inputs, like="f = sigmoid(w3 * sigmoid(w2 * sigmoid(w1 * x)))")

# %% exercise="vanishing" role="mistakes"
mistakes = [
    {
        "old": "dp2 = (1 - s2) * s2 * ds2",
        "new": "dp2 = (1 - s2) * s2",
        "label": "missing_upstream_factor",
        "first_wrong": "dp2",
        "score": 0.25,
    },
    {
        "old": "dp1 = (1 - s1) * s1 * ds1",
        "new": "dp1 = ds1",
        "label": "missing_local_gradient",
        "first_wrong": "dp1",
        "score": 0.5,
    },
    {
        "old": "dp2 = (1 - s2) * s2 * ds2",
        "new": "dp2 = (1 - p2) * p2 * ds2",
        "label": "pre_vs_post_activation",
        "first_wrong": "dp2",
        "score": 0.25,
    },
    {
        "old": "dw3 = s2 * dp3\n    ds2 = w3 * dp3",
        "new": "dw3 = w3 * dp3\n    ds2 = s2 * dp3",
        "label": "multiply_not_swapped",
        "first_wrong": "dw3",
        "score": 0,
    },
    {
        "old": "    dw1 = x * dp1\n    dx = w1 * dp1\n    return f, dx, dw1, dw2, dw3",
        "new": "    dx = w1 * dp1\n    return f, dx, dw2, dw3",
        "label": "missing",
        "first_wrong": "dw1",
        "score": 0.75,
    },
]

# %% [markdown]
# Here are all the gradients of it. Follow the numbers below the wires from right to left. At which
# gates do they shrink, and can a weight make up for it?

# %%
draw(row, x=1.0, w1=2.0, w2=-1.0, w3=3.0)

# %% [markdown]
# ## What to take along
#
# - **Add** copies the gradient, **max** routes it, **multiply** swaps its inputs and scales them.
# - The smaller input of a product gets the larger gradient. So the scale of the data sets the scale
#   of the weights' gradients: preprocess, and mind the learning rate.
# - Every sigmoid takes away three quarters of a gradient at least. A row of them makes it vanish; a
#   switch passes it on whole, or not at all.
