"""``Auth`` of a SAM template: which authorizer stands before which of an API's methods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .intrinsics import Static
from .openapi import Declared
from .samtemplate import Api

_IAM, _KEY, _NONE = "AWS_IAM", "api_key", "NONE"
_OTHERS = {
    _IAM: {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"},
    _KEY: {"type": "apiKey", "name": "x-api-key", "in": "header"},
}


class Auth:
    """The authorizers of an API, and the one that stands before whatever names none."""

    def __init__(self, api: Api, static: Static) -> None:
        self._where = f"{api.where}/Auth"
        self._static = static
        self._http = api.kind == "HttpApi"
        given = static.mapping(api.properties.get("Auth"), self._where)
        authorizers = static.mapping(given.get("Authorizers"), f"{self._where}/Authorizers")
        self._authorizers = {
            str(name): static.mapping(each, f"{self._where}/Authorizers/{name}") for name, each in authorizers.items()
        }
        self._key = static.truth(given.get("ApiKeyRequired"), f"{self._where}/ApiKeyRequired", default=False)
        label = "AddDefaultAuthorizerToCorsPreflight"
        self._preflight = not self._http and static.truth(given.get(label), f"{self._where}/{label}", default=True)
        default = static.text(given.get("DefaultAuthorizer"), f"{self._where}/DefaultAuthorizer")
        self._default = self._requirement(default, None, f"{self._where}/DefaultAuthorizer") if default else None

    @property
    def schemes(self) -> dict[str, Any]:
        """The authorizers as security schemes of OpenAPI."""
        return {**_OTHERS, **{name: _scheme(each) for name, each in self._authorizers.items()}}

    def of_event(self, given: Mapping[str, Any], where: str) -> list[dict[str, list[str]]] | None:
        """Return the security an event asks for; None where it leaves it to the API."""
        named = self._static.text(given.get("Authorizer"), f"{where}/Authorizer")
        scopes = self._static.texts(given.get("AuthorizationScopes"), f"{where}/AuthorizationScopes")
        if named is None and given and self._http and self._default:
            (named,) = self._default  # what an HTTP API's event says goes for the default authorizer
        security = self._asked(named, scopes, where)
        if self._static.truth(given.get("ApiKeyRequired"), f"{where}/ApiKeyRequired", default=False):
            security = [*(security or []), {_KEY: []}]
        return security

    def _asked(self, named: str | None, scopes: list[str] | None, where: str) -> list[dict[str, list[str]]] | None:
        if named is not None:
            return [self._requirement(named, scopes, f"{where}/Authorizer")]
        if scopes:
            self._static.faults.append(f"{where}: AuthorizationScopes counts only beside an Authorizer")
        return None

    def _requirement(self, named: str, scopes: list[str] | None, where: str) -> dict[str, list[str]]:
        if named not in self._authorizers:
            if named not in (_IAM, _NONE):
                known = ", ".join(sorted(self._authorizers)) or "none"
                self._static.faults.append(f"{where}: {named!r} is no authorizer of the API; it has {known}")
            return {named: []}
        if scopes is None or (self._http and not scopes):
            at = f"{self._where}/Authorizers/{named}/AuthorizationScopes"
            scopes = self._static.texts(self._authorizers[named].get("AuthorizationScopes"), at)
        return {named: scopes or []}

    def applied(self, each: Declared) -> Declared:
        """Return an operation with the API's defaults, where it says nothing of its own."""
        security = each.operation.get("security", [])
        if not isinstance(security, list) or not all(isinstance(one, Mapping) for one in security):
            return each
        return each._replace(operation={**each.operation, "security": self._settled(each.method, security)})

    def _settled(self, method: str, security: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        attached = [one for one in security if not one.keys().isdisjoint((*self._authorizers, _IAM))]
        rest = [one for one in security if one not in attached and _NONE not in one]
        spared = any(_NONE in one for one in security)
        if self._key and not any(_KEY in one for one in rest):
            rest.append({_KEY: []})
        if spared:
            return rest
        excepted = method == "OPTIONS" and not self._preflight
        # A REST API's method with nothing but a usage-plan key still gets the default; an HTTP API's keeps what it has.
        wanting = not attached and not excepted and not (self._http and security)
        return [*rest, *attached, *([self._default] if self._default and wanting else [])]


def _scheme(authorizer: Mapping[str, Any]) -> dict[str, Any]:
    kind = "request" if "FunctionArn" in authorizer else "jwt" if "JwtConfiguration" in authorizer else "other"
    return {"type": "apiKey", "x-amazon-apigateway-authorizer": {"type": kind}}
