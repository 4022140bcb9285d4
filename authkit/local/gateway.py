"""A gateway for the laptop: a REST API that asks an authorizer, keeps its answers, and judges them as AWS does."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Literal, NamedTuple

from ..gateway.arn import MethodArn
from ..gateway.request import Request
from ..gateway.sources import Header, Query
from ..policy.conditions import UnknownCondition
from ..policy.evaluate import BadPolicy, Evaluation, evaluate
from ..policy.routes import Routes
from .events import Api, method_arn, request_event, token_event
from .http import HttpReply, HttpRequest, json_reply

Handler = Callable[[dict[str, Any], object], Any]
Backend = Callable[[HttpRequest, Mapping[str, str]], HttpReply]

MOST_ANSWERS = 4096  # kept at a time


class Settings(NamedTuple):
    """How the authorizer is attached: what a template says."""

    sources: tuple[str, ...]
    kind: Literal["rest-token", "rest-request"] = "rest-request"
    ttl: float = 300.0  # seconds; 0 keeps nothing
    api: Api = Api()


class Step(NamedTuple):
    """One line of the trace: where, how it went, and what there is to say."""

    place: str
    good: bool
    said: str


class Call(NamedTuple):
    """A request, its reply, and how it came about."""

    request: HttpRequest
    reply: HttpReply
    steps: tuple[Step, ...]


class _Refusal(Exception):
    """The gateway's own reply, instead of the backend's."""

    def __init__(self, status: int, error: str, body: Mapping[str, Any]) -> None:
        super().__init__(error)
        self.reply = json_reply(status, body, x_amzn_ErrorType=error)


class Gateway:
    """Answers requests to the routes of a table.

    Args:
        handler: the authorizer, called with real events.
        routes: the API's routes.
        settings: how the authorizer is attached.
        backend: answers what is let through; by default it says what it saw.
        tell: is handed every `Call`.
        explain: after the handler has run, says in words what it decided and why.
        clock, timer: the wall clock for events and conditions, and the one that results age by.
    """

    def __init__(
        self,
        handler: Handler,
        routes: Routes,
        settings: Settings,
        *,
        backend: Backend | None = None,
        tell: Callable[[Call], None] = lambda _: None,
        explain: Callable[[], str] = lambda: "",
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        from cachetools import TTLCache

        self._handler = handler
        self._routes = routes
        self._settings = settings
        self._backend = backend or echo
        self._tell = tell
        self._explain = explain
        self._clock = clock
        self._kept: TTLCache[tuple[str, ...], Mapping[str, Any]] = TTLCache(MOST_ANSWERS, ttl=settings.ttl, timer=timer)
        self._lock = Lock()

    def respond(self, request: HttpRequest) -> HttpReply:
        """Answer one request."""
        steps: list[Step] = []
        try:
            reply = self._backend(request, self._admitted(request, steps))
            steps.append(Step("backend", reply.status < 500, str(reply.status)))
        except _Refusal as refusal:
            reply = refusal.reply
        self._tell(Call(request, reply, tuple(steps)))
        return reply

    def _admitted(self, request: HttpRequest, steps: list[Step]) -> Mapping[str, str]:
        """Return what the backend sees of the authorizer, or refuse."""
        arn = method_arn(self._settings.api, request.method, request.path)
        route = self._routes.find(arn.method, arn.path)
        if route is None:
            steps.append(Step("gateway", False, "no such route"))
            raise _Refusal(403, "MissingAuthenticationTokenException", {"message": "Missing Authentication Token"})
        event = request_event(self._settings.api, arn, request, route, now=self._clock())
        key = self._cache_key(event, arn, steps)
        steps.append(Step("gateway", True, f"route {route}"))
        answer = self._answer(key, event, arn, steps)
        self._judge(answer, arn, request, steps)
        return _seen_by_backend(answer)

    def _cache_key(self, event: Mapping[str, Any], arn: MethodArn, steps: list[Step]) -> tuple[str, ...]:
        """Return the identity sources' values; where one is missing the function is not called."""
        request = Request(event, kind="rest-request", arn=arn)
        values = tuple(source_value(request, source) for source in self._settings.sources)
        for source, value in zip(self._settings.sources, values, strict=True):
            if not value:
                said = f"identity source {source} is missing; the authorizer is not called"
                steps.append(Step("gateway", False, said))
                raise _Refusal(401, "UnauthorizedException", {"message": "Unauthorized"})
        return values

    def _answer(
        self, key: tuple[str, ...], event: dict[str, Any], arn: MethodArn, steps: list[Step]
    ) -> Mapping[str, Any]:
        keeps = self._settings.ttl > 0 and bool(key)
        with self._lock:
            kept = self._kept.get(key) if keeps else None
        if kept is not None:
            steps.append(Step("cache", True, f"hit: the answer kept for {', '.join(self._settings.sources)}"))
            return kept
        asked = event if self._settings.kind == "rest-request" else token_event(arn, key[0])
        answer: Mapping[str, Any] = self._invoked(asked, steps)
        _demand_understood(answer, steps)
        if keeps:
            with self._lock:
                self._kept[key] = answer
        return answer

    def _invoked(self, event: dict[str, Any], steps: list[Step]) -> Any:
        try:
            answer = self._handler(event, None)
        except Exception as error:  # noqa: BLE001 - whatever the function raises is an outcome
            steps.append(Step("authorizer", False, self._explain() or type(error).__name__))
            # Only the text counts, to the letter; any other exception is a failure of the function.
            if str(error) == "Unauthorized":
                raise _Refusal(401, "UnauthorizedException", {"message": "Unauthorized"}) from None
            raise _Refusal(500, "AuthorizerFailureException", {"message": None}) from None
        said = self._explain()
        steps.append(Step("authorizer", not said.startswith("forbidden"), said or "answered"))
        return answer

    def _judge(self, answer: Mapping[str, Any], arn: MethodArn, request: HttpRequest, steps: list[Step]) -> None:
        try:
            evaluation = evaluate(answer["policyDocument"], str(arn), self._conditions(request, arn))
        except (BadPolicy, UnknownCondition) as fault:
            raise _misconfigured(steps, str(fault)) from None
        steps.append(Step("policy", evaluation.allowed, _said(evaluation, arn)))
        if not evaluation.allowed:
            explicit = " with an explicit deny" if evaluation.verdict == "explicit deny" else ""
            message = {"Message": f"User is not authorized to access this resource{explicit}"}
            raise _Refusal(403, "AccessDeniedException", message)

    def _conditions(self, request: HttpRequest, arn: MethodArn) -> dict[str, str]:
        now = self._clock()
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
        return {
            "aws:CurrentTime": moment,
            "aws:EpochTime": str(int(now)),
            "aws:SecureTransport": "false",
            "aws:SourceIp": request.source_ip,
            "aws:SourceArn": str(arn),
            "aws:UserAgent": request.header("user-agent"),
            **({"aws:Referer": request.header("referer")} if request.header("referer") else {}),
        }


