"""Names no key has: strangers may not make us ask often, and a rotation is seen all the same (rows 4.G G1 to G3)."""

from __future__ import annotations

import pytest

from authkit.errors import KeyProblem
from tests.keys.provider import DOWN, World
from tests.support.tokens import signer


def code_of(world: World, kid: str = "stranger", alg: str = "ES256") -> str:
    with pytest.raises(KeyProblem) as fault:
        world.keys.find(kid, alg)
    return fault.value.code


def test_a_new_key_is_found_at_once() -> None:
    """Rotation: a name we do not know makes us ask."""
    world = World()
    world.keys.find("k1", "ES256")

    world.provider.keys.insert(0, signer("ES256", "k2"))

    assert world.keys.find("k2", "ES256").kid == "k2"
    assert world.keys.find("k1", "ES256").kid == "k1"
    assert world.keys.fetches == 2


def test_a_second_rotation_is_seen_after_one_cooldown() -> None:
    """G2: not sooner, and not later."""
    world = World()
    world.keys.find("k1", "ES256")
    world.provider.keys = [signer("ES256", "k2")]
    world.keys.find("k2", "ES256")

    world.provider.keys = [signer("ES256", "k3")]
    world.passes(29)
    assert code_of(world, "k3") == "key_not_found_cooldown"
    world.passes(1)

    assert world.keys.find("k3", "ES256").kid == "k3"


def test_a_flood_of_unknown_names_costs_one_fetch_a_cooldown() -> None:
    """G1: ten thousand names in one cooldown, and none in the memory."""
    world = World()
    world.keys.find("k1", "ES256")

    codes = [code_of(world, f"s{each}") for each in range(10_000)]

    assert world.keys.fetches == 2
    assert codes == ["key_not_found", *["key_not_found_cooldown"] * 9_999]
    assert world.keys.find("k1", "ES256")


def test_a_flood_into_a_cold_start_costs_one_fetch() -> None:
    """A set that was fetched for this very token is as new as it gets: it is not asked for again."""
    world = World()

    codes = [code_of(world, f"s{each}") for each in range(100)]

    assert world.keys.fetches == 1
    assert codes == ["key_not_found", *["key_not_found_cooldown"] * 99]


def test_a_cold_start_by_a_known_key_leaves_the_cooldown_unspent() -> None:
    """A rotation right after it is seen at once."""
    world = World()
    world.keys.find("k1", "ES256")
    world.provider.keys = [signer("ES256", "k2")]

    assert world.keys.find("k2", "ES256")


def test_a_failed_attempt_counts_too() -> None:
    """G3: the cooldown begins before the attempt, so an outage is no leave to ask."""
    world = World()
    world.keys.find("k1", "ES256")
    world.provider.answer = DOWN

    codes = [code_of(world) for _ in range(100)]

    assert world.keys.fetches == 2
    assert codes[0] == "key_not_found"
    assert set(codes[1:]) == {"key_not_found_cooldown"}
    assert world.keys.find("k1", "ES256")


def test_an_unknown_name_in_an_outage_is_refused_and_says_why() -> None:
    """The operator reads that the issuer was asked, and did not answer."""
    world = World()
    world.keys.find("k1", "ES256")
    world.provider.answer = DOWN

    with pytest.raises(KeyProblem) as fault:
        world.keys.find("stranger", "ES256")

    assert "did not answer" in fault.value.detail


def test_a_failing_issuer_is_not_asked_for_unknown_names_either() -> None:
    """G4: the spacing out of attempts holds for them as well."""
    world = World()
    world.keys.find("k1", "ES256")
    world.provider.answer = DOWN
    for _ in range(20):
        code_of(world)
        world.passes(30)
    before = world.keys.fetches

    world.passes(-20)
    code_of(world)

    assert world.keys.fetches == before


@pytest.mark.parametrize(("kid", "alg", "code"), [("k1", "RS256", "key_alg_mismatch"), ("weak", "RS256", "weak_key")])
def test_a_name_that_is_known_but_does_not_fit_costs_no_fetch(kid: str, alg: str, code: str) -> None:
    """The issuer has said all there is to say about it."""
    world = World()
    weak = signer("RS256", "weak")
    world.provider.keys.append(weak._replace(jwk={**weak.jwk, "e": "AQ"}))
    world.keys.find("k1", "ES256")

    assert code_of(world, kid, alg) == code

    assert world.keys.fetches == 1
