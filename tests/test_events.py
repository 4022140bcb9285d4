"""The shared examples of events get the answers the contract asks for."""

from __future__ import annotations

import copy
import json
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from authkit import Authorizer, BadEvent, CloudFrontSecret, Field, Route, from_networks, metered
from authkit.gateway.answer import Unauthorized
from tests.support.shared import event_names, load
from tests.support.tokens import bearer, good_claims, signer

STAGE = "arn:aws:execute-api:eu-west-1:111122223333:k3p9x7q2wd/prod/"
HTTP = event_names("http-*.json")
OTHER_KINDS = HTTP + event_names("websocket-*.json") + event_names("appsync-*.json")


@pytest.fixture(scope="module")
def handler() -> Authorizer:
    """Return an authorizer for the orders of the examples."""
    return Authorizer(
        authenticate=bearer(),
        routes=[
            Route("GET", "/orders"),
            Route("GET", "/orders/{orderId}", scopes={"orders:read"}),
            Route("GET", "/orders/{orderId}/lines", scopes={"orders:read"}),
            Route("POST", "/orders", scopes={"orders:write"}),
            Route("DELETE", "/orders/{orderId}", scopes={"orders:admin"}),
        ],
        enrich=[lambda principal: {"tenant": principal.claims["tenant"], "quota": 250, "beta": True}],
    )


def with_token(event: dict[str, Any], token: str) -> dict[str, Any]:
    """Return the event as it would be with this bearer token."""
    changed = copy.deepcopy(event)
    if changed["type"] == "TOKEN":
        changed["authorizationToken"] = f"Bearer {token}"
        return changed
    name = "authorization" if changed.get("version") == "2.0" else "Authorization"
    changed["headers"][name] = f"Bearer {token}"
    if "multiValueHeaders" in changed:
        changed["multiValueHeaders"][name] = [f"Bearer {token}"]
    return changed


@pytest.mark.parametrize("name", event_names("rest-*.json"))
def test_a_placeholder_token_is_unauthorized(shared: Path, handler: Authorizer, name: str) -> None:
    """Nobody signed it; and the mutual TLS example has none."""
    event = load(shared, name)

    with pytest.raises(Unauthorized, match=r"^Unauthorized$"):
        handler(event)


@pytest.mark.parametrize("name", event_names("rest-*.json"))
def test_a_good_token_gets_the_policy_of_the_contract(shared: Path, handler: Authorizer, name: str) -> None:
    """All that the caller may do on the stage, and the context beside it."""
    event = with_token(load(shared, name), signer().token(good_claims(sub="user-42", tenant="acme")))

    answer = handler(event)

    assert answer == {
        "principalId": "user-42",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "execute-api:Invoke",
                    "Resource": [f"{STAGE}GET/orders", f"{STAGE}GET/orders/*", f"{STAGE}POST/orders"],
                }
            ],
        },
        "context": {"tenant": "acme", "quota": 250, "beta": True},
    }
    assert json.loads(json.dumps(answer, allow_nan=False)) == load(shared, "responses/iam-allow.json")


@pytest.mark.parametrize("name", event_names("rest-*.json"))
def test_a_caller_without_a_route_gets_the_deny_of_the_contract(shared: Path, name: str) -> None:
    """The same keys and types as the example's, and the same document."""
    handler = Authorizer(authenticate=bearer(), routes=[Route("GET", "/orders", scopes={"none"})])
    event = with_token(load(shared, name), signer().token(good_claims(sub="user-42")))

    answer = handler(event)

    assert answer == load(shared, "responses/iam-deny-all.json")


EDGE_SECRET = "current-0f4b2a9d7c6e"  # which the example's distribution adds


def behind_cloudfront(secret: str) -> Authorizer:
    """Return an authorizer that takes only what its own distribution has sent."""
    return Authorizer(
        authenticate=bearer(),
        guards=[CloudFrontSecret(secret)],
        routes=[Route("GET", "/orders/{orderId}/lines", scopes={"orders:read"})],
    )


