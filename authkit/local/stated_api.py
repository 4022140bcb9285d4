"""Stated of an API: gateway responses, CORS, throttles, keys and the stage, in OpenAPI documents and SAM templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..policy.intrinsics import is_intrinsic
from ..policy.pointers import NOTHING
from .lint.settings import UNKNOWN, number
from .planfile import quota_of, throttle_of
from .plans import Throttle, UsagePlan
from .responses import GatewayResponse
from .settings import Cors
from .stated import Stated

_RESPONSES = "x-amazon-apigateway-gateway-responses"
_KEY_SOURCE = "x-amazon-apigateway-api-key-source"
_CORS = "x-amazon-apigateway-cors"
_HEADER = "gatewayresponse.header."


def of_openapi(document: Mapping[str, Any], file: str) -> dict[str, Stated]:
    """Return what a document says of its API."""
    found = {
        _RESPONSES: ("responses", gateway_responses(document)),
        _KEY_SOURCE: ("key_source", _text(document.get(_KEY_SOURCE))),
        _CORS: ("cors", _http_cors(document.get(_CORS), "allow")),
    }
    return {
        name: Stated(value, f"{file}:/{place}")
        for place, (name, value) in found.items()
        if place in document and value is not None
    }


def gateway_responses(document: Mapping[str, Any]) -> dict[str, GatewayResponse]:
    """Return the gateway responses of an OpenAPI document: status, fixed headers, JSON body."""
    return {
        str(name): _response(each.get("statusCode"), _own_headers(each), each.get("responseTemplates"))
        for name, each in _mapping(document.get(_RESPONSES)).items()
        if isinstance(each, Mapping)
    }


def of_sam(given: Mapping[str, Any], api: str, place: str) -> dict[str, Stated]:
    """Return what the properties of an API say.

    Args:
        given: the properties, with those of ``Globals``.
        api: ``rest`` or ``http``.
        place: where they stand.
    """
    properties = _of_rest(given) if api == "rest" else _of_http(given)
    stage = "Variables" if api == "rest" else "StageVariables"
    properties |= {
        "StageName": {"stage": UNKNOWN if is_intrinsic(given.get("StageName")) else _text(given.get("StageName"))},
        stage: {"variables": _texts(given.get(stage))},
    }
    return {
        name: Stated(value, f"{place}/{label}")
        for label, settings in properties.items()
        for name, value in settings.items()
        if value is not None
    }


def _of_rest(given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    default, single = _method_settings(given.get("MethodSettings"))
    return {
        "GatewayResponses": {"responses": _sam_responses(given.get("GatewayResponses"))},
        "ApiKeySourceType": {"key_source": _text(given.get("ApiKeySourceType"))},
        "Cors": {"cors": _rest_cors(given.get("Cors"))},
        "MethodSettings": {"throttle": default, "methods": single},
        "Auth/UsagePlan": {"plan": _plan(_mapping(given.get("Auth")).get("UsagePlan"))},
        "EndpointConfiguration": {"edge": _edge(given.get("EndpointConfiguration"))},
    }


def _of_http(given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    single = {
        key: throttle
        for key, each in _mapping(given.get("RouteSettings")).items()
        if (throttle := _throttling(each)) is not None
    }
    return {
        "CorsConfiguration": {"cors": _http_cors(given.get("CorsConfiguration"), "Allow")},
        "DefaultRouteSettings": {"throttle": _throttling(given.get("DefaultRouteSettings"))},
        "RouteSettings": {"methods": single or None},
    }


def _sam_responses(listed: object) -> dict[str, GatewayResponse] | None:
    found = {}
    for name, each in _mapping(listed).items():
        if isinstance(each, Mapping):
            headers = _mapping(_mapping(each.get("ResponseParameters")).get("Headers"))
            found[str(name)] = _response(each.get("StatusCode"), _fixed(headers), each.get("ResponseTemplates"))
    return found or None


def _response(status: object, headers: Mapping[str, str], templates: object) -> GatewayResponse:
    template = _mapping(templates).get("application/json")
    code = number(status)
    known = int(code) if isinstance(code, float) and 100 <= code <= 599 else None
    return GatewayResponse(known, headers, template if isinstance(template, str) else None)


def _own_headers(given: Mapping[str, Any]) -> dict[str, str]:
    parameters = _mapping(given.get("responseParameters"))
    named = {str(name): value for name, value in parameters.items() if str(name).startswith(_HEADER)}
    return _fixed({name.removeprefix(_HEADER): value for name, value in named.items()})


def _fixed(headers: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers that are a fixed text in quotes; what is taken from the request is not done here."""
    return {name: text for name, value in headers.items() if (text := _quoted(value)) is not None}


