"""Names no key has: strangers may not make us ask often, and a rotation is seen all the same (rows 4.G G1 to G3)."""

from __future__ import annotations

import pytest

from authkit.errors import KeyProblem, KeysUnavailable
from authkit.keys.absent import MOST_NAMES, Absent
from authkit.keys.clocks import Moment
from authkit.keys.jwk import read_key
from authkit.keys.timing import Timing
from tests.keys.provider import DOWN, WEAK, World
from tests.support.tokens import Signer, signer


def code_of(world: World, kid: str = "stranger", alg: str = "ES256") -> str:
    with pytest.raises(KeyProblem) as fault:
        world.keys.find(kid, alg)
    return fault.value.code


def detail_of(world: World, kid: str) -> str:
    with pytest.raises(KeyProblem) as fault:
        world.keys.find(kid, "ES256")
    return fault.value.detail


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
def test_a_name_that_is_known_but_does_not_fit_costs_what_an_unknown_one_does(kid: str, alg: str, code: str) -> None:
    """G1: one fetch in a cooldown, which is the same for all of them; and it is told what is wrong with the key."""
    world = World()
    world.provider.keys.append(WEAK)
    world.keys.find("k1", "ES256")

    assert {code_of(world, kid, alg) for _ in range(1000)} == {code}
    assert code_of(world, "stranger") == "key_not_found_cooldown"

    assert world.keys.fetches == 2
    assert [(event.kid, event.code) for event in world.heard("unknown_kid")] == [(kid, code)]


@pytest.mark.parametrize("before", [signer("ES256", "same"), WEAK._replace(jwk={**WEAK.jwk, "kid": "same"})])
def test_a_key_that_was_replaced_under_its_name_is_found_at_once(before: Signer) -> None:
    """It did not fit, or was left out as weak; the set in hand may have a day to live."""
    world = World(control="max-age=86400")
    world.provider.keys.append(before)
    world.keys.find("k1", "ES256")
    after = signer("RS256", "same")

    world.provider.keys[-1] = after
    world.passes(1)

    assert world.keys.find("same", "RS256").identity == read_key(after.jwk).identity
    assert world.keys.fetches == 2


def test_a_name_that_does_not_fit_is_refused_as_before_while_the_issuer_is_down() -> None:
    """The issuer has said what there is to say about it."""
    world = World()
    world.keys.find("k1", "ES256")
    world.provider.answer = DOWN

    assert [code_of(world, "k1", "RS256") for _ in range(10)] == ["key_alg_mismatch"] * 10
    assert world.keys.fetches == 2


def test_a_name_that_a_fetch_has_shown_to_be_absent_is_refused_at_once() -> None:
    """G2: it is proven, so it is not put off, and spends nobody else's turn."""
    world = World()
    world.keys.find("k1", "ES256")
    assert code_of(world) == "key_not_found"

    world.passes(29)
    assert code_of(world) == "key_not_found"
    assert world.keys.fetches == 2
    assert len(world.heard("cooldown")) == 0
    world.passes(1)
    code_of(world)

    assert world.keys.fetches == 3


def test_asking_for_an_absent_name_does_not_keep_it_absent() -> None:
    """G2: a flood of one name does not hide that it has come to be a key's."""
    world = World()
    world.keys.find("k1", "ES256")
    code_of(world, "k2")
    world.provider.keys.append(signer("ES256", "k2"))

    for _ in range(29):
        world.passes(1)
        assert code_of(world, "k2") == "key_not_found"
    world.passes(1)

    assert world.keys.find("k2", "ES256")


def test_a_name_that_was_only_put_off_is_not_taken_for_absent() -> None:
    """G2: nobody has asked for it yet."""
    world = World()
    world.keys.find("k1", "ES256")
    code_of(world, "s1")
    world.provider.keys.append(signer("ES256", "k2"))
    assert code_of(world, "k2") == "key_not_found_cooldown"

    assert world.keys.state().absent == 1
    world.passes(30)

    assert world.keys.find("k2", "ES256")


