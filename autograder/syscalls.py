"""What a graded notebook may ask of the Linux kernel: what Python and NumPy need, and no more.

A list of what is allowed, not of what is denied: a system call that is added to Linux tomorrow is
refused until somebody has thought about it. Processes, programs, sockets, mounts, signals to
others, changed permissions and links are not in it.
"""

from __future__ import annotations

import errno
from functools import lru_cache
from typing import Any

FILES = (
    "read write readv writev pread64 pwrite64 lseek close close_range fsync fdatasync ftruncate "
    "open openat stat lstat fstat newfstatat statx access faccessat faccessat2 readlink readlinkat "
    "getdents getdents64 getcwd chdir fchdir umask fadvise64 dup dup2 dup3 flock "
    "mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 statfs fstatfs sendfile"
)
MEMORY = "mmap munmap mremap mprotect madvise brk membarrier"
TIME = (
    "clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time times getitimer "
    "setitimer alarm timer_create timer_settime timer_delete timer_gettime"
)
WAITING = (
    "futex select pselect6 poll ppoll epoll_create1 epoll_ctl epoll_wait epoll_pwait eventfd2 "
    "pipe pipe2 restart_syscall sched_yield"
)
ITSELF = (
    "getpid gettid getppid getuid geteuid getgid getegid getgroups getresuid getresgid getpgrp "
    "getpgid getsid getrlimit getrusage sysinfo uname getcpu getrandom exit exit_group arch_prctl "
    "set_tid_address set_robust_list get_robust_list rseq sched_getaffinity sched_getparam "
    "sched_getscheduler rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend "
    "rt_sigtimedwait sigaltstack"
)
ALLOWED = " ".join((FILES, MEMORY, TIME, WAITING, ITSELF)).split()

CLONE_THREAD = 0x00010000
# Of calls that can do much, what may be asked for. Not: who gets a signal when a file can be read,
# which one it is, leases, and terminals.
COMMANDS = {
    # duplicate, flags of the descriptor and of the file, locks, duplicate and close on exec, size of a pipe
    "fcntl": (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1032),
    # is it a terminal, and how large; how much is there to read; close on exec; do not wait
    "ioctl": (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451, 0x802C542A),
}


@lru_cache(maxsize=1)
def call_filter() -> Any:
    """Give the filter that `load()` puts on the calling process for good.

    Raises:
        ImportError: where pyseccomp is not installed.
        RuntimeError: where it does not find libseccomp.so.

    """
    import pyseccomp as seccomp

    made = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    for name in ALLOWED:
        if seccomp.resolve_syscall(seccomp.Arch.NATIVE, name) >= 0:  # else no such call here
            made.add_rule(seccomp.ALLOW, name)
    # A thread is welcome, a process is not. The arguments of clone3 lie in memory, where no filter
    # sees them: the C library takes "no such call" for an old kernel and falls back to clone.
    thread = seccomp.Arg(0, seccomp.MASKED_EQ, CLONE_THREAD, CLONE_THREAD)
    made.add_rule(seccomp.ALLOW, "clone", thread)
    made.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    for name, commands in COMMANDS.items():
        for command in commands:
            made.add_rule(seccomp.ALLOW, name, seccomp.Arg(1, seccomp.EQ, command))
    # Limits may be looked at, not set.
    made.add_rule(seccomp.ALLOW, "prlimit64", seccomp.Arg(2, seccomp.EQ, 0))
    return made
