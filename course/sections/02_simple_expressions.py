# %% [markdown]
# # Simple expressions: a derivative is a sensitivity
#
# Three expressions are enough to begin with, and you will meet them again and again:
#
# $$f = x\,y \qquad\qquad f = x + y \qquad\qquad f = \max(x, y)$$
#
# For each we ask the same: if one input moves by a little, where does $f$ go?

# %% role="setup"
from backprop_kit import (
    check,
    check_numbers,
    check_values,
    draw,
    grade,
    grade_numbers,
    grade_values,
    play,
    sliders,
)

# %% [markdown]
# ## Multiply
#
# Take $x = 4$ and $y = -3$, so that $f = x\,y = -12$.


# %%
def product(x, y):
    return x * y


product(4, -3)

# %% [markdown]
# **Predict:** $x$ grows by 0.001. Does $f$ go up or down, and by how much?

# %%
h = 0.001
product(4 + h, -3) - product(4, -3)

# %% [markdown]
# Down, and three times as far as $x$ went. Divide by the step, and this "three times, downwards"
# is what is left: the **derivative** of $f$ on $x$, which is $-3$.
#
# $$\frac{df(x)}{dx} = \lim_{h \to 0} \frac{f(x + h) - f(x)}{h}$$

# %%
(product(4 + h, -3) - product(4, -3)) / h

# %% [markdown]
# On the left of that formula nothing is divided: $\frac{d}{dx}$ is one symbol, for an operation that
# turns a function into another function. On the right there is a true division.
#
# **Predict** the derivative on $y$, then run this.

# %%
(product(4, -3 + h) - product(4, -3)) / h

# %% [markdown] exercise="slope" role="prompt" kind="function" stars=1 minutes=5
# ### Exercise 1: a derivative, measured
#
# Write the measurement down once for all functions. `slope(f, x, h)` gets a function `f` of one
# number, a place `x` and a small step `h`. It returns the fraction on the right of the formula
# above, without the limit. Mind the brackets: Python divides before it subtracts.
#
# For the square at 3, with a step of 0.01, it should give about 6.


# %% exercise="slope" role="solution"
def square(x):
    return x * x


def slope(f, x, h):
    ### BEGIN SOLUTION
    return (f(x + h) - f(x)) / h
    ### END SOLUTION


square(3.0), square(3.01), slope(square, 3.0, 0.01)

# %% exercise="slope" role="check"
# Each point: what goes in, and what comes out, within one percent.
points = [
    ({"f": square, "x": 3.0, "h": 0.01}, 6.01),
    ({"f": square, "x": -1.0, "h": 0.001}, -1.999),
]
check_values(slope, at=points, within=0.01)

# %% exercise="slope" role="grade"
# Your score. When your work is graded, more points are tried.
points = [
    ({"f": square, "x": 3.0, "h": 0.01}, 6.01),
    ({"f": square, "x": -1.0, "h": 0.001}, -1.999),
]
### BEGIN HIDDEN TESTS
points += [
    ({"f": lambda x: x**3, "x": 2.0, "h": 0.001}, 12.006),
    ({"f": lambda x: 5 - 0.5 * x, "x": 7.0, "h": 0.002}, -0.5),
]
### END HIDDEN TESTS
grade_values(slope, 3, at=points, within=0.01)

# %% exercise="slope" role="mistakes"
mistakes = [
    {
        "old": "(f(x + h) - f(x)) / h",
        "new": "f(x + h) - f(x)",
        "label": "missing_factor",
        "score": 0,
    },
    {"old": "f(x + h) - f(x)) /", "new": "f(x) - f(x + h)) /", "label": "wrong_sign", "score": 0},
    {"old": "(f(x + h) - f(x)) / h", "new": "f(x + h) - f(x) / h", "label": "unknown", "score": 0},
    {"old": "    return (f", "new": "    df = (f", "label": "missing", "score": 0},
]

# %% [markdown]
# ## What the derivative promises
#
# Turn the formula around. For a small step,
#
# $$f(x + h) \approx f(x) + h\,\frac{df}{dx}$$
#
# So whoever knows $f$ and its derivative at one place knows about where $f$ goes from there. If both
# inputs move, the two effects are added. Hold the promise against the truth, with both moving by $h$.

# %%
h = 0.01
promised = -12 + h * -3 + h * 4
promised, product(4 + h, -3 + h)

