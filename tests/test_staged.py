"""Plain Python read as stages, and run before the eyes of a watcher."""

import ast
import math
from typing import Any

import numpy as np
import pytest

from backprop_kit import StagedError, stages
from backprop_kit.rewriting import copied
from backprop_kit.staged import Stop, Watcher, gradient_of, inputs_of, staged


class Diary(Watcher):
    """Notes everything it is shown."""

    def __init__(self):
        self.wrotes, self.reads, self.calls, self.steps, self.results = [], [], [], [], []

    def wrote(self, name, value, line, augmented):
        self.wrotes.append((name, value, augmented))
        return value

    def read(self, name, value, line):
        self.reads.append(name)
        return value

    def call(self, fn, /, *args, **kwargs):
        self.calls.append(getattr(fn, "__name__", fn))
        return fn(*args, **kwargs)

    def step(self, line):
        self.steps.append(line)

    def returned(self, value, line):
        self.results.append(value)
        return value


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("f = (\n    x   # the one\n    + y\n)", "f = (x + y)"),
        ("f = max(\n    x,\n    y,\n)", "f = max(x, y)"),
        ("f = x * \\\n    y", "f = x * y"),
        ("q = x; f = (q +\n  y); z = 1", "f = (q + y)"),
        ("f = (x\n" + "  + y\n" * 30 + ")", "f = (x" + " + y" * 17 + " +..."),
    ],
)
def test_a_statement_over_several_lines_is_quoted_as_one(text, quoted):
    found = {stage.name: stage.text for stage in stages(text)}
    assert found["f"] == quoted
    assert len(quoted) <= 80


def test_what_a_traceback_hangs_on_shared_nodes_is_no_part_of_the_code():
    load: Any = next(n for n in ast.walk(ast.parse("x")) if isinstance(n, ast.Load))
    load.parent = ast.parse("x + y")  # as IPython does for each traceback it shows
    try:
        result = staged("f = x + y", ["x", "y"]).run({"x": 1.0, "y": 2.0}, Watcher())
    finally:
        del load.parent
    assert result is None


def watched(code, **inputs):
    diary = Diary()
    result = staged(code, inputs).run(inputs, diary)
    return diary, result


STAGED = """\
x = 3 # example values
y = -4
# forward pass
sigy = 1.0 / (1 + math.exp(-y)) # sigmoid in numerator
num = x + sigy
xpy = x + y
xpysqr = xpy**2
f = num / xpysqr # done!
dnum = 1 / xpysqr
"""


def test_stages_of_the_notes():
    found = stages(STAGED)
    assert [s.name for s in found] == ["sigy", "num", "xpy", "xpysqr", "f"]
    assert [s.reads for s in found] == [
        ("y",),
        ("x", "sigy"),
        ("x", "y"),
        ("xpy",),
        ("num", "xpysqr"),
    ]
    assert found[0].line == 4
    assert found[0].text == "sigy = 1.0 / (1 + math.exp(-y))"


def test_lines_are_those_of_the_file():
    def code(x):
        q = x * 2
        f = q + 1
        return f

    first = code.__code__.co_firstlineno
    assert [s.line for s in stages(code)] == [first + 1, first + 2]


def test_the_output_is_found_where_it_has_another_name():
    assert [s.name for s in stages("D = W.dot(X)\ndW = dD.dot(X.T)")] == ["D"]
    assert [s.name for s in stages("dt = w - t\nf = dt**2\nddt = 2 * dt")] == ["dt", "f"]


def test_stores_reads_and_aliases():
    def code(x):
        h = np.zeros(2)
        h[0] = x
        g = h
        g += 1
        a, (b, *c) = x, (1, 2, 3)
        total: float = (t := x) + b
        return h, total

    diary, (h, total) = watched(code, x=2.0)
    assert list(h) == [3.0, 1.0]  # `+=` still changes both names of the one array
    assert [w[0] for w in diary.wrotes] == ["x", "h", "h", "g", "g", "a", "b", "c", "t", "total"]
    assert [w[2] for w in diary.wrotes][:5] == [False, False, True, False, True]
    assert diary.reads.count("h") == 2  # `g = h` and the return; a store into a part reads nothing
    assert total == 3.0


def test_receivers_are_read_but_callees_are_not():
    def code(W, X, f):
        D = W.dot(X)
        y = f(D)
        return np.sum(y)

    diary, _ = watched(code, W=np.eye(2), X=np.eye(2), f=abs)
    assert diary.reads == ["W", "X", "D", "y"]
    assert diary.calls == ["dot", "abs", "sum"]


def test_comprehensions_and_inner_functions_keep_their_names_apart():
    def code(x, y):
        def inner(x):
            z = math.sqrt(x)
            return z

        squares = [x * x for x in [y, y + 1]]
        return inner(x) + sum(squares)

    diary, result = watched(code, x=4.0, y=1.0)
    assert result == 7.0
    assert [w[0] for w in diary.wrotes] == ["x", "y", "squares"]
    assert diary.reads.count("x") == 1
    assert "sqrt" in diary.calls


def test_loops_closures_defaults_and_keyword_only():
    scale = 3.0

    def code(x, y=2.0, *, n=2):
        f = 0.0
        for i in range(n):
            f += scale * x * y
        return f

    diary, result = watched(code, x=1.0)
    assert result == 12.0
    assert [w[0] for w in diary.wrotes] == ["x", "y", "n", "f", "i", "f", "i", "f"]


