"""Explain one decision: the handler runs on an event as it would in Lambda, and every step is asked what it did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...authorizer import Authorizer
from ...errors import BadEvent
from ...gateway.answer import Unauthorized
from ...gateway.request import Request, parse
from ...policy.evaluate import Evaluation
from ...policy.routes import Routes
from ...principal import Principal
from ..handlers import Watched
from .event import asked, moment, values
from .judgement import judged
from .nearest import nearest
from .tree import Explanation, Node, safe, shortened

_RAISING = ("rest-token", "rest-request", "websocket")
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
        return Explanation("an event", "", 500, "BadEvent", (Node("gateway", False, safe(str(fault))), _result(500)))
    assert isinstance(event, Mapping)
    missing = [source for source in handler.identity_sources if not values(request, source)]
    gateway = _gateway(handler, request, missing)
    if gateway.good is False:
        nodes = (gateway, _result(401), *_nearest(handler, request, None, None))
        return _shown(Explanation(asked(request), request.kind, 401, "credential_missing", nodes), handler, request)
    watched = Watched(handler)
    answer, status = _run(watched, event, request)
    evaluation: Evaluation | None = None
    steps = [gateway, *_steps(watched)]
    if answer is not None:
        evaluation, policy, status = judged(answer, request, now)
        steps.append(policy)
    result = _result(status, _kept(handler, answer))
    nodes = (*steps, result, *_nearest(handler, request, watched.principal, evaluation))
    code = "" if status == 200 else _code(watched, evaluation)
    return _shown(Explanation(asked(request), request.kind, status, code, nodes), handler, request, watched.principal)


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


def _steps(watched: Watched) -> Iterator[Node]:
    """Yield what guards, credential and table did, as far as it came."""
    refusal = _refusal(watched)
    if watched.principal is None and watched.record is not None and watched.record.code == "BadEvent":
        yield Node("wiring", False, refusal)
        return
    if watched.guards < watched.all_guards:
        yield Node("guards", False, f"guard {watched.guards + 1} of {watched.all_guards}: {refusal}")
        return
    yield Node("guards", True, f"{watched.all_guards} passed" if watched.all_guards else "none")
    principal = watched.principal
    if principal is None:
        yield Node("token", False, refusal)
        return
    yield Node("token", True, principal.id, tuple(_known(principal)))
    if watched.record is not None and watched.record.outcome in ("error", "unavailable"):
        yield Node("answer", False, refusal)
    else:
        yield _granted(watched.routes, principal, watched.record.kind if watched.record else "")


def _granted(routes: Routes, principal: Principal, kind: str) -> Node:
    if kind == "appsync":
        denied = routes.denied_fields(principal)
        left = len(routes.fields) - len(denied) if denied is not None else 0
        return Node("routes", denied is not None, f"{left} of {len(routes.fields)} fields granted")
    held = {grant.route for grant in routes.grants(principal)}
    granted = [str(route) for route in routes if route in held]
    return Node("routes", bool(granted), f"{len(granted)} of {len(list(routes))} routes granted", shortened(granted))


def _known(principal: Principal) -> Iterator[str]:
    """Yield what is known of a principal: of claims only the names, for their values are personal data."""
    yield f"scopes {' '.join(sorted(principal.scopes)) or 'none'}"
    if principal.claims:
        yield f"claims {' '.join(sorted(map(str, principal.claims)))}"
    if principal.expires_at is not None:
        yield f"ends {moment(principal.expires_at)}"
    if principal.usage_key:
        yield "metered under an API key"


def _refusal(watched: Watched) -> str:
    record = watched.record
    if record is None:
        return "it told nothing"
    concern = f" ({record.concern})" if record.concern else ""
    return f"{record.outcome}: {record.code}{concern}" + (f": {record.detail}" if record.detail else "")


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
    if node.good and evaluation is not None and evaluation.verdict == "explicit deny":
        taken = "a Deny for a refused route takes this path as well: a value in it equals a literal of the table"
        node = node._replace(good=False, more=(*node.more, taken))
    yield node
