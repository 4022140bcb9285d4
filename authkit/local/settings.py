"""Settings: how an authorizer is attached to an API, as a template says it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

from ..errors import ConfigError
from ..gateway.sources import is_place
from .events import DEFAULT, NOTHING, Api
from .responses import NO_RESPONSES, GatewayResponse

Attached = Literal["rest-token", "rest-request", "http-v1", "http-v2", "http-simple", "websocket"]
"""What is attached where: a kind of event, and for payload 2.0 whether simple answers are expected."""

Payload = Literal["rest-token", "rest-request", "http-v1", "http-v2", "websocket"]

LONGEST_TTL = 3600
_STAGE = re.compile("[A-Za-z0-9_-]{1,128}")


class Settings(NamedTuple):
    """An API and its authorizer.

    Args:
        sources: identity sources, as ``header.authorization``.
        kind: how the authorizer is attached.
        ttl: seconds that answers are kept; 0 keeps none, and a WebSocket API never does.
        api: the API's stage, region, account and id.
        expression: what the credential of a TOKEN authorizer must match as a whole.
        usage_keys: the keys of the usage plan, where methods require one and ``apiKeySource`` is AUTHORIZER.
        variables: the stage's variables.
        domain: a custom domain, with the API at its root.
        edge: whether a REST API's endpoint is edge-optimized; else it is regional.
        source_ip: an address to take for everybody's.
        responses: a REST or WebSocket API's gateway responses, by their types.
        cors: the origin that may call from a browser.
    """

    sources: tuple[str, ...]
    kind: Attached = "rest-request"
    ttl: float = 300.0
    api: Api = Api()
    expression: str | None = None
    usage_keys: tuple[str, ...] | None = None
    variables: Mapping[str, str] = NOTHING
    domain: str = ""
    edge: bool = False
    source_ip: str = ""
    responses: Mapping[str, GatewayResponse] = NO_RESPONSES
    cors: str = ""

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
        return self.domain or self.api.domain

    @property
    def keeps(self) -> bool:
        """Whether answers are kept."""
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
    if settings.expression is not None and settings.kind != "rest-token":
        faults.append("a validation expression is for TOKEN authorizers")
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
    if settings.usage_keys is not None and not rest:
        faults.append("only REST APIs take a usage plan's key from an authorizer")
    if settings.edge and not rest:
        faults.append("only REST APIs have edge-optimized endpoints")
    if settings.responses and settings.is_http:
        faults.append("HTTP APIs have no gateway responses")
    return faults
