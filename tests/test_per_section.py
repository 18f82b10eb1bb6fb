"""A course whose sections are assignments of their own is released and graded one by one."""

import pytest

from autograder.building import build
from autograder.classroom import Classroom
from autograder.course import Course
from tests.test_class import earned, hand_in, make_course, right


@pytest.mark.timeout(300)
def test_an_assignment_of_one_section_is_released_and_graded_by_itself(tmp_path):
    make_course(tmp_path, right)
    (tmp_path / "course.toml").write_text('one_assignment_per = "section"\n')
    course = Course(tmp_path)
    arguments = type("Arguments", (), {"course": tmp_path, "check": False})
    assert build(arguments) == 0  # type: ignore[arg-type]
    hand_in(course, "ada", right)
    classroom = Classroom(course, assignment="01_section")
    classroom.release()
    classroom.autograde("ada")
    classroom.give_feedback("ada")
    assert earned(classroom, "ada") == {"right": 1.5}
    assert (tmp_path / "feedback" / "ada" / "01_section" / "01_section.html").is_file()
