"""WebSocket on the laptop: a real handshake, and messages until one side closes (RFC 6455)."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from authkit.local.backend import mirror
from authkit.local.gateway import Call
from authkit.local.http import HttpRequest, LoopbackServer
from authkit.local.websocket import LARGEST_FRAME, LARGEST_MESSAGE
from tests.local.gateways import HANDSHAKE, Function, body, gateway, header, saying, sent, stage, statement

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
FIN, MASK = 0x80, b"\x37\xfa\x21\x3d"  # section 5.7
ALLOWED = saying(statement(f"{stage('websocket')}$connect"), context={"tenant": "acme", "quota": 250})


class Client:
    """One side of a connection, frame by frame."""

    def __init__(self, port: int, *headers: tuple[str, str], path: str = "/") -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in (*HANDSHAKE, *headers)), "", ""]
        self._socket.sendall("\r\n".join(lines).encode())
        self._stream = self._socket.makefile("rb")
        self.status = int(self._stream.readline().split()[1])
        lines = list(iter(lambda: self._stream.readline().decode().strip(), ""))
        self.headers = dict(line.lower().split(": ", 1) for line in lines)

    def send(self, opcode: int, data: bytes, *, final: bool = True, masked: bool = True) -> None:
        size = len(data)
        length = bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2, "big")
        if size >= 1 << 16:
            length = b"\x7f" + size.to_bytes(8, "big")
        head = bytes([(FIN if final else 0) | opcode, length[0] | (0x80 if masked else 0)]) + length[1:]
        mask = MASK if masked else b""
        self._socket.sendall(head + mask + bytes(each ^ MASK[at % 4] for at, each in enumerate(data)))

    def receive(self) -> tuple[int, bytes]:
        """Return the next frame, or nothing of it at the end."""
        head = self._stream.read(2)
        if not head:
            return 0, b""
        size = head[1]
        if size > 125:
            size = int.from_bytes(self._stream.read(2 if size == 126 else 8), "big")
        return head[0] & 0x0F, self._stream.read(size)

    def close(self) -> None:
        self._stream.close()
        self._socket.close()


@contextmanager
def connected(
    *headers: tuple[str, str], answer: Any = ALLOWED, calls: list[Call] | None = None, path: str = "/"
) -> Iterator[Client]:
    """Connect to a WebSocket API whose backend answers what it is handed."""
    api = gateway(Function(answer), "websocket", backend=mirror, calls=calls)
    with LoopbackServer(api.respond).running() as server:
        client = Client(server.port, *(headers or (("Authorization", "Bearer t"),)), path=path)
        try:
            yield client
        finally:
            client.close()


def test_a_connection_is_upgraded_and_its_messages_carry_the_authorizers_context() -> None:
    """The key of RFC 6455 section 1.3 gets its answer; the backend sees what the connection was allowed by."""
    calls: list[Call] = []
    with connected(calls=calls, path="/dev?room=blue") as client:
        client.send(TEXT, b'{"action":"say"}')
        opcode, data = client.receive()

    seen = json.loads(data)
    assert (client.status, client.headers["upgrade"], opcode) == (101, "websocket", TEXT)
    assert client.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".lower()
    assert (seen["body"], seen["requestContext"]["eventType"]) == ('{"action":"say"}', "MESSAGE")
    told = seen["requestContext"]["authorizer"]
    assert (told["principalId"], told["tenant"], told["quota"]) == ("user-42", "acme", "250")
    assert [step.place for step in calls[0].steps] == ["gateway", "authorizer", "policy", "backend"]


def test_the_accept_key_is_that_of_the_standard() -> None:
    """Computed here a second time."""
    reply = gateway(Function(ALLOWED), "websocket").respond(sent(kind="websocket"))

    digest = hashlib.sha1(b"dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    assert header(reply, "sec-websocket-accept") == base64.b64encode(digest).decode()


def test_a_message_may_come_in_pieces_with_a_ping_between_them() -> None:
    """Section 5.4."""
    with connected() as client:
        client.send(TEXT, b"Hel", final=False)
        client.send(PING, b"there?")
        client.send(0, "lo ü".encode())
        pong, message = client.receive(), client.receive()

    assert pong == (PONG, b"there?")
    assert json.loads(message[1])["body"] == "Hello ü"


@pytest.mark.parametrize("size", [125, 126, 20_000, LARGEST_FRAME])
def test_messages_of_all_lengths_go_there_and_back(size: int) -> None:
    """All three forms of a length, section 5.2."""
    with connected() as client:
        client.send(TEXT, b"x" * size)
        _, data = client.receive()

    assert len(json.loads(data)["body"]) == size


def test_a_close_is_answered_by_its_own_code() -> None:
    """Section 5.5.1; then the connection ends."""
    with connected() as client:
        client.send(CLOSE, (1001).to_bytes(2, "big") + b"bye")
        answers = client.receive(), client.receive()

    assert answers == ((CLOSE, b"\x03\xe9"), (0, b""))


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([(TEXT, b"x", {"masked": False})], 1002),
        ([(0, b"x", {})], 1002),
        ([(TEXT, b"x", {"final": False}), (TEXT, b"y", {})], 1002),
        ([(BINARY, b"x", {})], 1002),
        ([(3, b"x", {})], 1002),
        ([(PING, b"x" * 126, {})], 1002),
        ([(PING, b"x", {"final": False})], 1002),
        ([(TEXT, b"\xff", {})], 1007),
        ([(TEXT, b"x" * (LARGEST_FRAME + 1), {})], 1009),
        ([(CLOSE, b"", {})], 1000),
        ([(CLOSE, b"\x03", {})], 1002),
        ([(CLOSE, (1005).to_bytes(2, "big"), {})], 1002),
        ([(CLOSE, (65535).to_bytes(2, "big"), {})], 1002),
        ([(CLOSE, (4999).to_bytes(2, "big") + b"\xff", {})], 4999),
    ],
)
def test_what_breaks_the_protocol_ends_it_with_a_code(frames: list[Any], code: int) -> None:
    """Section 7.4.1, and the sizes API Gateway allows; it takes texts only."""
    with connected() as client:
        for opcode, data, how in frames:
            client.send(opcode, data, **how)
        answer = client.receive()

    assert answer == (CLOSE, code.to_bytes(2, "big"))


def test_a_message_of_too_many_frames_is_too_big() -> None:
    """128 KB in all."""
    with connected() as client:
        for opcode in (TEXT, 0, 0, 0, 0):
            client.send(opcode, b"x" * LARGEST_FRAME, final=False)
        answer = client.receive()

    assert 5 * LARGEST_FRAME > LARGEST_MESSAGE
    assert answer == (CLOSE, (1009).to_bytes(2, "big"))


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Exception("Unauthorized"), 401),
        (saying(statement("*", "Deny")), 403),
        (RuntimeError(), 500),
    ],
)
def test_a_refused_handshake_is_a_plain_reply(answer: Any, status: int) -> None:
    """The connection is not upgraded."""
    with connected(answer=answer) as client:
        assert client.status == status
        assert "upgrade" not in client.headers


def without(name: str, value: str | None = None) -> tuple[tuple[str, str], ...]:
    """Return the handshake without a header, or with another value of it."""
    kept = tuple(pair for pair in HANDSHAKE if pair[0] != name)
    return kept if value is None else (*kept, (name, value))


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/", HANDSHAKE, 400),
        ("GET", "/", without("Upgrade"), 400),
        ("GET", "/", without("Connection"), 400),
        ("GET", "/", without("Sec-WebSocket-Version", "12"), 426),
        ("GET", "/", without("Sec-WebSocket-Key"), 400),
        ("GET", "/", without("Sec-WebSocket-Key", "c2hvcnQ="), 400),
        ("GET", "/", without("Sec-WebSocket-Key", "!"), 400),
        ("GET", "/", without("Sec-WebSocket-Key", "\u00fc"), 400),
        ("GET", "/elsewhere", HANDSHAKE, 403),
    ],
)
def test_what_is_no_handshake_is_refused_before_anybody_is_asked(
    method: str, path: str, headers: tuple[tuple[str, str], ...], status: int
) -> None:
    """Section 4.2.1."""
    function = Function(ALLOWED)

    reply = gateway(function, "websocket").respond(HttpRequest(method, path, "", (*headers, ("Authorization", "t"))))

    assert (reply.status, function.events) == (status, [])
    assert body(reply)["message"]
