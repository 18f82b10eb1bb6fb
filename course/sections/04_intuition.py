# %% [markdown]
# # Intuition: gates that pull on each other
#
# You can run the chain rule backward through a circuit. This section is about what it *feels* like
# to be one of the gates: what it knows, what it is told, and what it passes on.
#
# The circuit is the one you know, $f = (x + y)\,z$. There is no new calculus today. As before,
# where it says **predict**, commit to an answer before you run the cell.

# %% role="setup"
from backprop_kit import check_gate, check_numbers, check_values, draw, gate
from backprop_kit import grade_gate, grade_numbers, grade_values, play, sliders, trace

# %% [markdown]
# ## What a gate knows
#
# Cut the add gate out of the circuit. On its two inputs arrive $-2$ and $5$. It does not know who
# sent them, nor who will read its result. Two things it can work out all the same, at once: its
# **output**, and how much that output moves for each of its inputs, its **local gradient**.
#
# $$q = x + y \qquad \frac{\partial q}{\partial x} = 1 \qquad \frac{\partial q}{\partial y} = 1$$


# %%
def add_gate(x, y):
    return x + y, (1.0, 1.0)  # its output, and its local gradient on each input


# %% [markdown]
# The multiply gate does the same with what it gets. Its local gradient on each input is the value
# of the other one:
#
# $$f = q\,z \qquad \frac{\partial f}{\partial q} = z \qquad \frac{\partial f}{\partial z} = q$$


# %%
def multiply_gate(q, z):
    return q * z, (z, q)


# %% [markdown]
# Now the forward pass. **Predict** what each gate knows when it is over.

# %%
q, (dqdx, dqdy) = add_gate(-2, 5)
f, (dfdq, dfdz) = multiply_gate(q, -4)

# %%
print("add:     ", q, dqdx, dqdy)
print("multiply:", f, dfdq, dfdz)

# %% [markdown]
# Nothing has gone backward yet, and every local gradient is there. Mind the direction: a local
# gradient says how the **output** moves when an **input** does. (The notes once have it the other
# way round, "of its inputs with respect to its output".)
#
# Let the number that meets $q$ be 1000 now. **Predict** which of the six change. Does the add
# gate notice?

# %%
add_gate(-2, 5), multiply_gate(3, 1000)

# %% [markdown]
# ## What a gate is told
#
# Backward, a message comes to each gate: the gradient of the *circuit's* output on *its* output.
# The multiply gate comes last, so its message is 1: the output moves exactly as much as itself.
# The chain rule then tells it what to do. Multiply the message into every local gradient, and
# send the products on:
#
# $$\mathtt{dq} = \frac{\partial f}{\partial q} \cdot \mathtt{df} \qquad\qquad
# \mathtt{dz} = \frac{\partial f}{\partial z} \cdot \mathtt{df}$$

# %%
df = 1.0
dq, dz = dfdq * df, dfdz * df
dq, dz

# %% [markdown]
# So the add gate learns that the gradient on its output is $-4$. It treats it in the same way.
# **Predict** what it sends to $x$ and to $y$: does it share the $-4$ between them?

# %%
dx, dy = dqdx * dq, dqdy * dq
dx, dy

# %% [markdown]
# Each gets all of it. When you read that an add gate distributes its gradient "equally", that means
# an equal *copy* to each input, not half to each.
#
# Here is the whole exchange. The numbers under the wires are the messages. **Step** goes through it,
# one gate at a time: forward first, then backward.

# %%
code = "q = x + y\nf = q * z"
play(code, x=-2, y=5, z=-4)

# %% [markdown]
# ## A cog in any machine
#
# The add gate alone is of little use: its local gradient is 1, always. One multiplication makes it
# a working part of whatever it is built into. Below it gets $-2$ and $5$ in three circuits.
# **Predict** the gradient on $x$ in each. In the second, $q$ is the input on both sides.

# %%
for rest in ("q * -4", "q * q", "1000 * q"):
    print(rest, "->", trace(f"q = x + y\nf = {rest}", x=-2, y=5)["x"].d)

# %% [markdown]
# The same gate, the same inputs. Only the message differs. Nobody needs the formula of the whole, and
# so this works for a network of a million gates as well.

# %% [markdown] exercise="messages" role="prompt" kind="numbers" stars=1 minutes=6
# ### Exercise 1: read the messages off the wires
#
# Go from the right, one gate at a time, in your head: which message arrives, and what does the gate
# make of it? Type the gradients one below the other, each behind its name, as in `dg = 7`. You may
# also type them on the wires of the figure below, and paste the line that it writes for you.

