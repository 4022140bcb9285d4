"""The kit's events have field by field what the shared examples have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from authkit.testing import Api, http_v1, http_v2, rest_request, rest_token, websocket
from tests.support.shared import load

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "eyJhbGciOiJFUzI1NiIsImtpZCI6InRlc3QifQ.eyJzdWIiOiJ1c2VyLTQyIn0.c2lnbmF0dXJl"
REST = Api(stage="prod", id="k3p9x7q2wd")
HTTP = Api(stage="$default", id="v8n4t6r1bz")
QUERY = {"expand": "price", "tag": ["a", "b"]}
# What is made anew for each request, or at each deployment.
MADE_UP = {"requestId", "extendedRequestId", "resourceId", "deploymentId", "connectionId"}
# Documented for REST (contract section 3.2) and null there; the examples do not show them.
NOT_SHOWN = {"apiKey", "apiKeyId"}


def as_rest(example: dict[str, Any]) -> dict[str, Any]:
    """Return the event the kit builds for what an example tells of its request."""
    context = example["requestContext"]
    return rest_request(
        "GET",
        "/orders/1042/lines",
        headers=example["headers"],
        query=QUERY,
        resource="/orders/{orderId}/lines",
        stage_variables={"tier": "gold"},
        source_ip=context["identity"]["sourceIp"],
        client_certificate=context["identity"].get("clientCert"),
        domain=context["domainName"],
        api=REST,
        at=context["requestTimeEpoch"] / 1000,
    )


def as_http_v1(example: dict[str, Any]) -> dict[str, Any]:
    """Likewise."""
    return http_v1(
        "GET",
        "/orders/1042",
        headers=example["headers"],
        query={"expand": "price"},
        resource="/orders/{orderId}",
        source_ip="203.0.113.24",
        api=HTTP,
        at=example["requestContext"]["requestTimeEpoch"] / 1000,
    )


def as_http_v2(example: dict[str, Any]) -> dict[str, Any]:
    """Likewise."""
    context = example["requestContext"]
    return http_v2(
        "GET",
        "/orders/1042",
        headers={**example["headers"], "cookie": "; ".join(example["cookies"])},
        query=QUERY,
        resource="/orders/{orderId}",
        stage_variables={"tier": "gold"},
        source_ip="203.0.113.24",
        client_certificate=context.get("authentication", {}).get("clientCert"),
        domain=context["domainName"],
        api=HTTP,
        at=context["timeEpoch"] / 1000,
    )


def as_websocket(example: dict[str, Any]) -> dict[str, Any]:
    """Likewise. The example's connection is two milliseconds older than its request, and its client has two names."""
    return websocket(
        headers=example["headers"],
        query={"room": "blue"},
        source_ip="203.0.113.24",
        context={"connectedAt": 1786959673120, "identity": {"userAgent": "chat/2.0"}},
        api=Api(stage="live", id="h5m2c9y0fj"),
        at=1786959673.122,
    )


BUILT = {
    "rest-request.json": as_rest,
    "rest-request-behind-cloudfront.json": as_rest,
    "rest-request-mutual-tls.json": as_rest,
    "http-v1-request.json": as_http_v1,
    "http-v2-request.json": as_http_v2,
    "http-v2-request-mutual-tls.json": as_http_v2,
    "websocket-connect.json": as_websocket,
}


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Return every field by its path; of what is made up only the type."""
    if isinstance(value, dict):
        inner = [leaves(each, f"{path}.{name}") for name, each in value.items()]
        return {name: each for found in inner for name, each in found.items()} or {path: {}}
    return {path: type(value).__name__ if path.rpartition(".")[2] in MADE_UP else value}


def without_what_no_client_sent(event: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    """Return the event without the headers that each request has and this example's has not."""
    for name in ("headers", "multiValueHeaders"):
        if name in event:
            known = {each.lower() for each in example[name]}
            event[name] = {each: value for each, value in event[name].items() if each.lower() in known}
    return event


@pytest.mark.parametrize("name", BUILT)
def test_an_event_has_every_field_of_the_example_and_no_other(shared: Path, name: str) -> None:
    """With its type and, where it is not made up, its value."""
    example = load(shared, name)

    event = without_what_no_client_sent(BUILT[name](example), example)

    built = {path: value for path, value in leaves(event).items() if path.rpartition(".")[2] not in NOT_SHOWN}
    assert built == leaves(example)


def test_a_token_event_is_the_example(shared: Path) -> None:
    """Three fields and no more."""
    assert rest_token("GET", "/orders/1042", TOKEN, api=REST) == load(shared, "rest-token.json")
