"""A clock stands still until it is told to go on."""

from __future__ import annotations

import time

import pytest

from authkit.testing import Clock


def test_it_stands_still() -> None:
    """However often it is asked."""
    clock = Clock(1_700_000_000)

    assert [clock(), clock(), clock()] == [1_700_000_000.0] * 3


def test_it_goes_on_by_so_many_seconds() -> None:
    """By parts of a second as well."""
    clock = Clock(100)

    assert clock.advance(0.5) == 100.5
    assert clock.advance(60) == clock() == 160.5


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_it_never_goes_back(seconds: float) -> None:
    """Nor anywhere from where it would not come back."""
    clock = Clock(100)

    with pytest.raises(ValueError, match="goes forward"):
        clock.advance(seconds)

    assert clock() == 100


def test_it_begins_where_the_real_clock_is() -> None:
    """So that a handler that was not given it agrees; in whole seconds, and never ahead."""
    before = int(time.time())

    clock = Clock()

    assert before <= clock() <= time.time()
    assert clock().is_integer()


def test_its_repr_can_be_read() -> None:
    """It stands in the output of a test that failed."""
    assert repr(Clock(100)) == "Clock(100)"
    assert repr(Clock(100.5)) == "Clock(100.5)"
