"""Fetch: one request over a socket we connect ourselves, so that address check, deadline and size limit hold for all of it.

No redirects, no proxies from the environment, no cookies, no compression, and no time-out that starts anew with
every byte. A GET for keys and a POST for whoever asks a server about a token go the same way.
"""

import re
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any, NamedTuple

from ..errors import KeysUnavailable
from .answer import Garbled, Response, read_answer
from .bounded import USUAL_CAUSE, Deadline
from .connect import Call, Resolve, connect, own_trust, system_trust
from .retryafter import retry_after
from .url import Origin, parse_url

Fetch = Callable[..., Response]
"""``fetch(url, timeout=seconds, etag=None)`` answers with 200, or with 304 to an ETag: any transport can be handed in."""

Post = Callable[..., Response]
"""``post(url, timeout=seconds, body=bytes, headers={})`` answers with any status, which its caller judges."""


def fetcher(
    *,
    relax: frozenset[str] = frozenset(),
    ca_file: str | None = None,
    resolve: Resolve | None = None,
    clock: Callable[[], float] = time.time,
) -> Fetch:
    """Return a fetch for one issuer. The trusted roots are loaded once, and only if something is fetched.

    Args:
        relax: named relaxations, see `authkit.keys.url.RELAXATIONS`.
        ca_file: the certificates to trust instead of the system's, as PEM.
        resolve: another way to look hosts up than `socket.getaddrinfo`.
        clock: gives the time in seconds since the epoch, for a ``Retry-After`` that is a date.

    Raises:
        ConfigError: the file cannot be loaded.
    """
    exchange = _exchanger(relax, ca_file, resolve)

    def fetch(url: str, *, timeout: float, etag: str | None = None) -> Response:
        host, response = exchange(url, timeout, _Message("GET", {"If-None-Match": etag} if etag else {}))
        if response.status == 200 or (response.status == 304 and etag):
            return response
        raise KeysUnavailable(
            "fetch_status",
            detail=f"{host} answered {response.status}{status_hint(response.status)}",
            retry_after=retry_after(response.status, response.headers, clock),
        )

    return fetch


def poster(*, relax: frozenset[str] = frozenset(), ca_file: str | None = None, resolve: Resolve | None = None) -> Post:
    """Return a post for one server, held to all that `fetcher` is held to; the arguments are its own.

    Raises:
        ConfigError: the file cannot be loaded.
    """
    exchange = _exchanger(relax, ca_file, resolve)

    def post(url: str, *, timeout: float, body: bytes, headers: Mapping[str, str] = _NO_HEADERS) -> Response:
        return exchange(url, timeout, _Message("POST", headers, body))[1]

    return post


def status_hint(status: int) -> str:
    """Say what to do about a status, where something can be said."""
    return "; redirects are not followed, configure the final URL" if 300 <= status < 400 and status != 304 else ""


_NO_HEADERS: Mapping[str, str] = {}
_FRAMING = frozenset({"connection", "content-length", "expect", "te", "transfer-encoding", "upgrade"})
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[^\r\n\0]*")


class _Message(NamedTuple):
    """What is sent: a method, headers beside those every request has, and a body."""

    method: str
    headers: Mapping[str, str]
    body: bytes | None = None


def _exchanger(
    relax: frozenset[str], ca_file: str | None, resolve: Resolve | None
) -> Callable[[str, float, _Message], tuple[str, Response]]:
    """Return what sends one message and returns the host it went to and its answer."""
    trust: list[Any] = [own_trust(ca_file)] if ca_file is not None else []

    def exchange(url: str, timeout: float, message: _Message) -> tuple[str, Response]:
        try:
            origin = parse_url(url, relax=relax)
        except ValueError as fault:
            raise KeysUnavailable("url_forbidden", detail=f"the URL {fault}") from None
        if origin.secure and not trust:
            trust.append(system_trust())
        call = Call(origin, Deadline(timeout), relax, trust[0] if origin.secure else None, resolve)
        return origin.host, _exchange(call, message)

    return exchange


def _exchange(call: Call, message: _Message) -> Response:
    origin, deadline = call.origin, call.deadline
    try:
        with closing(connect(call)) as wire:
            deadline.phase = "read"
            wire.send(_written(origin, message))
            return read_answer(wire.receive, origin.host)
    except TimeoutError:
        raise deadline.timeout_at(origin.host) from None
    except Garbled as fault:
        detail = f"{origin.host} failed in phase {deadline.phase} ({fault})"
        raise KeysUnavailable("fetch_refused", detail=detail) from None
    except (OSError, ValueError) as error:  # ValueError: a header that cannot be sent, a host that is no name
        detail = f"{origin.host} failed in phase {deadline.phase} ({type(error).__name__}); {USUAL_CAUSE}"
        raise KeysUnavailable("fetch_refused", detail=detail) from None


def _written(origin: Origin, message: _Message) -> bytes:
    """Write a request (RFC 9112 section 3).

    Raises:
        ValueError: a header would be another one, or none.
    """
    given = {name.lower(): (name, value) for name, value in message.headers.items()}
    if not given.keys().isdisjoint(_FRAMING):
        raise ValueError("a header that is not the caller's to send")
    if message.body is not None:
        given["content-length"] = ("Content-Length", str(len(message.body)))
    standing = {name.lower(): (name, value) for name, value in _standing_headers(origin).items()}
    headers = {**standing, **given}.values()
    if not all(_NAME.fullmatch(name) and _VALUE.fullmatch(value) for name, value in headers):
        raise ValueError("a header that cannot be sent")
    lines = [f"{message.method} {origin.target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (message.body or b"")


def _standing_headers(origin: Origin) -> dict[str, str]:
    return {
        "Host": origin.authority,
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "authkit",
        "Connection": "close",
    }
