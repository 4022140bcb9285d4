"""Events as a REST API sends them to an authorizer, of our own making."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PREFIX = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/test/"


def arn(method: str = "GET", path: str = "things/7", *, prefix: str = PREFIX) -> str:
    """Return a method ARN; the path has no leading slash."""
    return f"{prefix}{method}/{path}"


def token_event(value: Any = "Bearer t", **changes: Any) -> dict[str, Any]:
    """Return a TOKEN event with all three of its fields."""
    return {"type": "TOKEN", "authorizationToken": value, "methodArn": arn(), **changes}


def request_event(
    headers: Mapping[str, str | Sequence[str]] | None = None,
    /,
    *,
    query: Mapping[str, str | Sequence[str]] | None = None,
    context: Mapping[str, Any] | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """Return a REQUEST event as the gateway builds it: both maps of headers and of parameters tell the same.

    ``changes`` replace whole fields, ``headers=`` among them.
    """
    return {
        "type": "REQUEST",
        "methodArn": arn(),
        "resource": "/things/{thing}",
        "path": "/things/7",
        "httpMethod": "GET",
        **_maps("headers", "multiValueHeaders", headers or {}),
        **_maps("queryStringParameters", "multiValueQueryStringParameters", query or {}),
        "pathParameters": {"thing": "7"},
        "stageVariables": {"colour": "green"},
        "requestContext": {
            "resourceId": "aaa111",
            "resourcePath": "/things/{thing}",
            "httpMethod": "GET",
            "requestId": "00000000-1111-2222-3333-444444444444",
            "accountId": "123456789012",
            "apiId": "abcdef1234",
            "stage": "test",
            "requestTimeEpoch": 1_700_000_000_000,
            "identity": {"sourceIp": "192.0.2.8", "userAgent": "tests", "apiKey": None},
            **(context or {}),
        },
        **changes,
    }


def bearer_event(token: str, **changes: Any) -> dict[str, Any]:
    """Return a REQUEST event that carries a bearer token."""
    return request_event({"Authorization": f"Bearer {token}"}, **changes)


def _maps(one: str, many: str, given: Mapping[str, str | Sequence[str]]) -> dict[str, Any]:
    listed = {name: [value] if isinstance(value, str) else list(value) for name, value in given.items()}
    # Of a repeated header the map of single values holds the last; an empty map is null.
    return {one: {name: values[-1] for name, values in listed.items()} or None, many: listed or None}
