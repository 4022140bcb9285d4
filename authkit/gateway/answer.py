"""Answers: what the gateway accepts, by kind, checked before it is said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any, Literal

from ..errors import BadAnswer
from .request import Kind

RESERVED = frozenset({"principalId", "integrationLatency", "claims"})
"""Names the gateway puts beside the context's own."""


class Decision:
    """What was decided of one caller, shaped for every kind of answer.

    Args:
        principal_id: who it is.
        policy: what the caller may do on the stage, for the kinds that take a policy.
        allowed: whether this request may pass, for those that take a yes or a no.
        context: what the backend is told.
        usage_key: the API key that the call is metered under.
        denied_fields: the GraphQL fields that are refused, for AppSync.
        keep: whether AppSync may keep the answer; nobody else asks.
    """

    __slots__ = ("allowed", "context", "denied_fields", "keep", "policy", "principal_id", "usage_key")

    def __init__(
        self,
        principal_id: str,
        policy: Mapping[str, Any],
        allowed: bool = True,
        context: Mapping[str, Any] | None = None,
        usage_key: str | None = None,
        denied_fields: tuple[str, ...] = (),
        keep: bool = True,
    ) -> None:
        self.principal_id = principal_id
        self.policy = policy
        self.allowed = allowed
        self.context = context
        self.usage_key = usage_key
        self.denied_fields = denied_fields
        self.keep = keep


Form = Literal["policy", "simple"]
"""What a gateway was told to expect; the event does not say."""


class Unauthorized(Exception):
    """The one exception that the gateway turns into a 401: its text is that word, to the letter."""

    def __init__(self) -> None:
        super().__init__("Unauthorized")


def render(decision: Decision, kind: Kind, form: Form = "policy") -> dict[str, Any]:
    """Return the answer for an event of this kind.

    Raises:
        BadAnswer: the context breaks the gateway's rules; names every fault.
    """
    if kind == "appsync":
        return _for_appsync(decision)
    answer: dict[str, Any] = (
        {"isAuthorized": decision.allowed}
        if form == "simple"
        else {"principalId": decision.principal_id, "policyDocument": decision.policy}
    )
    if decision.context:
        answer["context"] = checked_context(decision.context, kind)
    if decision.usage_key and kind in ("rest-token", "rest-request"):
        answer["usageIdentifierKey"] = decision.usage_key
    return answer


def _for_appsync(decision: Decision) -> dict[str, Any]:
    answer: dict[str, Any] = {"isAuthorized": decision.allowed}
    if decision.context:
        answer["resolverContext"] = checked_context(decision.context, "appsync")
    if decision.denied_fields:
        answer["deniedFields"] = list(decision.denied_fields)
    if not decision.keep:
        answer["ttlOverride"] = 0
    return answer


def checked_context(context: Mapping[str, Any], kind: Kind) -> dict[str, Any]:
    """Return the context as this kind accepts it, without nulls.

    Raises:
        BadAnswer: a name or a value the gateway would answer with 500, or pass on as something else.
    """
    faults = [fault for name, value in context.items() for fault in _faults(name, value, nested=kind == "http-v2")]
    if faults:
        raise BadAnswer("context: " + "; ".join(faults))
    return {name: value for name, value in context.items() if value is not None}


def _faults(name: object, value: object, *, nested: bool) -> list[str]:
    """Name what is wrong, without the value: it may be what should not be logged."""
    if not isinstance(name, str) or not name:
        return ["a name that is empty is no text" if name == "" else f"a name that is {_kind_of(name)} is no text"]
    if name in RESERVED:
        return [f"{name!r} is the gateway's own name"]
    if isinstance(value, float) and not isfinite(value):
        return [f"{name!r} is a number that JSON does not have"]
    if isinstance(value, (str, bool, int, float)) or value is None:
        return []
    if nested and isinstance(value, (list, dict)):
        return [] if _is_json(value) else [f"{name!r} holds something that JSON does not have"]
    return [f"{name!r} is {_kind_of(value)}; this kind of API takes texts, numbers and booleans"]


def _is_json(value: object) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _kind_of(value: object) -> str:
    return {"list": "a list", "dict": "an object"}.get(type(value).__name__, f"a {type(value).__name__}")
