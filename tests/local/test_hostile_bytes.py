"""Whatever bytes come, the emulator answers or hangs up: nothing else is raised, and nobody is let in by a trick."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit.local.message import HttpReply, HttpRequest
from authkit.local.websocket import converse
from authkit.local.wire import Malformed, Peer, receive, written
from tests.local.gateways import (
    HANDSHAKE,
    POLICY_KINDS,
    Function,
    appsync,
    gateway,
    header,
    saying,
    sent,
    stage,
    statement,
)

PIECES = st.sampled_from(
    [
        *(
            b"GET ",
            b"POST ",
            b"/",
            b"/orders/1",
            b"//",
            b"/..",
            b"%2f",
            b"%00",
            b"%",
            b"?a=1&a",
            b"*",
            b" HTTP/1.1",
            b" ",
        ),
        *(
            b"\r\n",
            b"\n",
            b"\r",
            b"\0",
            b":",
            b"\xff",
            b"Host: a\r\n",
            b"Authorization: Bearer t\r\n",
            b"1",
            b"0\r\n\r\n",
        ),
        *(
            b"Content-Length: 1\r\n",
            b"Transfer-Encoding: chunked\r\n",
            b"Expect: 100-continue\r\n",
            b"Upgrade: websocket\r\n",
        ),
        *(b"X-Forwarded-For: \xfc\r\n", b"Cookie: a=1;;=\r\n", b"Origin: x\r\n", b"\r\n\r\n"),
    ]
)
BYTES = st.binary(max_size=60) | st.lists(PIECES, max_size=20).map(b"".join)
WHOLE = BYTES | BYTES.map(lambda rest: b"GET /orders/1 HTTP/1.1\r\nAuthorization: Bearer t\r\n" + rest + b"\r\n\r\n")


class Both(io.BytesIO):
    """A stream that is read from, and swallows what is written."""

    def write(self, data: Any, /) -> int:
        return len(data)


def endpoints() -> list[Callable[[HttpRequest], HttpReply]]:
    """Return an endpoint of each kind, that lets everybody in who has a credential."""
    policies = [gateway(Function(saying(statement(f"{stage(kind)}*"))), kind, ttl=0).respond for kind in POLICY_KINDS]
    simple = Function({"isAuthorized": True})
    return [*policies, gateway(simple, "http-simple").respond, appsync(simple).respond]


@given(WHOLE)
def test_any_bytes_are_a_request_or_none_and_every_request_is_answered(sent: bytes) -> None:
    """By every kind of API, with a reply that can be written."""
    with suppress(Malformed):
        received = receive(Both(sent), Peer("127.0.0.1"))
        for respond in endpoints() if received is not None else ():
            reply = respond(received.request)  # type: ignore[union-attr]
            head, _, _ = written(reply, head_only=True, persistent=True).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 ")
            assert head.count(b"\n") == head.count(b"\r\n")


class Wire:
    """A connection that has so many bytes, and keeps what is sent."""

    def __init__(self, data: bytes) -> None:
        self._stream = io.BytesIO(data)
        self.sent = b""

    def read(self, size: int) -> bytes:
        return self._stream.read(size)

    def write(self, data: bytes) -> None:
        self.sent += data


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda rest: b"\x81\x85abcd" + rest))
def test_any_bytes_end_a_websocket_or_are_its_messages(sent: bytes) -> None:
    """Section 5.2 of RFC 6455: what is sent back is frames."""
    wire = Wire(sent)

    converse(wire, lambda text: text)

    assert wire.sent == b"" or wire.sent[0] in (0x81, 0x88, 0x8A)


@pytest.mark.parametrize(
    ("path", "arn"),
    [
        ("/orders/%2F", "GET/orders/%2F"),
        ("/orders/..", "GET/orders/.."),
        ("/orders/%2e%2e", "GET/orders/.."),
        ("/orders/a%2Fb", "GET/orders/a%2Fb"),
        ("/orders/*", "GET/orders/*"),
        ("/orders/%2A", "GET/orders/*"),
        ("/orders/%00", "GET/orders/\0"),
        ("/orders/%ff", "GET/orders/\ufffd"),
    ],
)
@pytest.mark.parametrize("kind", ["rest-request", "http-v2"])
def test_a_path_is_told_as_it_came(kind: str, path: str, arn: str) -> None:
    """Nothing is put in order: what a function makes of it is to be seen."""
    function = Function(saying(statement("*")))

    gateway(function, kind).respond(sent(path))

    event = function.events[0]
    assert event.get("methodArn", event.get("routeArn")).removeprefix(stage(kind)) == arn


@pytest.mark.parametrize("path", ["//orders/1", "///", "/orders//1", "/orders/1/", "/./orders/1", "/a/../orders/1"])
def test_another_spelling_of_a_path_is_another_path(path: str) -> None:
    """And goes nowhere here; nobody is asked."""
    function = Function(saying(statement("*")))

    reply = gateway(function).respond(sent(path))

    assert (reply.status, function.events) == (403, [])


def test_a_credential_that_stands_twice_makes_a_key_of_its_own() -> None:
    """Joined or the last one, by kind; an answer that was kept for one of them is not given."""
    for kind in ("rest-request", "http-v2"):
        function = Function(saying(statement(f"{stage(kind)}*")))
        asking = gateway(function, kind)

        asking.respond(sent("/orders/1", ("Authorization", "good")))
        asking.respond(sent("/orders/1", ("Authorization", "good"), ("authorization", "evil")))

        assert len(function.events) == 2


def test_what_a_client_says_of_itself_is_not_believed() -> None:
    """Where it came from, over what, and for whom: the gateway adds its own."""
    function = Function(saying(statement("*")))
    claims = (("Authorization", "t"), ("X-Forwarded-For", "1.2.3.4"), ("X-Forwarded-Proto", "http"), ("Via", "x"))

    gateway(function).respond(sent("/orders/1", *claims))

    event = function.events[0]
    assert event["requestContext"]["identity"]["sourceIp"] == "127.0.0.1"
    assert event["headers"]["X-Forwarded-For"] == "1.2.3.4, 127.0.0.1"
    assert event["multiValueHeaders"]["X-Forwarded-Proto"] == ["https"]


def test_a_handshake_is_no_way_around_the_authorizer() -> None:
    """On APIs that have no WebSockets it is a request like any other."""
    function = Function(saying(statement("*", "Deny")))

    reply = gateway(function).respond(HttpRequest("GET", "/orders/1", headers=(*HANDSHAKE, ("Authorization", "t"))))

    assert (reply.status, header(reply, "upgrade"), len(function.events)) == (403, None, 1)


def test_a_function_that_ends_its_process_is_an_error() -> None:
    """As in Lambda; the emulator goes on."""
    from authkit.local.function import in_process

    def leaves(event: dict[str, Any], context: object) -> Any:
        raise SystemExit("Unauthorized")

    reply = gateway(in_process(leaves)).respond(sent())

    assert (reply.status, json.loads(reply.body)) == (500, {"message": None})
