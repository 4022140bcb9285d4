"""Answer: what a server says, taken strictly (RFC 9112), in little work whatever it is.

The standard library's reader hands each head to its parser of e-mail, which looks into every header for more than we
ask, and takes seconds for some of 64 KiB.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from ..errors import KeysUnavailable
from .bounded import LARGEST_BODY, too_large

LARGEST_HEAD = 16 * 1024  # bytes of heads and trailers: what Node takes as well
MOST_HEADERS = 128  # lines of them
MOST_CHUNKS = LARGEST_BODY // 1024 + 256
LONGEST_SIZE = 256  # bytes: the line before a chunk

_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: .*)?")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?")
_LENGTH = re.compile("[0-9]{1,10}")
_BLANKS = b" \t"


class Response(NamedTuple):
    """An answer. Its body is read where its status is 200; to others it is empty."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes


class Garbled(Exception):
    """What came is no answer, or not all of one. Its text quotes nothing of it."""


def read_answer(receive: Callable[[], bytes], host: str) -> Response:
    """Return the answer that a host gives, after any number of interim ones (RFC 9110 section 15.2).

    Args:
        receive: returns what has arrived, and nothing at the end.
        host: for messages.

    Raises:
        Garbled: it is none.
        KeysUnavailable: ``fetch_too_large``, or ``fetch_refused`` where the body is packed or of no certain length.
    """
    lines = _Lines(receive, host)
    while True:
        version, status, headers = _head(lines)
        if status >= 200 or status == 101:
            break
    if status != 200:
        return Response(status, headers, b"")
    _demand_plain(host, version, headers)
    return Response(status, headers, _body(lines, headers, host))


class _Lines:
    """What arrives: by lines, by lengths, or to its end."""

    def __init__(self, receive: Callable[[], bytes], host: str) -> None:
        self._receive = receive
        self._host = host
        self._held, self._at = b"", 0
        self._head_left, self._lines_left = LARGEST_HEAD, MOST_HEADERS

    def of_head(self) -> bytes:
        """Return the next line of a head or trailer."""
        line = self.line(self._head_left)
        self._head_left -= len(line)
        self._lines_left -= 1
        if self._lines_left < 0:
            raise too_large(self._host)
        return line

    def line(self, longest: int) -> bytes:
        """Return the next line, without its end (RFC 9112 section 2.2)."""
        while (end := self._held.find(b"\n", self._at)) < 0 and len(self._held) - self._at <= longest + 1:
            self._more()
        line = self._held[self._at : max(end, self._at)].removesuffix(b"\r")
        if end < 0 or len(line) > longest:
            raise too_large(self._host)
        if b"\r" in line or b"\0" in line:
            raise Garbled("a control character in a line")
        self._at = end + 1
        return line

    def take(self, size: int) -> bytes:
        """Return so many bytes."""
        pieces, missing = [], size
        while True:
            piece = self._held[self._at : self._at + missing]
            self._at += len(piece)
            missing -= len(piece)
            pieces.append(piece)
            if not missing:
                return b"".join(pieces)
            self._more()

    def rest(self, most: int) -> bytes:
        """Return everything to the end."""
        pieces = [self._held[self._at :]]
        left = most - len(pieces[0])
        while left >= 0 and (piece := self._receive()):
            left -= len(piece)
            pieces.append(piece)
        if left < 0:
            raise too_large(self._host)
        return b"".join(pieces)

    def _more(self) -> None:
        piece = self._receive()
        if not piece:
            raise Garbled("it breaks off")
        self._held, self._at = self._held[self._at :] + piece, 0


def _head(lines: _Lines) -> tuple[bytes, int, dict[str, str]]:
    """Return version, status and headers; the values of a repeated one are joined (RFC 9110 section 5.3)."""
    found = _STATUS.fullmatch(lines.of_head())
    if found is None:
        raise Garbled("no status line of HTTP/1.1")
    headers: dict[str, list[str]] = {}
    while line := lines.of_head():
        name, colon, value = line.partition(b":")
        if not colon or not _NAME.fullmatch(name):
            raise Garbled("a header that is none")
        headers.setdefault(name.decode().lower(), []).append(value.strip(_BLANKS).decode("latin-1"))
    return found[1], int(found[2]), {name: ", ".join(values) for name, values in headers.items()}


def _demand_plain(host: str, version: bytes, headers: Mapping[str, str]) -> None:
    """Refuse a body that is packed, unopened, and one whose length is told in two ways (RFC 9112 section 6.3)."""
    packed = headers.get("content-encoding", "identity").lower() not in ("", "identity")
    coding, length = headers.get("transfer-encoding"), headers.get("content-length")
    if coding is None:
        uncertain = length is not None and not _LENGTH.fullmatch(length)
    else:
        uncertain = coding.lower() != "chunked" or length is not None or version == b"0"
    if packed or uncertain:
        detail = f"{host} sent a body that is compressed or of no certain length, though plain bytes were asked for"
        raise KeysUnavailable("fetch_refused", detail=detail)


def _body(lines: _Lines, headers: Mapping[str, str], host: str) -> bytes:
    if "transfer-encoding" in headers:
        return _chunks(lines, host)
    if "content-length" not in headers:
        return lines.rest(LARGEST_BODY)
    size = int(headers["content-length"])
    if size > LARGEST_BODY:
        raise too_large(host)
    return lines.take(size)


def _chunks(lines: _Lines, host: str) -> bytes:
    """Return a body that comes in chunks (RFC 9112 section 7.1)."""
    pieces: list[bytes] = []
    left = LARGEST_BODY
    for _ in range(MOST_CHUNKS):
        found = _SIZE.fullmatch(lines.line(LONGEST_SIZE))
        if found is None:
            raise Garbled("a chunk of no size")
        size = int(found[1], 16)
        left -= size
        if left < 0:
            break
        if not size:
            while lines.of_head():
                pass  # trailers tell nothing that is asked
            return b"".join(pieces)
        pieces.append(lines.take(size))
        if lines.take(2) != b"\r\n":
            raise Garbled("a chunk of another size than it says")
    raise too_large(host)
