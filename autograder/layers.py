"""The layers of the sandbox: how a process that has just been forked gives its rights away.

Each layer is entered by one function, which raises where the machine does not provide it. None
stands for another: what one lets through by mistake, the next one is there to stop.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

MIB = 1 << 20
NOBODY = 61_000  # users nobody has; each child takes one of the next 4000
NEW_MOUNTS, NEW_UTS, NEW_IPC, NEW_USER, NEW_PID, NEW_NET = (
    0x00020000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000,
)  # fmt: skip
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 2, 4, 8, 0x4000, 0x40000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE = 1, 4


@dataclass(frozen=True)
class Limits:
    """What one notebook may use up."""

    memory: int = 1024 * MIB
    """Bytes of address space beyond what the warm interpreter has."""
    cpu: int = 300
    """Seconds of processor time for all its cells."""
    file: int = 8 * MIB
    """Bytes of the largest file."""
    scratch: int = 32 * MIB
    """Bytes of all its files together, where it gets a folder of its own in memory."""
    files: int = 64
    """Open files."""
    processes: int = 8
    """Processes and threads, where it runs as a user of its own: many threads slow others down."""


@dataclass(frozen=True)
class Room:
    """Where a child lives: its folder, the user it becomes, and whether the folder is its own mount."""

    folder: Path
    user: int
    own_mount: bool


def limited(limits: Limits, room: Room) -> None:
    """Bound memory, processor time, files and processes."""
    import resource

    def at_most(kind: int, value: int) -> None:
        _, hard = resource.getrlimit(kind)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))

    at_most(resource.RLIMIT_CORE, 0)
    at_most(resource.RLIMIT_CPU, limits.cpu)
    at_most(resource.RLIMIT_FSIZE, limits.file)
    at_most(resource.RLIMIT_NOFILE, limits.files)
    at_most(resource.RLIMIT_NPROC, limits.processes)
    at_most(resource.RLIMIT_AS, address_space() + limits.memory)


@lru_cache(maxsize=1)
def address_space() -> int:
    """Give the bytes of address space that the warm interpreter takes; 512 MiB where none says so."""
    with contextlib.suppress(OSError, ValueError):
        return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    return 512 * MIB


def own_scratch(limits: Limits, room: Room) -> None:
    """Put a small folder in memory where the child may write; it goes when the child does."""
    unshare(NEW_MOUNTS)
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    options = f"size={limits.scratch},nr_inodes=512,mode=0700,uid={room.user},gid={room.user}"
    mount("scratch", str(room.folder), "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options)


def another_user(limits: Limits, room: Room) -> None:
    """Become a user who owns nothing and whom nobody else is."""
    os.setgroups([])
    os.setresgid(room.user, room.user, room.user)
    os.setresuid(room.user, room.user, room.user)


def fenced(limits: Limits, room: Room) -> None:
    """Leave of the file system what Python imports from, and the child's own folder (Landlock)."""
    from landlockpy import AccessFS, Ruleset, Scope

    look = AccessFS.READ_FILE | AccessFS.READ_DIR
    own = look | AccessFS.WRITE_FILE | AccessFS.TRUNCATE | AccessFS.MAKE_REG
    own |= AccessFS.MAKE_DIR | AccessFS.REMOVE_FILE | AccessFS.REMOVE_DIR
    with Ruleset(scoped=Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL) as rules:
        for folder in listable():
            rules.allow_path(folder, AccessFS.READ_DIR)
        for path, is_folder in seen():
            rules.allow_path(path, look | AccessFS.EXECUTE if is_folder else AccessFS.READ_FILE)
        rules.allow_path("/dev/null", AccessFS.READ_FILE | AccessFS.WRITE_FILE)
        rules.allow_path(room.folder, own if room.own_mount else look)
        rules.restrict()


def filtered(limits: Limits, room: Room) -> None:
    """Leave of the system calls those that Python and NumPy need (seccomp)."""
    from autograder.syscalls import call_filter

    call_filter().load()


