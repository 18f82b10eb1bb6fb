"""Many submissions at once: workers, each a process of its own, and what becomes of their jobs.

A worker that ends, is killed or takes too long is replaced, and its job is told apart from one that
was done. Who decides what happens to it then is not the pool.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from autograder.forkserver import ForkServer
from autograder.layers import PR_SET_PDEATHSIG, control

Doing = Callable[[Any], Any]
"""Does one job; made in the worker, from the fork server that it is given."""


@dataclass(frozen=True)
class Trouble:
    """An exception as text, which is all of it that passes from one process to the other."""

    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}" if self.text else self.kind


@dataclass(frozen=True)
class Outcome:
    """What became of one job."""

    job: Any
    result: Any = None
    trouble: Trouble | None = None
    """What doing it raised."""
    ended: bool = False
    """Whether the worker ended over it."""
    overdue: bool = False
    """Whether the worker was ended because it took too long."""


@dataclass
class Hand:
    """One worker, and what it is doing."""

    process: BaseProcess
    connection: Connection
    job: Any = None
    began: float = 0.0

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()


class Pool:
    """So many workers, and the jobs that wait for one."""

    def __init__(
        self, server: ForkServer, make: Callable[[ForkServer], Doing], count: int, deadline: float
    ) -> None:
        """Start the workers; each makes what does its jobs with `make`.

        `deadline` is the seconds that one job may take.
        """
        self.server, self.make, self.deadline = server, make, deadline
        self.jobs: deque[Any] = deque()
        self.before_fork: Callable[[], None] = lambda: None
        self.hands: list[Hand] = []
        for _ in range(count):
            self.hands.append(self._hired())

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *error: object) -> None:
        for hand in self.hands:
            hand.end()

    def add(self, job: Any, first: bool = False) -> None:
        """Let a job wait for a worker."""
        (self.jobs.appendleft if first else self.jobs.append)(job)

    @property
    def busy(self) -> bool:
        """Whether there is a job that is not done."""
        return self.pending > 0

    @property
    def pending(self) -> int:
        """How many jobs are not done."""
        return len(self.jobs) + sum(hand.job is not None for hand in self.hands)

    def outcomes(self, seconds: float) -> list[Outcome]:
        """Hand out jobs, wait so long for something to happen, and say what happened."""
        self._hand_out()
        ready = wait([hand.connection for hand in self.hands], seconds)
        happened = [self._heard(hand) for hand in list(self.hands) if hand.connection in ready]
        overdue = [self._overdue(hand) for hand in list(self.hands)]
        self._hand_out()
        return [outcome for outcome in (*happened, *overdue) if outcome]

    def _hand_out(self) -> None:
        for hand in list(self.hands):
            if hand.job is None and self.jobs:
                hand.job, hand.began = self.jobs.popleft(), time.monotonic()
                with contextlib.suppress(OSError):  # it has ended, and will be heard to have
                    hand.connection.send(hand.job)

    def _heard(self, hand: Hand) -> Outcome | None:
        job = hand.job
        try:
            result, trouble = hand.connection.recv()
        except (EOFError, OSError):
            self._replace(hand)
            return Outcome(job, ended=True) if job is not None else None
        hand.job = None
        return Outcome(job, result, trouble)

    def _overdue(self, hand: Hand) -> Outcome | None:
        if hand.job is None or time.monotonic() - hand.began < self.deadline:
            return None
        self._replace(hand)
        return Outcome(hand.job, overdue=True)

    # ----- workers -------------------------------------------------------------------------------

    def _replace(self, hand: Hand) -> None:
        hand.end()
        self.hands.remove(hand)
        self.hands.append(self._hired())

    def _hired(self) -> Hand:
        self.before_fork()
        ours, theirs = multiprocessing.Pipe()
        lent = self.server.lend()
        process = multiprocessing.get_context("fork").Process(
            target=self._work, args=(theirs, lent, os.getpid()), daemon=True
        )
        process.start()
        theirs.close()
        lent.let_go()
        return Hand(process, ours)

    def _work(self, connection: Connection, server: ForkServer, parent: int) -> None:
        """Do jobs in the worker's process until nobody hands out any more."""
        with contextlib.suppress(OSError, AttributeError):
            control(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            return
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who hands out decides
        self.server.let_go()
        for hand in self.hands:
            hand.connection.close()
        do = self.make(server)
        with contextlib.suppress(EOFError, OSError):
            while True:
                connection.send(done(do, connection.recv()))


def done(do: Doing, job: Any) -> tuple[Any, Trouble | None]:
    """Do a job, and give its result or what it raised."""
    try:
        return do(job), None
    except Exception as error:
        return None, Trouble(type(error).__name__, str(error))
