"""The sandbox of a graded notebook: which layers this machine provides, tried out one by one.

Nothing is believed that was not seen to work: every layer is entered by a process forked for that,
which then tries what the layer must stop. A report names the layers that are active, and those that
are missing with the reason; fewer than required means that nothing is graded.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.course import CourseError
from autograder.layers import (
    LAYERS,
    PR_SET_DUMPABLE,
    Limits,
    Room,
    control,
    without_capabilities,
)

NAMESPACES, BUBBLEWRAP = "namespaces", "bubblewrap"
REQUIRED = ("limits", "landlock", "seccomp")
"""Without these nothing is graded: together they stop reading, writing, talking and forking."""
LAST = ("landlock", "seccomp")  # entering these needs no rights

WHAT_TO_DO = {
    "limits": "grade on Linux",
    "landlock": "use Linux 5.13 or later with Landlock enabled, and install landlockpy with "
    "`pip install 'backprop-kit[grade]'`",
    "seccomp": "install libseccomp (Debian and Ubuntu: `apt-get install libseccomp2`) and pyseccomp "
    "with `pip install 'backprop-kit[grade]'`",
}
ELSEWHERE = {
    "darwin": "macOS has neither Landlock nor seccomp: grade in a Linux container or virtual machine",
    "win32": "Windows cannot fork a process: grade in WSL or in a Linux container",
}


class TooWeak(CourseError):
    """Fewer layers than are required; nothing was run."""


@dataclass(frozen=True)
class Protection:
    """The layers that are active on this machine, and those that are not, with the reason."""

    active: tuple[str, ...]
    missing: dict[str, str]

    def __str__(self) -> str:
        lacks = "; ".join(f"{name} ({why})" for name, why in self.missing.items())
        return f"Layers: {', '.join(self.active) or 'none'}." + (
            f" Missing: {lacks}." * bool(lacks)
        )

    def insist(self, required: Iterable[str], allow_weaker: bool = False) -> None:
        """Refuse to go on where a required layer is missing.

        Raises:
            TooWeak: in one sentence that says what to install, or how to go on without.

        """
        weak = [name for name in required if name not in self.active]
        if not weak or allow_weaker:
            return
        how = ELSEWHERE.get(sys.platform) or "; ".join(WHAT_TO_DO.get(name, name) for name in weak)
        reasons = ", ".join(f"{name} ({self.missing.get(name, 'not tried')})" for name in weak)
        raise TooWeak(
            f"Nothing was graded, because the sandbox lacks {reasons}; {how}, or grade all the same "
            "with --allow-weaker (nbgrader: --SandboxedExecute.allow_weaker=True), which lets handed-in "
            "code do what the missing layers would stop."
        )


def enter(layers: Iterable[str], limits: Limits, room: Room) -> None:
    """Give away the rights of the calling process, layer by layer; there is no way back.

    Raises:
        OSError: where a layer cannot be entered; the process must not go on then.

    """
    names = [name for name in LAYERS if name in set(layers)]
    for name in names:
        if name in LAST and sys.platform == "linux":
            without_capabilities()
            control(PR_SET_DUMPABLE, 0)  # its memory is not to be read through /proc
        LAYERS[name](limits, room)


# ----- tried out ---------------------------------------------------------------------------------


def tried_out(
    limits: Limits, room: Room, already: Protection, without: Iterable[str] = ()
) -> Protection:
    """Try every layer in a process of its own; `already` is what the fork server itself has.

    Raises:
        TooWeak: where Python does not work any more once all of them are entered.

    """
    active, missing = list(already.active), dict(already.missing)
    for name in LAYERS:
        left_out = name in without
        why = "left out" if left_out else _why_not((name,), limits, room, CHECKS[name])
        if why:
            missing[name] = why
        else:
            active.append(name)
    together = tuple(name for name in active if name in LAYERS)
    why = _why_not(together, limits, room, _still_works)
    if why and "user" in together:
        # As where Python itself lies in the home of somebody else, whom nobody else may visit.
        active.remove("user")
        missing["user"] = f"Python does not work as another user: {why}"
        together = tuple(name for name in together if name != "user")
        room = replace(room, user=os.geteuid())
        why = _why_not(together, limits, room, _still_works)
    if why:
        raise TooWeak(f"Nothing was graded, because Python does not work in the sandbox: {why}.")
    return Protection(tuple(active), missing)


def _why_not(
    names: tuple[str, ...], limits: Limits, room: Room, check: Callable[[Limits, Room], str]
) -> str:
    """Enter layers in a fork and try what they must stop; empty where all is as it must be."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os._exit(_probe(names, limits, room, check, writing))
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read(500).decode(errors="replace")
    _, status = os.waitpid(pid, 0)
    return said or (f"the trial ended with {os.waitstatus_to_exitcode(status)}" if status else "")


def _probe(
    names: tuple[str, ...],
    limits: Limits,
    room: Room,
    check: Callable[[Limits, Room], str],
    writing: int,
) -> int:
    try:
        enter(names, limits, room)
        said = check(limits, room)
    except BaseException as error:  # whatever it is, the layer is not there
        said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    os.write(writing, said.encode()[:500])
    return 0


def _memory_is_bounded(limits: Limits, room: Room) -> str:
    try:
        bytearray(2 * limits.memory)
    except MemoryError:
        return ""
    return "memory was not bounded"


def _scratch_is_there(limits: Limits, room: Room) -> str:
    (room.folder / "trial").write_bytes(b"trial")
    return "" if os.stat(room.folder).st_uid == room.user else "the folder is another user's"


def _is_another_user(limits: Limits, room: Room) -> str:
    Path(os.__file__).read_bytes()
    return "" if os.getresuid() == (room.user,) * 3 else "the user stayed the same"


def _files_are_fenced(limits: Limits, room: Room) -> str:
    Path(os.__file__).read_bytes()
    return _stopped(lambda: os.listdir("/"), "files outside could be looked at")


def _calls_are_filtered(limits: Limits, room: Room) -> str:
    def fork() -> None:
        if os.fork() == 0:
            os._exit(0)

    return _stopped(socket.socket, "a socket could be opened") or _stopped(
        fork, "a process could be started"
    )


def _stopped(deed: Callable[[], object], otherwise: str) -> str:
    try:
        deed()
    except PermissionError:
        return ""
    return otherwise


def _still_works(limits: Limits, room: Room) -> str:
    """Import from the standard library and compute with NumPy, as any notebook does."""
    import colorsys  # read from disk here, whatever was imported before
    import threading

    import numpy as np

    thread = threading.Thread(target=colorsys.rgb_to_hsv, args=(0.1, 0.2, 0.3))
    thread.start()
    thread.join()
    product = np.ones((40, 40)) @ np.ones((40, 40))
    return "" if float(product[0, 0]) == 40.0 else "NumPy computes something else"


CHECKS: dict[str, Callable[[Limits, Room], str]] = {
    "limits": _memory_is_bounded,
    "scratch": _scratch_is_there,
    "user": _is_another_user,
    "landlock": _files_are_fenced,
    "seccomp": _calls_are_filtered,
}
