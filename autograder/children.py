"""The fork server's own side: a warm interpreter with one thread, and what it forks.

    python -P -m autograder.children DESCRIPTOR

Nothing here reads a file of a learner, and nothing of the grader is inherited by a child but one
end of a socket pair.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import itertools
import os
import select
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Container, Iterator
from dataclasses import replace
from pathlib import Path

from autograder.apart import SCRATCH, set_apart
from autograder.forkserver import ENVIRONMENT, read_start
from autograder.frames import Broken, Channel, as_json
from autograder.layers import (
    NOBODY,
    PR_SET_PDEATHSIG,
    Limits,
    Room,
    address_space,
    control,
    seen,
    tasks_of_this_user,
)
from autograder.lean_imports import uncollected
from autograder.sandbox import BUBBLEWRAP, NAMESPACES, Protection, TooWeak, enter, tried_out
from autograder.syscalls import call_filter
from autograder.withheld import MODULES

USERS = 4000
MOST_CHILDREN = 16  # at once, where they count together
CHANNEL = 3  # the descriptor on which a child talks
REAP = 1000  # milliseconds after which ended children are looked for, if nobody asks for a new one
PR_SET_CHILD_SUBREAPER = 36
# What a child and a judge need, imported once; the modules that know calculus beyond the gates
# are not among them.
WARM = [
    *("math", "random", "resource", "traceback", "linecache", "io", "ast", "json", "cmath"),
    *("numpy.random", "autograder.learner", "autograder.judge"),
    "importlib.metadata",  # which `from backprop_kit import *` asks for the version
]
ROLES = {"learner": "autograder.learner", "judge": "autograder.judge"}


def main(number: int) -> None:
    """Import, set up, say what protects, and fork until nobody asks any more."""
    channel = Channel(socket.socket(fileno=number))
    with uncollected(), bytecode_kept():
        for name in [*WARM, *_of_the_kit()]:
            importlib.import_module(name)
        importlib.import_module("backprop_kit")._gates()
    # Each on its own: trying the layers will say what is missing, and why.
    with contextlib.suppress(Exception):
        importlib.import_module("landlockpy").Ruleset().close()
    with contextlib.suppress(Exception):
        call_filter()
    try:
        limits, folder, wrapped, without = read_start(channel.receive(None).json())
    except Broken:  # who began this ended before there was anything to fork
        return
    address_space()  # /proc is out of sight later, and what an ordinary user may not look at
    seen()
    with contextlib.suppress(OSError):  # where memory runs out, this is what ends first
        Path("/proc/self/oom_score_adj").write_text("1000")
    others = tasks_of_this_user()
    already = _set_apart(wrapped, without)
    if os.geteuid() != 0:
        # All children are then one user, and count together: with each other in namespaces of
        # their own, elsewhere with all else that this user runs.
        more = MOST_CHILDREN * limits.processes if NAMESPACES in already.active else others
        limits = replace(limits, processes=limits.processes + more)
    if NAMESPACES in already.active or wrapped:
        folder = SCRATCH
    try:
        room = Room(folder, user_of(0), own_mount=False)
        protection = tried_out(limits, room, already, without)
    except TooWeak as error:
        channel.send(b"P", as_json({"refused": str(error)}))
        return
    channel.send(b"P", as_json({"active": list(protection.active), "missing": protection.missing}))
    gc.collect()
    gc.freeze()  # what is there now is not looked at again, so that children share its memory
    _serve(channel, limits, folder, protection)


@contextlib.contextmanager
def bytecode_kept() -> Iterator[None]:
    """Let what is compiled be kept for the next start, as long as nothing else runs here."""
    sys.dont_write_bytecode = False
    yield
    sys.dont_write_bytecode = True


def _of_the_kit() -> list[str]:
    """The modules behind the kit's public names, without those that a notebook is not to have."""
    homes = set(importlib.import_module("backprop_kit")._HOME.values())
    return sorted(f"backprop_kit.{home}" for home in homes - set(MODULES))


def _set_apart(wrapped: bool, without: tuple[str, ...]) -> Protection:
    if wrapped:
        return Protection((BUBBLEWRAP,), {})
    if NAMESPACES in without:
        return Protection((), {NAMESPACES: "left out"})
    try:
        set_apart()
    except OSError as error:
        with contextlib.suppress(OSError):
            # Without a namespace of its own, what a child leaves behind comes to the server.
            control(PR_SET_CHILD_SUBREAPER, 1)
        return Protection((), {NAMESPACES: str(error)})
    return Protection((NAMESPACES,), {})


