"""RemoteKeys on clocks of the test: lifetimes, renewal, outages, and when to ask again (rows 4.F F6, F7 and 4.G)."""

from __future__ import annotations

from itertools import pairwise

import pytest

from authkit.errors import KeysUnavailable
from authkit.keys.cachecontrol import DEFAULT
from authkit.keys.remote import RemoteKeys, Timing
from tests.keys.provider import DOWN, World, code_of

HOUR = 3600.0
DAY = 24 * HOUR


def test_nothing_is_fetched_before_it_is_needed_and_then_once() -> None:
    """Tokens of a known key cost one fetch, however many."""
    world = World()
    assert world.provider.asked == []

    for _ in range(100):
        assert world.keys.find("k1", "ES256").kid == "k1"

    assert len(world.provider.asked) == world.keys.fetches == 1


def test_a_token_that_names_no_key_costs_no_fetch() -> None:
    """It cannot succeed, so nothing is asked; and an outage does not make it anything but bad."""
    world = World()
    world.provider.answer = DOWN

    assert code_of(world.keys, None) == "kid_missing"
    assert world.provider.asked == []


@pytest.mark.parametrize(
    ("control", "seconds"),
    [("", DEFAULT), ("max-age=600", 600), ("max-age=5", 60), ("no-store", 60), (f"max-age={10**9}", DAY)],
)
def test_a_set_is_renewed_ahead_of_its_end(control: str, seconds: float) -> None:
    """F6: as the issuer says, within our bounds; after eight tenths of that, and then once."""
    world = World(control=control)
    world.keys.find("k1", "ES256")

    world.passes(seconds * 0.9 * 0.8 - 1)
    world.keys.find("k1", "ES256")
    assert world.keys.fetches == 1
    world.passes(1)
    world.keys.find("k1", "ES256")
    world.keys.find("k1", "ES256")

    assert world.keys.fetches == 2


@pytest.mark.parametrize(("jitter", "factor"), [(0.0, 0.9 * 0.8), (0.999, 1.0998 * 0.8)])
def test_lifetimes_are_spread(jitter: float, factor: float) -> None:
    """Many environments that started together do not ask together."""
    world = World(control="max-age=1000", jitter=jitter)
    world.keys.find("k1", "ES256")

    world.passes(1000 * factor - 1)
    world.keys.find("k1", "ES256")
    assert world.keys.fetches == 1
    world.passes(2)
    world.keys.find("k1", "ES256")

    assert world.keys.fetches == 2


def test_a_renewal_gets_little_time_and_a_first_fetch_more() -> None:
    """Nobody waits long while there is a set that serves."""
    world = World()
    world.keys.find("k1", "ES256")
    world.passes(HOUR)
    world.keys.find("k1", "ES256")

    assert [timeout for _, timeout in world.provider.asked] == pytest.approx([2.0, 0.3])


def test_finding_the_url_counts_into_the_time_of_the_fetch() -> None:
    """Discovery and fetch share one deadline."""
    world = World()

    def locate(timeout: float) -> str:
        world.now += 1.5
        return "https://keys.example.com/"

    RemoteKeys(locate, world.provider, monotonic=world.monotonic, wall=world.wall).find("k1", "ES256")

    assert [timeout for _, timeout in world.provider.asked] == [0.5]


@pytest.mark.parametrize("clock", ["monotonic", "wall"])
def test_either_clock_makes_a_set_old(clock: str) -> None:
    """G11: the one stands still while a snapshot sleeps, the other can be set."""
    world = World()
    world.keys.find("k1", "ES256")

    world.jumps(**{clock: HOUR})
    world.keys.find("k1", "ES256")

    assert world.keys.fetches == 2


def test_a_wall_clock_that_goes_back_does_no_harm() -> None:
    """G10: the set is as old as the other clock says."""
    world = World()
    world.keys.find("k1", "ES256")

    world.jumps(wall=-30 * DAY)
    world.keys.find("k1", "ES256")
    assert world.keys.fetches == 1
    world.jumps(monotonic=HOUR)
    world.keys.find("k1", "ES256")

    assert world.keys.fetches == 2


def test_an_outage_takes_nothing_away_until_a_day_has_passed() -> None:
    """G5: the set in hand serves until max_stale, and not longer."""
    world = World()
    world.keys.find("k1", "ES256")
    world.provider.answer = DOWN

    for _ in range(24):
        assert world.keys.find("k1", "ES256")
        world.passes(HOUR)
    assert world.keys.find("k1", "ES256")
    world.passes(1)

    assert code_of(world.keys) == "fetch_timeout"


def test_an_outage_of_any_length_stays_an_outage() -> None:
    """After thousands of failures it is still told as one, and the issuer is still asked at most every half a minute."""
    world = World(timing=Timing(max_stale=10 * DAY))
    world.keys.find("k1", "ES256")
    world.provider.answer = DOWN
    world.passes(HOUR)

    for _ in range(3000):
        world.passes(30)
        assert world.keys.find("k1", "ES256")

    assert world.keys.fetches == 3001


