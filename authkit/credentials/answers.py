"""Answers: what a server said of tokens, remembered for a while, with limits that strangers cannot push."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..keys.clocks import Clocks, Moment
from ..tokens.cache import Remembered, TokenCache
from ..tokens.opaque import LARGEST_TOKEN

LARGEST_KEPT = 32 * 1024  # bytes of an answer that is worth remembering
LONGEST_REFUSAL = 10.0  # seconds that a refusal is remembered: long enough for a flood, short enough for a mistake


class Answer(NamedTuple):
    """What a server that is well said of one token.

    Args:
        said: the members of its answer; None where the token is not active, or the answer is none.
        fault: what is wrong with the answer; empty where nothing is.
        size: its length in bytes.
    """

    said: Mapping[str, Any] | None
    fault: str = ""
    size: int = 0


class _Kept(NamedTuple):
    answer: Answer
    since: Moment


class Answers:
    """Remembers tokens by their SHA-256. Those that passed are kept apart, so that nobody's guesses crowd them out.

    Args:
        seconds: how long they are remembered; those refused at most `LONGEST_REFUSAL`. 0: none is.
        entries: how many of either kind.
        clocks: both clocks.
    """

    def __init__(self, *, seconds: float, entries: int, clocks: Clocks) -> None:
        self._clocks = clocks
        self._seconds = seconds
        self._refusal = min(seconds, LONGEST_REFUSAL)
        limits = TokenCache(entries, seconds, LARGEST_TOKEN)
        self._good: Remembered[_Kept] = Remembered(limits)
        self._bad: Remembered[_Kept] = Remembered(limits._replace(seconds=self._refusal))

    def get(self, token: str) -> Answer | None:
        """Return what was said of a token, if that is not too long ago. How to judge it is up to the caller."""
        if not self._seconds:
            return None
        digest, now = self._good.digest(token), self._clocks.now()
        good = self._good.get(digest, now.wall)
        if good is not None and self._holds(good, now):
            return good.answer
        bad = self._bad.get(digest, now.wall)
        return bad.answer if bad is not None and bad.since.within(self._refusal, now) else None

    def put(self, token: str, answer: Answer, *, passed: bool) -> None:
        """Remember what was said of a token, and whether it passed."""
        if self._seconds and answer.size <= LARGEST_KEPT:
            now = self._clocks.now()
            memory = self._good if passed else self._bad
            memory.put(memory.digest(token), _Kept(answer, now), now.wall)

    def _holds(self, kept: _Kept, now: Moment) -> bool:
        """No longer than the token: its server may have given it more time, or taken it back."""
        expires = (kept.answer.said or {}).get("exp")
        return kept.since.within(self._seconds, now) and (expires is None or now.wall < expires)

    def __repr__(self) -> str:
        return f"Answers(passed={len(self._good)}, refused={len(self._bad)}, seconds={self._seconds:g})"
