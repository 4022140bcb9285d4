"""RemoteKeys with a shared store: what it believes, and what a store can do to it (row 4.G G10, section 6.2)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from authkit.errors import ConfigError
from authkit.keys.filestore import FileStore
from authkit.keys.remote import Timing
from authkit.keys.store import KeyStore, Stored
from tests.keys.provider import DOWN, URL, WEAK, World, code_of
from tests.support.tokens import ISSUER, jwks, signer

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600.0
DAY = 24 * HOUR
STORED_KEY = signer("ES256", "stored")
BODY = json.dumps(jwks(STORED_KEY)).encode()


class Memory:
    """A store in memory, that raises what it is told to."""

    def __init__(self) -> None:
        self.entries: dict[str, Any] = {}
        self.fault: Exception | None = None
        self.asked = 0

    def get(self, name: str) -> Stored | None:
        self.asked += 1
        if self.fault:
            raise self.fault
        return self.entries.get(name)

    def put(self, name: str, stored: Stored) -> None:
        if self.fault:
            raise self.fault
        self.entries[name] = stored


class Anything(Memory):
    """A store that gives one answer to whatever name."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer

    def get(self, name: str) -> Any:
        return self.answer


def world_with(store: KeyStore, **settings: Any) -> World:
    return World(store=store, **settings)


def entry(world: World, *, age: float = 0.0, **changes: Any) -> Stored:
    """Return a sound entry of this age, with changes."""
    return Stored(BODY, ISSUER, URL, world.wall() - age)._replace(**changes)


def given(*, age: float = 0.0, answer: Any = None, **changes: Any) -> World:
    """Return a world whose store has an entry."""
    store = Anything(answer)
    world = world_with(store)
    store.answer = entry(world, age=age, **changes) if answer is None else answer
    return world


def test_what_one_environment_fetched_another_need_not() -> None:
    """6.2: the herd is across environments."""
    store = Memory()
    first, second = world_with(store), world_with(store)
    first.keys.find("k1", "ES256")

    assert second.keys.find("k1", "ES256").kid == "k1"

    assert (first.keys.fetches, second.keys.fetches) == (1, 0)
    assert second.keys.state().origin == "store"
    assert len(second.heard("store_served")) == 1


def test_a_file_store_does_as_well(tmp_path: Path) -> None:
    """The whole way, with our own store."""
    first, second = world_with(FileStore(tmp_path / "keys")), world_with(FileStore(tmp_path / "keys"))
    first.keys.find("k1", "ES256")

    assert second.keys.find("k1", "ES256").kid == "k1"
    assert second.keys.fetches == 0


def test_the_age_of_an_entry_counts() -> None:
    """G10: it is due, stale and over when the set that was stored is."""
    world = given(age=700)  # of 900, nine tenths of which count: due at 648

    assert world.keys.find("stored", "ES256")
    assert world.keys.state().age == 700
    assert world.keys.fetches == 0
    world.provider.keys.append(STORED_KEY)
    world.keys.find("stored", "ES256")

    assert world.keys.fetches == 1


def test_a_stale_entry_is_not_taken_while_the_issuer_answers() -> None:
    """A fetch is due, and comes first."""
    world = given(age=HOUR)

    assert world.keys.find("k1", "ES256")

    assert (world.keys.fetches, world.keys.state().origin) == (1, "fetched")


def test_a_stale_entry_serves_where_there_is_nothing_else() -> None:
    """G5: an environment that starts in an outage has what the others live on, for as long as they."""
    world = given(age=DAY - 100)
    world.provider.answer = DOWN

    assert world.keys.find("stored", "ES256")
    world.passes(99)
    assert world.keys.find("stored", "ES256")
    world.passes(2)

    assert code_of(world.keys, "stored") == "fetch_timeout"


def test_an_entry_that_is_over_serves_nobody() -> None:
    """G5: max_stale holds for it too."""
    world = given(age=DAY + 1)
    world.provider.answer = DOWN

    assert code_of(world.keys, "stored") == "fetch_timeout"


def test_an_entry_in_place_of_a_good_set_must_be_newer() -> None:
    """G10: who can replay an old entry brings no withdrawn key back."""
    store = Anything(None)
    world = world_with(store)
    world.keys.find("k1", "ES256")
    old = entry(world, age=10)
    world.passes(HOUR)
    store.answer = old._replace(lifetime=DAY)

    world.keys.find("k1", "ES256")

    assert world.keys.state().kids == ("k1",)
    assert world.keys.fetches == 2


