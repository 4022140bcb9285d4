"""How long a set is fresh (row 4.F F6)."""

from __future__ import annotations

import pytest

from authkit.keys.cachecontrol import DEFAULT, LONGEST, SHORTEST, freshness, lifetime


@pytest.mark.parametrize(
    ("control", "age", "seconds"),
    [
        (None, None, DEFAULT),
        ("", None, DEFAULT),
        ("public", None, DEFAULT),
        ("max-age=600", None, 600),
        ("public, max-age=600, must-revalidate", None, 600),
        ("PUBLIC,MAX-AGE=600", None, 600),
        ('max-age="600"', None, 600),
        ("max-age=600", "100", 500),
        ("max-age=600", "9999", SHORTEST),
        ("max-age=600", "-5", 600),
        ("max-age=600", "x", 600),
        ("max-age=600", "1" * 5000, 600),
        ("no-cache", None, SHORTEST),
        ("no-store, max-age=600", None, SHORTEST),
        ("max-age=0", None, SHORTEST),
        ("max-age=59", None, SHORTEST),
        ("max-age=315360000", None, LONGEST),
        ("max-age=99999999999", None, LONGEST),
        ("max-age=999999999999", None, DEFAULT),
        ("max-age=" + "9" * 5000, None, DEFAULT),
        ("max-age=-1", None, DEFAULT),
        ("max-age=1.5", None, DEFAULT),
        ("max-age=٦٠٠", None, DEFAULT),
        ("max-age=", None, DEFAULT),
        ("max-age", None, DEFAULT),
        ("max-age=600, max-age=600", None, 600),
        ("max-age=600, max-age=700", None, DEFAULT),
        ("s-maxage=600", None, DEFAULT),
    ],
)
def test_a_lifetime_stays_within_bounds(control: str | None, age: str | None, seconds: float) -> None:
    """What is malformed, or said twice in two ways, counts as not said."""
    headers = {name: value for name, value in {"cache-control": control, "age": age}.items() if value is not None}

    assert lifetime(headers) == seconds


@pytest.mark.parametrize(
    ("control", "age", "clamped"),
    [
        ("", "0", False),
        ("max-age=600", "0", False),
        (f"max-age={SHORTEST:g}", "0", False),
        (f"max-age={LONGEST:g}", "0", False),
        ("max-age=nonsense", "0", False),
        ("no-cache", "0", True),
        ("max-age=59", "0", True),
        ("max-age=600", "600", True),
        ("max-age=86401", "0", True),
        ("max-age=86401", "1", False),
    ],
)
def test_a_lifetime_says_whether_the_issuer_wanted_another(control: str, age: str, clamped: bool) -> None:
    """F6: what is not said, or malformed, is not clamped."""
    assert freshness({"cache-control": control, "age": age}).clamped is clamped
