"""A gateway for the laptop: an API that asks an authorizer, keeps its answers, and judges them as AWS does."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, NamedTuple

from ..gateway.arn import MethodArn
from ..policy.route import CONNECT, Route
from ..policy.routes import Routes
from .answers import Answer, NotUnderstood, understood
from .arrival import arrived
from .backend import Backend, echo, message_event, seen_by_backend
from .call import Asked, Call, Step, Visit
from .cors import is_preflight, preflight, with_cors
from .events import Facts, long_id, method_arn, rest_event, short_id, token_event
from .function import TIMEOUT
from .http_events import http_v1_event, http_v2_event, identify, websocket_event
from .identity import values_of
from .message import HttpReply, HttpRequest
from .responses import Refusal
from .settings import Payload, Settings
from .verdict import demand_key, judge
from .websocket import BadHandshake, demand_handshake, opened

__all__ = ["Call", "Gateway", "Handler", "Settings", "Step"]

Handler = Callable[[dict[str, Any], object], Any]

MOST_ANSWERS = 4096  # kept at a time

_EVENTS: dict[Payload, Callable[[Facts], dict[str, Any]]] = {
    "rest-token": rest_event,
    "rest-request": rest_event,
    "http-v1": http_v1_event,
    "http-v2": http_v2_event,
    "websocket": websocket_event,
}


class Admitted(NamedTuple):
    """A request that may pass."""

    event: dict[str, Any]
    answer: Answer


class Gateway:
    """Answers requests to the routes of a table.

    Args:
        handler: the authorizer, called with real events.
        routes: the API's routes.
        settings: how the authorizer is attached.
        is_open: tells the routes that have no authorizer.
        backend: answers what is let through; by default it says what it was told of the caller.
        tell: is handed every `Call`.
        explain: after the handler has run, says in words what it decided and why.
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
        backend: Backend = echo,
        tell: Callable[[Call], None] = lambda _: None,
        explain: Callable[[], str] = lambda: "",
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        from cachetools import TTLCache

        settings.demand_sound()
        self._handler = handler
        self._routes = routes
        self._settings = settings
        self._is_open = is_open
        self._backend = backend
        self._tell = tell
        self._explain = explain
        self._clock, self._timer = clock, timer
        self._expression = re.compile(settings.expression) if settings.expression is not None else None
        self._kept: TTLCache[tuple[str, ...], Answer] = TTLCache(MOST_ANSWERS, ttl=settings.ttl, timer=timer)
        self._lock = Lock()

    def respond(self, request: HttpRequest) -> HttpReply:
        """Answer one request."""
        visit = Visit(request)
        try:
            reply = self._passed(visit)
        except Refusal as refusal:
            reply = self._refused(refusal)
        reply = with_cors(reply, request, self._settings)
        self._tell(Call(request, reply, tuple(visit.steps), visit.asked))
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
        if settings.cors and is_preflight(sent) and (settings.is_http or route is None):
            visit.well("gateway", "preflight; the authorizer is not asked")
            return preflight(sent, settings)
        if route is None:
            visit.badly("gateway", "no such route")
            raise Refusal("MISSING_AUTHENTICATION_TOKEN")
        request = arrived(sent, settings)
        facts = Facts(settings.api, arn, request, route, self._clock(), settings.variables, settings.domain)
        if self._is_open(route):
            visit.well("gateway", f"route {route}, which has no authorizer")
            return self._called(visit, Admitted(_EVENTS[settings.payload](facts), Answer(None, True, {})))
        return self._called(visit, self._admitted(visit, facts))

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
        """Ask the authorizer, or its kept answer, and judge."""
        event = _EVENTS[self._settings.payload](facts)
        key = self._key(visit, facts, event)
        visit.well("gateway", f"route {facts.route}")
        answer = self._answer(visit, key, event, facts.arn)
        judge(visit, answer, facts)
        if self._settings.usage_keys is not None:
            demand_key(visit, answer, self._settings.usage_keys)
        return Admitted(event, answer)

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
        said = self._invoked(visit, token_event(arn, key[0]) if settings.kind == "rest-token" else event)
        try:
            answer = understood(said, settings.kind)
        except NotUnderstood as fault:
            visit.badly("answer", str(fault))
            raise Refusal("AUTHORIZER_CONFIGURATION_ERROR") from None
        if settings.keeps:
            with self._lock:
                self._kept[key] = answer
        return answer

    def _invoked(self, visit: Visit, event: dict[str, Any]) -> Any:
        begun = self._timer()
        try:
            answer = self._handler(event, None)
        except Exception as error:  # noqa: BLE001 - whatever the function raises is an outcome
            visit.asked = Asked(event, error=error)
            # Only the text counts, to the letter; what HTTP APIs make of the word is not documented, so it is an error.
            word = str(error) == "Unauthorized" and not self._settings.is_http
            raised = f"raised {getattr(error, 'kind', type(error).__name__)}"
            visit.badly("authorizer", self._explain() or (f"{raised}, and says Unauthorized" if word else raised))
            raise Refusal("UNAUTHORIZED" if word else "AUTHORIZER_FAILURE") from None
        took = self._timer() - begun
        visit.latency, visit.asked = int(took * 1000), Asked(event, answer)
        if took > TIMEOUT and self._settings.is_http:
            visit.badly("authorizer", f"took {took:.1f} s; an HTTP API waits {TIMEOUT:g} s for it")
            raise Refusal("AUTHORIZER_FAILURE")
        said = self._explain()
        (visit.badly if said.startswith("forbidden") else visit.well)("authorizer", said or "answered")
        return answer

    def _called(self, visit: Visit, admitted: Admitted) -> HttpReply:
        """Call the backend; of a WebSocket API, open the connection to it."""
        event, answer = admitted
        if self._settings.kind == "websocket":
            visit.well("backend", "101")
            return opened(visit.request, lambda text: self._message(event["requestContext"], answer, visit, text))
        key = answer.usage_key if self._settings.usage_keys is not None else None
        seen = seen_by_backend(event, answer.authorizer, visit.request, self._settings.payload, visit.latency, key)
        reply = self._backend(visit.request, seen)
        visit.steps.append(Step("backend", reply.status < 500, str(reply.status)))
        return reply

    def _message(self, connected: Mapping[str, Any], answer: Answer, visit: Visit, text: str) -> str:
        seen = message_event(connected, answer.authorizer, visit.latency, text=text, now=self._clock())
        return self._backend(visit.request, seen).body.decode()
