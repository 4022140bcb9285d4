"""Lock: for a moment's work on what several threads share, in a process that may be forked meanwhile."""

from __future__ import annotations

import os
import threading


class Lock:
    """A lock that is open in a child process, whoever held it in its parent at the fork.

    ``with lock:`` as any other, for what neither waits nor forks; ``with lock.own():`` takes half the time.
    """

    __slots__ = ("_locks",)

    def __init__(self) -> None:
        # By process: a lock that another thread of the parent held at the fork has nobody in the child to release it.
        self._locks: dict[int, threading.Lock] = {}

    def __enter__(self) -> None:
        self.own().acquire()

    def __exit__(self, *_: object) -> None:
        self.own().release()

    def own(self) -> threading.Lock:
        """Return the lock of this process."""
        process = os.getpid()
        return self._locks.get(process) or self._locks.setdefault(process, threading.Lock())
