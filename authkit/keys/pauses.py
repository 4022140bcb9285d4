"""Pauses: how long to leave somebody alone who fails, and what they failed with."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..errors import Unavailable
from .clocks import Moment
from .timing import Timing

_MOST_DOUBLINGS = 16  # of a pause: far beyond the longest, and long before a float overflows
_ANSWERED = re.compile(r" answered (\d{3})\b")


class Pauses:
    """Pauses of 1, 2, 4 … seconds up to the longest, each shortened at random by up to half, once.

    Whoever asks for a longer one by Retry-After (RFC 9110 section 10.2.3) gets it, up to a limit.

    Args:
        timing: the limits.
        jitter: randomness in [0, 1).
        urgent: whether somebody is refused in such a pause: then no Retry-After makes it longer than the longest.
    """

    __slots__ = ("_failure", "_jitter", "_kind", "_longest", "_longest_asked", "_pause", "_since", "failures")

    def __init__(self, timing: Timing, jitter: Callable[[], float], *, urgent: bool = False) -> None:
        self._longest = timing.longest_backoff
        self._longest_asked = timing.longest_retry_after
        if urgent:
            self._longest_asked = min(self._longest_asked, self._longest)
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
        pause = min(2.0 ** min(self.failures, _MOST_DOUBLINGS), self._longest)
        pause *= 1 - self._jitter() / 2
        self._pause = max(pause, _asked_for(fault.retry_after, self._longest_asked))
        self._since = now
        self._kind, self._failure = type(fault), (fault.code, fault.detail)
        self.failures += 1

    def last(self, now: Moment) -> Unavailable:
        """Return the last failure once more, as an error of its own, with what is left of the pause."""
        left = max(self._pause - self._since.age(now), 0.0)
        code, detail = self._failure
        return self._kind(code, detail=f"{detail}; not asked again for {left:.1f} s", retry_after=left)


class Renewals:
    """When what still serves may be renewed, and for how many seconds: briefly, since who has a key must not wait.

    An issuer that is slower than that would never be heard. So once a renewal has failed, one of what has outlived its
    lifetime may take the full time-out, and no other for as long as the lifetime is, or the longest pause. All others
    are served meanwhile.

    Args:
        timing: the limits.
        jitter: randomness in [0, 1).
    """

    __slots__ = ("_full", "_pauses", "_timing")

    def __init__(self, timing: Timing, jitter: Callable[[], float]) -> None:
        self._timing = timing
        self._pauses = Pauses(timing, jitter)
        self._full: Moment | None = None  # when a fetch last took, or may have taken, the full time-out in vain

    @property
    def failures(self) -> int:
        """Return how many fetches have failed since the last that did not."""
        return self._pauses.failures

    def over(self, now: Moment) -> bool:
        """Tell whether the pause after a failure is over."""
        return self._pauses.over(now)

    def seconds(self, now: Moment, *, outlived: float | None) -> float:
        """Return how long a renewal may take that begins now; 0 if none may begin. The long one is written down.

        Args:
            now: the moment it is.
            outlived: the lifetime of what is renewed, if it is past that.
        """
        if not self._pauses.over(now):
            return 0.0
        if outlived is None or not self._pauses.failures:
            return self._timing.renewal
        if self._full is not None and self._full.within(max(outlived, self._timing.longest_backoff), now):
            return self._timing.renewal
        self._full = now
        return max(self._timing.timeout, self._timing.renewal)

    def failed(self, fault: Unavailable, now: Moment, *, full: bool) -> None:
        """Note a failure: of a renewal, or, in full time, of a fetch for whoever needed it."""
        self._pauses.failed(fault, now)
        if full:
            self._full = now

    def last(self, now: Moment) -> Unavailable:
        """Return the last failure once more, as `Pauses.last` does."""
        return self._pauses.last(now)

    def end(self) -> None:
        """Forget all failures."""
        self._pauses.end()
        self._full = None


def status_of(fault: Unavailable) -> int | None:
    """Return the status the other side answered with, where the fetch tells it."""
    answered = _ANSWERED.search(fault.detail) if fault.code == "fetch_status" else None
    return int(answered[1]) if answered else None


def _asked_for(seconds: object, longest: float) -> float:
    if not isinstance(seconds, (int, float)) or isinstance(seconds, bool) or not seconds > 0:
        return 0.0
    return min(seconds, longest)
