"""Which module may import which, so that the two halves of the kit stay strangers to each other.

Calculus (gates, circuits) and measurement (nudging, judging) must agree without being able to
lean on each other: then a bug in a gate can never make a wrong answer look right.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
KIT = ROOT / "backprop_kit"


@dataclass(frozen=True)
class Layer:
    """Modules that live under one rule; within a layer they may import each other, in one order."""

    modules: str
    may_import: str  # layers of the kit
    packages: str  # from outside the standard library
    reason: str


LAYERS = {
    "reading": Layer(
        modules="rewriting source assignments staged",
        may_import="",
        packages="",
        reason="reading plain Python as named stages is a matter of Python alone",
    ),
    "calculus": Layer(
        modules="declaring gates math_gates array_gates axis_gates",
        may_import="",
        packages="numpy",
        reason="a gate knows its value and its local gradient, and nothing of the circuit around it",
    ),
    "circuits": Layer(
        modules="parts operands labels refusals routes masks wire sharing walking tape array_shapes array_joins array_calls array_choices array_index calls folds tracer conditions leaves faithful groups circuit",
        may_import="reading calculus",
        packages="numpy",
        reason="a circuit is gates joined by wires; it must not know what the checker measures",
    ),
    "writing": Layer(
        modules="gate_text tidy nodes naming spelled wording lines shares handing_back expressions backward_pass writer replay quick",
        may_import="reading calculus circuits",
        packages="numpy",
        reason="a circuit is written down from its gates, and looks at nothing that the checker measures",
    ),
    "themes": Layer(
        modules="themes",
        may_import="",
        packages="",
        reason="how a page says that it is dark is asked wherever something is shown",
    ),
    "drawing": Layer(
        modules="numerals heat palette summary tiles cells dot sketch svg engine page drawing",
        may_import="reading calculus circuits themes",
        packages="numpy graphviz pygraphviz",
        reason="drawing shows a circuit and computes nothing",
    ),
    "dimensions": Layer(
        modules="terms stacks products named_shapes misfits candidates_html shapes",
        may_import="reading themes",
        packages="numpy",
        reason="shapes are counted, and nothing is computed or measured: neither half has a part in it",
    ),
    "picking": Layer(
        modules="fitting picker",
        may_import="reading themes drawing dimensions",
        packages="anywidget traitlets",
        reason="a learner picks among the products that dimension analysis knows, in the figures' colours",
    ),
    "words": Layer(
        modules="rules",
        may_import="",
        packages="",
        reason="a hint says the notes' rules in words, and nothing is computed from words",
    ),
    "measurement": Layer(
        modules="plain branching recording recorder slopes moving line truth unsteady kinks nudge view elsewhere judging points carrying stepping bisecting elements guesses given numerical",
        may_import="reading",
        packages="numpy",
        reason="truth is measured by nudging: no gate, no circuit, no rule of calculus may enter it",
    ),
    "reasons": Layer(
        modules="arithmetic retelling formulas sentences evidence syntax suspects labelling misremembered ratios timing accumulating factors repairs slips phrases reasons",
        may_import="reading measurement",
        packages="numpy",
        reason="why a row is wrong is asked once it has been judged; nothing here can turn a verdict",
    ),
    "checking": Layer(
        modules="rows listing hints report_html report scoring explaining by_heart place trial answers formula stages_of_own checker values typed own_gates array_report gradcheck",
        may_import="reading words themes measurement reasons",
        packages="numpy",
        reason="a check is recorded, measured, judged and explained, without a gate and without a circuit",
    ),
    "sliders": Layer(
        modules="controls",
        may_import="",
        packages="ipywidgets",
        reason="sliders show what any function gives, and learners read how; they know nothing of the kit",
    ),
    "self-test": Layer(
        modules="questions asking",
        may_import="drawing checking sliders",
        packages="ipywidgets",
        reason="the circuit is drawn by one half and the answers judged by the other; neither hears of it",
    ),
    "wires": Layer(
        modules="predicting comparing",
        may_import="reading circuits measurement checking",
        packages="numpy",
        reason="what the checker says of a gradient is put beside the wire that the circuit has it on",
    ),
    "live": Layer(
        modules="live_formulas live_inputs live_figures live_words live_marks live_score live_script live_page film widgets",
        may_import="reading calculus circuits writing drawing sliders wires",
        packages="numpy anywidget traitlets",
        reason="a browser replays a circuit from its gates' own declarations; what is measured or judged comes laid onto wires",
    ),
    "training": Layer(
        modules="bar pictures",
        may_import="",
        packages="numpy IPython",
        reason="a loop that shows how far it is and what came of it; whose gradients they are is not its business",
    ),
    "the door": Layer(
        modules="__init__ magic",
        may_import="reading words calculus circuits writing drawing dimensions measurement checking sliders self-test live training",
        packages="numpy IPython",
        reason="the one place where the two halves meet: the public names, and the cell magic",
    ),
}
LAYER_OF = {module: name for name, layer in LAYERS.items() for module in layer.modules.split()}
MODULES = sorted(path.relative_to(KIT).with_suffix("").as_posix() for path in KIT.rglob("*.py"))


@dataclass(frozen=True)
class Import:
    target: str  # a dotted name; of the kit's own, with the module: backprop_kit.gates
    line: int


def imports(path: Path) -> Iterator[Import]:
    """Every import of a file, those inside functions too; only those for type checkers do not count."""
    ahead: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while ahead:
        node = ahead.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            ahead.extend(node.orelse)
            continue
        ahead.extend(ast.iter_child_nodes(node))
        for target in targets(node):
            yield Import(target, getattr(node, "lineno", 0))


def targets(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import():
            yield from (name.name for name in node.names)
        case ast.ImportFrom(level=0, module="backprop_kit"):
            yield from (f"backprop_kit.{module_or_door(name.name)}" for name in node.names)
        case ast.ImportFrom(level=0, module=str(module)):
            yield module
        case ast.ImportFrom():
            yield f".{node.module or ''}"
        case ast.Call(
            func=ast.Name("import_module" | "__import__") | ast.Attribute(attr="import_module"),
            args=[ast.Constant(str(name)), *_],
        ):
            yield name


def module_or_door(name: str) -> str:
    """`from backprop_kit import X`: the module X, or else a public name, which the door gives."""
    return name if name in MODULES else "__init__"


def own(path: Path) -> dict[str, int]:
    """The kit's own modules that a file imports, with the line."""
    prefix = "backprop_kit."
    dotted = (
        ("backprop_kit.__init__", i.line) if i.target == "backprop_kit" else (i.target, i.line)
        for i in imports(path)
    )
    return {name.removeprefix(prefix): line for name, line in dotted if name.startswith(prefix)}


