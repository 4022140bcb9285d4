"""Moments by two clocks: the monotonic one stands still while a snapshot sleeps, the wall clock can be set."""

from collections.abc import Callable
from typing import NamedTuple

Clock = Callable[[], float]


class Moment(NamedTuple):
    """One moment, in the seconds of either clock."""

    monotonic: float
    wall: float

    def age(self, now: "Moment") -> float:
        """Return the seconds since, by the clock that says more: nothing is taken for younger than it is."""
        return max(now.monotonic - self.monotonic, now.wall - self.wall)

    def within(self, seconds: float, now: "Moment") -> bool:
        """Tell whether a pause that began here still lasts. Either clock can end it, and so can one that went back."""
        return 0 <= now.monotonic - self.monotonic < seconds and now.wall - self.wall < seconds


class Clocks(NamedTuple):
    """Both clocks."""

    monotonic: Clock
    wall: Clock

    def now(self) -> Moment:
        """Return the moment it is."""
        return Moment(self.monotonic(), self.wall())
