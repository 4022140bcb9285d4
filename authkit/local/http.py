"""HTTP on loopback: a server that turns requests into values and values into replies."""

from __future__ import annotations

import errno
import io
import socket
import socketserver
import sys
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from .message import LOOPBACK, HttpReply, HttpRequest, Respond, json_reply
from .wire import LARGEST_BODY, Malformed, Peer, Received, Stream, receive, written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from ssl import SSLContext

__all__ = ["LOOPBACK", "CannotListen", "HttpReply", "HttpRequest", "LoopbackServer", "Respond", "json_reply"]

PATIENCE = 30.0  # seconds for a silent client, and for one that has begun a request to end it
LINGERS = 2  # seconds for what a refused client still sends
CHUNK = 65536
IDLE, LONGEST = 600.0, 7200.0  # seconds, after an upgrade: what a WebSocket API allows between messages, and in all
MOST_CONNECTIONS = 512  # at a time


class CannotListen(OSError):
    """A port cannot be had: another program has it, or it is not for everybody.

    Attributes:
        port: which.
    """

    def __init__(self, port: int, fault: OSError) -> None:
        why = "is in use" if fault.errno == errno.EADDRINUSE else f"cannot be had: {fault.strerror}"
        super().__init__(fault.errno, f"port {port} {why}")
        self.port = port


class LoopbackServer:
    """Serves one `Respond` on 127.0.0.1, a thread a connection.

    Args:
        respond: answers requests.
        port: 0 picks a free one.
        tls: speaks TLS; where that asks clients for a certificate, requests have it.
        most: connections at a time; whoever comes on top of that is hung up on.

    Raises:
        CannotListen: the port is taken.
    """

    def __init__(
        self, respond: Respond, port: int = 0, *, tls: SSLContext | None = None, most: int = MOST_CONNECTIONS
    ) -> None:
        try:
            self._server = _Server((LOOPBACK, port), _Connection)
        except OSError as fault:
            raise CannotListen(port, fault) from None
        self._server.respond, self._server.tls, self._server.most = respond, tls, most
        self.port: int = self._server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://{LOOPBACK}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @contextmanager
    def running(self) -> Iterator[LoopbackServer]:
        """Serve while the block runs; then hang up on everybody."""
        self._thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            self._server.hang_up()
            self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    respond: Respond
    tls: SSLContext | None
    most: int

    def __init__(self, *arguments: Any) -> None:
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(*arguments)

    def verify_request(self, *_: Any) -> bool:
        """Take no more connections than there can well be threads for."""
        with self._lock:
            return len(self._open) < self.most

    def opened(self, connection: socket.socket) -> None:
        """Keep a connection, to end it at the end."""
        with self._lock:
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)

    def hang_up(self) -> None:
        """End what is still open; whoever reads from it finds its end."""
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, *_: Any) -> None:
        """Say nothing of a client that has gone away, or that is not trusted."""


class _Connection(socketserver.BaseRequestHandler):
    """One client's connection, request by request."""

    server: _Server

    def handle(self) -> None:
        raw: socket.socket = self.request
        raw.settimeout(PATIENCE)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        tls = self.server.tls
        with suppress(OSError), raw if tls is None else tls.wrap_socket(raw, server_side=True) as connection:
            self.server.opened(connection)
            self._connection = connection
            try:
                self._patience = _Patient(connection)
                with io.BufferedRWPair(self._patience, connection.makefile("wb", buffering=0)) as stream:
                    self._serve(stream, Peer(self.client_address[0], _certificate(connection)))
            finally:
                self.server.closed(connection)

    def _serve(self, stream: Stream, peer: Peer) -> None:
        persistent = True
        while persistent:
            self._patience.expect(PATIENCE, PATIENCE)
            try:
                received = receive(stream, peer)
            except Malformed as fault:
                _send(stream, written(HttpReply(fault.status), head_only=False, persistent=False))
                self._linger(stream)
                return
            if received is None:
                return
            persistent = self._answer(stream, received)

    def _linger(self, stream: Stream) -> None:
        """Read on for a while: closed with something unread, the connection would take the answer with it."""
        self._connection.shutdown(socket.SHUT_WR)  # RFC 9112 section 9.6
        self._patience.expect(LINGERS, LINGERS)
        left = LARGEST_BODY
        while left > 0 and (data := stream.read(CHUNK)):
            left -= len(data)

    def _answer(self, stream: Stream, received: Received) -> bool:
        """Answer a request; tell whether another may follow."""
        reply = self._replied(received.request)
        head_only = received.request.method == "HEAD"
        _send(stream, written(reply, head_only=head_only, persistent=received.persistent))
        if reply.upgrade is not None:
            self._patience.expect(IDLE, LONGEST)
            reply.upgrade(_Upgraded(stream))
            return False
        return received.persistent

    def _replied(self, request: HttpRequest) -> HttpReply:
        try:
            return self.server.respond(request)
        except Exception as error:  # noqa: BLE001 - one request must not take others with it; its text may hold a secret
            sys.stderr.write(f"authkit: a request could not be answered: {type(error).__name__}\n")
            return HttpReply(500)


class _Patient(io.RawIOBase):
    """The reading side of a connection, which waits so long for a byte, and no longer for all of them.

    Otherwise one byte every half minute would hold a connection for as long as somebody likes.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._idle = self._whole = PATIENCE
        self._ends = 0.0  # when all must have come; 0 until the first of it has

    def expect(self, idle: float, whole: float) -> None:
        """Wait so many seconds for the next byte, and from then on so many for the rest."""
        self._idle, self._whole, self._ends = idle, whole, 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        now = time.monotonic()
        left = min(self._idle, self._ends - now) if self._ends else self._idle
        if left <= 0:
            raise TimeoutError("too slow")
        self._connection.settimeout(left)
        count = self._connection.recv_into(buffer)
        self._ends = self._ends or now + self._whole
        return count


class _Upgraded:
    """The rest of a connection, for another protocol."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def read(self, size: int) -> bytes:
        return self._stream.read(size)

    def write(self, data: bytes) -> None:
        _send(self._stream, data)


def _send(stream: Stream, data: bytes) -> None:
    stream.write(data)
    stream.flush()


def _certificate(connection: socket.socket) -> bytes | None:
    asked = getattr(connection, "getpeercert", None)
    return asked(binary_form=True) if asked else None
