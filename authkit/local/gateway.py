"""A gateway for the laptop: an API that asks an authorizer, keeps its answers, and judges them as AWS does."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import ConfigError
from ..gateway.arn import MethodArn
from ..policy.route import CONNECT, METHODS, Route
from ..policy.routes import Routes
from .answers import Answer, NotUnderstood, understood
from .arrival import arrived
from .backend import Backend, echo, message_event, seen_by_backend
from .call import Call, Step, Visit
from .cors import is_preflight, preflight, with_cors
from .events import Facts, long_id, method_arn, rest_event, short_id, token_event
from .http_events import http_v1_event, http_v2_event, identify, websocket_event
from .identity import values_of
from .invocation import Handler, Invocation
from .message import HttpReply, HttpRequest
from .meter import Meter
from .responses import Refusal
from .settings import Payload, Settings
from .verdict import demand_short, judge
from .websocket import BadHandshake, demand_handshake, opened

if TYPE_CHECKING:
    from .iam import Iam

__all__ = ["Call", "Gateway", "Handler", "Settings", "Step"]

MOST_ANSWERS = 4096  # kept at a time

_EVENTS: dict[Payload, Callable[[Facts], dict[str, Any]]] = {
    "rest-token": rest_event,
    "rest-request": rest_event,
    "http-v1": http_v1_event,
    "http-v2": http_v2_event,
    "websocket": websocket_event,
}


class Admitted(NamedTuple):
    """A request that may pass, and the usage plan's key it is metered under, if it is."""

    event: dict[str, Any]
    answer: Answer
    key: str | None = None


