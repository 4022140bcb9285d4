"""Verdict: what becomes of an understood answer for one request (contract sections 6, 8 and 9)."""

from __future__ import annotations

import time

from ..gateway.arn import MethodArn
from ..policy.conditions import UnknownCondition
from ..policy.evaluate import BadPolicy, Evaluation, evaluate
from .answers import Answer
from .call import Judged, Visit
from .events import Facts
from .responses import Refusal

LONGEST_ARN = 1600  # bytes (contract section 2)

_EXPLICIT = " with an explicit deny in an identity-based policy"


def judge(visit: Visit, answer: Answer, facts: Facts) -> None:
    """Let a request pass, or refuse. A kept policy is evaluated anew each time, a simple answer is what it is.

    Raises:
        Refusal: the answer does not allow this request, or nobody knows what the gateway makes of it.
    """
    visit.judged = Judged(answer)
    if answer.policy is None:
        _note(visit, "answer", f"isAuthorized is {str(answer.allowed).lower()}", good=answer.allowed)
        if not answer.allowed:
            raise Refusal("ACCESS_DENIED")
        return
    try:
        evaluation = evaluate(answer.policy, str(facts.arn), conditions(facts))
    except (BadPolicy, UnknownCondition) as fault:
        visit.badly("answer", str(fault))
        raise Refusal("AUTHORIZER_CONFIGURATION_ERROR") from None
    visit.judged = Judged(answer, evaluation)
    _note(visit, "policy", _said(evaluation, facts.arn), good=evaluation.allowed)
    if not evaluation.allowed:
        explicit = evaluation.verdict == "explicit deny"
        raise Refusal("ACCESS_DENIED", _EXPLICIT if explicit else "", answer.authorizer)


def conditions(facts: Facts) -> dict[str, str]:
    """Return the condition keys that API Gateway supplies (contract section 8.3); what is empty is absent."""
    request = facts.request
    known = {
        "aws:CurrentTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(facts.now)),
        "aws:EpochTime": str(int(facts.now)),
        "aws:SecureTransport": "true",  # the API it stands for knows no other
        "aws:SourceIp": request.source_ip,
        "aws:SourceArn": str(facts.arn),
        "aws:UserAgent": request.header("user-agent"),
        "aws:Referer": request.header("referer"),
    }
    return {name: value for name, value in known.items() if value}


def _note(visit: Visit, place: str, said: str, *, good: bool) -> None:
    (visit.well if good else visit.badly)(place, said)


def _said(evaluation: Evaluation, arn: MethodArn) -> str:
    if evaluation.verdict == "implicit deny":
        return "no Allow matches"
    effect = "Allow" if evaluation.allowed else "Deny"
    return f"{effect} {evaluation.resource.removeprefix(arn.stage_prefix)}"


def demand_short(visit: Visit, arn: MethodArn) -> None:
    """Refuse a path that makes the ARN of a method with authorization too long; nobody is asked.

    Raises:
        Refusal: it does.
    """
    if len(str(arn).encode()) > LONGEST_ARN:
        visit.badly("gateway", f"the method's ARN is longer than {LONGEST_ARN} bytes; nobody is asked")
        raise Refusal("DEFAULT_4XX")
