"""A class graded by stock nbgrader and by `backprop grade`: the same submissions, one after the other.

    python tests/benchmarks/autograde.py            32 submissions of six exercises, both graders
    python tests/benchmarks/autograde.py 500        so many, ours alone: cost of each, and memory
    python tests/benchmarks/autograde.py --start    how long `backprop grade` takes where nothing is to do

Both read what was handed in, run it, give scores, file them in a gradebook, and make the pages with
the feedback. Stock nbgrader runs `grade` in a kernel, by its own `Execute`; ours runs the notebook in
its sandbox and judges it outside. The code in a learner's check cells runs in both; stock also judges
it there, which ours puts off until something reads the report. Times are of the whole process tree,
by the wall and in CPU.
"""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from autograder.classroom import Classroom
from autograder.course import ASSIGNMENT, Course
from tests import gradebooks, six_exercises
from tests.six_exercises import hand_in_all, make_course

PR_SET_CHILD_SUBREAPER = 36
PAIRS, CORES = 32, 2
SAMPLING = 0.25  # seconds between two looks at the memory
# What a course has that uses nothing of ours but the notebooks.
STOCK = """
from pathlib import Path
c = get_config()
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.course_id = "backprop"
c.CourseDirectory.db_url = "sqlite:///" + str(Path(__file__).resolve().parent / "gradebook.db")
"""


@dataclass
class Cost:
    """What running commands took."""

    wall: float
    cpu: float
    peak: float
    """MiB that the whole process tree had in memory, each page counted once."""


def cost_of(*commands: list[str], cwd: Path, watch: bool = False) -> Cost:
    """Run commands one after the other, and give what they and all that they started took."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(writing, repr(_measured(commands, cwd, watch)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        wall, cpu, peak = eval(pipe.read())
    os.waitpid(pid, 0)
    return Cost(wall, cpu, peak)


def _measured(commands: tuple[list[str], ...], cwd: Path, watch: bool) -> tuple[float, ...]:
    """Be the process to which every orphan comes, so that no time of a child is lost."""
    import resource

    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    peak = [0.0]
    if watch:
        threading.Thread(target=_watched, args=(os.getpid(), peak), daemon=True).start()
    start = time.perf_counter()
    for command in commands:
        done = subprocess.run(
            command, cwd=cwd, env=environment(cwd), capture_output=True, text=True
        )
        if done.returncode:
            raise SystemExit(
                f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-2000:]}"
            )
    wall = time.perf_counter() - start
    try:
        while True:
            os.wait()
    except ChildProcessError:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, used.ru_utime + used.ru_stime, peak[0]


def environment(folder: Path) -> dict[str, str]:
    """An environment in which nobody's settings are found."""
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "HOME")
    scripts = str(Path(sys.executable).parent)
    return {
        **{name: str(folder / ".home" / name.lower()) for name in names},
        "PATH": os.pathsep.join([scripts, os.environ["PATH"]]),
        "LANG": "C.UTF-8",
    }


def _watched(root: int, peak: list[float]) -> None:
    while True:
        peak[0] = max(peak[0], sum(map(_memory, _tree(root))) / 1024)
        time.sleep(SAMPLING)


def _tree(root: int) -> list[int]:
    parents = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                status = Path(entry.path, "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(status[1])
    tree = [root]
    for pid in tree:
        tree += [child for child, parent in parents.items() if parent == pid]
    return tree[1:]  # without the process that looks


def _memory(pid: int) -> int:
    """KiB of a process, where a page that several share counts as a part for each."""
    try:
        found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
    except OSError:
        return 0
    return int(found[1]) if found else 0


def stock(course: Course) -> Cost:
    """Grade with nothing but nbgrader's own steps."""
    nbgrader = str(Path(sys.executable).parent / "nbgrader")
    return cost_of(
        [nbgrader, "autograde", ASSIGNMENT], [nbgrader, "generate_feedback", ASSIGNMENT],
        cwd=course.root,
    )  # fmt: skip


def ours(course: Course, watch: bool = False) -> Cost:
    command = [sys.executable, "-m", "autograder", "grade", "--feedback", "--workers", str(CORES)]
    return cost_of([*command, "--course", str(course.root)], cwd=course.root, watch=watch)


def class_of(folder: Path, count: int) -> Course:
    course = make_course(folder)
    hand_in_all(course, count)
    Classroom(course).release()
    return course


def agreed(left: Course, right: Course) -> int:
    """The number of grades, all of which are the same in both gradebooks."""
    a, b = (
        [(*row[:3], round(row[4], 6)) for row in gradebooks.rows(c)["grades"]]
        for c in (left, right)
    )
    different = [pair for pair in zip(a, b, strict=True) if pair[0] != pair[1]]
    if different:
        raise SystemExit(f"{len(different)} grades differ, the first: {different[0]}")
    return len(a)


def side_by_side(folder: Path) -> None:
    """Grade the same class by both, ours before and after, so that a busy hour falls on both."""
    mine = class_of(folder / "ours", PAIRS)
    again = six_exercises.copied(mine, folder / "again")
    theirs = six_exercises.copied(mine, folder / "stock")
    theirs.config.write_text(STOCK)
    before, a, after = ours(mine), stock(theirs), ours(again)
    b = Cost((before.wall + after.wall) / 2, (before.cpu + after.cpu) / 2, 0.0)
    grades = agreed(mine, theirs)
    print(f"{PAIRS} submissions, {grades} grades, all the same; {os.cpu_count()} cores")
    for name, cost in (("stock nbgrader", a), ("backprop grade", b)):
        print(
            f"{name}: {cost.wall:6.1f} s, {cost.cpu:6.1f} s of CPU; "
            f"each {1000 * cost.wall / PAIRS:5.0f} ms, {1000 * cost.cpu / PAIRS:5.0f} ms of CPU"
        )
    print(f"ours: {before.cpu:.1f} s of CPU before, {after.cpu:.1f} s after")
    print(f"ratio: {a.wall / b.wall:.1f} by the wall, {a.cpu / b.cpu:.1f} in CPU")


def many(folder: Path, count: int) -> None:
    for size in (PAIRS, count):
        cost = ours(class_of(folder / str(size), size), watch=True)
        print(
            f"{size:4} submissions: each {1000 * cost.wall / size:5.0f} ms, "
            f"{1000 * cost.cpu / size:5.0f} ms of CPU; at most {cost.peak:.0f} MiB"
        )


def start(folder: Path) -> None:
    course = class_of(folder / "ours", 2)
    ours(course)
    costs = sorted(ours(course).wall for _ in range(5))
    print(f"nothing to do: {costs[2]:.2f} s (median of 5; {costs[0]:.2f} to {costs[-1]:.2f})")


def main(words: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="autograde-") as folder:
        if words == ["--start"]:
            start(Path(folder))
        elif words:
            many(Path(folder), int(words[0]))
        else:
            side_by_side(Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
