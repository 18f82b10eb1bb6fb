# %% [markdown]
# # Summary: what to remember
#
# Nothing new today. This notebook puts together what you have worked out in the others, lets you
# find out what has stayed, and says where to look up what has not.

# %% role="setup"
import random

from backprop_kit import check, draw, grade, self_test
from backprop_kit.gates import sigmoid

# %% [markdown]
# ## Two ideas
#
# **Gradients are forces.** The gradient on a wire says which way the circuit would have that wire
# move, and how strongly, so that its output becomes higher. Gates tell each other so, from the output
# back to the inputs, and each needs to know nothing but its own part.
#
# Take the circuit that everything began with. Say in words what each red number wants, and of whom.
# **Predict** what happens to the output if all three inputs obey a little.

# %%
draw("q = x + y\nf = q * z", x=-2, y=5, z=-4)

# %%
step = 0.01
((-2 + step * -4) + (5 + step * -4)) * (-4 + step * 3)

# %% [markdown]
# It rises, from $-12$.
#
# **Work in stages.** Break a function into pieces whose local gradients are easy: a product, a max, a
# sum, a sigmoid, a product of matrices. Then go back through them one at a time, and let the chain
# rule multiply. You hardly ever want the formula of the whole gradient on paper, since nobody needs
# it: what you need are its numbers.
#
# In code the two ideas look like this. **Predict** the five numbers, then run it.

# %%
x, y = 2.0, -3.0
p = x * y  # forward: name every stage, and keep its value
f = p + x
dp = 1.0  # backward: the last stage first, each gradient with a d
dx = 1.0  # x has two roads; the first is assigned ...
dx += y * dp  # ... and the second is added
dy = x * dp
p, f, dp, dx, dy

# %% [markdown]
# ## The map
#
# | to remember | in short | where |
# |---|---|---|
# | Training needs it | the loss moves with the weights; the data are fixed | [01](01_introduction.ipynb) |
# | Nudging checks it | $\frac{f(x+h) - f(x)}{h}$, one input at a time | [01](01_introduction.ipynb), [02](02_simple_expressions.ipynb) |
# | A gradient is a sensitivity | $f(x+h) \approx f(x) + h\,\frac{df}{dx}$, for small $h$ | [02](02_simple_expressions.ipynb) |
# | The chain rule | what arrives, times the local gradient | [03](03_compound_expressions.ipynb) |
# | Gates are local | output and local gradients need only the own inputs | [04](04_intuition.ipynb) |
# | Gradients are forces | sign: which way; size: how strongly | [04](04_intuition.ipynb) |
# | Anything can be a gate | group and split as suits you | [05](05_sigmoid.ipynb) |
# | The sigmoid | $(1 - \sigma)\,\sigma$: at most a quarter, flat at the ends | [05](05_sigmoid.ipynb) |
# | Stages, and a cache | small steps; keep what the way back reads | [06](06_staged_computation.ipynb) |
# | Gradients add up at forks | first `=`, then `+=` | [06](06_staged_computation.ipynb) |
# | Add, max, multiply | copies; routes; swaps and scales | [07](07_patterns.ipynb) |
# | The scale of the data | large data, large gradients on the weights | [07](07_patterns.ipynb) |
# | Matrices | `dW = dD.dot(X.T)`, `dX = W.T.dot(dD)`; mind the shapes | [08](08_vectorized.ipynb) |
# | All of it at work | check the gradient, then train | [10](10_first_network.ipynb) |
#
# Cover the column in the middle, and say it yourself. Then try the test.

# %% [markdown]
# ## A test for yourself
#
# Six small circuits, with numbers that are new each time you run the cell. Read the gradients off in
# your head, type them (two digits will do), and press *Check*. If one of them is not what you
# expected, ask for *other numbers* and try again.

# %%
self_test()

# %% [markdown] exercise="all-patterns" role="prompt" kind="backward" stars=2 minutes=10
# ### Exercise 1: all patterns in one
#
# The test once more, for all numbers at once. Below are a product, a max, a sum, a sigmoid, and two
# forks, one of them in the middle: when is `ds` complete? Write the backward pass. The check draws
# fresh numbers each time, so run it more than once. End with
#
#     return f, dx, dy, dz, dw


# %% exercise="all-patterns" role="solution"
def all_patterns(x, y, z, w):
    # forward pass
    p = x * y
    m = max(x, z)
    s = p + m
    a = sigmoid(s)
    b = a * w
    f = b + s
    # backward pass
    ### BEGIN SOLUTION
    db = 1.0
    ds = 1.0
    da = w * db
    dw = a * db
    ds += (1 - a) * a * da
    dp = 1.0 * ds
    dm = 1.0 * ds
    dx = dm if x > z else 0.0
    dz = 0.0 if x > z else dm
    dx += y * dp
    dy = x * dp
    return f, dx, dy, dz, dw
    ### END SOLUTION


