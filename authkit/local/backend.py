"""Backend: what stands behind the gateway. By default it says what it was told."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from .events import access_log_time, short_id
from .message import HttpReply, HttpRequest, json_reply
from .settings import Payload

Backend = Callable[[HttpRequest, Mapping[str, Any]], HttpReply]
"""Answers a request that was let through; the event is what a function behind the gateway would be handed."""

_AUTHORIZERS_OWN = frozenset({"type", "methodArn", "routeArn", "identitySource", "authorizationToken"})


def seen_by_backend(
    event: Mapping[str, Any],
    authorizer: Mapping[str, Any],
    request: HttpRequest,
    payload: Payload,
    latency: int,
    usage_key: str | None = None,
) -> dict[str, Any]:
    """Return the event of a backend's function, from that of an authorizer for the same request.

    Args:
        event: the authorizer's; for a TOKEN authorizer that of a REQUEST one.
        authorizer: what the gateway passes on of the answer.
        request: for its body.
        payload: the kind of event.
        latency: of the authorizer, in milliseconds.
        usage_key: the key the call is metered under.
    """
    told = dict(authorizer) if payload.startswith("http-") else {**authorizer, "integrationLatency": latency}
    body, encoded = _body(request.body)
    context = {**event["requestContext"], "authorizer": told}
    if usage_key is not None:
        context["identity"] = {**context["identity"], "apiKey": usage_key, "apiKeyId": "local"}
    return {
        **{name: value for name, value in event.items() if name not in _AUTHORIZERS_OWN},
        "requestContext": context,
        **({} if body is None and payload == "http-v2" else {"body": body}),
        "isBase64Encoded": encoded,
    }


def message_event(
    connected: Mapping[str, Any], authorizer: Mapping[str, Any], latency: int, *, text: str, now: float
) -> dict[str, Any]:
    """Return the event of a WebSocket's message.

    Args:
        connected: the ``requestContext`` of the event its connection began with.
        authorizer: what the gateway passes on of the answer the connection was allowed by.
        latency: of the authorizer, in milliseconds.
        text: the message.
        now: seconds since the epoch.
    """
    name = short_id()
    context = {
        **connected,
        "routeKey": "$default",
        "eventType": "MESSAGE",
        "messageId": name,
        "requestId": name,
        "extendedRequestId": name,
        "requestTime": access_log_time(now),
        "requestTimeEpoch": int(now * 1000),
        "authorizer": {**authorizer, "integrationLatency": latency},
        "identity": {"sourceIp": connected["identity"]["sourceIp"]},
    }
    return {"requestContext": context, "body": text, "isBase64Encoded": False}


def echo(request: HttpRequest, event: Mapping[str, Any]) -> HttpReply:
    """Answer what a backend is told of the caller."""
    told = event["requestContext"]["authorizer"]
    authorizer = {name: value for name, value in told.items() if name != "integrationLatency"}
    return json_reply(200, {"method": request.method, "path": request.path, "authorizer": authorizer})


def mirror(request: HttpRequest, event: Mapping[str, Any]) -> HttpReply:  # noqa: ARG001 - a backend is given both
    """Answer the event that a function behind the gateway would be handed."""
    return json_reply(200, event)


def _body(body: bytes) -> tuple[str | None, bool]:
    if not body:
        return None, False
    try:
        return body.decode(), False
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), True
