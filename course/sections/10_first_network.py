# %% [markdown]
# # A first network
#
# The notes end with the words "ready to train". This notebook is what they are ready for: data on
# which straight lines fail, a network of two layers, **your** backward pass, and a loop around it
# that you have known since the introduction. Nothing else is needed.

# %% role="setup"
import math
import numpy as np

from backprop_kit import check, check_gradient, check_values, curve, grade, grade_values
from backprop_kit import draw, progress, regions, sliders

# %% [markdown]
# ## The data
#
# Three classes, a hundred points each. Every class is an arm of a spiral: the farther out, the
# farther around, and a bit of noise.


# %%
def spiral(count, rng):
    radius, y = np.tile(np.linspace(0, 1, count), 3), np.repeat([0, 1, 2], count)
    angle = 4 * (y + radius) + 0.2 * rng.normal(size=3 * count)
    return np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1), y


# %%
X, y = spiral(100, np.random.default_rng(0))
X.shape, y.shape

# %% [markdown]
# **Predict:** a classifier that can only part the plane by straight lines, like the softmax
# classifier of section 08, gets how many of these right? Think of the best three sectors that you
# could cut.

# %%
regions(None, X, y)

# %% [markdown]
# About half. Each arm winds through the sectors of the others.
#
# ## A network that knows nothing
#
# Before anything is trained, one number can be told in advance, and it is worth knowing: with tiny
# random weights all scores are close to 0, so every class gets the same probability.

# %% [markdown] exercise="first-loss" role="prompt" kind="function" stars=1 minutes=4
# ### Exercise 1: the loss at the start
#
# What is the softmax loss of a network that gives each of `classes` classes the same probability?
# Return it as a formula. (If training ever starts far above this number, something is wrong before
# the first step.)


# %% exercise="first-loss" role="solution"
def first_loss(classes):
    ### BEGIN SOLUTION
    return math.log(classes)
    ### END SOLUTION


print("for three classes:", first_loss(3))

# %% exercise="first-loss" role="check"
# Stuck? Put .hint(1) behind it, then .hint(2), .hint(3).
check_values(first_loss, at=[({"classes": 10}, 2.302585093)])

# %% exercise="first-loss" role="grade"
# Your score. When your work is graded, more inputs are tried.
points = [({"classes": 10}, 2.302585093)]
### BEGIN HIDDEN TESTS
points += [({"classes": 3}, 1.098612289), ({"classes": 1000}, 6.907755279)]
### END HIDDEN TESTS
grade_values(first_loss, 1, at=points)

# %% exercise="first-loss" role="mistakes"
mistakes = [
    {
        "old": "return math.log(classes)",
        "new": "return -math.log(classes)",
        "label": "wrong_sign",
        "score": 0,
    },
    {
        "old": "return math.log(classes)",
        "new": "return math.log2(classes)",
        "label": "constant_factor",
        "score": 0,
    },
    {
        "old": "return math.log(classes)",
        "new": "return 1 / classes",
        "label": "unknown",
        "score": 0,
    },
    {
        "old": "return math.log(classes)",
        "new": "return math.log(10)",
        "label": "constant_answer",
        "score": 0.3333,
    },
]

# %% [markdown]
# ## The network
#
# Two layers with a ReLU in between, then a score for each class:
#
# $$h = \max(0,\ X W_1 + b_1) \qquad\qquad s = h\,W_2 + b_2$$


# %%
def scores_of(X, W1, b1, W2, b2):
    return np.maximum(0, X.dot(W1) + b1).dot(W2) + b2


# %% [markdown]
# A hundred hidden units. The weights start small and random, because units that are equal would get
# equal gradients and stay equal for ever; the biases may start at 0.


# %%
def new_network(hidden, rng):
    W1, W2 = 0.1 * rng.normal(size=(2, hidden)), 0.1 * rng.normal(size=(hidden, 3))
    return {"W1": W1, "b1": np.zeros(hidden), "W2": W2, "b2": np.zeros(3)}


# %% [markdown]
# **Predict** how many numbers there are to learn.

# %%
start = new_network(100, np.random.default_rng(1))
sum(value.size for value in start.values())

# %% [markdown]
# The network with the data in it. Go along its wires and **predict** each shape from the one before.

# %%
code = "h = np.maximum(0, X.dot(W1) + b1)\ns = h.dot(W2) + b2"
draw(code, "s", X=X, **start, show=("shape",))

# %% [markdown]
# The loss of a set of weights on our data, the softmax loss as in section 08. **Predict** it for the
# weights we start with.


