"""Where a client store is, in one word: ``file:keys.json``, ``dynamodb:TABLE``, ``secretsmanager:NAME``, ``rediss://…``."""

from __future__ import annotations

from ..errors import ConfigError
from .clients import ClientStore

FORMS = "file:PATH, dynamodb:TABLE, secretsmanager:NAME or rediss://HOST"


def clients_at(place: str) -> ClientStore:
    """Return the client store at a place.

    >>> clients_at("dynamodb:api-keys")
    DynamoDBClients('api-keys')

    Raises:
        ConfigError: there is no such kind of store, or it cannot be made. The place is not shown: it may hold a password.
    """
    kind, colon, name = place.partition(":") if isinstance(place, str) else ("", "", "")
    if not colon or not name:
        raise ConfigError(f"a client store is at {FORMS}")
    # Each in its own branch: a function pays only for the store it has.
    if kind == "file":
        from .clients_file import FileClients

        return FileClients(name)
    if kind == "dynamodb":
        from .clients_dynamodb import DynamoDBClients

        return DynamoDBClients(name)
    if kind == "secretsmanager":
        from .clients_secretsmanager import SecretsManagerClients

        return SecretsManagerClients(name)
    if kind in ("redis", "rediss", "unix"):
        from .clients_redis import RedisClients

        return RedisClients(place)
    raise ConfigError(f"a client store is at {FORMS}")
