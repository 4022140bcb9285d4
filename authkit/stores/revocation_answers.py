"""Answers: what a store of revocations said of names, remembered for as long as it is good."""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeGuard

from ..keys.clocks import Clocks, Moment
from ..tokens.cache import Remembered, TokenCache

FOREVER = float("inf")
"""The moment of a name whose every token is taken back."""


class Answer(NamedTuple):
    """What the store said of a name, and when; None where it has none."""

    before: float | None
    since: Moment

    def condemns(self, claims: Mapping[str, Any]) -> bool:
        """Tell whether a token was issued before the moment; when nobody can tell when, it was."""
        if self.before is None:
            return False
        issued = claims.get("iat")
        return self.before == FOREVER or not is_number(issued) or not issued >= self.before


class RevocationAnswers:
    """Remembers answers by their names. Those that are a yes are kept apart, so that others do not crowd them out.

    Args:
        entries: how many of either kind.
        seconds: how long a no is good.
        listed_seconds: how long a yes is good.
        max_stale: how old a no may become where no other is to be had.
        clocks: both clocks.
    """

    __slots__ = ("_clocks", "_listed", "_listed_seconds", "_others", "_seconds")

    def __init__(
        self, *, entries: int, seconds: float, listed_seconds: float, max_stale: float, clocks: Clocks
    ) -> None:
        longest = max(listed_seconds, max_stale) or 1.0
        self._listed: Remembered[Answer] = Remembered(TokenCache(entries, longest))
        self._others: Remembered[Answer] = Remembered(TokenCache(entries, longest))
        self._seconds, self._listed_seconds = seconds, listed_seconds
        self._clocks = clocks

    def get(self, names: tuple[str, ...], claims: Mapping[str, Any], *, stale: float = 0.0) -> bool | None:
        """Tell whether a token was taken back, if it follows from what is known of its names and not too old.

        Args:
            names: of the token.
            claims: of the token.
            stale: how old a no may be, if that is more than it may be otherwise.
        """
        now = self._clocks.now()
        known = [self._known(name, now) for name in names]
        if any(each.condemns(claims) and each.since.within(self._listed_seconds, now) for each in known if each):
            return True
        fresh = max(self._seconds, stale)
        return False if all(each is not None and each.since.within(fresh, now) for each in known) else None

    def put(self, name: str, answer: Answer) -> None:
        """Remember what the store said of a name, in place of what it said before."""
        mine, other = (self._others, self._listed) if answer.before is None else (self._listed, self._others)
        other.forget(name.encode())
        mine.put(name.encode(), answer, answer.since.wall)

    def forget(self, name: str) -> None:
        """Drop what is known of a name."""
        for memory in (self._listed, self._others):
            memory.forget(name.encode())

    def _known(self, name: str, now: Moment) -> Answer | None:
        digest = name.encode()
        return self._listed.get(digest, now.wall) or self._others.get(digest, now.wall)


def is_number(value: object) -> TypeGuard[float]:
    """Tell whether a value is a number; JSON's true and false are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)
