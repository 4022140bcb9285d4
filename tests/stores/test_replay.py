"""The replay store in memory: once is once, and full is full."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit.errors import ConfigError, Unavailable
from authkit.stores.replay import MOST_FORGOTTEN, MemoryReplay, ReplayStore

EIGHTHS = 8  # of a second: sums of them are exact


class Clock:
    """Two clocks that are moved by hand: together, or the wall clock alone."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.skew = 0.0

    def wall(self) -> float:
        return self.now + self.skew

    def monotonic(self) -> float:
        return self.now - 900


def store(**settings: Any) -> tuple[MemoryReplay, Clock]:
    clock = Clock()
    return MemoryReplay(clock=clock.wall, monotonic=clock.monotonic, **settings), clock


def test_a_mark_is_new_once() -> None:
    """H5: and each mark for itself."""
    held, _ = store()

    answers = [held.consume("a", mark, until=1060) for mark in ("1", "1", "2", "1", "2")]

    assert answers == [True, False, True, False, False]


def test_a_mark_is_remembered_to_its_very_end() -> None:
    """H5: the last moment counts; after it there is room again."""
    held, clock = store()
    held.consume("a", "1", until=1060)

    clock.now = 1060
    assert held.consume("a", "1", until=1060) is False
    clock.now = 1060.001
    assert held.consume("a", "1", until=1130) is True
    assert len(held) == 1


def test_a_full_store_is_an_outage_and_forgets_nothing() -> None:
    """H5: what has not ended could be replayed if it made room."""
    held, clock = store(most=3, most_per_holder=3)
    for number in range(3):
        held.consume(f"holder-{number}", f"{number}", until=1060 + number)

    with pytest.raises(Unavailable) as found:
        held.consume("another", "4", until=1060)

    assert found.value.code == "replay_store_full"
    assert [held.consume("x", f"{number}", until=1060) for number in range(3)] == [False] * 3
    clock.now = 1060.5
    assert held.consume("another", "4", until=1120) is True  # the first has ended, and made room
    assert held.consume("x", "1", until=1120) is False


def test_one_key_cannot_fill_the_store() -> None:
    """H5: whoever has one valid key shuts out nobody but itself, and not for longer than the window."""
    held, clock = store(most=100, most_per_holder=10)
    for number in range(10):
        held.consume("flood", f"{number}", until=1060)

    for number in range(10, 500):
        with pytest.raises(Unavailable, match="replay_store_full: one key has 10 uses"):
            held.consume("flood", f"{number}", until=1060)

    assert held.consume("honest", "mine", until=1060) is True
    assert held.consume("flood", "3", until=1060) is False  # still known
    clock.now = 1061
    assert held.consume("flood", "again", until=1120) is True
    assert len(held) == 1


def test_many_threads_find_a_mark_new_once() -> None:
    """H5: however closely they ask."""
    held, _ = store()
    threads = 16
    start = Barrier(threads)

    def ask(_: int) -> list[bool]:
        start.wait()
        return [held.consume("a", f"{mark}", until=1060) for mark in range(50)]

    with ThreadPoolExecutor(threads) as pool:
        answers = list(pool.map(ask, range(threads)))

    assert [sum(each) for each in zip(*answers, strict=True)] == [1] * 50


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.sampled_from("123456"),
            st.integers(0, 90 * EIGHTHS),
            st.integers(0, 40 * EIGHTHS),
        ),
        max_size=60,
    )
)
def test_it_never_forgets_what_has_not_ended(uses: list[tuple[str, str, int, int]]) -> None:
    """H5: against a list that remembers everything."""
    held, clock = store(most=4, most_per_holder=2)
    known: dict[str, tuple[str, float]] = {}

    for holder, mark, life, passed in uses:
        clock.now += passed / EIGHTHS
        known = {name: kept for name, kept in known.items() if kept[1] >= clock.now}
        own = sum(kept[0] == holder for kept in known.values())
        try:
            answer: bool | None = held.consume(holder, mark, until=clock.now + life / EIGHTHS)
        except Unavailable:
            answer = None
        expected = False if mark in known else None if len(known) >= 4 or own >= 2 else True
        assert answer is expected
        if answer:
            known[mark] = (holder, clock.now + life / EIGHTHS)
        assert len(held) == len(known)


