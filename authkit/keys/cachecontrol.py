"""How long a fetched key set is fresh (RFC 9111), within bounds that no issuer can push us out of."""

from collections.abc import Mapping
from typing import NamedTuple

SHORTEST = 60.0  # seconds: an issuer's no-cache would otherwise mean a fetch for every token
LONGEST = 24 * 3600.0
DEFAULT = 15 * 60.0


class Freshness(NamedTuple):
    """How long an answer is fresh, in seconds, and whether its issuer wanted it longer or shorter."""

    seconds: float
    clamped: bool


def freshness(headers: Mapping[str, str]) -> Freshness:
    """Return how long an answer is fresh. ``headers`` has names in lower case."""
    directives = [item.strip().lower() for item in headers.get("cache-control", "").split(",")]
    if "no-cache" in directives or "no-store" in directives:
        return Freshness(SHORTEST, clamped=True)
    ages = {item.partition("=")[2].strip('"') for item in directives if item.startswith("max-age=")}
    seconds = _whole(ages.pop()) if len(ages) == 1 else None
    if seconds is None:
        return Freshness(DEFAULT, clamped=False)
    wanted = seconds - (_whole(headers.get("age", "0")) or 0.0)
    return Freshness(within_bounds(wanted), clamped=wanted != within_bounds(wanted))


def lifetime(headers: Mapping[str, str]) -> float:
    """Return the seconds an answer is fresh. ``headers`` has names in lower case."""
    return freshness(headers).seconds


def within_bounds(seconds: float) -> float:
    """Return a lifetime that is neither too short nor too long."""
    return min(max(seconds, SHORTEST), LONGEST)


def _whole(digits: str) -> float | None:
    return float(digits) if digits.isascii() and digits.isdigit() and len(digits) < 12 else None
