"""One answer, bounded: a deadline for all of it, and a socket that keeps to it and to a size."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import KeysUnavailable

if TYPE_CHECKING:
    import socket

LARGEST_BODY = 1024 * 1024  # bytes
LARGEST_ANSWER = LARGEST_BODY + 64 * 1024  # with its head, whatever its lengths claim

MOST_LINES = LARGEST_BODY // 1024 + 128  # a head, and a body in chunks of a kibibyte; each chunk has a line of its own
BUFFER = 64 * 1024  # bytes

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


class BoundedSocket:
    """As much of a socket as `http.client` uses: each operation within the deadline, all of them within a size."""

    def __init__(self, inner: socket.socket, deadline: Deadline, host: str) -> None:
        self._inner = inner
        self._deadline = deadline
        self._host = host
        self._left = LARGEST_ANSWER

    def sendall(self, data: bytes) -> None:
        """Send all of it in what is left of the time."""
        self._inner.settimeout(self._deadline.left())
        self._inner.sendall(data)

    def makefile(self, _mode: str) -> Any:
        """Return a buffered reader of what arrives."""
        return _Lines(_Arriving(self._receive_into), BUFFER, self._host)

    def _receive_into(self, buffer: Any) -> int:
        self._inner.settimeout(self._deadline.left())
        received = self._inner.recv_into(buffer)
        self._left -= received
        if self._left < 0:
            raise too_large(self._host)
        return received

    def close(self) -> None:
        """Leave it open: `http.client` closes after the head, as "Connection: close" has it, and reads on."""


class _Arriving(io.RawIOBase):
    """The standard library's own way to hand bytes to a buffer."""

    def __init__(self, receive_into: Callable[[Any], int]) -> None:
        self._receive_into = receive_into

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._receive_into(buffer)


class _Lines(io.BufferedReader):
    """A reader of so many lines and no more: a megabyte in chunks of one byte would keep `http.client` busy for long."""

    def __init__(self, arriving: io.RawIOBase, size: int, host: str) -> None:
        super().__init__(arriving, size)
        self._host = host
        self._lines = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        self._lines += 1
        if self._lines > MOST_LINES:
            raise KeysUnavailable(
                "fetch_too_large", detail=f"{self._host} sent its answer in more than {MOST_LINES} lines"
            )
        return super().readline(size)


def too_large(host: str) -> KeysUnavailable:
    """Return the failure of an answer beyond the limit."""
    return KeysUnavailable("fetch_too_large", detail=f"{host} sent more than {LARGEST_BODY} bytes")
