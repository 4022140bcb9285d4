"""Keeper: the one set in hand, and how another takes its place. One fetch at a time, and no harm by a failure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..errors import KeyProblem, KeysUnavailable, Unavailable
from .clocks import Clocks, Moment
from .events import Teller
from .flight import Flight
from .held import Held
from .loading import Loader
from .pauses import Pauses, Renewals
from .timing import Timing

Wanted = tuple[str | None, str]
"""The ``kid`` and ``alg`` of the key that a set is fetched for."""


class Keeper:
    """Keeps the set of one issuer.

    Attributes:
        held: the set in hand. It is replaced as a whole, and read without a lock.
    """

    __slots__ = ("_asking", "_clocks", "_flight", "_loader", "_renewals", "_tell", "_timing", "held")

    def __init__(
        self, loader: Loader, clocks: Clocks, timing: Timing, tell: Teller, jitter: Callable[[], float]
    ) -> None:
        self._loader = loader
        # Two, because what fails in the brief time of a renewal may succeed in that of a fetch somebody waits for.
        self._asking = Pauses(timing, jitter, urgent=True)
        self._renewals = Renewals(timing, jitter)
        self._clocks = clocks
        self._timing = timing
        self._tell = tell
        self._flight = Flight()  # entered by whoever fetches, and waited for by nobody who has a key to serve
        self.held: Held | None = None

    def usable(self) -> Held:
        """Return a set that may be used, be it due or not.

        Raises:
            KeysUnavailable: there is none, and none can be had.
        """
        held, now = self.held, self._clocks.now()
        return self.newer(None) if held is None or held.is_over(now) else held

    def renewed(self, held: Held) -> Held:
        """Try once, briefly, if it is time for that and nobody is at it; the set in hand serves whatever comes of it."""
        now = self._clocks.now()
        if not held.is_due(now) or not self._renewals.over(now):
            return held
        with self._flight.entered() as inside:
            if not inside:
                return held
            if self.held is not held:
                return self.held or held
            seconds = self._renewals.seconds(now, outlived=held.lifetime if held.is_stale(now) else None)
            return self._renewed(held, seconds) if seconds else held

    def _renewed(self, held: Held, seconds: float) -> Held:
        try:
            return self._load(seconds, brief=seconds <= self._timing.renewal)
        except KeysUnavailable as fault:
            if held.origin == "bundled":
                self._tell.tell("bundled_served", code=fault.code)
            elif held.is_stale(self._clocks.now()):
                self._tell.tell("stale_served", code=fault.code)
            return held

    def newer(self, seen: Held | None, wanted: Wanted | None = None) -> Held:
        """Return a set newer than ``seen``, from the one fetch under way or from our own.

        Raises:
            KeysUnavailable: none can be had, or it is too soon after a failure.
        """
        with self._entered():
            held, now = self.held, self._clocks.now()
            if held is not None and held is not seen and not held.is_over(now):
                return held
            if not self._asking.over(now):
                raise self._asking.last(now)
            return self._load(self._timing.timeout, wanted)

    def may_ask(self, now: Moment) -> bool:
        """Tell whether the issuer may be asked for whoever cannot be answered without."""
        return self._asking.over(now)

    def outage(self, now: Moment) -> Unavailable | None:
        """Return what the issuer failed with when it was asked last; None if it answered."""
        failing = self._asking if self._asking.failures else self._renewals
        return failing.last(now) if failing.failures else None

    @property
    def failures(self) -> int:
        """Return how many fetches have failed since the last that did not."""
        return self._renewals.failures

    def joined(self) -> Held | None:
        """Return the set in hand once nobody is fetching, or what there is where that takes too long."""
        if not self._flight.busy():
            return self.held
        with self._flight.entered(self._timing.timeout):
            return self.held

    def refresh(self) -> None:
        """Ask the issuer, in a pause too, unless somebody has just done so.

        Raises:
            KeysUnavailable: nothing usable came.
        """
        seen = self.held
        with self._entered():
            if self.held is None or self.held is seen:
                self._fetch(seen, self._timing.timeout)

    def forget(self) -> None:
        """Drop the set in hand, and take nothing older than this moment from the store."""
        with self._flight.entered(self._timing.timeout):  # what is on its way must not come back
            self.held = None
            self._asking.end()
            self._renewals.end()
            if self._loader.shelf:
                self._loader.shelf.distrust(self._clocks.now())

    @contextmanager
    def _entered(self) -> Iterator[None]:
        with self._flight.entered(self._timing.timeout) as inside:
            if not inside:
                detail = "waited for a fetch of the key set that another request began"
                raise KeysUnavailable("fetch_timeout", detail=detail)
            yield

    def _load(self, timeout: float, wanted: Wanted | None = None, *, brief: bool = False) -> Held:
        """Take over a set from the store or, where that has none that will do, from the issuer."""
        before, began = self.held, self._clocks.now()
        shared = self._loader.shared(before)
        if shared and not shared.is_stale(began) and (wanted is None or self._has(shared, wanted, began)):
            return self._take_over(before, shared)
        try:
            return self._fetch(before, timeout, brief=brief)
        except KeysUnavailable:
            if shared is None or (before is not None and not before.is_over(began)):
                raise
            return self._take_over(before, shared)  # stale, but all there is

    def _fetch(self, before: Held | None, timeout: float, *, brief: bool = False) -> Held:
        try:
            loaded = self._loader.fetched(before, timeout, anew=not brief)
        except KeysUnavailable as fault:
            now = self._clocks.now()
            self._renewals.failed(fault, now, full=not brief)
            if not brief:
                self._asking.failed(fault, now)
            raise
        self._asking.end()
        self._renewals.end()
        self._take_over(before, loaded)
        self._loader.keep(loaded)
        return loaded

    def _take_over(self, before: Held | None, loaded: Held) -> Held:
        self.held = loaded
        self._loader.announce(before, loaded)
        return loaded

    def _has(self, held: Held, wanted: Wanted, now: Moment) -> bool:
        try:
            return bool(held.find(*wanted, self._timing.grace, now).algorithms)
        except KeyProblem:
            return False