def source_value(request: Request, source: str) -> str:
    """Return an identity source's value in a REQUEST event; of a repeated one the last, as the event's map has it."""
    place, _, name = source.partition(".")
    if place == "header":
        values = Header(name).values(request)
    elif place == "querystring":
        values = Query(name).values(request)
    elif place == "stageVariables":
        return request.stage_variable(name) or ""
    else:
        return request.context(*name.split(".")) or ""
    return values[-1] if values else ""


def echo(request: HttpRequest, authorizer: Mapping[str, str]) -> HttpReply:
    """Answer what a backend would have seen."""
    return json_reply(200, {"method": request.method, "path": request.path, "authorizer": authorizer})


def _seen_by_backend(answer: Mapping[str, Any]) -> dict[str, str]:
    """Return the context as a REST backend gets it: texts, principalId beside them."""
    context = answer.get("context") or {}
    return {"principalId": answer["principalId"], **{name: _text(value) for name, value in context.items()}}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _demand_understood(answer: Any, steps: list[Step]) -> None:
    """Refuse an answer that API Gateway would not understand."""
    if not isinstance(answer, Mapping) or not isinstance(answer.get("policyDocument"), Mapping):
        raise _misconfigured(steps, "the answer has no policyDocument that is an object")
    if not isinstance(answer.get("principalId"), str) or not answer["principalId"]:
        raise _misconfigured(steps, "the answer has no principalId")
    context = answer.get("context") or {}
    if not isinstance(context, Mapping) or any(isinstance(value, (list, dict)) for value in context.values()):
        raise _misconfigured(steps, "the context holds a list or an object")


def _misconfigured(steps: list[Step], why: str) -> _Refusal:
    steps.append(Step("answer", False, why))
    return _Refusal(500, "AuthorizerConfigurationException", {"message": None})


def _said(evaluation: Evaluation, arn: MethodArn) -> str:
    if evaluation.verdict == "implicit deny":
        return "no Allow matches"
    effect = "Allow" if evaluation.allowed else "Deny"
    return f"{effect} {evaluation.resource.removeprefix(arn.stage_prefix)}"
