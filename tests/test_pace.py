"""The measure of time that tests go by: it lets no slow code pass, and blames no busy machine."""

from __future__ import annotations

import sys
import time

from tests.support.pace import TRIES, least, soon


def burn(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_what_takes_twenty_times_too_long_is_never_soon() -> None:
    """However busy the machine."""
    assert not soon(lambda: burn(0.1), within=0.005)


def test_what_is_quick_once_is_soon() -> None:
    """The best of the tries counts, and what is quick is not tried again."""
    taken = iter([9.0, 9.0, 0.001, 9.0])

    assert least(lambda: next(taken), 0.005) <= 0.001
    assert next(taken) == 9.0


def test_tries_are_bounded_and_leave_the_tracer_as_it_was() -> None:
    """Coverage goes on behind them."""
    tracer, tries = sys.gettrace(), []

    def measure() -> float:
        tries.append(sys.gettrace())
        return 1000.0

    assert least(measure, 0.005) > 0.005
    assert tries == [tracer, *[None] * TRIES]
    assert sys.gettrace() is tracer
