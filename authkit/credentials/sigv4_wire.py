"""A request as it was sent, as far as an event of API Gateway still tells it (sigv4.md 3e).

| kind | path | query | repeated headers |
|---|---|---|---|
| REST | ``requestContext.path``, escapes kept | decoded pairs, from the map of lists | map of lists |
| HTTP 2.0 | ``requestContext.http.path``, decoded, cut at a decoded ``?`` | ``rawQueryString`` | joined by commas, as signing joins them |
| HTTP 1.0 | ``requestContext.path``, decoded, cut likewise | decoded pairs, if there is a map of lists | as of 2.0, or a map of lists |
| WebSocket | none: the stage, on the API's own domain | as of REST | as of REST |

What is lost is not guessed: a request that needs it is refused. A decoded path of characters that need no escape is
taken as it is: if they had one, no signature fits, and none that fits is over a path with another meaning.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import unquote

from ..errors import BadEvent, Unauthenticated
from ..sigv4.encoding import encode, encode_path, is_text

if TYPE_CHECKING:
    from ..gateway.request import Request

EscapedPaths = Literal["refuse", "reencode"]

# RFC 3986 section 3.3: pchar and slash; without escapes, and with them.
_is_plain = re.compile(r"/[A-Za-z0-9._~/!$&'()*+,;=:@-]*").fullmatch
_is_legal = re.compile(r"/(?:[A-Za-z0-9._~/!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*").fullmatch


class Sent(NamedTuple):
    """A request as it was sent.

    Args:
        host: what the client had in ``Host``, where another came.
    """

    method: str
    url: str
    headers: list[tuple[str, str]]
    host: str | None = None


class Base(NamedTuple):
    """A public URL that stands for the root of the stage: its host, and its path without a slash in the end."""

    host: str
    path: str


def sent_by(request: "Request", headers: list[tuple[str, str]], base: Base | None, escaped: EscapedPaths) -> Sent:
    """Return the request that the signature has to be over.

    Args:
        request: the event's.
        headers: what `headers_of` returned.
        base: under which URL callers reach the root of the stage, if not the gateway's own.
        escaped: what becomes of a path whose escapes are lost.

    Raises:
        Unauthenticated: ``wire_form_lost``, or ``host_mismatch``.
        BadEvent: the event lacks what every one of its kind has.
    """
    path = _path_of(request, base)
    if request.kind != "websocket":
        _demand_same_path(path, request)
    target = _spelled(path, request, escaped)
    if base is not None:
        target = _below(base.path, target, request)
    else:
        _demand_own_host(headers, request)
    query = query_of(request)
    method = "GET" if request.kind == "websocket" else request.arn.method  # what is allowed is what was signed
    return Sent(method, f"{target}?{query}" if query else target, headers, base.host if base else None)


def headers_of(request: "Request") -> list[tuple[str, str]]:
    """Return names and values. One that is no text is an empty one, which no signature fits."""
    many, one = _map(request, "multiValueHeaders"), _map(request, "headers")
    pairs = [
        (name, value if isinstance(value, str) else "")
        for name, values in many.items()
        for value in (values if isinstance(values, list) else [values])
    ]
    # Of both maps all that either tells: where they disagree there is one value too many, which no signature fits.
    there = {(name.lower(), value) for name, value in pairs}
    told = [(name, value if isinstance(value, str) else "") for name, value in one.items()]
    pairs += [(name, value) for name, value in told if (name.lower(), value) not in there]
    cookies = request.event.get("cookies") if request.kind == "http-v2" else None
    if isinstance(cookies, list) and "cookie" not in {name.lower() for name, _ in pairs}:
        pairs.append(("cookie", "; ".join(each for each in cookies if isinstance(each, str))))
    return pairs


def query_of(request: "Request") -> str:
    """Return the query: as sent, or of the decoded pairs, which say the same.

    Raises:
        Unauthenticated: ``wire_form_lost``: of repeated parameters not all are there.
    """
    if request.kind == "http-v2":
        raw = request.event.get("rawQueryString")
        return raw if isinstance(raw, str) else ""
    many = _map(request, "multiValueQueryStringParameters")
    if not many.keys() >= _map(request, "queryStringParameters").keys():
        raise lost("query", "the event hides repeated parameters; on an HTTP API take payload 2.0")
    pairs = []
    for name, values in many.items():
        for value in values if isinstance(values, list) else [values]:
            if not isinstance(value, str) or not is_text(value) or not is_text(name):
                raise lost("query", "a name or value is no text")
            pairs.append(f"{encode(name)}={encode(value)}")
    return "&".join(pairs)


def parameter_names(request: "Request") -> str:
    """Return a query with the names of all parameters, as far as they are known, for telling what is there."""
    if request.kind == "http-v2":
        return query_of(request)
    names = {*_map(request, "multiValueQueryStringParameters"), *_map(request, "queryStringParameters")}
    return "&".join(f"{name}=" for name in names)


def lost(claim: str, detail: str) -> Unauthenticated:
    """Return the refusal of a request whose wire form is not known."""
    return Unauthenticated("wire_form_lost", claim=claim, detail=detail)


def _path_of(request: "Request", base: Base | None) -> str:
    if request.kind == "websocket":
        own = (request.context("domainName") or "").lower().startswith(f"{request.arn.api.lower()}.execute-api.")
        if not own and base is None:
            raise BadEvent("a WebSocket event tells no path: on a custom domain say SigV4(public_url=…)")
        return f"/{request.arn.stage}" if base is None else "/"
    path = request.context("http", "path") if request.kind == "http-v2" else request.context("path")
    if path is None or not path.startswith("/"):
        raise BadEvent("the event tells no path in requestContext")
    return path


def _demand_same_path(path: str, request: "Request") -> None:
    """The path that is verified has to end with the one that is allowed, segment by segment.

    One of them may have been cut or decoded: ``/files/a%2Fb`` is another resource than ``/files/a/b``, and must not be
    allowed by a signature for that.
    """
    allowed, told = _segments(request.arn.path), _segments(path)
    if allowed and told[-len(allowed) :] != allowed:
        raise lost("path", "the event's path and its ARN's are not the same")


def _segments(path: str) -> list[str]:
    return [unquote(each) for each in path.rstrip("/").split("/")] if path else []


def _spelled(path: str, request: "Request", escaped: EscapedPaths) -> str:
    """Return the path with its escapes."""
    kept = _is_legal(path) if request.kind == "rest-request" else _is_plain(path)
    if kept:
        return path
    if escaped == "refuse":
        raise lost("path", "the gateway has decoded it, and how it was written is not known")
    if not is_text(path):
        raise lost("path", "half a character in it")
    return encode_path(path)


def _below(base: str, path: str, request: "Request") -> str:
    """Return the path that callers use: the base, and behind it the API's own path, which is without stage."""
    if request.kind == "websocket":
        return base or "/"
    own = request.arn.path
    if not own:
        return f"{base}/" if path.endswith("/") or not base else base
    segments = path.split("/")
    count = own.count("/") + 1 + (path.endswith("/") and not own.endswith("/"))
    return f"{base}/{'/'.join(segments[-count:])}"


def _demand_own_host(headers: list[tuple[str, str]], request: "Request") -> None:
    """A signature for another of one's APIs is none for this one: the host has to be the gateway's own."""
    domain = request.context("domainName")
    hosts = [value for name, value in headers if name.lower() == "host"]
    if domain and hosts and any(host.lower().removesuffix(":443") != domain.lower() for host in hosts):
        raise Unauthenticated("host_mismatch", claim="host", detail="another than the API's; is public_url to be said?")


def _map(request: "Request", field: str) -> Mapping[str, Any]:
    found = request.event.get(field)
    return found if isinstance(found, Mapping) else {}
