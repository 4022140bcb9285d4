"""Glob: IAM's two wildcards, matched with work that is bounded whatever the pattern and the text.

``*`` is any run of characters, slashes too, and ``?`` is exactly one. Nothing is special besides, and case matters.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PARTS = 6  # of an ARN, parted by colons; the last is the resource, and has colons of its own


class Glob:
    """A pattern, taken apart at its stars.

    What stands before the first star and behind the last has one place in a text. Everything between is looked for
    from the left, each piece behind the one before: whatever that leaves over is what the stars stand for. So nothing
    is tried twice, however many stars there are.
    """

    __slots__ = ("_first", "_last", "_least", "_middle", "_starred")

    def __init__(self, pattern: str) -> None:
        first, *rest = pattern.split("*")
        self._first = _Piece(first)
        self._starred = bool(rest)
        self._last = _Piece(rest[-1] if rest else "")
        self._middle = tuple(_Piece(piece) for piece in rest[:-1] if piece)  # a run of stars is one star
        self._least = len(pattern) - pattern.count("*")

    def matches(self, text: str) -> bool:
        """Tell whether the whole text is one that the pattern means."""
        if len(text) < self._least or not self._first.stands(text, 0):
            return False
        if not self._starred:
            return len(text) == self._least
        end = len(text) - self._last.length
        if not self._last.stands(text, end):
            return False
        at = self._first.length
        for piece in self._middle:
            found = piece.find(text, at, end)
            if found < 0:
                return False
            at = found + piece.length
        return True


class _Piece:
    """A piece of a pattern without stars: always as long as what it matches."""

    __slots__ = ("_expression", "_text", "length")

    def __init__(self, text: str) -> None:
        self._text = text
        self.length = len(text)
        spelled = "".join("." if char == "?" else re.escape(char) for char in text)
        self._expression = re.compile(spelled, re.DOTALL) if "?" in text else None

    def stands(self, text: str, at: int) -> bool:
        if self._expression is None:
            return text.startswith(self._text, at)
        return self._expression.match(text, at) is not None

    def find(self, text: str, start: int, end: int) -> int:
        if self._expression is None:
            return text.find(self._text, start, end)
        found = self._expression.search(text, start, end)
        return found.start() if found else -1


class ArnGlob:
    """A pattern for whole ARNs.

    A wildcard stays within its part of the ARN, but for a star that ends a part: that one goes beyond the colon (IAM
    User Guide, "Resource"). The resource is one part, whatever colons the path of a request has: ``foo/*/baz`` was seen
    to match ``foo/bar:bar/baz`` (contract M1).
    """

    __slots__ = ("_head", "_parts", "_resource")

    def __init__(self, pattern: str) -> None:
        parts = pattern.split(":", _PARTS - 1)
        head = ":".join(parts[:-1]) + ":"
        self._parts = tuple(pattern.split(":"))
        plain = len(parts) == _PARTS and "*" not in head and "?" not in head
        self._head = head if plain else None
        self._resource = Glob(parts[-1])

    def matches(self, arn: str) -> bool:
        """Tell whether the pattern means this ARN."""
        if self._head is not None:
            return arn.startswith(self._head) and self._resource.matches(arn[len(self._head) :])
        return _spans(self._parts, tuple(arn.split(":", _PARTS - 1)))


def _spans(pattern: tuple[str, ...], arn: tuple[str, ...]) -> bool:
    """Tell whether parts of a pattern mean these parts of an ARN, the last of which is the resource."""
    if len(arn) == 1:
        return like(arn[0], ":".join(pattern))
    first, rest = pattern[0], pattern[1:]
    if not like(arn[0], first):
        return False
    if not first.endswith("*"):
        return bool(rest) and _spans(rest, arn[1:])
    # The star ends in this part, in one of those behind it, or within the resource.
    if like(arn[-1], ":".join(("*", *rest))):
        return True
    return bool(rest) and any(_spans(rest, arn[taken:]) for taken in range(1, len(arn)))


def like(text: str, pattern: str) -> bool:
    """Tell whether a pattern means a text: IAM's StringLike."""
    return _glob(pattern).matches(text)


@lru_cache(maxsize=4096)
def _glob(pattern: str) -> Glob:
    return Glob(pattern)