draw(all_patterns, x=2.0, y=-1.5, z=1.0, w=4.0, show=("value",))

# %% exercise="all-patterns" role="check"
# Fresh numbers each time. Stuck? Put .hint(1) behind the last line, then .hint(2), .hint(3).
numbers = {name: round(random.uniform(-3, 3), 2) for name in "xyzw"}
print(numbers)
check(all_patterns, inputs=numbers)

# %% exercise="all-patterns" role="grade"
# Your score. When your work is graded, more inputs are tried.
inputs = [{"x": 2.0, "y": -1.5, "z": 1.0, "w": 4.0}]
### BEGIN HIDDEN TESTS
inputs += [
    {"x": -0.5, "y": 0.75, "z": 0.25, "w": -2.0},
    {"x": 1.5, "y": 0.5, "z": 2.25, "w": 3.0},
]
### END HIDDEN TESTS
grade(all_patterns, 3, at=inputs)

# %% exercise="all-patterns" role="mistakes"
mistakes = [
    {
        "old": "ds += (1 - a) * a * da",
        "new": "ds = (1 - a) * a * da",
        "label": "overwrite_at_fork",
        "first_wrong": "ds",
        "score": 0.8889,
    },
    {
        "old": "    ds += (1 - a) * a * da\n    dp = 1.0 * ds\n    dm = 1.0 * ds",
        "new": "    dp = 1.0 * ds\n    dm = 1.0 * ds\n    ds += (1 - a) * a * da",
        "label": "used_before_complete",
        "first_wrong": "dp",
        "score": 0.7778,
    },
    {
        "old": "dz = 0.0 if x > z else dm",
        "new": "dz = dm if x > z else 0.0",
        "label": "inverted_mask",
        "first_wrong": "dz",
        "score": 0.8889,
    },
    {
        "old": "ds += (1 - a) * a * da",
        "new": "ds += (1 - s) * s * da",
        "label": "pre_vs_post_activation",
        "first_wrong": "ds",
        "score": 0.8889,
    },
    {
        "old": "dx += y * dp\n    dy = x * dp",
        "new": "dx += x * dp\n    dy = y * dp",
        "label": "multiply_not_swapped",
        "first_wrong": "dx",
        "score": 0.7778,
    },
]

# %% [markdown]
# ## What patterns are good for
#
# They tell you where to look when a network does not learn, and nothing raises an error.

# %% [markdown] exercise="what-is-wrong" role="prompt" kind="written" stars=2 minutes=12 points=3
# ### Exercise 2: a network that does not learn
#
# A friend trains a network of six layers, each a product with its weights and then a sigmoid. The
# data are prices, up to 10,000. In the first layer the gradients are all but zero, so the learning
# rate was raised, to no avail.
#
# Explain in five to eight sentences what goes wrong, gate by gate, from the loss back to the first
# weights, with three of the patterns. What would you change first, and why? A person reads this.

# %% [markdown] exercise="what-is-wrong" role="solution"
# ### BEGIN SOLUTION
# On the way back every sigmoid multiplies its message by $(1 - s)\,s$, a quarter at most; behind six
# of them less than a thousandth is left, unless large weights make up for it. In the first layer it
# is far worse: prices in the thousands, times the weights, are added up to numbers far from 0, where
# the sigmoid is flat. Its local gradient is next to nothing, often exactly 0 in floats. The add gate
# in front of it hands an unchanged copy of that to every product. A multiply gate gives each weight
# the data times the message: the data are large, but thousands times nothing is nothing. (Were the
# sigmoid not flat, the same factor would make these gradients far too large.) A larger rate does not
# help: it multiplies zeros, and makes the last layers, whose gradients are of a fair size, leap.
# First bring the data to a common size near 1, so that the first sigmoids come back to where they
# are steep. Then put `relu` in the place of the sigmoids: a max is a switch, and passes the message
# on unchanged where it wins.
#
# One point each: the messages shrink through the sigmoids, each by its local gradient; large data
# drive the first layer to the flat end (or, where it is not flat, scale the weights' gradients);
# a change that fits and its reason (scaling the data, or `relu`), and why the rate does not help.
# ### END SOLUTION

# %% [markdown]
# ## And now
#
# What was hard about this subject is behind you. A network is a large circuit of the gates you know,
# and its backward pass is written as you have written all the others. In
# [the last notebook](10_first_network.ipynb) you train one.
