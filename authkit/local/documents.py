"""Documents: what an OpenAPI document or a SAM template declares of an API: its table, and how it is set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..policy import openapi, sam
from ..policy.files import load
from ..policy.intrinsics import Static
from ..policy.operations import Operation
from ..policy.route import Route
from ..policy.routes import Routes
from ..policy.samtemplate import chosen
from . import stated_api
from .lint import openapi as openapi_settings
from .lint import sam as sam_settings
from .lint import template
from .lint.settings import Api as ApiKind
from .lint.settings import truth
from .stated import Stated, attachment_of, settings_of

NOTHING_STATED: Mapping[str, Stated] = {}
_SUBJECT = "emulate"

Tells = Callable[[Route], bool]


class Declared(NamedTuple):
    """What a document tells of an API.

    Args:
        routes: its table.
        is_open: tells the routes that have no authorizer.
        needs_key: tells the routes that require a usage plan's key; None where it is not said.
        is_default: tells the routes that stand for an HTTP API's ``$default``.
        stated: its settings, by the names that `Settings` has.
    """

    routes: Routes
    is_open: Tells = lambda _: False
    needs_key: Tells | None = None
    is_default: Tells = lambda _: False
    stated: Mapping[str, Stated] = NOTHING_STATED


def from_openapi(file: str, *, authorizer: str | None = None, trailing_slash: bool = False) -> Declared:
    """Return what an OpenAPI document tells.

    Raises:
        ConfigError: names every fault of the document.
    """
    path = Path(file)
    routes = Routes.from_openapi(path, authorizer=authorizer, on_conflict="refuse", trailing_slash=trailing_slash)
    found, _ = openapi.operations(path, authorizer=authorizer, inherit_security=False, scopes="all", subject=_SUBJECT)
    content = load(path, _SUBJECT)
    attached = attachment_of(openapi_settings.settings(content, file).attachments, named=authorizer)
    return Declared(
        routes,
        is_open=_telling(each for each in found if each.guard.by == "nobody"),
        needs_key=_among(_keyed(content)),
        is_default=_telling(each for each in found if each.default),
        stated={**stated_api.of_openapi(content, file), **(settings_of(attached) if attached else {})},
    )


def from_sam(
    file: str, *, resource: str | None = None, authorizer: str | None = None, trailing_slash: bool = False
) -> Declared:
    """Return what a SAM template tells. In a template without authorizers only preflights are open.

    Raises:
        ConfigError: names every fault of the template.
    """
    path = Path(file)
    routes = Routes.from_sam(
        path, resource=resource, authorizer=authorizer, on_conflict="refuse", trailing_slash=trailing_slash
    )
    found, _, _ = sam.operations(path, resource=resource, authorizer=authorizer, parameters={}, scopes="all")
    content = template.filled_in(load(path, _SUBJECT, intrinsics=True))
    guarded = any(each.guard.by == "us" for each in found)
    api = _Api.of(content, resource, file)
    return Declared(
        routes,
        is_open=_telling(each for each in found if each.guard.by == "nobody" and (guarded or each.method == "OPTIONS")),
        needs_key=api.needs_key(),
        is_default=_telling(each for each in found if each.default),
        stated=api.stated(authorizer),
    )


class _Api(NamedTuple):
    """One API of a template, which is known to be there."""

    content: Mapping[str, Any]
    file: str
    name: str
    kind: ApiKind
    given: Mapping[str, Any]
    place: str

    @classmethod
    def of(cls, content: Mapping[str, Any], resource: str | None, file: str) -> _Api:
        meant = chosen(content, resource, Static({}, []))
        name = meant.name if meant is not None else ""
        for found, kind, given, place in sam_settings.apis(content, _resources(content), file):
            if found == name:
                return cls(content, file, name, kind, given, place)
        # One that only events speak of has no properties at all.
        kind = "http" if meant is not None and meant.kind == "HttpApi" else "rest"
        return cls(content, file, name, kind, {}, f"{file}:/{name}")

    def needs_key(self) -> Tells:
        if truth(_mapping(self.given.get("Auth")).get("ApiKeyRequired")) is True:
            return lambda _: True
        events = sam_settings.events(self.name, self.kind, _resources(self.content), self.file)
        keyed = {(each.method.upper(), each.path) for each in events if each.key}
        return _among(keyed | _keyed(_mapping(self.given.get("DefinitionBody"))))

    def stated(self, authorizer: str | None) -> dict[str, Stated]:
        """Return what the API says: its document first, its properties over it, then its authorizer."""
        body = _mapping(self.given.get("DefinitionBody"))
        attachments = template.settings(self.content, self.file).attachments
        attached = attachment_of(attachments, named=authorizer, owner=self.name)
        kind = "http-v2" if self.kind == "http" else "rest-request"
        return {
            "kind": Stated(kind, self.place),
            **stated_api.of_openapi(body, f"{self.place}/DefinitionBody"),
            **stated_api.of_sam(self.given, self.kind, self.place),
            **(settings_of(attached) if attached else {}),
        }


def _keyed(content: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Return method and path of the operations that ask for a usage plan's key."""
    faults: list[str] = []  # told already, by whoever made the table
    keys = {name for name, each in openapi.defined_schemes(content, faults).items() if _is_key(each)}
    found = openapi.spread(openapi.declared(content, faults))
    return {(each.method, each.path) for each in found if keys & _asked(each.operation.get("security"))}


def _is_key(scheme: Mapping[str, Any]) -> bool:
    plain = "x-amazon-apigateway-authorizer" not in scheme and "x-amazon-apigateway-authtype" not in scheme
    return plain and scheme.get("type") == "apiKey" and str(scheme.get("name")).lower() == "x-api-key"


def _asked(security: object) -> set[str]:
    listed = security if isinstance(security, list) else []
    return {name for each in listed if isinstance(each, Mapping) for name in each}


def _telling(operations: Iterable[Operation]) -> Tells:
    return _among({(each.method, each.path) for each in operations})


def _among(places: set[tuple[str, str]]) -> Tells:
    """Tell routes by method and path; with or without a slash in the end, as the table may have it."""
    bare = {(method, path.rstrip("/")) for method, path in places}
    return lambda route: (route.method, route.path.rstrip("/")) in bare


def _resources(content: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    found = _mapping(content.get("Resources"))
    return {str(name): each for name, each in found.items() if isinstance(each, Mapping)}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
