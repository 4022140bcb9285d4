"""Fetch: one GET over a socket we connect ourselves, so that address check, deadline and size limit hold for all of it.

No redirects, no proxies from the environment, no cookies, no compression, and no time-out that starts anew with
every byte.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import KeysUnavailable
from .url import Origin, forbidden, parse_url

if TYPE_CHECKING:
    import socket

LARGEST_BODY = 1024 * 1024  # bytes

_USUAL_CAUSE = "is the function in a VPC without a NAT gateway, or does the issuer drop it?"


class Response(NamedTuple):
    """An answer that is worth reading: 200 with a body, or 304 without."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes


Fetch = Callable[..., Response]
"""``fetch(url, timeout=seconds, etag=None)``: any transport can be handed in."""


def fetcher(*, relax: frozenset[str] = frozenset(), ca_file: str | None = None) -> Fetch:
    """Return a fetch for one issuer. The trusted roots are loaded once, and only if something is fetched."""
    trust: list[Any] = []

    def fetch(url: str, *, timeout: float, etag: str | None = None) -> Response:
        try:
            origin = parse_url(url, relax=relax)
        except ValueError as fault:
            raise KeysUnavailable("url_forbidden", detail=f"the URL {fault}") from None
        if origin.secure and not trust:
            trust.append(_trust(ca_file))
        return _get(origin, _Deadline(timeout), etag, relax, trust[0] if origin.secure else None)

    return fetch


class _Deadline:
    """One deadline for everything, and the phase it strikes in."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._seconds = seconds
        self.phase = "resolve"

    def left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def timeout_at(self, host: str) -> KeysUnavailable:
        detail = f"{host} did not answer within {self._seconds:g} s (phase: {self.phase}); {_USUAL_CAUSE}"
        return KeysUnavailable("fetch_timeout", detail=detail)


class _TimedSocket:
    """As much of a socket as `http.client` uses, each operation within what is left of the deadline."""

    def __init__(self, inner: socket.socket, deadline: _Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        self._inner.settimeout(self._deadline.left())
        self._inner.sendall(data)

    def makefile(self, _mode: str) -> Any:
        import io

        inner, deadline = self._inner, self._deadline

        class Reader(io.RawIOBase):  # the standard library's own way to hand bytes to a buffer
            def readable(self) -> bool:
                return True

            def readinto(self, buffer: Any) -> int:
                inner.settimeout(deadline.left())
                return inner.recv_into(buffer)

        return io.BufferedReader(Reader())

    def close(self) -> None:
        self._inner.close()


def _get(origin: Origin, deadline: _Deadline, etag: str | None, relax: frozenset[str], trust: Any) -> Response:
    from http.client import HTTPConnection, HTTPException

    connection = HTTPConnection(origin.host, origin.port)
    try:
        connection.sock = _TimedSocket(_connect(origin, deadline, relax, trust), deadline)
        deadline.phase = "read"
        connection.request("GET", origin.target, headers=_request_headers(etag))
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Response(_demand_usable(origin.host, answer.status), headers, _body(origin.host, answer))
    except TimeoutError:
        raise deadline.timeout_at(origin.host) from None
    except (OSError, HTTPException) as error:
        detail = f"{origin.host} failed in phase {deadline.phase} ({type(error).__name__}); {_USUAL_CAUSE}"
        raise KeysUnavailable("fetch_refused", detail=detail) from None
    finally:
        connection.close()


def _connect(origin: Origin, deadline: _Deadline, relax: frozenset[str], trust: Any) -> socket.socket:
    """Connect to the first address that answers; each is judged as the one the socket uses."""
    import socket

    addresses = socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
    deadline.phase = "connect"
    failure: OSError = OSError("no address")
    for family, kind, protocol, _, address in addresses:
        reason = forbidden(str(address[0]), secure=origin.secure, relax=relax)
        if reason:
            raise KeysUnavailable("url_forbidden", detail=f"{origin.host} resolves to {reason}")
        plain = socket.socket(family, kind, protocol)
        try:
            plain.settimeout(deadline.left())
            plain.connect(address)
            return _secured(plain, origin, deadline, trust)
        except OSError as error:
            plain.close()
            failure = error
    raise failure


def _secured(plain: socket.socket, origin: Origin, deadline: _Deadline, trust: Any) -> socket.socket:
    if trust is None:
        return plain
    deadline.phase = "tls"
    plain.settimeout(deadline.left())
    secured: socket.socket = trust.wrap_socket(plain, server_hostname=origin.host)
    return secured


def _trust(ca_file: str | None) -> Any:
    import ssl

    return ssl.create_default_context(cafile=ca_file)


def _request_headers(etag: str | None) -> dict[str, str]:
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "authkit", "Connection": "close"}
    return {**headers, "If-None-Match": etag} if etag else headers


def _demand_usable(host: str, status: int) -> int:
    if status not in (200, 304):
        hint = "; redirects are not followed, configure the final URL" if 300 <= status < 400 else ""
        raise KeysUnavailable("fetch_status", detail=f"{host} answered {status}{hint}")
    return status


def _body(host: str, answer: Any) -> bytes:
    body: bytes = answer.read(LARGEST_BODY + 1)
    if len(body) > LARGEST_BODY:
        raise KeysUnavailable("fetch_too_large", detail=f"{host} sent more than {LARGEST_BODY} bytes")
    return body