# %% [markdown]
# Almost. Now move the slider. For which steps is the promise any good?


# %%
def promise(h):
    promised = -12 + h * -3 + h * 4
    truth = (4 + h) * (-3 + h)
    return f"promised {promised:8.4f}\ntruth    {truth:8.4f}\noff by   {truth - promised:8.4f}"


sliders(promise, h=(0.1, -2, 2))

# %% [markdown]
# A step ten times as small is off by a hundred times less. **Tiny changes are all that a derivative
# speaks for**; a step of 2 is off by 4.

# %% [markdown] exercise="change" role="prompt" kind="numbers" stars=2 minutes=5
# ### Exercise 2: predict the change
#
# At $x = 4$, $y = -3$, by how much does $f = x\,y$ change
#
# - `up_x`: if $x$ alone grows by 0.01,
# - `up_y`: if $y$ alone grows by 0.01,
# - `both`: if both grow by 0.01?
#
# Use the derivatives, not a calculator, and replace `pass` by a line for each, such as
# `up_x = 0.5`. What the derivatives promise is close enough.

# %% exercise="change" role="solution"
up_x = up_y = both = None  # not answered yet
### BEGIN SOLUTION
up_x = -0.03
up_y = 0.04
both = 0.01
### END SOLUTION
up_x, up_y, both

# %% exercise="change" role="check"
code = """
up_x = (x + h) * y - x * y
up_y = x * (y + h) - x * y
both = (x + h) * (y + h) - x * y
"""
answers = {"up_x": up_x, "up_y": up_y, "both": both}
check_numbers(answers, code, output="both", x=4, y=-3, h=0.01)

# %% exercise="change" role="grade"
# Your score.
code = """
up_x = (x + h) * y - x * y
up_y = x * (y + h) - x * y
both = (x + h) * (y + h) - x * y
"""
at = {"x": 4, "y": -3, "h": 0.01}
grade_numbers({"up_x": up_x, "up_y": up_y, "both": both}, 3, code=code, at=at, output="both")

# %% exercise="change" role="mistakes"
mistakes = [
    {"old": "-0.03", "new": "0.03", "label": "wrong_sign", "first_wrong": "up_x", "score": 0.6667},
    {
        "old": "-0.03",
        "new": "-3",
        "label": "missing_factor",
        "first_wrong": "up_x",
        "score": 0.6667,
    },
    {
        "old": "both = 0.01",
        "new": "both = -11.99",
        "label": "wrong_sign",
        "first_wrong": "both",
        "score": 0.6667,
    },
    {
        "old": "up_x = -0.03\nup_y = 0.04",
        "new": "up_x = 0.04\nup_y = -0.03",
        "label": "value_of_another",
        "first_wrong": "up_x",
        "score": 0.3333,
    },
    {"old": "up_y = 0.04", "new": 'up_y = "0.04"', "label": "not_a_number", "score": 0.6667},
]

# %% [markdown]
# ## The rule for a product
#
# The derivative on $x$ was $-3$, the value of $y$. The one on $y$ was 4, the value of $x$. That is no
# accident:
#
# $$f = x\,y \qquad\qquad \frac{\partial f}{\partial x} = y \qquad\qquad
# \frac{\partial f}{\partial y} = x$$
#
# Together, $[y,\ x]$ is the **gradient** of $f$. We say "the gradient on $x$" for the part that
# belongs to $x$. In the picture it stands below the wire. Move the inputs, and watch the two swap.
#
# Then press **Sensitivity**. It takes a step $h$ along one wire, and holds what the gradient predicts
# against what $f$ does. How large a step may you take along $x$ alone?

# %%
play("f = x * y", x=(4, -6, 6), y=(-3, -6, 6))

# %% [markdown] exercise="product-gradient" role="prompt" kind="backward" stars=1 minutes=3
# ### Exercise 3: the gradient of a product
#
# Below the forward pass, write a line for `dx`, the gradient on $x$, and one for `dy`. Use the names
# `x` and `y`, not numbers: other inputs will be tried. End with
#
#     return f, dx, dy


# %% exercise="product-gradient" role="solution"
def times(x, y):
    # forward pass
    f = x * y
    # backward pass
    ### BEGIN SOLUTION
    dx = y
    dy = x
    return f, dx, dy
    ### END SOLUTION


