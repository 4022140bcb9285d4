"""Search: which cause gives what the other side has."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ..canonical import V4
from .causes import CAUSES, Cause
from .message import Echo
from .reading import Reading, Sent, signs

MOST_READINGS = 12_000  # that are tried, of one request
MOST_BYTES = 64_000_000  # that are hashed for it
MOST_READINGS_V4A = 600  # each costs a check of an ECDSA signature

Matches = Callable[[Reading], bool]


class Found(NamedTuple):
    """What was found: the causes, and how the other side reads the request."""

    causes: tuple[Cause, ...]
    reading: Reading


class _Budget:
    """How many more readings are tried."""

    def __init__(self, most: int) -> None:
        self.left = most

    def spend(self) -> bool:
        self.left -= 1
        return self.left >= 0


def search(sent: Sent, base: Reading, matches: Matches, causes: tuple[Cause, ...] = CAUSES) -> Found | None:
    """Return the first cause, or else the first two together, with a reading that matches.

    Args:
        sent: the request.
        base: how the services read it.
        matches: tells whether a reading is what the other side has.
        causes: which to try.
    """
    most = MOST_READINGS if base.scope.algorithm == V4 else MOST_READINGS_V4A
    budget = _Budget(min(most, MOST_BYTES // len(base.canonical)))
    for cause in causes:
        for reading in _fresh(cause, sent, base):
            if budget.spend() and matches(reading):
                return Found((cause,), reading)
    for first, second, both in _pairs(sent, base, [cause for cause in causes if not cause.alone]):
        if not budget.spend():
            return None
        if both is not None and matches(both):
            return Found((first, second), both)
    return None


def _pairs(sent: Sent, base: Reading, causes: list[Cause]) -> Iterator[tuple[Cause, Cause, Reading | None]]:
    changed = [(cause, _fresh(cause, sent, base)) for cause in causes]
    for number, (first, readings) in enumerate(changed):
        for second, others in changed[number + 1 :]:
            for one in readings:
                for other in others:
                    yield first, second, _both(base, one, other)


def _both(base: Reading, one: Reading, other: Reading) -> Reading | None:
    """Return a reading with the changes of two; None where both change the same part."""
    changes: dict[str, Any] = {}
    for name in base._fields:
        was, first, second = getattr(base, name), getattr(one, name), getattr(other, name)
        if first != was and second != was:
            if name != "headers":
                return None
            merged = _merged(was, first, second)
            if merged is None:
                return None
            changes[name] = merged
        elif first != was or second != was:
            changes[name] = first if first != was else second
    return base._replace(**changes)


def _merged(was: dict[str, str], first: dict[str, str], second: dict[str, str]) -> dict[str, str] | None:
    one = {name: value for name, value in first.items() if was.get(name) != value}
    other = {name: value for name, value in second.items() if was.get(name) != value}
    return {**was, **one, **other} if not one.keys() & other.keys() else None


def _fresh(cause: Cause, sent: Sent, base: Reading) -> list[Reading]:
    """Return a cause's readings that are not how the request reads anyway."""
    return [reading for reading in cause.make(sent, base) if reading != base]


def by_signature(signature: bytes) -> Matches:
    """Return what tells whether a reading gives a signature."""
    return lambda reading: signs(reading, signature)


def by_echo(echo: Echo) -> Matches:
    """Return what tells whether a reading is what the other side says it has."""

    def matches(reading: Reading) -> bool:
        if echo.canonical and reading.canonical != echo.canonical:
            return False
        return not echo.text or reading.text == echo.text

    return matches
