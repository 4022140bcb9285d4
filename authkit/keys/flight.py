"""Flight: one fetch at a time in a process, and those who wait for it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Flight:
    """Whoever is in it fetches. A process that was forked meanwhile starts with nobody in it."""

    __slots__ = ("_locks",)

    def __init__(self) -> None:
        # By process: a lock that another thread of the parent held at the fork has nobody in the child to release it.
        self._locks: dict[int, threading.Lock] = {}

    def busy(self) -> bool:
        """Tell whether somebody is in it."""
        lock = self._locks.get(os.getpid())
        return lock is not None and lock.locked()

    @contextmanager
    def entered(self, timeout: float = 0.0) -> Iterator[bool]:
        """Enter, once whoever is in it has left; give False where that takes longer than the time-out."""
        process = os.getpid()
        lock = self._locks.get(process) or self._locks.setdefault(process, threading.Lock())
        inside = lock.acquire(timeout=timeout)
        try:
            yield inside
        finally:
            if inside:
                lock.release()
