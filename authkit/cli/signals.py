"""Signals: how a command that runs on is ended."""

from __future__ import annotations

import signal
import threading


def wait_for_a_signal() -> None:
    """Return when somebody ends the process, by Ctrl-C or a signal; what stood for these before stands again."""
    ended = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: ended.set()) for number in numbers]
    try:
        ended.wait()
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
