"""Keys that the issuer has taken out of its set, with leave to verify a little longer (section 6.3, row 4.C C18)."""

from __future__ import annotations

import json

from authkit.keys.jwk import read_key
from authkit.keys.remote import Timing
from tests.keys.provider import World, code_of
from tests.support.tokens import jwks, new_signer, signer

OLD, NEW = signer("ES256", "k1"), signer("ES256", "k2")


def rotated(grace: float) -> World:
    """Return a world in which k1 has just made way for k2."""
    world = World(timing=Timing(grace=grace))
    world.keys.find("k1", "ES256")
    world.provider.keys = [NEW]
    world.keys.find("k2", "ES256")
    return world


def test_without_grace_a_key_is_gone_at_once() -> None:
    """The default: who takes a key back may have lost it."""
    assert code_of(rotated(0).keys, "k1") == "key_not_found_cooldown"


def test_with_grace_it_verifies_until_that_is_over() -> None:
    """Counted from the fetch that showed it gone."""
    world = rotated(100)

    world.passes(99)
    assert world.keys.find("k1", "ES256").kid == "k1"
    assert code_of(world.keys, "k1", "RS256") == "key_not_found"
    world.passes(1)

    assert code_of(world.keys, "k1") in ("key_not_found", "key_not_found_cooldown")


def test_a_renewal_does_not_make_the_grace_longer() -> None:
    """However many sets come without it."""
    world = rotated(3000)

    for _ in range(3):
        world.passes(900)
        assert world.keys.find("k1", "ES256")
    world.passes(300)

    assert world.keys.fetches > 3
    assert code_of(world.keys, "k1") in ("key_not_found", "key_not_found_cooldown")


def test_a_key_that_comes_back_is_there_as_before() -> None:
    """And its grace begins anew when it goes again."""
    world = rotated(100)
    world.provider.keys = [OLD, NEW]
    world.keys.refresh()
    world.passes(500)

    assert world.keys.find("k1", "ES256")


def test_another_key_of_the_same_name_ends_the_grace() -> None:
    """C11: the name is the issuer's, and now means the new one."""
    world = rotated(100)
    successor = new_signer("ES256", "k1")
    world.provider.keys = [successor, NEW]

    world.keys.refresh()

    assert world.keys.find("k1", "ES256").identity == read_key(successor.jwk).identity


def test_a_key_whose_private_half_got_out_has_no_grace() -> None:
    """C9: it is named by the set, and refused."""
    world = rotated(100)
    world.provider.body = json.dumps({"keys": [{**OLD.jwk, "d": "AA"}, NEW.jwk]}).encode()

    world.keys.refresh()

    assert code_of(world.keys, "k1") == "invalid_key"


def test_the_keys_with_grace_are_bounded() -> None:
    """G8: an issuer that rotates without end fills no memory."""
    world = World(timing=Timing(grace=10**6, lifetime=60))
    described = signer("ES256", "k").jwk
    for each in range(150):
        world.provider.body = json.dumps({"keys": [{**described, "kid": f"old{each}"}, *jwks(NEW)["keys"]]}).encode()
        world.passes(61)
        world.keys.find("k2", "ES256")

    assert len(world.keys._keeper.held.leaving) == 100  # type: ignore[union-attr]
    assert world.keys.find("old148", "ES256")
