"""The notebooks are what the sections say, and are released without a trace of the answers."""

import json
import re
import shutil
import sys

import nbformat
import pytest

from autograder.__main__ import main
from autograder.contents import BEGIN, END, in_hours
from autograder.course import Course, CourseError, find_course
from autograder.exercise import Exercise
from autograder.notebooks import notebook, notebook_text
from autograder.release import released
from autograder.sections import read_course, read_section
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
    built = course.notebook("01_section")
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
    stray = course.notebook("09_mine")
    stray.write_text("{}")
    code, out, _ = run(capsys, course, "build")
    assert code == 1
    assert out == (
        "No section stands behind source/backprop/09_mine.ipynb: remove what learners are not to "
        "get, or give it one.\n"
    )
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


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(40, "40"), (60, "1 hour"), (75, "1 hour"), (85, "1½ hours"), (475, "8 hours")],
)
def test_what_a_course_takes_is_said_in_hours(minutes, said):
    assert in_hours(minutes) == said


def test_the_readme_of_a_course_has_its_contents(capsys, course):
    course.readme.write_text(f"# Mine\n\n{BEGIN}\nold\n{END}\n\nMore.\n")
    run(capsys, course, "build")
    text = course.readme.read_text()
    assert text.startswith("# Mine\n")
    assert text.endswith(f"{END}\n\nMore.\n")
    assert "| A section | `01_section` | 1 | 1.5 | 5 |" in text
    assert "old" not in text
    assert run(capsys, course, "build", "--check")[0] == 0
    course.readme.write_text(text.replace("| 1.5 |", "| 2 |"))
    code, out, _ = run(capsys, course, "build", "--check")
    assert code == 1
    assert out.startswith("README.md is out of step")


def test_a_readme_without_the_marks_is_left_alone(capsys, course):
    course.readme.write_text("# Mine\n")
    assert "README" not in run(capsys, course, "build")[1]
    assert course.readme.read_text() == "# Mine\n"


def per_section(course: Course, value: str = "section") -> Course:
    """The same folder, with the one setting changed."""
    (course.root / "course.toml").write_text(f'one_assignment_per = "{value}"\n')
    return Course(course.root)


def test_one_setting_makes_an_assignment_of_every_section(capsys, course):
    run(capsys, course, "build")
    old = course.notebook("01_section")
    course = per_section(course)
    assert (
        course.notebook("01_section") == course.root / "source" / "01_section" / "01_section.ipynb"
    )
    code, out, _ = run(capsys, course, "build")
    assert code == 0
    assert out == (
        "wrote 01_section.ipynb\n"
        "removed backprop/01_section.ipynb, which belongs to another assignment now\n"
    )
    assert not old.parent.exists()
    assert course.notebooks() == [course.notebook("01_section")]
    assert run(capsys, course, "build", "--check")[0] == 0
    run(capsys, per_section(course, "course"), "build")
    assert old.exists()
    assert [path.name for path in course.source.iterdir()] == ["backprop"]


def test_a_notebook_that_was_changed_is_not_removed_with_the_setting(capsys, course):
    run(capsys, course, "build")
    old = course.notebook("01_section")
    old.write_text("{}")
    code, out, _ = run(capsys, per_section(course), "build")
    assert code == 1
    assert "No section stands behind source/backprop/01_section.ipynb: remove" in out
    assert old.read_text() == "{}"


@pytest.mark.parametrize(
    ("text", "said"),
    [('one_assignment_per = "week"', "it must be"), ("one_assignment_per = ", "cannot be read")],
)
def test_a_setting_that_means_nothing_is_refused(capsys, course, text, said):
    (course.root / "course.toml").write_text(text)
    code, _, err = run(capsys, course, "build")
    assert code == 1
    assert said in err
    assert err.count("\n") == 1


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
    cells = {cell.id: cell for cell in released(course.notebook("01_section")).cells}
    assert cells["double-solution"].source == (
        "def double(x):\n    f = 2 * x\n    # your lines here\n    pass\n\n\ndraw(double, x=1.0)"
    )
    assert cells["double-grade"].source == 'inputs = [{"x": 1.0}]\ngrade(double, 1.5, at=inputs)'
    assert not cells["double-grade"].metadata.editable
    assert not any("mistakes" in name for name in cells)


def answer(exercise: Exercise) -> set[str]:
    """The lines that a learner is to write, without those that say nothing by themselves."""
    _, _, text = exercise.solution.source.partition("### BEGIN SOLUTION\n")
    lines = {line.strip() for line in text.partition("### END SOLUTION")[0].split("\n")}
    return {line for line in lines if len(line) > 4}


def hidden(exercise: Exercise) -> set[str]:
    """The lines of the points that learners do not see."""
    _, _, text = exercise.grade.source.partition("### BEGIN HIDDEN TESTS\n")
    text, _, _ = text.partition("### END HIDDEN TESTS")
    return {line.strip() for line in text.split("\n") if "{" in line}


@pytest.mark.parametrize("section", read_course(COURSE.sections), ids=lambda section: section.name)
def test_no_answer_is_left_in_what_this_course_releases(section):
    cells = released(COURSE.notebook(section.name)).cells
    lines = [line.strip() for cell in cells for line in cell.source.split("\n")]
    assert not any("HIDDEN" in line or "SOLUTION" in line for line in lines)
    assert not any("mistakes" in cell.id for cell in cells)
    left = {cell.id: {line.strip() for line in cell.source.split("\n")} for cell in cells}
    assert section.exercises, f"{section.name} has no exercise, so this test would see nothing"
    for exercise in section.exercises:
        assert answer(exercise)
        assert left[f"{exercise.id}-solution"].isdisjoint(answer(exercise))
        assert left[exercise.grade_id].isdisjoint(hidden(exercise))


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


def test_links_lead_to_the_other_notebooks_wherever_they_lie(capsys, course):
    section = course.root / "sections" / "01_section.py"
    link = "# see [02](02_more.ipynb), [there](02_more.ipynb#gates) and [the notes](notes.html)"
    section.write_text(f"{section.read_text()}\n# %% [markdown]\n{link}\n")
    more = section.read_text().replace('"double"', '"twice"')
    section.with_name("02_more.py").write_text(more)
    run(capsys, course, "build")
    assert "](02_more.ipynb#gates)" in course.notebook("01_section").read_text()
    course = per_section(course)
    code, out, _ = run(capsys, course, "build")
    assert code == 0, out
    built = course.notebook("01_section")
    links = re.findall(r"\]\(([^)\s]+)\)", nbformat.read(built, 4).cells[-1].source)
    assert links == ["../02_more/02_more.ipynb", "../02_more/02_more.ipynb#gates", "notes.html"]
    assert all((built.parent / link.partition("#")[0]).is_file() for link in links[:2])
    assert main(["open", "--no-lab", "--course", str(course.root)]) == 0
    mine = nbformat.read(course.root / "learn" / "01_section.ipynb", 4).cells[-1].source
    assert "](02_more.ipynb#gates)" in mine
