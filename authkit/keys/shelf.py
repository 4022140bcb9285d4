"""Shelf: the one entry of a shared store that belongs to an issuer and a URL, inspected before it is believed."""

from typing import NamedTuple

from .bounded import LARGEST_BODY
from .cachecontrol import within_bounds
from .clocks import Moment
from .events import Teller
from .held import Held
from .keyset import BadKeySet, KeySet
from .store import KeyStore, Stored

SKEW = 10.0  # seconds by which another environment's clock may be ahead of ours

_LARGEST_NUMBER = 1e12


class Found(NamedTuple):
    """An entry that passed: its keys, when the issuer gave them, and for how long they are fresh from then."""

    keys: KeySet
    taken: Moment
    lifetime: float
    body: bytes


class Shelf:
    """Looks up and puts back. Whatever a store does, the worst that follows is a fetch.

    Args:
        store: the shared store.
        issuer: an entry must be of this issuer …
        url: … and of this URL.
        tell: hears of what the store does wrong.
        kid_optional, x5c_agrees: as for `KeySet`.
    """

    __slots__ = ("_issuer", "_kid_optional", "_name", "_not_before", "_store", "_tell", "_url", "_x5c_agrees")

    def __init__(
        self,
        store: KeyStore,
        issuer: str,
        url: str,
        tell: Teller,
        *,
        kid_optional: bool = False,
        x5c_agrees: bool = False,
    ) -> None:
        self._store = store
        self._issuer = issuer
        self._url = url
        self._name = f"{issuer} {url}"
        self._tell = tell
        self._kid_optional, self._x5c_agrees = kid_optional, x5c_agrees
        self._not_before = float("-inf")

    def newer(self, held: Held | None, now: Moment) -> Found | None:
        """Return the store's entry, if it is sound and newer than the set in hand."""
        try:
            stored = self._store.get(self._name)
        except Exception as error:  # noqa: BLE001 - a store handed in may raise anything
            self._failed("store_unreadable", f"the store raised {type(error).__name__}")
            return None
        if stored is None:
            return None
        fault = self._fault(stored, now)
        if fault:
            self._failed(*fault)
            return None
        # A bundled set is as old as the package, whenever it was loaded.
        known = self._not_before if held is None or held.origin == "bundled" else held.taken.wall
        return self._inspected(stored, now) if stored.stored_at > known else None

    def put(self, held: Held, lifetime: float) -> None:
        """Keep what was fetched, or confirmed, just now."""
        stored = Stored(held.body, self._issuer, self._url, held.taken.wall, held.etag, lifetime)
        try:
            self._store.put(self._name, stored)
        except Exception as error:  # noqa: BLE001 - a store handed in may raise anything
            self._failed("store_unwritable", f"the store raised {type(error).__name__}")

    def distrust(self, now: Moment) -> None:
        """Take nothing that was stored until now."""
        self._not_before = now.wall

    def _fault(self, stored: object, now: Moment) -> tuple[str, str] | None:
        """Row G10: poisoned, foreign, malformed, stamped in the future."""
        if not isinstance(stored, Stored) or not _is_typed(stored):
            return "store_malformed", "an entry of other types than it must have"
        if (stored.issuer, stored.url) != (self._issuer, self._url):
            return "store_foreign", "an entry of another issuer or URL"
        if stored.stored_at > now.wall + SKEW:
            return "store_in_future", "an entry from the future: a wrong clock, here or there, or a forgery"
        return None

    def _inspected(self, stored: Stored, now: Moment) -> Found | None:
        try:
            keys = KeySet.parse(stored.body, kid_optional=self._kid_optional, x5c_agrees=self._x5c_agrees)
        except BadKeySet as fault:
            self._failed("store_malformed", f"the key set: {fault}")
            return None
        age = max(now.wall - stored.stored_at, 0.0)
        taken = Moment(now.monotonic - age, now.wall - age)
        return Found(keys, taken, within_bounds(stored.lifetime), stored.body)

    def _failed(self, code: str, detail: str) -> None:
        self._tell.tell("store_failed", code=code, detail=detail)


def _is_typed(stored: Stored) -> bool:
    numbers = (stored.stored_at, stored.lifetime)
    return (
        isinstance(stored.body, bytes)
        and len(stored.body) <= LARGEST_BODY
        and all(isinstance(each, (int, float)) and not isinstance(each, bool) for each in numbers)
        and all(abs(each) < _LARGEST_NUMBER for each in numbers)  # which NaN is not either
    )
