"""Every kind of exercise is read from its cells, built, released, and refused where it cannot be graded."""

import shutil

import nbformat
import pytest

from autograder.building import build
from autograder.classroom import Classroom
from autograder.course import ASSIGNMENT, Course
from autograder.exercise import SectionError
from autograder.kinds import KINDS
from autograder.notebooks import notebook
from autograder.rehearsal import blank, rehearse
from autograder.release import released
from tests.test_build import COURSE
from tests.test_sections import read

SETUP = """\
# %% role="setup"
import math

from backprop_kit import check, check_gate, check_numbers, check_values, gate
from backprop_kit import grade, grade_gate, grade_numbers, grade_values

"""


def exercise(kind, solution, check, grade, mistake):
    old, new, label = mistake
    return f"""\
# %% [markdown] exercise="one" role="prompt" kind="{kind}" stars=1 minutes=5
# ### Exercise: one
#
# Write it.

# %% exercise="one" role="solution"
{solution}

# %% exercise="one" role="check"
{check}

# %% exercise="one" role="grade"
{grade}

# %% exercise="one" role="mistakes"
mistakes = [{{"old": {old!r}, "new": {new!r}, "label": {label!r}}}]
"""


FUNCTION = """\
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION
"""
GATE = """\
@gate("2x", example=(3.0,))
def double(x):
    "Doubles."

    def backward(df):
        ### BEGIN SOLUTION
        return 2 * df
        ### END SOLUTION

    return 2 * x, backward
"""
STAGED = """\
def double(x):
    ### BEGIN SOLUTION
    f = x + x
    dx = 1.0
    dx += 1.0
    return f, dx
    ### END SOLUTION
"""
NUMBERS = """\
dx = None
### BEGIN SOLUTION
dx = 2
### END SOLUTION
dx
"""
WRITTEN = """\
# %% [markdown] exercise="one" role="prompt" kind="written" stars=1 minutes=5 points=3
# ### Exercise: one
#
# Say why.

# %% [markdown] exercise="one" role="solution"
# ### BEGIN SOLUTION
# Because of the chain rule.
# ### END SOLUTION
"""
GOOD = {
    "staged": exercise(
        "staged",
        STAGED,
        'check(double, like="f = 2 * x", x=3.0)',
        'grade(double, 2, at={"x": 3.0}, like="f = 2 * x")',
        ("dx += 1.0", "dx = 1.0", "overwrite_at_fork"),
    ),
    "function": exercise(
        "function",
        FUNCTION,
        'check_values(double, at=({"x": 3.0}, 6.0))',
        'points = [({"x": 3.0}, 6.0)]\n### BEGIN HIDDEN TESTS\npoints += [({"x": 7.25}, 14.5)]\n'
        "### END HIDDEN TESTS\ngrade_values(double, 2, at=points)",
        ("return 2 * x", "return x", "constant_factor"),
    ),
    "gate": exercise(
        "gate",
        GATE,
        'check_gate("double", at={"x": 3.0}, like="f = 2 * x")',
        'grade_gate("double", 2, at={"x": 3.0}, like="f = 2 * x")',
        ("return 2 * df", "return df", "missing_local_gradient"),
    ),
    "numbers": exercise(
        "numbers",
        NUMBERS,
        'check_numbers({"dx": dx}, "f = 2 * x", x=3.0)',
        'grade_numbers({"dx": dx}, 2, code="f = 2 * x", at={"x": 3.0})',
        ("dx = 2", "dx = -2", "wrong_sign"),
    ),
}


@pytest.mark.parametrize("kind", GOOD)
def test_a_kind_grades_its_reference_its_blank_and_its_mistake(tmp_path, kind):
    section = read(tmp_path, SETUP + GOOD[kind])
    (one,) = section.exercises
    assert (one.kind, one.points, one.by_hand, one.grade_id) == (kind, 2.0, False, "one-grade")
    outcome = rehearse(section, one, one.solution.source)
    assert (outcome.earned, outcome.report.ok, outcome.raised) == (2.0, True, None)
    assert outcome.feedback[0].ok
    outcome = rehearse(section, one, blank(one))
    assert (outcome.earned, outcome.report.label, outcome.raised) == (0.0, "missing", None)
    (mistake,) = one.mistakes
    outcome = rehearse(section, one, one.with_mistake(mistake))
    assert outcome.report.label == mistake.label
    assert outcome.earned < 2.0


def test_every_kind_is_tried():
    assert {"backward", "written", *GOOD} == set(KINDS)


