"""Explain one decision: the handler runs on an event as it would in Lambda, and every step is asked what it did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...authorizer import Authorizer
from ...errors import BadEvent
from ...gateway.answer import Unauthorized
from ...gateway.request import Request, parse
from ...policy.evaluate import Evaluation
from ...principal import Principal
from ..handlers import Watched
from .event import asked, values
from .judgement import judged
from .nearest import nearest, taken
from .steps import known, steps
from .tree import Explanation, Node, Outcome, safe

_RAISING = ("rest-token", "rest-request", "websocket")
_OUTCOMES: dict[int, Outcome] = {200: "allowed", 401: "refused", 403: "refused", 500: "failed"}
_MEANT = {
    200: "let through to the backend",
    401: "Unauthorized; the gateway keeps nothing",
    403: "Forbidden",
    500: "the gateway answers 500 and keeps nothing",
}


def explain(handler: Authorizer, event: object, *, now: float) -> Explanation:
    """Explain what becomes of an event. The handler does all it would do, and fetches keys if it must.

    Args:
        handler: left as it is.
        event: as the gateway sends it.
        now: the time that conditions of the policy are judged by, in seconds since the epoch.
    """
    try:
        request = parse(event)
    except BadEvent as fault:
        bad = (Node("gateway", False, safe(str(fault))), _result(500))
        return Explanation("an event", "", 500, "failed", "BadEvent", bad)
    assert isinstance(event, Mapping)
    missing = [source for source in handler.identity_sources if not values(request, source)]
    gateway = _gateway(handler, request, missing)
    if gateway.good is False:
        missed = (gateway, _result(401), *_nearest(handler, request, None, None))
        refused = Explanation(asked(request), request.kind, 401, "refused", "credential_missing", missed)
        return _shown(refused, handler, request)
    watched = Watched(handler)
    answer, status = _run(watched, event, request)
    evaluation: Evaluation | None = None
    before = [gateway, *steps(watched)]
    if answer is not None:
        evaluation, policy, status = judged(answer, request, now)
        before.append(policy)
    result = _result(status, _kept(handler, answer))
    nodes = (*before, result, *_nearest(handler, request, known(watched), evaluation))
    code = "" if status == 200 else _code(watched, evaluation)
    explanation = Explanation(asked(request), request.kind, status, _OUTCOMES[status], code, nodes)
    return _shown(explanation, handler, request, known(watched))


def _shown(
    explanation: Explanation, handler: Authorizer, request: Request, principal: Principal | None = None
) -> Explanation:
    """Cover credentials: what the identity sources hold, and the key that calls are metered under."""
    places = [each for each in handler.identity_sources if each.startswith(("header.", "querystring."))]
    found = [value for source in {*places, "header.authorization"} for value in values(request, source)]
    found += [request.token or "", (principal.usage_key or "") if principal else ""]
    return explanation.veiled({part for value in found for part in (value, value.rpartition(" ")[2])})


def _gateway(handler: Authorizer, request: Request, missing: list[str]) -> Node:
    kind = f"{request.kind} event"
    if missing and handler.cacheable:
        told = ", ".join(missing)
        return Node("gateway", False, f"{kind}; identity source {told} is missing: the function is not called")
    sources = [source for source in handler.identity_sources if source not in missing]
    said = f"{kind}; identity sources {', '.join(sources) or 'none'}"
    return Node("gateway", True, said, tuple(f"{source} is missing" for source in missing))


def _run(watched: Watched, event: Mapping[str, Any], request: Request) -> tuple[dict[str, Any] | None, int]:
    try:
        return watched(event), 0
    except Unauthorized:
        return (
            None,
            401 if request.kind in _RAISING else 500,
        )  # an HTTP API does not know the word (contract section 16)
    except Exception:  # noqa: BLE001 - whatever it is, the gateway makes it a 500, and the record says what it was
        return None, 500


def _code(watched: Watched, evaluation: Evaluation | None) -> str:
    record = watched.record
    return record.code if record is not None and record.code else evaluation.verdict if evaluation else "denied"


def _kept(handler: Authorizer, answer: object) -> str:
    if answer is None:
        return ""
    if not handler.cacheable:
        return "the gateway must not keep the answer: its TTL must be 0"
    return f"the gateway may keep the answer for {', '.join(handler.identity_sources)}"


def _result(status: int, kept: str = "") -> Node:
    return Node("result", status == 200, f"{status}: {_MEANT[status]}", (kept,) if kept else ())


def _nearest(
    handler: Authorizer, request: Request, principal: Principal | None, evaluation: Evaluation | None
) -> Iterator[Node]:
    if request.kind == "appsync":
        return
    node = nearest(handler.routes, principal, request.arn.method, request.arn.path)
    yield taken(node, evaluation)
