"""Sections are read into exercises, and a bad one is refused with its line and the way out."""

from pathlib import Path

import pytest

from autograder.exercise import SectionError
from autograder.sections import Section, read_course, read_section

GOOD = """\
# %% [markdown]
# # A section

# %% role="setup"
from backprop_kit import check, draw, grade

# %% [markdown] exercise="double" role="prompt" kind="backward" stars=2 minutes=5
# ### Exercise: twice
#
# Write it.

# %% exercise="double" role="solution"
def double(x):
    f = 2 * x
    ### BEGIN SOLUTION
    dx = 2.0
    return f, dx
    ### END SOLUTION


draw(double, x=1.0)

# %% exercise="double" role="check"
check(double, x=1.0)

# %% exercise="double" role="grade"
inputs = [{"x": 1.0}]
### BEGIN HIDDEN TESTS
inputs += [{"x": -2.5}]
### END HIDDEN TESTS
grade(double, 1.5, at=inputs)

# %% exercise="double" role="mistakes"
mistakes = [
    {"old": "dx = 2.0", "new": "dx = 1.0", "label": "unknown", "first_wrong": "dx", "score": 0},
]

# %%
double(3.0)
"""
EXERCISE = GOOD[GOOD.index("# %% [markdown] exercise") : GOOD.index("# %%\ndouble(3.0)")]


def cell(role: str) -> str:
    """One cell of the good section, from its header to the next."""
    start = GOOD.index(f'role="{role}"')
    start = GOOD.rindex("# %%", 0, start)
    return GOOD[start : GOOD.index("\n# %%", start) + 1]


def read(folder: Path, text: str, name: str = "01_section.py") -> Section:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_section(path)


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_an_exercise_is_read_from_its_adjacent_cells(tmp_path):
    section = read(tmp_path, GOOD)
    (exercise,) = section.exercises
    assert (exercise.id, exercise.kind, exercise.function) == ("double", "backward", "double")
    assert (exercise.points, exercise.stars, exercise.minutes) == (1.5, 2, 5)
    assert exercise.prompt.source.startswith("### Exercise: twice")
    assert "### BEGIN SOLUTION" in exercise.solution.source
    assert [check.source for check in exercise.checks] == ["check(double, x=1.0)"]
    assert exercise.grade.line == line_of(GOOD, '# %% exercise="double" role="grade"')
    assert len(section.cells) == 8


def test_a_mistake_is_a_patch_of_the_reference(tmp_path):
    (exercise,) = read(tmp_path, GOOD).exercises
    (mistake,) = exercise.mistakes
    assert (mistake.label, mistake.first_wrong, mistake.score) == ("unknown", "dx", 0)
    assert mistake.line == line_of(GOOD, '{"old"')
    assert "    dx = 1.0\n" in exercise.with_mistake(mistake)
    assert "dx = 2.0" not in exercise.with_mistake(mistake)


def test_a_cell_header_inside_a_string_begins_no_cell(tmp_path):
    section = read(tmp_path, GOOD.replace("double(3.0)", '"""\n# %%\n"""'))
    assert len(section.cells) == 8
    assert section.cells[-1].source == '"""\n# %%\n"""'


