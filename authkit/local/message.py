"""Messages: requests and replies of HTTP, as values."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol
from urllib.parse import parse_qsl

LOOPBACK = "127.0.0.1"


class Wire(Protocol):
    """A connection that no longer speaks HTTP."""

    def read(self, size: int) -> bytes:
        """Return this many bytes, or fewer where the other side has ended it."""

    def write(self, data: bytes) -> None:
        """Send bytes."""


class HttpRequest(NamedTuple):
    """A request as it came over the wire."""

    method: str
    path: str  # undecoded, with its leading slash
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    source_ip: str = LOOPBACK
    certificate: bytes | None = None  # the client's, in DER, where there is mutual TLS

    def header(self, name: str) -> str:
        """Return the last value of a header, or nothing."""
        return next((value for each, value in reversed(self.headers) if each.lower() == name.lower()), "")

    def form(self) -> dict[str, str]:
        """Return the body as a form (application/x-www-form-urlencoded)."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


class HttpReply(NamedTuple):
    """What goes back. With ``upgrade`` the connection is that callable's from then on."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    upgrade: Callable[[Wire], None] | None = None


Respond = Callable[[HttpRequest], HttpReply]


def json_reply(status: int, value: Any, **headers: str) -> HttpReply:
    """Return a reply with a JSON body."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return HttpReply(status, json.dumps(value).encode(), (("content-type", "application/json"), *named))
