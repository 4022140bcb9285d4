"""A SAM template's APIs, and the events that add to them."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .intrinsics import Static, is_intrinsic, logical_id
from .pointers import functions

_APIS = {"AWS::Serverless::Api": "Api", "AWS::Serverless::HttpApi": "HttpApi"}
_SOURCES = ("AWS::Serverless::Function", "AWS::Serverless::StateMachine")
_IMPLICIT = {"Api": "ServerlessRestApi", "HttpApi": "ServerlessHttpApi"}
_API_OF_EVENT = {"Api": "RestApiId", "HttpApi": "ApiId"}
_MERGED = ("Auth", "Cors", "DefinitionUri", "MergeDefinitions")  # of Globals, what decides routes


class Event(NamedTuple):
    """What makes a method of an API call a function or a state machine: its properties, as they stand there."""

    properties: Mapping[str, Any]
    where: str


class Api(NamedTuple):
    """An API of the template, with what ``Globals`` adds to it."""

    name: str
    kind: str
    properties: Mapping[str, Any]
    where: str
    events: tuple[Event, ...] = ()


def chosen(content: Mapping[str, Any], wanted: str | None, static: Static) -> Api | None:
    """Return the API that is wanted, or the only one; None where there is none, which is a fault."""
    resources = static.mapping(content.get("Resources"), "/Resources")
    static.faults += functions(resources, "/Resources")
    known = {each.name: each for each in _explicit(content, resources, static)}
    for name, kind, event in _events(resources, static):
        if name not in known and name == _IMPLICIT[kind]:
            known[name] = Api(name, kind, _with_globals(content, kind, {}, static), f"/Globals/{kind}")
        if name in known:  # else one of another stack
            known[name] = known[name]._replace(events=(*known[name].events, event))
    listed = ", ".join(sorted(known)) or "none"
    if wanted is None and len(known) > 1:
        static.faults.append(f"the template has several APIs, {listed}: name one, resource=")
    elif wanted is None and not known:
        static.faults.append(
            "the template has no AWS::Serverless::Api, no AWS::Serverless::HttpApi and no event of one"
        )
    elif wanted is not None and (not isinstance(wanted, str) or wanted not in known):
        static.faults.append(f"resource names {wanted!r}; the template's APIs are {listed}")
    else:
        return known[wanted if wanted is not None else next(iter(known))]
    return None


def _explicit(content: Mapping[str, Any], resources: Mapping[str, Any], static: Static) -> Iterator[Api]:
    for name, resource in resources.items():
        kind = _APIS.get(str(resource.get("Type"))) if isinstance(resource, Mapping) else None
        if kind is not None:
            where = f"/Resources/{name}/Properties"
            yield Api(
                name,
                kind,
                _with_globals(content, kind, static.mapping(resource.get("Properties"), where), static),
                where,
            )


def _with_globals(content: Mapping[str, Any], kind: str, own: Mapping[str, Any], static: Static) -> Mapping[str, Any]:
    everybodys = static.mapping(static.mapping(content.get("Globals"), "/Globals").get(kind), f"/Globals/{kind}")
    return _merged({name: everybodys[name] for name in _MERGED if name in everybodys}, own)


def _merged(everybodys: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Merge as SAM does: objects name by name, lists one after the other, of anything else the resource's own."""
    merged = {**everybodys, **own}
    for name in everybodys.keys() & own.keys():
        pair = everybodys[name], own[name]
        if all(isinstance(each, Mapping) and not is_intrinsic(each) for each in pair):
            merged[name] = _merged(*pair)
        elif all(isinstance(each, list) for each in pair):
            merged[name] = [*pair[0], *pair[1]]
    return merged


def _events(resources: Mapping[str, Any], static: Static) -> Iterator[tuple[str, str, Event]]:
    for name, resource in resources.items():
        if isinstance(resource, Mapping) and resource.get("Type") in _SOURCES:
            where = f"/Resources/{name}/Properties"
            events = static.mapping(static.mapping(resource.get("Properties"), where).get("Events"), f"{where}/Events")
            static.faults += functions(events, f"{where}/Events")
            for label, event in events.items():
                kind = event.get("Type") if isinstance(event, Mapping) else None
                if kind in ("Api", "HttpApi"):
                    at = f"{where}/Events/{label}/Properties"
                    properties = static.mapping(event.get("Properties"), at)
                    api = _api_of(kind, properties, at, static)
                    yield from [(api, kind, Event(properties, at))] if api is not None else ()


def _api_of(kind: str, properties: Mapping[str, Any], where: str, static: Static) -> str | None:
    """Return the logical id of an event's API; None where it is one of another stack."""
    label = _API_OF_EVENT[kind]
    given = properties.get(label)
    if given is None:
        return _IMPLICIT[kind]
    if is_intrinsic(given) and "Fn::If" in given:
        static.value(given, f"{where}/{label}")
    return logical_id(given)
