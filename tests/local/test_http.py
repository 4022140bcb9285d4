"""The loopback server turns HTTP into values and back."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import pytest

from authkit.local.http import HttpReply, HttpRequest, LoopbackServer


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


def test_head_gets_no_body_and_a_bad_length_is_none() -> None:
    """What HTTP asks for, and what it does not."""
    with LoopbackServer(lambda request: HttpReply(200, b"body" + request.body)).running() as server:
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=5)
        connection.request("HEAD", "/")
        head = connection.getresponse()
        head_body = head.read()
        connection.request("GET", "/", headers={"Content-Length": "many"})
        get_body = connection.getresponse().read()
        connection.close()

    assert (head.status, head_body, get_body) == (200, b"", b"body")


def test_a_taken_port_is_an_error() -> None:
    """It is said, not waited for."""
    with LoopbackServer(lambda _: HttpReply(200)).running() as server, pytest.raises(OSError, match="in use"):
        LoopbackServer(lambda _: HttpReply(200), int(server.url.rsplit(":", 1)[1]))
