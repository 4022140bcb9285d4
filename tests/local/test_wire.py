"""The loopback server reads and writes HTTP/1.1 as RFC 9112 has it."""

from __future__ import annotations

import socket

import pytest

from authkit.local.http import HttpReply, HttpRequest, LoopbackServer, _Patient
from authkit.local.wire import LARGEST_BODY, LARGEST_HEAD, written


def talk(server: LoopbackServer, *pieces: bytes) -> bytes:
    """Send bytes and return all that comes until the server hangs up."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        for piece in pieces:
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def serving(seen: list[HttpRequest], **limits: int) -> LoopbackServer:
    """Return a server that keeps its requests and answers with their bodies."""

    def respond(request: HttpRequest) -> HttpReply:
        seen.append(request)
        return HttpReply(200, request.body)

    return LoopbackServer(respond, **limits)


def exchange(*pieces: bytes) -> tuple[list[HttpRequest], bytes]:
    """Return what arrived, and what came back."""
    seen: list[HttpRequest] = []
    with serving(seen).running() as server:
        answer = talk(server, *pieces)
    return seen, answer


def test_one_connection_serves_many_requests() -> None:
    """Also several sent at once, in their order."""
    seen, answer = exchange(b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n\r\nPOST /2 HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi")

    assert [(each.method, each.path, each.body) for each in seen] == [("GET", "/1", b""), ("POST", "/2", b"hi")]
    assert answer.count(b"HTTP/1.1 200 OK\r\n") == 2
    assert answer.endswith(b"content-length: 2\r\n\r\nhi")


def test_names_keep_their_case_and_repeated_headers_stay_apart() -> None:
    """What a gateway makes of both is to be shown."""
    seen, _ = exchange(b"GET / HTTP/1.1\r\nX-a:  1\t\r\nx-A: 2\r\nEmpty:\r\n\r\n")

    assert seen[0].headers == (("X-a", "1"), ("x-A", "2"), ("Empty", ""))


@pytest.mark.parametrize(
    ("request_head", "persistent"),
    [
        (b"GET / HTTP/1.1\r\n", True),
        (b"GET / HTTP/1.1\r\nConnection: close\r\n", False),
        (b"GET / HTTP/1.0\r\n", False),
        (b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n", True),
    ],
)
def test_a_connection_stays_open_unless_one_side_asks_otherwise(request_head: bytes, persistent: bool) -> None:
    """RFC 9112 section 9.3."""
    seen, answer = exchange((request_head + b"\r\n") * 2)

    assert len(seen) == (2 if persistent else 1)
    assert (b"connection: close" in answer) != persistent


def test_a_body_may_come_in_chunks() -> None:
    """With extensions and trailers, which are left out."""
    chunks = b"4;x=1\r\nWiki\r\n6\r\npedia \r\n0\r\nTrailer: 1\r\n\r\n"

    seen, _ = exchange(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"GET /2 HTTP/1.1\r\n\r\n")

    assert [each.body for each in seen] == [b"Wikipedia ", b""]


def test_who_expects_to_be_told_to_go_on_is_told() -> None:
    """RFC 9110 section 10.1.1."""
    _, answer = exchange(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n", b"x")

    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


def test_a_target_may_be_a_whole_url() -> None:
    """As a proxy is asked."""
    seen, _ = exchange(b"GET http://api.example.com/a%2Fb?q=1 HTTP/1.1\r\n\r\n")

    assert (seen[0].path, seen[0].query) == ("/a%2Fb", "q=1")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /\r\n\r\n", 400),
        (b"GET / HTTP/2\r\n\r\n", 400),
        (b"G\x00T / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nname : value\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA: 1\r\n folded\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA: 1", 400),
        (b"GET /" + b"a" * LARGEST_HEAD, 414),
        (b"GET / HTTP/1.1\r\n" + b"A: " + b"a" * LARGEST_HEAD + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"A: a\r\n" * (LARGEST_HEAD // 6) + b"\r\n", 431),
        (b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (LARGEST_BODY + 1), 413),
        (b"GET elsewhere HTTP/1.1\r\n\r\n", 400),
        (b"GET * HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA: a\rB: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA: a\0b\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\nx", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n", 413),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"a: b\r\n" * LARGEST_HEAD, 431),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", 400),
    ],
)
def test_what_is_no_request_is_answered_and_ends_the_connection(sent: bytes, status: int) -> None:
    """Nothing of it reaches anybody."""
    seen, answer = exchange(sent)

    assert seen == []
    assert answer.startswith(b"HTTP/1.1 %d " % status)


def test_a_reply_has_no_more_lines_than_it_has_headers() -> None:
    """Whatever a header's value holds; one that ends a line would begin another header."""
    reply = HttpReply(200, headers=(("X-A", "1\r\nX-B: 2\0"),))

    assert written(reply, head_only=False, persistent=True).split(b"\r\n")[1:-2] == [
        b"X-A: 1  X-B: 2 ",
        b"content-length: 0",
    ]


def test_whoever_sends_a_byte_now_and_then_is_not_waited_for() -> None:
    """All of a request must come in a time of its own, however lively its bytes are."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        reading = _Patient(ours)
        reading.expect(5.0, 0.0)
        theirs.sendall(b"GE")
        first = reading.readinto(bytearray(1))
        with pytest.raises(TimeoutError):
            reading.readinto(bytearray(1))

    assert first == 1


def test_there_are_no_more_connections_than_threads_for_them() -> None:
    """One too many is closed at once."""
    seen: list[HttpRequest] = []
    with serving(seen, most=1).running() as server:
        first = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        first.sendall(b"GET /1 HTTP/1.1\r\n\r\n")
        answered = first.recv(65536)
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as second:
            refused = second.recv(65536)
        first.close()

    assert (answered[:15], refused) == (b"HTTP/1.1 200 OK", b"")
    assert [each.path for each in seen] == ["/1"]


def test_whoever_is_still_connected_at_the_end_is_hung_up_on() -> None:
    """A server that was stopped leaves nothing behind."""
    seen: list[HttpRequest] = []
    with serving(seen).running() as server:
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        first = connection.recv(65536)

    with connection:
        rest = connection.recv(65536)

    assert (first[:15], rest) == (b"HTTP/1.1 200 OK", b"")
