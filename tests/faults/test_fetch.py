"""Fetch against a server that misbehaves: the right code, the host and the phase, within the deadline (row 4.F F2 to F5)."""

from __future__ import annotations

import gzip
import itertools
import json
import random
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest

from authkit.errors import KeysUnavailable
from authkit.keys.bounded import LARGEST_BODY
from authkit.keys.cachecontrol import lifetime
from authkit.keys.fetch import fetcher
from tests.faults.server import BOUND, Connection, Server, answer, says
from tests.support.pace import soon
from tests.support.tokens import jwks, signer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.server import Script

LOOPBACK = frozenset({"http-loopback"})
DEADLINE = 0.3
SLACK = 0.5  # for a machine that is busy
BODY = json.dumps(jwks(signer())).encode()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY)
CLOSING = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(BODY)


def fails(script: Script | None, *, timeout: float = DEADLINE) -> KeysUnavailable:
    """Fetch from a server of this script and return how it failed, in time."""
    with Server(script) as server:
        began = time.monotonic()
        with pytest.raises(KeysUnavailable) as fault:
            fetcher(relax=LOOPBACK)(server.url, timeout=timeout)
        assert time.monotonic() - began < timeout + SLACK
    assert "127.0.0.1" in fault.value.detail
    return fault.value


SLOW: dict[str, Script | None] = {
    "accepts-and-says-nothing": None,
    "reads-and-says-nothing": Connection.hang,
    "drips-the-head": lambda connection: connection.drip(
        bytes([byte]) for byte in itertools.cycle(b"HTTP/1.1 200 OK\r\nX: a\r\n")
    ),
    "drips-one-endless-line": lambda connection: connection.drip(itertools.repeat(b"H")),
    "drips-the-body": lambda connection: (connection.send(HEAD), connection.drip(itertools.repeat(b" "))),  # type: ignore[func-returns-value]
    "stops-in-the-body": lambda connection: (connection.send(HEAD + BODY[:9]), connection.hang()),  # type: ignore[func-returns-value]
    "drips-chunks": lambda connection: (
        connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),  # type: ignore[func-returns-value]
        connection.drip(itertools.repeat(b"1\r\n \r\n")),  # type: ignore[func-returns-value]
    ),
    "continues-for-ever": lambda connection: connection.drip(itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n"), 0.005),
}


@pytest.mark.parametrize("script", SLOW.values(), ids=SLOW)
def test_one_deadline_holds_for_all_of_it(script: Script | None) -> None:
    """F4: however the time is wasted, it ends, and the detail names host and phase."""
    fault = fails(script)

    assert fault.code == "fetch_timeout"
    assert "phase: read" in fault.detail


STATUSES = [
    "201 Created", "204 No Content", "206 Partial Content", "301 Moved", "302 Found", "307 Temporary", "400 Bad", "401 No", "403 No",
    "404 Not Found", "429 Too Many", "500 Oops", "503 Busy", "999 What",
]  # fmt: skip


@pytest.mark.parametrize("status", STATUSES)
def test_only_200_and_304_are_usable(status: str) -> None:
    """F5: whatever body comes with it, a good key set included."""
    fault = fails(says(answer(status, b"" if status.startswith("204") else BODY, "Retry-After: 5")))

    assert fault.code == "fetch_status"
    assert status.split()[0] in fault.detail


@pytest.mark.parametrize(
    "place", ["http://127.0.0.1:{port}/other", "http://169.254.169.254/latest", "https://evil.example/", "/other"]
)
def test_a_redirect_is_not_followed(place: str) -> None:
    """F2: not even to the same place; the detail says what to do."""
    with Server(lambda connection: connection.send(answer("302 Found", b"", f"Location: {place}"))) as server:
        with pytest.raises(KeysUnavailable, match="redirects are not followed") as fault:
            fetcher(relax=LOOPBACK)(server.url, timeout=2)

        assert fault.value.code == "fetch_status"
        assert len(server.requests) == 1


