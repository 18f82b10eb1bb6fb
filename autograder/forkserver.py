"""The fork server: a warm interpreter that forks one child for each notebook, and one judge.

Starting Python and importing NumPy and the kit takes half a second; forking a process that has done
so takes milliseconds. The server has one thread, holds no gradebook and no reference, and reads no
file of a learner. A child is set up in `children.py`; here is the side of the grader.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from autograder.course import CourseError
from autograder.frames import Broken, Channel, Late, as_json
from autograder.layers import Limits
from autograder.litter import OwnFolder
from autograder.sandbox import ELSEWHERE, REQUIRED, Protection, TooWeak

STARTING = 60.0  # seconds: importing on a busy machine
FORKING = 20.0
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUTF8": "1",
    "LANG": "C.UTF-8",
    "PATH": "/usr/bin:/bin",
}


class ServerLost(CourseError):
    """The fork server ended and could not be started again; it is no learner's fault."""


@dataclass(frozen=True)
class Settings:
    """How submissions are kept apart from everything else."""

    limits: Limits = field(default_factory=Limits)
    required: tuple[str, ...] = REQUIRED
    allow_weaker: bool = False
    bubblewrap: bool = False
    """Whether the server is started inside bubblewrap, instead of making its namespaces itself."""
    without: tuple[str, ...] = ()
    """Layers that are not even tried; for trials of what the others stop."""


class Child:
    """A forked process: its channel, and a handle that kills it and nothing else."""

    def __init__(self, channel: Channel, pid: int, handle: int | None) -> None:
        self.channel, self.pid, self.handle = channel, pid, handle

    def signal(self, number: int) -> None:
        """Send a signal; nothing happens where the process has ended."""
        with contextlib.suppress(OSError):
            if self.handle is not None:
                signal.pidfd_send_signal(self.handle, number)  # no other process can be meant
            else:
                os.kill(self.pid, number)

    def interrupt(self) -> None:
        self.signal(signal.SIGINT)

    def end(self) -> None:
        """Kill the process and let go of it."""
        self.signal(signal.SIGKILL)
        self.channel.close()
        if self.handle is not None:
            os.close(self.handle)
            self.handle = None


