"""Nothing that came from a request is ever a pattern: whatever an event's ARN or a caller's claims hold, for every kind."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit import Authorizer, Principal, Route, Routes
from authkit.errors import AuthkitError
from authkit.gateway.answer import Unauthorized
from authkit.gateway.sources import reads

PATTERNS = ("*", "?", "${")
PLAIN = ("aws", "eu-west-1", "111122223333", "a1b2c3", "prod", "GET", "orders/7")
HOSTILE = st.sampled_from(
    ("*", "?", "${x}", "$", "{", "a*", "*/GET/*", "?rod", "${aws:username}", "", ":", "/", "*:*", "prod/*", "$default")
)
TEXT = HOSTILE | st.text("*?${}ab/:", max_size=6)
VALUES = TEXT | st.sampled_from(("acme", "a b", "é"))

KINDS = ("rest-token", "rest-request", "http-v1", "http-v2", "websocket")
TABLE = (
    Route("GET", "/"),
    Route("GET", "/orders/{id}"),
    Route("GET", "/orders/{id}/audit", scopes={"audit"}),
    Route("ANY", "/t/{tenant}/{rest+}", bind={"tenant": "tenant"}),
    Route("PUT", "/u/{sub}/x/{tenant}", bind={"sub": "sub", "tenant": "tenant"}),
    Route("$connect"),
)
CONFLICT = (Route("GET", "/a/{x}"), Route("GET", "/a/{x}/{y}", scopes={"w"}), Route("GET", "/a/{x}/{y}/{z}"))
TABLES = {
    "kept": Routes(TABLE, api="rest"),
    "kept, of HTTP APIs": Routes(TABLE, api="http"),
    "rest denied": Routes(TABLE, api="rest", deny_the_rest=True),
    "one request": Routes((*TABLE, *CONFLICT), on_conflict="one-request", api="rest"),
    "one request, of HTTP APIs": Routes((*TABLE, *CONFLICT), on_conflict="one-request", api="http"),
}


@st.composite
def places(draw: st.DrawFn) -> list[str]:
    """Draw partition, region, account, API, stage, method and path: some of them plain, some hostile."""
    return [draw(st.just(plain) | TEXT) for plain in PLAIN]


def event_of(kind: str, parts: list[str]) -> dict[str, Any]:
    partition, region, account, api, stage, method, path = parts
    behind = "$connect" if kind == "websocket" and method == "GET" else f"{method}/{path}"
    arn = f"arn:{partition}:execute-api:{region}:{account}:{api}/{stage}/{behind}"
    if kind == "rest-token":
        return {"type": "TOKEN", "authorizationToken": "t", "methodArn": arn}
    event: dict[str, Any] = {"type": "REQUEST", "headers": {"authorization": "t"}}
    event["requestContext"] = {"accountId": account, "apiId": api, "stage": stage}
    if kind == "http-v2":
        return {**event, "version": "2.0", "routeArn": arn, "routeKey": "$default"}
    if kind == "websocket":
        event["requestContext"]["eventType"] = "CONNECT"
    return {**event, "methodArn": arn, **({"version": "1.0"} if kind == "http-v1" else {})}


def answered(table: Routes, event: dict[str, Any], claims: dict[str, Any]) -> dict[str, Any] | None:
    """Return the policy; None where the request is refused with an error."""

    @reads("header.authorization")
    def authenticate(request: object) -> Principal:
        return Principal("ann", claims=claims)

    handler = Authorizer(authenticate=authenticate, routes=table, observe=lambda record: None)
    try:
        policy: dict[str, Any] = handler(event)["policyDocument"]
    except (AuthkitError, Unauthorized):
        return None
    return policy


def from_the_table(claims: dict[str, Any]) -> set[str]:
    """Spell every resource with a wildcard that the tables themselves have, for these claims."""
    paths = {"orders/*", *(f"a/{tail}" for tail in ("*", "*/*", "*/*/*")), f"t/{claims.get('tenant')}/*"}
    return {
        f"{method}/{path}" for path in paths for method in ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
    }


@pytest.mark.parametrize("kind", KINDS)
@given(
    name=st.sampled_from(sorted(TABLES)),
    parts=places(),
    claims=st.fixed_dictionaries({}, optional={"sub": VALUES, "tenant": VALUES}),
)
def test_no_allowed_resource_has_a_pattern_that_came_from_a_request(
    kind: str, name: str, parts: list[str], claims: dict[str, Any]
) -> None:
    """In partition, region, account, API and stage there is none; in the path those of the table alone."""
    policy = answered(TABLES[name], event_of(kind, parts), claims)

    for statement in policy["Statement"] if policy else ():
        for resource in statement.get("Resource", ()) if statement["Effect"] == "Allow" else ():
            place, stage, path = resource.split("/", 2)
            assert not any(sign in place + stage for sign in PATTERNS), resource
            assert not any(sign in path for sign in PATTERNS) or path in from_the_table(claims), resource
            assert not any(sign in path for sign in ("?", "${")), resource


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", sorted(TABLES))
def test_plain_requests_are_answered_with_an_allow(kind: str, name: str) -> None:
    """Else the above would say nothing: each kind and table that fit each other get as far as an Allow."""
    policy = answered(TABLES[name], event_of(kind, list(PLAIN)), {"sub": "ann", "tenant": "acme"})

    fits = kind == "websocket" or kind.startswith("http") == ("HTTP" in name)
    assert (policy is not None) is fits
    if policy:
        assert policy["Statement"][0]["Effect"] == "Allow"


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sign", ["*", "?", "${a}"])
def test_a_pattern_in_front_of_the_method_is_never_answered(kind: str, place: int, sign: str) -> None:
    """Partition, region, account, API id and stage: an error, which the gateway does not keep."""
    parts = list(PLAIN)
    parts[place] += sign

    assert all(answered(table, event_of(kind, parts), {}) is None for table in TABLES.values())


@pytest.mark.parametrize("path", ["orders/*", "orders/?", "orders/${a}", "*", "orders/a*b"])
def test_a_pattern_in_the_path_is_refused_where_the_answer_names_the_path(path: str) -> None:
    """One-request mode: a request for all of it is a request for nothing."""
    policy = answered(TABLES["one request"], event_of("rest-request", [*PLAIN[:6], path]), {})

    assert policy is not None
    assert [statement["Effect"] for statement in policy["Statement"]] == ["Deny"]
