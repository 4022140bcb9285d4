"""Events: what API Gateway would hand to an authorizer for a request that really came (contract section 3)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from ..credentials.presets.ids import partition
from ..gateway.arn import MethodArn, Stage
from ..policy.route import Route
from ..policy.shape import Wild
from .message import HttpRequest

# What only IAM callers fill in.
IAM_ONLY = (
    *("accessKey", "accountId", "caller", "user", "userArn", "principalOrgId"),
    *("cognitoAmr", "cognitoAuthenticationProvider", "cognitoAuthenticationType"),
    *("cognitoIdentityId", "cognitoIdentityPoolId"),
)
_NULL_HERE = (*IAM_ONLY, "apiKey", "apiKeyId")

DEFAULT = "$default"
"""An HTTP API's stage that stands in no path."""

NOTHING: Mapping[str, str] = MappingProxyType({})


class Api(NamedTuple):
    """Which API the gateway pretends to be."""

    stage: str = "dev"
    partition: str = "aws"
    region: str = "eu-west-1"
    account: str = "111122223333"
    id: str = "local00000"

    @property
    def domain(self) -> str:
        """The domain that the API has by itself."""
        return f"{self.id}.execute-api.{self._region_domain}"

    @property
    def graphql_domain(self) -> str:
        """The domain that it has by itself on AppSync."""
        return f"{self.id}.appsync-api.{self._region_domain}"

    @property
    def _region_domain(self) -> str:
        return f"{self.region}.{partition(self.region)[1]}"


class Facts(NamedTuple):
    """What an event tells of, whatever its kind.

    Args:
        api: the API.
        arn: of the request.
        request: as the gateway took it in.
        route: where it goes.
        now: seconds since the epoch.
        variables: the stage's.
        domain: a custom domain; with none the API has its own.
        default: whether the route is an HTTP API's ``$default``, which has no path and takes what goes nowhere else.
    """

    api: Api
    arn: MethodArn
    request: HttpRequest
    route: Route
    now: float
    variables: Mapping[str, str] = NOTHING
    domain: str = ""
    default: bool = False

    @property
    def host(self) -> str:
        """The domain the API is called by, whatever the Host header says."""
        return self.domain or self.api.domain

    @property
    def parameters(self) -> dict[str, str]:
        """The path parameters."""
        return {} if self.default else path_parameters(self.route, self.arn.path)

    @property
    def route_key(self) -> str:
        """The route's name on an HTTP API."""
        return DEFAULT if self.default else str(self.route)

    @property
    def resource(self) -> str:
        """The template of its path."""
        return DEFAULT if self.default else self.route.path

    @property
    def moment(self) -> str:
        """The time as access logs have it."""
        return access_log_time(self.now)

    @property
    def milliseconds(self) -> int:
        """The time since the epoch."""
        return int(self.now * 1000)

    @property
    def certificate(self) -> dict[str, Any]:
        """The ``clientCert`` of an event, if there is one."""
        return {} if self.request.certificate is None else {"clientCert": client_certificate(self.request.certificate)}


def method_arn(api: Api, method: str, path: str) -> MethodArn:
    """Return the ARN of a request: its own path, values decoded, but an encoded slash left as it is."""
    bare = path.removeprefix("/")  # and no more of them: what the gateway makes of doubled ones is not known
    if "%" in bare:
        bare = "/".join(unquote(segment).replace("/", "%2F") for segment in bare.split("/"))
    return MethodArn(Stage(api.partition, api.region, api.account, api.id, api.stage), method, bare)


def token_event(arn: MethodArn, credential: str) -> dict[str, Any]:
    """Return the event of a TOKEN authorizer: three fields and no more."""
    return {"type": "TOKEN", "authorizationToken": credential, "methodArn": str(arn)}


def rest_event(facts: Facts) -> dict[str, Any]:
    """Return the event of a REST API's REQUEST authorizer."""
    request = facts.request
    # A semicolon parts parameters too, on REST APIs alone ("Important notes").
    headers, query = grouped(request.headers), grouped(parameters(request.query.replace(";", "&")))
    return {
        "type": "REQUEST",
        "methodArn": str(facts.arn),
        "resource": facts.route.path,
        "path": unquote(request.path),
        "httpMethod": request.method,
        "headers": last(headers),
        "multiValueHeaders": headers,
        "queryStringParameters": last(query),
        "multiValueQueryStringParameters": query,
        "pathParameters": facts.parameters,
        "stageVariables": dict(facts.variables),
        "requestContext": _context(facts),
    }


def path_parameters(route: Route, path: str) -> dict[str, str]:
    """Return the values a path gives to the parameters of its route."""
    parts = path.split("/")
    greedy = route.template[-1] is Wild.REST
    at_end = len(route.template) - 1
    return {
        name: "/".join(parts[at:]) if greedy and at == at_end else parts[at] for name, at in route.parameters.items()
    }


def _context(facts: Facts) -> dict[str, Any]:
    api, request = facts.api, facts.request
    return {
        "accountId": api.account,
        "apiId": api.id,
        "stage": api.stage,
        "resourceId": "local",
        "resourcePath": facts.route.path,
        "httpMethod": request.method,
        "path": request.path if facts.domain else f"/{api.stage}{request.path}",  # as sent, unlike the event's own
        "protocol": "HTTP/1.1",
        "requestId": long_id(),
        "extendedRequestId": short_id(),
        "requestTime": facts.moment,
        "requestTimeEpoch": facts.milliseconds,
        "domainName": facts.host,
        "domainPrefix": facts.host.partition(".")[0],
        "deploymentId": "local",
        "identity": {
            **dict.fromkeys(_NULL_HERE),
            "sourceIp": request.source_ip,
            "userAgent": request.header("user-agent") or None,
            **facts.certificate,
        },
    }


def parameters(query: str) -> list[tuple[str, str]]:
    """Return a query's parameters, decoded."""
    return parse_qsl(query, keep_blank_values=True) if query else []


def grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Gather values by name. Names keep the case the caller used, as a regional endpoint keeps them."""
    gathered: dict[str, list[str]] = {}
    for name, value in pairs:
        gathered.setdefault(name, []).append(value)
    return gathered


def last(gathered: Mapping[str, list[str]]) -> dict[str, str]:
    """Return one value a name: of repeated ones the last."""
    return {name: values[-1] for name, values in gathered.items()}


def access_log_time(now: float) -> str:
    """Return a moment in the form of access logs."""
    return time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now))


def short_id() -> str:
    """Return a name for a request or a connection, as the gateway makes them."""
    return os.urandom(8).hex()[:15] + "="


def long_id() -> str:
    """Return a name for a request in the form of a UUID."""
    name = os.urandom(16).hex()
    return f"{name[:8]}-{name[8:12]}-4{name[13:16]}-a{name[17:20]}-{name[20:]}"


def client_certificate(der: bytes) -> dict[str, Any]:
    """Return what an event tells of a client's certificate (contract section 11)."""
    from ssl import DER_cert_to_PEM_cert

    from .certificates import told

    return told(DER_cert_to_PEM_cert(der))