draw(times, x=4, y=-3, show=("value",))

# %% exercise="product-gradient" role="check"
check(times, x=4, y=-3)

# %% exercise="product-gradient" role="grade"
# Your score. When your work is graded, more inputs are tried.
inputs = [{"x": 4, "y": -3}]
### BEGIN HIDDEN TESTS
inputs += [{"x": -1.5, "y": 0.25}, {"x": 3.0, "y": 8.0}]
### END HIDDEN TESTS
grade(times, 2, at=inputs)

# %% exercise="product-gradient" role="mistakes"
mistakes = [
    {
        "old": "dx = y\n    dy = x",
        "new": "dx = x\n    dy = y",
        "label": "multiply_not_swapped",
        "first_wrong": "dx",
        "score": 0,
    },
    {"old": "dx = y", "new": "dx = -3", "label": "unknown", "first_wrong": "dx", "score": 0.5},
    {
        "old": "dx = y",
        "new": "dx = x * y",
        "label": "wrong_cached_variable",
        "first_wrong": "dx",
        "score": 0.5,
    },
    {
        "old": "    dy = x\n    return f, dx, dy",
        "new": "    return f, dx",
        "label": "missing",
        "first_wrong": "dy",
        "score": 0.5,
    },
]

# %% [markdown]
# ## Add
#
# **Predict** what stands below the two wires of $f = x + y$, then move the inputs. Which numbers
# change?

# %%
play("f = x + y", x=(4, -6, 6), y=(-3, -6, 6))

# %% [markdown]
# Whatever $x$ and $y$ are, a nudge of either one moves the sum by just as much:
#
# $$f = x + y \qquad\qquad \frac{\partial f}{\partial x} = 1 \qquad\qquad
# \frac{\partial f}{\partial y} = 1$$
#
# This is unlike the product, where each input's gradient depends on the other input.

# %% [markdown] exercise="sum-gradient" role="prompt" kind="backward" stars=1 minutes=2
# ### Exercise 4: the gradient of a sum
#
# The same again for a sum: `dx`, `dy`, and `return f, dx, dy`.


# %% exercise="sum-gradient" role="solution"
def plus(x, y):
    # forward pass
    f = x + y
    # backward pass
    ### BEGIN SOLUTION
    dx = 1.0
    dy = 1.0
    return f, dx, dy
    ### END SOLUTION


draw(plus, x=4, y=-3, show=("value",))

# %% exercise="sum-gradient" role="check"
check(plus, x=4, y=-3)

# %% exercise="sum-gradient" role="grade"
# Your score. When your work is graded, more inputs are tried.
inputs = [{"x": 4, "y": -3}]
### BEGIN HIDDEN TESTS
inputs += [{"x": -1.5, "y": 0.25}]
### END HIDDEN TESTS
grade(plus, 1, at=inputs)

# %% exercise="sum-gradient" role="mistakes"
mistakes = [
    {
        "old": "dx = 1.0\n    dy = 1.0",
        "new": "dx = 0.5\n    dy = 0.5",
        "label": "equally_misread_as_half",
        "first_wrong": "dx",
        "score": 0,
    },
    {
        "old": "dx = 1.0",
        "new": "dx = x",
        "label": "wrong_cached_variable",
        "first_wrong": "dx",
        "score": 0.5,
    },
    {
        "old": "dx = 1.0\n    dy = 1.0",
        "new": "dx = y\n    dy = x",
        "label": "wrong_cached_variable",
        "first_wrong": "dx",
        "score": 0,
    },
]

# %% [markdown]
# ## Max
#
# The last of the three picks the larger input. **Predict** the two gradients at $x = 4$, $y = 2$.

# %%
draw("f = max(x, y)", x=4, y=2)

# %% [markdown]
# All of it goes to the winner. Nudge the loser, and $f$ stays where it is: it is not sensitive to
# $y$ at all. But what if $y$ moves a long way?

# %%
max(4, 2 + 0.001), max(4, 2 + 3)

# %% [markdown]
# A large change of $y$ does move $f$, and the gradient of 0 did not say so. It could not: it looked
# at the nearest surroundings only. Move $y$ past $x$ and see the gradient change sides. With
# **Sensitivity** along $y$, find the step from which on the prediction is no good.

