"""What else is told of a decision: from the event, the token and the policy, and never on the way to the answer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from authkit import Authorizer, BadEvent, ConfigError, JWTBearer, Request, Route, TokenCache, by_issuer
from authkit.observe.facts import anonymous
from tests.support.authorizers import Told, authorizer, guard_that
from tests.support.events import bearer_event, request_event, token_event
from tests.support.tokens import AUDIENCE, ISSUER, NOW, good_claims, jwks, new_signer

EVENT = request_event({"Authorization": "ann"})


def signed(told: Told, **settings: Any) -> tuple[Authorizer, str]:
    """Return an authorizer for tokens of one key, and a token of it."""
    signer = new_signer("ES256", "key-1")
    bearer = JWTBearer(issuer=ISSUER, audience=AUDIENCE, jwks=jwks(signer), clock=lambda: NOW, **settings)
    handler = Authorizer(authenticate=bearer, routes=[Route("GET", "/things/{thing}")], observe=told)
    return handler, signer.token(good_claims(), typ="JWT")


def test_a_decision_is_told_with_what_it_was_made_on() -> None:
    """Whose token, by which key, for which route, and which policy came of it."""
    told = Told()
    handler, token = signed(told)

    handler(bearer_event(token))
    handler(bearer_event(token))

    first, second = (record.fields() for record in told.records)
    assert (first["issuer"], first["kid"], first["route"]) == (ISSUER, "key-1", "GET /things/{thing}")
    assert first["policy"] == second["policy"]
    assert len(first["policy"]) == 16
    assert "cache" not in first
    assert list(first["steps_ms"]) == ["authenticate", "routes"]


@pytest.mark.parametrize("cache", [None, TokenCache()])
def test_an_issuer_is_told_by_its_alias(cache: TokenCache | None) -> None:
    """Of several each by its own; one without is told by its iss. A remembered token is no other."""
    told, ours, theirs = Told(), new_signer("ES256", "key-1"), new_signer("ES256", "key-2")
    other, shared = "https://partner.example.com/", {"audience": AUDIENCE, "clock": lambda: NOW}
    one = JWTBearer(issuer=ISSUER, jwks=jwks(ours), alias="staff", **shared)
    two = JWTBearer(issuer=other, jwks=jwks(theirs), **shared)
    handler = Authorizer(
        authenticate=by_issuer(one, two, cache=cache), routes=[Route("GET", "/things/{thing}")], observe=told
    )

    for _ in range(2):
        handler(bearer_event(ours.token(good_claims(), typ="JWT")))
        handler(bearer_event(theirs.token({**good_claims(), "iss": other}, typ="JWT")))

    assert [record.fields()["issuer"] for record in told.records] == ["staff", other] * 2


@pytest.mark.parametrize("alias", ["x" * 65, "a\nb", "ü", 7, None])
def test_an_alias_is_a_short_text(alias: Any) -> None:
    """It stands in log lines, and may become a dimension."""
    with pytest.raises(ConfigError, match="alias must be a text"):
        signed(Told(), alias=alias)


def test_what_a_credential_remembers_is_told_as_hit_or_miss() -> None:
    """The second time the signature is not verified anew."""
    told = Told()
    handler, token = signed(told, cache=TokenCache())

    handler(bearer_event(token))
    handler(bearer_event(token))

    assert [record.fields()["cache"] for record in told.records] == ["miss", "hit"]
    assert {record.fields()["kid"] for record in told.records} == {"key-1"}


def test_each_slot_has_its_time() -> None:
    """In their order; what a tracer makes spans of. Together they take no longer than the decision."""
    told = Told()

    authorizer(observe=told, guards=[guard_that(None)], enrich=[lambda principal: {"tenant": "acme"}])(EVENT)

    steps = told.only.facts.steps  # type: ignore[union-attr]
    assert list(steps) == ["guards", "authenticate", "routes", "enrich"]
    assert all(seconds >= 0 for seconds in steps.values())
    assert sum(steps.values()) <= told.only.seconds


def test_an_event_without_an_id_has_that_of_the_call() -> None:
    """A TOKEN event tells none."""
    told = Told()

    authorizer(observe=told)(token_event("ann"), SimpleNamespace(aws_request_id="call-7"))

    assert told.only.fields()["request_id"] == "call-7"


def test_what_is_no_event_is_told_without_facts() -> None:
    """There is no request to tell of."""
    told = Told()

    with pytest.raises(BadEvent):
        authorizer(observe=told)({"nothing": 1})

    assert told.only.fields().keys() == {"outcome", "code", "detail", "ms"}


def test_a_path_outside_the_table_has_no_route() -> None:
    """The policy is the same: it does not depend on it."""
    told = Told()
    event = {**EVENT, "methodArn": EVENT["methodArn"].replace("things/7", "elsewhere")}

    authorizer(observe=told)(event)

    assert "route" not in told.only.fields()


def test_facts_show_nothing_of_themselves() -> None:
    """They hold the request."""
    told = Told()

    authorizer(observe=told)(EVENT)

    assert "ann" not in repr(told.only.facts)


def test_a_principal_has_one_digest() -> None:
    """So that a log can be searched for one caller, even one whose name is half a character."""
    assert anonymous("ann") == anonymous("ann") != anonymous("bob")
    assert anonymous("\ud800").startswith("sha256:")


def test_notes_decide_nothing() -> None:
    """Each request has its own."""
    first, second = (Request({}, kind="rest-token", arn=None) for _ in range(2))  # type: ignore[arg-type]

    first.notes["kid"] = "x"

    assert second.notes == {}