# Each: what is done to the good section, the text whose line is named, and words of the sentence.
REFUSED = {
    "no begin marker": (
        [("    ### BEGIN SOLUTION\n", "")],
        "    ### END SOLUTION",
        "'### END SOLUTION' without its '### BEGIN SOLUTION'; add the missing line",
    ),
    "no end marker": (
        [("    ### END SOLUTION\n", "")],
        '# %% exercise="double" role="solution"',
        "'### BEGIN SOLUTION' without its '### END SOLUTION'; add the missing line",
    ),
    "no markers": (
        [("    ### BEGIN SOLUTION\n", ""), ("    ### END SOLUTION\n", "")],
        '# %% exercise="double" role="solution"',
        "has no '### BEGIN SOLUTION', so learners would be given the answer",
    ),
    "nested markers": (
        [("    dx = 2.0\n", "    ### BEGIN SOLUTION\n    dx = 2.0\n")],
        "    ### BEGIN SOLUTION\n    dx",
        "'### BEGIN SOLUTION' without its '### END SOLUTION'",
    ),
    "no end of hidden tests": (
        [("### END HIDDEN TESTS\n", "")],
        '# %% exercise="double" role="grade"',
        "'### BEGIN HIDDEN TESTS' without its '### END HIDDEN TESTS'",
    ),
    "solution outside": (
        [("double(3.0)", "### BEGIN SOLUTION\ndouble(3.0)\n### END SOLUTION")],
        "### BEGIN SOLUTION\ndouble(3.0)",
        "stands in a cell that is no solution cell, where nothing would take it out",
    ),
    "hidden last line": (
        [("### END HIDDEN TESTS\n", ""), ("at=inputs)\n", "at=inputs)\n### END HIDDEN TESTS\n")],
        '# %% exercise="double" role="grade"',
        r"the last line of the grade cell of exercise 'double' must be grade\(",
    ),
    "hidden change of the last line": (
        [
            ("### END HIDDEN TESTS\n", "grade(double, 9, at=inputs)\n### END HIDDEN TESTS\n"),
            ("grade(double, 1.5, at=inputs)\n\n", "\n"),
            ("### BEGIN HIDDEN TESTS\n", "grade(double, 1.5, at=inputs)\n### BEGIN HIDDEN TESTS\n"),
        ],
        '# %% exercise="double" role="grade"',
        "the hidden tests of exercise 'double' hold its last line",
    ),
    "no grade cell": (
        [(cell("grade"), "")],
        '# %% exercise="double" role="mistakes"',
        "exercise 'double' has no grade cell; add one, headed",
    ),
    "no mistakes cell": (
        [(cell("mistakes"), "")],
        '# %% exercise="double" role="grade"',
        "exercise 'double' has no mistakes cell",
    ),
    "two grade cells": (
        [(cell("grade"), cell("grade") + cell("grade"))],
        None,
        "exercise id 'double' is already taken at line 26",
    ),
    "order": (
        [(cell("check"), ""), (cell("prompt"), cell("check") + cell("prompt"))],
        "# %% [markdown] exercise",
        "the prompt cell of exercise 'double' comes after its check cell; put them in the order",
    ),
    "points in words": (
        [("1.5", '"four"')],
        "grade(double",
        "the points of exercise 'double' are 'four', which is not a positive number",
    ),
    "points computed": (
        [("1.5", "len(inputs)")],
        "grade(double",
        r"the points of exercise 'double' are len\(inputs\), which is not a positive number",
    ),
    "no points": ([("1.5", "0")], "grade(double", "are 0, which is not a positive number"),
    "true points": ([("1.5", "True")], "grade(double", "are True, which is not a positive number"),
    "arguments": (
        [("double, 1.5,", "double,")],
        "grade(double",
        "takes two plain arguments, the function and its points",
    ),
    "no place to judge": (
        [(", at=inputs", "")],
        '# %% exercise="double" role="grade"',
        "is not told where to judge; add at=inputs",
    ),
    "no visible input": (
        [('[{"x": 1.0}]', "make()"), ('inputs += [{"x": -2.5}]\n', "")],
        '# %% exercise="double" role="grade"',
        "shows no point to judge at",
    ),
    "array without wrt": (
        [('{"x": -2.5}', '{"x": [1.0, 2.0]}')],
        "inputs += ",
        r"input 'x' of exercise 'double' is not a plain number.*name them, as in wrt=",
    ),
    "other function": (
        [("grade(double", "grade(treble")],
        '# %% exercise="double" role="grade"',
        "judges treble, which the solution cell does not define",
    ),
    "backward from elsewhere": (
        [("at=inputs)", "at=inputs, backward=halve)")],
        '# %% exercise="double" role="grade"',
        "judges halve, which the solution cell does not define",
    ),
    "backward without a name": (
        [("at=inputs)", "at=inputs, backward=lambda dout, cache: dout)")],
        "grade(double",
        "the backward pass of exercise 'double' is lambda dout, cache: dout; give the function",
    ),
    "unknown kind": (
        [('kind="backward"', 'kind="sideways"')],
        "# %% [markdown] exercise",
        "exercise 'double' is of the unknown kind 'sideways'; the kinds are: backward, staged, function, gate",
    ),
    "no kind": (
        [('kind="backward" ', "")],
        "# %% [markdown] exercise",
        "is of the unknown kind None; the kinds are: backward",
    ),
    "unknown role": (
        [('role="check"', 'role="chequer"')],
        '# %% exercise="double" role="chequer"',
        "unknown role 'chequer'; the roles are: prompt, solution, check, grade, mistakes",
    ),
    "role without exercise": (
        [('exercise="double" role="check"', 'role="check"')],
        '# %% role="check"',
        'role="check" belongs to an exercise; say which',
    ),
    "unknown word": (
        [("stars=2", "stars=2 weight=3")],
        "# %% [markdown] exercise",
        "does not know the word 'weight'",
    ),
    "points in the header": (
        [("stars=2", "stars=2 points=3")],
        "# %% [markdown] exercise",
        "the points of exercise 'double' stand in its grade cell; take them out of the header",
    ),
    "stars": ([("stars=2", "stars=4")], "# %% [markdown] exercise", "says stars=4; it must be"),
    "minutes": ([(" minutes=5", "")], "# %% [markdown] exercise", "says minutes=None; it must be"),
    "exercise id": (
        [('exercise="double"', 'exercise="Double it"')],
        "# %% [markdown] exercise",
        "exercise id 'Double it' cannot name a cell; use up to 50 small letters",
    ),
    "stray cell between": (
        [(cell("grade"), "# %%\n1 + 1\n\n" + cell("grade"))],
        '# %% exercise="double" role="grade"',
        "whose other cells end at line 23; the cells of an exercise must stand side by side",
    ),
    "same id twice": (
        [("# %%\ndouble(3.0)", "# %%\ndouble(3.0)\n\n" + EXERCISE)],
        None,
        "exercise id 'double' is already taken at 01_section.py:7",
    ),
    "patch gone": (
        [('"old": "dx = 2.0"', '"old": "dx = 3.0"')],
        '    {"old"',
        r"the mistake 'dx = 3.0' -> 'dx = 1.0' of exercise 'double' no longer applies",
    ),
    "patch in two places": ([('"old": "dx = 2.0"', '"old": "dx"')], '    {"old"', "in 2 places"),
    "patch of nothing": (
        [('"new": "dx = 1.0"', '"new": "dx = 2.0"')],
        '    {"old"',
        "changes nothing: its old and its new text are the same",
    ),
    "mistake without label": (
        [('"label": "unknown", ', "")],
        '    {"old"',
        "is not a mistake; write it as",
    ),
    "mistake that scores more": ([('"score": 0', '"score": 4')], '    {"old"', "is not a mistake"),
    "mistake in code": ([('"dx = 1.0"', "str(1)")], '    {"old"', "is not a mistake"),
    "no mistakes": (
        [(cell("mistakes"), '# %% exercise="double" role="mistakes"\nmistakes = []\n')],
        '# %% exercise="double" role="mistakes"',
        "the mistakes cell of exercise 'double' is empty",
    ),
    "mistakes in code": (
        [("mistakes = [\n", "mistakes = list([\n"), ("},\n]", "},\n])")],
        '# %% exercise="double" role="mistakes"',
        "must hold one list and nothing else",
    ),
    "text before the first cell": (
        [("# %% [markdown]\n# # A section", "x = 1\n\n# %% [markdown]\n# # A section")],
        "x = 1",
        "text stands before the first cell",
    ),
    "not Python": ([("double(3.0)", "double(3.0")], "double(3.0", "Python cannot read this file"),
    "stub that cannot run": (
        [
            ("    ### BEGIN SOLUTION\n    dx", "    if x:\n    ### BEGIN SOLUTION\n        dx"),
            ("    return f, dx\n", "        return f, dx\n"),
        ],
        '# %% exercise="double" role="solution"',
        "Python cannot read the cell with the solution left out of exercise 'double'",
    ),
}


