"""Replay: what was used once may not be used again (RFC 9449 section 11.1)."""

import time
from collections.abc import Callable
from heapq import heappop, heappush
from typing import NamedTuple, Protocol

from ..errors import ConfigError, Unavailable
from ..keys.clocks import Clocks, Moment
from ..tokens.lock import Lock

MOST = 50_000  # marks, some 18 MB
MOST_PER_HOLDER = 5_000
MOST_FORGOTTEN = 16  # of one heap by one call


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


class _Use(NamedTuple):
    """A mark, whose it is, and when it ends by either clock; in the order they end."""

    until: float
    monotonic: float
    mark: str
    holder: str

    def over(self, now: Moment) -> bool:
        return self.until < now.wall


class _Holder:
    """How many uses one holder has, and a heap of them."""

    __slots__ = ("ends", "uses")

    def __init__(self) -> None:
        self.uses = 0
        self.ends: list[_Use] = []


class MemoryReplay:
    """A replay store in this process's memory.

    Every execution environment of a function has its own, so what was used in one is new to the next: it stops a
    replay only where one environment answers both. To stop every one, hand in a store that all of them share.

    The wall clock says when a mark has ended. It may be wrong, and be set back: then marks that were forgotten would be
    good again. So what ends no later than one that was forgotten too soon by the monotonic clock cannot be told. That
    clock alone would not do: where a function is frozen between requests, it may stand still.

    Args:
        most: how many marks are held at once.
        most_per_holder: how many of them may be one holder's.
        clock: gives the time in seconds since the epoch.
        monotonic: a clock that nobody can set.

    Raises:
        ConfigError: names every fault.
    """

    def __init__(
        self,
        *,
        most: int = MOST,
        most_per_holder: int = MOST_PER_HOLDER,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        faults = [
            f"{name} must be a number from 1 on"
            for name, value in (("most", most), ("most_per_holder", most_per_holder))
            if type(value) is not int or value < 1
        ]
        for name, given in (("clock", clock), ("monotonic", monotonic)):
            if not callable(given) or isinstance(given, type):
                faults.append(f"{name} cannot be called for the time")
        if faults:
            raise ConfigError.of("MemoryReplay", faults)
        self._most = most
        self._most_per_holder = most_per_holder
        self._clocks = Clocks(monotonic, clock)
        self._lock = Lock()
        self._uses: dict[str, _Use] = {}  # by their marks
        self._ends: list[_Use] = []  # a heap, the next to end first; what `_uses` no longer has in it is stale
        self._holders: dict[str, _Holder] = {}
        self._untold = float("-inf")  # up to this end, marks may have been forgotten that were not over

    def consume(self, holder: str, mark: str, *, until: float) -> bool:
        """Remember a mark, and tell whether it is new; see `ReplayStore.consume`.

        Raises:
            Unavailable: ``replay_store_full``, for this holder or for all: room comes with time, never by forgetting;
                or ``replay_store_unavailable``, the clock was set back behind a mark that may have been this one.
        """
        with self._lock:
            now = self._clocks.now()
            self._forget(now, holder)
            known = self._uses.get(mark)
            if known is not None and not known.over(now):
                return False
            if known is not None:
                self._drop(known)
            elif until <= self._untold:
                detail = "the clock was set back, and what ends so soon may have been used and forgotten"
                raise Unavailable("replay_store_unavailable", detail=detail)
            self._demand_room(holder)
            self._keep(_Use(until, now.monotonic + (until - now.wall), mark, holder))
            return True

    def __len__(self) -> int:
        return len(self._uses)

    def _demand_room(self, holder: str) -> None:
        own = self._holders.get(holder)
        if own is not None and own.uses >= self._most_per_holder:
            detail = f"one key has {self._most_per_holder} uses that have not ended; most_per_holder sets the limit"
            raise Unavailable("replay_store_full", detail=detail)
        if len(self._uses) >= self._most:
            detail = f"{self._most} uses have not ended; most sets the limit"
            raise Unavailable("replay_store_full", detail=detail)

    def _keep(self, use: _Use) -> None:
        # The mark first: what a fork in between leaves half done takes room, and lets nothing be used twice.
        self._uses[use.mark] = use
        own = self._holders.setdefault(use.holder, _Holder())
        own.uses += 1
        heappush(own.ends, use)
        heappush(self._ends, use)

    def _forget(self, now: Moment, holder: str) -> None:
        """Forget some of what has ended: of all, so that there is room in the end, and of the holder who needs it now.

        Some, or a single request would pay for all that were before it: each adds one, and makes room for several.
        """
        own = self._holders.get(holder)
        for ends in (self._ends, own.ends if own else []):
            for _ in range(MOST_FORGOTTEN):
                if not ends or not (self._stale(ends[0]) or ends[0].over(now)):
                    break
                use = heappop(ends)
                if self._stale(use):
                    continue
                if use.monotonic >= now.monotonic:
                    self._untold = max(self._untold, use.until)
                self._drop(use)

    def _stale(self, use: _Use) -> bool:
        return self._uses.get(use.mark) is not use

    def _drop(self, use: _Use) -> None:
        del self._uses[use.mark]
        own = self._holders.get(use.holder)
        if own is None:
            return
        own.uses -= 1
        if own.ends and own.ends[0] is use:  # both heaps have the same order
            heappop(own.ends)
        if own.uses <= 0:
            del self._holders[use.holder]

    def __repr__(self) -> str:
        return f"MemoryReplay(most={self._most}, most_per_holder={self._most_per_holder})"
