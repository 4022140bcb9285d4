"""TLS over a wire, fed in bites, so that deadline and limits hold between any two of them.

A socket that `ssl` wraps reads on for as long as records come that carry no data, whatever its time-out says.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import TypeVar

from .bounded import Wire, too_large

LARGEST_RECORD = 16 * 1024  # bytes of data
BITE = 4 * 1024
OVERHEAD = 24 * 1024  # bytes that may arrive beyond the data: a record half there, a bite, and tickets nobody asked for
DENSITY = 16  # bytes of data for each byte of the records' own, at least

T = TypeVar("T")


class Secured:
    """A wire within TLS. What it sends and receives is data.

    Args:
        wire: what is beneath.
        trust: whose certificates count.
        host: the name, or address, that the certificate must be for.
    """

    def __init__(self, wire: Wire, trust: ssl.SSLContext, host: str) -> None:
        self._wire = wire
        self._host = host
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = trust.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._balance: float | None = (
            None  # bytes that may still arrive without data; None before the handshake is over
        )

    def shake_hands(self) -> None:
        """Do the handshake.

        Raises:
            OSError: it failed; an `ssl.SSLError` where the certificate is not trusted.
        """
        self._do(self._tls.do_handshake)
        self._balance = OVERHEAD

    def send(self, data: bytes) -> None:
        """Send all of it."""
        left = memoryview(data)
        while left:
            left = left[self._do(lambda: self._tls.write(left)) :]  # noqa: B023 - called before it changes

    def receive(self) -> bytes:
        """Return what has arrived, as soon as something has; nothing at the end.

        Raises:
            KeysUnavailable: ``fetch_too_large``.
            OSError: the connection broke; `TimeoutError` where the time is up.
        """
        try:
            piece = self._do(lambda: self._tls.read(LARGEST_RECORD))
        except ssl.SSLEOFError:  # closed without a word, as many servers do; a JSON object cut short by it is none
            return b""
        self._balance = min(OVERHEAD, (self._balance or 0) + len(piece) * (1 + 1 / DENSITY))  # nothing is saved up
        return piece

    def close(self) -> None:
        """Close the socket."""
        self._wire.close()

    def _do(self, step: Callable[[], T]) -> T:
        """Do a step of TLS, and whatever must come and go for it."""
        while True:
            try:
                done = step()
            except ssl.SSLWantReadError:
                self._flush()
                self._feed()
            else:
                self._flush()
                return done

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._wire.send(self._outgoing.read())

    def _feed(self) -> None:
        piece = self._wire.receive(BITE)
        if self._balance is not None:
            self._balance -= len(piece)
            if self._balance < 0:
                raise too_large(self._host)
        if piece:
            self._incoming.write(piece)
        else:
            self._incoming.write_eof()
