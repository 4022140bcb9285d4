"""Templates: authorizers and guarded preflights of CloudFormation and of SAM (contract section 15).

A parameter stands for its default. Whatever else is worked out when the stack is deployed is not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...policy.intrinsics import is_intrinsic, logical_id
from ...policy.pointers import NOTHING, escaped
from . import openapi, sam
from .settings import UNKNOWN, Api, Attachment, Preflight, Settings, Words, number, sources, text, truth, version

WORDS = Words(
    ttl="AuthorizerResultTtlInSeconds",
    sources="IdentitySource",
    payload="AuthorizerPayloadFormatVersion",
    simple="EnableSimpleResponses",
    expression="IdentityValidationExpression",
)
_REST, _V2 = "AWS::ApiGateway::Authorizer", "AWS::ApiGatewayV2::Authorizer"


def settings(content: Mapping[str, Any], file: str) -> Settings:
    """Return what a template says of its authorizers."""
    filled = filled_in(content)
    resources = {name: each for name, each in _mapping(filled.get("Resources")).items() if isinstance(each, Mapping)}
    found = sam.settings(filled, resources, file)
    for name, resource in resources.items():
        place = f"{file}:/Resources/{escaped(name)}/Properties"
        kind, given = str(resource.get("Type")), _mapping(resource.get("Properties"))
        found = found.also(_of_resource(kind, name, given, place, resources))
    return found


def _of_resource(
    kind: str, name: str, given: Mapping[str, Any], place: str, resources: Mapping[str, Mapping[str, Any]]
) -> Settings:
    if kind == _REST and given.get("Type") in ("TOKEN", "REQUEST"):
        return Settings((_attachment(name, given, place, "rest", token=given["Type"] == "TOKEN"),))
    if kind == _V2 and given.get("AuthorizerType") == "REQUEST":
        return Settings((_attachment(name, given, place, _protocol(given, resources), token=False),))
    if kind in ("AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api") and isinstance(given.get("Body"), Mapping):
        api: Api = "rest" if kind == "AWS::ApiGateway::RestApi" else "http"
        return openapi.settings(given["Body"], f"{place}/Body", api)
    return Settings(preflights=tuple(_preflights(kind, given, place, resources)))


def _attachment(name: str, given: Mapping[str, Any], place: str, api: Api, *, token: bool) -> Attachment:
    value = openapi.known(given, WORDS.sources)
    return Attachment(
        name=name,
        place=place,
        api=api,
        kind="token" if token else "request",
        sources=UNKNOWN if value is UNKNOWN else sources(value),
        ttl=number(openapi.known(given, WORDS.ttl)),
        expression=text(openapi.known(given, WORDS.expression)),
        payload=version(openapi.known(given, WORDS.payload)),
        simple=truth(openapi.known(given, WORDS.simple)),
        words=WORDS,
    )


def _protocol(given: Mapping[str, Any], resources: Mapping[str, Mapping[str, Any]]) -> Api:
    api = _mapping(resources.get(str(logical_id(given.get("ApiId")))))
    return "websocket" if _mapping(api.get("Properties")).get("ProtocolType") == "WEBSOCKET" else "http"


def _preflights(
    kind: str, given: Mapping[str, Any], place: str, resources: Mapping[str, Mapping[str, Any]]
) -> Iterator[Preflight]:
    """Yield a method or route that takes preflights and names a Lambda authorizer of the template."""
    method = given.get("HttpMethod") if kind == "AWS::ApiGateway::Method" else None
    route = str(given.get("RouteKey")) if kind == "AWS::ApiGatewayV2::Route" else ""
    named = str(logical_id(given.get("AuthorizerId")))
    ours = _mapping(resources.get(named)).get("Type") in (_REST, _V2) and given.get("AuthorizationType") == "CUSTOM"
    if ours and (method == "OPTIONS" or route.startswith("OPTIONS ")):
        yield Preflight(place, route or "OPTIONS", named, certain=True)


def filled_in(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a template with parameters replaced by their defaults, and what is absent left out."""
    filled: Mapping[str, Any] = _filled(content, _defaults(content))
    return filled


def _defaults(content: Mapping[str, Any]) -> dict[str, Any]:
    declared = _mapping(content.get("Parameters"))
    return {name: each["Default"] for name, each in declared.items() if isinstance(each, Mapping) and "Default" in each}


def _filled(value: Any, defaults: Mapping[str, Any]) -> Any:
    if is_intrinsic(value):
        named = value.get("Ref")
        return None if named == "AWS::NoValue" else defaults.get(named, value) if isinstance(named, str) else value
    if isinstance(value, Mapping):
        return {name: _filled(each, defaults) for name, each in value.items()}
    return [_filled(each, defaults) for each in value] if isinstance(value, list) else value


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else NOTHING
