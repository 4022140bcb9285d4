"""Signals: how a command that runs on is ended."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_ENDING = (signal.SIGINT, signal.SIGTERM)


class Wait:
    """Waits until somebody ends the process, and is ended from within, by whatever thread, by `end`."""

    def __init__(self, waiting: socket.socket, waking: socket.socket) -> None:
        self._waiting, self._waking = waiting, waking

    def __call__(self) -> None:
        """Wait."""
        while self._waiting.recv(1)[0] not in _ENDING:
            pass  # another signal that somebody handles

    def end(self) -> None:
        """End it, as a signal would; where it is over already, there is nothing to do."""
        with suppress(OSError):
            self._waking.send(bytes([signal.SIGTERM]))


@contextmanager
def endings() -> Iterator[Wait]:
    """Give what waits until somebody ends the process, by Ctrl-C or a signal, also before the wait.

    What stood for these signals before stands again afterwards. Only for the main thread.
    """
    # A handler in Python runs once the main thread is back in the interpreter, so it wakes nobody who went to wait on a
    # lock in the same moment, or while another thread took the signal. The byte is written at once, whoever takes it.
    waiting, waking = socket.socketpair()
    with waiting, waking:
        waking.setblocking(False)
        before = [signal.signal(number, lambda _number, _frame: None) for number in _ENDING]
        woken_before = signal.set_wakeup_fd(waking.fileno())
        try:
            yield Wait(waiting, waking)
        finally:
            signal.set_wakeup_fd(woken_before)
            for number, handler in zip(_ENDING, before, strict=True):
                signal.signal(number, handler)
