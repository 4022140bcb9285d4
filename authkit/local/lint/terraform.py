"""Terraform: authorizers and guarded preflights, from HCL files or from ``terraform show -json``.

HCL is read without running Terraform: literals and defaults of variables. A plan or state as JSON knows every value; the
provider has filled in its defaults there, so a TTL that was not stated shows as 300.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ...policy.files import Unreadable, parsed
from . import hcl, openapi, preflights
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
from .spelling import read

WORDS = Words(
    ttl="authorizer_result_ttl_in_seconds",
    sources="identity_source",
    payload="authorizer_payload_format_version",
    simple="enable_simple_responses",
    expression="identity_validation_expression",
)
_V2_WORDS = WORDS._replace(sources="identity_sources")
_REST, _V2 = "aws_api_gateway_authorizer", "aws_apigatewayv2_authorizer"
_METHOD, _ROUTE = "aws_api_gateway_method", "aws_apigatewayv2_route"
_ASKED = {  # what takes requests, within what, and how it is guarded
    _METHOD: ("http_method", "resource_id", "authorization"),
    _ROUTE: ("route_key", "api_id", "authorization_type"),
}


class Resource(NamedTuple):
    """A resource with what is known of its values."""

    kind: str
    name: str
    values: Mapping[str, Any]
    place: str
    blocks: tuple[str, ...] = ()  # the kinds of blocks in it


def from_hcl(files: Mapping[str, str]) -> Settings:
    """Return what the files of one module say.

    Raises:
        hcl.Unreadable: one of them cannot be read; names it.
    """
    found: list[tuple[str, hcl.Block]] = []
    for file, source in files.items():
        try:
            found += [(file, block) for block in hcl.parse(source)]
        except hcl.Unreadable as fault:
            raise hcl.Unreadable(f"{file}: {fault}") from None
    variables = {
        block.labels[0]: block.attributes["default"]
        for _, block in found
        if block.kind == "variable" and block.labels and "default" in block.attributes
    }
    modules = tuple(f"{file}:{block.line}" for file, block in found if block.kind == "module")
    resources = _settings(
        [
            Resource(
                block.labels[0],
                block.labels[1],
                {name: _kept(name, value, variables) for name, value in block.attributes.items()},
                f"{file}:{block.line}",
                tuple(inner.kind for inner in block.blocks),
            )
            for file, block in found
            if block.kind == "resource" and len(block.labels) == 2
        ]
    )
    return resources.also(Settings(unread=modules))


def _kept(name: str, value: Any, variables: Mapping[str, Any]) -> Any:
    # What these refer to tells the kind of API, and which methods are of one resource.
    return value if name in ("api_id", "resource_id") else hcl.settled(value, variables)


def from_json(content: Mapping[str, Any], file: str) -> Settings | None:
    """Return what a plan or a state says; None where it is neither."""
    for member in ("planned_values", "values"):
        root = content.get(member)
        if isinstance(root, Mapping) and ("format_version" in content or "terraform_version" in content):
            return _settings(list(_of_module(root.get("root_module"), file)))
    return None


def _of_module(module: object, file: str) -> Iterator[Resource]:
    if not isinstance(module, Mapping):
        return
    for each in module.get("resources") or ():
        if isinstance(each, Mapping) and isinstance(each.get("values"), Mapping):
            values = each["values"]
            cors = ("cors_configuration",) if values.get("cors_configuration") else ()
            yield Resource(str(each.get("type")), str(each.get("name")), values, f"{file}:{each.get('address')}", cors)
    for child in module.get("child_modules") or ():
        yield from _of_module(child, file)


def _settings(resources: list[Resource]) -> Settings:
    found = Settings(
        tuple(_rest(each) for each in resources if each.kind == _REST and _type(each) in ("TOKEN", "REQUEST"))
        + tuple(_v2(each, resources) for each in resources if each.kind == _V2 and _type(each) == "REQUEST"),
        tuple(_preflights(resources)),
        tuple(each.place for each in resources if each.kind in (_REST, _V2) and _type(each) is UNKNOWN),
        tuple(_wide(resources)),
    )
    for each in resources:
        if each.kind in ("aws_api_gateway_rest_api", "aws_apigatewayv2_api") and each.values.get("body"):
            found = found.also(_body(each))
    return found


def _type(each: Resource) -> Any:
    return each.values.get("authorizer_type") if each.kind == _V2 else each.values.get("type") or "TOKEN"


def _rest(each: Resource) -> Attachment:
    given = each.values.get("identity_source") or "method.request.header.Authorization"  # the provider's default
    return _attachment(each, "rest", "token" if _type(each) == "TOKEN" else "request", given, WORDS)


def _v2(each: Resource, resources: list[Resource]) -> Attachment:
    given = each.values.get("identity_sources")
    return _attachment(each, _protocol(each, given, resources), "request", given, _V2_WORDS)


def _attachment(each: Resource, api: Api, kind: Any, given: Any, words: Words) -> Attachment:
    return Attachment(
        name=each.name,
        place=each.place,
        api=api,
        kind=kind,
        sources=UNKNOWN if given is UNKNOWN else sources(given),
        ttl=number(each.values.get(words.ttl)),
        expression=text(each.values.get(words.expression) or None),
        payload=version(each.values.get(words.payload) or None),
        simple=truth(each.values.get(words.simple)),
        words=words,
    )


def _protocol(each: Resource, given: Any, resources: list[Resource]) -> Api:
    """Return the kind of API of a version 2 authorizer: its API's protocol, or how its sources are spelled."""
    apis = [api for api in resources if api.kind == "aws_apigatewayv2_api"]
    named = each.values.get("api_id")
    if isinstance(named, hcl.Reference):
        apis = [api for api in apis if named.name.startswith(f"aws_apigatewayv2_api.{api.name}.")] or apis
    protocols = {api.values.get("protocol_type") for api in apis}
    if len(protocols) == 1:
        return "websocket" if protocols == {"WEBSOCKET"} else "http"
    found = [read(one) for one in given] if isinstance(given, list) else []
    return "websocket" if any(one is not None and one.request == "route.request." for one in found) else "http"