# %% exercise="messages" role="solution"
wires = "p = a * b\ns = p + c\nf = s * g"
dg = ds = dc = dp = da = db = None  # not answered yet
### BEGIN SOLUTION
dg = 2
ds = -5
dc = -5
dp = -5
da = 10
db = -15
### END SOLUTION

play(wires, mode="predict", a=3, b=-2, c=8, g=-5)

# %% exercise="messages" role="check"
# Stuck? Put .hint(1) behind it, then .hint(2), .hint(3).
answers = {"dg": dg, "ds": ds, "dc": dc, "dp": dp, "da": da, "db": db}
check_numbers(answers, wires, a=3, b=-2, c=8, g=-5)

# %% exercise="messages" role="grade"
# Your score.
wires, at = "p = a * b\ns = p + c\nf = s * g", {"a": 3, "b": -2, "c": 8, "g": -5}
grade_numbers({"dg": dg, "ds": ds, "dc": dc, "dp": dp, "da": da, "db": db}, 3, code=wires, at=at)

# %% exercise="messages" role="mistakes"
mistakes = [
    {
        "old": "da = 10\ndb = -15",
        "new": "da = -15\ndb = 10",
        "label": "gradient_of_another",
        "first_wrong": "da",
        "score": 0.6667,
    },
    {
        "old": "dc = -5\ndp = -5",
        "new": "dc = -2.5\ndp = -2.5",
        "label": "wrong_size",
        "first_wrong": "dc",
        "score": 0.6667,
    },
    {
        "old": "da = 10\ndb = -15",
        "new": "da = -2\ndb = 3",
        "label": "forward_value_instead_of_gradient",
        "first_wrong": "da",
        "score": 0.6667,
    },
    {
        "old": "db = -15",
        "new": "db = 15",
        "label": "wrong_sign",
        "first_wrong": "db",
        "score": 0.8333,
    },
    {
        "old": "db = -15\n",
        "new": "",
        "label": "missing",
        "first_wrong": "db",
        "score": 0.8333,
    },
]

# %% [markdown]
# ## A gate that remembers
#
# The multiply gate needs $q$ and $z$ again on the way back. In code, one function does both jobs:
# it returns its output and a second function, `backward`, which is called once the message `df` is
# known. What `backward` reads from above it, here $q$ and $z$, is simply remembered.


# %%
@gate("*", example=(3.0, -4.0))
def multiply(q, z):
    def backward(df):
        return z * df, q * df  # local gradient times message, one for each input

    return q * z, backward


# %% [markdown]
# The line with `@gate` says how it is drawn, and gives an example at which the kit nudges it: a gate
# with a wrong `backward` is turned away. **Predict** what comes back for the messages 1 and $-0.5$.

# %%
value, backward = multiply.vjp(3, -4)
value, backward(1.0), backward(-0.5)

# %% [markdown] exercise="squared-error" role="prompt" kind="gate" stars=2 minutes=8
# ### Exercise 2: write a gate
#
# $f = (x - y)^2$ says how far a guess $x$ is from the truth $y$. Make it one gate. Its output is
# there; write `backward`, which returns two gradients. How does the square move with what is inside?
# And how does the inside move with $x$, and with $y$? While it is wrong, its own cell turns it away;
# run the check all the same, which says more.


# %% exercise="squared-error" role="solution"
@gate("diff²", example=(3.0, 1.0))
def squared_error(x, y):
    def backward(df):
        ### BEGIN SOLUTION
        dx = 2 * (x - y) * df
        dy = -2 * (x - y) * df
        return dx, dy
        ### END SOLUTION

    return (x - y) ** 2, backward


squared_error(3.0, 1.0)

# %% exercise="squared-error" role="check"
# Stuck? Put .hint(1) behind it, then .hint(2), .hint(3).
check_gate("squared_error", at=[{"x": 3.0, "y": 1.0}], like="f = (x - y) ** 2")

# %% exercise="squared-error" role="grade"
# Your score. When your work is graded, more inputs are tried.
points = [{"x": 3.0, "y": 1.0}]
### BEGIN HIDDEN TESTS
points += [{"x": -0.5, "y": 2.25}, {"x": 0.0, "y": -1.5}]
### END HIDDEN TESTS
grade_gate("squared_error", 3, at=points, like="f = (x - y) ** 2")

