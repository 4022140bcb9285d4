"""SAM templates to operations: what the transform would make of an API's events, inline document and authorizers.

Nothing is executed. A function of CloudFormation that decides a route is a fault, unless it takes only parameters and
their values are given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from ..errors import ConfigError
from . import openapi
from . import operations as table
from .files import Document, load
from .intrinsics import Static
from .openapi import Declared, ScopeRule
from .operations import Operation
from .route import Route
from .samauth import Auth
from .samtemplate import Api, Event, chosen
from .security import schemes

_SUBJECT = "Routes.from_sam"
_ANY = "x-amazon-apigateway-any-method"
_ELSEWHERE = "the API's paths stand in another file, which SAM takes as it is: read that one with Routes.from_openapi"


def routes(
    template: Document,
    *,
    resource: str | None,
    authorizer: str | None,
    parameters: Mapping[str, Any],
    scopes: ScopeRule,
    narrow: Iterable[Route],
    trailing_slash: bool,
) -> tuple[list[Route], Literal["rest", "http"]]:
    """Return the routes of one API of a template, and its kind. `Routes.from_sam` tells the arguments.

    Raises:
        ConfigError: names every fault of the template.
    """
    found, kind, faults = operations(
        template, resource=resource, authorizer=authorizer, parameters=parameters, scopes=scopes
    )
    listed = table.routes(found, narrow=narrow, trailing_slash=trailing_slash, subject=_SUBJECT, faults=faults)
    return listed, kind


def operations(
    template: Document,
    *,
    resource: str | None,
    authorizer: str | None,
    parameters: Mapping[str, Any],
    scopes: ScopeRule,
) -> tuple[list[Operation], Literal["rest", "http"], list[str]]:
    """Return the operations of one API of a template, its kind, and every fault found in it.

    Raises:
        ConfigError: it cannot be read, or it is not known which API is meant.
    """
    content = load(template, _SUBJECT, intrinsics=True)
    faults = openapi.scope_rule_faults(scopes)
    static = Static(parameters, faults)
    api = chosen(content, resource, static)
    if api is None:
        raise ConfigError.of(_SUBJECT, faults)
    auth = Auth(api, static)
    methods, defined = _Methods(api, auth, static).found()
    known = schemes({**defined, **auth.schemes}, authorizer, faults, any_scope=scopes == "any")
    found = openapi.settled(methods, known, faults)
    return found, "http" if api.kind == "HttpApi" else "rest", faults


class _Methods:
    """The methods of one API: its document's, its events', and those that SAM adds for CORS."""

    def __init__(self, api: Api, auth: Auth, static: Static) -> None:
        self._api = api
        self._auth = auth
        self._static = static
        self._inline: dict[tuple[str, str], Declared] = {}
        self._added: list[Declared] = []

    def found(self) -> tuple[list[Declared], dict[str, Any]]:
        """Return each method with the security that SAM would give it, and the schemes of the API's document."""
        api, static = self._api, self._static
        body = self._body()
        where = f"{api.where}/DefinitionBody"
        defined = openapi.defined_schemes(body, static.faults, where) if body else {}
        declared = openapi.declared(body, static.faults, where) if body else []
        self._inline = {(each.method, each.path): each for each in declared}
        merge = static.truth(api.properties.get("MergeDefinitions"), f"{api.where}/MergeDefinitions", default=False)
        for event in api.events:
            self._take(event, merging=not body or api.kind == "HttpApi" or merge)
        everything = [*self._inline.values(), *self._added]
        if api.kind == "Api" and api.properties.get("Cors"):
            everything += _preflights(everything, f"{api.where}/Cors")
        return [self._auth.applied(each) for each in everything], defined

    def _body(self) -> Mapping[str, Any]:
        """Return the document that stands in the template itself, which may be empty."""
        inline = self._api.properties.get("DefinitionBody")
        if "DefinitionUri" in self._api.properties or (isinstance(inline, Mapping) and "Fn::Transform" in inline):
            self._static.faults.append(f"{self._api.where}: {_ELSEWHERE}")
            return {}
        body = self._static.mapping(inline, f"{self._api.where}/DefinitionBody")
        if body:
            openapi.demand_version(body, _SUBJECT)
        return body

    def _take(self, event: Event, *, merging: bool) -> None:
        """Add an event's method; where the document has it already, its security."""
        given, where, static = event.properties, event.where, self._static
        auth = static.mapping(given.get("Auth"), f"{where}/Auth")
        overrides = static.truth(auth.get("OverrideApiAuth"), f"{where}/Auth/OverrideApiAuth", default=False)
        if not merging and not overrides:
            return  # SAM leaves the inline document of a REST API as it is
        method, path = self._place(event)
        if method is None or path is None:
            return
        declared = self._inline.get((method, path))
        security = self._auth.of_event(auth, f"{where}/Auth")
        if declared is None and merging:
            self._added.append(Declared(method, path, where, {} if security is None else {"security": security}))
        elif declared is not None and security is not None:
            if declared.operation.get("security"):
                static.faults.append(f"{where}/Auth: {declared.where} has a security too, and only one can be meant")
            self._inline[method, path] = declared._replace(operation={**declared.operation, "security": security})

    def _place(self, event: Event) -> tuple[str | None, str | None]:
        given = event.properties
        if self._api.kind == "HttpApi" and given.keys().isdisjoint(("Method", "Path")):
            return "ANY", "$default"
        if not given.keys() >= {"Method", "Path"}:
            self._static.faults.append(f"{event.where}: an event needs Method and Path")
            return None, None
        method = self._static.text(given["Method"], f"{event.where}/Method")
        path = self._static.text(given["Path"], f"{event.where}/Path")
        return "ANY" if method == _ANY else method and method.upper(), path


def _preflights(found: Iterable[Declared], where: str) -> list[Declared]:
    """Return the OPTIONS methods that SAM adds for CORS, one a path that has none."""
    bare = {each.path: each.path.rstrip("/") or "/" for each in found}
    answered = {bare[each.path] for each in found if each.method == "OPTIONS"}
    paths = dict.fromkeys(path for path in bare.values() if path not in answered)
    return [Declared("OPTIONS", path, where, {}) for path in paths]
