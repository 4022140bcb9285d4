"""Templates: authorizers and guarded preflights of CloudFormation and of SAM (contract section 15).

A parameter stands for its default. Whatever else is worked out when the stack is deployed is not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...policy.intrinsics import is_intrinsic, logical_id
from ...policy.pointers import NOTHING, escaped
from . import openapi, preflights, sam
from .settings import (
    UNKNOWN,
    Api,
    Attachment,
    Preflight,
    Settings,
    Wide,
    Words,
    is_wide,
    number,
    sources,
    text,
    truth,
    version,
)

WORDS = Words(
    ttl="AuthorizerResultTtlInSeconds",
    sources="IdentitySource",
    payload="AuthorizerPayloadFormatVersion",
    simple="EnableSimpleResponses",
    expression="IdentityValidationExpression",
)
_ELSEWHERE = ("AWS::CloudFormation::Stack", "AWS::Serverless::Application")  # templates of their own
_REST, _V2 = "AWS::ApiGateway::Authorizer", "AWS::ApiGatewayV2::Authorizer"
_METHOD, _ROUTE = "AWS::ApiGateway::Method", "AWS::ApiGatewayV2::Route"
_ASKED = {_METHOD: ("HttpMethod", "ResourceId"), _ROUTE: ("RouteKey", "ApiId")}  # what takes requests, and within what


def settings(content: Mapping[str, Any], file: str) -> Settings:
    """Return what a template says of its authorizers."""
    filled = filled_in(content)
    resources = {name: each for name, each in _mapping(filled.get("Resources")).items() if isinstance(each, Mapping)}
    found = sam.settings(filled, resources, file)
    made = (name for name in _mapping(filled.get("Resources")) if str(name).startswith("Fn::"))  # Fn::ForEach, …
    found = found.also(Settings(unread=tuple(f"{file}:/Resources/{escaped(name)}" for name in made)))
    for name, resource in resources.items():
        place = f"{file}:/Resources/{escaped(name)}/Properties"
        kind, given = str(resource.get("Type")), _mapping(resource.get("Properties"))
        found = found.also(_of_resource(kind, name, given, place, resources))
    return found


def _of_resource(
    kind: str, name: str, given: Mapping[str, Any], place: str, resources: Mapping[str, Mapping[str, Any]]
) -> Settings:
    if kind in _ELSEWHERE or (kind in (_REST, _V2) and is_intrinsic(given.get("Type", given.get("AuthorizerType")))):
        return Settings(unread=(place,))
    if kind == _REST and given.get("Type") in ("TOKEN", "REQUEST"):
        return Settings((_attachment(name, given, place, "rest", token=given["Type"] == "TOKEN"),))
    if kind == _V2 and given.get("AuthorizerType") == "REQUEST":
        return Settings((_attachment(name, given, place, _protocol(given, resources), token=False),))
    if kind in ("AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"):
        return _of_body(given, place, "rest" if kind == "AWS::ApiGateway::RestApi" else "http")
    return Settings(preflights=tuple(_preflights(kind, given, place, resources)), wide=tuple(_wide(kind, given, place)))


def _of_body(given: Mapping[str, Any], place: str, api: Api) -> Settings:
    """Return what an API's OpenAPI document says, where it stands in the template."""
    body = given.get("Body")
    if given.get("BodyS3Location") is not None:
        return Settings(unread=(f"{place}/BodyS3Location",))
    if not isinstance(body, Mapping):
        return Settings()
    unread = is_intrinsic(body) or "Fn::Transform" in body
    return Settings(unread=(f"{place}/Body",)) if unread else openapi.settings(body, f"{place}/Body", api)


def _wide(kind: str, given: Mapping[str, Any], place: str) -> Iterator[Wide]:
    key = str(given.get("RouteKey"))
    if kind == "AWS::ApiGatewayV2::Route" and given.get("AuthorizationType") == "CUSTOM" and is_wide(key):
        named = given.get("AuthorizerId")
        yield Wide(place, key, logical_id(named) or _attribute_of(named))


def _attribute_of(value: object) -> str:
    """Return the logical id that ``!GetAtt Id.Attribute`` begins with."""
    named = value.get("Fn::GetAtt") if isinstance(value, Mapping) else None
    first = named[0] if isinstance(named, list) and named else named
    return first.partition(".")[0] if isinstance(first, str) else ""


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
    named = str(logical_id(given.get("AuthorizerId")))
    ours = _mapping(resources.get(named)).get("Type") in (_REST, _V2) and given.get("AuthorizationType") == "CUSTOM"
    if not ours or kind not in _ASKED or (kind == _ROUTE and _answered(given, resources)):
        return
    word, within = _ASKED[kind]
    beside = [
        str(other.get(word))
        for other in (_mapping(each.get("Properties")) for each in resources.values() if each.get("Type") == kind)
        if other.get(within) == given.get(within)
    ]
    asked = str(given.get(word))
    if preflights.takes(asked, beside):
        yield Preflight(place, asked, named, certain=asked.startswith("OPTIONS"))


def _answered(route: Mapping[str, Any], resources: Mapping[str, Mapping[str, Any]]) -> bool:
    """Tell whether a route's API answers preflights itself, or knows none as a WebSocket API."""
    api = _mapping(_mapping(resources.get(str(logical_id(route.get("ApiId"))))).get("Properties"))
    return bool(api.get("CorsConfiguration")) or api.get("ProtocolType") == "WEBSOCKET"


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