def _preflights(resources: list[Resource]) -> Iterator[Preflight]:
    answered = any(each.kind == "aws_apigatewayv2_api" and "cors_configuration" in each.blocks for each in resources)
    for each in resources:
        if each.kind not in _ASKED:
            continue
        word, within, authorization = _ASKED[each.kind]
        asked = str(each.values.get(word))
        unasked = each.kind == _ROUTE and (answered or _protocol(each, None, resources) == "websocket")
        if each.values.get(authorization) != "CUSTOM" or unasked:
            continue
        # What holds it may be known after the deployment alone: then any other may be beside it.
        beside = [
            str(other.values.get(word))
            for other in resources
            if other.kind == each.kind and _same(other.values.get(within), each.values.get(within))
        ]
        if preflights.takes(asked, beside):
            yield Preflight(each.place, asked, "an authorizer", certain=asked.startswith("OPTIONS"))


def _same(one: Any, other: Any) -> bool:
    return one == other or any(each is None or each is UNKNOWN for each in (one, other))


def _wide(resources: list[Resource]) -> Iterator[Wide]:
    for each in resources:
        key = str(each.values.get("route_key"))
        if each.kind == "aws_apigatewayv2_route" and each.values.get("authorization_type") == "CUSTOM" and is_wide(key):
            yield Wide(each.place, key, "")  # which it is, a reference says


def _body(each: Resource) -> Settings:
    """Return what an API's OpenAPI document says, where it is known."""
    api: Api = "rest" if each.kind == "aws_api_gateway_rest_api" else "http"
    try:
        content = parsed(each.values["body"]) if isinstance(each.values["body"], str) else None
    except Unreadable:
        content = None
    if not isinstance(content, Mapping):
        return Settings(unread=(f"{each.place}:body",))
    return openapi.settings(content, f"{each.place}:body", api)
