"""What every store of a kind must do, whatever it is made of: run on stand-ins here, and on real servers in tests/e2e."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from authkit.stores.replay import ReplayStore
from authkit.stores.revocation import RevocationStore

THREADS = 64


def a_mark_is_new_once(store: ReplayStore, now: float) -> None:
    """Each mark for itself, whoever holds it."""
    answers = [store.consume(holder, mark, until=now + 60) for holder, mark in ["a1", "b1", "a2", "a1", "b2"]]

    assert answers == [True, False, True, False, False]


def a_race_has_one_winner(store: ReplayStore, now: float) -> None:
    """64 threads at the same moment, five times over."""
    start = Barrier(THREADS)

    def race(mark: str) -> bool:
        start.wait()
        return store.consume("holder", mark, until=now + 60)

    with ThreadPoolExecutor(THREADS) as threads:
        wins = [sum(threads.map(race, [f"race-{number}"] * THREADS)) for number in range(5)]

    assert wins == [1] * 5


def a_mark_that_has_ended_does_no_harm(store: ReplayStore, now: float) -> None:
    """Who asks with a moment that is over gets an answer, and only one of two a yes."""
    answers = [store.consume("holder", "late", until=now - 1) for _ in range(2)]

    assert answers[0] is True
    assert all(type(answer) is bool for answer in answers)


REPLAY: tuple[Callable[[ReplayStore, float], None], ...] = (
    a_mark_is_new_once,
    a_race_has_one_winner,
    a_mark_that_has_ended_does_no_harm,
)


def what_was_not_added_is_not_found(store: RevocationStore, now: float) -> None:
    """Nothing is not an error."""
    assert dict(store.find(())) == {}
    assert dict(store.find(("jti#none", "sub#none"))) == {}


def what_was_added_is_found_at_once(store: RevocationStore, now: float) -> None:
    """With its moment, fractions and for ever too; and nothing else with it."""
    store.add("sub#one", now + 0.25, now + 60)
    store.add("jti#two", math.inf, now + 60)

    assert dict(store.find(("sub#one", "jti#none", "jti#two"))) == {"sub#one": now + 0.25, "jti#two": math.inf}
    assert dict(store.find(("jti#two",))) == {"jti#two": math.inf}


def the_later_moment_counts(store: RevocationStore, now: float) -> None:
    """Whichever was told last: nothing that was taken back comes back."""
    for before, until in ((now, now + 60), (now - 50, now + 5), (now - 10, now + 600), (now + 5, now + 10)):
        store.add("sub#moments", before, until)

    assert dict(store.find(("sub#moments",))) == {"sub#moments": now + 5}


def of_many_who_add_at_once_the_latest_counts(store: RevocationStore, now: float) -> None:
    """None of them overwrites a later moment with an earlier one; who cannot be sure raises."""
    from authkit import Unavailable

    start = Barrier(8)

    def add(number: int) -> float:
        start.wait()
        try:
            store.add("sub#crowd", now + number, now + 60)
        except Unavailable:
            return 0.0
        return now + number

    with ThreadPoolExecutor(8) as threads:
        added = max(threads.map(add, range(8)))

    assert store.find(("sub#crowd",))["sub#crowd"] >= added > 0


REVOCATION: tuple[Callable[[RevocationStore, float], None], ...] = (
    what_was_not_added_is_not_found,
    what_was_added_is_found_at_once,
    the_later_moment_counts,
    of_many_who_add_at_once_the_latest_counts,
)


def named(contract: tuple[Callable[..., None], ...]) -> dict[str, Any]:
    """Return the parameters of a test that runs each rule of a contract."""
    return {"argvalues": contract, "ids": [rule.__name__ for rule in contract]}