# %%
play("f = max(x, y)", x=(4, -6, 6), y=(2, -6, 6))

# %% [markdown]
# ## At a tie
#
# The notes print this formula for the max: a 1 wherever the condition holds, a 0 elsewhere.
#
# $$\frac{\partial f}{\partial x} = \mathbb{1}(x \ge y) \qquad\qquad
# \frac{\partial f}{\partial y} = \mathbb{1}(y \ge x)$$
#
# At $x = y = 3$ both conditions hold, so it says 1 and 1. Then raising *both* inputs by $h$ should
# raise $f$ by $2h$. **Predict**, then run.

# %%
h = 0.001
(max(3 + h, 3 + h) - max(3, 3)) / h

# %% [markdown]
# By $h$, once. So at a tie 1 and 1 is wrong (a slip of the notes; everywhere else their formula
# holds). What is right there? Nudge $x$ alone, up and then down.

# %%
(max(3 + h, 3) - max(3, 3)) / h, (max(3, 3) - max(3 - h, 3)) / h

# %% [markdown]
# The slope is 1 to one side and 0 to the other: a **kink**, and no single derivative. Every split of
# the gradient that adds up to 1 will do there, and it is called a *subgradient*. The simplest is to
# give all to one input. The kit's max takes the first.

# %%
draw("f = max(x, y)", x=3, y=3)

# %% [markdown] exercise="max-gradient" role="prompt" kind="backward" stars=2 minutes=8
# ### Exercise 5: the gradient of a max
#
# Write `dx` and `dy` for the larger of two numbers, so that the winner gets 1 and the other 0. At a
# tie the two must add up to 1.
#
# A line such as `d = 1.0 if x > 0 else 0.0` chooses between two values. End with
# `return f, dx, dy`.


# %% exercise="max-gradient" role="solution"
def larger(x, y):
    # forward pass
    f = max(x, y)
    # backward pass
    ### BEGIN SOLUTION
    dx = 1.0 if x >= y else 0.0
    dy = 1.0 if y > x else 0.0
    return f, dx, dy
    ### END SOLUTION


draw(larger, x=4, y=2, show=("value",))

# %% exercise="max-gradient" role="check"
check(larger, x=4, y=2)

# %% exercise="max-gradient" role="check"
# And at a tie:
check(larger, x=3, y=3)

# %% exercise="max-gradient" role="grade"
# Your score. When your work is graded, more inputs are tried.
inputs = [{"x": 4, "y": 2}, {"x": 3, "y": 3}]
### BEGIN HIDDEN TESTS
inputs += [{"x": -1.0, "y": 0.5}, {"x": -2.0, "y": -2.0}]
### END HIDDEN TESTS
grade(larger, 3, at=inputs)

# %% exercise="max-gradient" role="mistakes"
mistakes = [
    {
        "old": "1.0 if y > x else",
        "new": "1.0 if y >= x else",
        "label": "tie_double_count",
        "first_wrong": "dx",
        "score": 0,
    },
    {
        "old": "dx = 1.0 if x >= y else 0.0\n    dy = 1.0 if y > x else 0.0",
        "new": "dx = x if x >= y else 0.0\n    dy = y if y > x else 0.0",
        "label": "max_passes_value",
        "first_wrong": "dx",
        "score": 0,
    },
    {
        "old": "dx = 1.0 if x >= y else 0.0\n    dy = 1.0 if y > x else 0.0",
        "new": "dx = 0.0 if x >= y else 1.0\n    dy = 0.0 if y > x else 1.0",
        "label": "inverted_mask",
        "first_wrong": "dx",
        "score": 0,
    },
    {
        "old": "dx = 1.0 if x >= y else 0.0\n    dy = 1.0 if y > x else 0.0",
        "new": "dx = 1.0\n    dy = 0.0",
        "label": "missing_local_gradient",
        "first_wrong": "dx",
        "score": 0,
    },
]

# %% [markdown]
# ## What to take along
#
# - The derivative on an input says how sensitive the whole expression is to it:
#   $f(x + h) \approx f + h\,\frac{df}{dx}$ for a small $h$, and nothing about a large one.
# - A product hands each input the other's value, a sum hands each a 1, a max hands a 1 to the winner.
# - At a kink there are two slopes, and every value between them is right.
# - Any derivative can be measured: nudge, look, divide.
