"""Backoff: keep off something that fails, so that an outage is not made worse by those who suffer it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ..errors import Unavailable
from ..keys.clocks import Clocks, Moment

LONGEST = 30.0  # seconds of a pause of ours
LONGEST_ASKED = 300.0  # seconds of one that the other side asks for

_MOST_DOUBLINGS = 16  # far beyond the longest pause, and long before a float overflows


class Backoff:
    """One attempt for each pause: 1, 2, 4 … seconds, up to the longest, each shortened at random by up to half.

    Args:
        clocks: both clocks.
        jitter: gives randomness in [0, 1).
    """

    def __init__(self, *, clocks: Clocks, jitter: Callable[[], float]) -> None:
        self._clocks = clocks
        self._jitter = jitter
        self._lock = threading.Lock()  # never held while anything is waited for
        self._failures = 0
        self._since = Moment(0.0, 0.0)
        self._pause = 0.0
        self._failure = ("", "")  # code and detail, not the exception: that would hold on to the frames it came through

    def begin(self) -> int:
        """Take leave for one attempt, and return what its outcome is reported with.

        Raises:
            Unavailable: it is too soon after a failure, which is told again.
        """
        with self._lock:
            if self._failures:
                now = self._clocks.now()
                if self._since.within(self._pause, now):
                    code, detail = self._failure
                    left = self._pause - self._since.age(now)
                    raise Unavailable(code, detail=f"{detail}; not asked again for {left:.1f} s", retry_after=left)
                # Before the attempt, or all who have waited would make theirs at once.
                self._since, self._pause = now, self._next()
            return self._failures

    def failed(self, begun: int, failure: Unavailable) -> None:
        """Report a failure. Of several attempts under way at once only one counts, or the pause would leap."""
        with self._lock:
            if self._failures == begun:
                self._failures += 1
            now = self._clocks.now()
            left = self._pause - self._since.age(now) if self._since.within(self._pause, now) else 0.0
            self._failure = (failure.code, failure.detail)
            self._since, self._pause = now, max(left, self._next(), min(failure.retry_after or 0.0, LONGEST_ASKED))

    def succeeded(self) -> None:
        """Report that the other side is well."""
        with self._lock:
            self._failures, self._pause = 0, 0.0

    def _next(self) -> float:
        return min(2.0 ** min(self._failures - 1, _MOST_DOUBLINGS), LONGEST) * (1 - self._jitter() / 2)
