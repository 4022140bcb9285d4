"""Fetch: one GET over a socket we connect ourselves, so that address check, deadline and size limit hold for all of it.

No redirects, no proxies from the environment, no cookies, no compression, and no time-out that starts anew with
every byte.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import ConfigError, KeysUnavailable
from .bounded import LARGEST_BODY, USUAL_CAUSE, BoundedSocket, Deadline, too_large
from .url import Origin, forbidden, parse_url

if TYPE_CHECKING:
    import socket


class Response(NamedTuple):
    """An answer that is worth reading: 200 with a body, or 304 without."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes


Fetch = Callable[..., Response]
"""``fetch(url, timeout=seconds, etag=None)``: any transport can be handed in."""

Resolve = Callable[..., Any]
"""Takes and returns what `socket.getaddrinfo` does."""


def fetcher(
    *, relax: frozenset[str] = frozenset(), ca_file: str | None = None, resolve: Resolve | None = None
) -> Fetch:
    """Return a fetch for one issuer. The trusted roots are loaded once, and only if something is fetched.

    Args:
        relax: named relaxations, see `authkit.keys.url.RELAXATIONS`.
        ca_file: the certificates to trust instead of the system's, as PEM.
        resolve: another way to look hosts up than `socket.getaddrinfo`.

    Raises:
        ConfigError: the file cannot be loaded.
    """
    trust: list[Any] = [_own_trust(ca_file)] if ca_file is not None else []

    def fetch(url: str, *, timeout: float, etag: str | None = None) -> Response:
        try:
            origin = parse_url(url, relax=relax)
        except ValueError as fault:
            raise KeysUnavailable("url_forbidden", detail=f"the URL {fault}") from None
        if origin.secure and not trust:
            trust.append(_system_trust())
        call = _Call(origin, Deadline(timeout), relax, trust[0] if origin.secure else None, resolve)
        return _get(call, etag)

    return fetch


class _Call(NamedTuple):
    """All that one GET needs to know of whom it talks to."""

    origin: Origin
    deadline: Deadline
    relax: frozenset[str]
    trust: Any
    resolve: Resolve | None


def _get(call: _Call, etag: str | None) -> Response:
    from http.client import HTTPConnection, HTTPException

    origin, deadline = call.origin, call.deadline
    try:
        with _connect(call) as inner:
            connection = HTTPConnection(origin.host, origin.port)
            connection.sock = BoundedSocket(inner, deadline, origin.host)
            deadline.phase = "read"
            connection.request("GET", origin.target, headers=_request_headers(origin, etag))
            answer = connection.getresponse()
            # Asked for by name, the values of a repeated header come joined.
            headers = {name.lower(): answer.getheader(name, "") for name, _ in answer.getheaders()}
            return Response(_demand_usable(origin.host, answer.status), headers, _body(origin.host, answer))
    except TimeoutError:
        raise deadline.timeout_at(origin.host) from None
    except (OSError, HTTPException, ValueError) as error:  # ValueError: http.client's word for some malformed answers
        detail = f"{origin.host} failed in phase {deadline.phase} ({type(error).__name__}); {USUAL_CAUSE}"
        raise KeysUnavailable("fetch_refused", detail=detail) from None


def _connect(call: _Call) -> socket.socket:
    """Connect to the first address that answers; each is judged as the one the socket uses."""
    import socket

    origin, deadline = call.origin, call.deadline
    addresses = _resolved(call)
    deadline.phase = "connect"
    failure: OSError = OSError("no address")
    for family, kind, protocol, _, address in addresses:
        reason = forbidden(str(address[0]), secure=origin.secure, relax=call.relax)
        if reason:
            raise KeysUnavailable("url_forbidden", detail=f"{origin.host} resolves to {reason}")
        plain = socket.socket(family, kind, protocol)
        try:
            plain.settimeout(deadline.left())
            plain.connect(address)
            return _secured(plain, origin, deadline, call.trust)
        except OSError as error:
            plain.close()
            failure = error
    raise failure


def _resolved(call: _Call) -> Any:
    """Look the host up in a thread, left behind when it takes too long: `socket.getaddrinfo` knows no time-out."""
    import socket
    import threading

    resolve, answers = call.resolve or socket.getaddrinfo, []

    def look_up() -> None:
        try:
            answers.append(resolve(call.origin.host, call.origin.port, type=socket.SOCK_STREAM))
        except (OSError, ValueError) as error:
            answers.append(error)

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(call.deadline.left())
    if not answers:
        raise TimeoutError
    if isinstance(answers[0], Exception):
        raise answers[0]
    return answers[0]


def _secured(plain: socket.socket, origin: Origin, deadline: Deadline, trust: Any) -> socket.socket:
    if trust is None:
        return plain
    deadline.phase = "tls"
    plain.settimeout(deadline.left())
    secured: socket.socket = trust.wrap_socket(plain, server_hostname=origin.host)
    return secured


def _system_trust() -> Any:
    import ssl

    return ssl.create_default_context()


def _own_trust(ca_file: str) -> Any:
    import ssl

    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise ConfigError(f"fetcher: ca_file {ca_file} cannot be loaded ({type(error).__name__})") from None


def _request_headers(origin: Origin, etag: str | None) -> dict[str, str]:
    headers = {
        "Host": origin.authority,
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "authkit",
        "Connection": "close",
    }
    return {**headers, "If-None-Match": etag} if etag else headers


def _demand_usable(host: str, status: int) -> int:
    if status not in (200, 304):
        hint = "; redirects are not followed, configure the final URL" if 300 <= status < 400 else ""
        raise KeysUnavailable("fetch_status", detail=f"{host} answered {status}{hint}")
    return status


def _body(host: str, answer: Any) -> bytes:
    from http.client import IncompleteRead

    body: bytes = answer.read(LARGEST_BODY + 1)
    if len(body) > LARGEST_BODY:
        raise too_large(host)
    if answer.length:  # some of what Content-Length announced did not come
        raise IncompleteRead(b"")
    return body
