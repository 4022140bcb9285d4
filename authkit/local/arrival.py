"""Arrival: what API Gateway makes of a request before anything else looks at it.

The laptop stands for an API that is called by its own name over TLS, so that is what its events and conditions say.
"""

from __future__ import annotations

import os
import time
from ipaddress import ip_address

from .message import HttpRequest
from .settings import Settings

_HOP = frozenset({"connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"})
_OWN = frozenset({"x-forwarded-port", "x-forwarded-proto"})
# Edge-optimized endpoints have been seen to capitalize (contract section 4); names of one's own keep their case.
_CAPITALIZED = (
    *("Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Authorization", "Cache-Control"),
    *("Content-Length", "Content-Type", "Cookie", "Host", "Origin", "Pragma", "Range", "Referer", "User-Agent"),
)
_AT_EDGE = {name.lower(): name for name in _CAPITALIZED}
_EDGE = "198.51.100.7"  # of the addresses for documentation (RFC 5737)


def arrived(request: HttpRequest, settings: Settings) -> HttpRequest:
    """Return a request as the gateway passes it on: its own headers added, those of the connection gone."""
    source = settings.source_ip or request.source_ip
    # A semicolon parts parameters too, on REST APIs alone ("Important notes").
    query = request.query.replace(";", "&") if settings.kind.startswith("rest-") else request.query
    kept = [pair for pair in request.headers if pair[0].lower() not in _HOP and pair[0].lower() not in _OWN]
    headers = [_named_by_domain(pair, settings.host) for pair in kept if pair[0].lower() != "x-forwarded-for"]
    names = {name.lower() for name, _ in headers}
    if "host" not in names:
        headers.append(("Host", settings.host))
    if settings.payload in ("http-v1", "http-v2") and "content-length" not in names:
        headers.append(("Content-Length", "0"))
    if settings.edge:
        headers = [(_AT_EDGE.get(name.lower(), name), value) for name, value in headers]
        headers += [("CloudFront-Forwarded-Proto", "https"), ("CloudFront-Viewer-Country", "SE")]
    if "x-amzn-trace-id" not in names:
        headers.append(("X-Amzn-Trace-Id", f"Root=1-{int(time.time()):08x}-{os.urandom(12).hex()}"))
    way = [value for name, value in request.headers if name.lower() == "x-forwarded-for"]
    headers += [
        ("X-Forwarded-For", ", ".join([*way, source, *([_EDGE] if settings.edge else [])])),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Proto", "https"),
    ]
    return request._replace(headers=tuple(headers), source_ip=source, query=query)


def _named_by_domain(pair: tuple[str, str], domain: str) -> tuple[str, str]:
    """Put the API's own name where a client has called the laptop by an address of it."""
    name, value = pair
    return (name, domain) if name.lower() == "host" and _is_here(value) else pair


def _is_here(host: str) -> bool:
    bare = host.rpartition(":")[0].strip("[]") if not host.endswith("]") and ":" in host else host.strip("[]")
    if bare.lower() == "localhost":
        return True
    try:
        return ip_address(bare).is_loopback
    except ValueError:
        return False
