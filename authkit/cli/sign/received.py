"""A request as it was received: as text of HTTP, as an authorizer's event, or by curl's flags."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any, NamedTuple

from ...errors import ConfigError
from . import flags
from .data import read as read_file

Read = Callable[[str], bytes]


class Received(NamedTuple):
    """A request with its signature. A repr shows its method alone.

    Args:
        method: as received.
        url: as received.
        headers: as received.
        body: as received; None: it is not told.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None

    def __repr__(self) -> str:
        return f"Received({self.method})"


def add_request(parser: Any) -> None:
    """Add what names a request."""
    parser.add_argument(
        "request",
        metavar="REQUEST",
        help="a file with the request as HTTP text or an authorizer's event; -; or its URL",
    )
    flags.add_request(parser)
    parser.add_argument(
        "--host", metavar="HOST", help="which one the client used, where a proxy put another in its place"
    )


def received(arguments: argparse.Namespace, read: Read = read_file) -> Received:
    """Return the request that the arguments name.

    Raises:
        ConfigError: it is none.
        Refused: an event does not tell the request as it was sent.
        OSError: a file cannot be read.
    """
    if arguments.request.lower().startswith(("http://", "https://")):
        asked = flags.asked(arguments, arguments.request, read)
        body = asked.body if arguments.data else _body(asked.headers, b"")
        return Received(asked.method, asked.url, asked.headers, body)
    raw = read(arguments.request)
    return _event(raw) if raw.lstrip()[:1] == b"{" else of_text(raw)


def of_text(raw: bytes) -> Received:
    """Return a request from text: as on the wire, or as curl -v shows it.

    Raises:
        ConfigError: it is none.
    """
    head, body = _parted(raw)
    lines = head.decode("utf-8", "surrogateescape").split("\n")
    if any(line.startswith("> ") for line in lines):
        lines = [line[2:] for line in lines if line.startswith("> ")]
    method, _, rest = lines[0].strip().partition(" ")
    url = rest.rpartition(" HTTP/")[0] or rest
    if not method or not url.strip():
        raise ConfigError("the request does not begin as one of HTTP does, with GET /path HTTP/1.1")
    headers = tuple(_header(line) for line in lines[1:] if line.strip())
    return Received(method, url.strip(), headers, _body(headers, body))


def _body(headers: tuple[tuple[str, str], ...], body: bytes) -> bytes | None:
    """Return a body; None where only the head was given."""
    from ...sigv4.canonical import EMPTY_SHA256

    found = {name.lower(): value for name, value in headers}
    length = found.get("content-length", "")
    if length.isascii() and length.isdecimal() and len(length) < 12:
        # An editor may have put a line end behind it; curl shows the head alone.
        return body[: int(length)] if len(body) >= int(length) else None
    return None if not body and found.get("x-amz-content-sha256", EMPTY_SHA256) != EMPTY_SHA256 else body


def _parted(raw: bytes) -> tuple[bytes, bytes]:
    """Return head and body; line ends of the head as plain ones."""
    ends = [(raw.find(mark), len(mark)) for mark in (b"\r\n\r\n", b"\n\n") if mark in raw]
    at, size = min(ends, default=(len(raw), 0))
    return raw[:at].replace(b"\r\n", b"\n").strip(b"\n"), raw[at + size :]


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if line.startswith(":authority:"):
        name, value = ":authority", line[len(":authority:") :]
    if not colon or not name or name[0] in " \t":
        raise ConfigError("a line of the request's head is no header")
    return name, value.strip(" \t")


def _event(raw: bytes) -> Received:
    from ...credentials.sigv4_wire import headers_of, sent_by
    from ...gateway.request import parse

    try:
        event = json.loads(raw)
    except (ValueError, RecursionError):
        raise ConfigError("the event is no JSON") from None
    request = parse(event)
    sent = sent_by(request, headers_of(request), None, "refuse")
    return Received(sent.method, sent.url, tuple(sent.headers), None)
