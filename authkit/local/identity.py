"""Identity: what the gateway takes from a request to know whose answer it may keep.

Sources are named as `Authorizer.identity_sources` names them; every kind of API has a spelling of its own besides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import ConfigError
from ..gateway.sources import PLACES, is_place
from .events import parameters
from .lint.settings import Api
from .lint.spelling import read, spell
from .message import HttpRequest
from .settings import Attached

_APIS: dict[str, Api] = {"rest": "rest", "http": "http", "websocket": "websocket"}


def parse_sources(texts: Iterable[str], kind: Attached) -> tuple[str, ...]:
    """Return identity sources from the spelling of a template, several of them parted by commas, or from authkit's.

    >>> parse_sources(["method.request.header.Authorization, context.httpMethod"], "rest-request")
    ('header.authorization', 'context.httpMethod')

    Raises:
        ConfigError: names each that this kind of API does not have.
    """
    if kind == "appsync":
        raise ConfigError("identity sources: AppSync has one, header.authorization, and no other can be chosen")
    api = _APIS[kind.partition("-")[0]]
    listed = [part.strip() for text in texts for part in text.split(",")]
    found = [_named(text, api) for text in listed]
    faults = [_fault(text, api) for text, source in zip(listed, found, strict=True) if source is None]
    if faults:
        raise ConfigError.of("identity sources", faults)
    return tuple(dict.fromkeys(source for source in found if source is not None))


def _named(text: str, api: Api) -> str | None:
    """Return a source as a handler names it, whichever of the two spellings this is."""
    if is_place(text):
        return text.lower() if text.startswith("header.") else text
    source = read(text)
    return source.name if source is not None and source.fits(api) else None


def _fault(text: str, api: Api) -> str:
    if "path." in text:
        return f"{text!r}: path parameters are never an identity source"
    return (
        f"{text!r} is no identity source of this kind of API; write {spell('header.X', api)} or one of"
        f" {', '.join(PLACES)}"
    )


def values_of(
    sources: Iterable[str],
    request: HttpRequest,
    context: Mapping[str, Any],
    variables: Mapping[str, str],
    *,
    joined: bool,
) -> tuple[str, ...]:
    """Return the sources' values in their order; an empty text for one that has none.

    Args:
        sources: the identity sources.
        request: as the gateway took it in.
        context: the event's ``requestContext``.
        variables: the stage's.
        joined: whether repeated ones are joined by commas, as on HTTP APIs; else the last one stands for all.
    """
    found = (_values(source, request, context, variables) for source in sources)
    return tuple(",".join(each) if joined else (each[-1] if each else "") for each in found)


def _values(source: str, request: HttpRequest, context: Mapping[str, Any], variables: Mapping[str, str]) -> list[str]:
    place, _, name = source.partition(".")
    if place == "header":
        return [value for each, value in request.headers if each.lower() == name.lower()]
    if place == "querystring":
        return [value for each, value in parameters(request.query) if each == name]
    if place == "stageVariables":
        return [variables.get(name, "")]
    value: Any = context
    for step in _place(name, context).split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return [value] if isinstance(value, str) else []


def _place(name: str, context: Mapping[str, Any]) -> str:
    """Return where this kind of event has what a source names in the words of REST APIs (contract sections 3.3, 11)."""
    if "http" not in context:  # payload 2.0 alone has it
        return name
    for rest, http in (("identity.sourceIp", "http.sourceIp"), ("identity.userAgent", "http.userAgent")):
        if name == rest:
            return http
    return name.replace("identity.clientCert.", "authentication.clientCert.", 1)
