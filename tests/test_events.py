"""The shared examples of events get the answers the contract asks for."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from authkit import Authorizer, BadEvent, Route
from authkit.gateway.answer import Unauthorized
from tests.support.shared import event_names, load
from tests.support.tokens import bearer, good_claims, signer

if TYPE_CHECKING:
    from pathlib import Path

STAGE = "arn:aws:execute-api:eu-west-1:111122223333:k3p9x7q2wd/prod/"
OTHER_KINDS = event_names("http-*.json") + event_names("websocket-*.json") + event_names("appsync-*.json")


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
    else:
        changed["headers"]["Authorization"] = f"Bearer {token}"
        changed["multiValueHeaders"]["Authorization"] = [f"Bearer {token}"]
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


@pytest.mark.parametrize("name", OTHER_KINDS)
def test_other_kinds_are_refused_with_what_to_do(shared: Path, handler: Authorizer, name: str) -> None:
    """Until they are answered, nothing is better than something wrong."""
    with pytest.raises(BadEvent, match="not answered yet; attach this authorizer to a REST API"):
        handler(load(shared, name))


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
