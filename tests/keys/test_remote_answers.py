"""RemoteKeys and what its issuer answers: failures of a transport, bad sets, removed keys, ETags (rows 4.C C12 and C18, 4.F F7)."""

from __future__ import annotations

from contextlib import suppress

import pytest

from authkit.errors import KeyProblem, KeysUnavailable
from authkit.keys.remote import RemoteKeys
from tests.keys.provider import DOWN, URL, WEAK, World, code_of
from tests.support.tokens import signer

HOUR = 3600.0
DAY = 24 * HOUR


def test_a_transport_may_fail_in_its_own_way() -> None:
    """One that was handed in raises what it likes: it is an outage, and its message, which may hold secrets, is not told."""
    world = World()
    world.provider.answer = ConnectionResetError("password=hunter2")
    with pytest.raises(KeysUnavailable) as fault:
        world.keys.find("k1", "ES256")
    world.provider.answer = None
    world.passes(5)
    world.keys.find("k1", "ES256")
    world.provider.answer = RuntimeError("password=hunter2")
    world.passes(HOUR)

    assert world.keys.find("k1", "ES256")
    assert fault.value.code == "fetch_refused"
    assert "ConnectionResetError" in fault.value.detail
    assert "hunter2" not in str(fault.value)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"keys":[]}', b'{"keys":[{"kty":"oct","k":"AA"}]}', b"\xff"])
def test_an_answer_without_usable_keys_never_replaces_a_set(body: bytes) -> None:
    """C12, G5: it counts as a failure, first fetch or not."""
    world = World()
    world.provider.body = body
    assert code_of(world.keys) == "jwks_invalid"
    world.provider.body = None
    world.passes(5)
    world.keys.find("k1", "ES256")

    world.provider.body = body
    world.passes(HOUR)

    assert world.keys.find("k1", "ES256")
    world.passes(DAY)
    assert code_of(world.keys) == "jwks_invalid"


def test_a_key_that_was_taken_back_is_gone_with_the_next_set() -> None:
    """C18: revocation is honoured at once."""
    world = World()
    world.provider.keys = [signer("ES256", "k1"), signer("ES256", "k2")]
    assert world.keys.find("k1", "ES256")

    world.provider.keys = [signer("ES256", "k2")]
    world.passes(HOUR)

    assert world.keys.find("k2", "ES256")
    assert code_of(world.keys, "k1") == "key_not_found"


def test_an_etag_is_sent_back_and_304_makes_the_set_young() -> None:
    """F7: the same keys, with a new lifetime from the new answer."""
    world = World(control="max-age=600")
    world.provider.etag = '"v1"'
    first = world.keys.find("k1", "ES256")

    world.provider.control = "max-age=7200"
    world.passes(601)
    assert world.keys.find("k1", "ES256") is first
    world.passes(7200 * 0.72 - 1)
    assert world.keys.find("k1", "ES256") is first

    assert world.provider.etags == [None, '"v1"']
    assert world.keys.fetches == 2


def test_an_overdue_set_is_asked_for_in_whole() -> None:
    """After max_stale a "not modified" would confirm what nobody may use any more; the same bytes are the same keys."""
    world = World()
    world.provider.etag = '"v1"'
    first = world.keys.find("k1", "ES256")

    world.passes(3 * DAY)

    assert world.keys.find("k1", "ES256") is first
    assert world.provider.etags == [None, None]


class Cache(World):
    """A world with something between it and its issuer that confirms whatever it is asked to confirm."""

    def __init__(self) -> None:
        super().__init__()
        self.provider.etag = '"v1"'
        self.keys.find("k1", "ES256")
        self.provider.keys = [signer("ES256", "k2")]


def test_a_wrong_304_hides_no_new_key() -> None:
    """F7: for a name that is missing the whole set is asked for."""
    world = Cache()

    assert world.keys.find("k2", "ES256")
    assert code_of(world.keys, "k1") == "key_not_found_cooldown"


def test_a_wrong_304_does_not_survive_a_refresh() -> None:
    """F7: an operator who asks knows of something new."""
    world = Cache()

    world.keys.refresh()

    assert world.keys.state().kids == ("k2",)


