"""Signals: how a command that runs on is ended."""

from __future__ import annotations

import queue
import signal


def wait_for_a_signal() -> None:
    """Return when somebody ends the process, by Ctrl-C or a signal; what stood for these before stands again."""
    # A handler runs in the middle of whatever the waiting thread does. An Event's lock may be held just then, by that
    # very thread, and would never come free; this queue is made to be put to from anywhere.
    ended: queue.SimpleQueue[int] = queue.SimpleQueue()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda caught, _frame: ended.put(caught)) for number in numbers]
    try:
        ended.get()
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
