"""Events of HTTP and WebSocket APIs (contract sections 3.3 to 3.5)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .events import DEFAULT, IAM_ONLY, Facts, grouped, last, parameters, short_id


def http_v2_event(facts: Facts) -> dict[str, Any]:
    """Return the event of an HTTP API's authorizer with payload 2.0: names in lower case, repeated ones joined."""
    request = facts.request
    query, cookies, values = joined(parameters(request.query)), _cookies(facts), facts.parameters
    return {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": str(facts.arn),
        "identitySource": None,  # see `identify`
        "routeKey": facts.route_key,
        "rawPath": _staged(facts),
        "rawQueryString": request.query,
        "headers": joined((name.lower(), value) for name, value in request.headers if name.lower() != "cookie"),
        "requestContext": _context_v2(facts),
        # What there is none of is absent.
        **({"cookies": cookies} if cookies else {}),
        **({"queryStringParameters": query} if query else {}),
        **({"pathParameters": values} if values else {}),
        **({"stageVariables": dict(facts.variables)} if facts.variables else {}),
    }


def http_v1_event(facts: Facts) -> dict[str, Any]:
    """Return the event of an HTTP API's authorizer with payload 1.0, as documented: without the maps of lists."""
    request = facts.request
    return {
        "version": "1.0",
        "type": "REQUEST",
        "methodArn": str(facts.arn),
        "identitySource": None,  # see `identify`
        "authorizationToken": None,
        "resource": facts.resource,
        "path": _staged(facts),
        "httpMethod": request.method,
        "headers": dict(request.headers),
        "queryStringParameters": dict(parameters(request.query)),
        "pathParameters": facts.parameters,
        "stageVariables": dict(facts.variables),
        "requestContext": _context_v1(facts),
    }


def websocket_event(facts: Facts) -> dict[str, Any]:
    """Return the event of a WebSocket API's authorizer, which is asked when a client connects."""
    headers, query = grouped(facts.request.headers), grouped(parameters(facts.request.query))
    name = short_id()
    return {
        "type": "REQUEST",
        "methodArn": str(facts.arn),
        "headers": last(headers),
        "multiValueHeaders": headers,
        "queryStringParameters": last(query),
        "multiValueQueryStringParameters": query,
        "stageVariables": dict(facts.variables),
        "requestContext": {
            "routeKey": "$connect",
            "eventType": "CONNECT",
            "messageDirection": "IN",
            "connectionId": short_id(),
            "connectedAt": facts.milliseconds,
            "requestTime": facts.moment,
            "requestTimeEpoch": facts.milliseconds,
            "requestId": name,
            "extendedRequestId": name,
            "stage": facts.api.stage,
            "apiId": facts.api.id,
            "domainName": facts.host,
            "identity": {
                "sourceIp": facts.request.source_ip,
                "userAgent": facts.request.header("user-agent") or None,
            },
        },
    }


def identify(event: dict[str, Any], values: tuple[str, ...]) -> None:
    """Put the identity sources' values into an HTTP API's event: a list, or, of payload 1.0, one text and again."""
    if not values:
        return
    if event.get("version") == "2.0":
        event["identitySource"] = list(values)
    elif event.get("version") == "1.0":
        event["identitySource"] = event["authorizationToken"] = ",".join(values)


def joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return one value a name; those of a repeated one are joined by commas."""
    together: dict[str, str] = {}
    for name, value in pairs:
        together[name] = f"{together[name]},{value}" if name in together else value
    return together


def _context_v2(facts: Facts) -> dict[str, Any]:
    request, certificate = facts.request, facts.certificate
    return {
        **_of_api(facts),
        "http": {
            "method": request.method,
            "path": _staged(facts),
            "protocol": "HTTP/1.1",
            "sourceIp": request.source_ip,
            "userAgent": request.header("user-agent"),
        },
        "requestId": short_id(),
        "routeKey": facts.route_key,
        "time": facts.moment,
        "timeEpoch": facts.milliseconds,
        **({"authentication": certificate} if certificate else {}),
    }


def _context_v1(facts: Facts) -> dict[str, Any]:
    name, request = short_id(), facts.request
    return {
        **_of_api(facts),
        "extendedRequestId": name,
        "httpMethod": request.method,
        "identity": {
            **dict.fromkeys(IAM_ONLY),
            "sourceIp": request.source_ip,
            "userAgent": request.header("user-agent") or None,
            **facts.certificate,
        },
        "path": _staged(facts),
        "protocol": "HTTP/1.1",
        "requestId": name,
        "requestTime": facts.moment,
        "requestTimeEpoch": facts.milliseconds,
        "resourceId": facts.route_key,
        "resourcePath": facts.resource,
    }


def _of_api(facts: Facts) -> dict[str, Any]:
    return {
        "accountId": facts.api.account,
        "apiId": facts.api.id,
        "domainName": facts.host,
        "domainPrefix": facts.host.partition(".")[0],
        "stage": facts.api.stage,
    }


def _staged(facts: Facts) -> str:
    """Return the path with the stage before it, unless that is the default one (contract section 2)."""
    stage = facts.api.stage
    return facts.request.path if stage == DEFAULT else f"/{stage}{facts.request.path}"


def _cookies(facts: Facts) -> list[str]:
    lines = [value for name, value in facts.request.headers if name.lower() == "cookie"]
    return [each.strip() for line in lines for each in line.split(";") if each.strip()]