@pytest.mark.parametrize(("changes", "where", "words"), REFUSED.values(), ids=REFUSED)
def test_a_bad_section_is_refused_in_one_sentence(tmp_path, changes, where, words):
    text = GOOD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    with pytest.raises(SectionError, match=words) as refusal:
        read(tmp_path, text)
    assert str(refusal.value).startswith(f"{tmp_path / '01_section.py'}:")
    assert "\n" not in str(refusal.value)
    if where is not None:
        assert refusal.value.line == line_of(text, where)


def test_an_exercise_id_is_taken_in_all_sections(tmp_path):
    read(tmp_path, GOOD)
    read(tmp_path, GOOD, "02_section.py")
    with pytest.raises(
        SectionError, match=r"id 'double' is already taken at 01_section\.py:7"
    ) as no:
        read_course(tmp_path)
    assert no.value.path.name == "02_section.py"


def test_arrays_may_be_judged_when_the_gradients_are_named(tmp_path):
    text = GOOD.replace('{"x": -2.5}', '{"x": [1.0, 2.0]}').replace(
        "at=inputs)", 'at=inputs, wrt=["x"])'
    )
    assert read(tmp_path, text).exercises[0].points == 1.5


def test_computed_numbers_are_numbers(tmp_path):
    text = GOOD.replace('{"x": -2.5}', '{"x": -math.pi / 3}')
    assert read(tmp_path, text).exercises[0].points == 1.5
