"""Whatever is handed in becomes a notebook that is safe to open, or a sentence for a person."""

import ast
import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder import intake
from autograder.course import Course
from autograder.findings import WORDS, found, quoted
from autograder.handed_in import Released
from autograder.intake import Limits, Taken, take_in
from autograder.reference import from_source, visible
from autograder.release import released as as_released
from autograder.safe_notebook import MOST_NOTED
from autograder.shadowing import is_litter, is_odd, is_settings, module_of, shadowed
from tests.hostile import ASSIGNMENT, FULL, NOTEBOOK, RIGHT, Attack, Deed, attacks, hand_in
from tests.hostile.classroom import make_course, snapshot

ATTACKS = [attack for attack in attacks() if attack.stopped_by == "intake"]
# What the process that reads submissions is made of: it has to start fast and depend on nothing.
READERS = "findings handed_in opening reading restoring safe_notebook shadowing intake_process"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("course"))
    (course.root / "gradebook.db").write_bytes(b"the gradebook")
    return course


@pytest.fixture(scope="module")
def released(course: Course) -> dict[str, list[Released]]:
    return {NOTEBOOK: from_source(course.notebook(NOTEBOOK))}


@pytest.fixture(scope="module")
def given_out(course):
    return as_released(course.notebook(NOTEBOOK))


def taken(course: Course, released: dict[str, list[Released]], name: str, **limits: int) -> Taken:
    parts = (name, ASSIGNMENT)
    return take_in(course.root / "submitted", parts, released, replace(Limits(), **limits))


def work(deed: Deed, name: str) -> Attack:
    return Attack(name, deed, FULL)


# --- every attack --------------------------------------------------------------------------------


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_what_comes_of_it_can_be_graded(attack, course, released, given_out):
    folder = hand_in(attack, course.root, given_out)
    before = snapshot(folder)
    result = taken(course, released, attack.name)

    assert snapshot(folder) == before, "what was handed in is as it was"
    assert set(result.notebooks) == {NOTEBOOK}
    notebook = nbformat.reads(result.notebooks[NOTEBOOK], as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    courses_cells(notebook, released[NOTEBOOK])
    nothing_else_is_in(notebook)

    assert (set(result.for_person) == {NOTEBOOK}) == (attack.scores is None)
    kinds = {finding.kind for finding in result.findings}
    assert set(attack.found) <= kinds, kinds
    if result.findings or result.for_person:
        first = notebook.cells[0].source
        assert first.startswith("### ")
        said = list(result.for_person.values()) or result.findings[:MOST_NOTED]
        assert all(finding.learner in first for finding in said)


def courses_cells(notebook, released):
    """The cells that nbgrader knows are there once each, in order, and as they were released."""
    there = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
    names = [cell.metadata["nbgrader"]["grade_id"] for cell in there]
    known = {cell.name: cell for cell in released if cell.nbgrader}
    assert Counter(names) == Counter(known.keys())
    for name, cell in zip(names, there, strict=True):
        assert cell.metadata["nbgrader"] == dict(known[name].nbgrader)
        assert cell.cell_type == known[name].type
        if known[name].locked:
            assert cell.source == known[name].graded
    for exercise in FULL:
        assert names.index(f"{exercise}-solution") < names.index(f"{exercise}-grade")
    assert names[0] == "setup" or names.index("setup") < min(
        names.index(f"{exercise}-grade") for exercise in FULL
    )


def nothing_else_is_in(notebook):
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"nbgrader"}
        assert not cell.get("outputs")
        assert "attachments" not in cell
        assert set(cell.source).isdisjoint(map(chr, [*range(9), 11, 27, 127, 0xD800]))


@pytest.mark.parametrize("exercise", FULL)
@pytest.mark.parametrize(
    "name", ["answer-moved-to-the-end", "numbers-written-into-a-cell-of-ones-own"]
)
def test_an_answer_stands_before_it_is_graded(name, exercise, course, released, given_out):
    (attack,) = [each for each in ATTACKS if each.name == name]
    if not (course.root / "submitted" / name).exists():
        hand_in(attack, course.root, given_out)
    cells = json.loads(taken(course, released, name).notebooks[NOTEBOOK])["cells"]
    answer = RIGHT[exercise].strip()
    places = [at for at, cell in enumerate(cells) if cell["source"].strip() == answer]
    graded = [at for at, cell in enumerate(cells) if cell["id"] == f"{exercise}-grade"]
    assert [places[0] < at for at in graded] == [True]


