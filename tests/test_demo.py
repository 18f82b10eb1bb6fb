"""The demo grades its class rightly, says so, and cleans up after itself."""

import pytest

from autograder import demo as demo_module
from autograder.__main__ import main
from autograder.classroom import Score
from autograder.course import Course, CourseError, find_course
from autograder.demo import Result, points, why
from autograder.demo_class import CHAIN, CLASS, NOTEBOOK, SUM, Student, answer, invented
from autograder.sections import read_section

COURSE = find_course()
EXERCISES = {
    exercise.id: exercise for exercise in read_section(COURSE.sections / f"{NOTEBOOK}.py").exercises
}
STUDENT = Student("ada", "half of it", {SUM: 4, CHAIN: 3})


def result(chain: float, needs_person: bool = False) -> Result:
    scores = (
        Score(f"{SUM}-grade", 4.0, 4.0, ""),
        Score(f"{CHAIN}-grade", chain, 6.0, "`dz` lost its minus.", needs_person),
    )
    return Result(STUDENT, scores)


# nbgrader leaves it to the garbage collector to close what it reads.
@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.timeout(400)
def test_the_class_gets_exactly_what_it_should(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    folder = tmp_path / "class"
    code = main(["demo", "--keep", str(folder)])
    printed = capsys.readouterr().out
    assert code == 0, printed
    assert "12 of 12 students got exactly what they should." in printed
    assert "lee needs a person: look at submitted/lee" in printed
    assert "Collected what 12 students submitted." in printed
    assert f"Wrote 12 learners, backprop to {folder / 'canvas.csv'}." in printed
    table = {row.split(",")[3]: row for row in (folder / "canvas.csv").read_text().splitlines()}
    assert table["eve"] == "eve,,,eve,,7"
    assert table["lee"] == "lee,,,lee,,"
    # lee's broken file went through the exchange as it was, and there is no page to release.
    assert len(list((folder / "exchange" / "backprop" / "inbound").iterdir())) == 12
    assert len(list((folder / "exchange" / "backprop" / "feedback").glob("*.html"))) == 12
    for student in CLASS:
        assert student.name in printed
        page = folder / "feedback" / student.name / "backprop" / f"{NOTEBOOK}.html"
        assert page.is_file()
    assert (folder / "submitted" / "lee" / "backprop" / f"{NOTEBOOK}.ipynb").is_file()
    eve = (folder / "feedback" / "eve" / "backprop" / f"{NOTEBOOK}.html").read_text()
    assert "Score: 7.0 / 10.0" in eve
    assert "sum_times_z: dx is not right; score 0.75" in eve


def test_there_are_twelve_and_they_differ():
    assert len({student.name for student in CLASS}) == len(CLASS) == 12
    totals = {sum(student.expected.values()) for student in CLASS if student.expected}
    assert {0, 4, 6, 7, 9, 10} <= totals


def test_a_larger_class_is_made_up_the_same_way_each_time_and_of_all_kinds():
    section = read_section(COURSE.sections / f"{NOTEBOOK}.py")
    many = invented(section, 200)
    assert many == invented(section, 200)
    assert tuple(many[:12]) == CLASS
    assert invented(section, 3) == list(CLASS[:3])
    assert len({student.name for student in many}) == 200
    more = [student.expected for student in many[12:] if student.expected]
    assert len(more) == 188
    assert len({round(sum(expected.values()), 2) for expected in more}) > 8
    for exercise in section.exercises:
        slips = {mistake.label for mistake in exercise.mistakes if mistake.score is not None}
        stories = " ".join(student.story for student in many)
        assert all(f"{exercise.id}: {label.replace('_', ' ')}" in stories for label in slips)


@pytest.mark.parametrize("student", CLASS, ids=lambda student: student.name)
def test_every_answer_still_fits_its_exercise(student):
    for name, patches in student.answers.items():
        text = answer(EXERCISES[name], patches)
        assert "SOLUTION" not in text
        assert (text == answer(EXERCISES[name], ())) == (not patches)


def test_an_answer_that_no_longer_fits_is_named():
    with pytest.raises(CourseError, match=r"no longer fits exercise 'sum-times-z': 'dw = 1'"):
        answer(EXERCISES[SUM], (("dw = 1", "dw = 2"),))


def test_only_the_very_scores_are_as_expected():
    assert result(3.0).as_expected
    assert result(3.004).as_expected, "scores are rounded to a hundredth"
    assert not result(3.01).as_expected
    assert not result(3.0, needs_person=True).as_expected
    assert not Result(STUDENT, (), trouble="no notebook").as_expected
    broken = Student("lee", "broken", None)
    assert Result(broken, (), trouble="no notebook").as_expected
    assert not Result(broken, result(3.0).scores).as_expected


def test_points_and_reasons_are_said_in_words():
    assert points(result(3.0)) == "7 of 10"
    assert points(result(2.5)) == "6.5 of 10\nexpected 7"
    assert points(result(0.0, needs_person=True)) == "needs a person\nexpected 7"
    assert why(result(3.0)) == "three-links: `dz` lost its minus."
    assert why(Result(STUDENT, (), trouble="no notebook")) == "no notebook"


@pytest.mark.parametrize(("chain", "code"), [(3.0, 0), (2.0, 1)])
def test_the_exit_code_says_whether_all_scores_are_right(monkeypatch, capsys, chain, code):
    folders = []

    def graded(course, folder, learners, allow_weaker):
        folders.append(folder)
        (folder / "something").touch()
        return [result(chain)]

    monkeypatch.setattr(demo_module, "grade_class", graded)
    assert main(["demo"]) == code
    assert not folders[0].exists()
    first, *rest = capsys.readouterr().out.splitlines()
    assert first == (
        f"The class is made in {folders[0]}, which is deleted at the end; --keep FOLDER keeps it."
    )
    assert "use: backprop demo --keep FOLDER" in "\n".join(rest)
    assert str(folders[0]) not in "\n".join(rest)  # where nothing is any more


def test_a_folder_with_something_in_it_is_left_alone(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine")
    assert main(["demo", "--keep", str(tmp_path)]) == 1
    assert (
        "is not empty, and nothing in it is to be lost; name a new folder."
        in capsys.readouterr().err
    )
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_course_without_the_notebook_or_no_course_at_all_has_a_demo_too(tmp_path, monkeypatch):
    (tmp_path / "sections").mkdir()
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    folder = tmp_path / "class"
    folder.mkdir()
    copy, section = demo_module.make_class(Course(tmp_path), folder)
    assert section.name == NOTEBOOK
    assert copy.notebook(NOTEBOOK).is_file()
    assert "SandboxedExecute.timeout = 10" in copy.config.read_text()
    with pytest.raises(CourseError, match="No course found in"):
        demo_module._course(tmp_path / "class" / "sections")


def test_being_stopped_is_no_traceback(monkeypatch, capsys):
    def stopped(course, folder, learners, allow_weaker):
        raise KeyboardInterrupt

    monkeypatch.setattr(demo_module, "grade_class", stopped)
    assert main(["demo"]) == 130
    assert capsys.readouterr().err == "backprop: stopped.\n"
