"""A process at hand that reads submissions, for a worker that takes in one after the other."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import tempfile

from autograder import intake
from autograder.intake import ENVIRONMENT, NotRead


class WarmIntake:
    """The fork server of the intake, started when first needed and again where it was lost."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.connection: socket.socket | None = None

    def read(self, asked: int, told: int, seconds: float) -> tuple[int, bytes]:
        """Have a process forked that reads; give what it ended with, and its last words."""
        with tempfile.TemporaryFile() as words:
            code = self._told_to_read([asked, told, words.fileno()], seconds)
            words.seek(0)
            return code, words.read(10_000)

    def _told_to_read(self, files: list[int], seconds: float) -> int:
        connection = self._started()
        connection.settimeout(seconds)
        try:
            socket.send_fds(connection, [b"R"], files)
            answer = connection.recv(20)
        except TimeoutError:
            self.close()
            raise NotRead("did not end in time") from None
        except OSError:
            answer = b""
        if not answer.endswith(b"\n"):  # the server itself was killed, and what it forked with it
            self.close()
            return -signal.SIGKILL
        return int(answer)

    def _started(self) -> socket.socket:
        if self.connection is None or self.process is None or self.process.poll() is not None:
            self.close()
            ours, theirs = socket.socketpair()
            with theirs:
                self.process = subprocess.Popen(
                    intake.command("intake_server"), stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT,
                    cwd=tempfile.gettempdir(), start_new_session=True,
                )  # fmt: skip
            self.connection = ours
        return self.connection

    def close(self) -> None:
        """End the server, and what it has forked."""
        if self.connection is not None:
            self.connection.close()
        if self.process is not None:
            with contextlib.suppress(OSError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = self.connection = None


def keep_warm() -> None:
    """Let this process read all submissions through one server, which ends with it."""
    intake.READS = WarmIntake().read
