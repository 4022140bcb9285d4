"""Every kind of event is explained, and the handler is left as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from authkit import (
    Authorizer,
    Field,
    Forbidden,
    KeyProblem,
    Principal,
    Request,
    Route,
    Unauthenticated,
    Unavailable,
    from_networks,
    reads,
)
from authkit.local.explanation.decision import explain
from authkit.local.explanation.draw import draw
from authkit.local.explanation.page import page
from authkit.local.explanation.tree import Explanation, Node
from authkit.testing import http_v2, rest_request, websocket
from tests.support.authorizers import Told

NOW = 1_700_000_000.0
ROUTES = [Route("ANY", "/{any+}"), Route("$connect"), Field("*"), Field("Order.margin", scopes={"finance"})]


@reads("header.authorization")
def anybody(request: Request) -> Principal:
    """Take anybody."""
    return Principal("ada", usage_key="a-usage-plan-key-of-30-characters", expires_at=NOW)


def explained(event: object, **changes: Any) -> Explanation:
    """Explain an event, whatever it has for a credential."""
    handler = Authorizer(**{"authenticate": anybody, "routes": ROUTES, "observe": Told(), **changes})
    return explain(handler, event, now=NOW)


def node(explanation: Explanation, place: str) -> Node:
    """Return a step by its place."""
    return next(each for each in explanation.nodes if each.place == place)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("rest-token", "rest-token"),
        ("rest-request", "rest-request"),
        ("rest-request-behind-cloudfront", "rest-request"),
        ("rest-request-mutual-tls", "rest-request"),
        ("http-v1-request", "http-v1"),
        ("http-v2-request", "http-v2"),
        ("http-v2-request-mutual-tls", "http-v2"),
        ("websocket-connect", "websocket"),
        ("appsync-request", "appsync"),
    ],
)
def test_every_kind_of_event_is_explained(name: str, kind: str, shared: Path) -> None:
    """With its own answer judged as its gateway does; and never with what stands in Authorization."""
    event = json.loads((shared / "events" / f"{name}.json").read_text(encoding="utf-8"))
    source = "header.authorization" if kind != "websocket" else "querystring.access_token"
    told = reads(source)(lambda request: Principal("ada", scopes={"orders:read"}))

    explanation = explained(event, authenticate=told)

    shown = draw(explanation) + page(explanation) + json.dumps(explanation.data())
    if explanation.code == "credential_missing":
        assert explanation.status == 401
    else:
        assert explanation.kind == kind
        assert explanation.allowed
    assert str(event.get("authorizationToken") or "no such text") not in shown


def test_fields_that_are_denied_are_listed() -> None:
    """AppSync answers without them."""
    event = {"authorizationToken": "a-token-of-appsync", "requestContext": {"apiId": "x", "accountId": "111122223333"}}

    explanation = explained(event)
    refused = explained(event, routes=[Field("*", scopes={"staff"}), Field("Order.id")])

    assert node(explanation, "routes").said == "1 of 2 fields granted"
    assert node(explanation, "policy").more == ("denied Order.margin",)
    assert refused.status == 401


def test_the_handler_is_left_as_it_was() -> None:
    """It is a copy that is watched, and its observer is told nothing."""
    told = Told()
    handler = Authorizer(authenticate=anybody, routes=ROUTES, observe=told)
    before = dict(vars(handler))

    explain(handler, rest_request("GET", "/a", token="t"), now=NOW)

    assert vars(handler) == before
    assert told.records == []


def test_the_key_of_a_usage_plan_is_not_shown() -> None:
    """Only that there is one, and when the credential ends."""
    explanation = explained(rest_request("GET", "/a-usage-plan-key-of-30-characters", token="t"))

    assert node(explanation, "token").more == ("scopes none", "ends 2023-11-14T22:13:20Z", "metered under an API key")
    assert "a-usage-plan-key" not in json.dumps(explanation.data())


@pytest.mark.parametrize(("network", "status"), [("203.0.113.0/24", 200), ("198.51.100.0/24", 403)])
def test_conditions_are_judged_by_what_the_event_tells(network: str, status: int) -> None:
    """The address the caller has."""
    event = rest_request("GET", "/a", token="t", source_ip="203.0.113.24")

    explanation = explained(event, limits=[from_networks(network)])

    assert explanation.status == status
    assert "  under the condition IpAddress aws:SourceIp" in node(explanation, "policy").more


@pytest.mark.parametrize(
    ("error", "event", "status"),
    [
        (Unauthenticated("bad"), rest_request("GET", "/a", token="t"), 401),
        (Unauthenticated("bad"), http_v2("GET", "/a", token="t"), 403),
        (KeyProblem("key_not_found"), http_v2("GET", "/a", token="t"), 500),
        (Forbidden("group"), rest_request("GET", "/a", token="t"), 403),
        (Unavailable("keys_unavailable"), rest_request("GET", "/a", token="t"), 500),
        (RuntimeError("s3cret"), rest_request("GET", "/a", token="t"), 500),
    ],
)
def test_what_a_credential_raises(error: Exception, event: Any, status: int) -> None:
    """Is told by its code, and has the status that this kind of API makes of it."""

    @reads("header.authorization")
    def raising(request: Request) -> Principal:
        raise error

    explanation = explained(event, authenticate=raising)

    assert explanation.status == status
    assert node(explanation, "token").good is False
    assert "s3cret" not in json.dumps(explanation.data())


def test_a_predicate_that_fails_is_told_by_its_type() -> None:
    """Its message may hold anything."""

    def fails(principal: Principal) -> bool:
        raise RuntimeError("s3cret")

    explanation = explained(rest_request("GET", "/a", token="t"), routes=[Route("GET", "/a", when=fails)])

    assert explanation.status == 500
    assert node(explanation, "nearest").more == ("the predicate fails raised RuntimeError",)
    assert "s3cret" not in json.dumps(explanation.data())


@pytest.mark.parametrize(
    ("claims", "lacking"),
    [
        ({}, ("{sub} must be the caller's own sub, and the credential has no such claim",)),
        ({"sub": "a/b"}, ("{sub} must be the caller's own sub, and that cannot stand in a path",)),
        ({"sub": "ada"}, ()),
    ],
)
def test_what_a_binding_lacks(claims: dict[str, Any], lacking: tuple[str, ...]) -> None:
    """No claim, one that cannot stand in a resource, or nothing."""
    told = reads("header.authorization")(lambda request: Principal("p", claims=claims))
    routes = [Route("GET", "/users/{sub}", bind={"sub": "sub"}, when=lambda p: True)]

    explanation = explained(rest_request("GET", "/users/ada", token="t"), routes=routes, authenticate=told)

    assert node(explanation, "nearest").more == lacking


def test_a_predicate_that_does_not_hold_and_other_methods_of_a_path() -> None:
    """The two commonest ends of a search."""

    def staff(principal: Principal) -> bool:
        return False

    routes = [Route("GET", "/a", when=staff)]

    refused = explained(rest_request("GET", "/a", token="t"), routes=routes)
    elsewhere = explained(rest_request("DELETE", "/a", token="t"), routes=routes)

    assert node(refused, "nearest").more == ("the predicate staff does not hold",)
    assert node(elsewhere, "nearest").more == ("the path has GET",)


def test_what_is_missing_on_a_socket_and_on_a_table() -> None:
    """The one route a WebSocket has."""
    event = websocket(token="t")

    explanation = explained(event, routes=[Route("GET", "/a")])

    assert explanation.asked == "$connect"
    assert node(explanation, "nearest").more == ("the table has no Route('$connect')",)


def test_long_lists_are_cut() -> None:
    """A table may have hundreds of routes."""
    routes = [Route("GET", f"/a{number}") for number in range(50)]

    explanation = explained(rest_request("GET", "/a1", token="t"), routes=routes)

    assert node(explanation, "routes").more[-1] == "and 30 more"
    assert len(node(explanation, "policy").more) == 21


def test_colours_are_for_terminals() -> None:
    """And the same words without."""
    explanation = explained(rest_request("GET", "/a", token="t"))

    assert "\033[32m200" in draw(explanation, colour=True)
    assert "\033" not in draw(explanation)


@pytest.mark.parametrize("places", [("gateway", "routes"), ("gateway", "authorizer"), ("a-place-of-its-own", "policy")])
def test_the_steps_stand_in_their_columns(places: tuple[str, ...]) -> None:
    """However long their names are; what there is more to say stands below what was said."""
    nodes = tuple(Node(place, True, "said", ("more",)) for place in places)

    lines = draw(Explanation("GET /", "rest-request", 200, "allowed", "", nodes)).split("\n")[1:]

    columns = {line.index(word) for line, word in zip(lines, ["said", "more"] * len(places), strict=True)}
    assert len(columns) == 1
