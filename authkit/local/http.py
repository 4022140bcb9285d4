"""HTTP on loopback: a server that turns requests into values and values into replies."""

from __future__ import annotations

import socket
import socketserver
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from .message import LOOPBACK, HttpReply, HttpRequest, Respond, json_reply
from .wire import LARGEST_BODY, Malformed, Peer, Received, Stream, receive, written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from ssl import SSLContext

__all__ = ["LOOPBACK", "HttpReply", "HttpRequest", "LoopbackServer", "Respond", "json_reply"]

PATIENCE = 30  # seconds for a silent client
LINGERS = 2  # seconds for what a refused client still sends
CHUNK = 65536
IDLE = 600  # seconds, after an upgrade: what a WebSocket API allows


class LoopbackServer:
    """Serves one `Respond` on 127.0.0.1, a thread a connection.

    Args:
        respond: answers requests.
        port: 0 picks a free one.
        tls: speaks TLS; where that asks clients for a certificate, requests have it.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, respond: Respond, port: int = 0, *, tls: SSLContext | None = None) -> None:
        self._server = _Server((LOOPBACK, port), _Connection)
        self._server.respond, self._server.tls = respond, tls
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

    def __init__(self, *arguments: Any) -> None:
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(*arguments)

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
                with connection.makefile("rwb") as stream:
                    self._serve(stream, Peer(self.client_address[0], _certificate(connection)))
            finally:
                self.server.closed(connection)

    def _serve(self, stream: Stream, peer: Peer) -> None:
        persistent = True
        while persistent:
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
        self._connection.settimeout(LINGERS)
        left = LARGEST_BODY
        while left > 0 and (data := stream.read(CHUNK)):
            left -= len(data)

    def _answer(self, stream: Stream, received: Received) -> bool:
        """Answer a request; tell whether another may follow."""
        reply = self.server.respond(received.request)
        head_only = received.request.method == "HEAD"
        _send(stream, written(reply, head_only=head_only, persistent=received.persistent))
        if reply.upgrade is not None:
            self._connection.settimeout(IDLE)
            reply.upgrade(_Upgraded(stream))
            return False
        return received.persistent


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
