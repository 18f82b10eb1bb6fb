"""The notebooks are what the sections say, and are released without a trace of the answers."""

import json
import shutil
import sys

import pytest

from autograder.__main__ import main
from autograder.course import Course, CourseError, find_course
from autograder.notebooks import notebook, notebook_text
from autograder.release import released
from autograder.sections import read_section
from tests.test_sections import GOOD, read

COURSE = find_course()


@pytest.fixture
def course(tmp_path):
    """A course of one small section, not yet built."""
    (tmp_path / "sections").mkdir()
    shutil.copy(COURSE.config, tmp_path)
    read(tmp_path / "sections", GOOD)
    return Course(tmp_path)


def run(capsys: pytest.CaptureFixture[str], course: Course, *words: str) -> tuple[int, str, str]:
    code = main([*words, "--course", str(course.root)])
    return code, *capsys.readouterr()


def test_the_notebooks_of_this_course_are_in_step_with_their_sections(capsys):
    assert main(["build", "--check"]) == 0, capsys.readouterr().out


def test_build_writes_what_is_out_of_step_and_nothing_else(capsys, course):
    assert run(capsys, course, "build") == (0, "wrote 01_section.ipynb\n", "")
    built = course.source / "01_section.ipynb"
    before = built.stat().st_mtime_ns
    code, out, _ = run(capsys, course, "build")
    assert (code, out) == (0, "All notebooks are in step with their sections.\n")
    assert built.stat().st_mtime_ns == before


def test_check_names_what_is_out_of_step_and_writes_nothing(capsys, course):
    code, out, _ = run(capsys, course, "build", "--check")
    assert code == 1
    assert out == "01_section.ipynb is out of step with its section; run: backprop build\n"
    assert not course.source.exists()


def test_a_notebook_without_a_section_is_reported_and_kept(capsys, course):
    run(capsys, course, "build")
    stray = course.source / "09_mine.ipynb"
    stray.write_text("{}")
    code, out, _ = run(capsys, course, "build")
    assert code == 1
    assert out.startswith("09_mine.ipynb has no section; give it one, or move it out of ")
    assert stray.read_text() == "{}"


def test_a_refusal_reaches_the_terminal_as_one_sentence(capsys, course):
    section = course.sections / "01_section.py"
    section.write_text(GOOD.replace('"old": "dx = 2.0"', '"old": "dx = 3.0"'))
    code, out, err = run(capsys, course, "build")
    assert (code, out) == (1, "")
    assert err.startswith(f"backprop: {section}:35: the mistake 'dx = 3.0'")
    assert err.count("\n") == 1


def test_a_folder_that_is_no_course_is_named(tmp_path):
    with pytest.raises(CourseError, match=r"No course found in .*name yours with --course"):
        find_course(tmp_path)


def test_a_course_without_sections_says_so(capsys, course):
    (course.sections / "01_section.py").unlink()
    code, _, err = run(capsys, course, "build")
    assert code == 1
    assert "has no section in it; add one" in err


def test_the_same_section_gives_the_same_bytes(tmp_path):
    section = read(tmp_path, GOOD)
    text = notebook_text(section)
    assert text == notebook_text(read_section(section.path))
    assert json.loads(text)["nbformat_minor"] == 5
    assert '"outputs": []' in text


def test_cells_keep_their_ids_when_another_is_put_in(tmp_path):
    before = [cell.id for cell in notebook(read(tmp_path, GOOD)).cells]
    assert before[1:6] == [
        "setup",
        "double-prompt",
        "double-solution",
        "double-check",
        "double-grade",
    ]
    more = GOOD.replace('# %% role="setup"', '# %%\n1 + 1\n\n# %%\n1 + 1\n\n# %% role="setup"')
    after = [cell.id for cell in notebook(read(tmp_path, more)).cells]
    assert [name for name in after if name in before] == before
    assert len(after) == len(set(after)) == len(before) + 2


def test_nbgrader_is_told_what_each_cell_is_for(tmp_path):
    cells = {cell.id: cell for cell in notebook(read(tmp_path, GOOD)).cells}
    flags = {
        name: {word for word in ("grade", "locked", "solution") if cell.metadata.nbgrader[word]}
        for name, cell in cells.items()
        if "nbgrader" in cell.metadata
    }
    assert flags == {
        "setup": {"locked"},
        "double-prompt": {"locked"},
        "double-solution": {"solution"},
        "double-grade": {"grade", "locked"},
    }
    grade = cells["double-grade"].metadata.nbgrader
    assert (grade.grade_id, grade.points, grade.schema_version) == ("double-grade", 1.5, 3)


def test_a_prompt_shows_what_the_exercise_asks_of_the_learner(tmp_path):
    cells = {cell.id: cell for cell in notebook(read(tmp_path, GOOD)).cells}
    assert cells["double-prompt"].source == (
        "### Exercise: twice\n\n★★☆ · about 5 minutes · 1.5 points\n\nWrite it."
    )


def test_the_released_notebook_holds_no_answer_and_still_runs(course, capsys):
    run(capsys, course, "build")
    cells = {cell.id: cell for cell in released(course.source / "01_section.ipynb").cells}
    assert cells["double-solution"].source == (
        "def double(x):\n    f = 2 * x\n    # your lines here\n    pass\n\n\ndraw(double, x=1.0)"
    )
    assert cells["double-grade"].source == 'inputs = [{"x": 1.0}]\ngrade(double, 1.5, at=inputs)'
    assert not cells["double-grade"].metadata.editable
    assert not any("mistakes" in name for name in cells)


def test_no_answer_is_left_in_what_this_course_releases():
    for path in sorted(COURSE.source.glob("*.ipynb")):
        cells = released(path).cells
        left = {line for cell in cells for line in cell.source.split("\n")}
        section = read_section(COURSE.sections / f"{path.stem}.py")
        assert section.exercises, f"{path.name} has no exercise, so this test would see nothing"
        for exercise in section.exercises:
            _, _, answer = exercise.solution.source.partition("### BEGIN SOLUTION\n")
            answer, _, _ = answer.partition("    ### END SOLUTION")
            gradients = [line for line in answer.split("\n") if " = " in line]
            assert gradients
            assert left.isdisjoint(gradients)
        assert not any("HIDDEN" in line or "SOLUTION" in line for line in left)


def test_what_cannot_be_released_is_named_with_the_reason(tmp_path):
    path = tmp_path / "broken.ipynb"
    path.write_text("{not json")
    with pytest.raises(
        CourseError, match=r"broken\.ipynb cannot be released, because NotJSONError"
    ):
        released(path)


def test_a_missing_package_is_named_with_the_way_to_get_it(capsys, course, monkeypatch):
    monkeypatch.setitem(sys.modules, "jupytext", None)
    code, out, err = run(capsys, course, "build")
    assert (code, out) == (1, "")
    assert err.startswith("backprop: `backprop build` needs jupytext, which is not installed")
    assert "`python3 course build`" in err
    assert err.count("\n") == 1
