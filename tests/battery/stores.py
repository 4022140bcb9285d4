"""Section G, row 10: key sets that environments share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from authkit.keys.store import Stored
from tests.battery.case import ACCEPTED, Case, deed, observed
from tests.battery.world import World
from tests.keys.provider import DOWN, URL
from tests.keys.provider import World as Provided
from tests.support.tokens import ISSUER, jwks

if TYPE_CHECKING:
    from collections.abc import Iterator


class Store:
    """A store that gives what it is told to, whatever it is asked for."""

    def __init__(self, given: Any) -> None:
        self.given = given
        self.put_in = 0

    def get(self, name: str) -> Any:
        if isinstance(self.given, Exception):
            raise self.given
        return self.given

    def put(self, name: str, stored: Any) -> None:
        self.put_in += 1
        if isinstance(self.given, Exception):
            raise self.given


def stores() -> Iterator[Case]:
    fetched = f"{ACCEPTED}, 1 fetch"
    for name, changes in {
        "another-issuer": {"issuer": "https://evil.example/"}, "another-url": {"url": "https://evil.example/jwks"}, "in-the-future": {"stored_at": 1_700_009_999.0}, "nan": {"stored_at": float("nan")}, "infinite": {"stored_at": float("inf")}, "stamp-true": {"stored_at": True},
        "stamp-text": {"stored_at": "now"}, "garbage": {"body": b"<html>"}, "text": {"body": "{}"}, "empty-set": {"body": b'{"keys":[]}'}, "huge": {"body": b" " * 2_000_000}, "deep": {"body": b"[" * 100_000}, "a-megabyte-of-open-lists": {"body": b"[" * 1_000_000}, "lifetime-nan": {"lifetime": float("nan")}, "lifetime-text": {"lifetime": "long"},
        "private-keys-only": {"body": b'{"keys":[{"kty":"oct","k":"AAAA","kid":"k1"}]}'}, "stale": {"stored_at": 1_700_001_000.0 - 4000}, "none": {"body": None},
    }.items():  # fmt: skip
        yield deed("G10", name, fetched, lambda w, c=changes: _stored(w, c))
    for name, given in {
        "raises": RuntimeError("x"),
        "a-dict": {"body": b"{}"},
        "a-list": [],
        "bytes": b"{}",
        "true": True,
    }.items():
        yield deed("G10", name, fetched, lambda w, g=given: _given(w, g))
    yield deed("G10", "sound", f"{ACCEPTED}, 0 fetch", lambda w: _stored(w, {}))
    yield deed("G10", "an-attackers-set-of-another-issuer-is-not-trusted", "bad_signature, 1 fetch", _poisoned)
    yield deed(
        "G10",
        "older-than-max-stale-and-the-issuer-down",
        "fetch_timeout, 1 fetch",
        lambda w: _stored(w, {"stored_at": 1_700_001_000.0 - 90_000}, down=True),
    )
    yield deed(
        "G10",
        "a-lifetime-of-years-is-cut",
        "fetch_timeout, 1 fetch",
        lambda w: _stored(w, {"stored_at": 1_700_001_000.0 - 90_000, "lifetime": 1e9}, down=True),
    )
    yield deed(
        "G10", "clock-going-backwards", f"{ACCEPTED}, 0 fetch", lambda w: _stored(w, {"stored_at": 1_700_001_005.0})
    )


def _stored(world: World, changes: dict[str, Any], *, down: bool = False) -> str:
    body = json.dumps(jwks(world.signer())).encode()
    good = Stored(body=body, issuer=ISSUER, url=URL, stored_at=1_700_001_000.0)
    return _given(world, good._replace(**changes), down=down)


def _given(world: World, given: Any, *, down: bool = False, text: str = "") -> str:
    provided = Provided(store=Store(given))
    provided.provider.keys = [world.signer()]
    provided.provider.answer = DOWN if down else None
    bearer = world.bearer(jwks=provided.keys)
    return f"{observed(lambda: bearer.verify(text or world.good()))}, {provided.keys.fetches} fetch"


def _poisoned(world: World) -> str:
    body = json.dumps(jwks(world.attacker())).encode()
    entry = Stored(body=body, issuer="https://evil.example/", url=URL, stored_at=1_700_001_000.0)
    return _given(world, entry, text=world.good(world.attacker()))


def cases() -> Iterator[Case]:
    """Return these cases."""
    yield from stores()