# %% exercise="squared-error" role="mistakes"
mistakes = [
    {
        "old": "dx = 2 * (x - y) * df\n        dy = -2 * (x - y) * df",
        "new": "dx = 2 * (x - y)\n        dy = -2 * (x - y)",
        "label": "missing_upstream_factor",
        "first_wrong": "dx",
        "score": 0,
    },
    {
        "old": "dy = -2 * (x - y) * df",
        "new": "dy = 2 * (x - y) * df",
        "label": "wrong_sign",
        "first_wrong": "dy",
        "score": 0.6667,
    },
    {
        "old": "dx = 2 * (x - y) * df\n        dy = -2 * (x - y) * df",
        "new": "dx = (x - y) * df\n        dy = -(x - y) * df",
        "label": "wrong_local_derivative",
        "first_wrong": "dx",
        "score": 0,
    },
    {
        "old": "return dx, dy",
        "new": "return dx",
        "label": "wrong_count",
        "first_wrong": "dx",
        "score": 0,
    },
]

# %% [markdown]
# ## Forces
#
# Let the circuit have a wish: **its output should be higher.** Then a gradient reads as a force. Its
# sign says which way the circuit wants the value to move, its size how strongly. The gradient on $q$
# was $-4$: the add gate's output should be **lower**, with a force of 4.
#
# Let $x$ and $y$ give way, each by a small step along its gradient. **Predict** which way $q$ goes,
# and which way $f$ goes then.

# %%
step = 0.01
q_after = (-2 + step * dx) + (5 + step * dy)
q_after, q_after * -4

# %% [markdown]
# $q$ fell from 3 to 2.92, and *because* it fell, $f$ rose from $-12$ to $-11.68$: something smaller
# is multiplied by $-4$. The add gate knew nothing of this. It passed on a wish that it had been told.
#
# ## Who pulls hardest?
#
# Move one input at a time, each by the same step along its own gradient. **Predict** which one
# raises $f$ the most. All three start from $f = -12$.


# %%
def forward(x, y, z):
    return (x + y) * z


# %%
print("x moves:", forward(-2 + step * dx, 5, -4))
print("y moves:", forward(-2, 5 + step * dy, -4))
print("z moves:", forward(-2, 5, -4 + step * dz))

# %% [markdown]
# All three raise it, whatever their sign: a step along a negative gradient is a step down, and down
# was what the circuit wanted. The rise is about `step` times the gradient *squared*: once because
# the input moves by that much, once because $f$ is that sensitive to it.
#
# $$\underbrace{h\,\frac{\partial f}{\partial x}}_{\text{how far } x \text{ moves}}
# \cdot \frac{\partial f}{\partial x} \;=\; 0.01 \cdot (-4)^2 \;=\; 0.16$$
#
# **Predict** the rise when all three move at once.

# %%
step * (dx**2 + dy**2 + dz**2), forward(-2 + step * dx, 5 + step * dy, -4 + step * dz) - -12

# %% [markdown]
# How far can you go like this? **Predict**, then drag the step: does $f$ rise for ever?


# %%
def one_step(step):
    return draw(code, x=-2 + step * dx, y=5 + step * dy, z=-4 + step * dz)


sliders(one_step, step=(0.0, 0.0, 2.0))

# %% [markdown]
# It climbs for a while and then falls, and under the wires you see why: the forces change on the
# way, while $x$, $y$ and $z$ run on in the direction that was right at the start. So take a small
# step, ask again, and take the next. By hand: press **Forces**, then let them pull, again and again.

# %%
play(code, x=(-2.0, -10, 10), y=(5.0, -10, 10), z=(-4.0, -10, 10))

# %% [markdown]
# Six such steps, by a loop:

# %%
point = {"x": -2, "y": 5, "z": -4}
for _ in range(6):
    circuit = trace(code, **point)
    print(f"f = {circuit['f'].value:8.4f}   forces", [round(circuit[name].d, 2) for name in "xyz"])
    point = {name: value + 0.05 * circuit[name].d for name, value in point.items()}

# %% [markdown]
# $f$ rises every time, and the forces change as it goes. This loop is how networks are trained,
# with one sign turned: their output is a loss, the wish is to have it *lower*, and each weight
# steps against its gradient.

# %% [markdown] exercise="uphill" role="prompt" kind="function" stars=2 minutes=8
# ### Exercise 3: give way to the forces
#
# Another circuit, $f = x\,y + z$. Write a function that moves all three inputs by `step` times their
# own gradient and returns the $f$ at the new place. Work the three gradients out on paper first; all
# of them are those at the old place. From $-5$, where the figure is, the output should rise.


# %% exercise="uphill" role="solution"
def uphill(x, y, z, step):
    ### BEGIN SOLUTION
    dx, dy, dz = y, x, 1.0
    x, y, z = x + step * dx, y + step * dy, z + step * dz
    return x * y + z
    ### END SOLUTION


