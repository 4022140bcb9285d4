"""A server on loopback for plain HTTP GETs, a thread a connection, all of which end when it is closed."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

HOST = "127.0.0.1"
PATIENCE = 10.0  # seconds: no thread waits longer for its client
LARGEST_HEAD = 64 * 1024  # bytes

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, for no time


class Asked(NamedTuple):
    """A request."""

    path: str
    headers: dict[str, str]  # names in lower case


class Reply(NamedTuple):
    """What goes back."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


Respond = Callable[[Asked], Reply | None]
"""Returns the reply, or None to break the connection off."""


class Loopback:
    """Serves one `Respond` on a free port, from when it is made until it is closed."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond
        self._listener = socket.create_server((HOST, 0), backlog=128)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._closing = False
        self._threads: list[threading.Thread] = []
        self.port: int = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    def close(self) -> None:
        """Break off what is open, and wait until every thread has ended."""
        with self._lock:
            if self._closing:
                return
            self._closing = True
            for peer in self._open:
                with suppress(OSError):
                    peer.shutdown(socket.SHUT_RDWR)
        with suppress(OSError), socket.create_connection((HOST, self.port), PATIENCE):
            pass  # wakes whoever accepts
        self._acceptor.join(PATIENCE)
        self._listener.close()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _accept(self) -> None:
        while True:
            peer, _ = self._listener.accept()
            with self._lock:
                if self._closing:
                    peer.close()
                    return
                self._open.add(peer)
            thread = threading.Thread(target=self._serve, args=(peer,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, peer: socket.socket) -> None:
        with suppress(OSError):  # the client may leave at any time
            peer.settimeout(PATIENCE)
            asked = _read(peer)
            reply = None if asked is None else self._respond(asked)
            if reply is None:
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            else:
                peer.sendall(_written(reply))
        with self._lock:
            self._open.discard(peer)
        peer.close()


def _read(peer: socket.socket) -> Asked | None:
    """Read the head of a request; None if there is no end to it, or it is cut short."""
    read = b""
    while b"\r\n\r\n" not in read:
        received = peer.recv(4096)
        if not received or len(read) > LARGEST_HEAD:
            return None
        read += received
    first, *lines = read.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    fields = (line.partition(":") for line in lines)
    target = first.split(" ")[1] if first.count(" ") == 2 else ""
    return Asked(target.partition("?")[0], {name.lower(): value.strip() for name, _, value in fields})


def _written(reply: Reply) -> bytes:
    length = () if reply.status == 304 else (("Content-Length", str(len(reply.body))),)
    headers = (*reply.headers, *length, ("Connection", "close"))
    lines = [f"HTTP/1.1 {reply.status} Stub", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + reply.body
