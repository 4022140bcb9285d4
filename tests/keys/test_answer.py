"""The reader of answers: what it takes, however it arrives, and beside the standard library's."""

from __future__ import annotations

import http.client
import io
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from authkit.errors import KeysUnavailable
from authkit.keys.answer import LARGEST_HEAD, LONGEST_SIZE, MOST_CHUNKS, MOST_HEADERS, Garbled, Response, read_answer

if TYPE_CHECKING:
    from collections.abc import Iterable

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def read(pieces: Iterable[bytes]) -> Response | str:
    """Read an answer that arrives in pieces; return it, or in a word how it failed."""
    arriving = iter(pieces)
    try:
        return read_answer(lambda: next(arriving, b""), "idp.example.com")
    except Garbled:
        return "garbled"
    except KeysUnavailable as fault:
        return fault.code


PARTS = st.sampled_from(
    [
        *(b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 200 OK\r\n", b"HTTP/1.1 100 Continue\r\n", b"HTTP/1.1 304\r\n", b"HTTP/1.1 200 \r\n"),
        *(b"Content-Length: 2\r\n", b"content-length:0\r\n", b"Content-Length: 12\r\n", b"Transfer-Encoding: chunked\r\n"),
        *(b"ETag: \"v1\"\r\n", b"X: a\r\n", b"Content-Encoding: gzip\r\n", b" folded\r\n", b"no colon\r\n", b"a\rb: c\r\n"),
        *(b"\r\n", b"\n", b"\r", b"{}", b"2\r\n{}\r\n", b"1;a=b\r\n{\r\n", b"0\r\n\r\n", b"0\r\nX: y\r\n\r\n", b"-1\r\n", b"ff\r\n"),
    ]
)  # fmt: skip
ANSWERS = st.lists(PARTS, max_size=9).map(b"".join) | st.binary(max_size=40).map(OK.__add__)


@given(ANSWERS, st.lists(st.integers(0, 200), max_size=6))
def test_an_answer_is_the_same_however_it_arrives(data: bytes, cuts: list[int]) -> None:
    """And whatever it is, it is read or refused."""
    places = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    pieces = [data[start:end] for start, end in pairwise(places) if start < end]

    assert read(pieces) == read([data])
    assert read(data[at : at + 1] for at in range(len(data))) == read([data])


class Stream:
    """As much of a socket as `http.client` asks of one."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _: str) -> io.BytesIO:
        return io.BytesIO(self._data)


def elsewhere(data: bytes) -> tuple[int, bytes] | None:
    """Return status and body as `http.client` reads them, or None."""
    answer = http.client.HTTPResponse(Stream(data), method="GET")  # type: ignore[arg-type]
    try:
        answer.begin()
        return answer.status, answer.read()
    except (http.client.HTTPException, ValueError):
        return None


@given(ANSWERS)
@example(OK + b"Content-Length: 2\r\n\r\n{}")
@example(CHUNKED + b"2\r\n{}\r\n0\r\n\r\n")
def test_what_is_read_is_what_the_standard_library_reads(data: bytes) -> None:
    """It takes more than is taken here; of what both take, status and body are the same."""
    ours = read([data])

    if isinstance(ours, Response) and ours.status == 200:
        assert (ours.status, ours.body) == elsewhere(data)


HEAD = OK + b"Content-Length: 2\r\n"
WITHIN: dict[str, tuple[bytes, bytes]] = {
    "lines-of-a-head": (HEAD + b"X: a\r\n" * (MOST_HEADERS - 3) + b"\r\n{}", HEAD + b"X: a\r\n" * (MOST_HEADERS - 2) + b"\r\n{}"),
    "bytes-of-a-head": tuple(HEAD + b"X: " + b"a" * (LARGEST_HEAD - 15 - 17 - 3 + more) + b"\r\n\r\n{}" for more in (0, 1)),  # type: ignore[dict-item]
    "bytes-before-a-chunk": tuple(CHUNKED + b"2;" + b"a" * (LONGEST_SIZE - 2 + more) + b"\r\n{}\r\n0\r\n\r\n" for more in (0, 1)),  # type: ignore[dict-item]
    "chunks": tuple(CHUNKED + b"1\r\n \r\n" * (MOST_CHUNKS - 1 + more) + b"0\r\n\r\n" for more in (0, 1)),  # type: ignore[dict-item]
}  # fmt: skip


@pytest.mark.parametrize(("within", "beyond"), WITHIN.values(), ids=WITHIN)
@pytest.mark.parametrize("size", [7, 1000, 1_000_000])
def test_a_limit_is_where_it_says(within: bytes, beyond: bytes, size: int) -> None:
    """Up to it an answer is read, and no further."""
    taken, refused = (read(data[at : at + size] for at in range(0, len(data), size)) for data in (within, beyond))

    assert isinstance(taken, Response)
    assert refused == "fetch_too_large"
