"""Remembered tokens: bounded, named by all of their bytes (jwt.md 6.1)."""

from __future__ import annotations

from threading import Thread
from typing import Any

import pytest

from authkit.tokens.cache import Remembered, TokenCache


def test_a_token_is_named_by_all_of_its_bytes() -> None:
    """Whatever differs has another name; text and bytes of one token have the same."""
    remembered: Remembered[str] = Remembered(TokenCache())

    names = {remembered.digest(token) for token in ("a.b.c", "a.b.d", "a.b", "A.b.c", "a.b.c ")}

    assert len(names) == 5
    assert remembered.digest("a.b.c") == remembered.digest(b"a.b.c")
    assert len(remembered.digest("a.b.c")) == 32


@pytest.mark.parametrize("token", [None, 5, "é", "x" * 4097, b"x" * 4097, ["a"], bytearray(b"a")])
def test_what_is_no_token_or_too_large_is_never_remembered(token: Any) -> None:
    """It has no name, and under no name nothing is kept."""
    remembered: Remembered[str] = Remembered(TokenCache())

    remembered.put(remembered.digest(token), "entry", 0.0)

    assert remembered.get(remembered.digest(token), 0.0) is None
    assert len(remembered) == 0


def test_an_entry_lives_for_its_seconds_and_no_longer() -> None:
    """Nor does it count where the clock was set back: then its age is not known."""
    remembered: Remembered[str] = Remembered(TokenCache(seconds=60))
    remembered.put(b"name", "entry", 1000.0)

    assert remembered.get(b"name", 1059.9) == "entry"
    assert remembered.get(b"name", 1060.0) is None
    remembered.put(b"name", "entry", 1000.0)
    assert remembered.get(b"name", 999.0) is None
    assert len(remembered) == 0


def test_the_oldest_makes_room() -> None:
    """And there are never more than were allowed."""
    remembered: Remembered[int] = Remembered(TokenCache(entries=3))

    for number in range(10):
        remembered.put(b"%d" % number, number, 0.0)

    assert len(remembered) == 3
    assert [remembered.get(b"%d" % number, 0.0) for number in range(10)] == [None] * 7 + [7, 8, 9]


def test_many_threads_keep_within_the_bound() -> None:
    """Putting, reading and forgetting at once."""
    remembered: Remembered[int] = Remembered(TokenCache(entries=50))

    def work(part: int) -> None:
        for number in range(500):
            name = b"%d-%d" % (part, number)
            remembered.put(name, number, 0.0)
            assert remembered.get(name, 0.0) in (number, None)
            if number % 7 == 0:
                remembered.forget(name)

    threads = [Thread(target=work, args=(part,)) for part in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(remembered) <= 50


@pytest.mark.parametrize(
    "limits",
    [
        TokenCache(entries=0),
        TokenCache(entries=True),
        TokenCache(entries=10**6),
        TokenCache(seconds=0),
        TokenCache(seconds=float("nan")),
        TokenCache(seconds=10**6),
        TokenCache(largest=0),
        TokenCache(largest=10**6),
        TokenCache(entries="5"),  # type: ignore[arg-type]
        TokenCache(seconds="5"),  # type: ignore[arg-type]
    ],
)
def test_limits_are_limits(limits: TokenCache) -> None:
    """What would bound nothing, or keep nothing, is a fault."""
    assert limits.faults()
    assert TokenCache().faults() == []
