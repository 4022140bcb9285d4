"""The loopback server turns HTTP into values and back."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import pytest

from authkit.local.http import CannotListen, HttpReply, HttpRequest, LoopbackServer


def test_a_request_arrives_as_it_was_sent_and_the_reply_goes_back() -> None:
    """Path undecoded, repeated headers, body, address."""
    seen: list[HttpRequest] = []

    def respond(request: HttpRequest) -> HttpReply:
        seen.append(request)
        return HttpReply(201, b"made", (("x-a", "1"),))

    with LoopbackServer(respond).running() as server:
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=5)
        connection.putrequest("POST", "/a%2Fb?q=1&q=2")
        for name, value in (("X-Twice", "1"), ("X-Twice", "2"), ("Content-Length", "4")):
            connection.putheader(name, value)
        connection.endheaders(b"a=b+")
        reply = connection.getresponse()
        answer = (reply.status, reply.getheader("x-a"), reply.read())
        connection.close()

    assert answer == (201, "1", b"made")
    (request,) = seen
    assert (request.method, request.path, request.query, request.source_ip) == (
        "POST",
        "/a%2Fb",
        "q=1&q=2",
        "127.0.0.1",
    )
    assert [value for name, value in request.headers if name == "X-Twice"] == ["1", "2"]
    assert (request.header("x-twice"), request.header("absent"), request.form()) == ("2", "", {"a": "b "})


def test_head_gets_no_body_and_a_bad_length_is_refused() -> None:
    """What follows would be anybody's guess (RFC 9112 section 6.3)."""
    with LoopbackServer(lambda request: HttpReply(200, b"body" + request.body)).running() as server:
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=5)
        connection.request("HEAD", "/")
        head = connection.getresponse()
        head_body = head.read()
        connection.request("GET", "/", headers={"Content-Length": "many"})
        bad = connection.getresponse().status
        connection.close()

    assert (head.status, head_body, bad) == (200, b"", 400)


def test_one_request_that_cannot_be_answered_takes_no_other_with_it(capfd: pytest.CaptureFixture[str]) -> None:
    """It is a 500, and stderr names the kind of error, without its text."""

    def respond(request: HttpRequest) -> HttpReply:
        if request.path == "/bad":
            raise RuntimeError("a secret")
        return HttpReply(200)

    statuses = []
    with LoopbackServer(respond).running() as server:
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=5)
        for path in ("/good", "/bad", "/good"):
            connection.request("GET", path)
            reply = connection.getresponse()
            reply.read()
            statuses.append(reply.status)
        connection.close()

    assert statuses == [200, 500, 200]
    assert capfd.readouterr().err == "authkit: a request could not be answered: RuntimeError\n"


def test_a_taken_port_is_an_error() -> None:
    """It is said, not waited for."""
    with LoopbackServer(lambda _: HttpReply(200)).running() as server, pytest.raises(OSError, match="in use"):
        LoopbackServer(lambda _: HttpReply(200), int(server.url.rsplit(":", 1)[1]))


def test_a_port_that_cannot_be_had_is_named() -> None:
    """Taken, or not for everybody; and it is an `OSError` to whoever catches these."""
    with LoopbackServer(lambda _: HttpReply(200)).running() as server, pytest.raises(CannotListen) as taken:
        LoopbackServer(lambda _: HttpReply(200), server.port)

    forbidden = CannotListen(80, PermissionError(13, "Permission denied"))
    assert (taken.value.port, taken.value.strerror) == (server.port, f"port {server.port} is in use")
    assert isinstance(forbidden, OSError)
    assert str(forbidden) == "[Errno 13] port 80 cannot be had: Permission denied"
