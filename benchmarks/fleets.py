"""A fleet of execution environments and the issuer all of them ask: authkit's own key sets, by a simulated clock."""

from __future__ import annotations

import heapq
import json
import random
from collections import Counter
from typing import Any, NamedTuple

from authkit import KeySet, Stored
from authkit.errors import Unavailable
from authkit.keys.answer import Response
from authkit.keys.remote import RemoteKeys
from benchmarks.issued import issue

URL = "https://idp.example.com/jwks.json"
ISSUER = "https://idp.example.com/"
HOURS, RAMP, BETWEEN = (
    1.25,
    10.0,
    60.0,
)  # of simulation; seconds until all have started; seconds between requests to one
LANDS = 0.2  # seconds until what one environment has fetched stands in the store for the others
BUSY_HOURS, BUSY = 0.25, 100  # of simulation with an issuer that answers only so many fetches a second


class Clock:
    """The one clock of a simulation."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


class Store:
    """A store that all environments share; what is put there is found a fetch's time later."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._coming: list[tuple[float, str, Stored]] = []
        self._entries: dict[str, Stored] = {}

    def get(self, name: str) -> Stored | None:
        while self._coming and self._coming[0][0] <= self._clock.now:
            _, landed, stored = self._coming.pop(0)
            self._entries[landed] = stored
        return self._entries.get(name)

    def put(self, name: str, stored: Stored) -> None:
        self._coming.append((self._clock.now + LANDS, name, stored))


class Issuer:
    """The issuer's endpoint: it counts, and refuses more than ``most`` fetches a second."""

    def __init__(self, clock: Clock, document: bytes, most: float) -> None:
        self._clock, self._document, self.most = clock, document, most
        self._began = clock.now
        self.seconds = Counter[int]()

    def __call__(self, *_: object, **__: object) -> Response:
        second = int(self._clock.now - self._began)
        self.seconds[second] += 1
        if self.seconds[second] > self.most:
            return Response(503, {}, b"")
        return Response(200, {"content-type": "application/json", "cache-control": "max-age=3600"}, self._document)


class Setup(NamedTuple):
    """How the environments of a fleet come by their keys."""

    name: str
    bundled: bool = False
    shared: bool = False
    jitter: bool = True


SETUPS = (
    Setup("each fetches"),
    Setup("each fetches, no jitter", jitter=False),
    Setup("a bundled set", bundled=True),
    Setup("a shared store", shared=True),
    Setup("bundled and shared", bundled=True, shared=True),
)


class Fleet(NamedTuple):
    """What an issuer saw of a fleet, and how many callers with a good token were sent away."""

    name: str
    requests: int
    fetches: int
    first_minute: int
    peak: int  # in a second
    peak_later: int  # in a second, after the first minute
    refused: int


def fleet(setup: Setup, count: int, seed: int, *, hours: float = HOURS, most: float = float("inf")) -> Fleet:
    """Start environments at once and let each answer a request a minute; count what they ask the issuer for."""
    clock, rng = Clock(), random.Random(seed)
    issued = issue("RS256", 1)
    kid, issuer = issued.key.jwk["kid"], Issuer(clock, json.dumps(issued.jwks).encode(), most)
    store = Store(clock) if setup.shared else None
    own: dict[str, Any] = {"bundle": KeySet(issued.jwks)} if setup.bundled else {}
    environments = [
        RemoteKeys(
            lambda _: URL, issuer, issuer=ISSUER, url=URL, store=store, monotonic=clock, wall=clock,
            jitter=rng.random if setup.jitter else lambda: 0.5, on_event=lambda _: None, **own,
        )
        for _ in range(count)
    ]  # fmt: skip
    began, requests, refused = clock.now, 0, 0
    due = [(began + rng.random() * RAMP, at) for at in range(count)]
    heapq.heapify(due)
    while due[0][0] < began + hours * 3600:
        clock.now, at = due[0]
        requests += 1
        try:
            environments[at].find(kid, "RS256")
        except Unavailable:
            refused += 1
        heapq.heapreplace(due, (clock.now + rng.expovariate(1 / BETWEEN), at))
    return _counted(setup.name, requests, issuer.seconds, refused)


def _counted(name: str, requests: int, seconds: Counter[int], refused: int) -> Fleet:
    later = [number for second, number in seconds.items() if second >= 60]
    first = sum(number for second, number in seconds.items() if second < 60)
    most, most_later = max(seconds.values(), default=0), max(later, default=0)
    return Fleet(name, requests, seconds.total(), first, most, most_later, refused)
