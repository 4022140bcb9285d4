"""SAM: authorizers under ``Auth`` of an API, and the methods its transform would put behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ...policy.intrinsics import is_intrinsic, logical_id
from ...policy.pointers import NOTHING, escaped
from . import openapi
from .settings import (
    UNKNOWN,
    Api,
    Attachment,
    Preflight,
    Settings,
    Unknown,
    Wide,
    Words,
    is_wide,
    number,
    text,
    truth,
    version,
)
from .spelling import spell

_KINDS: dict[str, Api] = {"AWS::Serverless::Api": "rest", "AWS::Serverless::HttpApi": "http"}
_GLOBALS = {"rest": "Api", "http": "HttpApi"}
_IMPLICIT: dict[str, Api] = {"ServerlessRestApi": "rest", "ServerlessHttpApi": "http"}
_EVENTS = {"Api": ("RestApiId", "ServerlessRestApi"), "HttpApi": ("ApiId", "ServerlessHttpApi")}
_WORDS: dict[str, Words] = {
    "rest": Words("Identity.ReauthorizeEvery", "Identity", "", "", "Identity.ValidationExpression"),
    "http": Words(
        "Identity.ReauthorizeEvery", "Identity", "AuthorizerPayloadFormatVersion", "EnableSimpleResponses", ""
    ),
}
_PLACES = {
    "Headers": "header",
    "QueryStrings": "querystring",
    "StageVariables": "stageVariables",
    "Context": "context",
}


class Event(NamedTuple):
    """What makes a method of an API call a function: the authorizer it names itself, whether it requires a plan's key."""

    method: str
    path: str
    authorizer: str | None
    place: str
    key: bool = False


def settings(content: Mapping[str, Any], resources: Mapping[str, Mapping[str, Any]], file: str) -> Settings:
    """Return what a SAM template says of its authorizers; ``Globals`` count for each of its APIs."""
    found = Settings()
    for name, api, given, place in apis(content, resources, file):
        listed = list(events(name, api, resources, f"{file}:/Resources"))
        own = _of_auth(api, given, listed, f"{place}/Auth").also(_of_body(api, given, place))
        found = found.also(own.owned(name))
    return found


def _of_auth(api: Api, given: Mapping[str, Any], listed: list[Event], place: str) -> Settings:
    auth = _mapping(given.get("Auth"))
    if is_intrinsic(auth) or is_intrinsic(auth.get("Authorizers")):
        return Settings(unread=(place,))
    lambdas = {label: each for label, each in _mapping(auth.get("Authorizers")).items() if _is_lambda(each)}
    unread = tuple(
        f"{place}/Authorizers/{escaped(label)}"
        for label, each in _mapping(auth.get("Authorizers")).items()
        if is_intrinsic(each)
    )
    attachments = (
        _attachment(label, each, f"{place}/Authorizers/{escaped(label)}", api) for label, each in lambdas.items()
    )
    preflights = tuple(_preflights(api, given, set(lambdas), listed, place))
    wide = tuple(_wide(auth, set(lambdas), listed)) if api == "http" else ()
    return Settings(tuple(attachments), preflights, unread, wide)


def _wide(auth: Mapping[str, Any], lambdas: set[str], listed: list[Event]) -> Iterator[Wide]:
    for event in listed:
        named = event.authorizer or str(auth.get("DefaultAuthorizer"))
        key = f"{event.method.upper()} {event.path}" if event.path else "$default"
        if named in lambdas and is_wide(key):
            yield Wide(event.place, key, named)


def _of_body(api: Api, given: Mapping[str, Any], place: str) -> Settings:
    body = given.get("DefinitionBody")
    if given.get("DefinitionUri") is not None:
        return Settings(unread=(f"{place}/DefinitionUri",))
    if not isinstance(body, Mapping):
        return Settings()
    at = f"{place}/DefinitionBody"
    unread = is_intrinsic(body) or "Fn::Transform" in body
    if unread:
        return Settings(unread=(at,))
    found = openapi.settings(body, at, api)
    defaulted = "DefaultAuthorizer" in _mapping(given.get("Auth"))  # which SAM puts before what has none
    return found._replace(unguarded=()) if defaulted else found


