"""Declared payloads: the half of it that is the handler's."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit.credentials.sigv4_payload import declared_payload, payload_matches
from authkit.principal import Principal
from tests.support.shared import SHARED, load

EMPTY = sha256(b"").hexdigest()


def backend(kind: str, body: str | None, declared: Any, **more: Any) -> dict[str, Any]:
    """Return the event of a function behind the gateway."""
    told = {"payload_sha256": declared} if declared is not None else {}
    inside = {"lambda": told} if kind == "http-v2" else {"principalId": "acme", **told}
    return {"requestContext": {"authorizer": inside}, "body": body, "isBase64Encoded": False, **more}


KINDS = pytest.mark.parametrize("kind", ["rest", "http-v2"])


@given(raw=st.binary(max_size=64), kind=st.sampled_from(["rest", "http-v2"]))
def test_the_body_that_was_signed_matches_and_no_other(raw: bytes, kind: str) -> None:
    """As bytes, whatever the gateway made of them."""
    declared = sha256(raw).hexdigest()
    encoded = b64encode(raw).decode()

    assert payload_matches(backend(kind, encoded, declared, isBase64Encoded=True))
    assert not payload_matches(backend(kind, b64encode(raw + b"x").decode(), declared, isBase64Encoded=True))


@KINDS
def test_a_text_is_compared_as_its_bytes(kind: str) -> None:
    """UTF-8, as it was sent."""
    assert payload_matches(backend(kind, '{"ü": 1}', sha256('{"ü": 1}'.encode()).hexdigest()))
    assert not payload_matches(backend(kind, '{"u": 1}', sha256('{"ü": 1}'.encode()).hexdigest()))


@KINDS
def test_no_body_is_an_empty_one(kind: str) -> None:
    """A REST API says null, an HTTP API nothing at all."""
    absent = backend(kind, None, EMPTY)
    del absent["body"]

    assert payload_matches(backend(kind, None, EMPTY))
    assert payload_matches(backend(kind, "", EMPTY))
    assert payload_matches(absent)
    assert not payload_matches(backend(kind, "x", EMPTY))


@KINDS
@pytest.mark.parametrize("declared", [None, "", "UNSIGNED-PAYLOAD", EMPTY.upper(), 5, EMPTY + "0"])
def test_where_nothing_was_declared_nothing_matches(kind: str, declared: Any) -> None:
    """A handler that asks must not be reassured by an authorizer that did not hand the hash on."""
    assert not payload_matches(backend(kind, None, declared))


@pytest.mark.parametrize(
    "event",
    [
        {},
        None,
        {"requestContext": None},
        {"requestContext": {"authorizer": "x"}},
        {"requestContext": {"authorizer": {"lambda": {}, "payload_sha256": EMPTY}}},
        backend("rest", "%%%", EMPTY, isBase64Encoded=True),
        backend("rest", "é", EMPTY, isBase64Encoded=True),
        backend("rest", "", EMPTY, isBase64Encoded="true"),
        backend("rest", "\ud800", EMPTY),
        {**backend("rest", None, EMPTY), "body": 5},
    ],
)
def test_odd_events_match_nothing(event: Any) -> None:
    """And raise nothing."""
    assert not payload_matches(event)


@pytest.mark.skipif(SHARED is None, reason="the shared events are not part of this repository")
@pytest.mark.parametrize("name", ["backend-rest-after-authorizer.json", "backend-http-v2-after-authorizer.json"])
def test_the_documented_events_can_carry_it(name: str) -> None:
    """In the place where each kind has the context."""
    assert SHARED is not None
    event = load(SHARED, name)
    told = event["requestContext"]["authorizer"]
    told.get("lambda", told)["payload_sha256"] = EMPTY

    assert payload_matches(event)


def test_the_authorizer_hands_on_what_was_signed() -> None:
    """And of other principals nothing."""
    assert declared_payload(Principal("a", claims={"payload_sha256": EMPTY})) == {"payload_sha256": EMPTY}
    assert declared_payload(Principal("a")) == {}
