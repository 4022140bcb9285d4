"""OpenAPI: authorizers and guarded preflights of a document (contract section 15)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...policy.intrinsics import is_intrinsic
from ...policy.pointers import NOTHING, escaped, resolved
from .settings import (
    UNKNOWN,
    Api,
    Attachment,
    Preflight,
    Settings,
    Unguarded,
    Unknown,
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
    ttl="authorizerResultTtlInSeconds",
    sources="identitySource",
    payload="authorizerPayloadFormatVersion",
    simple="enableSimpleResponses",
    expression="identityValidationExpression",
)
_AUTHORIZER = "x-amazon-apigateway-authorizer"
_ANY = "x-amazon-apigateway-any-method"
_METHODS = ("get", "put", "post", "delete", "patch", "head", _ANY)  # a preflight is better off without
_REST_ONLY = ("x-amazon-apigateway-gateway-responses", "x-amazon-apigateway-request-validators", "swagger")
_HTTP_ONLY = ("x-amazon-apigateway-cors", "x-amazon-apigateway-importexport-version")


def settings(content: Mapping[str, Any], place: str, api: Api = "") -> Settings:
    """Return what a document says of its authorizers.

    Args:
        content: the document.
        place: the file, and where in it the document stands.
        api: the kind of API, if something else says so.
    """
    schemes, where = _schemes(content)
    lambdas = {name: found for name, each in schemes.items() if (found := _lambda(content, each)) is not None}
    api = api or _kind(content, lambdas)
    attachments = tuple(
        _attachment(name, found, schemes[name], f"{place}:{where}/{escaped(name)}", api)
        for name, found in lambdas.items()
    )
    cors = "x-amazon-apigateway-cors" in content  # then the gateway answers preflights itself
    preflights = () if cors else tuple(_preflights(content, place, set(lambdas)))
    wide = tuple(_wide(content, place, set(lambdas))) if api != "rest" else ()
    return Settings(attachments, preflights, wide=wide, unguarded=tuple(_unguarded(content, place, set(lambdas))))


def _schemes(content: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    if "swagger" in content:
        return _mapping(content.get("securityDefinitions")), "/securityDefinitions"
    return _mapping(_mapping(content.get("components")).get("securitySchemes")), "/components/securitySchemes"


def _lambda(content: Mapping[str, Any], scheme: object) -> Mapping[str, Any] | None:
    """Return a scheme's authorizer, if it is a Lambda's."""
    faults: list[str] = []
    found = resolved(content, _mapping(resolved(content, scheme, "", faults)).get(_AUTHORIZER), "", faults)
    return found if str(found.get("type")).lower() in ("token", "request") else None


def _kind(content: Mapping[str, Any], lambdas: Mapping[str, Mapping[str, Any]]) -> Api:
    """Return the kind of API a document is for, as far as it shows."""
    members = {member for found in lambdas.values() for member in found}
    if any(str(found["type"]).lower() == "token" for found in lambdas.values()) or any(
        name in content for name in _REST_ONLY
    ):
        return "rest"
    if members & {WORDS.payload, WORDS.simple} or any(name in content for name in _HTTP_ONLY):
        return "http"
    spelled = [source for found in lambdas.values() for source in _listed(found.get(WORDS.sources))]
    begun = {source.request for source in map(read, spelled) if source is not None and source.request}
    return "rest" if begun == {"method.request."} else "http" if begun == {"$request."} else ""


def _listed(value: object) -> tuple[str, ...]:
    found = sources(value)
    return () if isinstance(found, Unknown) else found


def _attachment(name: str, found: Mapping[str, Any], scheme: Any, place: str, api: Api) -> Attachment:
    token = str(found["type"]).lower() == "token"
    value = known(found, WORDS.sources)
    if token and value is None:  # a TOKEN's source is the scheme's own header
        value = f"method.request.header.{scheme.get('name', 'Authorization')}"
    return Attachment(
        name=name,
        place=place,
        api=api,
        kind="token" if token else "request",
        sources=value if isinstance(value, Unknown) else sources(value),
        ttl=number(known(found, WORDS.ttl)),
        expression=text(known(found, WORDS.expression)),
        payload=version(known(found, WORDS.payload)),
        simple=truth(known(found, WORDS.simple)),
        words=WORDS,
    )


def _preflights(content: Mapping[str, Any], place: str, lambdas: set[str]) -> Iterator[Preflight]:
    for path, methods in _paths(content):
        own = "options" in methods
        for method, certain in (("options", True), (_ANY, False)):
            if method in methods and (certain or not own):
                for name in sorted(_asked(methods[method]) & lambdas):
                    shown = "OPTIONS" if certain else "ANY"
                    yield Preflight(f"{place}:/paths/{escaped(path)}/{method}", f"{shown} {path}", name, certain)


def _wide(content: Mapping[str, Any], place: str, lambdas: set[str]) -> Iterator[Wide]:
    for path, methods in _paths(content):
        for method, operation in methods.items():
            key = "$default" if path in ("/$default", "$default") else f"{'ANY' if method == _ANY else method} {path}"
            for name in sorted(_asked(operation) & lambdas) if is_wide(key) else ():
                yield Wide(f"{place}:/paths/{escaped(path)}/{method}", key, name)


def _unguarded(content: Mapping[str, Any], place: str, lambdas: set[str]) -> Iterator[Unguarded]:
    if not _asked(content) & lambdas:
        return
    bare = [
        f"{'ANY' if method == _ANY else method.upper()} {path}"
        for path, methods in _paths(content)
        for method, operation in methods.items()
        if method in _METHODS and {"security", "x-amazon-apigateway-auth"}.isdisjoint(_mapping(operation))
    ]
    if bare:
        yield Unguarded(f"{place}:/security", bare[0], len(bare))


def _paths(content: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, item in _mapping(content.get("paths")).items():
        yield path, resolved(content, item, "", [])


def _asked(operation: object) -> set[str]:
    """Return the security schemes that an operation names."""
    asked = _mapping(operation).get("security")
    listed = asked if isinstance(asked, list) else []
    return {name for each in listed if isinstance(each, Mapping) for name in each}


def known(values: Mapping[str, Any], name: str) -> Any:
    """Return a value, or UNKNOWN where a template works it out."""
    value = values.get(name)
    listed = value if isinstance(value, list) else [value]
    return UNKNOWN if any(is_intrinsic(each) for each in listed) else value


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else NOTHING
