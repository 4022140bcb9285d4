"""What the gateway makes of an answer: which statement decides, under which conditions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...gateway.arn import MethodArn
from ...gateway.request import Request
from ...policy.conditions import UnknownCondition
from ...policy.evaluate import BadPolicy, Evaluation, evaluate
from .event import told
from .tree import Node, shortened


def judged(answer: Mapping[str, Any], request: Request, now: float) -> tuple[Evaluation | None, Node, int]:
    """Judge an answer as the gateway does."""
    if "isAuthorized" in answer:
        allowed = answer["isAuthorized"] is True
        fields = tuple(f"denied {field}" for field in answer.get("deniedFields", ()))
        node = Node("policy", allowed, f"isAuthorized {str(allowed).lower()}", fields)
        return None, node, _refused(request) if not allowed else 200
    try:
        evaluation = evaluate(answer["policyDocument"], str(request.arn), told(request, now))
    except (BadPolicy, UnknownCondition) as fault:
        return None, Node("policy", False, f"the policy cannot be judged: {fault}"), 500
    node = policy_node(evaluation, answer["policyDocument"]["Statement"], request.arn)
    return evaluation, node, 200 if evaluation.allowed else 403


def _refused(request: Request) -> int:
    return 401 if request.kind == "appsync" else 403


def policy_node(evaluation: Evaluation, statements: Iterable[Mapping[str, Any]], arn: MethodArn) -> Node:
    """Say which statement decides, and what the policy has in all."""
    resource = evaluation.resource.removeprefix(arn.stage_prefix)
    said = {
        "allow": f"Allow {resource}",
        "explicit deny": f"Deny {resource}",
        "implicit deny": "no Allow matches",
    }[evaluation.verdict]
    more = [line for statement in statements for line in _lines(statement, arn.stage_prefix)]
    return Node("policy", evaluation.allowed, said, shortened(more))


def _lines(statement: Mapping[str, Any], prefix: str) -> Iterator[str]:
    effect = statement["Effect"]
    if "NotResource" in statement:
        effect += " all but"
    for resource in _listed(statement.get("Resource", statement.get("NotResource"))):
        yield f"{effect} {resource.removeprefix(prefix)}"
    for operator, keys in statement.get("Condition", {}).items():
        yield from (f"  under the condition {operator} {key}" for key in keys)


def _listed(value: Any) -> list[Any]:
    return [value] if isinstance(value, str) else list(value or ())
