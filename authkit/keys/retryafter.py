"""How long a server asks to be left alone (RFC 9110 section 10.2.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

SAYING = (429, 503)


def retry_after(status: int, headers: Mapping[str, str], clock: Callable[[], float]) -> float | None:
    """Return the seconds a server asks for, or None where it asks for none or makes no sense.

    Whoever heeds it sets its own limit: this is the server's word, and may be a year.
    """
    value = headers.get("retry-after", "").strip()
    if status not in SAYING or not value:
        return None
    if value.isascii() and value.isdigit():
        return float(value) if len(value) < 10 else None
    moment = _moment(value)
    return None if moment is None else max(moment - clock(), 0.0)


def _moment(value: str) -> float | None:
    """Read a date in any of the three forms of RFC 9110 section 5.6.7; the oldest has no zone and means GMT."""
    from datetime import timezone
    from email.utils import parsedate_to_datetime

    try:
        date = parsedate_to_datetime(value)
        return (date if date.tzinfo else date.replace(tzinfo=timezone.utc)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
