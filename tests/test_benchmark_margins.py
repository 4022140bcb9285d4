"""How far a figure is from its budget is told in ratios and in microseconds (benchmarks/margins.py)."""

from __future__ import annotations

import pytest

from benchmarks.margins import Margin, margins
from benchmarks.timing import Times

FLOOR = Times("floor", ((10e-6, 10e-6), (10e-6, 10e-6)))


def taking(*micros: float) -> Times:
    return Times("authkit", ((micros[0] * 1e-6,) * 2, (micros[-1] * 1e-6,) * 2))


@pytest.mark.parametrize(
    ("times", "allowed", "said"),
    [
        (taking(14), 1.5, "1.4 × floor, budget 1.5: met, 7% to spare; 4.0 µs above the floor, allowed 5.0 µs above it"),
        (
            taking(18),
            1.5,
            "1.8 × floor, budget 1.5: NOT MET, 20% over; 8.0 µs above the floor, allowed 5.0 µs above it",
        ),
        (taking(3), 0.2, "0.3 × floor, budget 0.2: NOT MET, 50% over; 7.0 µs below the floor, allowed 8.0 µs below it"),
    ],
)
def test_a_margin_is_told_both_ways(times: Times, allowed: float, said: str) -> None:
    """The ratio against its budget, and the time above or below the floor against what the budget leaves."""
    assert str(Margin("authkit", times, FLOOR, allowed)) == f"authkit: {said}"


def test_the_worse_pass_counts() -> None:
    """One good pass of two does not meet a budget."""
    (margin,) = margins([FLOOR, taking(14, 16)], {"authkit": 1.5})

    assert margin.as_json() == {
        "what": "authkit",
        "seen": 1.6,
        "allowed": 1.5,
        "met": False,
        "above_floor_us": 5.0,
        "allowed_above_floor_us": 5.0,
    }
