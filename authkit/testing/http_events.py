"""Events of HTTP APIs: what API Gateway hands to an authorizer, payload 1.0 and 2.0 (contract sections 3.3 and 3.4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..gateway.sources import is_place
from ..local.events import DEFAULT, Facts
from ..local.http_events import http_v1_event, http_v2_event, identify
from ..local.identity import values_of
from .sent import API, Options, overlaid, sent

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
    facts = given.facts(DEFAULT)
    event = http_v2_event(facts)
    shown = {"authentication": given.certificate} if given.certificate else {}
    event["requestContext"] = overlaid({**event["requestContext"], **shown}, given.context)
    event["routeKey"] = event["requestContext"]["routeKey"]
    return _identified(event, facts, sources)


def http_v1(method: str, path: str, *, sources: Sequence[str] = SOURCES, **options: Unpack[Options]) -> dict[str, Any]:
    """Return the event of an HTTP API's authorizer with payload 1.0.

    >>> event = http_v1("GET", "/orders/1", token="t")
    >>> event["identitySource"], event["authorizationToken"], event["resource"]
    ('Bearer t', 'Bearer t', '$default')

    Arguments and errors are those of `http_v2`.
    """
    options.setdefault("api", API._replace(stage=DEFAULT))
    given = sent(method, path, _STANDING, **options)
    facts = given.facts(DEFAULT)
    event = http_v1_event(facts)
    event["requestContext"]["identity"] |= given.certificate
    event["requestContext"] = overlaid(event["requestContext"], given.context)
    return _identified(event, facts, sources)


def _identified(event: dict[str, Any], facts: Facts, sources: Sequence[str]) -> dict[str, Any]:
    """Put the identity sources' values into an event; none of them where one is missing."""
    for source in sources:
        if not is_place(source):
            raise ValueError(f"{source!r} is no identity source, as 'header.authorization' is one")
    values = values_of(sources, facts.request, event["requestContext"], facts.variables, joined=True)
    identify(event, values if all(values) else ())
    return event
