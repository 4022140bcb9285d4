"""What a client sends, and what the gateway knows of it, before it becomes an event of some kind."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypedDict
from urllib.parse import urlencode

from ..gateway.arn import MethodArn
from ..local.certificates import told
from ..local.events import DEFAULT, Api, Facts, method_arn
from ..local.message import HttpRequest
from ..policy.route import CONNECT, Route
from ..policy.routes import Routes

SOURCE_IP = "203.0.113.24"  # of the addresses for documentation (RFC 5737)
USER_AGENT = "authkit-testing"
API = Api(stage="prod", id="stubapi001")

Values = Mapping[str, str | Sequence[str]]
"""Names to a value, or to several."""

_NOTHING: Mapping[str, Any] = {}


class Options(TypedDict, total=False):
    """What may be said of a request.

    Args:
        token: an access token, for the Authorization header.
        scheme: of that header; by default Bearer, or DPoP where there is a proof. If empty, the token stands alone.
        dpop: a DPoP proof, for the header of that name.
        headers: more headers, in the case they have here; a list is a header that is repeated.
        query: the query, decoded; a list is a parameter that is repeated.
        resource: the template of the route, as ``/orders/{id}``; by default one that takes every path.
        stage: of the API.
        stage_variables: its variables.
        source_ip: the immediate peer.
        client_certificate: of mutual TLS, in PEM, or as an event tells of it.
        domain: a custom domain, with the API at its root.
        context: changes to ``requestContext``, also within the objects there.
        api: stage, id, region, account and partition of the API.
        at: when it was sent, in seconds since the epoch; by default now.
    """

    token: str | None
    scheme: str | None
    dpop: str | None
    headers: Values
    query: Values
    resource: str | None
    stage: str | None
    stage_variables: Mapping[str, str]
    source_ip: str
    client_certificate: str | Mapping[str, Any] | None
    domain: str | None
    context: Mapping[str, Any]
    api: Api
    at: float | None


class Sent(NamedTuple):
    """A request as it was sent, and the API it was sent to."""

    api: Api
    method: str
    path: str  # as sent, with its leading slash
    headers: tuple[tuple[str, str], ...]
    query: tuple[tuple[str, str], ...]
    resource: str | None
    stage_variables: dict[str, str]
    source_ip: str
    client_certificate: str | Mapping[str, Any] | None
    domain: str
    context: Mapping[str, Any]
    at: float

    @property
    def arn(self) -> MethodArn:
        """The ARN of what is asked for."""
        return method_arn(self.api, self.method, self.path)

    @property
    def certificate(self) -> dict[str, Any]:
        """The ``clientCert`` of an event, if there is one."""
        return {} if self.client_certificate is None else {"clientCert": told(self.client_certificate)}

    def facts(self, whole: str) -> Facts:
        """Return what the gateway for the laptop makes events of.

        Args:
            whole: the resource that takes every path, for a request that names none; ``$default`` is an HTTP API's.

        Raises:
            ValueError: the path does not go to the resource.
            ConfigError: that is no resource, or the method none of API Gateway's.
        """
        connects = self.method == CONNECT
        default = self.resource is None and whole == DEFAULT
        resource = "/{proxy+}" if default else self.resource or whole
        method = "GET" if connects else self.method
        route = Route(CONNECT) if connects else Route(method, resource)
        if not default and not connects:
            self._demand_route(route)
        query = urlencode(self.query)
        request = HttpRequest(method, self.path, query, self.headers, source_ip=self.source_ip)
        own = "" if self.domain == self.api.domain else self.domain
        return Facts(self.api, self.arn, request, route, self.at, self.stage_variables, own, default)

    def _demand_route(self, route: Route) -> None:
        if Routes([route], trailing_slash=True).find(self.arn.method, self.arn.path) is None:
            raise ValueError(f"the path {self.path} does not go to {route.path}")


def sent(
    method: str,
    path: str,
    standing: Values = _NOTHING,
    *,
    token: str | None = None,
    scheme: str | None = None,
    dpop: str | None = None,
    headers: Values = _NOTHING,
    query: Values = _NOTHING,
    resource: str | None = None,
    stage: str | None = None,
    stage_variables: Mapping[str, str] = _NOTHING,
    source_ip: str = SOURCE_IP,
    client_certificate: str | Mapping[str, Any] | None = None,
    domain: str | None = None,
    context: Mapping[str, Any] = _NOTHING,
    api: Api = API,
    at: float | None = None,
) -> Sent:
    """Return a request; see `Options`. It has ``standing`` headers unless they are given, in any case.

    Raises:
        ValueError: the path is none, or the header of a credential is given twice.
    """
    if not path.startswith("/") or "?" in path or "#" in path:
        raise ValueError("the path begins with a slash, and has no query: give that as query=")
    api = api if stage is None else api._replace(stage=stage)
    domain = domain or api.domain
    every = _headers(headers, _credentials(token, scheme, dpop), {**_standing(domain, source_ip), **standing})
    moment = time.time() if at is None else at
    variables, asked = dict(stage_variables), _pairs(query)
    known = (resource, variables, source_ip, client_certificate, domain, context, moment)
    return Sent(api, method, path, every, asked, *known)


def overlaid(base: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object with changes, in the objects within it too."""
    result = dict(base)
    for name, value in changes.items():
        before = result.get(name)
        within = isinstance(before, dict) and isinstance(value, Mapping)
        result[name] = overlaid(before, value) if isinstance(before, dict) and within else value
    return result


def _credentials(token: str | None, scheme: str | None, dpop: str | None) -> dict[str, str]:
    chosen = scheme if scheme is not None else "Bearer" if dpop is None else "DPoP"
    proof = {} if dpop is None else {"DPoP": dpop}
    return proof if token is None else {"Authorization": f"{chosen} {token}" if chosen else token, **proof}


def _headers(given: Values, credentials: Values, standing: Values) -> tuple[tuple[str, str], ...]:
    named = {name.lower() for name in given}
    twice = sorted(name for name in credentials if name.lower() in named)
    if twice:
        raise ValueError(
            f"{', '.join(twice)} is given twice: to repeat a header give its values in headers=, as a list"
        )
    usual = {name: value for name, value in standing.items() if name.lower() not in named}
    return (*_pairs(usual), *_pairs(credentials), *_pairs(given))


def _standing(domain: str, source_ip: str) -> dict[str, str]:
    return {
        "Host": domain,
        "User-Agent": USER_AGENT,
        "X-Forwarded-For": source_ip,
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }


def _pairs(values: Values) -> tuple[tuple[str, str], ...]:
    listed = ((name, [given] if isinstance(given, str) else given) for name, given in values.items())
    return tuple((name, value) for name, several in listed for value in several)
