"""Settings: how an authorizer is attached to an API, as a template says it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

from ..credentials.presets.ids import is_region
from ..errors import ConfigError
from ..gateway.sources import is_place
from .events import DEFAULT, NOTHING, Api
from .plans import NO_METHODS, KeySource, Throttle, UsagePlan, plan_faults, throttle_faults
from .responses import NO_RESPONSES, GatewayResponse

Attached = Literal["rest-token", "rest-request", "http-v1", "http-v2", "http-simple", "websocket", "appsync"]
"""What is attached where: a kind of event, and for payload 2.0 whether simple answers are expected."""

Payload = Literal["rest-token", "rest-request", "http-v1", "http-v2", "websocket", "appsync"]

APPSYNC_SOURCES = ("header.authorization",)
"""The only thing that AppSync takes a credential from, and that it keeps answers by."""

LONGEST_TTL = 3600
_STAGE = re.compile("[A-Za-z0-9_-]{1,128}")


class Cors(NamedTuple):
    """What browsers are told.

    Args:
        origins: those that may call; ``*`` is each of them. A REST API has one, in a fixed header.
        methods, headers: what they may use; with no headers, whatever they ask for.
        credentials: whether cookies and the like may be sent.
        refusals: whether a REST API's own refusals have the header too, as by gateway responses.
    """

    origins: tuple[str, ...]
    methods: str = "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT"
    headers: str = ""
    credentials: bool = False
    refusals: bool = True


class Settings(NamedTuple):
    """An API and its authorizer.

    Args:
        sources: identity sources, as ``header.authorization``.
        kind: how the authorizer is attached.
        ttl: seconds that answers are kept; 0 keeps none, and a WebSocket API never does.
        api: the API's stage, region, account and id.
        expression: what the credential of a TOKEN authorizer, or of AppSync's, must match as a whole.
        plans: the usage plans, where methods require a key; with none of them every key is wrong.
        key_source: where a REST API takes that key from.
        throttle: of each route of the stage.
        methods: of single routes instead, by names as ``GET /orders/{id}``.
        variables: the stage's variables.
        domain: a custom domain, with the API at its root.
        edge: whether a REST API's endpoint is edge-optimized; else it is regional.
        source_ip: an address to take for everybody's.
        responses: a REST or WebSocket API's gateway responses, by their types.
        cors: which pages may call from a browser.
    """

    sources: tuple[str, ...]
    kind: Attached = "rest-request"
    ttl: float = 300.0
    api: Api = Api()
    expression: str | None = None
    plans: tuple[UsagePlan, ...] | None = None
    key_source: KeySource = "AUTHORIZER"
    throttle: Throttle | None = None
    methods: Mapping[str, Throttle] = NO_METHODS
    variables: Mapping[str, str] = NOTHING
    domain: str = ""
    edge: bool = False
    source_ip: str = ""
    responses: Mapping[str, GatewayResponse] = NO_RESPONSES
    cors: Cors | None = None

    @property
    def payload(self) -> Payload:
        """The kind of event."""
        return "http-v2" if self.kind == "http-simple" else self.kind

    @property
    def is_http(self) -> bool:
        """Whether it is an HTTP API."""
        return self.kind.startswith("http-")

    @property
    def host(self) -> str:
        """The domain the API is called by."""
        own = self.api.graphql_domain if self.kind == "appsync" else self.api.domain
        return self.domain or own

    @property
    def keeps(self) -> bool:
        """Whether answers are kept; of AppSync each can say so itself."""
        return self.ttl > 0 and bool(self.sources) and self.kind != "websocket"

    def demand_sound(self) -> None:
        """Refuse what no API could be set to.

        Raises:
            ConfigError: names every fault.
        """
        faults = [*_attachment_faults(self), *_api_faults(self)]
        if faults:
            raise ConfigError.of("Settings", faults)

    def __repr__(self) -> str:
        # Keys of a usage plan are secrets.
        return f"Settings(kind={self.kind!r}, sources={self.sources!r}, ttl={self.ttl!r}, stage={self.api.stage!r})"


def _attachment_faults(settings: Settings) -> list[str]:
    faults = [f"{source!r} is no identity source" for source in settings.sources if not is_place(source)]
    if settings.kind not in get_args(Attached):
        faults.append(f"kind is one of {', '.join(get_args(Attached))}, not {settings.kind!r}")
    if not 0 <= settings.ttl <= LONGEST_TTL:
        faults.append(f"the TTL is 0 to {LONGEST_TTL} seconds, not {settings.ttl:g}")
    one_header = len(settings.sources) == 1 and settings.sources[0].startswith("header.")
    if settings.kind == "rest-token" and not one_header:
        faults.append("a TOKEN authorizer has one identity source, and it is a header")
    if settings.kind != "websocket" and settings.ttl > 0 and not settings.sources:
        faults.append("answers cannot be kept without an identity source: name one, or set the TTL to 0")
    if settings.expression is not None and settings.kind not in ("rest-token", "appsync"):
        faults.append("a validation expression is for TOKEN authorizers, and for AppSync's")
    if settings.kind == "appsync" and settings.sources != APPSYNC_SOURCES:
        faults.append("AppSync has one identity source, header.authorization")
    try:
        re.compile(settings.expression or "")
    except re.error as fault:
        faults.append(f"the validation expression is no regular expression: {fault}")
    return faults


def _api_faults(settings: Settings) -> list[str]:
    faults, rest = [], settings.kind.startswith("rest-")
    stage = settings.api.stage
    if not _STAGE.fullmatch(stage) and not (stage == DEFAULT and settings.is_http):
        faults.append(f"a stage is named by letters, digits, hyphens and underscores, not {stage!r}")
    if not is_region(settings.api.region):
        faults.append(f"a region is named as eu-west-1, not {settings.api.region!r}")
    if settings.edge and not rest:
        faults.append("only REST APIs have edge-optimized endpoints")
    if settings.responses and (settings.is_http or settings.kind == "appsync"):
        faults.append("HTTP APIs and AppSync have no gateway responses")
    if settings.cors is not None and not settings.is_http and len(settings.cors.origins) != 1:
        faults.append("only HTTP APIs allow several origins")
    return [*faults, *_metering_faults(settings)]


def _metering_faults(settings: Settings) -> list[str]:
    faults = plan_faults(settings.plans or ())
    throttles = [*([settings.throttle] if settings.throttle else []), *settings.methods.values()]
    faults += [fault for each in throttles for fault in throttle_faults(each)]
    if settings.plans is not None and (settings.is_http or settings.kind == "appsync"):
        faults.append("only REST and WebSocket APIs have usage plans")
    if settings.plans is not None and settings.kind == "websocket" and settings.key_source != "HEADER":
        faults.append("a WebSocket API takes a plan's key from the header alone")
    if settings.key_source not in get_args(KeySource):
        faults.append(f"the source of keys is {' or '.join(get_args(KeySource))}, not {settings.key_source!r}")
    if throttles and settings.kind == "appsync":
        faults.append("AppSync has no stages to throttle")
    return faults