def test_a_request_behind_cloudfront_passes_by_the_secret_it_brings(shared: Path) -> None:
    """Whatever the viewer says, and however good the token is."""
    event = with_token(load(shared, "rest-request-behind-cloudfront.json"), signer().token(good_claims()))
    past = with_token(load(shared, "rest-request.json"), signer().token(good_claims()))

    allowed = behind_cloudfront(EDGE_SECRET)(event)
    refused = [behind_cloudfront("another-0f4b2a9d7c6e")(event), behind_cloudfront(EDGE_SECRET)(past)]

    assert allowed["policyDocument"]["Statement"][0]["Resource"] == [f"{STAGE}GET/orders/*/lines"]
    denied = load(shared, "responses/iam-deny-all.json")["policyDocument"]
    assert [answer["policyDocument"] for answer in refused] == [denied, denied]
    assert behind_cloudfront(EDGE_SECRET).identity_sources == ("header.authorization", "header.x-origin-verify")


def test_a_secret_that_a_viewer_adds_beside_the_distributions_is_refused(shared: Path) -> None:
    """Two values, one of which is right."""
    event = with_token(load(shared, "rest-request-behind-cloudfront.json"), signer().token(good_claims()))
    event["multiValueHeaders"]["x-origin-verify"].append("guess")

    answer = behind_cloudfront(EDGE_SECRET)(event)

    assert answer["policyDocument"] == load(shared, "responses/iam-deny-all.json")["policyDocument"]


@pytest.mark.parametrize("name", event_names("rest-*.json"))
def test_a_metered_caller_gets_the_answer_of_the_contract(shared: Path, name: str) -> None:
    """With the usage key that is its own, where the example has it."""
    expected = load(shared, "responses/iam-allow-with-usage-key.json")
    handler = Authorizer(
        authenticate=metered(bearer(), by="client_id", keys={"web": expected["usageIdentifierKey"]}),
        routes=[Route("GET", "/orders")],
    )

    answer = handler(with_token(load(shared, name), signer().token(good_claims(sub="user-42", client_id="web"))))

    assert {part: answer[part] for part in expected} == expected
    assert not answer.get("context")


@pytest.mark.parametrize("name", event_names("rest-*.json"))
def test_a_limit_to_one_network_gets_the_answer_of_the_contract(shared: Path, name: str) -> None:
    """The condition stands beside what is allowed, for the gateway to judge."""
    expected = load(shared, "responses/iam-allow-from-one-network.json")
    handler = Authorizer(
        authenticate=bearer(), routes=[Route("GET", "/orders")], limits=[from_networks("203.0.113.0/24")]
    )

    answer = handler(with_token(load(shared, name), signer().token(good_claims(sub="user-42"))))

    assert {part: answer[part] for part in expected} == expected
    assert not answer.get("context")


def test_every_example_is_used_by_a_test(shared: Path) -> None:
    """By its name, or by the pattern of names that a test goes through."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.rglob("*.py"))]
    patterns = {pattern for text in texts for pattern in re.findall(r'event_names\("([^"]+)"\)', text)}
    named = {name for text in texts for name in re.findall(r'"(?:responses/)?([a-z0-9-]+\.json)"', text)}
    folder = shared / "events"
    unused = [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*.json"))
        if path.name not in named and not any(fnmatchcase(path.name, pattern) for pattern in patterns)
    ]

    assert unused == []


def stage_of(event: dict[str, Any]) -> str:
    """Return what the policies of the event's stage begin with."""
    return "/".join(event.get("routeArn", event.get("methodArn", "")).split("/")[:2]) + "/"


@pytest.mark.parametrize("name", HTTP)
def test_an_http_api_gets_the_policy_of_the_contract(shared: Path, handler: Authorizer, name: str) -> None:
    """In both payloads, with the stage and the ARN field of its own."""
    event = with_token(load(shared, name), signer().token(good_claims(sub="user-42", tenant="acme")))

    answer = handler(event)

    stage = stage_of(event)
    assert answer["policyDocument"]["Statement"][0]["Resource"] == [
        f"{stage}GET/orders", f"{stage}GET/orders/*", f"{stage}POST/orders",
    ]  # fmt: skip
    assert answer["context"] == {"tenant": "acme", "quota": 250, "beta": True}


