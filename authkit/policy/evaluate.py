"""Evaluate: what a policy says of one request, the way IAM says it (contract section 8.1).

>>> evaluate(policy, "arn:aws:execute-api:eu-west-1:111122223333:k3p9x7q2wd/prod/GET/orders/1").allowed
True
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from ..errors import BadEvent
from .conditions import Told
from .statement import BadPolicy, Kind, Policy, Statement, UnknownElement

__all__ = ["BadPolicy", "Evaluation", "Policy", "UnknownElement", "Verdict", "evaluate", "judge"]

Verdict = Literal["allow", "explicit deny", "implicit deny"]


class Evaluation(NamedTuple):
    """What was decided, and the statement and resource that decided it."""

    verdict: Verdict
    statement: Mapping[str, Any] | None = None
    resource: str = ""

    @property
    def allowed(self) -> bool:
        """Whether the request may pass."""
        return self.verdict == "allow"


def evaluate(policy: object, arn: str, conditions: Told | None = None) -> Evaluation:
    """Judge a request by an authorizer's policy: nothing is allowed but by an Allow, and a Deny beats any Allow.

    Args:
        policy: the document, an object and never text; or what `Policy.parse` has made of it, to judge many requests.
        arn: the method ARN asked for.
        conditions: the request's condition keys, as ``aws:SourceIp``, in any case. One that is not told is absent.

    Raises:
        BadPolicy: the document is malformed; `UnknownElement`, one of these, where nobody knows what it means.
        UnknownCondition: a condition is not understood.
        BadEvent: ``arn`` is no ARN.
    """
    return judge(policy, arn, conditions, kind="authorizer")


def judge(policy: object, arn: str, conditions: Told | None, *, kind: Kind, principal: str | None = None) -> Evaluation:
    """Judge a request by a policy of either kind; see `evaluate`, and `evaluate_resource_policy`."""
    if not isinstance(arn, str) or not arn.startswith("arn:") or arn.count(":") < 5:
        raise BadEvent("what is asked for is no ARN")
    parsed = policy if isinstance(policy, Policy) else Policy.parse(policy, kind=kind)
    if parsed.kind != kind:
        raise BadPolicy(f"it was parsed for the {parsed.kind}, and is asked as that of the {kind}")
    # All statements are asked, so that neither the verdict nor a fault depends on their order.
    asked = [(each, each.applies(arn, conditions or {}, principal)) for each in parsed.statements]
    applying = [(statement, resource) for statement, resource in asked if resource is not None]
    return (
        _first(applying, "Deny", "explicit deny") or _first(applying, "Allow", "allow") or Evaluation("implicit deny")
    )


def _first(applying: list[tuple[Statement, str]], effect: str, verdict: Verdict) -> Evaluation | None:
    found = ((statement, resource) for statement, resource in applying if statement.effect == effect)
    return next((Evaluation(verdict, statement.source, resource) for statement, resource in found), None)