def test_a_newer_entry_saves_a_renewal() -> None:
    """What is due is looked for in the store first."""
    store = Anything(None)
    world = world_with(store)
    world.keys.find("k1", "ES256")
    world.passes(HOUR)
    store.answer = entry(world, age=5, body=json.dumps(jwks(signer(), STORED_KEY)).encode())

    assert world.keys.find("k1", "ES256")

    assert (world.keys.fetches, world.keys.state().origin, world.keys.state().age) == (1, "store", 5)


def test_a_new_key_that_another_environment_has_met_costs_no_fetch() -> None:
    """A rotation: one of all asks the issuer."""
    store = Memory()
    first, second = world_with(store), world_with(store)
    second.provider.keys = first.provider.keys = [signer()]
    first.keys.find("k1", "ES256")
    second.keys.find("k1", "ES256")
    first.provider.keys.append(signer("ES256", "k2"))
    first.passes(5)
    second.passes(6)
    first.keys.find("k2", "ES256")

    assert second.keys.find("k2", "ES256")

    assert (first.keys.fetches, second.keys.fetches) == (2, 0)


def test_a_newer_entry_without_the_key_that_is_wanted_is_passed_over() -> None:
    """An unknown name is worth a fetch, and that brings the newest."""
    store = Anything(None)
    world = world_with(store)
    world.keys.find("k1", "ES256")
    world.passes(10)
    store.answer = entry(world, age=5)
    world.provider.keys.append(signer("ES256", "k2"))

    assert world.keys.find("k2", "ES256")

    assert (world.keys.fetches, world.keys.state().origin) == (2, "fetched")


def test_a_store_proves_no_name_absent() -> None:
    """G2: an unknown name is asked for at the issuer, who may have a key of it by now."""
    world = given()
    world.provider.keys.append(signer("ES256", "k2"))
    world.keys.find("stored", "ES256")

    assert world.keys.find("k2", "ES256")
    assert world.keys.fetches == 1


def test_confirmed_sets_are_stored_as_young() -> None:
    """304: the issuer has just vouched for it."""
    store = Memory()
    world = world_with(store)
    world.provider.etag = '"v1"'
    world.keys.find("k1", "ES256")
    world.passes(HOUR)
    world.keys.find("k1", "ES256")

    (stored,) = store.entries.values()

    assert world.provider.etags == [None, '"v1"']
    assert stored == Stored(json.dumps(jwks(signer())).encode(), ISSUER, URL, world.wall(), '"v1"', 900)


def test_an_etag_of_a_store_is_never_sent() -> None:
    """G10: "not modified" would vouch for a body that the issuer never saw."""
    world = given(etag='"v1"', age=700)
    world.provider.etag = '"v1"'
    world.provider.keys.append(STORED_KEY)
    world.keys.find("stored", "ES256")

    world.keys.find("stored", "ES256")

    assert world.provider.etags == [None]


@pytest.mark.parametrize("settings", [{"issuer": ""}, {"url": ""}])
def test_a_store_needs_to_be_told_whose_the_entry_is(settings: dict[str, str]) -> None:
    """C17: nothing is shared by those who do not say who they are."""
    with pytest.raises(ConfigError, match="issuer and url"):
        World(store=Memory(), **settings)


POISONED: dict[str, tuple[dict[str, Any], str]] = {
    "another-issuer": ({"issuer": "https://evil.example/"}, "store_foreign"),
    "another-url": ({"url": "https://evil.example/jwks"}, "store_foreign"),
    "no-keys": ({"body": b'{"keys":[]}'}, "store_malformed"),
    "weak-keys-only": ({"body": json.dumps(jwks(WEAK)).encode()}, "store_malformed"),
    "html": ({"body": b"<html>"}, "store_malformed"),
    "empty": ({"body": b""}, "store_malformed"),
    "text-for-bytes": ({"body": BODY.decode()}, "store_malformed"),
    "too-large": ({"body": BODY + b" " * 1_048_576}, "store_malformed"),
    "time-is-text": ({"stored_at": "1700000000"}, "store_malformed"),
    "time-is-nan": ({"stored_at": float("nan")}, "store_malformed"),
    "time-is-infinite": ({"stored_at": float("-inf")}, "store_malformed"),
    "time-is-enormous": ({"stored_at": -(10**400)}, "store_malformed"),
    "time-is-true": ({"stored_at": True}, "store_malformed"),
    "lifetime-is-nan": ({"lifetime": float("nan")}, "store_malformed"),
    "lifetime-is-none": ({"lifetime": None}, "store_malformed"),
    "in-the-future": ({"age": -3600}, "store_in_future"),
}