LARGE: dict[str, bytes] = {
    "with-its-length": answer("200 OK", b" " * 2_000_000),
    "without-a-length": b"HTTP/1.0 200 OK\r\n\r\n" + b" " * 2_000_000,
    "one-byte-over": answer("200 OK", b" " * (LARGEST_BODY + 1)),
    "chunked": answer("200 OK", b"1e8480\r\n" + b" " * 2_000_000 + b"\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
    "many-chunks": answer(
        "200 OK", b"400\r\n%s\r\n" % (b" " * 1024) * 2000 + b"0\r\n\r\n", "Transfer-Encoding: chunked"
    ),
    "chunks-of-one-byte": answer("200 OK", b"1\r\n \r\n" * 2000 + b"0\r\n\r\n", "Transfer-Encoding: chunked"),
    "a-long-trailer": answer(
        "200 OK", b"2\r\n{}\r\n0\r\n" + b"a: b\r\n" * 2000 + b"\r\n", "Transfer-Encoding: chunked"
    ),
    "continues": b"HTTP/1.1 100 Continue\r\n\r\n" * 2000 + answer("200 OK", b"{}"),
    "a-line-too-long": b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
    "too-many-headers": b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 200 + b"\r\n",
    "a-chunk-of-a-long-line": answer(
        "200 OK", b"2;" + b"a" * 300 + b"\r\n{}\r\n0\r\n\r\n", "Transfer-Encoding: chunked"
    ),
    "a-long-head": b"HTTP/1.1 200 OK\r\n" + (b"X: " + b"a" * 60_000 + b"\r\n") * 50 + b"\r\n",
}


@pytest.mark.parametrize("data", LARGE.values(), ids=LARGE)
def test_a_large_answer_is_not_read_to_its_end(data: bytes) -> None:
    """F4: two megabytes in whatever form they come, or thousands of lines around a small body."""
    assert fails(says(data), timeout=5).code == "fetch_too_large"


def test_a_body_of_the_largest_size_is_read() -> None:
    """The limit itself is allowed."""
    with Server(says(answer("200 OK", b" " * LARGEST_BODY))) as server:
        assert len(fetcher(relax=LOOPBACK)(server.url, timeout=5).body) == LARGEST_BODY


def test_a_body_of_the_largest_size_may_come_in_chunks_of_a_kibibyte() -> None:
    """Smaller ones than servers send; each has a line of its own, of which there may be so many."""
    body = b"400\r\n%s\r\n" % (b" " * 1024) * (LARGEST_BODY // 1024) + b"0\r\n\r\n"
    with Server(says(answer("200 OK", body, "Transfer-Encoding: chunked"))) as server:
        assert len(fetcher(relax=LOOPBACK)(server.url, timeout=5).body) == LARGEST_BODY


BROKEN: dict[str, bytes] = {
    "closes-at-once": b"",
    "closes-in-the-body": HEAD + BODY[:9],
    "closes-before-the-body": HEAD,
    "closes-in-a-chunk": answer("200 OK", b"ff\r\n{}", "Transfer-Encoding: chunked"),
    "closes-between-chunks": answer("200 OK", b"2\r\n{}\r\n", "Transfer-Encoding: chunked"),
    "announces-more": answer("200 OK", BODY, f"Content-Length: {len(BODY) + 1}"),
    "no-http": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "http-0.9": BODY,
    "bad-status": b"HTTP/1.1 abc OK\r\n\r\n",
    "bad-chunk-size": answer("200 OK", b"zz\r\n{}\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
    "negative-chunk-size": answer("200 OK", b"-5\r\n{}\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
    "a-chunk-of-minus-one": answer("200 OK", b"-1\r\n" + b" " * 2_000_000, "Transfer-Encoding: chunked"),
    "closes-in-the-head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "closes-before-the-last-chunk-is-whole": answer("200 OK", b"2\r\n{}\r\n0\r\n", "Transfer-Encoding: chunked"),
    "a-header-without-a-colon": b"HTTP/1.1 200 OK\r\nContent-Length\r\n\r\n",
    "a-header-without-a-name": b"HTTP/1.1 200 OK\r\n: a\r\n\r\n",
    "a-blank-before-the-colon": b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\n{}",
    "a-folded-header": b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\n{}",
    "a-lone-carriage-return": b"HTTP/1.1 200 OK\r\nX: a\rContent-Length: 2\r\n\r\n{}",
    "a-nul": b"HTTP/1.1 200 OK\r\nX: \0\r\nContent-Length: 2\r\n\r\n{}",
    "http-2": b"HTTP/2 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "a-status-with-underscores": b"HTTP/1.1 2_0_0 OK\r\nContent-Length: 2\r\n\r\n{}",
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_an_answer_that_breaks_off_or_makes_no_sense_is_an_outage(data: bytes) -> None:
    """F4: dropped connections and lies about lengths; half a body is never handed on."""
    fault = fails(says(data), timeout=5)

    assert fault.code == "fetch_refused"
    assert "phase read" in fault.detail


UNASKED: dict[str, tuple[str, ...]] = {
    "gzip": ("Content-Encoding: gzip",),
    "deflate": ("content-encoding: DEFLATE",),
    "twice-packed": ("Content-Encoding: identity", "Content-Encoding: br"),
    "packed-chunks": ("Transfer-Encoding: gzip, chunked",),
    "packed-transfer": ("Transfer-Encoding: gzip",),
    "two-lengths": ("Content-Length: 9", "Content-Length: 5"),
    "no-number": ("Content-Length: many",),
    "a-sign": ("Content-Length: +9",),
    "negative": ("Content-Length: -9",),
    "no-length-at-all": ("Content-Length: ",),
    "a-length-of-five-thousand-digits": ("Content-Length: " + "1" * 5000,),
    "a-length-and-chunks": ("Content-Length: 9", "Transfer-Encoding: chunked"),
    "chunks-twice": ("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
}


@pytest.mark.parametrize("headers", UNASKED.values(), ids=UNASKED)
def test_a_body_that_is_packed_or_of_no_certain_length_is_not_opened(headers: tuple[str, ...]) -> None:
    """F4: a bomb of a megabyte would unpack to a thousand, so nothing is ever unpacked."""
    bomb = gzip.compress(b"[" * 1_000_000)

    fault = fails(says(answer("200 OK", bomb, *headers)), timeout=5)

    assert fault.code == "fetch_refused"
    assert "plain bytes were asked for" in fault.detail


def test_an_encoding_that_is_none_is_read() -> None:
    """Some servers say so."""
    with Server(says(answer("200 OK", BODY, "Content-Encoding: identity"))) as server:
        assert fetcher(relax=LOOPBACK)(server.url, timeout=2).body == BODY


def chunked(size: bytes) -> Script:
    return says(answer("200 OK", size + b"\r\n" + b'{"a":123}' + b"\r\n0\r\n\r\n", "Transfer-Encoding: chunked"))


@pytest.mark.parametrize("size", [b"2", b"ff", b"8", b"a", b"9 9", b"", b"1g", b"0x9", b"ffffffffffffffff"])
def test_a_chunk_that_lies_about_its_size_gives_no_body(size: bytes) -> None:
    """F4: neither part of it nor what follows is handed on."""
    assert fails(chunked(size), timeout=2).code == "fetch_refused"


@pytest.mark.parametrize("size", [b"9", b"0009", b"9;a=b", b"9 ; a=b", b"9 "])
def test_a_chunk_of_the_right_size_is_read(size: bytes) -> None:
    """However that is spelled: nothing else comes over this connection, so nobody can be confused by it."""
    with Server(chunked(size)) as server:
        assert fetcher(relax=LOOPBACK)(server.url, timeout=2).body == b'{"a":123}'


HONEST: dict[str, bytes] = {
    "a-trailer": b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"a":123}\r\n0\r\nX: y\r\n\r\n',
    "blanks-around-a-value": b'HTTP/1.1 200 OK\r\nTransfer-Encoding: \t chunked \r\n\r\n9\r\n{"a":123}\r\n0\r\n\r\n',
    "capitals": b'HTTP/1.1 200 OK\r\nTRANSFER-ENCODING: CHUNKED\r\n\r\n9\r\n{"a":123}\r\n0\r\n\r\n',
    "no-reason": b'HTTP/1.1 200\r\nContent-Length: 9\r\n\r\n{"a":123}',
    "lines-that-end-in-a-line-feed": b'HTTP/1.1 200 OK\nContent-Length: 9\n\n{"a":123}',
    "continue": b'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"a":123}',
    "early-hints": b'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"a":123}',
    "until-closed": b'HTTP/1.1 200 OK\r\n\r\n{"a":123}',
    "more-than-announced": b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"a":123}{}',
    "a-long-head": b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"a" * 8000 + b'\r\nContent-Length: 9\r\n\r\n{"a":123}',
}


@pytest.mark.parametrize("data", HONEST.values(), ids=HONEST)
def test_an_honest_answer_is_read_in_any_legal_form(data: bytes) -> None:
    """RFC 9112: chunks, trailers, interim answers, blanks around values, and no length at all."""
    with Server(says(data)) as server:
        assert fetcher(relax=LOOPBACK)(server.url, timeout=2).body == b'{"a":123}'


def test_values_of_a_repeated_header_are_joined() -> None:
    """RFC 9110 section 5.3; names come in lower case."""
    with Server(says(answer("200 OK", BODY, "Cache-Control: public", "CACHE-CONTROL: max-age=5"))) as server:
        headers = fetcher(relax=LOOPBACK)(server.url, timeout=2).headers

    assert headers["cache-control"] == "public, max-age=5"


# Headers that a parser of e-mail spends seconds on, or breaks at.
ODD: dict[str, bytes] = {
    "parameters-without-end": b'Content-Type: multipart/x;a="' + b";" * 15_000,
    "a-boundary-in-pieces": b"Content-Type: multipart/mixed; boundary*=x; boundary*0=y",
    "a-boundary-in-a-codec": b"Content-Type: multipart/mixed; boundary*=punycode''" + b"a" * 15_000,
    "a-mail-in-a-mail": b"Content-Type: message/rfc822",
    "commas": b"Cache-Control: " + b"," * 15_000,
    "directives": b"Cache-Control: " + b",".join(b"max-age=%d" % each for each in range(1000)),
}


@pytest.mark.parametrize("header", ODD.values(), ids=ODD)
def test_a_header_is_no_more_than_a_text(header: bytes) -> None:
    """F4: nothing looks for more in it than is asked for."""
    data = b"HTTP/1.1 200 OK\r\n" + header + b"\r\nContent-Length: 2\r\n\r\n{}"
    with Server(says(data)) as server:
        fetch = fetcher(relax=LOOPBACK)

        assert soon(lambda: lifetime(fetch(server.url, timeout=2).headers), within=0.005)


def test_noise_in_place_of_an_answer_is_an_outage() -> None:
    """Two hundred random answers, some of them nearly right: no other exception leaves."""
    noise = random.Random(7)
    good = answer("200 OK", BODY, "ETag: x", "Cache-Control: max-age=5")
    answers = iter([_mutated(good, noise) for _ in range(200)])
    fetch = fetcher(relax=LOOPBACK)

    with Server(lambda connection: connection.send(next(answers))) as server:
        for _ in range(200):
            try:
                assert isinstance(fetch(server.url, timeout=2).body, bytes)
            except KeysUnavailable as fault:
                assert fault.code in {"fetch_refused", "fetch_status", "fetch_too_large", "fetch_timeout"}  # noqa: PT017


def _mutated(data: bytes, noise: random.Random) -> bytes:
    mutable = bytearray(data)
    for _ in range(noise.randrange(1, 6)):
        mutable[noise.randrange(min(len(mutable), 90))] = noise.choice(b"\r\n\0 :-0\xff,a")
    return bytes(mutable)


def test_a_port_where_nobody_listens_is_an_outage() -> None:
    """The phase tells connecting from reading."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(KeysUnavailable) as fault:
        fetcher(relax=LOOPBACK)(f"http://127.0.0.1:{port}/", timeout=2)

    assert fault.value.code == "fetch_refused"
    assert "127.0.0.1 failed in phase connect" in fault.value.detail


PIECES: dict[str, list[bytes]] = {
    "at-once": [HEAD + BODY],
    "head-then-body": [HEAD, BODY],
    "head-then-body-closing": [CLOSING, BODY],
    "byte-by-byte-closing": [CLOSING, *(bytes([byte]) for byte in BODY)],
    "chunks": [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"%x\r\n" % len(BODY), BODY, b"\r\n0\r\n\r\n"],
    "until-closed": [b"HTTP/1.0 200 OK\r\n\r\n", BODY],
}


@pytest.mark.parametrize("pieces", PIECES.values(), ids=PIECES)
def test_a_good_answer_is_read_however_it_comes(pieces: list[bytes]) -> None:
    """In one piece or many, with the connection closed after the head or not."""
    with Server(lambda connection: connection.drip(pieces, 0.0005)) as server:
        response = fetcher(relax=LOOPBACK)(server.url, timeout=BOUND)

    assert (response.status, response.body) == (200, BODY)


def test_a_long_body_is_read_after_the_server_said_close() -> None:
    """Longer than any buffer, and in a second packet."""
    body = b"{" + b" " * 300_000 + b"}"
    pieces = [b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body), body]

    with Server(lambda connection: connection.drip(pieces)) as server:
        assert fetcher(relax=LOOPBACK)(server.url, timeout=BOUND).body == body


def test_the_request_is_bare() -> None:
    """F4, F11: no compression, no cookie, no credential, one Host; the ETag where there is one."""
    with Server(says(HEAD + BODY)) as server:
        fetch = fetcher(relax=LOOPBACK)
        fetch(server.url + "?a=b", timeout=2)
        fetch(server.url, timeout=2, etag='"v1"')

    bare, conditional = (request.decode().split("\r\n") for request in server.requests)
    assert bare[0] == "GET /jwks?a=b HTTP/1.1"
    assert sorted(bare[1:-2]) == [
        "Accept-Encoding: identity", "Accept: application/json", "Connection: close", f"Host: 127.0.0.1:{server.port}",
        "User-Agent: authkit",
    ]  # fmt: skip
    assert 'If-None-Match: "v1"' in conditional


def test_headers_are_read_without_case_and_joined_where_repeated() -> None:
    """F6: of two Cache-Control lines neither is lost."""
    data = answer("200 OK", BODY, "CACHE-CONTROL: max-age=86400", "Cache-Control: no-cache", 'eTag: "v1"')

    with Server(says(data)) as server:
        headers = fetcher(relax=LOOPBACK)(server.url, timeout=2).headers

    assert headers["cache-control"] == "max-age=86400, no-cache"
    assert headers["etag"] == '"v1"'


def test_304_has_no_body() -> None:
    """F7: it is handed on as it is."""
    with Server(says(answer("304 Not Modified", b"", "Cache-Control: max-age=60"))) as server:
        response = fetcher(relax=LOOPBACK)(server.url, timeout=2, etag="x")

    assert (response.status, response.body, response.headers["cache-control"]) == (304, b"", "max-age=60")


def test_304_to_who_sent_no_etag_is_a_failure() -> None:
    """F7: there is nothing it could mean."""
    fault = fails(says(answer("304 Not Modified")))

    assert (fault.code, fault.retry_after) == ("fetch_status", None)
    assert "answered 304" in fault.detail


@pytest.mark.parametrize("status", ["429 Too Many", "503 Busy"])
@pytest.mark.parametrize(
    ("value", "seconds"),
    [("5", 5.0), ("Tue, 14 Nov 2023 22:13:50 GMT", 30.0), ("Tue, 14 Nov 2023 22:00:00 GMT", 0.0), ("soon", None)],
)
def test_how_long_to_wait_is_told_on(status: str, value: str, seconds: float | None) -> None:
    """F5: in seconds or as a date; what makes no sense is left out."""
    server = Server(says(answer(status, b"", f"Retry-After: {value}")))

    with server, pytest.raises(KeysUnavailable) as fault:
        fetcher(relax=LOOPBACK, clock=lambda: 1_700_000_000.0)(server.url, timeout=2)

    assert fault.value.retry_after == seconds


def test_nothing_of_the_environment_is_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """F11: no credentials of a .netrc, no cookie of an earlier answer, no proxy of any name."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login alice password hunter2\n")
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://alice:hunter2@127.0.0.1:9/")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))

    with Server(says(answer("200 OK", BODY, "Set-Cookie: id=1; Path=/"))) as server:
        fetch = fetcher(relax=LOOPBACK)
        fetch(server.url, timeout=2)
        fetch(server.url, timeout=2)

    sent = b"".join(server.requests).lower()
    assert len(server.requests) == 2
    assert not any(word in sent for word in (b"cookie", b"authorization", b"hunter2", b"alice"))


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """F11."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9/")

    with Server(says(HEAD + BODY)) as server:
        assert fetcher(relax=LOOPBACK)(server.url, timeout=2).body == BODY


@pytest.mark.parametrize(
    "url",
    [
        "http://idp.example.com/",
        "file:///etc/passwd",
        "https://u:hunter2@h/",
        "https://a..b/",
        "https://169.254.169.254/",
        "https://10.0.0.1/",
        "https://2130706433/",
        "https://[::1]/",
    ],
)
def test_a_forbidden_url_is_not_fetched(url: str) -> None:
    """F1: nothing is looked up for it."""
    asked: list[Any] = []

    with pytest.raises(KeysUnavailable) as fault:
        fetcher(resolve=lambda *arguments, **_: asked.append(arguments))(url, timeout=1)

    assert fault.value.code == "url_forbidden"
    assert asked == []
    assert "hunter2" not in str(fault.value)
