"""Keeper: the one set in hand, and how another takes its place. One fetch at a time, and no harm by a failure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import KeyProblem, KeysUnavailable
from .clocks import Clocks
from .events import Teller
from .flight import Flight
from .held import Held
from .keyset import KeySet
from .loading import Loader
from .pauses import Pauses
from .timing import Timing

Wanted = tuple[str | None, str]
"""The ``kid`` and ``alg`` of the key that a set is fetched for."""


class Keeper:
    """Keeps the set of one issuer.

    Attributes:
        held: the set in hand. It is replaced as a whole, and read without a lock.
    """

    __slots__ = ("_clocks", "_flight", "_loader", "_pauses", "_tell", "_timing", "held")

    def __init__(self, loader: Loader, pauses: Pauses, clocks: Clocks, timing: Timing, tell: Teller) -> None:
        self._loader = loader
        self._pauses = pauses
        self._clocks = clocks
        self._timing = timing
        self._tell = tell
        self._flight = Flight()  # entered by whoever fetches, and waited for by nobody who has a key to serve
        self.held: Held | None = None

    def usable(self) -> Held:
        """Return a set that may be used, renewed if it is time for that. Nobody waits who need not.

        Raises:
            KeysUnavailable: there is none, and none can be had.
        """
        held, now = self.held, self._clocks.now()
        if held is None or held.is_over(now):
            return self.newer(None)
        if held.is_due(now) and self._pauses.over(now):
            return self.renewed(held)
        return held

    def renewed(self, held: Held) -> Held:
        """Try once, briefly, unless somebody is at it; the set in hand serves whatever comes of it."""
        with self._flight.entered() as inside:
            if not inside:
                return held
            if self.held is not held:
                return self.held or held
            try:
                return self._load(self._timing.renewal)
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
            if not self._pauses.over(now):
                raise self._pauses.last(now)
            return self._load(self._timing.timeout, wanted)

    def joined(self) -> Held | None:
        """Return the set in hand once nobody is fetching, or what there is where that takes too long."""
        with self._flight.entered(self._timing.timeout):  # at once, unless somebody fetches
            return self.held

    def refresh(self) -> None:
        """Ask the issuer, in a pause too, unless somebody has just done so.

        Raises:
            KeysUnavailable: nothing usable came.
        """
        seen = self.held
        with self._entered():
            if self.held is None or self.held is seen:
                self._fetch(seen, self._timing.timeout, anew=True)

    def forget(self) -> None:
        """Drop the set in hand, and take nothing older than this moment from the store."""
        with self._flight.entered(self._timing.timeout):  # what is on its way must not come back
            self.held = None
            self._pauses.end()
            if self._loader.shelf:
                self._loader.shelf.distrust(self._clocks.now())

    @contextmanager
    def _entered(self) -> Iterator[None]:
        with self._flight.entered(self._timing.timeout) as inside:
            if not inside:
                detail = "waited for a fetch of the key set that another request began"
                raise KeysUnavailable("fetch_timeout", detail=detail)
            yield

    def _load(self, timeout: float, wanted: Wanted | None = None) -> Held:
        """Take over a set from the store or, where that has none that will do, from the issuer."""
        before, began = self.held, self._clocks.now()
        shared = self._loader.shared(before)
        if shared and not shared.is_stale(began) and (wanted is None or _has(shared.keys, wanted)):
            return self._take_over(before, shared)
        try:
            return self._fetch(before, timeout, anew=wanted is not None or before is None)
        except KeysUnavailable:
            if shared is None or (before is not None and not before.is_over(began)):
                raise
            return self._take_over(before, shared)  # stale, but all there is

    def _fetch(self, before: Held | None, timeout: float, *, anew: bool) -> Held:
        try:
            loaded = self._loader.fetched(before, timeout, anew=anew)
        except KeysUnavailable as fault:
            self._pauses.failed(fault, self._clocks.now())
            raise
        self._pauses.end()
        self._take_over(before, loaded)
        self._loader.keep(loaded)
        return loaded

    def _take_over(self, before: Held | None, loaded: Held) -> Held:
        self.held = loaded
        self._loader.announce(before, loaded)
        return loaded


def _has(keys: KeySet, wanted: Wanted) -> bool:
    try:
        return bool(keys.find(*wanted).algorithms)
    except KeyProblem as fault:
        return fault.code != "key_not_found"
