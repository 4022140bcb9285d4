"""Declared payloads: what an authorizer verified of a body it never sees, and the handler's half of it.

The authorizer verifies a signature over a hash, and hands the hash on; the handler behind it hashes the body it got::

    handler = Authorizer(authenticate=SigV4(...), enrich=[declared_payload], ...)   # the authorizer

    def orders(event, context):                                                     # the function behind the gateway
        if not payload_matches(event):
            return {"statusCode": 403}
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Mapping
from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..principal import Principal

PAYLOAD = "payload_sha256"
"""The claim, and the name in the context, of the hash that was signed for the body."""

_is_sha256 = re.compile("[0-9a-f]{64}").fullmatch


def declared_payload(principal: Principal) -> dict[str, Any]:
    """Return the hash that was signed for the body, for the context: what ``enrich`` of `Authorizer` takes.

    A body that was not signed, and a principal of another credential, have none.
    """
    declared = principal.claims.get(PAYLOAD)
    return {} if declared is None else {PAYLOAD: declared}


def payload_matches(event: Mapping[str, Any]) -> bool:
    """Tell whether an event's body is the one that its caller signed: for the function behind the gateway.

    It is False where the authorizer handed no hash on, whatever the body is.

    Args:
        event: of a proxy integration, of a REST API or an HTTP API with either payload.
    """
    declared = _declared(event)
    body = None if declared is None else _body(event)
    return declared is not None and body is not None and compare_digest(sha256(body).hexdigest(), declared)


def _declared(event: Mapping[str, Any]) -> str | None:
    """Return the hash that the authorizer handed on. A client writes nothing into the place it comes from."""
    if not isinstance(event, Mapping):
        return None
    told: Any = event.get("requestContext")
    told = told.get("authorizer") if isinstance(told, Mapping) else None
    if isinstance(told, Mapping) and isinstance(told.get("lambda"), Mapping):
        told = told["lambda"]  # an HTTP API of payload 2.0
    found = told.get(PAYLOAD) if isinstance(told, Mapping) else None
    return found if isinstance(found, str) and _is_sha256(found) else None


def _body(event: Mapping[str, Any]) -> bytes | None:
    """Return the body's bytes; None where they are not to be had."""
    body = event.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        return None
    encoded = event.get("isBase64Encoded", False)
    try:
        if encoded is True:
            return b64decode(body, validate=True)
        return body.encode() if encoded is False else None
    except (binascii.Error, ValueError):  # an encoding of nothing, or half a character
        return None
