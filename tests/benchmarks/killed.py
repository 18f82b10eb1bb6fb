"""A class graded by a grader that is killed twice on the way: is everybody's grade what it must be?

    python tests/benchmarks/killed.py                 200 made-up learners, killed after 50 and 125
    python tests/benchmarks/killed.py 60 --at 10 40   so many, and killed after so many were graded

Each learner answers six exercises, rightly, wrongly or not at all, so that it is known what each
answer must earn. `backprop grade` is killed with a signal that no process can catch; the third run is
left alone. Then every grade in the gradebook is held against what is expected, and what was graded
before a kill against what lies there in the end: nobody is to be lost, and nobody graded twice.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from autograder.classroom import Classroom
from autograder.course import ASSIGNMENT, Course
from autograder.demo_class import Student
from tests import gradebooks
from tests.processes import descendants
from tests.six_exercises import hand_in_all, make_course

LEARNERS, MOMENTS = 200, (0.25, 0.625)
PATIENCE = 600.0  # seconds in which a moment must come
ROUNDING = 0.006  # scores are rounded to a hundredth
Records = dict[str, str]


def begun(course: Course) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "autograder", "grade", "--course", str(course.root)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


def graded(course: Course) -> Records:
    """Everybody whose graded folder is in its place, with the record that lies in it."""
    found = {}
    for path in (course.root / "autograded").glob(f"*/{ASSIGNMENT}/*.verdicts.json"):
        found[path.parents[1].name] = path.read_text(encoding="utf-8")
    return found


def count_of(course: Course) -> int:
    return len(list((course.root / "autograded").glob(f"*/{ASSIGNMENT}")))


def killed(course: Course, moment: int) -> Records:
    """Kill a grader once so many are graded; give what is graded when nothing of it goes on."""
    run = begun(course)
    end = time.monotonic() + PATIENCE
    while count_of(course) < moment and run.poll() is None and time.monotonic() < end:
        time.sleep(0.002)
    if run.poll() is not None or time.monotonic() >= end:
        raise SystemExit(f"It did not come to {moment} graded: {run.communicate()[0]}")
    helpers = descendants(run.pid)
    run.kill()
    run.communicate()
    while any(Path(f"/proc/{pid}/exe").exists() for pid in helpers):
        time.sleep(0.01)
    there = graded(course)
    whole = "whole" if gradebooks.is_whole(course) else "NOT WHOLE"
    filed = len(gradebooks.rows(course)["submissions"])
    print(
        f"Killed after {moment}, with {len(helpers)} processes of its own: {len(there)} are in their "
        f"place, {filed} in the gradebook, which is {whole}."
    )
    return there


def wrong(course: Course, students: list[Student]) -> list[str]:
    """Say of every grade that is not what it must be, and of every one that is not there."""
    found: dict[str, dict[str, float | None]] = {student.name: {} for student in students}
    for student, _, cell, _, score, *_ in gradebooks.rows(course)["grades"]:
        found.setdefault(student, {})[cell] = score
    expected = {student.name: dict(student.expected or {}) for student in students}
    return [
        f"{name}, {cell}: {found[name].get(cell)}, and not {expected[name].get(cell)}"
        for name in found
        for cell in found[name].keys() | expected.get(name, {}).keys()
        if not close(found[name].get(cell), expected.get(name, {}).get(cell))
    ]


def close(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and abs(one - other) < ROUNDING


def tried(folder: Path, learners: int, moments: list[int]) -> list[str]:
    """Make the class, grade it under fire, and give all that is not as it must be."""
    course = make_course(folder / "course")
    students = hand_in_all(course, learners)
    Classroom(course).release()
    points = sum(sum((student.expected or {}).values()) for student in students)
    print(f"{learners} learners handed in six exercises, and deserve {points:g} points together.")
    before: Records = {}
    for moment in moments:
        before |= killed(course, moment)
    last = begun(course)
    said = last.communicate()[0]
    print(f"The next run ended with {last.returncode} and said:\n\n{said}")
    after = graded(course)
    faults = wrong(course, students)
    again = [name for name, record in before.items() if after.get(name) != record]
    faults += [f"{name} was graded before a kill, and graded again" for name in again]
    if last.returncode or not gradebooks.is_whole(course) or len(after) != learners:
        faults.append(f"the last run ended with {last.returncode}, with {len(after)} graded")
    rest = re.search(r"│ graded +│ +(\d+) │", said)
    print(
        f"{len(before)} were graded by runs that were killed, {rest and rest[1]} by the last one."
    )
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("learners", type=int, nargs="?", default=LEARNERS)
    parser.add_argument("--at", type=int, nargs="+", metavar="COUNT", help="when it is killed")
    arguments = parser.parse_args()
    moments = arguments.at or [round(share * arguments.learners) for share in MOMENTS]
    with tempfile.TemporaryDirectory(prefix="killed-") as folder:
        faults = tried(Path(folder).resolve(), arguments.learners, sorted(moments))
    print("\n".join(faults) or f"All {6 * arguments.learners} grades are what they must be.")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
