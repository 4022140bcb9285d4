"""What is told of an issuer's keys, and how it is logged (section 6.3, row 4.G G13)."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from authkit.keys.events import KeyEvent, Teller, log_event
from authkit.keys.keyset import KeySet
from tests.keys.provider import DOWN, WEAK, World, code_of
from tests.support.tokens import ISSUER, b64, jwks, signer, unb64

HOUR = 3600.0


def names(world: World) -> list[str]:
    return [event.name for event in world.told]


def test_a_fetch_is_told_from_begin_to_end() -> None:
    """And a key that is found in hand is not told at all."""
    world = World()

    for _ in range(10):
        world.keys.find("k1", "ES256")

    assert names(world) == ["fetch_started", "fetched"]
    assert {event.issuer for event in world.told} == {ISSUER}


def test_a_fetch_that_fails_is_told_with_its_reason() -> None:
    """Code and detail are those of the error."""
    world = World()
    world.provider.answer = DOWN

    code_of(world.keys)

    assert names(world) == ["fetch_started", "fetch_failed"]
    assert world.told[-1] == KeyEvent("fetch_failed", ISSUER, "", DOWN.code, DOWN.detail)


def test_keys_that_are_left_out_are_told_one_by_one() -> None:
    """C2, C3, C8, C9, C13: name and reason of each."""
    world = World()
    plain = signer("RS256", "odd").jwk
    odd = {**plain, "n": b64(b"\0" + unb64(plain["n"]))}
    secret = {**signer().jwk, "kid": "secret", "d": "AA"}
    foreign = {"kty": "AKP", "kid": "future"}
    world.provider.body = json.dumps({"keys": [signer().jwk, odd, secret, foreign, WEAK.jwk, None]}).encode()

    world.keys.find("k1", "ES256")

    assert [(event.kid, event.code) for event in world.heard("key_skipped")] == [
        ("secret", "private_key"),
        ("future", "foreign_key"),
        ("weak", "weak_key"),
        ("", "invalid_key"),
    ]
    assert [(event.kid, event.code) for event in world.heard("key_tolerated")] == [("odd", "leading_zeros")]
    assert world.keys.state().skipped == 4


def test_keys_that_the_issuer_takes_back_are_told() -> None:
    """C18: an operator may wonder why tokens are refused."""
    world = World()
    world.keys.find("k1", "ES256")
    world.provider.keys = [signer("ES256", "k2")]

    world.keys.find("k2", "ES256")

    assert [event.kid for event in world.heard("key_removed")] == ["k1"]


def test_whoever_watches_cannot_break_what_is_watched() -> None:
    """What the callable raises is counted."""

    def broken(event: KeyEvent) -> None:
        raise RuntimeError("full disk")

    world = World(on_event=broken)

    assert world.keys.find("k1", "ES256")
    assert world.keys.state().events_lost == 2


def test_all_texts_of_an_event_are_printable_and_bounded() -> None:
    """G13: a name with line breaks and colours cannot write log lines of its own."""
    told: list[KeyEvent] = []
    nasty = "a\nERROR all is lost\x1b[31m" + "x" * 10_000

    Teller(nasty, told.append).tell("unknown_kid", kid=nasty, code=nasty, detail=nasty)

    assert all(text.isprintable() and len(text) <= 256 for text in told[0])


@pytest.mark.parametrize(
    ("event", "logged"),
    [
        (KeyEvent("fetch_failed", ISSUER, "", "fetch_timeout", "no answer"), True),
        (KeyEvent("store_failed", ISSUER, "", "store_foreign"), True),
        (KeyEvent("key_skipped", ISSUER, "k", "weak_key"), True),
        (KeyEvent("key_skipped", ISSUER, "k", "roca_key"), True),
        (KeyEvent("key_skipped", ISSUER, "k", "private_key"), True),
        (KeyEvent("key_skipped", ISSUER, "k", "foreign_key"), False),
        (KeyEvent("key_skipped", ISSUER, "k", "key_use_mismatch"), False),
        (KeyEvent("fetched", ISSUER), False),
        (KeyEvent("unknown_kid", ISSUER, "k"), False),
        (KeyEvent("cooldown", ISSUER, "k"), False),
    ],
)
def test_failures_and_alarming_keys_are_logged(event: KeyEvent, logged: bool, caplog: pytest.LogCaptureFixture) -> None:
    """As one line of JSON, a warning; what strangers can cause at will is not."""
    with caplog.at_level(logging.DEBUG, logger="authkit"):
        log_event(event)

    assert [(record.name, record.levelname) for record in caplog.records] == [("authkit", "WARNING")] * logged
    shown = [json.loads(record.getMessage()) for record in caplog.records]
    assert shown == [{"keys": {name: value for name, value in event._asdict().items() if value}}] * logged


def test_without_a_callable_events_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    """By default an operator learns of failures."""
    world = World(on_event=None)
    world.provider.answer = DOWN

    code_of(world.keys)

    assert "fetch_timeout" in caplog.text


def test_keys_of_ones_own_are_told_of_too() -> None:
    """A teller tells of any set."""
    told: list[Any] = []

    Teller(ISSUER, told.append).tell_of(KeySet(jwks(signer(), WEAK)))

    assert [(event.name, event.kid, event.code) for event in told] == [("key_skipped", "weak", "weak_key")]
