"""RemoteKeys and what its issuer answers: failures of a transport, bad sets, removed keys, ETags (rows 4.C C12 and C18, 4.F F7)."""

from __future__ import annotations

import pytest

from authkit.errors import KeysUnavailable
from tests.keys.provider import World, code_of
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
    world.passes(7200 * 0.9 - 1)
    assert world.keys.find("k1", "ES256") is first

    assert world.provider.etags == [None, '"v1"']
    assert world.keys.fetches == 2


def test_304_makes_an_overdue_set_young_again() -> None:
    """Even after max_stale: the issuer has just confirmed it."""
    world = World()
    world.provider.etag = '"v1"'
    first = world.keys.find("k1", "ES256")

    world.passes(3 * DAY)

    assert world.keys.find("k1", "ES256") is first


def test_304_without_a_set_is_a_failure() -> None:
    """F7: nothing was ever sent that could still be good."""
    world = World()
    world.provider.status = 304

    assert code_of(world.keys) == "jwks_invalid"