def test_a_failed_fetch_proves_nothing() -> None:
    """G2: an issuer that does not answer has not said no."""
    world = World()
    world.keys.find("k1", "ES256")
    world.provider.answer = DOWN

    code_of(world)

    assert world.keys.state().absent == 0


def test_a_renewal_that_is_due_has_a_budget_of_its_own() -> None:
    """G2: in a cooldown that strangers keep up, what is due is renewed all the same, and brings the new key."""
    world = World(control="max-age=60")
    world.keys.find("k1", "ES256")
    world.passes(40)
    code_of(world, "s1")
    world.provider.keys.append(signer("ES256", "k2"))
    world.passes(29)
    code_of(world, "s2")
    world.passes(16)

    world.keys.find("k1", "ES256")

    assert world.keys.find("k2", "ES256")


def test_a_renewal_for_a_request_is_as_new_as_it_gets_for_it() -> None:
    """A name that is missing right after is not asked for once more."""
    world = World()
    world.keys.find("k1", "ES256")
    world.passes(3600)

    assert code_of(world) == "key_not_found"

    assert world.keys.fetches == 2


def test_a_pause_of_the_issuer_does_not_spend_the_turn() -> None:
    """G2: while nobody is asked, there is nothing that the next one would have to wait for."""
    world = World(timing=Timing(longest_backoff=1))
    world.keys.find("k1", "ES256")
    world.provider.answer = DOWN
    with pytest.raises(KeysUnavailable):
        world.keys.refresh()
    assert "did not answer" in detail_of(world, "k2")
    assert world.keys.fetches == 2

    world.provider.answer = None
    world.provider.keys.append(signer("ES256", "k2"))
    world.passes(1)

    assert world.keys.find("k2", "ES256")


def test_a_hundred_thousand_strange_names_leave_little_behind() -> None:
    """G8: whether each is proven absent, or put off."""
    world = World(timing=Timing(cooldown=0.5))
    world.keys.find("k1", "ES256")

    for each in range(100_000):
        if each % 40 == 0:
            world.passes(0.5)
        code_of(world, f"s{each}")

    assert world.keys.state().absent == MOST_NAMES
    assert world.keys.fetches == 2501


def test_absent_names_are_bounded_in_number_and_length() -> None:
    """G8: the oldest is forgotten first."""
    absent, now = Absent(30), Moment(0, 0)

    for each in range(MOST_NAMES + 1):
        absent.add(f"s{each}", now)
    absent.add("x" * 10_000, now)
    absent.add(None, now)

    assert len(absent) == MOST_NAMES
    assert not absent.holds("s0", now)
    assert absent.holds("s1", now)
    assert not absent.holds(None, now)


def test_a_token_without_a_name_can_make_us_ask_within_the_cooldown_only() -> None:
    """B10: with leave to have none, a token whose algorithm no key fits is like one of an unknown name."""
    world = World(kid_optional=True)
    assert world.keys.find(None, "ES256").kid == "k1"
    world.provider.keys = [signer("RS256", "k2")]

    assert world.keys.find(None, "RS256").kid == "k2"

    with pytest.raises(KeyProblem, match="key_not_found_cooldown"):
        world.keys.find(None, "EdDSA")


def test_nothing_is_written_for_nobody_in_a_flood() -> None:
    """What is logged by default passes over strangers, so their events are not even made."""
    world = World(on_event=None)
    told: list[str] = []
    world.keys._tell._on_event = lambda event: told.append(event.name)
    world.keys.find("k1", "ES256")

    for each in range(100):
        code_of(world, f"s{each}")

    assert told == ["fetch_started", "fetched", "unknown_kid", "fetch_started", "fetched"]


def test_strangers_are_told_of() -> None:
    """The name that made us ask, and those that were put off."""
    world = World()
    world.keys.find("k1", "ES256")

    code_of(world, "s1")
    code_of(world, "s2\n\x1b[31m")

    assert [event.kid for event in world.heard("unknown_kid")] == ["s1"]
    assert [event.kid for event in world.heard("cooldown")] == ["s2\\n\\x1b[31m"]
