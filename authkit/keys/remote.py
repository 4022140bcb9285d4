"""RemoteKeys: an issuer's key set, fetched when it is needed and kept while the issuer does not answer.

A known key never waits for the network: the set in hand serves until `max_stale`, and is renewed by whoever finds it
due, within a small budget. Only a request that cannot be answered without a fetch waits for one, and all such requests
wait for the same one. No thread runs in the background: Lambda would freeze it.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from ..errors import KeyProblem, KeysUnavailable
from .cachecontrol import lifetime
from .fetch import Fetch, Response
from .jwk import Key
from .keyset import BadKeySet, KeySet, demand_kid

Clock = Callable[[], float]

_MOST_DOUBLINGS = 16  # of the pause between attempts: far beyond its longest, and long before a float overflows


class Timing(NamedTuple):
    """How long keys live and fetches may take, in seconds."""

    max_stale: float = 24 * 3600  # how long a set outlives the last answer
    timeout: float = 2.0  # all of a fetch that a request waits for
    renewal: float = 0.3  # all of a fetch while the set in hand still serves
    cooldown: float = 30.0  # between fetches that unknown key names cause
    longest_backoff: float = 30.0


_TIMING = Timing()


class _Held(NamedTuple):
    """A set, the ages to judge it by, and when to renew it."""

    keys: KeySet
    etag: str | None
    monotonic: float
    wall: float
    lifetime: float


class RemoteKeys:
    """A key source that fetches.

    Args:
        locate: returns the URL of the set, given a time-out in seconds.
        fetch: the transport.
        timing: lifetimes and limits.
        monotonic, wall, jitter: the clocks, and randomness in [0, 1).
    """

    def __init__(
        self,
        locate: Callable[[float], str],
        fetch: Fetch,
        *,
        timing: Timing = _TIMING,
        monotonic: Clock = time.monotonic,
        wall: Clock = time.time,
        jitter: Clock = random.random,
    ) -> None:
        self._locate = locate
        self._fetch = fetch
        self._timing = timing
        self._monotonic = monotonic
        self._wall = wall
        self._jitter = jitter
        self._held: _Held | None = None
        self._flight = threading.Lock()  # held while somebody fetches, and by nobody who has a key to serve
        self._failures = 0
        self._failed_at = 0.0
        self._failure = ("", "")  # code and detail, not the exception: that would hold on to the frames it came through
        self._asked_at: float | None = None  # when an unknown key name last caused a fetch
        self.fetches = 0

    def find(self, kid: str | None, alg: str) -> Key:
        """Return the key a token names.

        Raises:
            KeyProblem: the issuer has no such key, or it does not fit; ``key_not_found_cooldown`` where it is too
                soon to ask again.
            KeysUnavailable: there is no usable set, and none can be had now.
        """
        kid = demand_kid(kid)
        held = self._held
        age = self._age(held)
        waited = held is None or age > self._timing.max_stale
        if held is None or waited:
            held = self._wait_for(None)
        elif age > held.lifetime and self._may_try():
            held = self._renew(held)
        try:
            return held.keys.find(kid, alg)
        except KeyProblem as fault:
            if fault.code != "key_not_found":
                raise
            if waited:  # the set is as new as it gets
                self._asked_at = self._monotonic()
                raise
            return self._ask_again(held).keys.find(kid, alg)

    def _age(self, held: _Held | None) -> float:
        """Judge by both clocks: the monotonic one stands still while a snapshot sleeps, the wall clock can be set."""
        return max(self._monotonic() - held.monotonic, self._wall() - held.wall) if held else 0.0

    def _may_try(self) -> bool:
        """Keep off a failing issuer: 1, 2, 4 … seconds, up to the longest, each shortened at random by up to half."""
        if not self._failures:
            return True
        pause = min(2.0 ** min(self._failures - 1, _MOST_DOUBLINGS), self._timing.longest_backoff)
        return self._monotonic() - self._failed_at >= pause * (1 - self._jitter() / 2)

    def _renew(self, held: _Held) -> _Held:
        """Try once, briefly, unless somebody is at it; the set in hand serves whatever comes of it."""
        if not self._flight.acquire(blocking=False):
            return held
        try:
            return self._load(self._timing.renewal) if self._held is held else self._held or held
        except KeysUnavailable:
            return held
        finally:
            self._flight.release()

    def _wait_for(self, seen: _Held | None) -> _Held:
        """Return a set newer than ``seen``, from the one fetch under way or from our own."""
        if not self._flight.acquire(timeout=self._timing.timeout):
            raise KeysUnavailable(
                "fetch_timeout", detail="waited for a fetch of the key set that another request began"
            )
        try:
            held = self._held
            if held is not None and held is not seen and self._age(held) <= self._timing.max_stale:
                return held
            if not self._may_try():
                raise KeysUnavailable(self._failure[0], detail=self._failure[1])
            return self._load(self._timing.timeout)
        finally:
            self._flight.release()

    def _ask_again(self, held: _Held) -> _Held:
        """A key name we do not know may be new: ask the issuer, but strangers may not make us ask often."""
        now = self._monotonic()
        if self._asked_at is not None and now - self._asked_at < self._timing.cooldown:
            return self._join(held)
        self._asked_at = now  # before the attempt, so that a failing one counts too
        try:
            return self._wait_for(held)
        except KeysUnavailable as fault:
            raise KeyProblem(
                "key_not_found", claim="kid", detail=f"not in the set in hand, and {fault.detail}"
            ) from None

    def _join(self, seen: _Held) -> _Held:
        """Return a set that is on its way, or has come since ``seen``: it costs the issuer nothing more."""
        if self._flight.acquire(timeout=self._timing.timeout):  # at once, unless somebody fetches
            self._flight.release()
        if self._held is None or self._held is seen:
            detail = f"no key of this name; the issuer is asked at most every {self._timing.cooldown:g} s"
            raise KeyProblem("key_not_found_cooldown", claim="kid", detail=detail)
        return self._held

    def _load(self, timeout: float) -> _Held:
        """Fetch and take over a set. A failure never harms the one in hand."""
        self.fetches += 1
        try:
            held = self._taken_over(self._fetched(timeout))
        except Exception as error:  # noqa: BLE001 - a transport handed in may raise anything when the issuer is down
            fault = error if isinstance(error, KeysUnavailable) else _of_transport(error)
            self._failures += 1
            self._failed_at = self._monotonic()
            self._failure = (fault.code, fault.detail)
            raise fault from None
        self._failures = 0
        self._held = held
        return held

    def _fetched(self, timeout: float) -> Response:
        end = self._monotonic() + timeout
        url = self._locate(timeout)
        etag = self._held.etag if self._held else None
        return self._fetch(url, timeout=max(end - self._monotonic(), 0.05), etag=etag)

    def _taken_over(self, response: Response) -> _Held:
        if response.status == 304:
            if self._held is None:
                raise KeysUnavailable("jwks_invalid", detail="304 for a set that was never sent")
            keys, etag = self._held.keys, self._held.etag
        else:
            try:
                keys, etag = KeySet.parse(response.body), response.headers.get("etag")
            except BadKeySet as fault:
                raise KeysUnavailable("jwks_invalid", detail=f"the key set: {fault}") from None
        spread = 0.9 + 0.2 * self._jitter()  # so that many environments do not ask at the same moment
        return _Held(keys, etag, self._monotonic(), self._wall(), lifetime(response.headers) * spread)


def _of_transport(error: Exception) -> KeysUnavailable:
    """Name the exception's type and not its message, which could hold a secret."""
    return KeysUnavailable("fetch_refused", detail=f"the transport raised {type(error).__name__}")
