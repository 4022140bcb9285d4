"""The API that the authorizers here guard: its routes, its events as API Gateway sends them, what a policy lets in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from authkit import Authorizer, Route
from authkit.tokens.base64url import decode_text, encode
from tests.judge.iam import allows

if TYPE_CHECKING:
    from authkit import JWTBearer
    from authkit.observe.record import Record

ROUTES = (
    Route("GET", "/orders/{id}", scopes={"orders:read"}),
    Route("POST", "/orders", scopes={"orders:write"}),
    Route("DELETE", "/orders/{id}", scopes={"orders:admin"}),
)

_STAGE = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/prod"
_REQUESTS = {"GET": "/orders/7", "POST": "/orders", "DELETE": "/orders/7"}


def authorizer(authenticate: JWTBearer, told: list[Record]) -> Authorizer:
    """Return the API's authorizer, which tells the backend the scopes and us its decisions."""
    scopes = lambda principal: {"scopes": " ".join(sorted(principal.scopes))}
    return Authorizer(authenticate=authenticate, routes=ROUTES, enrich=[scopes], observe=told.append)


def granted(answer: dict[str, Any]) -> set[str]:
    """Return the methods of the routes that an answer's policy lets in, by an evaluator that is not authkit's."""
    policy = answer["policyDocument"]
    return {method for method, path in _REQUESTS.items() if allows(policy, f"{_STAGE}/{method}{path}")}


def token_event(credential: str) -> dict[str, Any]:
    """Return a TOKEN authorizer's event: three fields and no more."""
    return {"type": "TOKEN", "authorizationToken": credential, "methodArn": f"{_STAGE}/GET/orders/7"}


def request_event(credential: str) -> dict[str, Any]:
    """Return a REQUEST authorizer's event."""
    headers = {"Accept": "*/*", "Authorization": credential, "Host": "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"}
    return {
        "type": "REQUEST",
        "methodArn": f"{_STAGE}/GET/orders/7",
        "resource": "/orders/{id}",
        "path": "/orders/7",
        "httpMethod": "GET",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"id": "7"},
        "stageVariables": None,
        "requestContext": {
            "accountId": "111122223333",
            "apiId": "a1b2c3d4e5",
            "stage": "prod",
            "resourcePath": "/orders/{id}",
            "httpMethod": "GET",
            "path": "/prod/orders/7",
            "protocol": "HTTP/1.1",
            "identity": {"sourceIp": "192.0.2.17", "userAgent": "curl/8.5.0", "apiKey": None},
        },
    }


def with_scope(token: str, scope: str) -> str:
    """Return a token that claims another scope, under the signature it had."""
    header, payload, signature = token.split(".")
    claims = {**json.loads(decode_text(payload)), "scope": scope}
    return f"{header}.{encode(json.dumps(claims).encode())}.{signature}"
