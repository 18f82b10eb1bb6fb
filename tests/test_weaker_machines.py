"""Machines that lack a part of the sandbox, made of this one by taking parts away."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import layers
from tests.sandboxes import needs_sandbox

ROOT = Path(__file__).parent.parent
ASK = """
import errno, os, sys
calls, weaker = sys.argv[1], sys.argv[2] == "weaker"
if calls:
    import pyseccomp
    refused = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    for call in calls.split(","):
        number = errno.ENOSYS if "landlock" in call else errno.EPERM
        refused.add_rule(pyseccomp.ERRNO(number), call)
    refused.load()
from autograder.forkserver import ForkServer, Settings
from autograder.sandbox import TooWeak
from autograder.session import Session
try:
    with ForkServer(Settings(allow_weaker=weaker)) as server:
        print(server.protection)
        with Session(server, 20) as session:
            cell = '''
import threading
import numpy as np
thread = threading.Thread(target=print, args=("a thread",))
thread.start()
thread.join()
np.ones((50, 50)) @ np.ones((50, 50))
print("it runs")
'''
            print(session.cell(cell, 1))
except TooWeak as error:
    print("refused:", error)
"""


def asked(calls: str = "", weaker: str = "", user: int | None = None) -> str:
    """What a grader says on a machine where these system calls are refused."""
    done = subprocess.run(
        [sys.executable, "-c", ASK, calls, weaker], cwd=ROOT, user=user,
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_a_kernel_without_landlock_is_refused_and_named():
    needs_sandbox()
    said = asked("landlock_create_ruleset")
    assert said.startswith("refused: Nothing was graded, because the sandbox lacks landlock (")
    assert "seccomp (" not in said  # what is there is not said to be missing
    assert "use Linux 5.13 or later" in said
    assert "--allow-weaker" in said


def test_who_allows_weaker_gets_the_layers_that_are_left():
    needs_sandbox()
    said = asked("landlock_create_ruleset", "weaker")
    active, _, missing = said.partition("Missing:")
    assert "seccomp" in active
    assert "landlock" in missing
    assert "it runs" in said


def test_without_namespaces_what_is_required_is_there_all_the_same():
    needs_sandbox()
    said = asked("unshare,setns")
    assert "landlock, seccomp. Missing: namespaces (" in said
    assert "it runs" in said


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_a_user_who_is_not_root_has_what_is_required(tmp_path):
    needs_sandbox()
    nobody = 65534
    try:
        subprocess.run([sys.executable, "-c", "import numpy"], user=nobody, check=True, cwd="/")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("Python lies where nobody else may use it")
    said = asked(user=nobody)
    active = said.partition("Missing:")[0]
    assert "landlock" in active
    assert "seccomp" in active
    assert "it runs" in said


def test_the_kit_is_out_of_sight_where_it_lies_among_what_is_imported(monkeypatch):
    """As where it was installed from a wheel: its files answer exercises, and hold a course."""
    import jinja2

    home = Path(jinja2.__file__).resolve().parent
    monkeypatch.setattr(layers, "ours", lambda: (home,))
    listable = layers.listable.__wrapped__()
    monkeypatch.setattr(layers, "listable", lambda: listable)
    seen = {path.resolve() for path, _ in layers.seen.__wrapped__()}
    assert home.parent in {path.resolve() for path in listable}
    assert home not in seen
    assert not seen & set(home.parents)
    assert Path(shutil.__file__).resolve().parent in {*seen, *(p.parent for p in seen)}
    assert {path.name for path in home.parent.iterdir() if path.is_dir()} - {home.name} <= {
        path.name for path in seen
    }
