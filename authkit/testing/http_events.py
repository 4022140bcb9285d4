"""Events of HTTP APIs: what API Gateway hands to an authorizer, payload 1.0 and 2.0 (contract sections 3.3 and 3.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..local.events import DEFAULT, IAM_ONLY, short_id
from ..local.http_events import joined
from .certificates import told
from .sent import API, Options, Sent, overlaid, sent

if TYPE_CHECKING:
    from typing_extensions import Unpack

SOURCES = ("header.authorization",)

_STANDING = {"Accept": "application/json", "Content-Length": "0"}


def http_v2(method: str, path: str, *, sources: Sequence[str] = SOURCES, **options: Unpack[Options]) -> dict[str, Any]:
    """Return the event of an HTTP API's authorizer with payload 2.0.

    >>> event = http_v2("GET", "/orders/1", token="t", headers={"X-Tenant": ["a", "b"]}, resource="/orders/{id}")
    >>> event["routeKey"], event["identitySource"], event["headers"]["x-tenant"]
    ('GET /orders/{id}', ['Bearer t'], 'a,b')

    Args:
        method: the request's method.
        path: the request's path, as sent, without the stage.
        sources: the authorizer's identity sources, as `Authorizer.identity_sources` names them. Where one of them is
            missing, the event is that of an authorizer without any: the gateway would not have called another.
        options: see `authkit.testing.sent.Options`.

    Raises:
        ValueError: the path is none, does not go to the resource, a source is none, or the certificate cannot be read.
        ConfigError: the gateway knows no such method or resource.
    """
    options.setdefault("api", API._replace(stage=DEFAULT))
    given = sent(method, path, _STANDING, **options)
    context = overlaid(_context_v2(given), given.context)
    return {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": str(given.arn),
        "identitySource": _identity(given, sources, context),
        "routeKey": context["routeKey"],
        "rawPath": _staged(given),
        "rawQueryString": given.query_string,
        "headers": joined((name.lower(), value) for name, value in given.headers if name.lower() != "cookie"),
        "requestContext": context,
        # What there is none of is absent.
        **_if_any("cookies", _cookies(given)),
        **_if_any("queryStringParameters", joined(given.query)),
        **_if_any("pathParameters", _parameters(given)),
        **_if_any("stageVariables", given.stage_variables),
    }


def http_v1(method: str, path: str, *, sources: Sequence[str] = SOURCES, **options: Unpack[Options]) -> dict[str, Any]:
    """Return the event of an HTTP API's authorizer with payload 1.0.

    >>> event = http_v1("GET", "/orders/1", token="t")
    >>> event["identitySource"], event["authorizationToken"], event["resource"]
    ('Bearer t', 'Bearer t', '$default')

    Arguments and errors are those of `http_v2`.
    """
    options.setdefault("api", API._replace(stage=DEFAULT))
    given = sent(method, path, _STANDING, **options)
    context = overlaid(_context_v1(given), given.context)
    identity = _identity(given, sources, context)
    together = None if identity is None else ",".join(identity)
    return {
        "version": "1.0",
        "type": "REQUEST",
        "methodArn": str(given.arn),
        "identitySource": together,
        "authorizationToken": together,
        "resource": given.resource or DEFAULT,
        "path": _staged(given),
        "httpMethod": method,
        "headers": dict(given.headers),  # of a repeated one the last
        "queryStringParameters": dict(given.query),
        "pathParameters": _parameters(given),
        "stageVariables": given.stage_variables,
        "requestContext": context,
    }


def _context_v2(given: Sent) -> dict[str, Any]:
    certificate = given.client_certificate
    return {
        **_of_api(given),
        "http": {
            "method": given.method,
            "path": _staged(given),
            "protocol": "HTTP/1.1",
            "sourceIp": given.source_ip,
            "userAgent": given.user_agent or "",
        },
        "requestId": short_id(),
        "routeKey": DEFAULT if given.resource is None else f"{given.method} {given.resource}",
        "time": given.time,
        "timeEpoch": given.milliseconds,
        **({} if certificate is None else {"authentication": {"clientCert": told(certificate)}}),
    }


def _context_v1(given: Sent) -> dict[str, Any]:
    name, certificate = short_id(), given.client_certificate
    return {
        **_of_api(given),
        "extendedRequestId": name,
        "httpMethod": given.method,
        "identity": {
            **dict.fromkeys(IAM_ONLY),
            "sourceIp": given.source_ip,
            "userAgent": given.user_agent,
            **({} if certificate is None else {"clientCert": told(certificate)}),
        },
        "path": _staged(given),
        "protocol": "HTTP/1.1",
        "requestId": name,
        "requestTime": given.time,
        "requestTimeEpoch": given.milliseconds,
        "resourceId": f"{given.method} {given.resource}" if given.resource else DEFAULT,
        "resourcePath": given.resource or DEFAULT,
    }


def _of_api(given: Sent) -> dict[str, Any]:
    return {
        "accountId": given.api.account,
        "apiId": given.api.id,
        "domainName": given.domain,
        "domainPrefix": given.domain.partition(".")[0],
        "stage": given.api.stage,
    }


def _staged(given: Sent) -> str:
    """Return the path with the stage before it, unless that is the default one (contract section 2)."""
    return given.path if given.api.stage == DEFAULT else f"/{given.api.stage}{given.path}"


def _parameters(given: Sent) -> dict[str, str]:
    return {} if given.resource is None else given.parameters(given.resource)


def _identity(given: Sent, sources: Sequence[str], context: Mapping[str, Any]) -> list[str] | None:
    """Return the identity sources' values; None where one is missing, or there are none."""
    places: dict[str, Mapping[str, Any]] = {
        "header": joined((name.lower(), value) for name, value in given.headers),
        "querystring": joined(given.query),
        "stageVariables": given.stage_variables,
        "context": context,
    }
    found = []
    for source in sources:
        place, _, name = source.partition(".")
        if place not in places or not name:
            raise ValueError(f"{source!r} is no identity source, as 'header.authorization' is one")
        found.append(_within(places[place], name.split(".") if place == "context" else [name]))
    return found if found and all(found) else None


def _within(place: Any, steps: Iterable[str]) -> str:
    for step in steps:
        place = place.get(step) if isinstance(place, Mapping) else None
    return place if isinstance(place, str) else ""


def _cookies(given: Sent) -> list[str]:
    lines = [value for name, value in given.headers if name.lower() == "cookie"]
    return [each.strip() for line in lines for each in line.split(";")]


def _if_any(name: str, value: Any) -> dict[str, Any]:
    return {name: value} if value else {}
