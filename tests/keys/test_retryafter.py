"""How long a server asks to be left alone (row 4.F F5)."""

from __future__ import annotations

import pytest

from authkit.keys.retryafter import retry_after

NOW = 784_111_777.0  # Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110 section 5.6.7


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("999999999", 999_999_999.0),
        ("Sun, 06 Nov 1994 08:50:37 GMT", 60.0),
        ("Sunday, 06-Nov-94 08:50:37 GMT", 60.0),
        ("Sun Nov  6 08:50:37 1994", 60.0),
        ("Sun, 06 Nov 1994 08:00:00 GMT", 0.0),
    ],
)
def test_seconds_and_dates_are_understood(value: str, seconds: float) -> None:
    """RFC 9110 section 10.2.3: in all forms of a date, whatever the zone of this machine; the past is now."""
    assert retry_after(503, {"retry-after": value}, lambda: NOW) == seconds


@pytest.mark.parametrize(
    "value",
    ["", " ", "-1", "+1", "1.5", "1e3", "soon", "5, 5", "٣", "1" * 10, "1" * 5000, "Sun, 99 Nov 1994 08:50:37 GMT", "Sun, 06 Nov 99999 08:50:37 GMT",
     "Sun,", ",", "0 0 0", "\x00", "6 Nov 1994 08:50:37 +99999999"],
)  # fmt: skip
def test_what_makes_no_sense_is_ignored(value: str) -> None:
    """A server's nonsense is no reason to fail otherwise than by its status."""
    assert retry_after(429, {"retry-after": value}, lambda: NOW) is None


@pytest.mark.parametrize("status", [200, 301, 304, 401, 500, 502])
def test_only_429_and_503_ask_to_wait(status: int) -> None:
    """And neither does without the header."""
    assert retry_after(status, {"retry-after": "5"}, lambda: NOW) is None
    assert retry_after(503, {}, lambda: NOW) is None
