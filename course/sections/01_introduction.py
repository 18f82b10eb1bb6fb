# %% [markdown]
# # Introduction: what a gradient is for
#
# Some function takes a few numbers and gives one number back. **In which direction, and how
# strongly, does the result move when one of the inputs moves a little?** These notebooks are about
# that question, and about a way to answer it for all inputs at once.
#
# Click on a cell and press **Shift+Enter** to run it. Go through the cells from the top.

# %% role="setup"
from backprop_kit import check, draw, grade

# %% [markdown]
# ## The problem
#
# Think of a network with one weight $w$ and one bias $b$. It predicts $w\,x + b$. For the input
# $x = 2$ it should have said 7. Input and target are **data**: they were measured once, and nothing
# you do changes them.

# %%
x, target = 2.0, 7.0

# %% [markdown]
# The **loss** says how bad the prediction is. It depends on what you *can* change, the weight and
# the bias:
#
# $$L(w, b) = (w\,x + b - \text{target})^2$$


# %%
def loss(w, b):
    return (w * x + b - target) ** 2


loss(1.0, 0.5)

# %% [markdown]
# A loss of 20.25. **Predict:** does a slightly larger $w$ make it better or worse?

# %%
loss(1.1, 0.5)

# %% [markdown]
# Better. But by how much does the loss move for each bit that $w$ moves? Take a very small step $h$,
# see how far the loss goes, and divide. The same for $b$.

# %%
h = 0.001
dw = (loss(1.0 + h, 0.5) - loss(1.0, 0.5)) / h
db = (loss(1.0, 0.5 + h) - loss(1.0, 0.5)) / h
dw, db

# %% [markdown]
# These two numbers, close to $-18$ and $-9$, are the **gradient** of the loss:
#
# $$\nabla L = \left[\frac{\partial L}{\partial w},\ \frac{\partial L}{\partial b}\right]$$
#
# Both are negative, so the loss falls when $w$ and $b$ grow. Take a step that way, against the
# gradient. **Predict** whether the loss ends below 20.25.

# %%
step = 0.05
loss(1.0 - step * dw, 0.5 - step * db)

# %% [markdown]
# One step took off three quarters. Change `step` in the cell above to 0.1 and run it again; then
# to 0.3. A gradient speaks for small moves only, and the next notebook comes back to that.
#
# Training a network is this, over and over: ask for the gradient, take a step.

# %% [markdown]
# ## Why nudging is not enough
#
# We nudged each weight and computed the loss anew every time. A network has millions of weights.
# Say a million of them, and a hundredth of a second for each loss. How many hours for *one* step?

# %%
1_000_000 * 0.01 / 3600

# %% [markdown]
# **Backpropagation** gets all these gradients from one walk forward and one walk back. That is what
# you are going to learn.

# %% [markdown]
# ## The idea on one screen
#
# First take the loss apart, so that every value in it has a name. Then draw it.

# %%
code = """
s = w * x
p = s + b
e = p - target
L = e * e
"""
draw(code, "L", w=1.0, b=0.5, x=2.0, target=7.0)

# %% [markdown]
# Above each wire stands its **value**: computed from left to right, the forward pass. Below it
# stands its **gradient**, how $L$ moves when that wire is nudged: computed from right to left, the
# backward pass.
#
# Find the $-18$ below $w$ and the $-9$ below $b$. The data have gradients too. They are seldom
# used, since data stay as they are (but they tell you what a network looks at).

# %% [markdown]
# In code, each name gets a partner with a `d` in front, and the partners come in reverse order.
# That is the whole notation. **You need not understand these lines yet.** Just see that there is
# one for each gradient in the picture.


# %%
def fit(w, b, x, target):
    # forward pass
    s = w * x
    p = s + b
    e = p - target
    L = e * e
    # backward pass
    de = 2 * e
    dp = de
    ds = dp
    db = dp
    dw = x * ds
    return L, dw, db


check(fit, "L", w=1.0, b=0.5, x=2.0, target=7.0)

# %% [markdown]
# `check` looked at each line of the backward pass. It knows no formulas: it nudges the forward pass
# and compares. So it can judge what *you* write, however you write it.

# %% [markdown]
# ## When something is wrong
#
# Here is a backward pass with a slip in it.


# %%
def slipped(x, y):
    f = x * y
    dx = x
    dy = x
    return f, dx, dy


report = check(slipped, x=4, y=-3)
report

# %% [markdown]
# The report says which line, and why. To find a slip yourself, do not read the report; ask for a
# **hint** instead. The first says where, the second which rule, the third how such a line looks.
# None is the answer. Change the 1 to a 2, then to a 3.

# %%
print(report.hint(1))

# %% [markdown]
# Now mend `slipped` in its cell, and run that cell again. Nothing can break: if a notebook gets
# into a muddle, choose *Kernel → Restart Kernel and Run All Cells*.

# %% [markdown] exercise="twice" role="prompt" kind="backward" stars=1 minutes=3
# ### Exercise 1: twice
#
# Exercises look like this one: a task, a cell with a gap for your lines, a cell that checks them as
# often as you like, and a cell that shows your score.
#
# The function doubles $x$. If $x$ grows by $h$, then $f$ grows by $2h$: the gradient on $x$ is 2.
# **Replace `pass` by these two lines**, then run the three cells.
#
#     dx = 2
#     return f, dx


# %% exercise="twice" role="solution"
def twice(x):
    # forward pass
    f = 2 * x
    # backward pass
    ### BEGIN SOLUTION
    dx = 2
    return f, dx
    ### END SOLUTION


draw(twice, x=3, show=("value",))

# %% exercise="twice" role="check"
check(twice, x=3)

# %% exercise="twice" role="grade"
# Your score. When your work is graded, more inputs are tried.
inputs = [{"x": 3}]
### BEGIN HIDDEN TESTS
inputs += [{"x": -0.5}, {"x": 10.0}]
### END HIDDEN TESTS
grade(twice, 2, at=inputs)

# %% exercise="twice" role="mistakes"
mistakes = [
    {
        "old": "dx = 2\n",
        "new": "dx = 2 * x\n",
        "label": "wrong_cached_variable",
        "first_wrong": "dx",
        "score": 0,
    },
    {
        "old": "dx = 2\n",
        "new": "dx = f\n",
        "label": "wrong_local_derivative",
        "first_wrong": "dx",
        "score": 0,
    },
    {
        "old": "    dx = 2\n    return f, dx\n",
        "new": "    return f\n",
        "label": "missing",
        "first_wrong": "dx",
        "score": 0,
    },
]

# %% [markdown]
# ## What to take along
#
# - A gradient has one number for each input: how the output moves when that input moves a little.
# - The output is usually a loss. The data stay fixed; weights and biases are what you move.
# - Nudging gives one gradient at a time. Going forward and then back gives all of them.
# - Wherever a notebook says **predict**, commit to an answer before you run the cell. It is worth
#   more than the cell.