LAYERS: dict[str, Callable[[Limits, Room], None]] = {
    "limits": limited,
    "scratch": own_scratch,
    "user": another_user,
    "landlock": fenced,
    "seccomp": filtered,
}
"""In the order in which they are entered: each takes away what entering the next does not need."""


@lru_cache(maxsize=1)
def readable() -> tuple[Path, ...]:
    """Give the files and folders that importing needs, each there at present."""
    paths = sysconfig.get_paths()
    wanted = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    wanted += ["/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/share/zoneinfo"]
    wanted += ["/etc/ld.so.cache", "/etc/localtime", "/dev/urandom", "/dev/zero"]
    wanted += [str(path) for path in _shared_libraries()]
    return tuple(path for path in dict.fromkeys(map(Path, wanted)) if os.access(path, os.R_OK))


@lru_cache(maxsize=1)
def ours() -> tuple[Path, ...]:
    """Give the folders of the kit and the grader: they answer exercises, and have been imported."""
    import autograder
    import backprop_kit

    packages = (autograder, backprop_kit)
    return tuple(Path(str(package.__file__)).resolve().parent for package in packages)


@lru_cache(maxsize=1)
def listable() -> tuple[Path, ...]:
    """Give the folders of which only a part is to be read: those in which we lie."""
    above = {folder for path in ours() for folder in path.parents}
    return tuple(folder for path in readable() for folder in _down_to_ours(path, above))


def _down_to_ours(path: Path, above: set[Path]) -> Iterator[Path]:
    if path.resolve() in above:
        yield path
        for part in sorted(path.iterdir()):
            yield from _down_to_ours(part, above)


@lru_cache(maxsize=1)
def seen() -> tuple[tuple[Path, bool], ...]:
    """Give what is readable without the kit and the grader, and whether it is a folder."""
    whole = [path for path in readable() if path not in listable()]
    parts = [part for folder in listable() for part in sorted(folder.iterdir())]
    left_out = {*ours(), *listable()}
    rest = [p for p in parts if p not in left_out and p.resolve() not in left_out]
    found = dict.fromkeys([*whole, *rest])
    return tuple((path, path.is_dir()) for path in found if os.access(path, os.R_OK))


def _shared_libraries() -> Iterator[Path]:
    """Give the folders of the libraries that the interpreter itself is linked with."""
    folder = sysconfig.get_config_var("LIBDIR")
    if folder and sysconfig.get_config_var("Py_ENABLE_SHARED"):
        yield Path(folder)


def tasks_of_this_user() -> int:
    """Give how many processes and threads this user has: where all share one, they count together."""
    count = 0
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if path.stat().st_uid == os.getuid():
                count += len(os.listdir(path / "task"))
    return count


def without_capabilities() -> None:
    """Give up what the first process of a namespace may do that ordinary ones may not."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _call("capset", header, nothing)


# ----- what Python has no function for ------------------------------------------------------------


def unshare(flags: int) -> None:
    """Take namespaces of one's own, in which nothing of the others' is to be seen."""
    _call("unshare", flags)


def mount(
    what: str | None, where: str, kind: str | None, flags: int, options: str | None = None
) -> None:
    """Mount `what` at `where`."""
    words = [word.encode() if word is not None else None for word in (what, where, kind)]
    _call("mount", *words, flags, options.encode() if options is not None else None)


def control(option: int, value: int) -> None:
    """Set one of the properties that Linux keeps of a process."""
    _call("prctl", option, value, 0, 0, 0)


def _call(name: str, *arguments: object) -> None:
    if sys.platform != "linux":
        raise OSError(f"{name} is a call of Linux, and this is {sys.platform}")
    function = getattr(_libc(), name)
    words = [ctypes.c_ulong(word) if isinstance(word, int) else word for word in arguments]
    if function(*words) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


@lru_cache(maxsize=1)
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
