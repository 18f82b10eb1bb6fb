"""Whatever happens while a class is graded, no submission is lost, and the gradebook stays whole.

Each test does what it is about to a command that grades ten learners, then lets the next run finish
the rest, and holds the gradebook against one of a run that nothing happened to.
"""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from autograder.__main__ import main
from autograder.classroom import Classroom
from autograder.course import ASSIGNMENT, Course
from tests import gradebooks
from tests.processes import descendants
from tests.sandboxes import needs_sandbox
from tests.six_exercises import copied
from tests.test_class import Work, blank, hand_in, make_course, right, wrong

ROOT = Path(__file__).resolve().parents[1]
LEARNERS = 10
DEEDS = (right, wrong, blank)
SETTINGS = "\nc.SandboxedExecute.timeout = 5\n"

pytestmark = pytest.mark.timeout(180)


def on(exercise: str, deed: Callable[[Work], None]) -> Callable[[Work], None]:
    """A deed done to the exercise that is named after another."""

    def done(work: Work) -> None:
        deed(work)

    done.__name__ = exercise
    return done


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory: pytest.TempPathFactory) -> Course:
    needs_sandbox()
    course = make_course(tmp_path_factory.mktemp("course") / "course", right, wrong)
    with course.config.open("a") as config:
        config.write(SETTINGS)
    for at in range(LEARNERS):
        first, second = DEEDS[at % 3], DEEDS[at // 3 % 3]
        hand_in(course, f"learner-{at}", on("right", first), on("wrong", second))
    Classroom(course).release()
    return course


@pytest.fixture(scope="module")
def undisturbed(handed_in: Course, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The same class, graded while nothing happened."""
    course = copied(handed_in, tmp_path_factory.mktemp("undisturbed") / "course")
    assert grade(course) == 0
    return course


@pytest.fixture
def course(handed_in: Course, tmp_path: Path) -> Course:
    return copied(handed_in, tmp_path / "course")


def grade(course: Course, *more: str) -> int:
    return main(["grade", "--course", str(course.root), "--workers", "2", *more])


def began(course: Course, **how: object) -> subprocess.Popen[str]:
    """The command, begun in a process of its own."""
    command = [sys.executable, "-m", "autograder", "grade", "--course", str(course.root)]
    how.setdefault("cwd", ROOT)
    return subprocess.Popen(
        [*command, "--workers", "2"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True, **how,  # type: ignore[call-overload]
    )  # fmt: skip


def graded(course: Course) -> dict[str, str]:
    """Everybody whose graded folder is in its place, with the record that lies in it."""
    records = (course.root / "autograded").glob(f"*/{ASSIGNMENT}/*.verdicts.json")
    found = {}
    for path in records:
        try:
            found[path.parents[1].name] = path.read_text()
        except FileNotFoundError:  # another takes its place just now
            found[path.parents[1].name] = ""
    return found


def until(true: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.01)


def finished(course: Course, undisturbed: Course, before: dict[str, str]) -> None:
    """The next run graded the rest, and nothing that was graded before; the gradebook is right."""
    assert gradebooks.is_whole(course)
    assert grade(course) == 0
    after = graded(course)
    assert len(after) == LEARNERS
    assert {name: after[name] for name in before} == before
    is_right(course, undisturbed)


def is_right(course: Course, undisturbed: Course) -> None:
    assert gradebooks.is_whole(course)
    for table in ("submissions", "notebooks", "grades", "comments"):
        assert gradebooks.rows(course)[table] == gradebooks.rows(undisturbed)[table], table
    staged = course.root / ".grading" / "staged"
    assert not staged.exists()


# ----- ended ---------------------------------------------------------------------------------------


def test_ctrl_c_ends_the_run_between_two_submissions(course, undisturbed):
    run = began(course)
    until(lambda: len(graded(course)) >= 2)
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does: all of them get it
    said = run.communicate(timeout=30)[0]
    assert run.returncode == 130, said
    assert said.endswith("Stopped as you asked; run the command again for the rest.\n")
    assert "Traceback" not in said
    before = graded(course)
    assert 2 <= len(before) < LEARNERS
    finished(course, undisturbed, before)


def until_more_than(count: int, course: Course) -> None:
    until(lambda: len(graded(course)) > count)


def test_ctrl_c_pressed_again_and_again_breaks_nothing_off(course):
    for after_the_first in (False, True):
        before = len(graded(course))
        run = began(course)
        if after_the_first:
            until_more_than(before, course)
        else:
            time.sleep(0.5)
        while run.poll() is None:
            os.killpg(run.pid, signal.SIGINT)
            time.sleep(0.02)
        said = run.communicate()[0]
        assert run.returncode == 130, said
        assert said.endswith("; run the command again for the rest.\n")
        assert "Traceback" not in said
        assert gradebooks.is_whole(course)


def killed_at(course: Course, moment: int) -> None:
    """Kill a grader once so many are graded, and see to it that nothing of it goes on."""
    run = began(course)
    until(lambda: descendants(run.pid) and len(graded(course)) >= moment)
    time.sleep(0.3)
    there = descendants(run.pid)
    run.kill()
    run.communicate()
    until(lambda: not any(Path(f"/proc/{pid}/exe").exists() for pid in there), 10)


def test_a_grader_that_is_killed_again_and_again_loses_nothing(course, undisturbed):
    for moment in (0, 1, 4):
        killed_at(course, moment)
        assert gradebooks.is_whole(course)
    before = graded(course)
    finished(course, undisturbed, before)


@pytest.mark.parametrize("victim", ["child", "worker", "server", "intake"])
def test_whoever_is_killed_everybody_gets_what_they_should(course, undisturbed, victim):
    run = began(course)
    until(lambda: graded(course))
    killed = 0
    while run.poll() is None and killed < 3:
        for pid, what in descendants(run.pid).items():
            if what == victim:
                try:
                    os.kill(pid, signal.SIGKILL)
                    killed += 1
                    break
                except ProcessLookupError:
                    continue
        time.sleep(0.4)
    said = run.communicate(timeout=120)[0]
    assert killed, "nobody was there to be killed"
    assert run.returncode == 0, said
    is_right(course, undisturbed)


# ----- in the way ----------------------------------------------------------------------------------


@contextmanager
def small_disk(course: Course) -> Iterator[tuple[Course, dict[str, object]]]:
    """The course where there is hardly any room: on a small disk, or with files that must stay small."""
    place = course.root.with_name("small")
    place.mkdir()
    size = sum(path.stat().st_size for path in course.root.rglob("*") if path.is_file())
    options = f"size={size * 2 + 400_000}".encode()
    if os.geteuid() == 0 and mounted(place, options):
        try:
            shutil.copytree(course.root, place / "course")
            room = shutil.disk_usage(place).free - 60_000
            (place / "filler").write_bytes(b"." * room)
            yield Course(place / "course"), {}
        finally:
            ctypes.CDLL(None).umount2(bytes(place), 2)
    else:
        database = (course.root / "gradebook.db").stat().st_size

        def keep_small() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (database, database))

        yield course, {"preexec_fn": keep_small}


def mounted(place: Path, options: bytes) -> bool:
    return ctypes.CDLL(None).mount(b"tmpfs", bytes(place), b"tmpfs", 0, options) == 0


def test_a_full_disk_ends_the_run_with_a_sentence(course, undisturbed):
    with small_disk(course) as (tight, how):
        run = began(tight, **how)
        said = run.communicate(timeout=60)[0]
        assert run.returncode == 1, said
        assert "run the command again for the rest" in said
        assert "Traceback" not in said
        assert gradebooks.is_whole(tight)
        before = graded(tight)
        assert len(before) < LEARNERS
        filler = tight.root.parent / "filler"
        filler.unlink(missing_ok=True)
        finished(tight, undisturbed, before)


def test_a_gradebook_that_is_locked_is_waited_for(course, undisturbed):
    with closing(sqlite3.connect(course.root / "gradebook.db", check_same_thread=False)) as book:
        run = began(course)
        until(lambda: len(graded(course)) >= 1)
        book.execute("BEGIN IMMEDIATE")
        time.sleep(7)  # longer than SQLite waits by itself
        book.rollback()
    said = run.communicate(timeout=60)[0]
    assert run.returncode == 0, said
    is_right(course, undisturbed)


def test_a_gradebook_that_stays_locked_ends_the_run(course, undisturbed, monkeypatch, capsys):
    monkeypatch.setattr("autograder.gradebook.PATIENCE", 0.5)
    with closing(sqlite3.connect(course.root / "gradebook.db")) as book:
        book.execute("BEGIN IMMEDIATE")
        assert grade(course) == 1
        book.rollback()
    said = capsys.readouterr().out
    assert "locked by another program" in said
    finished(course, undisturbed, graded(course))


def test_there_is_one_grader_at_a_time(course, undisturbed, capsys):
    first = began(course)
    until(lambda: (course.root / ".grading" / "lock").is_file() and descendants(first.pid))
    assert grade(course) == 2
    said = capsys.readouterr().err
    assert f"is being graded by process {first.pid}; wait until it has ended" in said
    first.kill()
    first.communicate()
    finished(course, undisturbed, graded(course))  # whoever was killed holds no lock


def nbgrader_autograde(course: Course) -> subprocess.Popen[str]:
    command = [str(Path(sys.executable).parent / "nbgrader"), "autograde", ASSIGNMENT]
    return subprocess.Popen(
        command, cwd=course.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def test_nbgraders_own_command_waits_for_its_turn_and_is_waited_for(course, undisturbed, capsys):
    ours = began(course)
    until(lambda: graded(course))
    ours.send_signal(signal.SIGSTOP)  # so that it does not end before the other has begun
    theirs = nbgrader_autograde(course)
    said = theirs.communicate(timeout=60)[0]
    ours.send_signal(signal.SIGCONT)
    assert theirs.returncode == 1
    assert f"is being graded by process {ours.pid}; wait until it has ended" in said
    assert "Traceback" not in said
    said = ours.communicate(timeout=60)[0]
    assert ours.returncode == 0, said
    is_right(course, undisturbed)

    shutil.rmtree(course.root / "autograded")
    theirs = nbgrader_autograde(course)
    until(lambda: graded(course))
    theirs.send_signal(signal.SIGSTOP)
    assert grade(course) == 2
    assert f"is being graded by process {theirs.pid}; wait until" in capsys.readouterr().err
    theirs.send_signal(signal.SIGCONT)
    said = theirs.communicate(timeout=60)[0]
    assert theirs.returncode == 0, said
    is_right(course, undisturbed)


CLOCK = """
import datetime, itertools, time
true, jumps = time.time, itertools.cycle([0, -86_400, 3_600])
time.time = lambda: true() + next(jumps)
class Jumping(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(time.time(), tz)
datetime.datetime = Jumping
"""


def test_a_clock_that_jumps_changes_nothing(course, undisturbed, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(CLOCK)
    run = began(course, env={**os.environ, "PYTHONPATH": str(tmp_path)})
    said = run.communicate(timeout=60)[0]
    assert run.returncode == 0, said
    finished(course, undisturbed, graded(course))


def test_a_submission_that_changes_while_it_is_graded_is_graded_as_it_is_in_the_end(
    course, undisturbed
):
    path = course.root / "submitted" / "learner-0" / ASSIGNMENT / "01_section.ipynb"
    last = path.read_text()
    other = (course.root / "submitted" / "learner-9" / ASSIGNMENT / "01_section.ipynb").read_text()
    over = threading.Event()

    def write_on() -> None:
        for text in iter(lambda: other + " " * int(1000 * time.monotonic() % 1000), None):
            path.write_text(text)
            if over.wait(0.002):
                return

    writing = threading.Thread(target=write_on)
    writing.start()
    try:
        run = began(course)
        said = run.communicate(timeout=60)[0]
    finally:
        over.set()
        writing.join()
    path.write_text(last)
    assert run.returncode in (0, 1), said
    assert len(graded(course)) >= LEARNERS - 1, said
    assert grade(course) == 0
    is_right(course, undisturbed)


def loops(work: Work) -> None:
    work.answer("    while True:\n        pass\n")


def test_a_submission_that_takes_too_long_is_left_to_a_person(course, capsys):
    hand_in(course, "learner-4", on("right", loops), on("wrong", loops))
    assert grade(course, "--deadline", "3", "--students", "learner-3,learner-4,learner-5") == 1
    said = capsys.readouterr().out
    assert "learner-4 needs a person: It took longer than a submission may" in said
    assert set(graded(course)) == {"learner-3", "learner-4", "learner-5"}
    assert set(gradebooks.scores(course, "learner-4").values()) == {None}
    notebook = gradebooks.graded_folder(course, "learner-4") / "01_section.ipynb"
    assert "To be graded by a person" in notebook.read_text()
    assert gradebooks.is_whole(course)
    # A person gives points, and nobody is asked for any more.
    with closing(sqlite3.connect(course.root / "gradebook.db")) as book:
        book.execute("UPDATE grade SET manual_score = 1.0 WHERE auto_score IS NULL")
        book.commit()
    assert grade(course, "--students", "learner-3,learner-4,learner-5") == 0
