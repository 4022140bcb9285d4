"""AppSync for the laptop: a GraphQL endpoint that asks an authorizer, and resolvers that say what they see.

No data source is behind it: what a field at the top resolves to is, by default, what its resolver would be handed. Fields
that the answer denies are null, with an error each; below the top that takes a schema, because only it tells their types.
Subscriptions are answered like queries: there is no real-time endpoint.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from typing import Any, NamedTuple

from .answers import NotUnderstood
from .appsync_answers import Authorization, understood
from .appsync_denied import errors_of, make_null
from .appsync_events import Question, appsync_event, resolver_context
from .arrival import arrived
from .call import Call, Step, Visit
from .events import long_id
from .graphql.asked import AskedField, asked
from .graphql.lexer import NotGraphQL
from .graphql.query import parse
from .graphql.schema import NO_SCHEMA, Schema
from .http_events import joined
from .invocation import Handler, Invocation
from .message import HttpReply, HttpRequest
from .responses import Refusal
from .settings import Settings

Resolve = Callable[[AskedField, Mapping[str, Any]], Any]
"""Resolves a field at the top, given what its resolver sees."""

PATH = "/graphql"
MOST_ANSWERS = 4096  # kept at a time

# Fixed texts: callers have been seen to get these (aws/aws-appsync-community issue 372; aws-amplify/amplify-js 4373).
_UNAUTHORIZED = "You are not authorized to make this call."
_NO_TOKEN = "Valid authorization header not provided."  # noqa: S105 - no password


class _Fault(NamedTuple):
    """How the endpoint answers instead of resolving anything."""

    status: int
    kind: str
    message: str


class _Refused(Exception):
    def __init__(self, fault: _Fault) -> None:
        super().__init__(fault.kind)
        self.fault = fault


class AppSync:
    """Answers GraphQL requests.

    Args:
        handler: the authorizer, called with real events.
        settings: how it is attached, of the kind ``appsync``.
        schema: the API's.
        resolve: resolves a field at the top; by default to what its resolver sees.
        tell: is handed every `Call`.
        explain: after the handler has run, says in words what it decided and why.
        timer: the clock that kept answers age by.

    Raises:
        ConfigError: no API could be set so.
    """

    def __init__(
        self,
        handler: Handler,
        settings: Settings,
        *,
        schema: Schema = NO_SCHEMA,
        resolve: Resolve = lambda _, seen: dict(seen),
        tell: Callable[[Call], None] = lambda _: None,
        explain: Callable[[], str] = lambda: "",
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        from cachetools import TLRUCache

        settings.demand_sound()
        self._settings = settings
        self._schema = schema
        self._resolve = resolve
        self._tell = tell
        self._invoke = Invocation(handler, word=False, waits=True, explain=explain, timer=timer)
        self._expression = re.compile(settings.expression) if settings.expression is not None else None
        # An answer's own time overrules the API's (contract section 5.2).
        self._kept: TLRUCache[str, Authorization] = TLRUCache(
            MOST_ANSWERS, ttu=lambda _, answer, now: now + self._life(answer), timer=timer
        )
        self._lock = Lock()

    def respond(self, request: HttpRequest) -> HttpReply:
        """Answer one request."""
        visit = Visit(request)
        try:
            reply = self._answered(visit)
        except _Refused as refused:
            reply = _error(refused.fault)
        self._tell(visit.call(reply))
        return reply

    def _answered(self, visit: Visit) -> HttpReply:
        request = arrived(visit.request, self._settings)
        token = self._token(visit, request)
        question = self._question(visit, request)
        answer = self._answer(visit, token, question, request)
        if not answer.allowed:
            visit.badly("answer", "isAuthorized is false")
            raise self._refused(visit, "UNAUTHORIZED", _Fault(401, "UnauthorizedException", _UNAUTHORIZED))
        visit.well("answer", _granted(answer))
        if answer.idle:
            visit.badly("answer", f"deniedFields names {', '.join(answer.idle)}, which denies nothing of this API")
        return self._resolved(visit, self._fields(visit, question), question, request, answer)

    def _token(self, visit: Visit, request: HttpRequest) -> str:
        """Return the credential; where it cannot be one, the function is not called."""
        if (request.method, request.path) != ("POST", PATH):
            visit.badly("gateway", f"it is called by POST {PATH}")
            raise self._refused(visit, "BAD_REQUEST", _Fault(404, "UnknownOperationException", "Unknown Operation"))
        token = request.header("authorization")
        if not token:
            visit.badly("gateway", "the Authorization header is missing; the authorizer is not called")
            raise self._refused(visit, "UNAUTHORIZED", _Fault(401, "UnauthorizedException", _NO_TOKEN))
        if self._expression is not None and not self._expression.fullmatch(token):
            visit.badly("gateway", "the validation expression does not match; the authorizer is not called")
            raise self._refused(visit, "UNAUTHORIZED", _Fault(401, "UnauthorizedException", _UNAUTHORIZED))
        return token

    def _question(self, visit: Visit, request: HttpRequest) -> Question:
        try:
            said = json.loads(request.body)
            question = Question(said["query"], said.get("operationName"), said.get("variables"))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            question = Question()
        fitting = isinstance(question.query, str) and isinstance(question.operation, (str, type(None)))
        if not fitting or not isinstance(question.variables, (dict, type(None))):
            visit.badly("gateway", "the body is no JSON with a query, its variables and operationName")
            raise self._malformed(visit, "Request body is not a GraphQL request.")
        return question

    def _answer(self, visit: Visit, token: str, question: Question, request: HttpRequest) -> Authorization:
        with self._lock:
            kept = self._kept.get(token)
        if kept is not None:
            visit.well("cache", "hit: the answer kept for the Authorization header, whatever it was asked about")
            return kept
        # What callers see of a function that fails is not documented; that nobody gets past it is sure.
        fault = _Fault(401, "UnauthorizedException", _UNAUTHORIZED)
        try:
            said = self._invoke(visit, appsync_event(self._settings.api, token, question, request.headers))
            answer = understood(said, self._settings.api)
        except Refusal as refusal:
            raise self._refused(visit, refusal.of, fault) from None
        except NotUnderstood as wrong:
            visit.badly("answer", str(wrong))
            raise self._refused(visit, "AUTHORIZER_CONFIGURATION_ERROR", fault) from None
        if self._life(answer) > 0:
            with self._lock:
                self._kept[token] = answer
        return answer

    def _life(self, answer: Authorization) -> float:
        return self._settings.ttl if answer.ttl is None else answer.ttl

    def _fields(self, visit: Visit, question: Question) -> list[AskedField]:
        try:
            document = parse(question.query or "")
            operation = document.operation(question.operation)
            return asked(document, operation, question.variables or {}, self._schema)
        except NotGraphQL as fault:
            visit.badly("gateway", f"the query is no GraphQL: {fault}")
            raise self._malformed(visit, "Unable to parse GraphQL query.") from None

    def _resolved(
        self,
        visit: Visit,
        fields: list[AskedField],
        question: Question,
        request: HttpRequest,
        answer: Authorization,
    ) -> HttpReply:
        """Resolve what is not denied, and make null what is."""
        headers = {name: value for name, value in joined(_lower(request)).items() if name != "authorization"}
        data: dict[str, Any] = {}
        for field in fields:
            if (field.parent, field.name) not in answer.denied:
                seen = resolver_context(field, question.variables or {}, headers, answer.context)
                value = self._resolve(field, seen)
                make_null(value, field.within, answer.denied)
                data[field.alias] = value
            else:
                data[field.alias] = None
        errors = list(errors_of(fields, answer.denied))
        for error in errors:
            visit.badly("resolvers", error["message"])
        visit.steps.append(Step("resolvers", True, f"{sum(value is not None for value in data.values())} called"))
        return _json(200, {"data": data, **({"errors": errors} if errors else {})})

    def _malformed(self, visit: Visit, message: str) -> _Refused:
        return self._refused(visit, "BAD_REQUEST", _Fault(400, "MalformedHttpRequestException", message))

    def _refused(self, visit: Visit, kind: str, fault: _Fault) -> _Refused:
        visit.refusal = kind
        return _Refused(fault)


def _granted(answer: Authorization) -> str:
    denied = f", {len(answer.denied)} fields denied" if answer.denied else ""
    return f"isAuthorized is true{denied}"


def _lower(request: HttpRequest) -> Iterator[tuple[str, str]]:
    return ((name.lower(), value) for name, value in request.headers)


def _error(fault: _Fault) -> HttpReply:
    errors = [{"errorType": fault.kind, "message": fault.message}]
    return _json(fault.status, {"errors": errors}, ("x-amzn-ErrorType", fault.kind))


def _json(status: int, value: Any, *headers: tuple[str, str]) -> HttpReply:
    named = (("content-type", "application/json;charset=UTF-8"), ("x-amzn-RequestId", long_id()), *headers)
    return HttpReply(status, json.dumps(value).encode(), named)
