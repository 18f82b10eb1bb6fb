"""What was released is pinned: another source is refused, until somebody says that it was corrected."""

import json

import nbformat
import pytest

from autograder.__main__ import main
from autograder.classroom import Classroom, Ungradable
from autograder.course import ASSIGNMENT, Course, CourseError
from autograder.pins import FILE, Pins, insist
from tests.test_class import hand_in, make_course, right

NOTEBOOK = "01_section"
CHANGED = ("dx = 2.0", "dx = 2.5")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    made = make_course(tmp_path_factory.mktemp("pinned"), right)
    Classroom(made).release()
    return made


@pytest.fixture
def source(course):
    """The path of the source notebook, which is put back afterwards, as is what was pinned."""
    path, pins = course.notebook("01_section"), course.root / FILE
    before = path.read_bytes(), pins.read_bytes()
    yield path
    path.write_bytes(before[0])
    pins.write_bytes(before[1])


def edit(path, change):
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    change(notebook)
    nbformat.write(notebook, path)


def other_reference(notebook):
    cell = next(cell for cell in notebook.cells if cell.id == "right-solution")
    assert CHANGED[0] in cell.source
    cell.source = cell.source.replace(*CHANGED)


def test_what_is_released_is_pinned(course, source):
    insist(source.parent, [NOTEBOOK])
    assert {"right-solution", "right-grade"} <= set(
        Pins(course.root).of(ASSIGNMENT)["01_section"].cells
    )


def test_another_reference_is_refused_in_a_sentence(course, source, capsys):
    edit(source, other_reference)
    hand_in(course, "ada", right)
    with pytest.raises(CourseError, match=r"01_section\.ipynb differs in right-solution\. Put"):
        insist(source.parent, [NOTEBOOK])
    with pytest.raises(Ungradable, match="is not what was released"):
        Classroom(course).autograde("ada")
    assert main(["grade", "--course", str(course.root)]) != 0
    assert "differs in right-solution" in capsys.readouterr().err
    assert not (course.root / "autograded" / "ada").exists()


def test_other_points_hidden_inputs_and_checks_are_refused(source):
    def points(notebook):
        notebook.cells[-1].metadata.nbgrader["points"] = 9

    def grade(notebook):
        notebook.cells[-1].source += " "

    for change in (points, grade):
        edit(source, change)
        with pytest.raises(CourseError, match="right-grade"):
            insist(source.parent, [NOTEBOOK])


def test_outputs_and_prose_are_no_change(source):
    def look(notebook):
        notebook.cells[0].source += "\n\nA thought."
        for cell in notebook.cells:
            cell.metadata["collapsed"] = True
            if cell.cell_type == "code":
                cell.outputs = [nbformat.v4.new_output("stream", text="ran")]

    edit(source, look)
    insist(source.parent, [NOTEBOOK])


def test_a_correction_is_taken_and_noted_with_its_reason(course, source, capsys):
    section = course.sections / "01_section.py"
    text = section.read_text(encoding="utf-8")
    try:
        section.write_text(text.replace(*CHANGED), encoding="utf-8")
        arguments = ["build", "--course", str(course.root)]
        assert main(arguments) == 0
        with pytest.raises(CourseError, match="if you corrected it, say so"):
            insist(source.parent, [NOTEBOOK])
        assert main([*arguments, "--corrected", " "]) == 1
        assert main([*arguments, "--corrected", "a lost half"]) == 0
    finally:
        section.write_text(text, encoding="utf-8")
    assert "graded by from now on: right-solution" in capsys.readouterr().out
    insist(source.parent, [NOTEBOOK])
    (noted,) = Pins(course.root).of(ASSIGNMENT)["01_section"].corrections
    assert (noted["why"], noted["cells"]) == ("a lost half", "right-solution")


def test_an_exercise_of_another_name_is_no_correction(course, source):
    def rename(notebook):
        for cell in notebook.cells:
            marks = cell.metadata.get("nbgrader", {})
            if marks.get("grade_id") == "right-grade":
                marks["grade_id"] = "other-grade"

    edit(source, rename)
    with pytest.raises(CourseError, match="keeps its exercises and their names: put them back"):
        insist(source.parent, [NOTEBOOK])
    with pytest.raises(CourseError) as refused:
        Pins(course.root).corrected(source, "a better name")
    assert str(refused.value).startswith(
        "01_section.ipynb is no correction: right-grade is gone, other-grade is new. Grades are"
    )
    assert not Pins(course.root).of(ASSIGNMENT)["01_section"].corrections


def test_a_source_that_is_gone_is_said_to_be(source):
    source.unlink()
    with pytest.raises(CourseError, match=r"01_section\.ipynb is gone"):
        insist(source.parent, [NOTEBOOK])
    insist(source.parent, ["another"])  # it was taken out of the assignment


def test_a_broken_file_of_pins_is_a_sentence(course, source):
    (course.root / FILE).write_text(json.dumps({"backprop": {"01_section": {}}}))
    with pytest.raises(CourseError, match="which says what was released, cannot be read"):
        insist(source.parent, [NOTEBOOK])


def test_what_was_never_pinned_is_not_refused(tmp_path):
    insist(tmp_path / "source" / "other", ["other"])
