"""Clock: a time that stands still until it is told to go on."""

from __future__ import annotations

import time


class Clock:
    """What ``clock=`` takes, in seconds since the epoch.

    >>> clock = Clock(1_700_000_000)
    >>> clock()
    1700000000.0
    >>> clock.advance(60)
    1700000060.0

    Args:
        at: where it stands; None: at the second it is made in, so that whatever reads the real clock agrees with it.
    """

    __slots__ = ("_now",)

    def __init__(self, at: float | None = None) -> None:
        self._now = float(int(time.time()) if at is None else at)

    def __call__(self) -> float:
        """Return the time."""
        return self._now

    def advance(self, seconds: float) -> float:
        """Go on by so many seconds and return the time.

        Raises:
            ValueError: that would be back. Make another clock for an earlier time.
        """
        if not 0 <= seconds < float("inf"):
            raise ValueError("a clock goes forward, by a finite number of seconds")
        self._now += seconds
        return self._now

    def __repr__(self) -> str:
        return f"Clock({self._now:.0f})" if self._now.is_integer() else f"Clock({self._now!r})"
