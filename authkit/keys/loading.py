"""Loader: brings a key set from its issuer, or from where another environment has left it."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import KeysUnavailable
from .answer import Response
from .cachecontrol import LONGEST, freshness
from .clocks import Clocks, Moment
from .events import Teller
from .fetch import Fetch
from .held import Held, held, leaving, removed
from .keyset import BadKeySet, KeySet
from .pauses import status_of
from .shelf import Shelf
from .timing import Timing

Locate = Callable[[float], str]

_OVERLOAD = frozenset({408, 429})
_LEAST = 0.05  # seconds for the fetch, where finding the URL took all there were


class Loader:
    """Loads for one `RemoteKeys`, and only while that is in its one flight. Nothing it does changes the set in hand.

    Args:
        locate: returns the URL of the set, given a time-out in seconds.
        fetch: the transport.
        clocks: both.
        timing: lifetimes and limits.
        tell: hears what happens.
        jitter: randomness in [0, 1).
        shelf: where environments share what one has fetched.
        kid_optional, x5c_agrees: as for `KeySet`.
    """

    def __init__(
        self,
        locate: Locate,
        fetch: Fetch,
        clocks: Clocks,
        timing: Timing,
        tell: Teller,
        jitter: Callable[[], float],
        *,
        shelf: Shelf | None,
        kid_optional: bool,
        x5c_agrees: bool = False,
    ) -> None:
        self._locate = locate
        self._fetch = fetch
        self._clocks = clocks
        self._timing = timing
        self._tell = tell
        self._jitter = jitter
        self._kid_optional, self._x5c_agrees = kid_optional, x5c_agrees
        self._located: tuple[str, Moment] | None = None
        self._sure = True  # that an ETag is understood: not after a failure, which it may have caused
        self.shelf = shelf
        self.fetches = 0

    def shared(self, before: Held | None) -> Held | None:
        """Return what another environment has left in the store, if it is sound, newer than ours and not too old."""
        now = self._clocks.now()
        found = self.shelf.newer(before, now) if self.shelf else None
        if found is None:
            return None
        lifetime = self._timing.lifetime or found.lifetime
        loaded = held(found.keys, "store", found.taken, lifetime, self._timing, spread=self._spread())
        return None if loaded.is_over(now) else self._succeeding(before, loaded._replace(body=found.body), now)

    def fetched(self, before: Held | None, timeout: float, *, anew: bool) -> Held:
        """Return the issuer's set.

        Args:
            before: the set in hand.
            timeout: seconds for all of it.
            anew: rely on nothing that is known: ask for the place where it is, and for the whole set. A 304 is the
                word of whatever stands in between, and one that is wrong must not be believed for ever.

        Raises:
            KeysUnavailable: it cannot be had, or has no usable key.
        """
        self.fetches += 1
        self._tell.tell("fetch_started")
        try:
            loaded = self._fetched(before, timeout, anew=anew)
        except Exception as error:  # noqa: BLE001 - a transport handed in may raise anything when the issuer is down
            fault = error if isinstance(error, KeysUnavailable) else _of_transport(error)
            self._sure = False
            self._tell.tell("fetch_failed", code=fault.code, detail=fault.detail)
            raise fault from None
        self._sure = True
        self._tell.tell("fetched", detail=f"{len(loaded.keys)} keys, fresh for {loaded.lifetime:g} s")
        return loaded

    def keep(self, loaded: Held) -> None:
        """Leave a set for other environments."""
        if self.shelf:
            self.shelf.put(loaded, loaded.lifetime)

    def announce(self, before: Held | None, loaded: Held) -> None:
        """Tell what is new in a set that takes the place of another: which keys it lacks, and which are left out."""
        for key in removed(before, loaded.keys):
            self._tell.tell("key_removed", kid=key.kid)
        if before is None or before.keys is not loaded.keys:
            self._tell.tell_of(loaded.keys)
        if loaded.origin == "store":
            self._tell.tell("store_served", detail=f"{len(loaded.keys)} keys")

    def _fetched(self, before: Held | None, timeout: float, *, anew: bool) -> Held:
        end = self._clocks.monotonic() + timeout
        now = self._clocks.now()
        if anew or self._located is None or self._located[1].age(now) > LONGEST:
            self._located, anew = (self._locate(timeout), now), True
        url = self._located[0]
        # An ETag is the word of one URL, and of an issuer: not of another URL, nor of a store.
        etag = before.etag if before and before.url == url and self._sure and not anew else None
        try:
            return self._answered(before, url, etag, max(end - self._clocks.monotonic(), _LEAST))
        except KeysUnavailable as fault:
            if _misplaced(fault):
                self._located = None
            raise

    def _answered(self, before: Held | None, url: str, etag: str | None, timeout: float) -> Held:
        response = self._fetch(url, timeout=timeout, etag=etag)
        if response.status != 304:
            body, tag, keys = response.body, response.headers.get("etag"), self._parsed(response.body, before)
        elif before is None or etag is None:
            raise KeysUnavailable("jwks_invalid", detail="304 for a set that was never sent, or asked for in whole")
        else:
            body, tag, keys = before.body, etag, before.keys
        now = self._clocks.now()
        fresh = held(keys, "fetched", now, self._lifetime(response, before), self._timing, spread=self._spread())
        return self._succeeding(before, fresh._replace(body=body, url=url, etag=tag), now)

    def _parsed(self, body: bytes, before: Held | None) -> KeySet:
        if before and before.body and before.body == body:
            return before.keys
        try:
            return KeySet.parse(body, kid_optional=self._kid_optional, x5c_agrees=self._x5c_agrees)
        except BadKeySet as fault:
            raise KeysUnavailable("jwks_invalid", detail=f"the key set: {fault}") from None

    def _lifetime(self, response: Response, before: Held | None) -> float:
        if self._timing.lifetime is not None:
            return self._timing.lifetime
        if before and response.status == 304 and "cache-control" not in response.headers:
            return before.lifetime  # RFC 9111 section 4.3.4: what a 304 does not say stays as it was
        said = freshness(response.headers)
        if said.clamped:
            self._tell.tell("lifetime_clamped", detail=f"to {said.seconds:g} s")
        return said.seconds

    def _succeeding(self, before: Held | None, loaded: Held, now: Moment) -> Held:
        gone = removed(before, loaded.keys)
        return loaded._replace(leaving=leaving(before, gone, loaded.keys, self._timing.grace, now))

    def _spread(self) -> float:
        return 0.9 + 0.2 * self._jitter()


def _misplaced(fault: KeysUnavailable) -> bool:
    """Tell whether somebody answered, but not with keys: they may have moved. Silence and overload say nothing of it."""
    status = status_of(fault)
    return fault.code == "jwks_invalid" or (status is not None and status < 500 and status not in _OVERLOAD)


def _of_transport(error: Exception) -> KeysUnavailable:
    """Name the exception's type and not its message, which could hold a secret."""
    return KeysUnavailable("fetch_refused", detail=f"the transport raised {type(error).__name__}")
