"""A root of its own for the fork server: namespaces without a network, and little to be seen.

Entered once, when the server starts, and passed on to every child: it costs a notebook nothing.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from autograder import layers
from autograder.layers import control, mount, readable, unshare

MS_RDONLY, MS_REMOUNT, MS_BIND = 1, 32, 4096
SIGKILL = 9
SCRATCH = Path("/scratch")


def set_apart() -> None:
    """Move this process and its children to a root that holds only what Python imports from.

    The caller goes on as process 1 of its own namespace: when it ends, the kernel ends all that it
    forked. The process that it was waits for it, and dies with whoever started that.

    Raises:
        OSError: where the machine does not allow it; nothing has been changed then.

    """
    _try_first()
    _enter_namespaces()
    _change_root(_base())
    _go_on_as_first_process()


def _try_first() -> None:
    """Raise what entering the namespaces would, in a process that is thrown away."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            _enter_namespaces()
            os._exit(0)
        except OSError as error:
            os.write(writing, str(error).encode())
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    if os.waitpid(pid, 0)[1]:
        raise OSError(said or "namespaces are not allowed here")


def _enter_namespaces() -> None:
    user, group = os.geteuid(), os.getegid()
    apart = layers.NEW_MOUNTS | layers.NEW_UTS | layers.NEW_IPC | layers.NEW_PID | layers.NEW_NET
    if user == 0:
        unshare(apart)
    else:
        unshare(apart | layers.NEW_USER)
        _map_ids(user, group)
    mount(None, "/", None, layers.MS_REC | layers.MS_PRIVATE)
    mount("root", str(_base()), "tmpfs", layers.MS_NOSUID, "mode=0755,size=1m")


def _base() -> Path:
    """Give a folder under which nothing that is needed lies: the new root is mounted over it."""
    needed = [path.resolve() for path in readable()]
    folders = [Path(name) for name in ("/mnt", "/media", "/srv", "/run", tempfile.gettempdir())]
    for folder in folders:
        if folder.is_dir() and not any(folder in path.parents for path in needed):
            return folder
    raise OSError("no folder can be the root of the sandbox")


def _map_ids(user: int, group: int) -> None:
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def _change_root(base: Path) -> None:
    """Fill the root in memory with read-only views of what is needed, and go there."""
    for path in [*readable(), Path("/dev/null")]:
        place = base / path.relative_to("/")
        _make_place(place, path.is_dir())
        mount(str(path), str(place), None, MS_BIND | layers.MS_REC)
        if not str(path).startswith("/dev"):
            mount(
                None,
                str(place),
                None,
                MS_BIND | MS_REMOUNT | MS_RDONLY | layers.MS_NOSUID | layers.MS_NODEV,
            )
    (base / SCRATCH.relative_to("/")).mkdir()
    os.chroot(base)
    os.chdir("/")
    mount(None, "/", None, MS_REMOUNT | MS_RDONLY | layers.MS_NOSUID)


def _make_place(place: Path, folder: bool) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.mkdir(exist_ok=True) if folder else place.touch()


def _go_on_as_first_process() -> None:
    pid = os.fork()
    if pid == 0:
        control(layers.PR_SET_PDEATHSIG, SIGKILL)
        return
    # Only the first process is to hold the descriptors: an end of file must be seen.
    os.closerange(3, 4096)
    _, status = os.waitpid(pid, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


# ----- bubblewrap, which does the same from outside ----------------------------------------------


def bubblewrapped(command: list[str]) -> list[str]:
    """Give the command that runs another in a root of bubblewrap's making.

    Raises:
        FileNotFoundError: where bubblewrap is not installed.

    """
    program = shutil.which("bwrap")
    if program is None:
        raise FileNotFoundError("bubblewrap is not installed: `apt-get install bubblewrap`")
    return [program, *_options(), "--", *command]


def _options() -> Iterator[str]:
    yield from ("--unshare-all", "--die-with-parent", "--new-session", "--as-pid-1")
    yield from ("--dev", "/dev", "--proc", "/proc", "--dir", str(SCRATCH), "--chdir", "/")
    # /sbin/ldconfig is how Python finds libseccomp.
    system = [path for name in ("/usr", "/bin", "/sbin") if (path := Path(name)).exists()]
    seen = dict.fromkeys(
        [*system, *readable(), Path(sys.prefix), Path(sys.base_prefix), *_own_code()]
    )
    for path in seen:
        if not str(path).startswith("/dev"):
            yield from ("--ro-bind", str(path), str(path))


def _own_code() -> list[Path]:
    import autograder
    import backprop_kit

    return [Path(str(package.__file__)).parent for package in (autograder, backprop_kit)]