def test_a_watcher_changes_values_and_ends_the_run():
    class Double(Watcher):
        def wrote(self, name, value, line, augmented):
            if name == "end":
                raise Stop
            return 2 * value if name == "q" else value

        def returned(self, value, line):
            self.result = value
            return value

    watcher = Double()
    staged("q = x\nf = q", ["x"]).run({"x": 1.0}, watcher)

    def code(x):
        q = x
        return q

    assert staged(code).run({"x": 1.0}, watcher) == 2.0

    def stops(x):
        end = x
        raise AssertionError(end)

    assert staged(stops).run({"x": 1.0}, watcher) is None


def test_names_of_gradients():
    assert gradient_of("dq", {"q"}, "f") == "q"
    assert gradient_of("dfdq", {"q"}, "f") == "q"
    assert gradient_of("dqdx", {"q", "x"}, "f") is None  # a local derivative
    assert gradient_of("ddot", {"dot"}, "f") == "dot"
    assert gradient_of("done", {"q"}, "f") is None


def test_inputs_by_keyword_and_in_a_dict():
    assert inputs_of({"output": 1}, {"x": 2}) == {"output": 1, "x": 2}
    with pytest.raises(StagedError, match="`x` is given twice"):
        inputs_of({"x": 1}, {"x": 2})
    with pytest.raises(StagedError, match="takes a dict"):
        inputs_of([1], {})  # type: ignore[arg-type]


def test_leading_literals_are_inputs_that_keywords_override():
    function = staged("import math\nw = [2, -3]\nx = 1\ntotal = 0\ntotal = total + x\nf = total")
    assert function.literals == {"w": [2, -3], "x": 1}
    assert function.bind({"x": 5})["x"] == 5


def test_what_is_no_literal_after_all_is_no_input():
    assert staged("w = 1\nodd = {[1]: 2}\nf = w * x").literals == {"w": 1}


class Thing:
    def method(self):
        return 1


def generator(x):
    yield x


async def coroutine(x):
    return x


def uses_global(x):
    global somewhere
    somewhere = x  # type: ignore[name-defined]
    return x


def uses_exec(x):
    exec("f = 1")
    return x


def many(*xs):
    f = sum(xs)
    return f


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (lambda x: x, "this is a lambda"),
        (math.exp, "this is the built-in `exp`"),
        (Thing().method, "this is the method `Thing.method`"),
        (Thing, "this is a type"),
        (3, "this is an int"),
        (generator, "a generator hands its values out one by one"),
        (coroutine, "`async` code has no single order of stages"),
        (uses_global, "pass the values in and return them"),
        (uses_exec, r"calls `exec\(\)`"),
        ("f = = 3", "Line 1 is not Python: `f = = 3`"),
        ("", "has no statement"),
        ("# nothing", "has no statement"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(code, sentence):
    with pytest.raises(StagedError, match=sentence) as caught:
        staged(code)
    assert str(caught.value).endswith(".")
    assert caught.value._render_traceback_() == [f"StagedError: {caught.value}"]


def test_a_function_without_source_is_refused():
    scope: dict = {}
    exec("def typed_at_a_prompt(x):\n    return x", scope)
    with pytest.raises(StagedError, match="source of `typed_at_a_prompt` cannot be found"):
        staged(scope["typed_at_a_prompt"])


def test_wrong_missing_and_gathered_inputs():
    def code(width, height):
        return width * height

    function = staged(code)
    with pytest.raises(StagedError, match=r"no input called `widht`.* Did you mean `width`\?"):
        function.bind({"widht": 1, "height": 2})
    with pytest.raises(StagedError, match="needs a value for `height`"):
        function.bind({"width": 1})
    with pytest.raises(StagedError, match="gathers inputs in `\\*xs`"):
        staged(many).bind({})
    with pytest.raises(StagedError, match=r"`z` is read on line 2 \(`f = q \* z`\)"):
        staged("q = x * 1\nf = q * z", ["x"]).bind({"x": 1})
    with pytest.raises(StagedError, match="no input called `zz`"):
        staged("f = x", ["x", "zz"]).bind({"x": 1, "zz": 2})


def test_the_head_of_a_loop_is_named_by_its_own_line():
    text = "n = x - x\nfor i in range(1 / n):\n    f = x\n    g = f"
    function = staged(text, ["x"])
    with pytest.raises(ZeroDivisionError) as caught:
        function.run({"x": 1.0}, Watcher())
    assert function.line_of(caught.value) == 2
    with pytest.raises(TypeError) as bad:
        staged(text.replace("1 / n", "n"), ["x"]).run({"x": 1.0}, Watcher())
    assert staged(text.replace("1 / n", "n"), ["x"]).line_of(bad.value) == 2


def test_errors_name_the_line_of_the_learner():
    text = "q = x\nr = q / 0\nf = r"
    function = staged(text, ["x"])
    with pytest.raises(ZeroDivisionError) as caught:
        function.run({"x": 1.0}, Watcher())
    assert function.line_of(caught.value) == 2


@pytest.mark.parametrize(
    "code",
    [
        "match x:\n    case 1:\n        f = (y := 2 * x)",
        "try:\n    f = x\nexcept TypeError:\n    f = (y := 2 * x)",
    ],
)
def test_a_walrus_inside_a_branch_is_one_assignment(code):
    names = [assignment.name for assignment in staged(code).assignments]
    assert names.count("y") == 1


def test_a_tree_is_copied_without_being_made_anew():
    class Name(ast.Name):
        def __init__(self, *parts):
            raise TypeError("what newer Pythons say of a node that is made without its parts")

    node = Name.__new__(Name)
    node.id, node.ctx = "x", ast.Load()
    assert ast.dump(copied(node)) == "Name(id='x', ctx=Load())"