def apis(
    content: Mapping[str, Any], resources: Mapping[str, Mapping[str, Any]], file: str
) -> Iterator[tuple[str, Api, Mapping[str, Any], str]]:
    """Yield each API: its logical id, its kind, its properties with those of ``Globals``, and where they stand."""
    shared = _mapping(content.get("Globals"))
    for name, resource in resources.items():
        api = _KINDS.get(str(resource.get("Type")))
        if api is not None:
            place = f"{file}:/Resources/{escaped(name)}/Properties"
            yield name, api, _merged(shared.get(_GLOBALS[api]), resource.get("Properties")), place
    for name, api in _IMPLICIT.items():
        everybodys = shared.get(_GLOBALS[api])
        if isinstance(everybodys, Mapping) and name not in resources:
            yield name, api, everybodys, f"{file}:/Globals/{_GLOBALS[api]}"


def _merged(everybodys: Any, own: Any) -> Any:
    """Merge as SAM does: objects name by name, lists one after the other, of anything else the resource's own."""
    if isinstance(everybodys, list) and isinstance(own, list):
        return [*everybodys, *own]
    if isinstance(everybodys, Mapping) and isinstance(own, Mapping) and not is_intrinsic(own):
        return {**everybodys, **{name: _merged(everybodys.get(name), value) for name, value in own.items()}}
    return NOTHING if own is None and everybodys is None else everybodys if own is None else own


def _is_lambda(authorizer: object) -> bool:
    return isinstance(authorizer, Mapping) and "FunctionArn" in authorizer


def _attachment(name: str, given: Mapping[str, Any], place: str, api: Api) -> Attachment:
    token = api == "rest" and given.get("FunctionPayloadType", "TOKEN") == "TOKEN"
    identity = given.get("Identity")
    unread = is_intrinsic(identity)
    known = _mapping(identity)
    return Attachment(
        name=name,
        place=place,
        api=api,
        kind="token" if token else "request",
        sources=UNKNOWN if unread else _sources(known, api, token=token),
        ttl=UNKNOWN if unread else number(openapi.known(known, "ReauthorizeEvery")),
        expression=UNKNOWN if unread else text(openapi.known(known, "ValidationExpression")),
        payload=version(openapi.known(given, "AuthorizerPayloadFormatVersion")),
        simple=truth(openapi.known(given, "EnableSimpleResponses")),
        words=_WORDS[api],
    )


def _sources(identity: Mapping[str, Any], api: Api, *, token: bool) -> tuple[str, ...] | Unknown:
    """Return the sources as the transform would spell them."""
    if token:
        header = openapi.known(identity, "Header")
        return UNKNOWN if header is UNKNOWN else (f"method.request.header.{header or 'Authorization'}",)
    found: list[str] = []
    for label, place in _PLACES.items():
        names = openapi.known(identity, label)
        if isinstance(names, Unknown):
            return UNKNOWN
        found += [spell(f"{place}.{name}", api) for name in (names if isinstance(names, list) else [])]
    return tuple(found)


def _preflights(
    api: Api, given: Mapping[str, Any], lambdas: set[str], listed: list[Event], place: str
) -> Iterator[Preflight]:
    auth = _mapping(given.get("Auth"))
    default = str(auth.get("DefaultAuthorizer"))
    spared = str(auth.get("AddDefaultAuthorizerToCorsPreflight", True)).lower() == "false"
    if api == "rest" and given.get("Cors") and default in lambdas and not spared:
        yield Preflight(place, "the OPTIONS method that SAM adds to each path for Cors", default, certain=True)
    if api == "http" and given.get("CorsConfiguration"):
        return  # the gateway answers preflights itself
    answered = {event.path for event in listed if event.method == "options"}
    for event in listed:
        if event.method == "any" and event.path in answered:
            continue
        named = event.authorizer or default
        excepted = event.method == "options" and spared and not event.authorizer
        if named in lambdas and event.method in ("options", "any") and not excepted:
            asked = f"{event.method.upper()} {event.path}"
            yield Preflight(event.place, asked, named, certain=event.method == "options")


def events(name: str, api: Api, resources: Mapping[str, Mapping[str, Any]], file: str) -> Iterator[Event]:
    """Yield the events of one API."""
    kind = _GLOBALS[api]
    link, implicit = _EVENTS[kind]
    for function, resource in resources.items():
        for label, event in _mapping(_mapping(resource.get("Properties")).get("Events")).items():
            given = _mapping(_mapping(event).get("Properties"))
            if _mapping(event).get("Type") == kind and (logical_id(given.get(link)) or implicit) == name:
                auth = _mapping(given.get("Auth"))
                own = auth.get("Authorizer")
                place = f"{file}/{escaped(function)}/Properties/Events/{escaped(label)}"
                named = own if isinstance(own, str) else None
                key = truth(auth.get("ApiKeyRequired")) is True
                yield Event(str(given.get("Method")).lower(), str(given.get("Path", "")), named, place, key)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else NOTHING
