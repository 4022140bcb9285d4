"""An hour of calls by callers of very different diligence, and those of them that a gateway's cache lets through."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

HOUR = 3600.0


class Call(NamedTuple):
    """A call: when, in seconds from the beginning, and whose."""

    moment: float
    caller: int


def hour_of_calls(callers: int, calls: int, seed: int) -> list[Call]:
    """Return an hour of calls in their order. A few callers call all the time, most hardly ever (Zipf)."""
    rng = random.Random(seed)
    who = rng.choices(range(callers), [1 / (rank + 1) for rank in range(callers)], k=calls)
    return list(map(Call, sorted(rng.random() * HOUR for _ in range(calls)), who))


def reaching(calls: Iterable[Call], ttl: float) -> Iterator[Call]:
    """Yield the calls that reach the function: the gateway keeps one answer a caller for as long as ``ttl``."""
    ends: dict[int, float] = {}
    for call in calls:
        if call.moment >= ends.get(call.caller, 0.0):
            ends[call.caller] = call.moment + ttl
            yield call


class Saved(NamedTuple):
    """How often the function is called behind a cache."""

    ttl: int
    calls: int
    invocations: int

    @property
    def share(self) -> float:
        """Return what share of the calls the cache answers."""
        return 1 - self.invocations / self.calls


def gateway_cache(calls: Sequence[Call]) -> list[Saved]:
    """Return what the gateway's own cache saves, by its TTL."""
    return [Saved(ttl, len(calls), sum(1 for _ in reaching(calls, ttl))) for ttl in (0, 60, 300, 3600)]
