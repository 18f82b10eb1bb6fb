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
from typing import Any, NamedTuple

HEADER = struct.Struct("!cI")
MOST_BYTES = 32 << 20  # of one message: two million numbers as text
CHUNK = 1 << 18
AHEAD = 1 << 13  # bytes: more than most messages have, and room that is had at once


class Broken(Exception):
    """The other side is gone, or sent what is no message; nothing more can be made of it."""


class Late(Exception):
    """The other side did not answer by the deadline."""


class Frame(NamedTuple):
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

    def __init__(self, connection: socket.socket, ahead: bool = True) -> None:
        """Take one end; `ahead` is False where what follows a message is not to be read with it."""
        self.socket, self.ahead = connection, ahead
        self.socket.setblocking(False)
        self._number = connection.fileno()
        self._got = bytearray()  # what was read and is not part of a message yet
        # `poll`, since `select` stops at descriptor 1023.
        self._reading, self._writing = select.poll(), select.poll()
        self._reading.register(self._number, select.POLLIN)
        self._writing.register(self._number, select.POLLOUT)

    def fileno(self) -> int:
        return self.socket.fileno()

    def close(self) -> None:
        self.socket.close()
        self._number = -1  # the number may be that of another file by now

    def send(self, kind: bytes, body: bytes, seconds: float | None = 30.0) -> None:
        """Send one message. Raises `Late` where nobody takes it, `Broken` where nobody is there."""
        end = None if seconds is None else time.monotonic() + seconds
        left = memoryview(HEADER.pack(kind, len(body)) + body)
        while left:
            try:
                left = left[os.write(self._number, left[:CHUNK]) :]
            except BlockingIOError:
                _wait(self._writing, end)
            except OSError as error:
                raise Broken(f"nobody is there to be told: {error}") from None

    def receive(self, seconds: float | None, most: int = MOST_BYTES) -> Frame:
        """Wait for one message. Raises `Late`, or `Broken` for an end or for what is no message."""
        end = None if seconds is None else time.monotonic() + seconds
        self._get(HEADER.size, end)
        kind, length = HEADER.unpack_from(self._got)
        if length > most:
            raise Broken(f"a message of {length} bytes, and {most} are the most that is read")
        whole = HEADER.size + length
        self._get(whole, end)
        frame = Frame(kind, bytes(self._got[HEADER.size : whole]))
        del self._got[:whole]
        return frame

    def _get(self, count: int, end: float | None) -> None:
        """Read until there are so many bytes."""
        while (left := count - len(self._got)) > 0:
            if self._number >= 0:
                _wait(self._reading, end)
            try:
                part = os.read(self._number, min(max(left, AHEAD * self.ahead), CHUNK))
            except BlockingIOError:  # another took what was there
                continue
            except OSError as error:
                raise Broken(f"nothing more can be read: {error}") from None
            if not part:
                raise Broken("the other side has ended")
            self._got += part


def _wait(poll: select.poll, end: float | None) -> None:
    """Wait until a socket is ready."""
    left = None if end is None else max(0.0, end - time.monotonic()) * 1000
    if not poll.poll(left):
        raise Late("no answer came in time")