@pytest.mark.parametrize(("changes", "code"), POISONED.values(), ids=POISONED)
def test_a_poisoned_entry_is_not_believed(changes: dict[str, Any], code: str) -> None:
    """G10: it is inspected as a fetched set is, told of, and the issuer asked in its place."""
    world = given(**changes)

    assert world.keys.find("k1", "ES256")

    assert [event.code for event in world.heard("store_failed")] == [code]
    assert (world.keys.fetches, world.keys.state().origin) == (1, "fetched")


@pytest.mark.parametrize("answer", [5, b"", "x", (BODY, ISSUER, URL, 1.0, None, 900.0), {"keys": []}, object()])
def test_an_answer_that_is_no_entry_is_not_believed(answer: Any) -> None:
    """G10: a store that was written by hand may give anything."""
    world = given(answer=answer)

    assert world.keys.find("k1", "ES256")
    assert [event.code for event in world.heard("store_failed")] == ["store_malformed"]


def test_a_clock_a_little_ahead_elsewhere_is_put_up_with() -> None:
    """The entry counts as brand-new."""
    world = given(age=-5)

    assert world.keys.find("stored", "ES256")
    assert world.keys.state().age == 0


def test_a_wall_clock_that_went_back_makes_nothing_young() -> None:
    """G10: what lies in the future now is not taken."""
    store = Memory()
    world = world_with(store)
    world.keys.find("k1", "ES256")
    second = world_with(store)
    second.jumps(wall=-DAY)

    assert second.keys.find("k1", "ES256")
    assert (second.keys.fetches, second.heard("store_failed")[0].code) == (1, "store_in_future")


@pytest.mark.parametrize("seconds", [0, 1, 10**11])
def test_a_lifetime_from_a_store_is_held_within_bounds(seconds: float) -> None:
    """G10: who writes there cannot keep the issuer from being asked."""
    world = given(lifetime=seconds)

    world.keys.find("stored", "ES256")

    assert world.keys.state().lifetime == (60 if seconds < 60 else DAY)


def test_an_explicit_lifetime_holds_for_entries_too() -> None:
    """6.3."""
    store = Anything(None)
    world = world_with(store, timing=Timing(lifetime=120))
    store.answer = entry(world, lifetime=DAY)

    world.keys.find("stored", "ES256")

    assert world.keys.state().lifetime == 120


@pytest.mark.parametrize("fault", [OSError("disk"), RuntimeError("password=hunter2"), KeyError("x")])
def test_a_store_that_raises_stops_nothing(fault: Exception) -> None:
    """It is told of, by type and not by message; keys are fetched, and good ones stay good."""
    store = Memory()
    store.fault = fault
    world = world_with(store)

    assert world.keys.find("k1", "ES256")
    world.passes(HOUR)
    assert world.keys.find("k1", "ES256")
    world.provider.answer = DOWN
    world.passes(HOUR)
    assert world.keys.find("k1", "ES256")

    codes = [event.code for event in world.heard("store_failed")]
    assert codes == ["store_unreadable", "store_unwritable"] * 2 + ["store_unreadable"]
    assert {event.detail for event in world.heard("store_failed")} == {f"the store raised {type(fault).__name__}"}


def test_a_known_key_of_a_fresh_set_asks_no_store() -> None:
    """It is for sets that are missing or due."""
    store = Memory()
    world = world_with(store)

    for _ in range(100):
        world.keys.find("k1", "ES256")

    assert store.asked == 1


def test_a_flood_of_unknown_names_asks_the_store_once_a_cooldown() -> None:
    """G1."""
    store = Memory()
    world = world_with(store)
    world.keys.find("k1", "ES256")

    for each in range(1000):
        code_of(world.keys, f"s{each}")

    assert (store.asked, world.keys.fetches) == (2, 2)


def test_an_invalidated_set_does_not_come_back_from_the_store() -> None:
    """Nothing is taken that was stored until then."""
    store = Memory()
    world = world_with(store)
    world.keys.find("k1", "ES256")
    world.provider.keys = [signer("ES256", "k2")]

    world.keys.invalidate()

    assert world.keys.find("k2", "ES256")
    assert world.keys.fetches == 2


def test_keys_left_out_of_an_entry_are_told_as_of_a_fetched_set() -> None:
    """G10: the same inspection."""
    world = given(body=json.dumps(jwks(STORED_KEY, WEAK)).encode())
    world.provider.keys.append(WEAK)

    world.keys.find("stored", "ES256")

    assert [event.code for event in world.heard("key_skipped")] == ["weak_key"]
    assert code_of(world.keys, "weak", "RS256") == "weak_key"
