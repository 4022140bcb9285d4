"""Kept: secret values in hand, how old they may be, and when they are fetched anew."""

from collections.abc import Callable
from typing import NamedTuple

from ..errors import Unavailable
from ..keys.clocks import Clocks, Moment
from ..keys.flight import Flight
from ..keys.pauses import Pauses, Renewals
from ..keys.timing import Timing

AHEAD = 0.8  # of the time they are kept: from about then on they are renewed
PATIENCE = 7.0  # seconds to wait for a fetch under way: longer than one of ours takes


class Value(NamedTuple):
    """One secret value; ``until`` is when it ends by the wall clock, if it does. Its repr does not show it."""

    value: bytes
    until: float = float("inf")

    def __repr__(self) -> str:
        return f"Value(until={self.until:g})"


Fetch = Callable[[bool], tuple[Value, ...]]
"""Fetches the values, newest first. Told whether it must be brief, since what is in hand still serves.

Raises:
    Unavailable: they cannot be had, or cannot be used.
"""


class _Held(NamedTuple):
    """What is in hand, and since when; of the values those that have not ended; and until when all that needs no look."""

    fetched: tuple[Value, ...]
    taken: Moment
    values: tuple[bytes, ...]
    due: float
    monotonic: float  # until when it is neither due nor has one of its values ended, by either clock
    wall: float

    def __repr__(self) -> str:
        return f"_Held(values={len(self.values)})"


class Kept:
    """Values that are fetched, kept for a bounded time and renewed inline, by one caller at a time.

    Who finds values in hand never waits for those who fetch. One of them renews, in the brief time of a fetch that must
    not keep anybody waiting, and after a failure not before a pause. What cannot be renewed serves on, up to a bound.

    Args:
        fetch: fetches them.
        seconds: for how long they are fresh.
        interval: the least seconds between a fetch and one that a wrong value causes.
        max_stale: how old they may become where no others can be had; at least ``seconds``.
        clocks: both clocks: values age by the one that says more.
        jitter: randomness in [0, 1), so that many environments do not fetch, and come back, at the same moment.
        patience: seconds to wait for a fetch under way.
    """

    __slots__ = (
        "_clocks",
        "_fetch",
        "_flight",
        "_held",
        "_interval",
        "_jitter",
        "_max_stale",
        "_patience",
        "_pauses",
        "_renewals",
        "_seconds",
        "_tried",
        "fetches",
    )

    def __init__(
        self,
        fetch: Fetch,
        *,
        seconds: float,
        interval: float,
        max_stale: float,
        clocks: Clocks,
        jitter: Callable[[], float],
        patience: float = PATIENCE,
    ) -> None:
        self._fetch = fetch
        self._seconds = seconds
        self._interval = interval
        self._max_stale = max(max_stale, seconds)
        self._clocks = clocks
        self._jitter = jitter
        self._patience = patience
        timing = Timing()
        self._pauses = Pauses(timing, jitter, urgent=True)  # of fetches that somebody waits for
        self._renewals = Renewals(timing, jitter)  # and of those whose failure nobody feels
        self._flight = Flight()
        self._held: _Held | None = None
        self._tried: Moment | None = None  # when the last fetch began, whatever came of it
        self.fetches = 0

    def current(self) -> tuple[bytes, ...]:
        """Return the values in hand; they are fetched where there are none, or none that may still be used.

        Raises:
            Unavailable: none can be had, or it is too soon after a failure.
        """
        held, clocks = self._held, self._clocks
        if held is not None and clocks.monotonic() < held.monotonic and clocks.wall() < held.wall:
            return held.values
        now = clocks.now()
        if held is None:
            return self._awaited(None).values
        age = held.taken.age(now)
        if age >= held.due:
            held = self._awaited(held) if age >= self._max_stale else self._renewed(held, now)
        return self._pruned(held, now).values

    def after_mismatch(self) -> tuple[bytes, ...] | None:
        """Fetch anew because a value fits none of those in hand; None where that was done an interval ago or less.

        None says: what is in hand was confirmed within the interval, so the value is wrong.

        Raises:
            Unavailable: the values could not be fetched, so that nobody can tell whether it is wrong.
        """
        with self._flight.entered(self._patience) as inside:
            if not inside:
                raise _too_long()
            now = self._clocks.now()
            if self._tried is None or not self._tried.within(self._interval, now):
                return self._load(brief=False).values
            failing = self._failing()
            if failing is not None:
                raise failing.last(now)
            return None

    def refresh(self) -> tuple[bytes, ...]:
        """Fetch the values now, whenever the last fetch was: in the init phase, or after a known change.

        Raises:
            Unavailable: they cannot be had.
        """
        with self._flight.entered(self._patience) as inside:
            if not inside:
                raise _too_long()
            return self._load(brief=False).values

    def _awaited(self, seen: _Held | None) -> _Held:
        """Return values that may be used, from the one fetch under way or from our own."""
        with self._flight.entered(self._patience) as inside:
            if not inside:
                raise _too_long()
            held, now = self._held, self._clocks.now()
            if held is not None and held is not seen:
                return held
            if not self._pauses.over(now):
                raise self._pauses.last(now)
            return self._load(brief=False)

    def _renewed(self, held: _Held, now: Moment) -> _Held:
        """Try once if nobody is at it, and it is not too soon after a failure; else what is in hand serves."""
        if not self._renewals.over(now):
            return held
        with self._flight.entered() as inside:
            outlived = self._seconds if held.taken.age(now) >= self._seconds else None
            if not inside or self._held is not held or not (seconds := self._renewals.seconds(now, outlived=outlived)):
                return self._held or held
            try:
                return self._load(brief=seconds <= Timing().renewal)
            except Unavailable:
                return held

    def _load(self, *, brief: bool) -> _Held:
        """Fetch; only whoever is in the flight does."""
        began = self._tried = self._clocks.now()
        self.fetches += 1
        try:
            fetched = self._fetch(brief)
        except Unavailable as fault:
            now = self._clocks.now()
            self._renewals.failed(fault, now, full=not brief)
            if not brief:
                self._pauses.failed(fault, now)
            raise
        self._pauses.end()
        self._renewals.end()
        due = self._seconds * (AHEAD + (1 - AHEAD) * self._jitter())
        # As old as the moment the fetch began: what was changed during it may not be in it.
        self._held = _of(fetched, began, due)
        return self._held

    def _pruned(self, held: _Held, now: Moment) -> _Held:
        """Drop what has ended."""
        left = tuple(each for each in held.fetched if now.wall < each.until)
        if len(left) == len(held.fetched):
            return held
        pruned = _of(left, held.taken, held.due)
        if self._held is held:
            self._held = pruned
        return pruned

    def _failing(self) -> Pauses | Renewals | None:
        return next((each for each in (self._pauses, self._renewals) if each.failures), None)

    def __repr__(self) -> str:
        values = len(self._held.values) if self._held else 0
        return f"Kept(values={values}, seconds={self._seconds:g}, fetches={self.fetches})"


def _of(fetched: tuple[Value, ...], taken: Moment, due: float) -> _Held:
    values = tuple(dict.fromkeys(each.value for each in fetched))
    end = min((each.until for each in fetched), default=float("inf"))
    return _Held(fetched, taken, values, due, taken.monotonic + due, min(taken.wall + due, end))


def _too_long() -> Unavailable:
    return Unavailable("secret_timeout", detail="waited for a fetch of the secret that another request began")
