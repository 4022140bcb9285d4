"""Partners in Secrets Manager: one secret that holds the document of all of them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from ..errors import ConfigError, Unavailable
from . import aws, secrets
from .signing_keys_document import PartnerDocument
from .signing_keys_records import KIND, partners_in


def secrets_manager_partners(
    secret_id: str,
    *,
    seconds: float = secrets.KEPT_SECONDS,
    interval: float = secrets.INTERVAL,
    max_stale: float = secrets.MAX_STALE,
    region: str | None = None,
    endpoint: str | None = None,
    client: Any = None,
    clock: Callable[[], float] = time.time,
    monotonic: Callable[[], float] = time.monotonic,
    jitter: Callable[[], float] = random.random,
) -> PartnerDocument:
    """Return the partners in the JSON of one secret. The function's role needs ``secretsmanager:GetSecretValue``.

    Args:
        secret_id: the secret's name or ARN. AWSCURRENT is read.
        seconds, interval, max_stale, region, endpoint, client, clock, monotonic, jitter: as `authkit.secrets` says.

    Raises:
        ConfigError: names every fault.
    """
    if not isinstance(secret_id, str) or not secret_id:
        raise ConfigError.of("secrets_manager_partners", ["secret_id must be a name or an ARN"])
    asked = aws.client("secretsmanager", region=region, endpoint=endpoint, client=client)
    source = secrets.fetched(
        lambda: [_fetched(asked, secret_id)],
        what=_what(secret_id),
        seconds=seconds,
        interval=interval,
        max_stale=max_stale,
        clock=clock,
        monotonic=monotonic,
        jitter=jitter,
    )
    return PartnerDocument(source)


def _fetched(client: Any, secret_id: str) -> str:
    try:
        answer = client.get_secret_value(SecretId=secret_id, VersionStage="AWSCURRENT")
    except Exception as error:  # noqa: BLE001 - whatever the client raises when it is down
        raise aws.outage(error, _what(secret_id), kind=KIND) from None
    given = answer.get("SecretString")
    if not isinstance(given, str):
        raise Unavailable(f"{KIND}_invalid", detail=f"{_what(secret_id)}: its value is no text")
    partners_in(given.encode("utf-8", "surrogatepass"))  # where it is no document, what is in hand serves on
    return given


def _what(secret_id: str) -> str:
    return f"Secrets Manager secret {secret_id}"
