"""Signing what the flags say, and showing it."""

from __future__ import annotations

import argparse
import json
import re
import shlex
from typing import Any, NamedTuple

from ... import __version__
from ...sigv4 import Credentials, Presigned, Signed, presign, sign
from ...sigv4.canonical import UNSIGNED_PAYLOAD, V4, V4A
from ...sigv4.mismatch.finding import HIDDEN, blanked, blanked_query, is_sensitive
from ...sigv4.url import Target, split
from .flags import Asked, clock

_escape = re.compile("%[0-9A-Fa-f]{2}")


class Sending(NamedTuple):
    """A request as it is sent, byte by byte. A repr shows neither headers nor query.

    Args:
        method: as sent.
        url: as sent.
        headers: all of them, each name once, in the order sent.
        body: as sent.
        added: names of the headers that signing added, in small letters.
        signed: what was signed; of a link, the link.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    added: frozenset[str]
    signed: Signed | Presigned

    def __repr__(self) -> str:
        return f"Sending({self.method} {split(self.url).path!r})"


class Scope(NamedTuple):
    """Where a signature shall hold, and by whom."""

    credentials: Credentials
    region: str
    service: str


def signed(asked: Asked, scope: Scope, arguments: argparse.Namespace) -> Sending:
    """Return a request, signed.

    Raises:
        CannotSign: it cannot be.
    """
    url = _escape.sub(lambda found: found[0].upper(), asked.url)  # what sends it writes escapes so (RFC 3986, 6.2.2.1)
    headers = joined(asked.headers)
    payload = UNSIGNED_PAYLOAD if arguments.unsigned_payload else None
    common: dict[str, Any] = {
        "method": asked.method,
        "url": url,
        "credentials": scope.credentials,
        "region": scope.region,
        "service": scope.service,
        "headers": headers,
        "body": b"" if payload else asked.body,
        "payload_hash": payload,
        "clock": clock(arguments.at),
        "algorithm": V4A if arguments.v4a else V4,
        "rewrite": True,
    }
    if arguments.presign:
        link = presign(**common, expires=arguments.expires)
        return Sending(asked.method, link.url, _complete(headers, link.host, asked), asked.body, frozenset(), link)
    found = sign(**common)
    added = frozenset(name.lower() for name, _ in found.headers)
    whole = (*_complete(headers, found.host, asked), *found.headers)
    return Sending(asked.method, found.url, whole, asked.body, added, found)


def joined(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Return headers with each name once: repeated ones say the same joined with commas (RFC 9110 section 5.3)."""
    found: dict[str, tuple[str, str]] = {}
    for name, value in headers:
        first, so_far = found.get(name.lower(), (name, None))
        found[name.lower()] = (first, value if so_far is None else f"{so_far},{value}")
    return tuple(found.values())


def _complete(headers: tuple[tuple[str, str], ...], host: str, asked: Asked) -> tuple[tuple[str, str], ...]:
    """Return what is sent besides the signature: the host that was signed, and what every client sends."""
    there = {name.lower() for name, _ in headers} | (asked.without & {"accept"})
    usual = [("Host", host), ("User-Agent", f"authkit/{__version__}"), ("Accept", "*/*")]
    if asked.body or asked.method in ("POST", "PUT", "PATCH"):
        usual.append(("Content-Length", str(len(asked.body))))
    return (*(pair for pair in usual if pair[0].lower() not in there), *headers)


def shown(sending: Sending, form: str) -> str:
    """Return one of the forms. Canonical request and string to sign show no token; the others have to."""
    found = sending.signed
    added = [(name, value) for name, value in sending.headers if name.lower() in sending.added]
    if form == "curl":
        return _curl(sending)
    if form == "headers":
        return "\n".join(f"{name}: {value}" for name, value in added)
    if form == "url":
        return sending.url
    if form == "canonical":
        return blanked(found.canonical_request)
    if form == "string-to-sign":
        return found.string_to_sign
    data = {
        "method": sending.method,
        "url": sending.url,
        "headers": dict(added),
        "signed_headers": found.signed_headers,
    }
    return json.dumps({**data, "payload_hash": found.payload_hash}, indent=2)


def wire(sending: Sending) -> bytes:
    """Return the request as HTTP/1.1 text, credentials and all: what `authkit verify` and `authkit mismatch` read."""
    lines = [f"{sending.method} {split(sending.url)._replace(scheme='').url()} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in sending.headers]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("utf-8", "surrogateescape") + sending.body


def head(sending: Sending) -> str:
    """Return request line and headers for somebody to look at: credentials are not shown."""
    target: Target = split(sending.url)
    query = f"?{_veiled(target.query)}" if target.query else ""
    lines = [f"{sending.method} {target.path}{query} HTTP/1.1"]
    lines += [f"{name}: {HIDDEN if is_sensitive(name) else value}" for name, value in sending.headers]
    return "\n".join(lines)


def _veiled(query: str) -> str:
    parts = blanked_query(query).split("&")
    return "&".join("X-Amz-Signature=" + HIDDEN if part.startswith("X-Amz-Signature=") else part for part in parts)


def _curl(sending: Sending) -> str:
    parts = ["curl", "--path-as-is", "--globoff"]
    if sending.method == "HEAD" and not sending.body:
        parts.append("--head")  # with -X HEAD curl would wait for a body
    elif sending.method != "GET" or sending.body:
        parts += ["-X", sending.method]
    for name, value in sending.headers:
        if name.lower() not in ("host", "user-agent", "accept", "content-length") or _is_own(name, value, sending):
            parts += ["-H", f"{name}: {value}" if value else f"{name};"]
    there = {name.lower() for name, _ in sending.headers}
    for name in ("Accept", *(["Content-Type"] if sending.body else [])):
        if name.lower() not in there:
            parts += ["-H", f"{name}:"]
    if sending.body:
        parts += ["--data-binary", _text(sending.body)]
    return shlex.join([*parts, sending.url])


def _is_own(name: str, value: str, sending: Sending) -> bool:
    """Tell whether a header is one that curl would not send so by itself."""
    if name.lower() == "host":
        return value != split(sending.url).host
    return name.lower() == "accept" and value != "*/*"


def _text(body: bytes) -> str:
    """Return a body as an argument of curl's; one that cannot stand there is named as standard input."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return "@-"
    return "@-" if "\0" in text or text.startswith("@") else text
