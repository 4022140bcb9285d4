"""Explain one call: what the gateway did with it, and what the handler did where it was asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import unquote

from ...policy.routes import Routes
from ...principal import Principal
from ..call import Call, Step
from ..events import method_arn
from ..handlers import Watched
from ..record import credentials
from ..settings import Settings
from .judgement import policy_node
from .nearest import nearest, needs, taken
from .steps import known, steps
from .tree import Explanation, Node, Outcome

_FAILED = frozenset({"AUTHORIZER_FAILURE", "AUTHORIZER_CONFIGURATION_ERROR"})
_OWN_RESPONSES = ("rest-", "websocket")  # the kinds of API whose gateway responses have names
_DENIED = "denied"  # the code of a simple answer's no


class Origin(NamedTuple):
    """Where an answer comes from: the call it was given to, when by the gateway's clock, and what the handler did then."""

    asked: str
    at: float
    watched: Watched | None


class Seen(NamedTuple):
    """A call, when it ended, what was seen of the handler in it, and where a kept answer comes from."""

    call: Call
    at: float
    watched: Watched | None = None
    origin: Origin | None = None

    @property
    def asked(self) -> str:
        """What was asked for: method and path."""
        facts, request = self.call.facts, self.call.request
        if facts is None:
            return f"{request.method} {unquote(request.path)}"
        return facts.arn.method if facts.arn.connects else f"{facts.arn.method} /{facts.arn.path}"

    @property
    def maker(self) -> Watched | None:
        """What was seen of the handler when it made the answer."""
        return self.watched or (self.origin.watched if self.origin else None)


def explain_call(seen: Seen, settings: Settings, routes: Routes) -> Explanation:
    """Explain a call; no credential of its request stands in it.

    Args:
        seen: the call.
        settings: how the authorizer is attached.
        routes: the API's, for where the handler's own are not known.
    """
    call = seen.call
    nodes = (*_nodes(seen, settings), _result(call, settings), *_nearest(seen, settings, routes))
    explanation = Explanation(seen.asked, settings.payload, call.reply.status, outcome_of(call), _code(seen), nodes)
    return explanation.veiled(_secrets(seen, settings))


def _nodes(seen: Seen, settings: Settings) -> Iterator[Node]:
    for step in seen.call.steps:
        if step.place == "authorizer":
            yield from _asked(seen, step)
        elif step.place == "policy":
            yield _judged(seen.call)
        else:
            more = {"gateway": _arrived(settings), "cache": _made(seen)}.get(step.place, ())
            yield Node(step.place, step.good, step.said, more)


def _arrived(settings: Settings) -> tuple[str, ...]:
    expression = ("validation expression set",) if settings.expression is not None else ()
    return (f"{settings.payload} event", f"identity sources {', '.join(settings.sources) or 'none'}", *expression)


def _made(seen: Seen) -> tuple[str, ...]:
    """Say whose answer was kept."""
    origin, facts = seen.origin, seen.call.facts
    if origin is None or facts is None:
        return ()
    maker = known(origin.watched) if origin.watched else None
    whose = (f"it was made for {maker.id}",) if maker else ()
    return (f"it was given to {origin.asked}, {max(0.0, facts.now - origin.at):.0f} s before", *whose)


def _asked(seen: Seen, step: Step) -> Iterator[Node]:
    watched = seen.watched
    if watched is None:
        yield Node(step.place, step.good, step.said, tuple(_answered(seen.call)))
        return
    yield from steps(watched)
    if not step.good and (watched.record is None or watched.record.outcome == "allowed"):
        yield Node(step.place, False, step.said)  # it came to an answer, and still no answer came of it


def _answered(call: Call) -> Iterator[str]:
    answer = call.asked.answer if call.asked else None
    principal = answer.get("principalId") if isinstance(answer, dict) else None
    if isinstance(principal, str):
        yield f"principal {principal}"


def _judged(call: Call) -> Node:
    judged, facts = call.judged, call.facts
    assert judged is not None  # the gateway notes a policy only when it has judged by it
    assert judged.evaluation is not None
    assert judged.answer.policy is not None
    assert facts is not None
    return policy_node(judged.evaluation, [each.source for each in judged.answer.policy.statements], facts.arn)


def _result(call: Call, settings: Settings) -> Node:
    said = f"{call.reply.status}: {_meant(call, settings)}"
    return Node("result", not call.refusal, said, tuple(_kept(call, settings)))


def _meant(call: Call, settings: Settings) -> str:
    if call.refusal:
        own = settings.kind.startswith(_OWN_RESPONSES)
        return f"gateway response {call.refusal}" if own else HTTPStatus(call.reply.status).phrase
    if settings.kind == "appsync":
        return "resolved, all but the fields that are denied"
    return "let through to the backend" if call.facts is not None else "answered by the gateway itself"


def _kept(call: Call, settings: Settings) -> Iterator[str]:
    if settings.kind == "appsync":
        return  # each answer says itself how long it is good
    if call.kept:
        yield "judged by a kept answer: the function was not called"
    elif call.judged is not None and settings.keeps:
        yield f"the gateway keeps the answer for {', '.join(settings.sources)}, {settings.ttl:g} s"
    elif call.asked is not None:
        yield "the gateway keeps nothing"


def _nearest(seen: Seen, settings: Settings, routes: Routes) -> Iterator[Node]:
    call, maker = seen.call, seen.maker
    if call.facts is None:
        if call.refusal == "MISSING_AUTHENTICATION_TOKEN" and settings.kind != "websocket":
            arn = method_arn(settings.api, call.request.method, call.request.path)
            yield nearest(routes, None, arn.method, arn.path)
        return
    if not (call.refusal or call.judged) or (maker is None and not needs(call.facts.route)):
        return  # nobody was asked, or nobody knows what a grant would be
    principal: Principal | None = known(maker) if maker else None
    node = nearest(maker.routes if maker else routes, principal, call.facts.arn.method, call.facts.arn.path)
    yield taken(node, call.judged.evaluation if call.judged else None)


def outcome_of(call: Call) -> Outcome:
    """Return what a call came to."""
    if not call.refusal:
        return "allowed"
    return "failed" if call.refusal in _FAILED or call.reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR else "refused"


def _code(seen: Seen) -> str:
    call = seen.call
    record = seen.watched.record if seen.watched else None
    if not call.refusal:
        return ""
    if record is not None and record.code:
        return record.code
    if call.refusal == "ACCESS_DENIED" and call.judged is not None:
        return call.judged.evaluation.verdict if call.judged.evaluation else _DENIED
    return call.refusal


def _secrets(seen: Seen, settings: Settings) -> set[str]:
    call = seen.call
    found = set(credentials(call, settings.sources))
    found.update(key for plan in settings.plans or () for key in plan.keys)
    answers = [call.judged.answer.usage_key] if call.judged else []
    maker = known(seen.maker) if seen.maker else None
    found.update(key for key in (*answers, maker.usage_key if maker else None) if key)
    return {*found, *_segments(found)}


def _segments(values: Iterable[str]) -> Iterator[str]:
    """Yield the parts of what may be tokens: of a JWS there are three, and its last alone is as good as a secret."""
    for value in values:
        if value.count(".") in (2, 4):
            yield from value.split(".")
