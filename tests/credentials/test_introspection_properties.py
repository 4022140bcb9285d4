"""Whatever a server answers and whatever a caller sends, there are three outcomes (row 4.H H8)."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from authkit.errors import Refused, Unauthenticated, Unavailable
from authkit.gateway.request import parse
from authkit.principal import Principal
from authkit.tokens.rules import ANY_AUDIENCE
from tests.credentials.introspecting import Proof, World, active
from tests.support.events import request_event, token_event

MEMBERS = [
    "active",
    "iss",
    "aud",
    "sub",
    "client_id",
    "scope",
    "token_type",
    "token_use",
    "typ",
    "iat",
    "nbf",
    "exp",
    "cnf",
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["Bearer", "DPoP", "jkt"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.sampled_from(MEMBERS), inner, max_size=3)
    ),
    max_leaves=10,
)
ANSWERS = st.dictionaries(st.sampled_from(MEMBERS) | st.text(), VALUES)


def outcome(world: World, token: str = "opaque") -> Any:
    """Return the principal, or the family of what is raised; anything else passes through."""
    try:
        return world.call(token)
    except Refused:
        return Refused
    except Unavailable:
        return Unavailable


@given(ANSWERS, st.booleans(), st.booleans())
def test_any_json_gives_a_principal_a_refusal_or_an_outage(said: dict[str, Any], good: bool, lax: bool) -> None:
    """And a principal only where ``active`` is true; the same answer from memory gives the same."""
    content = json.dumps({**active(), **said} if good else said).encode()
    settings: dict[str, Any] = (
        {"audience": ANY_AUDIENCE, "proofs": [Proof()], "relax": ["unbound-token"]} if lax else {}
    )
    world = World(content, **settings)

    first, second = outcome(world), outcome(world)

    assert first == second
    if isinstance(first, Principal):
        assert first.claims["active"] is True
        assert first.expires_at is None or first.expires_at > world.now + world.skew


@given(st.binary(), st.integers(100, 599), st.text())
def test_any_bytes_give_an_outage_or_a_refusal(content: bytes, status: int, content_type: str) -> None:
    """Bytes that happen to be a good answer are not among them."""
    world = World(content)
    world.status, world.headers = status, {"content-type": content_type}

    assert outcome(world) in (Refused, Unavailable)
    world.headers = {"content-type": "application/json"}
    world.now += 400
    assert outcome(world) in (Refused, Unavailable)


@given(st.text())
def test_any_token_is_sent_whole_or_refused_unsent(token: str) -> None:
    """And what is sent reads back as exactly this token."""
    world = World()

    try:
        world.introspection.verify(token)
    except Unauthenticated:
        assert world.asked == []
    else:
        assert world.asked[0]["form"]["token"] == token


@given(st.text() | st.text("Bearer tokn=,", max_size=20))
def test_any_header_gives_a_principal_or_a_refusal(value: str) -> None:
    """In both kinds of event."""
    for event in (token_event(value), request_event({"Authorization": value})):
        world = World()
        try:
            principal = world.introspection(parse(event))
        except Unauthenticated:
            assert world.asked == []
        else:
            assert principal.id == "alice"


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
)
def test_any_credentials_arrive_as_they_are(client_id: str, secret: str) -> None:
    """RFC 6749 section 2.3.1: decoded, they are what was configured, and there is one colon between them."""
    from base64 import b64decode
    from urllib.parse import unquote_plus

    world = World(client_id=client_id, client_secret=secret)

    world.call()

    sent = b64decode(world.asked[0]["headers"]["Authorization"].removeprefix("Basic ")).decode()
    assert [unquote_plus(part) for part in sent.split(":")] == [client_id, secret]
