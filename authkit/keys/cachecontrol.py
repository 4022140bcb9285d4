"""How long a fetched key set is fresh (RFC 9111), within bounds that no issuer can push us out of."""

from __future__ import annotations

from collections.abc import Mapping

SHORTEST = 60.0  # seconds: an issuer's no-cache would otherwise mean a fetch for every token
LONGEST = 24 * 3600.0
DEFAULT = 15 * 60.0


def lifetime(headers: Mapping[str, str]) -> float:
    """Return the seconds an answer is fresh. ``headers`` has names in lower case."""
    directives = [item.strip().lower() for item in headers.get("cache-control", "").split(",")]
    if "no-cache" in directives or "no-store" in directives:
        return SHORTEST
    ages = {item.partition("=")[2].strip('"') for item in directives if item.startswith("max-age=")}
    if len(ages) != 1:
        return DEFAULT
    seconds, age = _whole(ages.pop()), _whole(headers.get("age", "0")) or 0.0
    return DEFAULT if seconds is None else min(max(seconds - age, SHORTEST), LONGEST)


def _whole(digits: str) -> float | None:
    return float(digits) if digits.isascii() and digits.isdigit() and len(digits) < 12 else None