def test_an_explicit_lifetime_wins() -> None:
    """6.3: whatever the issuer says, and not told as clamped."""
    world = World(control="no-store", timing=Timing(lifetime=5000))
    world.keys.find("k1", "ES256")

    world.passes(5000 * 0.9 * 0.8 - 1)
    world.keys.find("k1", "ES256")
    assert world.keys.fetches == 1
    world.passes(1)
    world.keys.find("k1", "ES256")

    assert world.keys.fetches == 2
    assert not world.heard("lifetime_clamped")


@pytest.mark.parametrize(
    ("control", "clamped"), [("", 0), ("max-age=600", 0), ("max-age=5", 1), (f"max-age={10**9}", 1), ("no-cache", 1)]
)
def test_a_lifetime_that_is_clamped_is_told(control: str, clamped: int) -> None:
    """6.3: the operator learns why the issuer is asked more or less often than it says."""
    world = World(control=control)

    world.keys.find("k1", "ES256")

    assert len(world.heard("lifetime_clamped")) == clamped


def test_nothing_is_fresh_for_longer_than_it_may_be_stale() -> None:
    """C18: a key that was taken back is gone after max_stale at the latest, whatever Cache-Control says."""
    world = World(control="max-age=86400", timing=Timing(max_stale=100))
    world.keys.find("k1", "ES256")

    world.passes(80)
    world.keys.find("k1", "ES256")

    assert world.keys.fetches == 2


def test_a_renewal_that_fails_ahead_of_the_end_is_tried_again() -> None:
    """Between eight tenths of the lifetime and all of it nobody is told of stale keys, and nobody goes without."""
    world = World(control="max-age=1000")
    world.keys.find("k1", "ES256")
    world.provider.answer = DOWN

    world.passes(721)
    assert world.keys.find("k1", "ES256")
    assert (len(world.heard("fetch_failed")), len(world.heard("stale_served"))) == (1, 0)
    world.passes(180)
    assert world.keys.find("k1", "ES256")

    assert (len(world.heard("fetch_failed")), len(world.heard("stale_served"))) == (2, 1)
    assert world.heard("stale_served")[0].code == "fetch_timeout"


def test_without_stale_keys_the_lifetime_is_the_end() -> None:
    """G5: max_stale=0 disables serving after it."""
    world = World(control="max-age=1000", timing=Timing(max_stale=0))
    world.keys.find("k1", "ES256")
    world.provider.answer = DOWN

    world.passes(900)
    assert world.keys.find("k1", "ES256")
    world.passes(1)

    assert code_of(world.keys) == "fetch_timeout"


def test_failures_space_out_the_attempts() -> None:
    """G4: 1, 2, 4 … up to 30 seconds, whatever is asked in between."""
    world = World()
    world.provider.answer = DOWN
    attempts = []

    for _ in range(1200):
        before = world.keys.fetches
        assert code_of(world.keys) == "fetch_timeout"
        if world.keys.fetches > before:
            attempts.append(world.now)
        world.passes(0.125)

    pauses = [later - earlier for earlier, later in pairwise(attempts)]
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]


def test_pauses_are_shortened_at_random_by_up_to_half() -> None:
    """Environments that failed together do not come back together."""
    world = World(jitter=0.999999)
    world.provider.answer = DOWN
    code_of(world.keys)

    world.passes(0.49)
    code_of(world.keys)
    assert world.keys.fetches == 1
    world.passes(0.02)
    code_of(world.keys)

    assert world.keys.fetches == 2


def test_success_ends_the_spacing_out() -> None:
    """The next failure begins with the shortest pause."""
    world = World()
    world.provider.answer = DOWN
    for _ in range(8):
        code_of(world.keys)
        world.passes(31)
    world.provider.answer = None
    assert world.keys.find("k1", "ES256")
    before = world.keys.fetches

    world.provider.answer = DOWN
    world.passes(2 * DAY)
    code_of(world.keys)
    world.passes(1)
    code_of(world.keys)

    assert world.keys.fetches == before + 2


def test_a_failure_that_is_told_again_grows_no_tail() -> None:
    """G8: each telling is an error of its own; one shared error would hold on to every request it passed."""
    world = World()
    world.provider.answer = DOWN
    code_of(world.keys)
    seen = []

    for _ in range(50):
        with pytest.raises(KeysUnavailable) as fault:
            world.keys.find("k1", "ES256")
        seen.append(fault.value)

    assert len({id(each) for each in seen}) == 50
    told = f"{DOWN.detail}; not asked again for 1.0 s"
    assert {(each.code, each.detail) for each in seen} == {("fetch_timeout", told)}


def test_a_key_that_does_not_fit_is_refused_at_a_cold_start_too() -> None:
    """With the code it has later, and one fetch."""
    world = World()

    assert code_of(world.keys, "k1", "RS256") == "key_alg_mismatch"
    assert code_of(world.keys, "k1", "RS256") == "key_alg_mismatch"
    assert world.keys.fetches == 1
