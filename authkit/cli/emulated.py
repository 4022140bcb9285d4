"""What the arguments of ``authkit emulate`` mean: the API's table, and how the authorizer is attached to it.

An argument goes before what a document says, and that before what follows from the handler or is usual.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from ..errors import ConfigError
from .emulated_keys import plans_of, throttle

if TYPE_CHECKING:
    from ..local.documents import Declared
    from ..local.plans import Throttle
    from ..local.settings import Cors, Settings
    from ..local.stated import Stated
    from ..policy.route import Route

_HANDLER, _USUAL = "the handler", "by default"


class Origin(NamedTuple):
    """A setting, as it is told: its name, its value and where that came from."""

    name: str
    value: str
    where: str


class Chosen(NamedTuple):
    """The settings, and where each came from."""

    settings: Settings
    origins: tuple[Origin, ...]
    needs_key: Callable[[Route], bool]


def declared_by(arguments: argparse.Namespace, loaded: object) -> Declared:
    """Return the API's table, and what else a document says of it: of a file, of the arguments, or the handler's own.

    Raises:
        ConfigError: there is none, or it has faults.
    """
    from ..authorizer import Authorizer
    from ..local import documents
    from ..policy.route import CONNECT, Route
    from ..policy.routes import Routes

    slash, scheme, kind = arguments.trailing_slash, arguments.scheme, arguments.kind or "rest-request"
    if kind == "appsync":
        if arguments.openapi or arguments.sam or arguments.route:
            raise ConfigError("--kind appsync: it has no routes; give --schema, or nothing")
        return documents.Declared(Routes([Route("POST", "/graphql")]))
    if arguments.openapi:
        return documents.from_openapi(arguments.openapi, authorizer=scheme, trailing_slash=slash)
    if arguments.sam:
        return documents.from_sam(arguments.sam, resource=arguments.resource, authorizer=scheme, trailing_slash=slash)
    if arguments.route:
        table = [Route(*text.split(maxsplit=1)) for text in arguments.route]
    elif kind == "websocket":
        table = [Route(CONNECT)]
    elif isinstance(loaded, Authorizer):
        return documents.Declared(loaded.routes)
    else:
        raise ConfigError("the API's routes are not known: give --openapi, --sam, or one --route after the other")
    api: Literal["http", "rest"] = "http" if kind.startswith("http-") else "rest"
    return documents.Declared(Routes(table, on_conflict="refuse", api=api, trailing_slash=slash))


def settings_of(arguments: argparse.Namespace, loaded: object, declared: Declared) -> Chosen:
    """Return how the authorizer is attached, and where each setting came from.

    Raises:
        ConfigError: an argument means nothing.
    """
    from ..credentials.presets.ids import partition
    from ..local.events import DEFAULT, Api
    from ..local.settings import Settings

    of = _Choice(declared.stated)
    kind = of.pick("kind", arguments.kind, "--kind", usual="rest-request")
    if arguments.iam and kind == "rest-token":
        kind = "rest-request"  # how an authorizer was attached; a signature is in the whole request
    http, rest = kind.startswith("http-"), kind.startswith("rest-")
    sources, ttl = _caching(of, arguments, loaded, kind)
    expressive = kind in ("rest-token", "appsync") or arguments.expression is not None
    keyed = plans_of(of, arguments, declared, kind)
    settings = Settings(
        sources=sources,
        kind=kind,
        ttl=ttl,
        api=Api(
            stage=of.pick("stage", arguments.stage, "--stage", usual=DEFAULT if http else "dev"),
            region=arguments.region,
            partition=partition(arguments.region)[0],
        ),
        expression=of.pick("expression", arguments.expression, "--expression") if expressive else None,
        plans=keyed.plans,
        key_source=keyed.source,
        throttle=of.pick("throttle", throttle(arguments, "throttle"), "--throttle", shown=_rate),
        methods={} if arguments.throttle else of.pick("methods", None, "", usual={}, shown=", ".join),
        variables={
            **of.pick("variables", None, "", usual={}, shown=", ".join),
            **dict(map(_pair, arguments.stage_variable)),
        },
        domain=arguments.domain,
        edge=bool(of.pick("edge", arguments.edge or None, "--edge")) if rest else arguments.edge,
        source_ip=arguments.source_ip,
        responses=_responses(of, arguments, kind),
        cors=_cors(of, arguments),
    )
    return Chosen(settings, tuple(of.origins), keyed.needed)


def _caching(of: _Choice, arguments: argparse.Namespace, loaded: object, kind: Any) -> tuple[tuple[str, ...], float]:
    """Return what answers are kept by, and how long. Under IAM there are none."""
    if arguments.iam:
        of.pick("authorizer", f"none: IAM, with the access keys of {arguments.iam}", "--iam")
        return (), 0.0
    sources = _sources(of, arguments, loaded, kind)
    return sources, _ttl(of, arguments, loaded, kind, sources)


class _Choice:
    """Chooses between an argument, a document's statement and what is usual, and writes down which it was."""

    def __init__(self, stated: Mapping[str, Stated]) -> None:
        self._stated = stated
        self.origins: list[Origin] = []

    def pick(
        self, name: str, given: Any, by: str, *, usual: Any = None, why: str = _USUAL, shown: Callable[[Any], str] = str
    ) -> Any:
        """Return a setting.

        Args:
            name: the setting's.
            given: the argument's value; None where there is none.
            by: the argument's name.
            usual: the value where nothing is said.
            why: where that is from.
            shown: says a value in words.
        """
        value, where = self._found(name, given, by, usual, why)
        if value is not None and value != {}:
            told = {"sources": "identity sources"}.get(name, name.replace("_", " "))
            self.origins.append(Origin(told, shown(value), where))
        return value

    def says(self, name: str) -> bool:
        """Tell whether the document says something of a setting."""
        return name in self._stated

    def _found(self, name: str, given: Any, by: str, usual: Any, why: str) -> tuple[Any, str]:
        from ..local.lint.settings import Unknown

        stated = self._stated.get(name)
        if given is not None:
            return given, by
        if stated is None:
            return usual, why
        if isinstance(stated.value, Unknown):
            return usual, f"{why}: {stated.place} is worked out when it is deployed"
        return stated.value, stated.place


