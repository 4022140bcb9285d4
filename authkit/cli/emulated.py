"""What the arguments of ``authkit emulate`` mean: the API's table, and how the authorizer is attached to it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..errors import ConfigError

if TYPE_CHECKING:
    from ..local.documents import Declared
    from ..local.settings import Settings


def declared_by(arguments: argparse.Namespace, loaded: object) -> Declared:
    """Return the API's table: of a document, of the arguments, or the handler's own.

    Raises:
        ConfigError: there is none, or it has faults.
    """
    from ..authorizer import Authorizer
    from ..local import documents
    from ..policy.route import CONNECT, Route
    from ..policy.routes import Routes

    slash, scheme = arguments.trailing_slash, arguments.scheme
    if arguments.openapi:
        return documents.from_openapi(arguments.openapi, authorizer=scheme, trailing_slash=slash)
    if arguments.sam:
        return documents.from_sam(arguments.sam, resource=arguments.resource, authorizer=scheme, trailing_slash=slash)
    if arguments.route:
        table = [Route(*text.split(maxsplit=1)) for text in arguments.route]
    elif arguments.kind == "websocket":
        table = [Route(CONNECT)]
    elif isinstance(loaded, Authorizer):
        return documents.Declared(loaded.routes)
    else:
        raise ConfigError("the API's routes are not known: give --openapi, --sam, or one --route after the other")
    api: Literal["http", "rest"] = "http" if arguments.kind.startswith("http-") else "rest"
    return documents.Declared(Routes(table, on_conflict="refuse", api=api, trailing_slash=slash))


def settings_of(arguments: argparse.Namespace, loaded: object, declared: Declared) -> Settings:
    """Return how the authorizer is attached; what is not said follows from the handler, where that tells.

    Raises:
        ConfigError: an argument means nothing.
    """
    from ..local.events import DEFAULT, Api
    from ..local.settings import Settings

    is_http = arguments.kind.startswith("http-")
    sources = _sources(arguments, loaded)
    return Settings(
        sources=sources,
        kind=arguments.kind,
        ttl=_ttl(arguments, loaded, sources),
        api=Api(stage=arguments.stage or (DEFAULT if is_http else "dev")),
        expression=arguments.expression,
        usage_keys=_keys(arguments.usage_key),
        variables=dict(_pair(text) for text in arguments.stage_variable),
        domain=arguments.domain,
        edge=arguments.edge,
        source_ip=arguments.source_ip,
        responses=_responses(arguments, declared),
        cors=arguments.cors,
    )


def _sources(arguments: argparse.Namespace, loaded: object) -> tuple[str, ...]:
    from ..local.identity import parse_sources

    if arguments.identity_source:
        return parse_sources([text for text in arguments.identity_source if text], arguments.kind)
    known = getattr(loaded, "identity_sources", None)
    return known if isinstance(known, tuple) else ("header.authorization",)


def _ttl(arguments: argparse.Namespace, loaded: object, sources: tuple[str, ...]) -> float:
    if arguments.ttl is not None:
        if arguments.kind == "websocket" and arguments.ttl:
            raise ConfigError("--ttl: a WebSocket API keeps no answers")
        return float(arguments.ttl)
    kept = arguments.kind != "websocket" and bool(sources) and getattr(loaded, "cacheable", True) is not False
    return 300.0 if kept else 0.0


def _keys(given: list[str] | None) -> tuple[str, ...] | None:
    """Return the usage plan's keys; those of a file are not seen by others on the machine."""
    if given is None:
        return None
    lines = [Path(text[1:]).read_text(encoding="utf-8").split() if text.startswith("@") else [text] for text in given]
    return tuple(key for listed in lines for key in listed)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise ConfigError(f"--stage-variable {text!r}: write NAME=VALUE")
    return name, value


def _responses(arguments: argparse.Namespace, declared: Declared) -> dict[str, Any]:
    from ..local.responses import GatewayResponse

    if arguments.kind.startswith("http-"):
        if arguments.www_authenticate:
            raise ConfigError("--www-authenticate: HTTP APIs have no gateway responses")
        return {}
    responses = dict(declared.responses)
    if arguments.www_authenticate:
        before = responses.get("UNAUTHORIZED", GatewayResponse())
        headers = {**before.headers, "WWW-Authenticate": arguments.www_authenticate}
        responses["UNAUTHORIZED"] = before._replace(headers=headers)
    return responses