class Gateway:
    """Answers requests to the routes of a table.

    Args:
        handler: the authorizer, called with real events.
        routes: the API's routes.
        settings: how the authorizer is attached.
        is_open: tells the routes that have no authorizer.
        needs_key: tells the routes that require a usage plan's key, where there are plans.
        is_default: tells the routes that stand for an HTTP API's ``$default``.
        backend: answers what is let through; by default it says what it was told of the caller.
        tell: is handed every `Call`.
        explain: after the handler has run, says in words what it decided and why.
        iam: puts IAM authorization in the authorizer's place, on all routes that have one.
        clock, timer: the wall clock for events and conditions, and the one that results age by.

    Raises:
        ConfigError: no API could be set so.
    """

    def __init__(
        self,
        handler: Handler,
        routes: Routes,
        settings: Settings,
        *,
        is_open: Callable[[Route], bool] = lambda _: False,
        needs_key: Callable[[Route], bool] = lambda _: True,
        is_default: Callable[[Route], bool] = lambda _: False,
        backend: Backend = echo,
        tell: Callable[[Call], None] = lambda _: None,
        explain: Callable[[], str] = lambda: "",
        iam: Iam | None = None,
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        from cachetools import TTLCache

        settings.demand_sound()
        if settings.kind == "appsync":
            raise ConfigError("Gateway: AppSync has no routes; see authkit.local.appsync")
        self._routes = routes
        self._settings = settings
        self._is_open, self._needs_key, self._is_default = is_open, needs_key, is_default
        self._backend = backend
        self._tell = tell
        self._iam = iam
        self._clock = clock
        http = settings.is_http
        self._invoke = Invocation(handler, word=not http, waits=http, explain=explain, timer=timer)
        self._meter = Meter(settings, clock=clock, timer=timer)
        self._expression = re.compile(settings.expression) if settings.expression is not None else None
        self._kept: TTLCache[tuple[str, ...], Answer] = TTLCache(MOST_ANSWERS, ttl=settings.ttl, timer=timer)
        self._lock = Lock()

    def respond(self, request: HttpRequest) -> HttpReply:
        """Answer one request."""
        visit = Visit(request)
        try:
            reply = self._passed(visit)
        except Refusal as refusal:
            visit.refusal = refusal.of
            reply = self._refused(refusal)
        reply = with_cors(reply, request, self._settings, refused=bool(visit.refusal))
        self._tell(visit.call(reply))
        return reply

    def _refused(self, refusal: Refusal) -> HttpReply:
        if self._settings.is_http:
            return refusal.http(short_id())
        connection = short_id() if self._settings.kind == "websocket" else ""
        return refusal.rest(self._settings.responses, long_id(), connection)

    def _passed(self, visit: Visit) -> HttpReply:
        """Return the backend's reply, or refuse."""
        settings, sent = self._settings, visit.request
        if settings.kind == "websocket":
            self._demand_handshake(visit)
        method, path = (CONNECT, "") if settings.kind == "websocket" else (sent.method, sent.path)
        arn = method_arn(settings.api, method, path)
        route = self._routes.find(arn.method, arn.path)
        mocked = settings.is_http or (self._is_path(arn.path) if route is None else self._is_open(route))
        if settings.cors is not None and mocked and is_preflight(sent):
            visit.well("gateway", "preflight; the authorizer is not asked")
            return preflight(sent, settings.cors, settings)
        if route is None:
            visit.badly("gateway", "no such route")
            raise Refusal("MISSING_AUTHENTICATION_TOKEN")
        self._meter.stage(visit, route)
        facts = self._facts(sent, arn, route)
        visit.facts = facts
        return self._called(visit, self._admitted(visit, facts))

    def _is_path(self, path: str) -> bool:
        """Tell whether any method goes there: a REST API answers the preflights of its own paths, and of no others."""
        return any(self._routes.find(method, path) is not None for method in METHODS)

    def _facts(self, sent: HttpRequest, arn: MethodArn, route: Route) -> Facts:
        settings = self._settings
        return Facts(
            api=settings.api,
            arn=arn,
            request=arrived(sent, settings),
            route=route,
            now=self._clock(),
            variables=settings.variables,
            domain=settings.domain,
            default=self._is_default(route),
        )

    def _demand_handshake(self, visit: Visit) -> None:
        if visit.request.path.strip("/") not in ("", self._settings.api.stage):
            visit.badly("gateway", "no such path: a WebSocket API is called at its root, or at its stage")
            raise Refusal("MISSING_AUTHENTICATION_TOKEN")
        try:
            demand_handshake(visit.request)
        except BadHandshake as fault:
            visit.badly("gateway", "this is no opening handshake of a WebSocket")
            raise Refusal("BAD_REQUEST", status=fault.status) from None

    def _admitted(self, visit: Visit, facts: Facts) -> Admitted:
        """Ask the authorizer, if the route has one, and judge; then meter, as API Gateway does, in this order."""
        settings = self._settings
        event = _EVENTS[settings.payload](facts)
        metered = settings.plans is not None and self._needs_key(facts.route)
        if metered and settings.key_source == "HEADER":
            event["requestContext"]["identity"]["apiKey"] = facts.request.header("x-api-key") or None
        if self._is_open(facts.route):
            visit.well("gateway", f"route {facts.route}, which has no authorizer")
            answer = Answer(None, True, {})
        elif self._iam is not None:
            demand_short(visit, facts.arn)
            from .iam_gate import demand_signed  # most gateways have an authorizer

            answer = demand_signed(self._iam, visit, event, settings)
        else:
            demand_short(visit, facts.arn)
            key = self._key(visit, facts, event)
            visit.well("gateway", f"route {facts.route}")
            answer = self._answer(visit, key, event, facts.arn)
            judge(visit, answer, facts)
        if not metered:
            return Admitted(event, answer)
        return Admitted(event, answer, self._meter.key(visit, facts.route, facts.request, answer.usage_key))

    def _key(self, visit: Visit, facts: Facts, event: dict[str, Any]) -> tuple[str, ...]:
        """Return the identity sources' values; where one is missing the function is not called."""
        settings = self._settings
        context: Mapping[str, Any] = event["requestContext"]
        values = values_of(settings.sources, facts.request, context, settings.variables, joined=settings.is_http)
        for source, value in zip(settings.sources, values, strict=True):
            if not value:
                visit.badly("gateway", f"identity source {source} is missing; the authorizer is not called")
                raise Refusal("UNAUTHORIZED")
        if self._expression is not None and not self._expression.fullmatch(values[0]):
            visit.badly("gateway", "the validation expression does not match; the authorizer is not called")
            raise Refusal("UNAUTHORIZED")
        identify(event, values)
        return values

    def _answer(self, visit: Visit, key: tuple[str, ...], event: dict[str, Any], arn: MethodArn) -> Answer:
        settings = self._settings
        with self._lock:
            kept = self._kept.get(key) if settings.keeps else None
        if kept is not None:
            visit.well("cache", f"hit: the answer kept for {', '.join(settings.sources)}")
            return kept
        said = self._invoke(visit, token_event(arn, key[0]) if settings.kind == "rest-token" else event)
        try:
            answer = understood(said, settings.kind)
        except NotUnderstood as fault:
            visit.badly("answer", str(fault))
            raise Refusal("AUTHORIZER_CONFIGURATION_ERROR") from None
        if settings.keeps:
            with self._lock:
                self._kept[key] = answer
        return answer

    def _called(self, visit: Visit, admitted: Admitted) -> HttpReply:
        """Call the backend; of a WebSocket API, open the connection to it."""
        event, answer, key = admitted
        if self._settings.kind == "websocket":
            visit.well("backend", "101")
            return opened(visit.request, lambda text: self._message(event["requestContext"], answer, visit, text))
        seen = seen_by_backend(event, answer.authorizer, visit.request, self._settings.payload, visit.latency, key)
        reply = self._backend(visit.request, seen)
        visit.steps.append(Step("backend", reply.status < 500, str(reply.status)))
        return reply

    def _message(self, connected: Mapping[str, Any], answer: Answer, visit: Visit, text: str) -> str:
        seen = message_event(connected, answer.authorizer, visit.latency, text=text, now=self._clock())
        return self._backend(visit.request, seen).body.decode()
