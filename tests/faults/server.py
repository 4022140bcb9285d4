"""A loopback server that misbehaves as it is told, on raw sockets; all threads end with the with block."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable

    Script = Callable[["Connection"], None]

BOUND = 10.0  # seconds: nothing here outlives it


class Connection:
    """One client, whose request has been read."""

    def __init__(self, peer: socket.socket, stop: threading.Event, request: bytes) -> None:
        self.request = request
        self._peer = peer
        self._stop = stop

    def send(self, data: bytes) -> None:
        self._peer.sendall(data)

    def drip(self, pieces: Iterable[bytes], pause: float = 0.02) -> None:
        """Send piece by piece, until the client or the test has had enough."""
        for piece in pieces:
            if self._stop.wait(pause):
                return
            self.send(piece)

    def hang(self) -> None:
        """Say no more until the test is over."""
        self._stop.wait(BOUND)


class Server:
    """Serves every connection by one script.

    Args:
        script: what to do once the request is read; None does not even read it.
        tls: makes it https.
    """

    def __init__(self, script: Script | None, *, tls: ssl.SSLContext | None = None) -> None:
        self._script = script
        self._tls = tls
        self._stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(BOUND)
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self.requests: list[bytes] = []
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/jwks"

    def __enter__(self) -> Server:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept
        self._listener.close()
        for thread in self._threads:
            thread.join(BOUND)

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(peer,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, plain: socket.socket) -> None:
        peer = plain
        plain.settimeout(BOUND)
        with contextlib.suppress(OSError):  # the client may leave at any time
            if self._script is None:
                self._stop.wait(BOUND)
            else:
                peer = self._tls.wrap_socket(plain, server_side=True) if self._tls else plain
                request = _read(peer)
                self.requests.append(request)
                self._script(Connection(peer, self._stop, request))
        for each in (peer, plain):
            with contextlib.suppress(OSError):
                each.close()


def _read(peer: socket.socket) -> bytes:
    """Read a head, and the body it announces."""
    request = _read_until(peer, b"", lambda read: b"\r\n\r\n" in read)
    head, _, body = request.partition(b"\r\n\r\n")
    lengths = [line.partition(b":")[2] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    due = int(lengths[0]) if lengths else 0
    return head + b"\r\n\r\n" + _read_until(peer, body, lambda read: len(read) >= due)


def _read_until(peer: socket.socket, read: bytes, enough: Callable[[bytes], bool]) -> bytes:
    while not enough(read):
        received = peer.recv(4096)
        if not received:
            break
        read += received
    return read


def answer(status: str, body: bytes = b"", *headers: str) -> bytes:
    """Return an HTTP answer as bytes, with a Content-Length unless the headers have one."""
    lines = [f"HTTP/1.1 {status}", *headers]
    if not any(line.lower().startswith(("content-length", "transfer-encoding")) for line in lines):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def says(data: bytes) -> Script:
    """Return a script that sends this and closes."""
    return lambda connection: connection.send(data)
