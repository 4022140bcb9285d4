"""Documents: the table of an API that an OpenAPI document or a SAM template declares, and what of it is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..policy.files import load
from ..policy.openapi import operations
from ..policy.route import Route
from ..policy.routes import Routes
from .responses import GatewayResponse

_HEADER = "gatewayresponse.header."


class Declared(NamedTuple):
    """What a document tells of an API.

    Args:
        routes: its table.
        is_open: tells the routes that have no authorizer.
        responses: its gateway responses.
    """

    routes: Routes
    is_open: Callable[[Route], bool] = lambda _: False
    responses: Mapping[str, GatewayResponse] = {}


def from_openapi(file: str, *, authorizer: str | None = None, trailing_slash: bool = False) -> Declared:
    """Return what an OpenAPI document tells.

    Raises:
        ConfigError: names every fault of the document.
    """
    path = Path(file)
    routes = Routes.from_openapi(path, authorizer=authorizer, on_conflict="refuse", trailing_slash=trailing_slash)
    found, _ = operations(path, authorizer=authorizer, inherit_security=False, scopes="all", subject="emulate")
    free = {(each.method, each.path) for each in found if each.guard.by == "nobody"}
    responses = gateway_responses(load(path, "emulate"))
    return Declared(routes, lambda route: (route.method, route.path) in free, responses)


def from_sam(
    file: str, *, resource: str | None = None, authorizer: str | None = None, trailing_slash: bool = False
) -> Declared:
    """Return what a SAM template tells. The preflights it adds for CORS are open; anything else is asked for.

    Raises:
        ConfigError: names every fault of the template.
    """
    routes = Routes.from_sam(
        Path(file), resource=resource, authorizer=authorizer, on_conflict="refuse", trailing_slash=trailing_slash
    )
    return Declared(routes, lambda route: route.method == "OPTIONS" and not route.demands)


def gateway_responses(document: Mapping[str, Any]) -> dict[str, GatewayResponse]:
    """Return the gateway responses of ``x-amazon-apigateway-gateway-responses``: status, fixed headers, JSON body."""
    listed = document.get("x-amazon-apigateway-gateway-responses")
    if not isinstance(listed, Mapping):
        return {}
    return {str(name): _response(each) for name, each in listed.items() if isinstance(each, Mapping)}


def _response(given: Mapping[str, Any]) -> GatewayResponse:
    status, parameters = given.get("statusCode"), given.get("responseParameters") or {}
    headers = {
        name.removeprefix(_HEADER): value[1:-1]
        for name, value in parameters.items()
        # What is not a fixed text in quotes is taken from the request, which is not done here.
        if name.startswith(_HEADER) and isinstance(value, str) and value[:1] == value[-1:] == "'"
    }
    template = (given.get("responseTemplates") or {}).get("application/json")
    return GatewayResponse(int(status) if status else None, headers, template if isinstance(template, str) else None)
