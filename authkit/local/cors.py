"""CORS: what browsers ask before they call, and what they must be told (Fetch standard, "CORS protocol")."""

from __future__ import annotations

from .message import HttpReply, HttpRequest
from .settings import Cors, Settings

_ALLOW = "access-control-allow-origin"


def is_preflight(request: HttpRequest) -> bool:
    """Tell whether a browser asks if it may call."""
    asks = request.method == "OPTIONS" and request.header("access-control-request-method")
    return bool(asks and request.header("origin"))


def preflight(request: HttpRequest, cors: Cors, settings: Settings) -> HttpReply:
    """Answer it without asking the authorizer, as an HTTP API does itself, and a REST API by a mock."""
    if settings.is_http and not _allows(cors, request):
        return HttpReply(204)
    asked = request.header("access-control-request-headers") or "authorization"
    headers = (
        *_origin(request, cors, settings),
        ("access-control-allow-methods", cors.methods),
        ("access-control-allow-headers", cors.headers or asked),
    )
    return HttpReply(204 if settings.is_http else 200, headers=headers)


def with_cors(reply: HttpReply, request: HttpRequest, settings: Settings, *, refused: bool) -> HttpReply:
    """Return a reply that the browser's page may read.

    An HTTP API adds the header to whatever goes back to a page it allows. A REST API adds it to its gateway responses
    where these are set so, and backends add it themselves; the one here does.
    """
    cors = settings.cors
    if cors is None or (not cors.refusals and refused and not settings.is_http):
        return reply
    if settings.is_http and not _allows(cors, request):
        return reply
    if any(name.lower() == _ALLOW for name, _ in reply.headers):
        return reply
    return reply._replace(headers=(*reply.headers, *_origin(request, cors, settings)))


def _origin(request: HttpRequest, cors: Cors, settings: Settings) -> tuple[tuple[str, str], ...]:
    """Return whom a reply is for: an HTTP API names the page that asks, a REST API has one fixed text."""
    named = cors.origins[0] if not settings.is_http or "*" in cors.origins else request.header("origin")
    more = (("access-control-allow-credentials", "true"),) if cors.credentials else ()
    return ((_ALLOW, named), *more)


def _allows(cors: Cors, request: HttpRequest) -> bool:
    origin = request.header("origin")
    return bool(origin) and ("*" in cors.origins or origin in cors.origins)