def _quoted(value: object) -> str | None:
    inside = isinstance(value, str) and len(value) > 1 and value[0] == value[-1] == "'"
    return value[1:-1] if inside and isinstance(value, str) else None


def _rest_cors(given: object) -> Cors | None:
    """Return what SAM's ``Cors`` adds: OPTIONS methods, and nothing to what the gateway answers by itself."""
    if isinstance(given, str):
        return Cors((_quoted(given) or given,), refusals=False)
    told = _mapping(given)
    origin = _quoted(told.get("AllowOrigin"))
    if origin is None:
        return None
    cors = Cors((origin,), headers=_quoted(told.get("AllowHeaders")) or "", refusals=False)
    methods, credentials = _quoted(told.get("AllowMethods")), told.get("AllowCredentials") is True
    return cors._replace(methods=methods or cors.methods, credentials=credentials)


def _http_cors(given: object, before: str) -> Cors | None:
    """Return the CORS of an HTTP API, whose members begin with ``allow`` or ``Allow``; true allows every page."""
    if given is True:
        return Cors(("*",))
    told = _mapping(given)
    origins = _list(told.get(f"{before}Origins"))
    if not origins:
        return None
    cors = Cors(origins, headers=",".join(_list(told.get(f"{before}Headers"))))
    methods = ",".join(_list(told.get(f"{before}Methods")))
    return cors._replace(
        methods=cors.methods if methods in ("", "*") else methods,
        credentials=told.get(f"{before}Credentials") is True,
    )


def _method_settings(listed: object) -> tuple[Throttle | None, dict[str, Throttle] | None]:
    """Return the throttle of every method, and those of single ones."""
    default, single = None, {}
    for each in listed if isinstance(listed, list) else []:
        throttle, told = _throttling(each), _mapping(each)
        method, path = told.get("HttpMethod"), str(told.get("ResourcePath")).replace("~1", "/")
        if throttle is not None and method == "*" and path in ("/*", "*"):
            default = throttle
        elif throttle is not None:
            single[f"{method} /{path.strip('/')}"] = throttle
    return default, single or None


def _throttling(given: object) -> Throttle | None:
    return throttle_of(given, "ThrottlingRateLimit", "ThrottlingBurstLimit")


def _plan(given: object) -> UsagePlan | None:
    """Return the limits of a plan that SAM makes; its keys are only known once it is deployed."""
    told = _mapping(given)
    if not told or told.get("CreateUsagePlan") == "NONE":
        return None
    return UsagePlan((), throttle_of(told.get("Throttle")), quota_of(told.get("Quota")))


def _edge(given: object) -> bool | None:
    told = given if isinstance(given, str) else _mapping(given).get("Type")
    return told == "EDGE" if isinstance(told, str) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: object) -> dict[str, str] | None:
    known = {str(name): str(each) for name, each in _mapping(value).items() if isinstance(each, (str, int, float))}
    return known or None


def _list(value: object) -> tuple[str, ...]:
    listed: Iterable[object] = [value] if isinstance(value, str) else value if isinstance(value, list) else ()
    return tuple(each for each in listed if isinstance(each, str))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else NOTHING
