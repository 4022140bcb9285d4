"""CORS: what browsers ask before they call, and what they must be told (Fetch standard, "CORS protocol")."""

from __future__ import annotations

from .message import HttpReply, HttpRequest
from .settings import Settings

_METHODS = "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT"
_ALLOW = "access-control-allow-origin"


def is_preflight(request: HttpRequest) -> bool:
    """Tell whether a browser asks if it may call."""
    asks = request.method == "OPTIONS" and request.header("access-control-request-method")
    return bool(asks and request.header("origin"))


def preflight(request: HttpRequest, settings: Settings) -> HttpReply:
    """Answer it without asking the authorizer, as an HTTP API does itself, and a REST API by a mock."""
    if settings.is_http and not _allows(settings, request):
        return HttpReply(204)
    headers = (
        (_ALLOW, settings.cors),
        ("access-control-allow-methods", _METHODS),
        ("access-control-allow-headers", request.header("access-control-request-headers") or "authorization"),
    )
    return HttpReply(204 if settings.is_http else 200, headers=headers)


def with_cors(reply: HttpReply, request: HttpRequest, settings: Settings) -> HttpReply:
    """Return a reply that the browser's page may read.

    An HTTP API adds the header to whatever goes back to a page it allows. A REST API adds it to its own gateway
    responses always, and backends add it themselves.
    """
    if not settings.cors or (settings.is_http and not _allows(settings, request)):
        return reply
    if any(name.lower() == _ALLOW for name, _ in reply.headers):
        return reply
    return reply._replace(headers=(*reply.headers, (_ALLOW, settings.cors)))


def _allows(settings: Settings, request: HttpRequest) -> bool:
    origin = request.header("origin")
    return bool(origin) and settings.cors in ("*", origin)
