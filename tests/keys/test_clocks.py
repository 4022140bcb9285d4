"""Moments by two clocks (row 4.G G11)."""

from __future__ import annotations

import pytest

from authkit.keys.clocks import Clocks, Moment


def test_both_clocks_are_read() -> None:
    """Each by its own."""
    assert Clocks(lambda: 1.0, lambda: 2.0).now() == Moment(1.0, 2.0)


@pytest.mark.parametrize(
    ("later", "age"),
    [((10, 10), 10), ((10, 0), 10), ((0, 10), 10), ((-5, 10), 10), ((10, -5), 10), ((-5, -3), -3)],
)
def test_nothing_is_taken_for_younger_than_either_clock_says(later: tuple[float, float], age: float) -> None:
    """The monotonic one stands still while a snapshot sleeps, the wall clock can be set."""
    assert Moment(0, 0).age(Moment(*later)) == age


@pytest.mark.parametrize(
    ("later", "lasts"),
    [((0, 0), True), ((9, 9), True), ((10, 0), False), ((0, 10), False), ((9, -1000), True), ((-1, 0), False)],
)
def test_either_clock_can_end_a_pause(later: tuple[float, float], lasts: bool) -> None:
    """A wall clock set back makes none longer; a monotonic one that went back, as after a restore, ends it."""
    assert Moment(0, 0).within(10, Moment(*later)) is lasts
