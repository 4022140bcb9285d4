"""Evaluate: what a policy says of one request, the way IAM says it (contract section 8.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from .conditions import holds, like
from .document import ACTION

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


class BadPolicy(ValueError):
    """The document is no policy the gateway would understand."""


def evaluate(policy: object, arn: str, conditions: Mapping[str, str] | None = None) -> Evaluation:
    """Judge a request: nothing is allowed but by an Allow, and a Deny beats any Allow.

    Args:
        policy: the document; an object, never text.
        arn: the method ARN asked for.
        conditions: the request's condition keys.

    Raises:
        BadPolicy: the document is malformed.
        UnknownCondition: a condition is not understood.
    """
    allowed: Evaluation | None = None
    for statement in _statements(policy):
        resource = _matching(statement, arn)
        if resource is None or not _action(statement) or not holds(statement.get("Condition", {}), conditions or {}):
            continue
        if statement["Effect"] == "Deny":
            return Evaluation("explicit deny", statement, resource)
        allowed = allowed or Evaluation("allow", statement, resource)
    return allowed or Evaluation("implicit deny")


def _statements(policy: object) -> list[Mapping[str, Any]]:
    if not isinstance(policy, Mapping) or policy.get("Version") not in ("2012-10-17", "2008-10-17"):
        raise BadPolicy("a policy document is an object with Version and Statement")
    statements = policy.get("Statement")
    listed = [statements] if isinstance(statements, Mapping) else statements
    if not isinstance(listed, list) or not listed:
        raise BadPolicy("Statement is missing or empty")
    for statement in listed:
        _demand_form(statement)
    return listed


def _demand_form(statement: object) -> None:
    if not isinstance(statement, Mapping) or statement.get("Effect") not in ("Allow", "Deny"):
        raise BadPolicy("a statement has an Effect, Allow or Deny")
    for name in ("Action", "Resource"):
        if (name in statement) == (f"Not{name}" in statement):
            raise BadPolicy(f"a statement has either {name} or Not{name}")
        if not _listed(statement, name) and not _listed(statement, f"Not{name}"):
            raise BadPolicy(f"{name} is empty, or no text")


def _matching(statement: Mapping[str, Any], arn: str) -> str | None:
    """Return the resource that matches, or None."""
    if "NotResource" in statement:
        excepted = any(like(arn, resource) for resource in _listed(statement, "NotResource"))
        return None if excepted else "NotResource"
    return next((resource for resource in _listed(statement, "Resource") if like(arn, resource)), None)


def _action(statement: Mapping[str, Any]) -> bool:
    if "NotAction" in statement:
        return not any(like(ACTION.lower(), action.lower()) for action in _listed(statement, "NotAction"))
    return any(like(ACTION.lower(), action.lower()) for action in _listed(statement, "Action"))


def _listed(statement: Mapping[str, Any], name: str) -> list[str]:
    value = statement.get(name)
    listed = [value] if isinstance(value, str) else value
    return listed if isinstance(listed, list) and all(isinstance(item, str) for item in listed) else []
