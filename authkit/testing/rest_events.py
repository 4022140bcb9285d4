"""Events of REST and WebSocket APIs: what API Gateway hands to an authorizer (contract sections 3.1, 3.2 and 3.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..local.events import Api, rest_event, token_event
from ..local.http_events import websocket_event
from ..policy.route import CONNECT
from .sent import API, Options, overlaid, sent

if TYPE_CHECKING:
    from typing_extensions import Unpack

_STANDING = {"Accept": "application/json"}
_HANDSHAKE = {
    "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
    "Sec-WebSocket-Key": "ZXhhbXBsZS1rZXktMDEyMw==",
    "Sec-WebSocket-Version": "13",
}


def rest_token(
    method: str, path: str, token: str, *, scheme: str = "Bearer", stage: str | None = None, api: Api = API
) -> dict[str, Any]:
    """Return the event of a REST API's TOKEN authorizer.

    >>> event = rest_token("GET", "/orders/1", "t")
    >>> event["type"], event["authorizationToken"], event["methodArn"]
    ('TOKEN', 'Bearer t', 'arn:aws:execute-api:eu-west-1:111122223333:stubapi001/prod/GET/orders/1')

    Args:
        method: the request's method.
        path: the request's path, as sent, without the stage.
        token: what stands in the authorizer's header, behind the scheme.
        scheme: of that header; if empty, the token stands alone.
        stage: of the API.
        api: stage, id, region, account and partition of the API.

    Raises:
        ValueError: the path is none.
    """
    given = sent(method, path, token=token, scheme=scheme, stage=stage, api=api)
    return token_event(given.arn, dict(given.headers)["Authorization"])


def rest_request(method: str, path: str, **options: Unpack[Options]) -> dict[str, Any]:
    """Return the event of a REST API's REQUEST authorizer.

    >>> event = rest_request("GET", "/orders/1", token="t", query={"tag": ["a", "b"]}, resource="/orders/{id}")
    >>> event["methodArn"], event["headers"]["Authorization"]
    ('arn:aws:execute-api:eu-west-1:111122223333:stubapi001/prod/GET/orders/1', 'Bearer t')
    >>> event["pathParameters"], event["multiValueQueryStringParameters"]
    ({'id': '1'}, {'tag': ['a', 'b']})

    Args:
        method: the request's method.
        path: the request's path, as sent, without the stage.
        options: see `authkit.testing.sent.Options`.

    Raises:
        ValueError: the path is none, does not go to the resource, or the certificate cannot be read.
        ConfigError: the gateway knows no such method or resource.
    """
    given = sent(method, path, _STANDING, **options)
    event = rest_event(given.facts("/{proxy+}" if given.arn.path else "/"))
    event["requestContext"]["identity"] |= given.certificate
    event["requestContext"] = overlaid(event["requestContext"], given.context)
    return event


def websocket(**options: Unpack[Options]) -> dict[str, Any]:
    """Return the event of a WebSocket API's authorizer, which is asked when a client connects.

    >>> event = websocket(query={"access_token": "t"})
    >>> event["methodArn"], event["requestContext"]["eventType"]
    ('arn:aws:execute-api:eu-west-1:111122223333:stubapi001/prod/$connect', 'CONNECT')

    Args:
        options: see `authkit.testing.sent.Options`; there is no resource and no client certificate.
    """
    given = sent(CONNECT, "/", _HANDSHAKE, **options)
    event = websocket_event(given.facts("/"))
    event["requestContext"] = overlaid(event["requestContext"], given.context)
    return event
