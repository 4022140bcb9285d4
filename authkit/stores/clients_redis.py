"""RedisClients: a client store in a hash of Redis, one field a key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import ConfigError, Unavailable
from . import redis
from .clients import KIND, Damaged, Issued, all_read, digest_of_change, of_text, to_text

NAME = "authkit:api-keys"

# One step on the server: nobody comes between looking and putting.
_REPLACE = """
local known = redis.call('HGET', KEYS[1], ARGV[1])
local version = 0
if known then version = cjson.decode(known)['version'] or 1 end
if version ~= tonumber(ARGV[2]) then return 0 end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
return 1
"""


class RedisClients:
    """Keys in one hash of a Redis server that keeps what it is given on disk, and evicts nothing.

    A function needs ``HGET`` and nothing else; whoever runs ``authkit keys`` needs ``HGETALL``, ``EVAL``, ``HSET`` and
    ``HDEL`` besides.

    Args:
        url_or_client: ``rediss://user:password@host:6379/0``, or a client.
        name: of the hash.

    Raises:
        ConfigError: the URL or the name will not do, or redis is not installed.
    """

    def __init__(self, url_or_client: Any, *, name: str = NAME) -> None:
        if not isinstance(name, str) or not name:
            raise ConfigError("RedisClients: name must be a text that is not empty")
        self._name = name
        self._client = redis.connection(url_or_client)

    def find(self, digest: str) -> Issued | None:
        """Return the key of this digest, if there is one.

        Raises:
            Unavailable: it cannot be had.
        """
        found = self._asked(lambda: self._client.hget(self._name, digest))
        return None if found is None else of_text(digest, found)

    def listed(self, damaged: Damaged | None = None) -> list[Issued]:
        """Return all keys; see `ClientStore.listed`.

        Raises:
            Unavailable: they cannot be had.
        """
        found = self._asked(lambda: self._client.hgetall(self._name))
        return all_read(lambda name, text: of_text(_text(name), text), found.items(), damaged)

    def replace(self, old: Issued | None, new: Issued | None) -> bool:
        """Put one key in the place of another; see `ClientStore.replace`.

        Raises:
            Unavailable: it may have been done, or not.
        """
        digest = digest_of_change(old, new)
        version, text = old.version if old else 0, to_text(new) if new else ""
        answer = self._asked(lambda: self._client.eval(_REPLACE, 1, self._name, digest, version, text))
        if type(answer) is not int:  # of a pipeline, or a client for asyncio: nothing was done yet
            detail = f"the client answered with {type(answer).__name__}; hand in one that waits for Redis"
            raise Unavailable(f"{KIND}_unavailable", detail=detail)
        return answer == 1

    def _asked(self, question: Callable[[], Any]) -> Any:
        try:
            return question()
        except Exception as error:  # noqa: BLE001 - whatever the client raises when it is down
            raise redis.outage(error, f"Redis hash {self._name}", kind=KIND) from None

    def __repr__(self) -> str:
        return f"RedisClients(name={self._name!r})"


def _text(name: Any) -> str:
    return name.decode(errors="replace") if isinstance(name, bytes) else name