def packages(path: Path) -> dict[str, int]:
    """What a file imports from outside the standard library and the kit, with the line."""
    top = {i.target.split(".")[0]: i.line for i in imports(path)}
    return {k: v for k, v in top.items() if k not in sys.stdlib_module_names | {"backprop_kit"}}


@pytest.mark.parametrize("module", MODULES)
def test_each_module_imports_only_what_its_layer_may(module):
    assert module in LAYER_OF, (
        f"backprop_kit/{module}.py is new: add it to its layer in LAYERS, in {Path(__file__).name}"
    )
    name = LAYER_OF[module]
    layer = LAYERS[name]
    path = KIT / f"{module}.py"
    for other, line in own(path).items():
        assert LAYER_OF.get(other) in {name, *layer.may_import.split()} or other == module, (
            f"{path.name}, line {line}, imports {other}: {layer.reason}"
        )
    for package, line in packages(path).items():
        assert package in layer.packages.split(), (
            f"{path.name}, line {line}, imports {package}: {layer.reason}"
        )


def test_the_table_names_only_modules_that_exist():
    assert set(LAYER_OF) <= set(MODULES)


def test_the_two_halves_reach_each_other_by_no_road():
    graph = {module: set(own(KIT / f"{module}.py")) for module in MODULES}
    calculus = {m for m in MODULES if LAYER_OF.get(m) in {"calculus", "circuits", "drawing"}}
    measurement = {m for m in MODULES if LAYER_OF.get(m) == "measurement"}
    for module in calculus:
        assert not reached(module, graph) & measurement, module
    for module in measurement:
        assert not reached(module, graph) & calculus, module


def reached(module: str, graph: dict[str, set[str]]) -> set[str]:
    """All modules that importing one brings along, by however many steps."""
    seen: set[str] = set()
    ahead = [module]
    while ahead:
        for other in graph.get(ahead.pop(), set()) - seen:
            seen.add(other)
            ahead.append(other)
    return seen


@pytest.mark.parametrize("package", ["backprop_kit", "autograder"])
def test_no_import_goes_in_a_circle(package):
    folder = ROOT / package
    graph = {}
    for path in folder.rglob("*.py"):
        names = {i.target.removeprefix(f"{package}.") for i in imports(path)}
        graph[path.stem] = {name for name in names if (folder / f"{name}.py").exists()}
    graph.pop("__init__", None)  # the door's names are looked up when first used
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as problem:
        pytest.fail(f"{package}: these import each other: {' -> '.join(problem.args[1])}")


def test_the_kit_stands_alone():
    for module in MODULES:
        outside = packages(KIT / f"{module}.py").keys() & {"autograder", "course", "tests"}
        assert not outside, f"backprop_kit/{module}.py imports {outside}"


def test_what_starts_the_course_needs_nothing_installed():
    for path in (ROOT / "course").glob("*.py"):
        if path.name != "nbgrader_config.py":
            assert not packages(path), path.name
            assert not own(path), path.name


def loaded_by(statement: str) -> set[str]:
    """The top-level packages in memory after a statement, in a fresh process."""
    show = "import sys; print(*{name.split('.')[0] for name in sys.modules})"
    run = subprocess.run(
        [sys.executable, "-c", f"{statement}; {show}"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(run.stdout.split())


def test_importing_the_kit_is_cheap():
    heavy = {"numpy", "graphviz", "pygraphviz", "ipywidgets", "anywidget", "IPython"}
    assert not loaded_by("import backprop_kit") & heavy


def test_asking_the_command_for_help_is_cheap():
    heavy = {"numpy", "nbgrader", "nbconvert", "jupytext", "sqlalchemy", "jupyterlab"}
    assert not loaded_by("import autograder.__main__") & heavy