draw("f = x * y + z", x=2.0, y=-3.0, z=1.0, show=("value",))

# %% exercise="uphill" role="check"
# Stuck? Put .hint(1) behind it, then .hint(2), .hint(3).
points = [({"x": 2.0, "y": -3.0, "z": 1.0, "step": 0.1}, -3.66)]
points += [({"x": 2.0, "y": 0.0, "z": 4.0, "step": 0.5}, 6.5)]
check_values(uphill, at=points)

# %% exercise="uphill" role="grade"
# Your score. When your work is graded, more inputs are tried.
points = [({"x": 2.0, "y": -3.0, "z": 1.0, "step": 0.1}, -3.66)]
points += [({"x": 2.0, "y": 0.0, "z": 4.0, "step": 0.5}, 6.5)]
### BEGIN HIDDEN TESTS
points += [({"x": -1.0, "y": 0.5, "z": 4.0, "step": 0.2}, 3.93)]
points += [({"x": 4.0, "y": 3.0, "z": 0.0, "step": 0.5}, 28.0)]
### END HIDDEN TESTS
grade_values(uphill, 3, at=points)

# %% exercise="uphill" role="mistakes"
mistakes = [
    {
        "old": "x, y, z = x + step * dx, y + step * dy, z + step * dz",
        "new": "x, y, z = x - step * dx, y - step * dy, z - step * dz",
        "label": "unknown",
        "score": 0,
    },
    {
        "old": "x, y, z = x + step * dx, y + step * dy, z + step * dz",
        "new": "x = x + step * y\n    y = y + step * x\n    z = z + step",
        "label": "unknown",
        "first_wrong": "uphill(x=2.0, y=-3.0, z=1.0, step=0.1)",
        "score": 0.25,
    },
    {
        "old": "dx, dy, dz = y, x, 1.0",
        "new": "dx, dy, dz = x, y, 1.0",
        "label": "unknown",
        "score": 0,
    },
    {
        "old": "dx, dy, dz = y, x, 1.0",
        "new": "dx, dy, dz = y, x, z",
        "label": "unknown",
        "score": 0.25,
    },
    {
        "old": "    return x * y + z",
        "new": "    f = x * y + z",
        "label": "missing",
        "score": 0,
    },
]

# %% [markdown]
# ## The whole story in words
#
# Back to $(x + y)\,z$. Told as one story, it goes like this:
#
# > The add gate gets $-2$ and 5, puts out 3, and follows each input one to one. Later it is told
# > $-4$: the circuit wants that 3 lower, with a force of 4. Times 1, it tells both $x$ and $y$:
# > lower, 4. If they obey, the 3 shrinks, and times $-4$ that makes the output rise.
#
# Here is another circuit, with its values only.

# %%
draw("q = x - y\nf = q * z", x=1, y=4, z=-2, show=("value",))

# %% [markdown] exercise="in-words" role="prompt" kind="written" stars=2 minutes=10 points=3
# ### Exercise 4: tell the story of a circuit
#
# Tell its story in four to six sentences, with the numbers, to somebody who missed this section.
# What does the minus gate know on its own? What is it told, and what does the circuit want of it?
# What does it tell $x$, and what $y$? What happens if they obey? This one is read by a person.

# %% [markdown] exercise="in-words" role="solution"
# ### BEGIN SOLUTION
# The minus gate gets 1 and 4, puts out $-3$, and knows that it moves one to one with $x$ and one to
# one *against* $y$: its local gradients are 1 and $-1$. The multiply gate makes 6 of it. On the way
# back the multiply gate tells the minus gate the value of its other input, $-2$: the circuit wants
# the $-3$ to be lower still, with a force of 2. The minus gate multiplies: $x$ is told $-2$, so
# lower, and $y$ is told $+2$, so higher. If both obey, $q$ falls below $-3$, and because it is
# multiplied by a negative number, the output rises above 6. ($z$ is told $q$, which is $-3$.)
#
# One point each: the local gradients with the minus; the message with its direction and force, and
# what becomes of it for $x$ and for $y$; why the output rises when they obey.
# ### END SOLUTION

# %% [markdown]
# ## What to take along
#
# - A gate works alone: its output and its local gradients need its own inputs and nothing else.
# - One message comes back to it, the gradient on its output. It multiplies it into each local
#   gradient and passes the products on.
# - Read gradients as forces: the sign is the direction in which the circuit wants a wire to move, the
#   size how strongly. They hold here and now; after a step, ask again.