@pytest.mark.parametrize("name", event_names("http-v2-*.json"))
def test_an_http_api_gets_the_simple_answers_of_the_contract(shared: Path, name: str) -> None:
    """For the one route that was asked for, which must then be a part of the gateway's key."""
    handler = Authorizer(
        authenticate=bearer(),
        routes=[Route("GET", "/orders/{orderId}", scopes={"orders:read"})],
        enrich=[lambda principal: {"tenant": "acme", "quota": 250, "beta": True, "roles": ["viewer"]}],
        response="simple",
    )
    event = load(shared, name)
    reader = signer().token(good_claims())
    stranger = signer().token(good_claims(scope="other"))

    assert handler(with_token(event, reader)) == load(shared, "responses/http-simple-allow.json")
    assert handler(with_token(event, stranger)) == load(shared, "responses/http-simple-deny.json")
    assert handler(with_token(event, reader[:-8] + "AAAAAAAA")) == load(shared, "responses/http-simple-deny.json")
    assert handler.identity_sources == ("header.authorization", "context.routeKey")
    assert handler.cacheable


def test_a_websocket_gets_the_policy_of_the_contract(shared: Path) -> None:
    """The one route that is asked for, without method, path and slash."""
    handler = Authorizer(
        authenticate=bearer(),
        routes=[Route("$connect", scopes={"orders:read"})],
        enrich=[lambda principal: {"tenant": "acme"}],
    )
    event = load(shared, "websocket-connect.json")

    answer = handler(with_token(event, signer().token(good_claims(sub="user-42"))))

    assert answer == load(shared, "responses/iam-allow-websocket.json")
    with pytest.raises(Unauthorized):
        handler(event)
    refused = handler(with_token(event, signer().token(good_claims(scope="other"))))
    assert refused["policyDocument"]["Statement"][0]["Effect"] == "Deny"


def test_appsync_gets_the_answers_of_the_contract(shared: Path) -> None:
    """The fields that are refused, beside a yes; and a no for whoever may have none."""
    denied = load(shared, "responses/appsync-allow.json")["deniedFields"]
    handler = Authorizer(
        authenticate=bearer(),
        routes=[Field("Query.order", scopes={"orders:read"}), *(Field(name, scopes={"admin"}) for name in denied)],
        enrich=[lambda principal: {"tenant": "acme"}],
    )
    event = load(shared, "appsync-request.json")

    allowed = handler({**event, "authorizationToken": signer().token()})
    refused = handler({**event, "authorizationToken": signer().token(good_claims(scope="other"))})

    assert allowed == {"isAuthorized": True, "resolverContext": {"tenant": "acme"}, "deniedFields": sorted(denied)}
    assert refused == load(shared, "responses/appsync-deny.json")
    assert handler(event) == load(shared, "responses/appsync-deny.json")  # its placeholder is no token


@pytest.mark.parametrize("name", event_names("backend-*.json"))
def test_a_backends_event_is_refused(shared: Path, handler: Authorizer, name: str) -> None:
    """The function was attached as an integration."""
    with pytest.raises(BadEvent, match=r"attached as an authorizer, or called as an integration"):
        handler(load(shared, name))


@pytest.mark.parametrize("name", event_names("rest-*.json"))
def test_a_wildcard_stage_is_refused(shared: Path, handler: Authorizer, name: str) -> None:
    """The documentation's own example has one; a policy for it would open every stage."""
    event = with_token(load(shared, name), signer().token(good_claims(tenant="acme")))
    event["methodArn"] = event["methodArn"].replace("/prod/", "/*/")

    with pytest.raises(BadEvent, match="without wildcards"):
        handler(event)
