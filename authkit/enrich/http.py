"""Look-ups over HTTP: one JSON object by its URL, on the transport that keys are fetched with."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, unquote

from ..errors import ConfigError, Forbidden, MalformedToken, Unavailable
from ..keys.answer import Response
from ..keys.fetch import _exchanger, _Message, status_hint
from ..keys.retryafter import retry_after
from ..keys.url import RELAXATIONS, parse_url
from ..tokens.strictjson import parse_document
from .lookup_settings import LONGEST_TIMEOUT

CODE = "lookup_unavailable"

_KEY = "{key}"
_SLASH = re.compile(r"[/\\]")
_NOTHING = frozenset({404, 410})

Get = Callable[..., Response]
"""``get(url, timeout=seconds, headers={})`` answers with any status; its body is read where that is 200."""
Headers = Mapping[str, str] | Callable[[], Mapping[str, str]]


class HttpJson:
    """What `http_json` returns."""

    bounded = True

    def __init__(
        self, url: str, host: str, headers: Headers, timeout: float, get: Get, clock: Callable[[], float]
    ) -> None:
        self._url = url
        self._host = host
        self._headers = headers
        self._timeout = timeout
        self._get = get
        self._clock = clock

    def __call__(self, key: str) -> dict[str, Any] | None:
        """Return the object of a key, or None where the answer is 404 or 410.

        Raises:
            Forbidden: ``lookup_key``, it would be a step in a path.
            Unavailable: it cannot be had.
        """
        if _steps(key) or _steps(unquote(key)):
            raise Forbidden("lookup_key", detail="a key that would be a step in a path")
        url = self._url.replace(_KEY, quote(key, safe=""))
        try:
            response = self._get(url, timeout=self._timeout, headers=self._sent())
            status, body = int(response.status), bytes(response.body)
            received = {str(name).lower(): str(value) for name, value in response.headers.items()}
        except Exception as error:  # noqa: BLE001 - a transport handed in may raise anything when the server is down
            raise _of_transport(error) from None
        if status in _NOTHING:
            return None
        if status != 200:
            again = retry_after(status, received, self._clock)
            raise Unavailable(CODE, detail=f"{self._host} answered {status}{status_hint(status)}", retry_after=again)
        return self._parsed(body, received.get("content-type", ""))

    def _sent(self) -> dict[str, str]:
        given = self._headers() if callable(self._headers) else self._headers
        return {"Accept": "application/json", **given}

    def _parsed(self, body: bytes, content_type: str) -> dict[str, Any]:
        kind = content_type.partition(";")[0].strip().lower()
        if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
            raise Unavailable("lookup_invalid", detail=f"{self._host} sent something other than application/json")
        try:
            return parse_document(body)
        except MalformedToken as fault:
            raise Unavailable("lookup_invalid", detail=f"{self._host} sent no JSON object: {fault.code}") from None

    def __repr__(self) -> str:
        return f"http_json(host={self._host!r})"  # the URL may hold a secret, and headers do


def http_json(
    url: str,
    *,
    headers: Headers | None = None,
    timeout: float = 2.0,
    relax: frozenset[str] = frozenset(),
    ca_file: str | None = None,
    get: Get | None = None,
    clock: Callable[[], float] = time.time,
) -> HttpJson:
    """Return what a `Lookup` finds with: the JSON object at a URL.

    >>> Lookup(http_json("https://tenants.example.com/v1/tenants/{key}"), by="tenant", give={"plan": str})

    It goes the way that keys are fetched: over TLS that is verified, to public addresses only, on a socket of its own
    with one deadline for all of it and limits on what it reads (1 MiB, 1,000 objects, 10,000 values), without redirects,
    proxies and cookies. 404 and 410 say that there is nothing; everything else but 200 is an outage.

    Args:
        url: with ``{key}`` once, in path or query; the key is put there percent-encoded, as one piece.
        headers: what to send besides, or what returns it at each use, as a secret that is rotated.
        timeout: seconds for all of it.
        relax: ``"http-loopback"``, ``"private-address"``: as for keys.
        ca_file: the certificates to trust instead of the system's, as PEM.
        get: another transport, see `Get`.
        clock: gives the time in seconds since the epoch, for a ``Retry-After`` that is a date.

    Raises:
        ConfigError: names every fault.
    """
    relaxed = frozenset(relax) if not isinstance(relax, str) else frozenset()
    faults = [f"relax: {each!r} is none of {', '.join(RELAXATIONS)}" for each in relaxed.difference(RELAXATIONS)]
    if isinstance(relax, str):
        faults.append("relax must be a set of names")
    host = _host_of(url, relaxed, faults)
    if headers is not None and not isinstance(headers, Mapping) and not callable(headers):
        faults.append("headers must be a mapping, or a callable that returns one")
    if type(timeout) not in (int, float) or not 0 < timeout <= LONGEST_TIMEOUT:
        faults.append(f"timeout must be above 0 and at most {LONGEST_TIMEOUT:g} seconds")
    if get is not None and not callable(get):
        faults.append("get cannot be called")
    if faults:
        raise ConfigError.of("http_json", faults)
    return HttpJson(url, host, headers or {}, timeout, get or getter(relax=relaxed, ca_file=ca_file), clock)


def getter(*, relax: frozenset[str] = frozenset(), ca_file: str | None = None) -> Get:
    """Return a get for one server, held to all that `authkit.keys.fetch.fetcher` is held to.

    Raises:
        ConfigError: the file cannot be loaded.
    """
    exchange = _exchanger(relax, ca_file, None)

    def get(url: str, *, timeout: float, headers: Mapping[str, str]) -> Response:
        return exchange(url, timeout, _Message("GET", headers))[1]

    return get


def _host_of(url: object, relax: frozenset[str], faults: list[str]) -> str:
    if not isinstance(url, str) or url.count(_KEY) != 1:
        faults.append(f"url must be a text with {_KEY} in it, once")
        return ""
    try:
        origin = parse_url(url.replace(_KEY, "key"), relax=relax)
        if (
            origin.host != parse_url(url.replace(_KEY, "another"), relax=relax).host
            or _KEY in url.partition("//")[2].partition("/")[0]
        ):
            faults.append(f"{_KEY} must be in the path or the query, and never choose whom to ask")
    except ValueError as fault:
        faults.append(f"the URL {fault}")
        return ""
    return origin.host


def _steps(key: str) -> bool:
    """Tell whether a server that takes encoded slashes for slashes would find a step to another's object in it."""
    return any(piece in (".", "..") for piece in _SLASH.split(key))


def _of_transport(error: Exception) -> Unavailable:
    """Name the type of a foreign exception and not its message, which could hold a secret."""
    if isinstance(error, Unavailable):
        return Unavailable(CODE, detail=f"{error.code}: {error.detail}", retry_after=error.retry_after)
    return Unavailable(CODE, detail=f"the transport raised {type(error).__name__}")
