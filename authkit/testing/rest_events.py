"""Events of REST and WebSocket APIs: what API Gateway hands to an authorizer (contract sections 3.1, 3.2 and 3.5)."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from ..local.events import Api, request_event, token_event
from ..local.http import HttpRequest
from ..policy.route import Route
from .certificates import told
from .sent import API, Options, Sent, overlaid, sent

if TYPE_CHECKING:
    from typing_extensions import Unpack

_STANDING = {"Accept": "application/json"}
_HANDSHAKE = {
    "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
    "Sec-WebSocket-Key": "ZXhhbXBsZS1rZXktMDEyMw==",
    "Sec-WebSocket-Version": "13",
}
_NOT_ON_CONNECT = ("resource", "path", "httpMethod", "pathParameters")


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
    resource = given.resource or ("/{proxy+}" if given.arn.path else "/")
    given.parameters(resource)
    event = _as_local(given, Route(method, resource))
    event["requestContext"] |= {
        "path": f"/{given.api.stage}{event['path']}" if given.domain == given.api.domain else event["path"],
        "domainName": given.domain,  # as the gateway knows it, whatever the Host header says
        "domainPrefix": given.domain.partition(".")[0],
    }
    if given.client_certificate is not None:
        event["requestContext"]["identity"]["clientCert"] = told(given.client_certificate)
    return {**event, "requestContext": overlaid(event["requestContext"], given.context)}


def websocket(**options: Unpack[Options]) -> dict[str, Any]:
    """Return the event of a WebSocket API's authorizer, which is asked when a client connects.

    >>> event = websocket(query={"access_token": "t"})
    >>> event["methodArn"], event["requestContext"]["eventType"]
    ('arn:aws:execute-api:eu-west-1:111122223333:stubapi001/prod/$connect', 'CONNECT')

    Args:
        options: see `authkit.testing.sent.Options`; there is no resource and no client certificate.
    """
    given = sent("$connect", "/", _HANDSHAKE, **options)
    event = _as_local(given._replace(method="GET"), Route("GET", "/"))
    return {
        **{name: value for name, value in event.items() if name not in _NOT_ON_CONNECT},
        "methodArn": str(given.arn),
        "requestContext": overlaid(_connecting(given), given.context),
    }


def _as_local(given: Sent, route: Route) -> dict[str, Any]:
    """Return what the gateway for the laptop makes of it."""
    request = HttpRequest(given.method, given.path, given.query_string, given.headers, source_ip=given.source_ip)
    event = request_event(given.api, given.arn, request, route, now=given.at)
    return {**event, "stageVariables": given.stage_variables}


def _connecting(given: Sent) -> dict[str, Any]:
    name = uuid.uuid4().hex[:15] + "="
    return {
        "routeKey": "$connect",
        "eventType": "CONNECT",
        "messageDirection": "IN",
        "connectionId": uuid.uuid4().hex[:15] + "=",
        "connectedAt": given.milliseconds,
        "requestTime": given.time,
        "requestTimeEpoch": given.milliseconds,
        "requestId": name,
        "extendedRequestId": name,
        "stage": given.api.stage,
        "apiId": given.api.id,
        "domainName": given.domain,
        "identity": {"sourceIp": given.source_ip, "userAgent": given.user_agent},
    }