def test_a_wrong_304_keeps_a_withdrawn_key_for_a_day_at_most() -> None:
    """C18: though nobody asks for anything but the key that was withdrawn, and each renewal is answered."""
    world = Cache()

    served = 0
    while world.keys.state().kids == ("k1",):
        served += 700
        world.passes(700)
        with suppress(KeyProblem):
            world.keys.find("k1", "ES256")

    assert served <= DAY + 700


@pytest.mark.parametrize("status", [412, 500])
def test_an_etag_is_not_sent_again_after_a_failure_with_it(status: int) -> None:
    """F7: it may be what the other side cannot digest."""
    world = Cache()
    world.provider.answer = KeysUnavailable("fetch_status", detail=f"keys.example.com answered {status}")
    world.passes(700)
    world.keys.find("k1", "ES256")
    world.provider.answer = None

    world.passes(1)
    assert code_of(world.keys, "k1") == "key_not_found"
    world.passes(700)
    world.keys.find("k2", "ES256")

    assert world.provider.etags == [None, '"v1"', None, '"v1"']


def test_304_without_a_set_is_a_failure() -> None:
    """F7: nothing was ever sent that could still be good."""
    world = World()
    world.provider.status = 304

    assert code_of(world.keys) == "jwks_invalid"


def test_304_that_was_not_asked_for_is_a_failure() -> None:
    """F7: without an ETag sent, it confirms nothing."""
    world = World()
    world.keys.find("k1", "ES256")
    world.provider.status = 304

    world.passes(HOUR)
    world.keys.find("k1", "ES256")

    assert world.heard("fetch_failed")[0].code == "jwks_invalid"


def test_304_leaves_the_lifetime_as_it_was_where_it_says_none() -> None:
    """RFC 9111 section 4.3.4."""
    world = World(control="max-age=7200")
    world.provider.etag = '"v1"'
    world.keys.find("k1", "ES256")

    world.provider.control = None  # type: ignore[assignment]
    world.passes(7200)
    world.keys.find("k1", "ES256")

    assert world.provider.etags == [None, '"v1"']
    assert world.keys.state().lifetime == 7200


def test_an_etag_is_the_word_of_one_url() -> None:
    """Where discovery leads elsewhere, the same ETag may mean another set."""
    world, places = World(), iter([URL, "https://keys.example.com/other"])
    world.provider.etag = '"v1"'
    clocks = {"monotonic": world.monotonic, "wall": world.wall}
    keys = RemoteKeys(lambda timeout: next(places), world.provider, **clocks)
    keys.find("k1", "ES256")

    with pytest.raises(KeyProblem):
        keys.find("stranger", "ES256")

    assert world.provider.etags == [None, None]


def test_the_same_bytes_again_are_the_same_keys() -> None:
    """They are not read anew, and what was left out of them is not told again."""
    world = World()
    world.provider.keys.append(WEAK)
    first = world.keys.find("k1", "ES256")

    world.passes(HOUR)

    assert world.keys.find("k1", "ES256") is first
    assert world.keys.fetches == 2
    assert [(event.kid, event.code) for event in world.heard("key_skipped")] == [("weak", "weak_key")]


def test_the_place_is_looked_up_once_a_day_and_when_something_is_missing() -> None:
    """Discovery would eat up the little time of a renewal; a rotation or a failure may mean that the keys have moved."""
    world, located = World(), []

    def locate(timeout: float) -> str:
        located.append(world.now)
        return URL

    keys = RemoteKeys(locate, world.provider, monotonic=world.monotonic, wall=world.wall, jitter=lambda: 0.0)
    keys.find("k1", "ES256")
    world.passes(HOUR)
    keys.find("k1", "ES256")
    assert len(located) == 1

    world.provider.keys.append(signer("ES256", "k2"))
    keys.find("k2", "ES256")
    assert len(located) == 2
    world.provider.answer = DOWN
    world.passes(HOUR)
    keys.find("k1", "ES256")
    world.provider.answer = None
    world.passes(31)
    keys.find("k1", "ES256")
    assert len(located) == 3
    world.passes(25 * HOUR)
    keys.find("k1", "ES256")

    assert (len(located), keys.fetches) == (4, 6)


def test_a_transport_that_answers_with_nonsense_is_an_outage() -> None:
    """One that was handed in may return what it likes."""
    world = World()
    keys = RemoteKeys(lambda timeout: URL, lambda *_, **__: None, monotonic=world.monotonic, wall=world.wall)  # type: ignore[arg-type, return-value]

    assert code_of(keys) == "fetch_refused"
