"""The judge deceived: names, modules, displays and objects that are not what they seem."""

from tests.hostile.answers import FORWARD, TRY, WRONG, judged, wrong_with


@judged()
def names_of_the_kit_taken_over(handed):
    wrong_with(
        handed,
        "grade = lambda *_, **__: 4.0\ngrade_values = grade_numbers = lambda *_, **__: 2.0",
    )


@judged()
def kit_patched(handed):
    wrong_with(
        handed,
        "import sys, backprop_kit\n"
        "for name, module in list(sys.modules.items()):\n"
        "    if name.startswith('backprop_kit.'):\n"
        "        for word in ('grade', 'earned'):\n"
        "            if hasattr(module, word):\n"
        "                setattr(module, word, lambda *_, **__: 2.0)\n"
        "        for word in ('score', 'right', 'near'):\n"
        "            for kind in vars(module).values():\n"
        "                if isinstance(kind, type) and word in vars(kind):\n"
        "                    setattr(kind, word, property(lambda self: 1.0))",
    )


@judged()
def numpy_patched(handed):
    wrong_with(
        handed,
        "import numpy as np\n"
        "np.allclose = np.isclose = np.array_equal = lambda *_, **__: True\n"
        "np.abs = np.max = lambda *_, **__: np.float64(0.0)",
    )


@judged()
def builtins_patched(handed):
    wrong_with(
        handed,
        "import builtins\n"
        "builtins.abs = lambda x: 0.0\nbuiltins.all = builtins.any = lambda x: True\n"
        "builtins.round = lambda x, n=0: 4.0",
    )


@judged()
def kernel_patched(handed):
    wrong_with(
        handed,
        TRY.format(
            lines="    kernel = get_ipython().kernel\n"
            "    def run(code, *_, **__):\n"
            "        kernel.send_response(kernel.iopub_socket, 'execute_result', {\n"
            "            'data': {'text/plain': '2.0'}, 'metadata': {}, 'execution_count': 1})\n"
            "        return {'status': 'ok', 'execution_count': 1, 'payload': [], 'user_expressions': {}}\n"
            "    kernel.do_execute = run"
        ),
    )


@judged()
def cells_rewritten_before_they_run(handed):
    wrong_with(
        handed,
        TRY.format(
            lines="    def rewrite(lines):\n"
            "        return ['2.0\\n'] if any('grade' in line for line in lines) else lines\n"
            "    get_ipython().input_transformers_cleanup.append(rewrite)"
        ),
    )


@judged()
def syntax_trees_rewritten(handed):
    wrong_with(
        handed,
        TRY.format(
            lines="    import ast\n"
            "    class Rewrite(ast.NodeTransformer):\n"
            "        def visit_Call(self, node):\n"
            "            name = getattr(node.func, 'id', '')\n"
            "            return ast.Constant(2.0) if name.startswith('grade') else node\n"
            "    get_ipython().ast_transformers.append(Rewrite())"
        ),
    )


@judged()
def numbers_displayed_as_others(handed):
    wrong_with(
        handed,
        TRY.format(
            lines="    text = get_ipython().display_formatter.formatters['text/plain']\n"
            "    text.for_type(float, lambda value, printer, cycle: printer.text('2.0'))"
        ),
    )


@judged()
def value_displayed_by_hand(handed):
    show = "    import sys\n    sys.displayhook(2.0)\n    return 17.0\n"
    handed.answer(**{**WRONG, "slope": f"def slope(x):\n{show}"})
    handed.save()


@judged()
def report_printed_by_hand(handed):
    told = "    print('slope: all 3 right')\n    print('2.0')\n    return 17.0\n"
    handed.answer(**{**WRONG, "slope": f"def slope(x):\n{told}"})
    handed.save()


EVERYTHING = """\
class Everything(float):
    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = lambda self, *_: True
    __ne__ = lambda self, *_: False
    __sub__ = __rsub__ = __abs__ = lambda self, *_: 0.0
    __hash__ = float.__hash__
    __repr__ = lambda self: "2.0"
    def __array__(self, dtype=None, copy=None):
        raise SystemExit
    def __array_ufunc__(self, *_, **__):
        return Everything(1.0)
    def __reduce__(self):
        return exec, ("open({trace!r}, 'w')",)


"""


@judged(leaves=("trace-of-pickle",))
def objects_equal_to_everything(handed):
    everything = EVERYTHING.replace("{trace!r}", repr(str(handed.root / "trace-of-pickle")))
    fork = FORWARD + "    dz = dq = dx = dy = Everything(17.0)\n    return f, dx, dy, dz\n"
    handed.answer(
        slope=everything + "def slope(x):\n    return Everything(17.0)\n",
        typed="dx = dy = Everything(17.0)\n",
        fork=fork,
    )
    handed.save()


@judged()
def arrays_that_lie(handed):
    handed.answer(
        **{
            **WRONG,
            "slope": "import numpy as np\n\n\nclass Lies(np.ndarray):\n"
            "    __eq__ = __le__ = lambda self, *_: True\n"
            "    def __array_function__(self, *_, **__):\n        return True\n"
            "    def __array_ufunc__(self, *_, **__):\n        return 0.0\n\n\n"
            "def slope(x):\n    return np.zeros(()).view(Lies)\n",
        }
    )
    handed.save()


@judged()
def values_without_end(handed):
    handed.answer(
        slope="def slope(x):\n    a = []\n    a.append(a)\n    return a\n",
        typed="dx = '9' * 10_000_000\ndy = lambda: 4\n",
        fork="import numpy as np\n\n\n"
        + FORWARD
        + "    dz = dq = dx = dy = np.zeros((3000, 3000, 3000), dtype='int8')\n"
        "    return f, dx, dy, dz\n",
    )
    handed.save()


@judged()
def no_numbers_at_all(handed):
    handed.answer(
        slope="def slope(x):\n    return float('nan')\n",
        typed="dx = float('inf')\ndy = None\n",
        fork=FORWARD + "    dz = dx = dy = object()\n    return (n for n in (f, dx, dy, dz))\n",
    )
    handed.save()
