"""Messages between processes that do not trust each other: a kind, a length, and so many bytes.

What comes in is read up to a cap and by a deadline, and is never more than bytes and JSON.
"""

from __future__ import annotations

import json
import os
import select
import socket
import struct
import time
from dataclasses import dataclass
from typing import Any

HEADER = struct.Struct("!cI")
MOST_BYTES = 32 << 20  # of one message: two million numbers as text
CHUNK = 1 << 18


class Broken(Exception):
    """The other side is gone, or sent what is no message; nothing more can be made of it."""


class Late(Exception):
    """The other side did not answer by the deadline."""


@dataclass(frozen=True)
class Frame:
    """One message."""

    kind: bytes
    body: bytes

    def json(self) -> Any:
        """Read the body as strict JSON. Raises `Broken` for anything else."""
        try:
            return json.loads(self.body, parse_constant=_refused)
        except (ValueError, RecursionError) as error:
            raise Broken(f"the message is no JSON: {error}") from None


def _refused(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def as_json(data: Any) -> bytes:
    """Write plain data as the body of a message."""
    return json.dumps(data, allow_nan=False).encode()


class Channel:
    """One end of a socket pair on which messages pass, each by a deadline in seconds.

    It is read and written as a file is: within the sandbox there are no calls for sockets.
    """

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.socket.setblocking(False)

    def fileno(self) -> int:
        return self.socket.fileno()

    def close(self) -> None:
        self.socket.close()

    def send(self, kind: bytes, body: bytes, seconds: float | None = 30.0) -> None:
        """Send one message. Raises `Late` where nobody takes it, `Broken` where nobody is there."""
        end = None if seconds is None else time.monotonic() + seconds
        left = memoryview(HEADER.pack(kind, len(body)) + body)
        while left:
            try:
                left = left[os.write(self.fileno(), left[:CHUNK]) :]
            except BlockingIOError:
                self._wait(end, writing=True)
            except OSError as error:
                raise Broken(f"nobody is there to be told: {error}") from None

    def receive(self, seconds: float | None, most: int = MOST_BYTES) -> Frame:
        """Wait for one message. Raises `Late`, or `Broken` for an end or for what is no message."""
        end = None if seconds is None else time.monotonic() + seconds
        kind, length = HEADER.unpack(self._exactly(HEADER.size, end))
        if length > most:
            raise Broken(f"a message of {length} bytes, and {most} are the most that is read")
        return Frame(kind, self._exactly(length, end))

    def _exactly(self, count: int, end: float | None) -> bytes:
        parts, left = [], count
        while left:
            try:
                part = os.read(self.fileno(), min(left, CHUNK))
            except BlockingIOError:
                self._wait(end)
                continue
            except OSError as error:
                raise Broken(f"nothing more can be read: {error}") from None
            if not part:
                raise Broken("the other side has ended")
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def _wait(self, end: float | None, writing: bool = False) -> None:
        """Wait until the socket is ready; `poll`, since `select` stops at descriptor 1023."""
        left = None if end is None else max(0.0, end - time.monotonic()) * 1000
        poll = select.poll()
        poll.register(self.socket, select.POLLOUT if writing else select.POLLIN)
        if not poll.poll(left):
            raise Late("no answer came in time")
