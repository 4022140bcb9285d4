"""Revocations in this process's memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from ..errors import ConfigError, Unavailable
from ..tokens.lock import Lock

MOST = 100_000


class MemoryRevocations:
    """A store of revocations that no other process sees: for tests, and for a server that is one process.

    Args:
        most: how many names it holds. What has ended makes room; nothing else does.
        clock: the time in seconds since the epoch.

    Raises:
        ConfigError: ``most`` is no such number.
    """

    def __init__(self, *, most: int = MOST, clock: Callable[[], float] = time.time) -> None:
        if type(most) is not int or most < 1:
            raise ConfigError("MemoryRevocations: most must be a number from 1 on")
        self._most = most
        self._clock = clock
        self._names: dict[str, tuple[float, float]] = {}  # the moment, and the end
        self._lock = Lock()

    def find(self, names: tuple[str, ...]) -> Mapping[str, float]:
        """Return the moments of those names that it has."""
        found = ((name, self._names.get(name)) for name in names)
        return {name: entry[0] for name, entry in found if entry is not None}

    def add(self, name: str, before: float, until: float) -> None:
        """Remember a name; see `RevocationStore.add`.

        Raises:
            Unavailable: ``revocation_full``.
        """
        with self._lock:
            if name not in self._names and len(self._names) >= self._most:
                now = self._clock()
                self._names = {each: entry for each, entry in self._names.items() if now <= entry[1]}
                if len(self._names) >= self._most:
                    raise Unavailable("revocation_full", detail=f"{self._most} have not ended; most sets the limit")
            known = self._names.get(name, (before, until))
            self._names[name] = max(known[0], before), max(known[1], until)

    def __repr__(self) -> str:
        return f"MemoryRevocations({len(self._names)} names)"
