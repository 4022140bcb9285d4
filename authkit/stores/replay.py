"""Replay: what was used once may not be used again (RFC 9449 section 11.1)."""

from __future__ import annotations

import time
from collections.abc import Callable
from heapq import heappop, heappush
from threading import Lock
from typing import Protocol

from ..errors import ConfigError, Unavailable

MOST = 50_000  # marks, some 15 MB
MOST_PER_HOLDER = 5_000


class ReplayStore(Protocol):
    """Remembers marks until they end."""

    def consume(self, holder: str, mark: str, *, until: float) -> bool:
        """Remember a mark, and tell whether it is new: true exactly once, whoever else asks at the same moment.

        Args:
            holder: whose mark it is, as the thumbprint of a key: one holder may not use up the room of all.
            mark: a hash, the same only for what is the same.
            until: when it may be forgotten, in seconds since the epoch.

        Raises:
            Unavailable: it cannot tell. It never answers by guess, and never forgets a mark before its end.
        """
        ...


class MemoryReplay:
    """A replay store in this process's memory.

    Every execution environment of a function has its own, so what was used in one is new to the next: it stops a
    replay only where one environment answers both. To stop every one, hand in a store that all of them share.

    Args:
        most: how many marks are held at once.
        most_per_holder: how many of them may be one holder's.
        clock: gives the time in seconds since the epoch.

    Raises:
        ConfigError: names every fault.
    """

    def __init__(
        self, *, most: int = MOST, most_per_holder: int = MOST_PER_HOLDER, clock: Callable[[], float] = time.time
    ) -> None:
        faults = [
            f"{name} must be a number from 1 on"
            for name, value in (("most", most), ("most_per_holder", most_per_holder))
            if type(value) is not int or value < 1
        ]
        if not callable(clock):
            faults.append("clock cannot be called")
        if faults:
            raise ConfigError.of("MemoryReplay", faults)
        self._most = most
        self._most_per_holder = most_per_holder
        self._clock = clock
        self._lock = Lock()
        self._marks: set[str] = set()
        self._ends: list[tuple[float, str, str]] = []  # a heap, the next to end first
        self._held: dict[str, int] = {}
        self._last = 0.0  # when the last of them ends

    def consume(self, holder: str, mark: str, *, until: float) -> bool:
        """Remember a mark, and tell whether it is new; see `ReplayStore.consume`.

        Raises:
            Unavailable: ``replay_store_full``, for this holder or for all. Room comes with time, never by forgetting.
        """
        with self._lock:
            self._forget(self._clock())
            if mark in self._marks:
                return False
            self._demand_room(holder)
            heappush(self._ends, (until, mark, holder))
            self._marks.add(mark)
            self._last = max(self._last, until)
            self._held[holder] = self._held.get(holder, 0) + 1
            return True

    def __len__(self) -> int:
        return len(self._marks)

    def _demand_room(self, holder: str) -> None:
        if self._held.get(holder, 0) >= self._most_per_holder:
            detail = f"one key has {self._most_per_holder} uses that have not ended; most_per_holder sets the limit"
            raise Unavailable("replay_store_full", detail=detail)
        if len(self._marks) >= self._most:
            detail = f"{self._most} uses have not ended; most sets the limit"
            raise Unavailable("replay_store_full", detail=detail)

    def _forget(self, now: float) -> None:
        if self._last < now:  # after a pause, all at once: one by one, a full store takes tens of milliseconds
            self._marks, self._ends, self._held = set(), [], {}
        while self._ends and self._ends[0][0] < now:
            _, mark, holder = heappop(self._ends)
            self._marks.discard(mark)
            left = self._held.pop(holder) - 1
            if left:
                self._held[holder] = left

    def __repr__(self) -> str:
        return f"MemoryReplay(most={self._most}, most_per_holder={self._most_per_holder})"