def _sources(of: _Choice, arguments: argparse.Namespace, loaded: object, kind: Any) -> tuple[str, ...]:
    from ..local.identity import parse_sources
    from ..local.settings import APPSYNC_SOURCES

    if kind == "appsync" and not arguments.identity_source:
        return tuple(of.pick("sources", APPSYNC_SOURCES, "AppSync has no other", shown=_listed))
    given = [text for text in arguments.identity_source or () if text]
    known, optional = getattr(loaded, "identity_sources", None), getattr(loaded, "optional_sources", ())
    usual, why = ("header.authorization",), _USUAL
    if isinstance(known, tuple):
        # The gateway demands each one it is told of, and a good request may lack these.
        usual = tuple(source for source in known if source not in optional)
        why = f"{_HANDLER}, which may do without {_listed(optional)}" if optional else _HANDLER
    asked = None if arguments.identity_source is None else tuple(given)
    return parse_sources(of.pick("sources", asked, "--identity-source", usual=usual, why=why, shown=_listed), kind)


def _rate(throttle: Throttle | None) -> str:
    return "none" if throttle is None else f"{throttle.rate:g} a second, {throttle.burst} at once"


def _listed(texts: tuple[str, ...]) -> str:
    return ", ".join(texts) or "none"


def _ttl(of: _Choice, arguments: argparse.Namespace, loaded: object, kind: str, sources: tuple[str, ...]) -> float:
    if kind == "websocket":
        if arguments.ttl:
            raise ConfigError("--ttl: a WebSocket API keeps no answers")
        return 0.0
    usual, why = 300.0, _USUAL
    if kind == "appsync":
        usual = 0.0
    elif not sources:
        usual, why = 0.0, "there is no identity source to keep them by"
    elif of.says("sources"):
        why = "by default: the document states none"  # the gateway's own, whatever the handler says
    elif getattr(loaded, "cacheable", True) is False:
        usual, why = 0.0, _HANDLER
    return float(of.pick("ttl", arguments.ttl, "--ttl", usual=usual, why=why, shown=lambda ttl: f"{ttl:g} s"))


def _responses(of: _Choice, arguments: argparse.Namespace, kind: str) -> dict[str, Any]:
    from ..local.responses import GatewayResponse

    if kind.startswith("http-") or kind == "appsync":
        if arguments.www_authenticate:
            raise ConfigError("--www-authenticate: HTTP APIs and AppSync have no gateway responses")
        return {}
    responses = dict(of.pick("responses", None, "", usual={}, shown=", ".join))
    if arguments.www_authenticate:
        before = responses.get("UNAUTHORIZED", GatewayResponse())
        headers = {**before.headers, "WWW-Authenticate": arguments.www_authenticate}
        responses["UNAUTHORIZED"] = before._replace(headers=headers)
    return responses


def _cors(of: _Choice, arguments: argparse.Namespace) -> Cors | None:
    from ..local.settings import Cors

    given = Cors((arguments.cors,)) if arguments.cors else None
    found: Cors | None = of.pick("cors", given, "--cors", shown=lambda cors: _listed(cors.origins))
    return found


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise ConfigError(f"--stage-variable {text!r}: write NAME=VALUE")
    return name, value
