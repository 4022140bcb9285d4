"""Times as signatures have them: ``YYYYMMDDTHHMMSSZ``, in UTC (ISO 8601, basic form)."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from functools import lru_cache
from time import gmtime

_is_stamp = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})Z").fullmatch


def stamp(seconds: float) -> str:
    """Return a time in seconds since the epoch as sixteen characters; the first eight are its day."""
    return _stamp(int(seconds))


@lru_cache(maxsize=16)  # many signatures are made in one second
def _stamp(seconds: int) -> str:
    year, month, day, hour, minute, second, *_ = gmtime(seconds)
    return f"{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z"


def seconds_of(text: str) -> int | None:
    """Return what sixteen characters mean in seconds since the epoch; None where they are no time of the calendar.

    The expression comes first: `int` and `strptime` also take full-width digits, signs, blanks and underscores.
    """
    return _seconds_of(text) if len(text) == 16 else None


@lru_cache(maxsize=64)  # of sixteen characters each, and no secrets
def _seconds_of(text: str) -> int | None:
    found = _is_stamp(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found.groups())
    try:
        return int(datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc).timestamp())
    except ValueError:
        return None