@pytest.mark.parametrize(
    "attack", [each for each in ATTACKS if each.careless and each.scores], ids=lambda a: a.name
)
def test_an_accident_loses_no_line_of_an_answer(attack, course, released, given_out):
    folder = course.root / "submitted" / attack.name
    if not folder.exists():
        hand_in(attack, course.root, given_out)
    notebook = json.loads(taken(course, released, attack.name).notebooks[NOTEBOOK])
    code = "\n".join(cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code")
    wanted = ["dx = -3", "dz = q", "dq = z", "return f, dx, dy, dz"]
    assert [line for line in wanted if line not in code] == []


# --- files beside the notebook -------------------------------------------------------------------


def test_files_are_taken_along_and_those_that_do_harm_are_not(course, released, given_out):
    def files(handed):
        handed.beside("data/points.csv", "1,2\n")
        handed.beside("my_layers.py", "x = 1\n")
        handed.beside("timestamp.txt", "2026-11-26 10:00:00.000000 UTC")
        handed.beside("numpy.py", "x = 1\n")
        handed.beside("Backprop_Kit.py", "x = 1\n")
        handed.beside("matplotlibrc", "backend: evil\n")

    hand_in(work(files, "files"), course.root, given_out)
    result = taken(course, released, "files")
    assert set(result.files) == {"data/points.csv", "my_layers.py", "timestamp.txt"}
    assert result.files["data/points.csv"] == b"1,2\n"
    said = {finding.learner.split("`")[1] for finding in result.findings}
    assert said == {"numpy.py", "Backprop_Kit.py", "matplotlibrc"}


@pytest.mark.parametrize(
    ("name", "inside", "taken_for"),
    [
        ("numpy.py", None, "numpy"),
        ("numpy.pyc", None, "numpy"),
        ("ipykernel_launcher.py", None, "ipykernel_launcher"),
        ("zmq.cpython-311-x86_64-linux-gnu.so", None, "zmq"),
        ("backprop_kit", ["anything"], "backprop_kit"),
        ("autograder.py", None, "autograder"),
        ("json", ["__init__.py"], "json"),
        ("sitecustomize.py", None, "sitecustomize"),
        ("NUMPY.PY", None, "NUMPY"),
        ("json", ["data.csv"], None),  # Python takes the real one before a folder without __init__
        ("my_layers.py", None, None),
        ("data.csv", None, None),
    ],
)
def test_a_name_is_left_out_exactly_if_it_is_taken(name, inside, taken_for):
    module = module_of(name, inside)
    path = [entry for entry in sys.path if entry]
    assert (module if module and shadowed(module, path) else None) == taken_for


def test_settings_litter_and_odd_names_are_told_apart():
    assert all(
        map(is_settings, ["ipython_config.py", "x.pth", ".env", "setup.cfg", "matplotlibrc"])
    )
    assert not any(map(is_settings, ["config.py", "data.csv", "setup.txt"]))
    assert all(map(is_litter, [".DS_Store", ".ipynb_checkpoints", "__pycache__"]))
    assert not any(map(is_litter, ["numpy.pyc", "data.csv"]))
    assert all(map(is_odd, ["a\nb", "-x", "a/b ", "c:d", "x" * 121, "\udcff"]))
    assert not any(map(is_odd, ["my file (1).txt", "été/données.csv"]))


# --- copies --------------------------------------------------------------------------------------


def test_of_copies_the_one_in_its_place_is_kept(course, released, given_out):
    """Without ids, as older editors leave them, the neighbours say which one it is."""

    def copies(handed):
        solution = handed.cell("slope-solution")
        stray = nbformat.from_dict({**solution, "source": "# a copy at the end"})
        handed.cells.append(stray)
        for cell in handed.cells:
            del cell["id"]
        handed.notebook.nbformat_minor = 4
        handed.save()

    hand_in(work(copies, "copies"), course.root, given_out)
    notebook = json.loads(taken(course, released, "copies").notebooks[NOTEBOOK])
    kept = [cell for cell in notebook["cells"] if cell["id"] == "slope-solution"]
    assert [cell["source"] for cell in kept] == ["def slope(x):\n    return 2 * x\n"]
    assert notebook["cells"][-1]["source"] == "# a copy at the end"
    assert notebook["cells"][-1]["metadata"] == {}


def test_a_cell_put_back_says_so_to_both(course, released, given_out):
    def delete(handed):
        handed.cells.remove(handed.cell("fork-grade"))
        handed.save()

    hand_in(work(delete, "deleted"), course.root, given_out)
    (finding,) = taken(course, released, "deleted").findings
    assert finding.learner == (
        "The cell `fork-grade` was missing from what was handed in; it was put back to be graded."
    )
    assert finding.instructor == (
        "The cell `fork-grade` was missing; it was put back from the source, in its place."
    )
    notebook = json.loads(taken(course, released, "deleted").notebooks[NOTEBOOK])
    ids = [cell["id"] for cell in notebook["cells"]]
    assert ids.index("fork-check") + 1 == ids.index("fork-grade") == len(ids) - 2


def test_honest_work_is_taken_as_it_is(course, released, given_out):
    hand_in(work(lambda handed: None, "honest"), course.root, given_out)
    result = taken(course, released, "honest")
    assert result.findings == ()
    notebook = nbformat.reads(result.notebooks[NOTEBOOK], as_version=4)
    submitted = nbformat.read(
        course.root / "submitted" / "honest" / ASSIGNMENT / f"{NOTEBOOK}.ipynb", as_version=4
    )
    assert [cell.id for cell in notebook.cells] == [cell.id for cell in submitted.cells]
    answers = [cell.source for cell in notebook.cells if not cell.id.endswith("-grade")]
    assert answers == [cell.source for cell in submitted.cells if not cell.id.endswith("-grade")]


def test_without_the_source_a_learner_sees_no_hidden_test(course, released):
    shown = visible(released[NOTEBOOK])
    assert any("HIDDEN" in cell.graded for cell in released[NOTEBOOK])
    assert not any("HIDDEN" in cell.graded for cell in shown)


# --- the process that reads ----------------------------------------------------------------------


def test_a_process_that_is_stopped_leaves_a_sentence(course, released, given_out):
    hand_in(work(lambda handed: None, "slow"), course.root, given_out)
    result = taken(course, released, "slow", seconds=0)
    assert "did not end in time" in result.for_person[NOTEBOOK].instructor or (
        "stopped by signal" in result.for_person[NOTEBOOK].instructor
    )
    assert "To be graded by a person" in result.notebooks[NOTEBOOK]


def test_one_bad_notebook_does_not_cost_the_other(tmp_path, released, given_out):
    both = {NOTEBOOK: released[NOTEBOOK], "02_section": released[NOTEBOOK]}

    def bomb(handed):
        handed.beside("data.csv", "1,2")
        (handed.folder / "02_section.ipynb").write_text('{"cells": [' + "[]," * 10_000_000 + "0]}")

    hand_in(work(bomb, "bomb"), tmp_path, given_out)
    result = take_in(tmp_path / "submitted", ("bomb", ASSIGNMENT), both)
    assert set(result.for_person) == {"02_section"}
    assert "return 2 * x" in result.notebooks[NOTEBOOK]
    assert set(result.files) == {"data.csv"}


def test_a_folder_in_the_place_of_a_notebook_is_called_one(course, released):
    place = course.root / "submitted" / "folder" / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
    place.mkdir(parents=True)
    why = taken(course, released, "folder").for_person[NOTEBOOK]
    assert why.instructor == f"`{NOTEBOOK}.ipynb` is a folder, and no file."


@pytest.mark.parametrize("answer", [b"", b"no json", b"[]", b'{"notebooks": []}', b"[" * 100_000])
def test_an_answer_that_makes_no_sense_is_a_matter_for_a_person(
    answer, course, released, given_out, monkeypatch
):
    monkeypatch.setattr(intake, "_answer", lambda *_: answer)
    result = taken(course, released, "whoever")
    assert "makes no sense" in result.for_person[NOTEBOOK].instructor


@pytest.mark.skipif(
    not Path("/proc/self/limits").exists(), reason="reads limits as Linux shows them"
)
def test_the_process_holds_its_limits(tmp_path):
    seen = tmp_path / "limits"
    program = (
        "import sys; sys.path.insert(0, {root!r})\n"
        "from autograder.intake_process import limit\n"
        "limit(dict(memory=500_000_000, seconds=7, answer=1000))\n"
        "sys.stdout.write(open('/proc/self/limits').read()[:900])\n"
    )
    root = str(Path(intake.__file__).resolve().parents[1])
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program.format(root=root)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    limits = {line[:26].strip(): line[26:].split()[:2] for line in run.stdout.splitlines()}
    assert limits["Max cpu time"] == ["7", "7"]
    assert limits["Max file size"] == ["1000", "1000"]
    assert not seen.exists()


def test_what_reads_a_submission_is_plain_python():
    folder = Path(intake.__file__).parent
    ours = {f"autograder.{name}" for name in READERS.split()}
    for name in READERS.split():
        for node in ast.walk(ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))):
            modules = []
            if isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            elif isinstance(node, ast.Import):
                modules = [each.name for each in node.names]
            for module in modules:
                assert module in ours or module.split(".")[0] in sys.stdlib_module_names, name


def test_the_reading_process_sees_nothing_of_the_environment(course, released, monkeypatch):
    monkeypatch.setenv("BACKPROP_SECRET", "x")
    assert "BACKPROP_SECRET" not in intake.ENVIRONMENT
    assert set(intake.ENVIRONMENT) <= {"SYSTEMROOT"}


# --- words ---------------------------------------------------------------------------------------

FACTS: dict[str, Any] = {
    "name": "a`b", "other": "o", "module": "m", "what": "w", "why": "y", "type": "code",
    "most": 3, "one": 2, "size": 4.0, "count": 5, "version": 3.0,
}  # fmt: skip


@pytest.mark.parametrize("kind", WORDS)
def test_every_finding_is_one_sentence_for_each_reader(kind):
    finding = found(kind, **FACTS)
    for sentence in filter(None, (finding.learner, finding.instructor)):
        assert sentence.endswith(".")
        assert "\n" not in sentence
        assert "{" not in sentence
    assert finding.instructor


def test_names_are_shown_so_that_they_do_no_harm():
    assert quoted("<script>`a\n\u202e") == "?script??a??"
    assert len(quoted("x" * 1000)) < 110
