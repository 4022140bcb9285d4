"""Wire: HTTP/1.1 (RFC 9112) as a small server reads and writes it.

Header names keep their case and repeated headers stay apart, because what a gateway makes of both is to be shown.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import NamedTuple, Protocol

from .message import HttpReply, HttpRequest

LARGEST_BODY = 10 * 1024 * 1024  # bytes: an API's payload limit
LARGEST_HEAD = 64 * 1024

_LONGEST_LENGTH = 19  # digits: no body is larger, and Python reads no number of thousands of them
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_UNSENDABLE = re.compile("[\r\n\0]")
_VERSIONS = {b"HTTP/1.1": True, b"HTTP/1.0": False}
_REASONS = {status.value: status.phrase for status in HTTPStatus}
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Stream(Protocol):
    """A connection's two directions, buffered."""

    def readline(self, size: int, /) -> bytes:
        """Return a line with its end, or as much of it."""

    def read(self, size: int, /) -> bytes:
        """Return this many bytes, fewer at the end."""

    def write(self, data: bytes, /) -> object:
        """Put bytes into the buffer."""

    def flush(self) -> object:
        """Send what is in the buffer."""


class Malformed(Exception):
    """What came is no HTTP/1.1; the status says how it is answered before the connection ends."""

    def __init__(self, status: int) -> None:
        super().__init__(_REASONS[status])
        self.status = status


class Received(NamedTuple):
    """A request, and whether another one may follow on the connection."""

    request: HttpRequest
    persistent: bool


class Peer(NamedTuple):
    """Who is at the other end."""

    address: str
    certificate: bytes | None = None


def receive(stream: Stream, peer: Peer) -> Received | None:
    """Read one request; None where the other side has nothing more to say.

    Raises:
        Malformed: it is none.
    """
    line = stream.readline(LARGEST_HEAD)
    if line == b"\r\n":  # RFC 9112 section 2.2: one empty line before a request is overlooked
        line = stream.readline(LARGEST_HEAD)
    if not line:
        return None
    method, target, persistent = _request_line(line)
    headers, named = _headers(stream, LARGEST_HEAD - len(line))
    body = _body(stream, named)
    wishes = named.get("connection", "").lower()
    persistent = "close" not in wishes and (persistent or "keep-alive" in wishes)
    path, _, query = target.partition("?")
    return Received(HttpRequest(method, path, query, headers, body, peer.address, peer.certificate), persistent)


def _request_line(line: bytes) -> tuple[str, str, bool]:
    words = line.split()
    if not line.endswith(b"\n"):
        raise Malformed(414)
    if len(words) != 3 or words[2] not in _VERSIONS or not _TOKEN.fullmatch(words[0]):
        raise Malformed(400)
    target = words[1].decode("latin-1")
    if target.startswith(("http://", "https://")):  # as to a proxy
        target = "/" + target.split("://", 1)[1].partition("/")[2]
    if not target.startswith("/"):
        raise Malformed(400)
    return words[0].decode(), target, _VERSIONS[words[2]]


def _headers(stream: Stream, left: int) -> tuple[tuple[tuple[str, str], ...], dict[str, str]]:
    headers: list[tuple[str, str]] = []
    named: dict[str, str] = {}
    while (line := stream.readline(left + 2)) not in (b"\r\n", b"\n"):
        left -= len(line)
        name, colon, value = line.partition(b":")
        if left < 0:
            raise Malformed(431)
        if not colon or not line.endswith(b"\n") or not _TOKEN.fullmatch(name):
            raise Malformed(400)
        text, said = name.decode(), value.strip(b" \t\r\n").decode("latin-1")
        if "\r" in said or "\0" in said:  # RFC 9110 section 5.5: what one reader takes for an end another may not
            raise Malformed(400)
        headers.append((text, said))
        lower = text.lower()
        named[lower] = f"{named[lower]}, {said}" if lower in named else said
    return tuple(headers), named


def _body(stream: Stream, named: dict[str, str]) -> bytes:
    length, coding = named.get("content-length"), named.get("transfer-encoding")
    if length is None and coding is None:
        return b""
    if "100-continue" in named.get("expect", "").lower():
        stream.write(_CONTINUE)
        stream.flush()
    if coding is not None:
        if length is not None or coding.lower() != "chunked":
            raise Malformed(400)
        return _chunks(stream)
    size = _size(str(length))
    body = stream.read(size)
    if len(body) < size:
        raise Malformed(400)
    return body


def _size(length: str) -> int:
    """Return a length; several that are the same are several all the same, and refused (RFC 9112 section 6.3)."""
    if not (length.isascii() and length.isdigit()):
        raise Malformed(400)
    if len(length) > _LONGEST_LENGTH or int(length) > LARGEST_BODY:
        raise Malformed(413)
    return int(length)


def _chunks(stream: Stream) -> bytes:
    body = bytearray()
    while size := _chunk_size(stream):
        if len(body) + size > LARGEST_BODY:
            raise Malformed(413)
        body += stream.read(size)
        if stream.readline(3) not in (b"\r\n", b"\n"):
            raise Malformed(400)
    _skip_trailers(stream)
    return bytes(body)


def _chunk_size(stream: Stream) -> int:
    size = stream.readline(1024).partition(b";")[0].strip()
    if not re.fullmatch(b"[0-9A-Fa-f]{1,8}", size):
        raise Malformed(400)
    return int(size, 16)


def _skip_trailers(stream: Stream) -> None:
    """Read on to the end; trailers are not passed on, and no more of them taken than of headers."""
    left = LARGEST_HEAD
    while (line := stream.readline(left + 2)).strip():
        left -= len(line)
        if left < 0:
            raise Malformed(431)


def written(reply: HttpReply, *, head_only: bool, persistent: bool) -> bytes:
    """Return a reply as bytes: in one piece, because in two the second waits for an acknowledgement."""
    lines = [f"HTTP/1.1 {reply.status} {_REASONS.get(reply.status, '')}"]
    lines += [_UNSENDABLE.sub(" ", f"{name}: {value}") for name, value in reply.headers]
    if reply.upgrade is None:
        lines.append(f"content-length: {len(reply.body)}")
        if not persistent:
            lines.append("connection: close")
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
    return head if head_only else head + reply.body