class ForkServer:
    """The grader's side: starts the server when first asked, and again once where it is lost."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.process: subprocess.Popen[bytes] | None = None
        self.channel: Channel | None = None
        self._protection: Protection | None = None
        self._folder: OwnFolder | None = None
        self._begun = self._told = False
        """Whether the process was started ahead of time, and told how to set itself up."""

    def __enter__(self) -> ForkServer:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def begin(self) -> None:
        """Start the process ahead of time: it imports while the grader has other things to do."""
        if self.process is None and hasattr(os, "fork"):
            self._launch(bubblewrap=False)
            self._begun = True

    def tell(self, settings: Settings) -> None:
        """Say how submissions are kept apart; a process that was begun sets itself up meanwhile."""
        self.settings = settings
        if self._begun and self.channel is not None and not settings.bubblewrap:
            with contextlib.suppress(Broken, Late):  # whoever needs it will hear, and start another
                self._say_how(self.channel)
                self._told = True

    @property
    def protection(self) -> Protection:
        """The layers that are active. Raises `TooWeak` where that is fewer than required."""
        self._started()
        assert self._protection is not None
        return self._protection

    def fork(self, role: str) -> Child:
        """Fork a child in the role `learner` or `judge`.

        Raises:
            ServerLost: where the server ended, was started again, and ended again.
            TooWeak: where a required layer is missing.

        """
        for _ in range(2):
            with contextlib.suppress(Broken, Late):
                return self._fork(role)
            self.close()
        raise ServerLost("The fork server ended twice; look at the memory of this machine.")

    def lend(self) -> ForkServer:
        """Give a second way to the same server, for a process that is about to be forked.

        What is forked through it ends with it. Where the server is lost, each way starts its own.
        """
        self._started()
        other = ForkServer(self.settings)
        other.channel = _asking(socket.socket(fileno=self._asked(b"L", {})[1][0]))
        other._protection = self._protection
        return other

    def let_go(self) -> None:
        """Close this end in a process that inherited it; the server goes on for the others."""
        if self.channel is not None:
            self.channel.close()
        self.process = self.channel = self._folder = None

    def close(self) -> None:
        """End the server and all that it forked."""
        if self.channel is not None:
            self.channel.close()
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        if self._folder is not None:
            self._folder.close()
        self.process = self.channel = self._folder = None

    # ----- starting and asking -------------------------------------------------------------------

    def _fork(self, role: str) -> Child:
        pid, handles = self._asked(b"F", {"role": role})
        return Child(Channel(socket.socket(fileno=handles[0])), pid, (*handles[1:], None)[0])

    def _asked(self, kind: bytes, what: dict[str, str]) -> tuple[int, list[int]]:
        """Ask the server for something that is handed over as open files."""
        channel = self._started()
        channel.send(kind, as_json(what), FORKING)
        pid = int(channel.receive(FORKING).json())
        poll_socket = channel.socket
        poll_socket.settimeout(FORKING)
        try:
            _, handles, _, _ = socket.recv_fds(poll_socket, 1, 2)
        except OSError as error:
            raise Broken(f"no process came: {error}") from None
        finally:
            poll_socket.setblocking(False)
        if not handles:
            raise Broken("no process came")
        return pid, handles

    def _started(self) -> Channel:
        lives = self.process is None or self.process.poll() is None  # None: it is another's
        if self.channel is not None and lives and not self._begun:
            return self.channel
        if not hasattr(os, "fork"):
            raise TooWeak(f"Nothing was graded: {ELSEWHERE.get(sys.platform, 'fork is missing')}.")
        for last in (False, False, True):
            with contextlib.nullcontext() if last else contextlib.suppress(ServerLost):
                return self._start()
        raise AssertionError("the last start succeeds or raises")

    def _start(self) -> Channel:
        ready, told = self._begun and not self.settings.bubblewrap, self._told
        self._begun = self._told = False  # who is lost is not asked again
        if not ready:
            self._launch(self.settings.bubblewrap)
        assert self.channel is not None
        self._protection = self._greeted(self.channel, told and ready)
        self._protection.insist(self.settings.required, self.settings.allow_weaker)
        return self.channel

    def _launch(self, bubblewrap: bool) -> None:
        self.close()
        self._folder = OwnFolder()
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                _command(theirs.fileno(), bubblewrap),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=ENVIRONMENT,
                cwd=self._folder.path,
                start_new_session=True,
            )
        self.channel = _asking(ours)

    def _say_how(self, channel: Channel) -> None:
        """Tell the server how to set itself up."""
        assert self._folder is not None
        start = {
            "limits": asdict(self.settings.limits),
            "folder": str(self._folder.path),
            "bubblewrap": self.settings.bubblewrap,
            "without": list(self.settings.without),
        }
        channel.send(b"S", as_json(start), STARTING)

    def _greeted(self, channel: Channel, told: bool) -> Protection:
        """Read what came of the server's setting itself up, which it is told now or was told."""
        try:
            if not told:
                self._say_how(channel)
            answer = channel.receive(STARTING).json()
        except (Broken, Late) as error:
            raise ServerLost(f"The fork server did not start: {error}.") from None
        if "refused" in answer:
            raise TooWeak(str(answer["refused"]))
        return Protection(tuple(answer["active"]), dict(answer["missing"]))


def _asking(connection: socket.socket) -> Channel:
    """Make the channel to a server: what follows its answers are open files, taken by other means."""
    return Channel(connection, ahead=False)


def _command(number: int, bubblewrap: bool) -> list[str]:
    # -P: no file beside a notebook is taken for a module.
    command = [sys.executable, "-P", "-s", "-m", "autograder.children", str(number)]
    if not bubblewrap:
        return command
    from autograder.apart import bubblewrapped

    try:
        return bubblewrapped(command)
    except FileNotFoundError as error:
        raise TooWeak(f"Nothing was graded: {error}.") from None


def read_start(data: dict[str, Any]) -> tuple[Limits, Path, bool, tuple[str, ...]]:
    """Read what `_greeted` sent, at the server's end."""
    folder = Path(data["folder"])
    return Limits(**data["limits"]), folder, bool(data["bubblewrap"]), tuple(data["without"])