def test_a_written_answer_is_graded_by_hand_where_it_stands(tmp_path):
    section = read(tmp_path, SETUP + WRITTEN)
    (one,) = section.exercises
    assert (one.kind, one.points, one.by_hand, one.grade_id) == (
        "written", 3.0, True, "one-solution"
    )  # fmt: skip
    assert (one.mistakes, one.checks) == ((), ())
    cells = {cell.id: cell for cell in notebook(section).cells}
    assert "★☆☆ · about 5 minutes · 3 points" in cells["one-prompt"].source
    answer = cells["one-solution"]
    assert answer.cell_type == "markdown"
    assert "chain rule" in answer.source
    flags = answer.metadata.nbgrader
    assert (flags.grade, flags.solution, flags.locked, flags.points) == (True, True, False, 3.0)


@pytest.mark.timeout(300)
def test_a_written_answer_waits_for_a_person_and_costs_no_other_points(tmp_path):
    course = Course(tmp_path)
    course.sections.mkdir()
    shutil.copy(COURSE.config, course.config)
    text = SETUP + GOOD["numbers"] + WRITTEN.replace('"one"', '"two"')
    (course.sections / "01_section.py").write_text(text, encoding="utf-8")
    arguments = type("Arguments", (), {"course": tmp_path, "check": False})
    assert build(arguments) == 0  # type: ignore[arg-type]
    given = released(course.notebook("01_section"))
    cells = {cell.id: cell for cell in given.cells}
    assert cells["two-solution"].source == "*Your answer here.*"
    cells["one-solution"].source = "dx = 2"
    cells["two-solution"].source = "The gradients are multiplied."
    path = tmp_path / "submitted" / "ada" / ASSIGNMENT / "01_section.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(nbformat.writes(given), encoding="utf-8")
    classroom = Classroom(course)
    classroom.release()
    classroom.autograde("ada")
    classroom.give_feedback("ada")
    assert [(s.cell, s.earned) for s in classroom.scores("ada")] == [("one-grade", 2.0)]
    from nbgrader.api import Gradebook

    with Gradebook(classroom.config.CourseDirectory.db_url) as gradebook:
        submission = gradebook.find_submission(ASSIGNMENT, "ada")
        assert submission.needs_manual_grade
        assert (submission.score, submission.max_score) == (2.0, 5.0)


REFUSED = {
    "staged without a formula": (
        "staged",
        ', like="f = 2 * x")\n\n# %% exercise="one" role="mistakes"',
        ')\n\n# %% exercise="one" role="mistakes"',
        'is not told what is asked for; add the open formula, as in like="f = x \\* y"',
    ),
    "function graded as a backward pass": (
        "function",
        "grade_values(double",
        "grade(double",
        r"must be grade_values\(your_function, POINTS, at=inputs\)",
    ),
    "gate without quotes": (
        "gate",
        'grade_gate("double", 2',
        "grade_gate(double, 2",
        r'write it as grade_gate\("your_gate", POINTS, at=inputs, like="f = ..."\)',
    ),
    "gate of another name": ("gate", 'grade_gate("double"', 'grade_gate("treble"', "judges treble"),
    "numbers without code": (
        "numbers",
        ', code="f = 2 * x"',
        "",
        'is not told what the numbers are about; add the code, as in code="f = x \\* y"',
    ),
    "numbers typed in the grade cell": (
        "numbers",
        'grade_numbers({"dx": dx}',
        'grade_numbers({"dx": 2}',
        r'write it as grade_numbers\({"dx": dx}, POINTS, code=code, at=inputs\)',
    ),
    "a number that nothing sets": (
        "numbers",
        'grade_numbers({"dx": dx}',
        'grade_numbers({"dx": dy}',
        "judges dy, to which the solution cell gives no value; begin that cell with dy = None",
    ),
    "a number that the stub does not set": (
        "numbers",
        "dx = None\n",
        "",
        "gives no value before it is answered; begin that cell with dx = None",
    ),
    "points twice": (
        "numbers",
        "stars=1",
        "stars=1 points=2",
        "the points of exercise 'one' stand in its grade cell",
    ),
}


@pytest.mark.parametrize(("kind", "old", "new", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_graded_is_refused(tmp_path, kind, old, new, words):
    assert GOOD[kind].count(old) == 1
    with pytest.raises(SectionError, match=words) as refusal:
        read(tmp_path, SETUP + GOOD[kind].replace(old, new))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (" points=3", "", "says points=None; what is graded by hand has no grade cell"),
        (" points=3", ' points="3"', "says points='3'"),
        ("# ### BEGIN SOLUTION\n", "", "'### END SOLUTION' without its '### BEGIN SOLUTION'"),
        (
            '# %% [markdown] exercise="one" role="solution"',
            '# %% exercise="one" role="check"\n1\n\n# %% [markdown] exercise="one" role="solution"',
            "exercise 'one' is graded by hand, so nothing would read this check cell",
        ),
    ],
)
def test_a_written_exercise_that_makes_no_sense_is_refused(tmp_path, old, new, words):
    assert WRITTEN.count(old) == 1
    with pytest.raises(SectionError, match=words):
        read(tmp_path, SETUP + WRITTEN.replace(old, new))
