"""Peppers: the secret that digests of API keys are keyed with, and those before it while keys move on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import Unavailable
from ..stores.source import Given, SecretSource

SHORTEST = 32  # bytes: RFC 2104 section 3, the length of the hash
LEAST = 6  # bytes that differ: of 32 at random it is 20 and more
MOST = 8


def pepper_faults(given: object) -> list[str]:
    """Say what is wrong with what was given as ``pepper=``."""
    if _is_source(given):
        return _value_faults(given.current()) if isinstance(given, Given) else []
    return _value_faults(_values(given))


def peppers_of(given: Any) -> SecretSource:
    """Return the source of what was given as ``pepper=``, and found faultless."""
    source: SecretSource = given if _is_source(given) else Given(_values(given))
    return source


def demand_peppers(values: Sequence[bytes]) -> Sequence[bytes]:
    """Return what a source gave.

    Raises:
        Unavailable: ``pepper_invalid``; with no pepper, or a short one, nothing is worth looking up.
    """
    faults = _value_faults(tuple(values))
    if faults:
        raise Unavailable("pepper_invalid", detail=faults[0])
    return values


def _value_faults(values: tuple[Any, ...]) -> list[str]:
    if not 0 < len(values) <= MOST or not all(isinstance(each, bytes) and len(each) >= SHORTEST for each in values):
        return [
            f"pepper must be {SHORTEST} bytes or more, or several of them newest first, {MOST} at most, or a secret"
            " source"
        ]
    # Whoever has a key has what its pepper made of it, and can try peppers until one makes the same.
    return [] if all(len(set(each)) >= LEAST for each in values) else ["hardly any two bytes of the pepper differ"]


def _values(given: object) -> tuple[Any, ...]:
    several = given if isinstance(given, (list, tuple)) else (given,)
    return tuple(each.encode("utf-8", "surrogatepass") if isinstance(each, str) else each for each in several)


def _is_source(given: Any) -> bool:
    return all(callable(getattr(given, name, None)) for name in ("current", "after_mismatch"))
