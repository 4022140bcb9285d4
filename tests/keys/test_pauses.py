"""How long an issuer that fails is left alone (rows 4.F F5 and 4.G G4)."""

from __future__ import annotations

from typing import Any

import pytest

from authkit.errors import KeysUnavailable
from authkit.keys.remote import Timing
from tests.keys.provider import World, code_of
from tests.support.tokens import signer

HOUR = 3600.0


def busy(seconds: Any) -> KeysUnavailable:
    return KeysUnavailable("fetch_status", detail="keys.example.com answered 503", retry_after=seconds)


def fetches_after(world: World, seconds: float) -> int:
    world.passes(seconds)
    code_of(world.keys)
    return world.keys.fetches


@pytest.mark.parametrize(("asked", "pause"), [(120, 120), (300, 300), (301, 300), (1e300, 300), (float("inf"), 300)])
def test_retry_after_is_the_pause_between_renewals_up_to_a_limit(asked: float, pause: float) -> None:
    """F5: an issuer that says when it wants to be asked again is heeded, but not for ever."""
    world = World(jitter=0.999)
    world.keys.find("k1", "ES256")
    world.provider.answer = busy(asked)
    world.passes(HOUR)
    assert world.keys.find("k1", "ES256")

    world.passes(pause - 1)
    assert world.keys.find("k1", "ES256")
    assert world.keys.fetches == 2
    world.passes(1)
    assert world.keys.find("k1", "ES256")

    assert world.keys.fetches == 3


@pytest.mark.parametrize(("asked", "pause"), [(10, 10), (30, 30), (31, 30), (999_999, 30), (float("inf"), 30)])
def test_retry_after_locks_nobody_out_for_longer_than_any_failure_may(asked: float, pause: float) -> None:
    """F5: one 503 must not cost an environment that has no keys five minutes of failing requests."""
    world = World(jitter=0.999)
    world.provider.answer = busy(asked)
    code_of(world.keys)

    assert fetches_after(world, pause - 1) == 1
    assert fetches_after(world, 1) == 2


def test_retry_after_hides_a_new_key_no_longer_than_any_failure_may() -> None:
    """F5: the same for a name that is missing, while renewals are left alone for as long as was asked for."""
    world = World(timing=Timing(cooldown=1))
    world.keys.find("k1", "ES256")
    world.provider.answer = busy(999_999)
    assert code_of(world.keys, "k2") == "key_not_found"
    world.provider.answer = None
    world.provider.keys.append(signer("ES256", "k2"))

    world.passes(29)
    assert code_of(world.keys, "k2") == "key_not_found"
    world.passes(1)

    assert world.keys.find("k2", "ES256")
    assert world.keys.fetches == 3


@pytest.mark.parametrize("asked", [None, 0, 0.1, -5, float("nan"), "120", True])
def test_a_retry_after_that_is_short_or_senseless_leaves_our_own_pause(asked: Any) -> None:
    """F5: zero is no leave to hammer."""
    world = World()
    world.provider.answer = busy(asked)
    code_of(world.keys)

    assert fetches_after(world, 0.9) == 1
    assert fetches_after(world, 0.1) == 2


def test_the_limit_of_retry_after_can_be_set() -> None:
    """Zero: the issuer has no say."""
    world = World(timing=Timing(longest_retry_after=0))
    world.provider.answer = busy(120)
    code_of(world.keys)

    assert fetches_after(world, 1) == 2


def test_whoever_is_refused_in_a_pause_learns_how_long_it_lasts() -> None:
    """For those who answer in our place."""
    world = World()
    world.provider.answer = busy(25)
    code_of(world.keys)
    world.passes(20)

    with pytest.raises(KeysUnavailable) as fault:
        world.keys.find("k1", "ES256")

    assert (fault.value.code, fault.value.retry_after) == ("fetch_status", 5)


def test_a_pause_is_drawn_once() -> None:
    """Not by each who asks: of many draws the shortest would count."""
    world, draws = World(), iter([0.0, 1.0, 1.0, 1.0])
    world.keys._keeper._asking._jitter = lambda: next(draws)
    world.provider.answer = busy(None)
    code_of(world.keys)

    assert fetches_after(world, 0.9) == 1
    assert fetches_after(world, 0.05) == 1


@pytest.mark.parametrize("jumps", [{"wall": HOUR}, {"monotonic": -500.0}])
def test_a_pause_does_not_outlive_a_restored_snapshot(jumps: dict[str, float]) -> None:
    """G11: whatever became of either clock, the issuer is asked again."""
    world = World()
    world.provider.answer = busy(300)
    code_of(world.keys)
    world.provider.answer = None

    world.jumps(**jumps)

    assert world.keys.find("k1", "ES256")


def test_in_a_pause_of_renewals_the_set_in_hand_serves_and_a_new_key_is_asked_for() -> None:
    """F5, G5: what kept a renewal from succeeding may not keep a request from it that has more time."""
    world = World()
    world.keys.find("k1", "ES256")
    world.provider.answer = busy(200)
    world.passes(HOUR)
    assert world.keys.find("k1", "ES256")
    world.provider.answer = None
    world.provider.keys.append(signer("ES256", "k2"))

    world.passes(199)
    assert world.keys.find("k1", "ES256")
    assert world.keys.fetches == 2

    assert world.keys.find("k2", "ES256")
    assert world.keys.fetches == 3
