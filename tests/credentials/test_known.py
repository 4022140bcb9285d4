"""What is looked up becomes claims, before the routes are judged."""

from __future__ import annotations

from typing import Any

import pytest

from authkit import Authorizer, Principal, Route
from authkit.credentials.known import known
from authkit.enrich.budget import within
from authkit.enrich.lookup import Lookup
from authkit.errors import ConfigError, Forbidden, Unavailable, Unforeseen
from authkit.gateway.request import parse
from tests.support.authorizers import anybody, authenticating
from tests.support.events import PREFIX, request_event

REQUEST = parse(request_event({"Authorization": "alice"}))


def test_claims_that_are_looked_up_bind_routes_and_fill_the_context() -> None:
    """The policy names the caller's own, and the backend is told."""
    members = {"alice": {"team": "red", "level": 3}}
    found = known(anybody, Lookup(members.get, by=lambda principal: principal.id, give=["team", "level"]))
    handler = Authorizer(
        authenticate=found,
        routes=[
            Route("GET", "/teams/{team}/orders", bind={"team": "team"}),
            Route("POST", "/teams", when=lambda principal: principal.claims["level"] > 2),
            Route("DELETE", "/teams", when=lambda principal: principal.claims["level"] > 3),
        ],
        enrich=[lambda principal: {"team": principal.claims["team"], "tenant": principal.claims["tenant"]}],
    )

    answer = handler(request_event({"Authorization": "alice"}, methodArn=f"{PREFIX}GET/teams/red/orders"))

    allowed = answer["policyDocument"]["Statement"][0]["Resource"]
    assert allowed == [f"{PREFIX}GET/teams/red/orders", f"{PREFIX}POST/teams"]
    assert answer["context"] == {"team": "red", "tenant": "acme"}
    assert (handler.identity_sources, handler.cacheable) == (("header.authorization",), True)


def test_it_is_the_credential_in_everything_else() -> None:
    """What it reads, whether it vouches once, what it fetches ahead, its scopes, its key and its end."""

    class Credential:
        reads = ("header.x-a", "header.x-b")
        per_request = True

        def __call__(self, request: Any) -> Principal:
            return Principal("a", scopes={"s"}, claims={"x": [1]}, usage_key="u", expires_at=9.0)

        def prefetch(self) -> bool:
            return False

    found = known(Credential(), lambda principal: {"y": 2})

    principal = found(REQUEST)
    assert (found.reads, found.per_request, found.prefetch()) == (("header.x-a", "header.x-b"), True, False)
    assert principal == Principal("a", scopes={"s"}, claims={"x": [1], "y": 2}, usage_key="u", expires_at=9.0)
    assert dict(principal.claims) == {"x": [1], "y": 2}
    assert known(anybody, lambda principal: {}).per_request is False
    assert repr(found).startswith("known(")


def test_each_look_up_sees_what_those_before_it_have_found() -> None:
    """From the person to the tenant, from the tenant to its plan."""
    found = known(anybody, lambda p: {"team": f"team of {p.id}"}, lambda p: {"plan": f"plan of {p.claims['team']}"})

    assert found(REQUEST).claims["plan"] == "plan of team of alice"


def test_a_claim_of_the_credential_is_never_replaced_nor_taken_for_one() -> None:
    """Else whoever fills in the token fills in the store."""
    with pytest.raises(Forbidden) as caught:
        known(anybody, lambda principal: {"tenant": "another"})(REQUEST)

    assert (caught.value.code, caught.value.claim) == ("claim_conflict", "tenant")


@pytest.mark.parametrize(
    ("found", "settings"),
    [
        ({"level": 3}, {"give": {"level": int, "tenant": ("tenant", str, None)}}),  # the record has no tenant
        (None, {"give": ["tenant"], "absent": {}}),  # there is no record
        (OSError(), {"give": ["tenant"], "otherwise": {}}),  # an outage
    ],
)
def test_a_claim_of_the_credential_never_stands_for_one_that_was_not_found(
    found: Any, settings: dict[str, Any]
) -> None:
    """Whoever fills in the token would choose their tenant wherever the store says nothing of it."""

    def find(_: str) -> Any:
        if isinstance(found, Exception):
            raise found
        return found

    look_up = Lookup(find, by=lambda principal: principal.id, **settings)

    for each in (look_up, within(512, look_up)):
        with pytest.raises(Forbidden) as caught:
            known(anybody, each)(REQUEST)
        assert (caught.value.code, caught.value.claim) == ("claim_conflict", "tenant")


def test_an_outage_is_an_outage_and_a_refusal_a_refusal() -> None:
    """Neither becomes a principal that lacks a claim; the credential's own goes before."""
    refused, out = Forbidden("not_found"), Unavailable("lookup_unavailable")

    def failing(error: Exception) -> Any:
        def look_up(principal: Principal) -> Any:
            raise error

        return look_up

    for error in (refused, out):
        with pytest.raises(type(error)) as caught:
            known(anybody, failing(error))(REQUEST)
        assert caught.value is error
    with pytest.raises(Unavailable):
        known(authenticating(out), failing(refused))(REQUEST)


@pytest.mark.parametrize(
    ("authenticate", "look_up"), [(anybody, lambda p: None), (authenticating("alice"), lambda p: {})]
)
def test_what_gives_something_else_is_unforeseen(authenticate: Any, look_up: Any) -> None:
    """A look-up that returns nothing, a credential that returns a text."""
    with pytest.raises(Unforeseen):
        known(authenticate, look_up)(REQUEST)


@pytest.mark.parametrize(
    "given",
    [(anybody,), (anybody, 7), (anybody, Lookup), (7, str.split), (lambda r: None, str.split), (Principal, str.split)],
)
def test_odd_arguments_are_faults(given: Any) -> None:
    """Nothing to look up, or a class where a callable is due."""
    with pytest.raises(ConfigError):
        known(*given)