def _serve(channel: Channel, limits: Limits, folder: Path, protection: Protection) -> None:
    """Fork what is asked for, until the first who asked is gone."""
    poll = select.poll()
    poll.register(channel, select.POLLIN)
    clients = {channel.fileno(): channel}
    running: dict[int, int] = {}  # each child, and the client it was forked for
    users = itertools.count()
    while True:
        ready = poll.poll(REAP)
        _reap(running)
        for number, _ in ready:
            client = clients[number]
            try:
                frame = client.receive(None)
            except Broken:
                if client is channel:
                    return
                poll.unregister(number)
                _forget(clients.pop(number), running)
                continue
            if frame.kind == b"L":
                another = _another(client)
                clients[another.fileno()] = another
                poll.register(another, select.POLLIN)
                continue
            user = user_of(next(users)) if "user" in protection.active else os.geteuid()
            room = Room(folder, user, "scratch" in protection.active)
            running[_fork(client, str(frame.json()["role"]), limits, room, protection)] = number


def _another(client: Channel) -> Channel:
    """Hand a client the end of a second channel, and give the other end."""
    ours, theirs = socket.socketpair()
    with theirs:
        _hand_over(client, os.getpid(), [theirs.fileno()])
    return Channel(ours)


def _forget(client: Channel, running: dict[int, int]) -> None:
    """End what was forked for a client that is gone: nobody waits for it any more."""
    for pid, number in running.items():
        if number == client.fileno():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
    client.close()


def user_of(count: int) -> int:
    """Give the user that a child becomes; who is not root stays who it is."""
    return NOBODY + count % USERS if os.geteuid() == 0 else os.geteuid()


def _reap(running: dict[int, int]) -> None:
    """Bury what has ended, and end what it left behind."""
    with contextlib.suppress(ChildProcessError):
        while (pid := os.waitpid(-1, os.WNOHANG)[0]) != 0:
            running.pop(pid, None)
            with contextlib.suppress(OSError):
                os.killpg(pid, signal.SIGKILL)
    for pid in _strays(running):
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def _strays(running: Container[int]) -> list[int]:
    """Give the children that nobody asked for: those of children that have ended."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
            return [pid for pid in map(int, file.read().split()) if pid not in running]
    except OSError:  # apart, where /proc is out of sight, and no process can be started anyway
        return []


def _fork(channel: Channel, role: str, limits: Limits, room: Room, protection: Protection) -> int:
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        _be(role, theirs, limits, room, protection)
    theirs.close()
    handles = [ours.fileno()]
    if hasattr(os, "pidfd_open"):
        handles.append(os.pidfd_open(pid))
    _hand_over(channel, pid, handles)
    ours.close()
    for handle in handles[1:]:
        os.close(handle)
    return pid


def _hand_over(channel: Channel, pid: int, handles: list[int]) -> None:
    with contextlib.suppress(Broken, OSError):  # who asked may be gone meanwhile
        channel.send(b"C", as_json(pid))
        channel.socket.setblocking(True)
        socket.send_fds(channel.socket, [b"."], handles)
        channel.socket.setblocking(False)


def _be(
    role: str, connection: socket.socket, limits: Limits, room: Room, protection: Protection
) -> None:
    """Become a child in a role, and never come back."""
    code = 1
    with contextlib.suppress(BaseException):
        os.setsid()
        with contextlib.suppress(OSError):
            control(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.dup2(connection.fileno(), CHANNEL)
        connection.detach()
        nowhere = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(nowhere, number)
        os.closerange(CHANNEL + 1, 4096)
        channel = Channel(
            socket.socket(fileno=CHANNEL)
        )  # asking a socket what it is is a call, too
        enter(protection.active, limits, room)
        os.chdir(room.folder)
        os.environ.clear()
        os.environ.update(ENVIRONMENT, HOME=str(room.folder), TMPDIR=str(room.folder))
        tempfile.tempdir = str(room.folder)  # it was looked up when the server started
        serve: Callable[[Channel], None] = importlib.import_module(ROLES[role]).serve
        serve(channel)
        code = 0
    os._exit(code)


if __name__ == "__main__":
    main(int(sys.argv[1]))
