"""DPoP, the part that only compares: what a proof says, and the URL and method of the request it came with (RFC 9449).

A proof names the URL it is for, without query and fragment, as its client sees it. What the gateway tells of that URL
depends on the kind of API:

| kind | URL |
|---|---|
| REST, HTTP API 1.0 | ``https://`` ``requestContext.domainName`` ``requestContext.path`` |
| HTTP API 2.0 | ``https://`` ``requestContext.domainName`` ``requestContext.http.path`` |
| WebSocket | ``https://`` or ``wss://``, the API's default domain, ``/`` and the stage |

The path holds the stage on the default domain, and the base path on a custom one. A WebSocket event has no path, so on
a custom domain its URL is not known. The ``Host`` header is never read: its sender wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING, Any

from ..errors import BindingProblem
from .base64url import encode

if TYPE_CHECKING:
    from ..gateway.request import Request

LONGEST_JTI = 256  # characters
LONGEST_PATH = 2048  # bytes; the gateway answers 414 where a method ARN gets longer than 1600

_PORTS = {"https": 443, "wss": 443, "http": 80, "ws": 80}
_HTTP = {"wss": "https", "ws": "http"}  # what the opening handshake of a WebSocket goes over
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_AUTHORITY = r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(?P<port>[0-9]{0,5}))?"
_URL = re.compile(
    rf"(?P<scheme>https?|wss?)://{_AUTHORITY}(?P<path>(?:/(?:[a-z0-9._~!$&'()*+,;=:@/-]|%[0-9a-f]{{2}})*)?)",
    re.ASCII | re.IGNORECASE,
)
_DOMAIN = re.compile(_AUTHORITY, re.ASCII | re.IGNORECASE)
_ESCAPE = re.compile("%[0-9A-Fa-f]{2}")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_NO_PATH = re.compile(rb"[^A-Za-z0-9._~!$&'()*+,;=:@/-]")  # what must be escaped in a path (RFC 3986 section 3.3)
_NO_NAME = re.compile(rb"[^A-Za-z0-9._~/-]")  # what may be escaped in one, and is by encodeURIComponent and its like


def demand_request(claims: Mapping[str, Any], method: str, urls: frozenset[str]) -> None:
    """Demand ``htm`` and ``htu`` of this request (RFC 9449 section 4.3, 8 and 9).

    Args:
        claims: what the proof says.
        method: what `method_of` says of the request.
        urls: what `urls_of` says of it.

    Raises:
        BindingProblem: ``proof_invalid``.
    """
    if not same(_demand_text(claims, "htm"), method):
        raise invalid("htm", "the proof is for another method")
    if not urls:
        raise invalid("htu", "the event does not tell the URL that was asked for; name it in public_urls")
    try:
        url = plain_url(_demand_text(claims, "htu"))
    except ValueError as fault:
        raise invalid("htu", str(fault)) from None
    if url not in urls:
        origins = {_origin(each) for each in urls}
        other = "another path" if _origin(url) in origins else "another host"
        hint = "is it a stage, a base path, a slash, or a host to name in public_urls?"
        raise invalid("htu", f"{other} than the one asked for at {min(origins)}; {hint}")


def demand_hash(claims: Mapping[str, Any], token: str) -> None:
    """Demand ``ath`` of this token (RFC 9449 section 4.3, 12); else ``proof_invalid``."""
    # The hash is of the token's ASCII, and a token has nothing else (RFC 6750 section 2.1).
    if not isinstance(token, str) or not token.isascii():
        raise invalid("ath", "the token has characters that no token has")
    if not same(_demand_text(claims, "ath"), encode(sha256(token.encode()).digest())):
        raise invalid("ath", "the proof is for another token")


def demand_current(claims: Mapping[str, Any], now: float, *, window: float, ahead: float) -> float:
    """Demand a proof made just now, and return its ``iat``. If it has ``exp`` or ``nbf``, they count as well."""
    issued = _demand_time(claims, "iat")
    age = now - issued
    if not -ahead <= age <= window:
        raise invalid("iat", f"made {age:.6g} s ago; {window:g} s back and {ahead:g} s ahead are good")
    # RFC 7519 section 4.1.4: "on or after" the expiration time it must not be accepted.
    if "exp" in claims and now >= _demand_time(claims, "exp"):
        raise invalid("exp", "it has ended by its own word")
    if "nbf" in claims and _demand_time(claims, "nbf") > now + ahead:
        raise invalid("nbf", "it has not begun by its own word")
    return issued


def demand_jti(claims: Mapping[str, Any]) -> str:
    """Return the ``jti``, of bounded length, or refuse the proof."""
    jti = _demand_text(claims, "jti")
    if len(jti) > LONGEST_JTI:
        raise invalid("jti", f"over {LONGEST_JTI} characters")
    return jti


def _demand_text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise invalid(name, "missing, or no text")
    return value


def same(given: str, expected: object) -> bool:
    """Compare two texts in a time that tells nothing of where they differ."""
    if not isinstance(expected, str):
        return False
    return compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode("utf-8", "surrogatepass"))


def invalid(claim: str, detail: str) -> BindingProblem:
    """Return the refusal of a proof."""
    return BindingProblem("proof_invalid", claim=claim, detail=detail)


def plain_url(text: str) -> str:
    """Return an absolute URL in one spelling (RFC 3986 sections 6.2.2 and 6.2.3).

    Scheme and host are in lower case, the scheme's own port and an empty one are left out, an empty path is ``/``,
    escapes are in capitals, and none is left where the character needs none. All else stays as it is: the case of
    the path, doubled slashes, a slash in the end. Segments ``.`` and ``..`` are refused rather than resolved: clients
    resolve them before they send, and a gateway that does not would route elsewhere than the proof says.

    Raises:
        ValueError: it is no such URL, has a user, a query, a fragment or a dot segment.
    """
    match = _URL.fullmatch(text)
    if match is None:
        raise ValueError("no absolute URL without user, query and fragment")
    scheme, host, port = match["scheme"].lower(), match["host"].lower(), match["port"]
    path = _ESCAPE.sub(_unescaped, match["path"]) or "/"
    if not {".", ".."}.isdisjoint(path.split("/")):
        raise ValueError("a path with a dot segment")
    if not port or int(port) == _PORTS[scheme]:
        return f"{scheme}://{host}{path}"
    return f"{scheme}://{host}:{int(port)}{path}"


def public_base(text: object) -> str:
    """Return the base of the URLs that callers use, without the slash in its end.

    Raises:
        ValueError: what is wrong with it, in words for a configuration error.
    """
    if not isinstance(text, str):
        raise ValueError("is no text")
    scheme, _, rest = plain_url(text).partition("://")
    host = _DOMAIN.match(rest)
    if scheme in ("http", "ws") and (host is None or host["host"] not in _LOOPBACK):
        raise ValueError("must begin with https:// (http:// only on this machine)")
    return f"{_HTTP.get(scheme, scheme)}://{rest}".removesuffix("/")


def method_of(request: Request) -> str:
    """Return the method of a request, as it was sent. A WebSocket begins as a GET (RFC 6455 section 4.1)."""
    if request.kind == "websocket":
        return "GET"
    place = ("http", "method") if request.kind == "http-v2" else ("httpMethod",)
    return request.context(*place) or request.arn.method


def urls_of(request: Request, bases: tuple[str, ...] = ()) -> frozenset[str]:
    """Return the URLs that a proof for this request may name, in one spelling; none if the event does not tell.

    Whether the gateway hands over a path decoded is not documented. So each path counts as it was received, and as if
    it was decoded: with every character escaped that must be, or with every one that may be.

    Args:
        request: the request.
        bases: what `public_base` made of the URLs callers use, if they are not the gateway's own. Each of them stands
            for the root of the stage: to it comes the path that the method ARN has, which is without stage and base
            path.

    Raises:
        BindingProblem: ``proof_invalid``, the path is longer than the gateway has any: each spelling costs by its length.
    """
    pairs = [(base, f"/{request.arn.path}") for base in bases] if bases else _received(request)
    if any(len(path.encode("utf-8", "surrogatepass")) > LONGEST_PATH for _, path in pairs):
        raise invalid("htu", f"the event has a path of over {LONGEST_PATH} bytes, for which no proof is judged")
    found = {url for base, path in pairs for url in _spellings(base, path, root=not request.arn.path)}
    if request.kind == "websocket":
        found |= {f"ws{url.removeprefix('http')}" for url in found}
    return frozenset(found)


def _demand_time(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if type(value) is not int and type(value) is not float:
        raise invalid(name, "missing, or not a number (RFC 7519 section 2, NumericDate)")
    return float(value)


def _origin(url: str) -> str:
    return "/".join(url.split("/", 3)[:3])


def _received(request: Request) -> list[tuple[str, str]]:
    domain = request.context("domainName")
    path = _path_of(request, domain or "")
    if domain is None or path is None or not path.startswith("/") or not _DOMAIN.fullmatch(domain):
        return []
    return [(f"https://{domain}", path)]


def _path_of(request: Request, domain: str) -> str | None:
    if request.kind == "websocket":
        return f"/{request.arn.stage}" if domain.lower().startswith(f"{request.arn.api}.execute-api.") else None
    return request.context("http", "path") if request.kind == "http-v2" else request.context("path")


def _spellings(base: str, path: str, *, root: bool) -> set[str]:
    # The root is one resource with a slash in the end or without, and the event tells the two apart for no kind of API.
    bare = path.removesuffix("/")
    paths = {bare, bare + "/"} if root else {path}
    return {url for each in paths for form in _forms(each) for url in _plain_or_none(base + form)}


def _forms(path: str) -> set[str]:
    try:
        raw = path.encode()
    except UnicodeEncodeError:  # half a surrogate pair, which no URL holds
        return set()
    return {path, *(stranger.sub(_escaped, raw).decode() for stranger in (_NO_PATH, _NO_NAME))}


def _plain_or_none(url: str) -> tuple[str, ...]:
    try:
        return (plain_url(url),)
    except ValueError:
        return ()


def _unescaped(match: re.Match[str]) -> str:
    character = chr(int(match[0][1:], 16))
    return character if character in _UNRESERVED else match[0].upper()


def _escaped(match: re.Match[bytes]) -> bytes:
    return b"%%%02X" % match[0][0]
