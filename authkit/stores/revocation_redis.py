"""Revocations in Redis, which all environments of a function share."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import Unavailable
from . import redis

_MOMENT = "before"
_FOREVER = -1  # as TTL tells what has no end


class RedisRevocations:
    """A store of revocations in Redis (6.2 or later), a sorted set for each name: it knows the later of two moments.

    Redis must not drop what has not ended (``maxmemory-policy noeviction``), and must be kept on disk if a restart is
    not to forget. The user of an authorizer needs ``ZSCORE``; who takes tokens back, ``WATCH``, ``TTL``, ``MULTI``,
    ``ZADD``, ``EXPIRE`` and ``EXEC`` too.

    Args:
        url: a URL, or a client of one's own; see `authkit.stores.redis.connection`.
        prefix: what its keys begin with here.
        clock: the time in seconds since the epoch.

    Raises:
        ConfigError: names every fault.
    """

    def __init__(self, url: Any, *, prefix: str = "authkit:revoked:", clock: Callable[[], float] = time.time) -> None:
        self._client = redis.connection(url)
        self._prefix = prefix
        self._clock = clock

    def find(self, names: tuple[str, ...]) -> Mapping[str, float]:
        """Return the moments of those names that it has.

        Raises:
            Unavailable: ``revocation_…``: Redis cannot be read.
        """
        try:
            pipeline = self._client.pipeline(transaction=False)
            for name in names:
                pipeline.zscore(f"{self._prefix}{name}", _MOMENT)
            scores = pipeline.execute()
        except Exception as error:  # noqa: BLE001 - whatever a client raises, it did not say that there is none
            raise redis.outage(error, kind="revocation") from None
        return {name: float(score) for name, score in zip(names, scores, strict=True) if score is not None}

    def add(self, name: str, before: float, until: float) -> None:
        """Remember a name; see `RevocationStore.add`.

        Raises:
            Unavailable: ``revocation_…``: Redis cannot be written to.
        """
        key = f"{self._prefix}{name}"
        left = max(math.ceil(until - self._clock()), 1)

        def write(pipeline: Any) -> None:
            known = pipeline.ttl(key)  # before multi() it is asked at once; -2: there is none
            pipeline.multi()
            pipeline.zadd(key, {_MOMENT: before}, gt=True)
            if known != _FOREVER:
                pipeline.expire(key, max(left, known))

        try:
            answer = self._client.transaction(write, key)
        except Exception as error:  # noqa: BLE001 - whatever a client raises, it did not say that it is written
            raise redis.outage(error, kind="revocation") from None
        if not isinstance(answer, list):  # of a client for asyncio: nothing was written yet
            detail = f"the client answered with {type(answer).__name__}; hand in one that waits for Redis"
            raise Unavailable("revocation_unavailable", detail=detail)

    def __repr__(self) -> str:
        return f"RedisRevocations(prefix={self._prefix!r})"
