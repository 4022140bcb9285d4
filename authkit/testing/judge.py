"""Judge: what API Gateway makes of an authorizer's answer (contract sections 6 and 8.1)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..errors import BadAnswer
from ..gateway.answer import checked_context
from ..gateway.arn import MethodArn
from ..gateway.request import Kind, kind_of
from ..local.events import Api, method_arn
from ..policy.evaluate import BadPolicy, evaluate

Handler = Callable[[dict[str, Any], Any], Any]

_STAGE = re.compile(r"(arn:[^:*?]+:execute-api:[^:*?]*:[^:*?]*:[^:*?/]+/[^*?/]+)/")


class Decided(NamedTuple):
    """What became of one request.

    Attributes:
        status: 200 where the request goes on to the backend, else what the caller sees: 401, 403 or 500.
        principal: the answer's ``principalId``, if there is one.
        context: the answer's context.
        policy: the answer's policy document, if there is one.
        error: what the handler raised, or why its answer is none: the reason of a 401 or 500.
    """

    status: int
    principal: str | None = None
    context: Mapping[str, Any] = {}
    policy: Mapping[str, Any] | None = None
    error: Exception | None = None


def decision(handler: Handler, event: Mapping[str, Any], conditions: Mapping[str, str] = {}) -> Decided:
    """Return what becomes of a request, when this handler is its authorizer.

    >>> def handler(event, context):
    ...     raise Exception("Unauthorized")
    >>> decision(handler, rest_token("GET", "/orders/1", "t")).status
    401

    Args:
        handler: the Lambda handler. It is given a copy of the event, and its answer goes through JSON, as in Lambda.
        event: of any kind of API but AppSync.
        conditions: the request's condition keys, as ``aws:SourceIp``, if policies have conditions.

    Raises:
        BadEvent: the event is no authorizer's.
        UnknownCondition: a policy has a condition that is not understood.
    """
    kind, arn = kind_of(event), MethodArn.parse(event.get("routeArn", event.get("methodArn")))
    try:
        answer = json.loads(json.dumps(handler(json.loads(json.dumps(event)), None), allow_nan=False))
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is an outcome
        # Only the text counts, to the letter. An HTTP API makes nothing of it.
        unauthorized = str(error) == "Unauthorized" and kind not in ("http-v1", "http-v2")
        return Decided(401 if unauthorized else 500, error=error)
    try:
        return _judged(_understood(answer, kind), arn, conditions)
    except (BadAnswer, BadPolicy) as fault:
        return Decided(500, error=fault)


def allows(
    answer: Mapping[str, Any],
    method: str,
    path: str = "/",
    *,
    event: Mapping[str, Any] | None = None,
    conditions: Mapping[str, str] = {},
) -> bool:
    """Tell whether an answer lets a request pass: this one, or another one later, for which the gateway has kept it.

    >>> policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "execute-api:Invoke",
    ...     "Resource": ["arn:aws:execute-api:eu-west-1:111122223333:stubapi001/prod/GET/orders/*"]}]}
    >>> answer = {"principalId": "alice", "policyDocument": policy}
    >>> allows(answer, "GET", "/orders/2"), allows(answer, "DELETE", "/orders/2")
    (True, False)

    Args:
        answer: the authorizer's, with a policy or simple. A simple one is for all requests alike.
        method: the request's method, or ``$connect``.
        path: the request's path, as sent, without the stage.
        event: an event of the API and stage in question; None: those that the policy itself names.
        conditions: the request's condition keys, as ``aws:SourceIp``, if the policy has conditions.

    Raises:
        ValueError: it is no answer (`BadPolicy` is one of these), or without an event it is not clear what stage it is
            for.
        UnknownCondition: a condition is not understood.
    """
    if not isinstance(answer, Mapping) or ("policyDocument" in answer) == ("isAuthorized" in answer):
        raise ValueError("an authorizer's answer has either a policyDocument or isAuthorized")
    if "isAuthorized" in answer:
        return _yes_or_no(answer)
    policy = answer["policyDocument"]
    stage = _stage_of(policy) if event is None else MethodArn.parse(event.get("routeArn", event.get("methodArn")))
    api = Api(stage.stage, stage.partition, stage.region, stage.account, stage.api)
    return evaluate(policy, str(method_arn(api, method, path)), conditions).allowed


def _stage_of(policy: object) -> MethodArn:
    """Return an ARN of the one stage that a policy names."""
    found = {match[1] for resource in _resources(policy) if (match := _STAGE.match(resource))}
    if len(found) != 1:
        why = "several stages" if found else "no stage"
        raise ValueError(f"the policy names {why}; say with event= which one is meant")
    return MethodArn.parse(f"{found.pop()}/GET/")


def _resources(policy: object) -> list[str]:
    statements = policy.get("Statement") if isinstance(policy, Mapping) else None
    listed = [statements] if isinstance(statements, Mapping) else statements
    if not isinstance(listed, list) or not all(isinstance(each, Mapping) for each in listed):
        raise BadPolicy("a policy document is an object with Version and Statement")
    named = [each.get(name) for each in listed for name in ("Resource", "NotResource")]
    several = [[each] if isinstance(each, str) else each for each in named]
    return [each for listed in several if isinstance(listed, list) for each in listed if isinstance(each, str)]


def _understood(answer: object, kind: Kind) -> dict[str, Any]:
    """Return an answer that the gateway would understand (contract section 5).

    Raises:
        BadAnswer: it would not, and the caller would see 500.
    """
    if not isinstance(answer, dict):
        raise BadAnswer("the answer is no object")
    if kind == "http-v2" and "isAuthorized" in answer and "policyDocument" not in answer:
        if not isinstance(answer["isAuthorized"], bool):
            raise BadAnswer("isAuthorized is no boolean")
    elif not isinstance(answer.get("policyDocument"), dict):
        raise BadAnswer("the answer has no policyDocument that is an object")
    elif not isinstance(answer.get("principalId"), str) or not answer["principalId"]:
        raise BadAnswer("the answer has no principalId")
    context = answer.get("context") or {}
    if not isinstance(context, dict):
        raise BadAnswer("the context is no object")
    checked_context(context, kind)
    return answer


def _judged(answer: Mapping[str, Any], arn: MethodArn, conditions: Mapping[str, str]) -> Decided:
    policy = answer.get("policyDocument")
    allowed = _yes_or_no(answer) if policy is None else evaluate(policy, str(arn), conditions).allowed
    return Decided(200 if allowed else 403, answer.get("principalId"), answer.get("context") or {}, policy)


def _yes_or_no(answer: Mapping[str, Any]) -> bool:
    return answer["isAuthorized"] is True  # no text and no number is (contract section 5.2)
