"""Allowance: when an endpoint may be asked for a key by name, where each name costs a fetch of its own."""

from collections import OrderedDict
from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

from ..errors import KeyProblem, KeysUnavailable
from .absent import Absent
from .clocks import Moment
from .flight import Flight
from .pauses import Pauses, Renewals
from .timing import Timing

NEW = 4  # fetches in one cooldown for names never heard before
RETURNING = 4  # and for names put off before: a new key's name comes with request after request
MOST_NAMES = 1000  # remembered of those put off
MOST_SIGHTINGS = 30  # that count of one name, and in one cooldown

_OLDEST = 16  # of which the one seen least often is forgotten
_PATIENCE = 1.0  # seconds; what is guarded takes microseconds


class _Waiting(NamedTuple):
    """A name that was put off: how often it has been seen since, and when that was last counted."""

    sightings: int
    counted: Moment


class Allowance:
    """A few fetches for strange names in each cooldown, none for those known to be absent, pauses after failures.

    Half of the few are kept for names that come back, and drawn: a name that has been seen as often as any that waits is
    let through, one seen less often is so with a chance that falls with the square of how often. What counts is being
    seen over time, once in each thirtieth of a cooldown, and not how many requests there were; that is also how often a
    name is drawn for. So a rotation amid made-up names that come a few times each is seen about one cooldown later. Who
    wants to hide it for longer has to keep up many names, each as long as the new key's: of n such, that one is as likely
    as any to be the next.

    Args:
        timing: the limits.
        jitter: randomness in [0, 1).
    """

    def __init__(self, timing: Timing, jitter: Callable[[], float]) -> None:
        self._timing = timing
        self._jitter = jitter
        self._absent = Absent(timing.cooldown)
        self._put_off: OrderedDict[str, _Waiting] = OrderedDict()  # the one seen last comes last
        self._spent: list[tuple[Moment, bool]] = []  # when, and whether on a name that came back
        self._guard = Flight()  # for changes of what is written down here; it survives a fork
        self._asking = Pauses(timing, jitter, urgent=True)
        self._renewals = Renewals(timing, jitter)

    def may_renew(self, now: Moment) -> bool:
        """Tell whether a key in hand may be asked for again: after failures not for 1, 2, 4 … seconds."""
        return self._renewals.over(now)

    def renewal(self, now: Moment, *, outlived: float | None) -> float:
        """Return how many seconds a renewal may take that begins now, as `Renewals.seconds` has it."""
        return self._renewals.seconds(now, outlived=outlived)

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
            if not self._asking.over(now):
                raise self._asking.last(now)
            if known or self._spend(name, now):
                return
        detail = f"no key of this name in hand; few strange ones are asked for in {self._timing.cooldown:g} s"
        raise KeyProblem("key_not_found_cooldown", claim="kid", detail=detail)

    def answered(self, name: str, now: Moment, *, absent: bool) -> None:
        """Write down that the endpoint answered, and whether it was a no."""
        self._asking.end()
        self._renewals.end()
        with self._guard.entered(_PATIENCE):
            self._put_off.pop(name, None)
            if absent:
                self._absent.add(name, now)

    def failed(self, fault: KeysUnavailable, now: Moment, *, brief: bool) -> None:
        """Write down a failure, and how long the pause after it is; the endpoint may ask for a longer one.

        Args:
            fault: the failure.
            now: the moment it is.
            brief: whether it is that of a renewal in its brief time: then it keeps nobody from asking with more.
        """
        self._renewals.failed(fault, now, full=not brief)
        if not brief:
            self._asking.failed(fault, now)

    def _spend(self, name: str, now: Moment) -> bool:
        with self._guard.entered(_PATIENCE) as inside:
            if not inside:
                return False
            self._spent = [(when, kind) for when, kind in self._spent if when.within(self._timing.cooldown, now)]
            returning = name in self._put_off
            free = sum(kind is returning for _, kind in self._spent) < (RETURNING if returning else NEW)
            if not returning and not free:
                self._put(name, now)
            # Seen before drawn: a name that is put off collects sightings whether or not there is anything to win.
            if (self._seen(name, now) and free and self._drawn(name, now)) if returning else free:
                self._spent.append((now, returning))
                return True
            return False

    def _seen(self, name: str, now: Moment) -> bool:
        """Count a sighting; tell whether it counts, or the last is too short ago."""
        sightings, counted = self._put_off[name]
        self._put_off.move_to_end(name)
        if counted.within(self._timing.cooldown / MOST_SIGHTINGS, now):
            return False
        earlier = sightings if counted.within(self._timing.cooldown, now) else 0
        self._put_off[name] = _Waiting(min(earlier + 1, MOST_SIGHTINGS), now)
        return True

    def _drawn(self, name: str, now: Moment) -> bool:
        cooldown = self._timing.cooldown
        most = max(each.sightings for each in self._put_off.values() if each.counted.within(cooldown, now))
        return self._jitter() < (self._put_off[name].sightings / most) ** 2

    def _put(self, name: str, now: Moment) -> None:
        if len(self._put_off) >= MOST_NAMES:
            oldest = islice(self._put_off, _OLDEST)
            del self._put_off[min(oldest, key=lambda each: self._put_off[each].sightings)]
        self._put_off[name] = _Waiting(1, now)
