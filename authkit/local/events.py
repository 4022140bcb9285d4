"""Events: what API Gateway would hand to an authorizer for a request that really came (contract section 3)."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from ..gateway.arn import MethodArn
from ..policy.route import Route
from ..policy.shape import Wild
from .http import HttpRequest

# What only IAM callers and API keys fill in.
_NULL_HERE = (
    *("accessKey", "accountId", "caller", "user", "userArn", "principalOrgId", "apiKey", "apiKeyId"),
    *("cognitoAmr", "cognitoAuthenticationProvider", "cognitoAuthenticationType"),
    *("cognitoIdentityId", "cognitoIdentityPoolId"),
)


class Api(NamedTuple):
    """Which API the gateway pretends to be."""

    stage: str = "dev"
    partition: str = "aws"
    region: str = "eu-west-1"
    account: str = "111122223333"
    id: str = "local00000"


def method_arn(api: Api, method: str, path: str) -> MethodArn:
    """Return the ARN of a request: its own path, values decoded, but an encoded slash left as it is."""
    decoded = "/".join(unquote(segment).replace("/", "%2F") for segment in path.lstrip("/").split("/"))
    return MethodArn(api.partition, api.region, api.account, api.id, api.stage, method, decoded)


def token_event(arn: MethodArn, credential: str) -> dict[str, Any]:
    """Return the event of a TOKEN authorizer: three fields and no more."""
    return {"type": "TOKEN", "authorizationToken": credential, "methodArn": str(arn)}


def request_event(api: Api, arn: MethodArn, request: HttpRequest, route: Route, *, now: float) -> dict[str, Any]:
    """Return the event of a REST API's REQUEST authorizer."""
    headers, query = _grouped(request.headers), _grouped(parse_qsl(request.query, keep_blank_values=True))
    return {
        "type": "REQUEST",
        "methodArn": str(arn),
        "resource": route.path,
        "path": unquote(request.path),
        "httpMethod": request.method,
        "headers": _last(headers),
        "multiValueHeaders": headers,
        "queryStringParameters": _last(query),
        "multiValueQueryStringParameters": query,
        "pathParameters": path_parameters(route, arn.path),
        "stageVariables": {},
        "requestContext": _context(api, request, route, now),
    }


def path_parameters(route: Route, path: str) -> dict[str, str]:
    """Return the values a path gives to the parameters of its route."""
    parts = path.split("/")
    greedy = route.template[-1] is Wild.REST
    last = len(route.template) - 1
    return {name: "/".join(parts[at:]) if greedy and at == last else parts[at] for name, at in route.parameters.items()}


def _context(api: Api, request: HttpRequest, route: Route, now: float) -> dict[str, Any]:
    return {
        "accountId": api.account,
        "apiId": api.id,
        "stage": api.stage,
        "resourceId": "local",
        "resourcePath": route.path,
        "httpMethod": request.method,
        "path": f"/{api.stage}{unquote(request.path)}",
        "protocol": "HTTP/1.1",
        "requestId": str(uuid.uuid4()),
        "extendedRequestId": uuid.uuid4().hex[:15] + "=",
        "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        "requestTimeEpoch": int(now * 1000),
        "domainName": request.header("host").partition(":")[0],
        "domainPrefix": api.id,
        "deploymentId": "local",
        "identity": {
            **dict.fromkeys(_NULL_HERE),
            "sourceIp": request.source_ip,
            "userAgent": request.header("user-agent") or None,
        },
    }


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Gather values by name. Names keep the case the caller used, as a regional endpoint keeps them."""
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped


def _last(grouped: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: values[-1] for name, values in grouped.items()}
