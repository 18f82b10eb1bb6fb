"""The first network learns with right gradients, is stuck with wrong ones, and the check tells."""

import contextlib
import io
import linecache
from functools import cache

import pytest

from autograder.course import find_course
from autograder.rehearsal import blank
from autograder.sections import read_section

SECTION = read_section(find_course().sections / "10_first_network.py")
NETWORK = next(exercise for exercise in SECTION.exercises if exercise.id == "two-layers")
MISTAKES = {mistake.label: mistake for mistake in NETWORK.mistakes}
# What keeps the network from learning. The others let it learn in spite of them, as the notebook
# says of a mean in the place of a sum.
FATAL = ("missing_local_gradient", "inverted_mask", "double_batch_scale", "lost_minus")


@cache
def trained(solution):
    """Run the notebook with this answer up to the accuracy, and give what its cells made."""
    namespace = {"display": lambda *shown: None}
    with contextlib.redirect_stdout(io.StringIO()):
        for at, cell in enumerate(SECTION.cells):
            if cell.type != "code" or cell.role in ("check", "grade", "mistakes"):
                continue
            source = solution if cell == NETWORK.solution else cell.source
            name = f"<network {hash(solution)} {at}>"
            linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
            exec(compile(source, name, "exec"), namespace)
            if "accuracy" in namespace:
                break
        report = namespace["check_gradient"](
            namespace["loss_of"],
            namespace["start"],
            namespace["gradients_of"](namespace["start"]),
        )
    return namespace, report


def test_right_gradients_learn_the_spirals():
    namespace, report = trained(NETWORK.solution.source)
    assert report.ok
    assert namespace["accuracy"] > 0.95
    losses = namespace["losses"]
    assert losses[0] == pytest.approx(1.0986, abs=0.02)
    assert losses[-1] < 0.2


@pytest.mark.parametrize("label", FATAL)
def test_a_network_with_a_wrong_gradient_is_visibly_stuck(label):
    namespace, _ = trained(NETWORK.with_mistake(MISTAKES[label]))
    assert namespace["accuracy"] < 0.8


@pytest.mark.parametrize("label", MISTAKES)
def test_the_gradient_check_on_all_points_tells_before_the_training(label):
    _, report = trained(NETWORK.with_mistake(MISTAKES[label]))
    assert not report.ok


def test_before_it_is_solved_the_network_stands_still():
    namespace, report = trained(blank(NETWORK))
    assert not report.ok
    assert len(set(namespace["losses"])) == 1


def test_the_spoiled_gradients_do_what_the_notebook_says_of_them():
    namespace, _ = trained(NETWORK.solution.source)
    X, y, start = namespace["X"], namespace["y"], namespace["start"]

    def accuracy(name):
        source = next(c.source for c in SECTION.cells if c.source.startswith(f"def {name}("))
        exec(source, namespace)
        with contextlib.redirect_stdout(io.StringIO()):
            _, history = namespace["train"](start, namespace[name])
        return (namespace["classified_by"](history[-1])(X) == y).mean()

    assert accuracy("without_b1") < 0.6
    assert 0.9 < accuracy("averaged_b1") < namespace["accuracy"]
