"""What an operator can do with a key source: prefetch, refresh, invalidate, and look at it (sections 6.2 and 6.3)."""

from __future__ import annotations

import pytest

from authkit.errors import ConfigError, KeysUnavailable
from authkit.keys.remote import RemoteKeys, Timing
from tests.keys.provider import DOWN, URL, WEAK, World, code_of
from tests.support.tokens import signer

HOUR = 3600.0


def test_prefetch_has_a_set_ready() -> None:
    """In the init phase, so that the first request does not wait; with the time of a first fetch."""
    world = World()

    assert world.keys.prefetch() is True
    assert world.keys.prefetch() is True
    world.keys.find("k1", "ES256")

    assert world.provider.asked == [(URL, 2.0)]


@pytest.mark.parametrize("answer", [DOWN, RuntimeError("boom")])
def test_prefetch_never_raises(answer: Exception) -> None:
    """6.2: a failing issuer must not fail the init phase; the failure is told, and the first request tries again."""
    world = World()
    world.provider.answer = answer

    assert world.keys.prefetch() is False
    assert len(world.heard("fetch_failed")) == 1
    world.provider.answer = None
    world.passes(1)

    assert world.keys.find("k1", "ES256")


def test_prefetch_renews_what_is_due() -> None:
    """And where that fails, says whether there is a set that serves."""
    world = World()
    world.keys.prefetch()
    world.provider.answer = DOWN

    world.passes(HOUR)
    assert world.keys.prefetch() is True
    assert world.keys.fetches == 2
    world.passes(25 * HOUR)

    assert world.keys.prefetch() is False


def test_refresh_asks_whatever_the_age() -> None:
    """An operator knows of a rotation before any token does."""
    world = World()
    world.keys.find("k1", "ES256")
    world.provider.keys = [signer("ES256", "k2")]

    world.keys.refresh()

    assert world.keys.state().kids == ("k2",)
    assert world.keys.fetches == 2


def test_refresh_asks_in_a_pause_too_and_says_what_went_wrong() -> None:
    """It is asked for by name; the set in hand goes on serving."""
    world = World()
    world.keys.find("k1", "ES256")
    world.provider.answer = DOWN

    for _ in range(2):
        with pytest.raises(KeysUnavailable):
            world.keys.refresh()

    assert world.keys.fetches == 3
    assert world.keys.find("k1", "ES256")


def test_an_invalidated_set_serves_nobody() -> None:
    """A key that got out must not verify one token more, even if the issuer is down."""
    world = World()
    world.keys.find("k1", "ES256")
    world.provider.answer = DOWN

    world.keys.invalidate()

    assert world.keys.state().origin == "none"
    assert code_of(world.keys) == "fetch_timeout"
    world.provider.answer = None
    world.passes(1)
    assert world.keys.find("k1", "ES256")


def test_after_invalidating_nothing_is_remembered() -> None:
    """Neither an ETag, nor names without keys, nor failures."""
    world = World()
    world.provider.etag = '"v1"'
    world.keys.find("k1", "ES256")
    code_of(world.keys, "k2")
    world.provider.answer = DOWN
    with pytest.raises(KeysUnavailable):
        world.keys.refresh()
    world.provider.answer = None
    world.provider.keys.append(signer("ES256", "k2"))

    world.keys.invalidate()

    assert world.keys.find("k2", "ES256")
    assert world.provider.etags[-1] is None


def test_the_state_tells_how_things_stand() -> None:
    """And asks nobody."""
    world = World(control="max-age=1000")
    assert world.keys.state() == ("none", (), 0, None, None, False, 0, 0, 0, 0)

    world.provider.keys.append(WEAK)
    world.keys.find("k1", "ES256")
    code_of(world.keys, "stranger")
    world.provider.answer = DOWN
    world.passes(900)
    world.keys.find("k1", "ES256")
    world.passes(5)

    assert world.keys.state() == ("fetched", ("k1",), 1, 905, 1000, True, 1, 3, 1, 0)


def test_the_repr_tells_names_only() -> None:
    """For a debugger."""
    world = World()
    assert repr(world.keys) == "RemoteKeys(None, fetches=0)"

    world.keys.find("k1", "ES256")

    assert repr(world.keys) == "RemoteKeys(KeySet(['k1'], skipped=0), fetches=1)"


def test_a_timing_that_cannot_be_is_a_configuration_error() -> None:
    """Found while constructing."""
    with pytest.raises(ConfigError, match="cooldown"):
        RemoteKeys(lambda timeout: URL, World().provider, timing=Timing(cooldown=-1))
