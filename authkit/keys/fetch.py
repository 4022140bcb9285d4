"""Fetch: one request over a socket we connect ourselves, so that address check, deadline and size limit hold for all of it.

No redirects, no proxies from the environment, no cookies, no compression, and no time-out that starts anew with
every byte. A GET for keys and a POST for whoever asks a server about a token go the same way.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..errors import KeysUnavailable
from .bounded import LARGEST_BODY, USUAL_CAUSE, BoundedSocket, Deadline, too_large
from .connect import Call, Resolve, connect, own_trust, system_trust
from .retryafter import retry_after
from .url import Origin, parse_url


class Response(NamedTuple):
    """An answer. Its body is read where its status is 200; to others it is empty."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes


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
    from http.client import HTTPConnection, HTTPException

    origin, deadline = call.origin, call.deadline
    try:
        with connect(call) as inner:
            connection = HTTPConnection(origin.host, origin.port)
            connection.sock = BoundedSocket(inner, deadline, origin.host)
            deadline.phase = "read"
            headers = {**_standing_headers(origin), **message.headers}
            connection.request(message.method, origin.target, body=message.body, headers=headers)
            return _read(origin.host, connection.getresponse())
    except TimeoutError:
        raise deadline.timeout_at(origin.host) from None
    except (OSError, HTTPException, ValueError) as error:  # ValueError: http.client's word for some malformed answers
        detail = f"{origin.host} failed in phase {deadline.phase} ({type(error).__name__}); {USUAL_CAUSE}"
        raise KeysUnavailable("fetch_refused", detail=detail) from None


def _standing_headers(origin: Origin) -> dict[str, str]:
    return {
        "Host": origin.authority,
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "authkit",
        "Connection": "close",
    }


def _read(host: str, answer: Any) -> Response:
    # Asked for by name, the values of a repeated header come joined.
    headers = {name.lower(): answer.getheader(name, "") for name, _ in answer.getheaders()}
    return Response(answer.status, headers, _body(host, answer, headers) if answer.status == 200 else b"")


def _body(host: str, answer: Any, headers: Mapping[str, str]) -> bytes:
    from http.client import IncompleteRead

    _demand_plain(host, headers)
    body: bytes = answer.read(LARGEST_BODY + 1)
    if len(body) > LARGEST_BODY:
        raise too_large(host)
    if answer.length:  # some of what Content-Length announced did not come
        raise IncompleteRead(b"")
    return body


def _demand_plain(host: str, headers: Mapping[str, str]) -> None:
    """Refuse a body that is packed, unopened, and one whose length is told in two ways (RFC 9112 section 6.3)."""
    packed = headers.get("content-encoding", "identity").strip().lower() not in ("", "identity")
    framed = headers.get("transfer-encoding", "chunked").strip().lower() != "chunked"
    length = headers.get("content-length", "0").strip()
    if packed or framed or not (length.isascii() and length.isdigit()):
        detail = f"{host} sent a body that is compressed or of no certain length, though plain bytes were asked for"
        raise KeysUnavailable("fetch_refused", detail=detail)
