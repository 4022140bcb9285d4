"""WebSocket (RFC 6455): the handshake, and messages there and back until one side closes."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from enum import IntEnum

from .message import HttpReply, HttpRequest, Wire

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # section 1.3
LARGEST_FRAME = 32 * 1024  # bytes: a WebSocket API's quotas
LARGEST_MESSAGE = 128 * 1024

NORMAL, AWAY, PROTOCOL_ERROR, BAD_DATA, TOO_BIG = 1000, 1001, 1002, 1007, 1009  # section 7.4.1

Answer = Callable[[str], str]
"""Answers one message by another."""


class BadHandshake(Exception):
    """The request is no opening handshake."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class _Closing(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class _Opcode(IntEnum):
    CONTINUATION, TEXT, BINARY = 0x0, 0x1, 0x2
    CLOSE, PING, PONG = 0x8, 0x9, 0xA


def demand_handshake(request: HttpRequest) -> None:
    """Refuse what does not open a WebSocket (section 4.2.1).

    Raises:
        BadHandshake: 426 for another version of the protocol, 400 for anything else.
    """
    upgrade = "websocket" in request.header("upgrade").lower()
    if request.method != "GET" or not upgrade or "upgrade" not in request.header("connection").lower():
        raise BadHandshake(400)
    if request.header("sec-websocket-version") != "13":
        raise BadHandshake(426)
    try:
        key = base64.b64decode(request.header("sec-websocket-key"), validate=True)
    except ValueError:  # of text beyond ASCII, and by binascii.Error of what is no Base64
        key = b""
    if len(key) != 16:
        raise BadHandshake(400)


def opened(request: HttpRequest, answer: Answer) -> HttpReply:
    """Return the reply that opens the connection; each message on it is answered by ``answer``.

    Of the subprotocols a client offers none is chosen: that is a backend's to do.
    """
    key = request.header("sec-websocket-key").encode()
    accept = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest()).decode()
    headers = (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept))
    return HttpReply(101, headers=headers, upgrade=lambda wire: converse(wire, answer))


def converse(wire: Wire, answer: Answer) -> None:
    """Answer messages until one side closes."""
    try:
        while (message := _message(wire)) is not None:
            wire.write(_framed(_Opcode.TEXT, answer(message).encode()))
    except _Closing as closing:
        wire.write(_framed(_Opcode.CLOSE, closing.code.to_bytes(2, "big")))


def _message(wire: Wire) -> str | None:
    """Return the next message, whatever frames it comes in; None where the other side has gone without a word."""
    message, begun = bytearray(), False
    while (frame := _frame(wire)) is not None:
        opcode, final, data = frame
        if opcode is _Opcode.CLOSE:
            raise _Closing(_echoed(data))
        if opcode is _Opcode.PING:
            wire.write(_framed(_Opcode.PONG, data))
        if opcode in (_Opcode.PING, _Opcode.PONG):
            continue
        if opcode is _Opcode.BINARY or (opcode is _Opcode.CONTINUATION) != begun:
            raise _Closing(PROTOCOL_ERROR)  # API Gateway takes texts only
        message += data
        begun = not final
        if len(message) > LARGEST_MESSAGE:
            raise _Closing(TOO_BIG)
        if final:
            return _decoded(message)
    return None


def _echoed(data: bytes) -> int:
    """Return the code that a close is answered by: its own, if it may be sent at all (section 7.4)."""
    if not data:
        return NORMAL
    code = int.from_bytes(data[:2], "big") if len(data) > 1 else 0
    sendable = 1000 <= code <= 1014 and code not in (1004, 1005, 1006)
    return code if sendable or 3000 <= code <= 4999 else PROTOCOL_ERROR


def _decoded(message: bytearray) -> str:
    try:
        return message.decode()
    except UnicodeDecodeError:
        raise _Closing(BAD_DATA) from None


def _frame(wire: Wire) -> tuple[_Opcode, bool, bytes] | None:
    """Read a frame (section 5.2). A client's is always masked, and no extension was agreed upon."""
    head = wire.read(2)
    if len(head) < 2:
        return None
    final, reserved, code = bool(head[0] & 0x80), head[0] & 0x70, head[0] & 0x0F
    masked, size = bool(head[1] & 0x80), head[1] & 0x7F
    if reserved or not masked or code not in _Opcode.__members__.values():
        raise _Closing(PROTOCOL_ERROR)
    opcode = _Opcode(code)
    if opcode >= _Opcode.CLOSE and (size > 125 or not final):
        raise _Closing(PROTOCOL_ERROR)
    if size > 125:
        size = int.from_bytes(wire.read(2 if size == 126 else 8), "big")
    if size > LARGEST_FRAME:
        raise _Closing(TOO_BIG)
    mask, data = wire.read(4), wire.read(size)
    return (opcode, final, _unmasked(data, mask)) if len(data) == size and len(mask) == 4 else None


def _unmasked(data: bytes, mask: bytes) -> bytes:
    repeated = (mask * (len(data) // 4 + 1))[: len(data)]
    return (int.from_bytes(data, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(data), "big")


def _framed(opcode: _Opcode, data: bytes) -> bytes:
    size = len(data)
    if size < 126:
        length = bytes([size])
    elif size < 1 << 16:
        length = b"\x7e" + size.to_bytes(2, "big")
    else:
        length = b"\x7f" + size.to_bytes(8, "big")
    return bytes([0x80 | opcode]) + length + data
