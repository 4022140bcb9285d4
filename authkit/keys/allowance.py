"""Allowance: when an endpoint may be asked for a key by name, where each name costs a fetch of its own."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from ..errors import KeyProblem, KeysUnavailable
from .absent import Absent
from .clocks import Moment
from .flight import Flight
from .pauses import Pauses
from .timing import Timing

NEW = 4  # fetches in one cooldown for names never heard before
RETURNING = 4  # and for names put off before: strangers' names come once, a new key's name with every request
MOST_NAMES = 1000  # remembered of those put off

_PATIENCE = 1.0  # seconds; what is guarded takes microseconds


class Allowance:
    """A few fetches for strange names in each cooldown, none for those known to be absent, pauses after failures.

    Half of the few are kept for names that come back: a flood of made-up names uses up the other half only, so a
    rotation amid it is seen within a cooldown.

    Args:
        timing: the limits.
        jitter: randomness in [0, 1).
    """

    def __init__(self, timing: Timing, jitter: Callable[[], float]) -> None:
        self._timing = timing
        self._absent = Absent(timing.cooldown)
        self._put_off: OrderedDict[str, None] = OrderedDict()
        self._spent: list[tuple[Moment, bool]] = []  # when, and whether on a name that came back
        self._guard = Flight()  # for changes of what is written down here; it survives a fork
        self._pauses = Pauses(timing, jitter)

    def permits(self, now: Moment) -> bool:
        """Tell whether the endpoint may be asked at all: after failures not for 1, 2, 4 … seconds, up to a longest."""
        return self._pauses.over(now)

    def demand(self, name: str, now: Moment, *, known: bool) -> None:
        """Let a fetch begin, or say why not. What it costs is written down before the attempt.

        Args:
            name: what is to be asked for.
            now: the moment it is.
            known: whether there was a key of this name: then it costs nothing.

        Raises:
            KeyProblem: ``key_not_found_cooldown``.
            KeysUnavailable: the last failure once more, while it is too soon after it.
        """
        if not self._absent.holds(name, now):
            if not self.permits(now):
                raise self._pauses.last(now)
            if known or self._spend(name, now):
                return
        detail = f"no key of this name in hand; few strange ones are asked for in {self._timing.cooldown:g} s"
        raise KeyProblem("key_not_found_cooldown", claim="kid", detail=detail)

    def answered(self, name: str, now: Moment, *, absent: bool) -> None:
        """Write down that the endpoint answered, and whether it was a no."""
        self._pauses.end()
        if absent:
            with self._guard.entered(_PATIENCE):
                self._absent.add(name, now)

    def failed(self, fault: KeysUnavailable, now: Moment) -> None:
        """Write down a failure, and how long the pause after it is; the endpoint may ask for a longer one."""
        self._pauses.failed(fault, now)

    def _spend(self, name: str, now: Moment) -> bool:
        with self._guard.entered(_PATIENCE) as inside:
            if not inside:
                return False
            self._spent = [(when, kind) for when, kind in self._spent if when.within(self._timing.cooldown, now)]
            returning = name in self._put_off
            if sum(kind is returning for _, kind in self._spent) >= (RETURNING if returning else NEW):
                self._put(name)
                return False
            self._put_off.pop(name, None)
            self._spent.append((now, returning))
            return True

    def _put(self, name: str) -> None:
        self._put_off[name] = None
        self._put_off.move_to_end(name)
        while len(self._put_off) > MOST_NAMES:
            self._put_off.popitem(last=False)
