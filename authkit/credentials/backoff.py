"""Backoff: keep off something that fails, so that an outage is not made worse by those who suffer it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ..errors import Unavailable
from ..keys.clocks import Clocks
from ..keys.pauses import Pauses
from ..keys.timing import Timing


class Backoff:
    """One attempt for each pause, of all who ask at the same time.

    Args:
        clocks: both clocks.
        jitter: gives randomness in [0, 1).
    """

    def __init__(self, *, clocks: Clocks, jitter: Callable[[], float]) -> None:
        self._clocks = clocks
        self._pauses = Pauses(Timing(), jitter)
        self._lock = threading.Lock()  # never held while anything is waited for

    def begin(self) -> int:
        """Take leave for one attempt, and return what its outcome is reported with.

        Raises:
            Unavailable: it is too soon after a failure, which is told again.
        """
        with self._lock:
            if self._pauses.failures:
                now = self._clocks.now()
                if not self._pauses.over(now):
                    raise self._pauses.last(now)
                self._pauses.again(now)
            return self._pauses.failures

    def failed(self, begun: int, failure: Unavailable) -> None:
        """Report a failure. Of several attempts under way at once only one counts, or the pause would leap."""
        with self._lock:
            if self._pauses.failures == begun:
                self._pauses.failed(failure, self._clocks.now())

    def succeeded(self) -> None:
        """Report that the other side is well."""
        with self._lock:
            self._pauses.end()
