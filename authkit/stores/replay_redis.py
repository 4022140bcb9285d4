"""Replay in Redis, which all environments of a function share."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from typing import Any

from ..errors import Unavailable
from . import redis

MARGIN = 300.0  # seconds that a mark is kept beyond its end: clocks may differ by as much as leeway may be
_DONE = (True, b"OK", "OK")  # what clients make of Redis's answer


class RedisReplay:
    """A replay store in Redis: ``SET … NX EX``, of which only one succeeds of all who send it at once.

    Redis must not drop what has not ended (``maxmemory-policy noeviction``). A replica that takes over may lack what
    was written last: where that must not be, use `DynamoDBReplay`. The user needs ``SET`` and ``GET``.

    Args:
        url: a URL, or a client of one's own; see `authkit.stores.redis.connection`.
        prefix: what its keys begin with here.
        clock: the time in seconds since the epoch.
        random: gives so many random bytes.

    Raises:
        ConfigError: names every fault.
    """

    def __init__(
        self,
        url: Any,
        *,
        prefix: str = "authkit:replay:",
        clock: Callable[[], float] = time.time,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._client = redis.connection(url)
        self._prefix = prefix
        self._clock = clock
        self._random = random

    def consume(self, holder: str, mark: str, *, until: float) -> bool:  # noqa: ARG002 - Redis has room for all
        """Remember a mark, and tell whether it is new; see `ReplayStore.consume`.

        Raises:
            Unavailable: ``replay_store_…``: Redis cannot be written to, so nobody can tell.
        """
        name, own = f"{self._prefix}{mark}", self._random(16).hex()
        left = max(math.ceil(until - self._clock()), 0)
        try:
            answer = self._client.set(name, own, nx=True, ex=left + int(MARGIN))
            known = self._client.get(name) if answer is None else None
        except Exception as error:  # noqa: BLE001 - whatever a client raises, it did not say that the mark is new
            raise redis.outage(error, kind="replay_store") from None
        if answer in _DONE:
            return True
        if answer is not None:  # of a pipeline, or a client for asyncio: nothing was asked yet, so all would be new
            detail = f"the client answered with {type(answer).__name__}; hand in one that waits for Redis"
            raise Unavailable("replay_store_unavailable", detail=detail)
        # Our own write, if its answer was lost and the client has tried again.
        return known in (own, own.encode())

    def __repr__(self) -> str:
        return f"RedisReplay(prefix={self._prefix!r})"
