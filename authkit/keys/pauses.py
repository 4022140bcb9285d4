"""Pauses: how long to leave somebody alone who fails, and what they failed with."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import Unavailable
from .clocks import Moment
from .timing import Timing

_MOST_DOUBLINGS = 16  # of a pause: far beyond the longest, and long before a float overflows


class Pauses:
    """Pauses of 1, 2, 4 … seconds up to the longest, each shortened at random by up to half, once.

    Whoever asks for a longer one by Retry-After (RFC 9110 section 10.2.3) gets it, up to a limit.
    """

    __slots__ = ("_failure", "_jitter", "_kind", "_pause", "_since", "_timing", "failures")

    def __init__(self, timing: Timing, jitter: Callable[[], float]) -> None:
        self._timing = timing
        self._jitter = jitter
        self.end()

    def end(self) -> None:
        """Forget all failures."""
        self.failures = 0
        self._since = Moment(0.0, 0.0)
        self._pause = 0.0
        # Kind, code and detail, not the exception: that would hold on to the frames it came through.
        self._kind: type[Unavailable] = Unavailable
        self._failure = ("", "")

    def over(self, now: Moment) -> bool:
        """Tell whether they may be asked."""
        return not self.failures or not self._since.within(self._pause, now)

    def again(self, now: Moment) -> None:
        """Begin the same pause anew, before an attempt: else all who have waited would make theirs at once."""
        self._since = now

    def failed(self, fault: Unavailable, now: Moment) -> None:
        """Note a failure, and begin the pause after it."""
        pause = min(2.0 ** min(self.failures, _MOST_DOUBLINGS), self._timing.longest_backoff)
        pause *= 1 - self._jitter() / 2
        self._pause = max(pause, _asked_for(fault.retry_after, self._timing.longest_retry_after))
        self._since = now
        self._kind, self._failure = type(fault), (fault.code, fault.detail)
        self.failures += 1

    def last(self, now: Moment) -> Unavailable:
        """Return the last failure once more, as an error of its own, with what is left of the pause."""
        left = max(self._pause - self._since.age(now), 0.0)
        code, detail = self._failure
        return self._kind(code, detail=f"{detail}; not asked again for {left:.1f} s", retry_after=left)


def _asked_for(seconds: object, longest: float) -> float:
    if not isinstance(seconds, (int, float)) or isinstance(seconds, bool) or not seconds > 0:
        return 0.0
    return min(seconds, longest)