# %%
def loss_of(params):
    scores = scores_of(X, **params)
    p = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    p = p / np.sum(p, axis=1, keepdims=True)
    return -np.mean(np.log(p[np.arange(len(y)), y]))


print(loss_of(start), "and log 3 is", math.log(3))

# %% [markdown] exercise="two-layers" role="prompt" kind="backward" stars=3 minutes=20
# ### Exercise 2: the backward pass of a network
#
# You have written each of these lines before. Start with `ds`; it takes three. The second layer hands
# gradients to `W2`, to `b2` and to `h`. Then the ReLU, then the first layer. End with
#
#     return loss, dW1, db1, dW2, db2


# %% exercise="two-layers" role="solution"
def two_layers(X, y, W1, b1, W2, b2):
    # forward pass
    N = len(y)
    z = X.dot(W1) + b1
    h = np.maximum(0, z)
    s = h.dot(W2) + b2
    e = np.exp(s - np.max(s, axis=1, keepdims=True))
    p = e / np.sum(e, axis=1, keepdims=True)
    loss = -np.sum(np.log(p[np.arange(N), y])) / N
    # backward pass
    ### BEGIN SOLUTION
    ds = p.copy()
    ds[np.arange(N), y] -= 1
    ds /= N
    dW2 = h.T.dot(ds)
    db2 = ds.sum(axis=0)
    dh = ds.dot(W2.T)
    dz = dh * (z > 0)
    dW1 = X.T.dot(dz)
    db1 = dz.sum(axis=0)
    return loss, dW1, db1, dW2, db2
    ### END SOLUTION


rng = np.random.default_rng(2)
shapes = {"X": (5, 2), "W1": (2, 4), "b1": (4,), "W2": (4, 3), "b2": (3,)}
few = {name: rng.normal(size=shape) for name, shape in shapes.items()}
code = "z = X.dot(W1) + b1\nh = np.maximum(0, z)\ns = h.dot(W2) + b2"
draw(code, "s", inputs=few, show=("shape",))

# %% exercise="two-layers" role="check"
# Five points and four hidden units. Stuck? Put .hint(1) behind it, then .hint(2), .hint(3).
classes = np.array([0, 2, 1, 2, 0])
check(two_layers, "loss", wrt=["W1", "b1", "W2", "b2"], y=classes, inputs=few)

# %% exercise="two-layers" role="grade"
# Your score. When your work is graded, more inputs are tried.
rng = np.random.default_rng(2)
shapes = [{"X": (5, 2), "W1": (2, 4), "b1": (4,), "W2": (4, 3), "b2": (3,)}]
### BEGIN HIDDEN TESTS
shapes += [{"X": (4, 3), "W1": (3, 5), "b1": (5,), "W2": (5, 2), "b2": (2,)}]
### END HIDDEN TESTS
inputs = [{name: rng.normal(size=shape) for name, shape in each.items()} for each in shapes]
for each in inputs:
    each["y"] = rng.integers(len(each["b2"]), size=len(each["X"]))
grade(two_layers, 5, at=inputs, output="loss", wrt=["W1", "b1", "W2", "b2"])

# %% exercise="two-layers" role="mistakes"
mistakes = [
    {
        "old": "dz = dh * (z > 0)",
        "new": "dz = dh",
        "label": "missing_local_gradient",
        "first_wrong": "dz",
        "score": 0.8889,
    },
    {
        "old": "    ds /= N\n",
        "new": "",
        "label": "double_batch_scale",
        "first_wrong": "ds",
        "score": 0.8889,
    },
    {
        "old": "ds[np.arange(N), y] -= 1",
        "new": "ds[np.arange(N), y] += 1",
        "label": "lost_minus",
        "first_wrong": "ds",
        "score": 0.8889,
    },
    {
        "old": "dz = dh * (z > 0)",
        "new": "dz = dh * (z < 0)",
        "label": "inverted_mask",
        "first_wrong": "dz",
        "score": 0.8889,
    },
    {
        "old": "db1 = dz.sum(axis=0)",
        "new": "db1 = dz.mean(axis=0)",
        "label": "mean_instead_of_sum",
        "first_wrong": "db1",
        "score": 0.8333,
    },
    {
        "old": "dW2 = h.T.dot(ds)",
        "new": "dW2 = z.T.dot(ds)",
        "label": "pre_vs_post_activation",
        "first_wrong": "dW2",
        "score": 0.8333,
    },
    {
        "old": "db2 = ds.sum(axis=0)",
        "new": "db2 = ds",
        "label": "missing_unbroadcast_sum",
        "first_wrong": "db2",
        "score": 0.8333,
    },
]