def test_what_is_over_leaves_no_trace() -> None:
    """Not even the names of holders; it goes a few at a time."""
    held, clock = store()
    for number in range(1000):
        held.consume(f"holder-{number % 100}", f"{number}", until=1060 + number / 1000)

    clock.now = 2000
    for number in range(100):
        held.consume("last", f"last-{number}", until=2060)
    clock.now = 3000
    for number in range(100):
        held.consume("last", f"very-last-{number}", until=3060)

    assert (len(held), len(held._holders), len(held._ends)) == (100, 1, 100)


def test_no_use_pays_for_all_that_were_before_it() -> None:
    """Whatever has ended meanwhile: each forgets a bounded number, twice, for all and for its holder."""
    held, clock = store()
    for number in range(5000):
        held.consume(f"holder-{number % 7}", f"{number}", until=1060 + number / 1000)
    clock.now, before = 2000, len(held)

    forgotten = []
    for number in range(400):
        assert held.consume("last", f"last-{number}", until=2060) is True
        forgotten.append(before + 1 - len(held))
        before = len(held)

    assert max(forgotten) <= 2 * MOST_FORGOTTEN
    assert len(held) == 400


@pytest.mark.parametrize("limits", [{"most": 100}, {"most_per_holder": 50}])
def test_what_has_ended_and_is_not_forgotten_yet_takes_no_room(limits: dict[str, int]) -> None:
    """Neither of all nor of one holder, whichever ended first."""
    held, clock = store(**{"most": 100, "most_per_holder": 100, **limits})
    for number in range(50):
        held.consume("other", f"other-{number}", until=1050)
    for number in range(50):
        held.consume("mine", f"{number}", until=1060)

    clock.now = 1061

    assert held.consume("mine", "new", until=1120) is True
    assert held.consume("mine", "49", until=1120) is True  # the same mark, which has ended: another use
    assert held.consume("mine", "49", until=1120) is False


@pytest.mark.parametrize("jump", [61, 200, 86_400])
def test_a_clock_that_was_set_ahead_and_back_makes_nothing_good_again(jump: float) -> None:
    """H5: what was used and forgotten meanwhile cannot be told, and the rest can."""
    held, clock = store()
    held.consume("a", "1", until=1060)
    held.consume("a", "2", until=1070 + jump)

    clock.skew = jump
    held.consume("b", "3", until=clock.wall() + 60)
    clock.skew = 0

    with pytest.raises(Unavailable, match="replay_store_unavailable: the clock was set back"):
        held.consume("a", "1", until=1060)
    assert held.consume("a", "2", until=1070 + jump) is False
    assert held.consume("c", "4", until=1060.1) is True  # made later than what was forgotten


def test_a_clock_that_was_wrong_for_long_shuts_out_nobody_when_it_is_right_again() -> None:
    """What was forgotten after its time by the other clock is over, whatever this one says."""
    held, clock = store()
    clock.skew = 3600
    for number in range(100):
        clock.now += 2
        held.consume("a", f"{number}", until=clock.wall() + 60)
    assert len(held) < 50

    clock.skew = 0

    assert held.consume("a", "new", until=clock.wall() + 60) is True


def test_a_clock_that_was_set_back_keeps_a_mark_to_its_end() -> None:
    """However many seconds have passed: until then its proof may seem to be good."""
    held, clock = store()
    held.consume("a", "1", until=1060)
    clock.skew = -500

    clock.now = 1559
    assert held.consume("a", "1", until=1060) is False
    clock.now = 1561
    assert held.consume("a", "1", until=1200) is True


def test_a_frozen_clock_keeps_nothing_beyond_its_end() -> None:
    """Between requests a function may be frozen, and only the wall clock goes on: its marks end all the same."""
    held, clock = store(most=100, most_per_holder=100)

    for _ in range(1000):
        clock.skew += 1
        assert held.consume("a", f"{clock.wall()}", until=clock.wall() + 60) is True

    assert len(held) <= 62


@pytest.mark.parametrize(
    "settings",
    [
        {"most": 0},
        {"most": "9"},
        {"most_per_holder": 0},
        {"most_per_holder": True},
        {"most": 1.5},
        {"clock": 5},
        {"clock": float},
        {"monotonic": None},
        {"monotonic": type},
    ],
)
def test_wrong_settings_do_not_deploy(settings: dict[str, Any]) -> None:
    """Each is named."""
    with pytest.raises(ConfigError, match=next(iter(settings))):
        MemoryReplay(**settings)


def test_it_is_a_replay_store_and_shows_nothing_it_holds() -> None:
    """The protocol is what another store has to have."""
    held: ReplayStore = MemoryReplay()
    held.consume("holder", "mark", until=9e9)

    assert repr(held) == "MemoryReplay(most=50000, most_per_holder=5000)"
