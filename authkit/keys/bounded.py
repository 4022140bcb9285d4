"""One answer, bounded: a deadline for all of it, and a wire that keeps to it, to a size and to a number of pieces."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ..errors import KeysUnavailable

if TYPE_CHECKING:
    import socket

LARGEST_BODY = 1024 * 1024  # bytes
LARGEST_ARRIVAL = LARGEST_BODY + 256 * 1024  # with its head, and what chunks, TLS and its handshake add
MOST_PIECES = 500  # and one more for each two kibibytes: each costs a call, however little is in it
PIECE = 2048  # bytes
BITE = 64 * 1024

USUAL_CAUSE = "is the function in a VPC without a NAT gateway, or does the issuer drop it?"


class Deadline:
    """One deadline for everything, and the phase it strikes in."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._seconds = seconds
        self.phase = "resolve"

    def left(self) -> float:
        """Return the seconds that are left.

        Raises:
            TimeoutError: there are none.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def share(self, others: int) -> float:
        """Return the seconds that one of several addresses may take: half of them while others wait for their turn."""
        return self.left() / (2 if others else 1)

    def timeout_at(self, host: str) -> KeysUnavailable:
        """Return the failure of a host that took too long."""
        detail = f"{host} did not answer within {self._seconds:g} s (phase: {self.phase}); {USUAL_CAUSE}"
        return KeysUnavailable("fetch_timeout", detail=detail)


class Wire:
    """A connected socket: each operation within a deadline, and all that arrives within bounds.

    Attributes:
        deadline: which one.
    """

    def __init__(self, plain: socket.socket, deadline: Deadline, host: str) -> None:
        self._plain = plain
        self._host = host
        self._arrived = self._pieces = 0
        self.deadline = deadline

    def send(self, data: bytes) -> None:
        """Send all of it in what is left of the time."""
        self._plain.settimeout(self.deadline.left())
        self._plain.sendall(data)

    def receive(self, most: int = BITE) -> bytes:
        """Return what has arrived, as soon as something has; nothing at the end.

        Raises:
            KeysUnavailable: ``fetch_too_large``.
            OSError: the connection broke; `TimeoutError` where the time is up.
        """
        self._plain.settimeout(self.deadline.left())
        piece = self._plain.recv(most)
        self._arrived += len(piece)
        self._pieces += 1
        if self._arrived > LARGEST_ARRIVAL or self._pieces > MOST_PIECES + self._arrived // PIECE:
            raise too_large(self._host)
        return piece

    def close(self) -> None:
        """Close the socket."""
        self._plain.close()


def too_large(host: str) -> KeysUnavailable:
    """Return the failure of an answer beyond the limits."""
    detail = f"{host} sent more than {LARGEST_BODY} bytes, or them in too many lines, chunks or pieces"
    return KeysUnavailable("fetch_too_large", detail=detail)