# %% [markdown]
# ## First the gradient check
#
# Never train before it. `gradients_of` calls your function on all 300 points. `check_gradient` holds
# the gradients of all 603 numbers against `loss_of`, which knows nothing of your code. It does not
# nudge them one at a time, but all at once, in a random direction.


# %%
def gradients_of(params):
    found = two_layers(X, y, **params) or [None]
    return dict(zip(params, found[1:], strict=False))


check_gradient(loss_of, start, gradients_of(start))

# %% [markdown]
# Everything right? Then on. If not, go back to exercise 2: there is no point in training yet.
#
# ## Then the training
#
# A gradient that is still missing, or has another shape than its variable, shall move nothing:


# %%
def usable(grad, value):
    return grad if np.shape(grad) == value.shape else 0.0


# %% [markdown]
# Then a step is one line: each array moves against its own gradient. **Predict** what would happen
# with a plus.


# %%
def step_down(params, grads, rate):
    return {name: v - rate * usable(grads.get(name), v) for name, v in params.items()}


# %% [markdown]
# Training is that step, over and over. We keep the loss and the weights of each step, to look at them
# later.


# %%
def train(params, gradients, steps=1000, rate=1.0):
    losses, history = [], [params]
    with np.errstate(all="ignore"):
        for _ in progress(steps, lambda: f"loss {losses[-1]:.3f}"):
            losses.append(loss_of(history[-1]))
            history.append(step_down(history[-1], gradients(history[-1]), rate))
    return losses, history


# %% [markdown]
# A thousand steps take a few seconds. **Predict** how the loss will go: like a ramp, or like a slide?

# %%
losses, history = train(start, gradients_of)

# %%
curve(losses)


# %% [markdown]
# The share of the points that end up in their own class:


# %%
def classified_by(params):
    return lambda points: scores_of(points, **params).argmax(axis=1)


accuracy = np.mean(classified_by(history[-1])(X) == y)
print(f"{accuracy:.1%} of the points:", "it has learnt" if accuracy > 0.95 else "it is stuck")

# %% [markdown]
# With right gradients it is above 95 %. A curve that stays flat at 1.10, or one that wriggles and
# never comes down, is a network that learns nothing; look for the reason in the gradient check, not
# in the rate.
#
# Drag the step from the start to the end, and watch the network bend its lines around the arms.


# %%
def after(step):
    return regions(classified_by(history[int(step)]), X, y)


sliders(after, step=(1000, 0, 1000))

# %% [markdown]
# **603 numbers, moved a thousand times, by nothing but the lines that you wrote.**
#
# ## What a wrong gradient does
#
# Let us spoil your gradients on purpose, and train from the same start. First: somebody forgets `db1`.
# One of four gradients is missing, and 503 of 603 numbers still move as they should. **Predict** the
# accuracy.


# %%
def without_b1(params):
    return {**gradients_of(params), "b1": None}


# %%
stuck_losses, stuck = train(start, without_b1)
curve(stuck_losses)

# %%
regions(classified_by(stuck[-1]), X, y)

# %% [markdown]
# Visibly stuck. Without biases every line starts at the origin, so it can cut sectors and nothing
# else.
#
# Second: somebody takes a mean over the batch where a sum belongs, so `db1` is 300 times too small.
# **Predict** again.


# %%
def averaged_b1(params):
    grads = gradients_of(params)
    return {**grads, "b1": grads.get("b1", 0.0) / len(y)}


# %%
slow_losses, slow = train(start, averaged_b1)
regions(classified_by(slow[-1]), X, y)

# %% [markdown]
# Wrong, and it learns all the same, only worse. On other data it might have failed, and you
# would have looked for the reason anywhere but here. **That a network learns is no proof that its
# gradients are right.** That is why the check comes first.
#
# ## Your turn
#
# Change one thing at a time, and predict before you run: three hidden units? A rate of 0.01, of 20?
# All weights 0 at the start?

# %%
tried_losses, tried = train(new_network(5, np.random.default_rng(3)), gradients_of, rate=1.0)
regions(classified_by(tried[-1]), X, y)

# %% [markdown]
# ## What to take along
#
# - Training is two lines: gradients, and a step against them. All the rest is the backward pass.
# - Check the gradients before you train, on a few points, with numbers that differ in every length.
# - Know the loss at the start: $\log C$ for $C$ classes.
# - A wrong gradient may stop a network, or merely make it worse. Only a check tells.
#
# You began with $f = x\,y$ and a nudge. A convolutional network, or one that writes text, has other
# stages and more of them. You would write its backward pass in the same way: one `d` at a time.
