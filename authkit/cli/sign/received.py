"""A request as it was received: as text of HTTP, as an authorizer's event, or by curl's flags."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any, NamedTuple

from ...errors import ConfigError
from . import flags
from .data import STANDARD_INPUT, Data
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

    @property
    def lacks_body(self) -> bool:
        """Whether there is a body, by the headers, that is not told."""
        from ...sigv4.mismatch.reading import tells_of_body

        return self.body is None and tells_of_body({name.lower(): value for name, value in self.headers})


def add_request(parser: Any) -> None:
    """Add what names a request."""
    parser.add_argument(
        "request",
        metavar="REQUEST",
        help="a file with the request as HTTP text, as curl -v shows it, or an authorizer's event; - for standard"
        " input; or its URL",
    )
    flags.add_request(parser, "a request given by its URL, as with curl; to a file without its body, data gives that")
    parser.add_argument(
        "--host", metavar="HOST", help="which one the client used, where a proxy put another in its place"
    )


def received(arguments: argparse.Namespace, read: Read = read_file) -> Received:
    """Return the request that the arguments name. Where they do not go together the parser ends with wrong usage.

    Raises:
        ConfigError: it is none.
        Refused: an event does not tell the request as it was sent.
        OSError: a file cannot be read.
    """
    if _inputs(arguments) > 1:
        arguments.parser.error("standard input is read once: give the others as files")
    if arguments.request.lower().startswith(("http://", "https://")):
        asked = flags.asked(arguments, arguments.request, read)
        body = asked.body if arguments.data else _body(asked.headers, b"")
        return Received(asked.method, asked.url, asked.headers, body)
    if arguments.method is not None or arguments.header or arguments.get:
        arguments.parser.error("-X, -H and -G go with a URL: a request in a file says its method and headers itself")
    raw = read(arguments.request)
    found = _event(raw) if raw.lstrip()[:1] == b"{" else of_text(raw)
    return _with_data(found, arguments, read) if arguments.data else found


def _inputs(arguments: argparse.Namespace) -> int:
    """Return how many things are said to be on standard input."""
    data: list[Data] = arguments.data
    named = [arguments.request, getattr(arguments, "error", None)]
    headers = arguments.header.count(f"@{STANDARD_INPUT}")
    return named.count(STANDARD_INPUT) + int(headers) + sum(each.from_standard_input for each in data)


def _with_data(found: Received, arguments: argparse.Namespace, read: Read) -> Received:
    """Return a request with the body that was given besides, which has to be the one it lacks."""
    if found.body:
        arguments.parser.error("the request has a body already, and data gives another")
    body, length = flags.body_of(arguments.data, read), _length(found.headers)
    if length not in (None, len(body)):
        told = f"the request's Content-Length is {length}, and data gives {len(body)} bytes"
        arguments.parser.error(f"{told}: give the body as it was sent; --data-binary @file changes nothing of it")
    return found._replace(body=body)


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

    length = _length(headers)
    if length is not None:
        # An editor may have put a line end behind it; curl shows the head alone.
        return body[:length] if len(body) >= length else None
    found = {name.lower(): value for name, value in headers}
    told = "transfer-encoding" in found or found.get("x-amz-content-sha256", EMPTY_SHA256) != EMPTY_SHA256
    return None if told and not body else body


def _length(headers: tuple[tuple[str, str], ...]) -> int | None:
    """Return how long a request says its body is; None: it does not."""
    found = {name.lower(): value for name, value in headers}.get("content-length", "")
    return int(found) if found.isascii() and found.isdecimal() and len(found) < 12 else None


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
