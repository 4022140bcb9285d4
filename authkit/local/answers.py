"""Answers: what a function said, as the gateway understands it, and what of it the backend is told (contract 5)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, NamedTuple

from ..policy.conditions import UnknownCondition
from ..policy.document import LONGEST_RESOURCE
from ..policy.evaluate import BadPolicy, Policy
from .settings import Attached

LARGEST_ON_WEBSOCKETS = 8 * 1024  # bytes


class NotUnderstood(Exception):
    """The answer is none that this kind of API takes; says why."""


class Answer(NamedTuple):
    """An answer the gateway understands, and may keep.

    Args:
        policy: what is evaluated for each request, unless it is a simple answer.
        allowed: a simple answer's yes or no, for whatever route.
        authorizer: what the backend finds in ``requestContext.authorizer``.
        usage_key: the key the call is metered under.
    """

    policy: Policy | None
    allowed: bool
    authorizer: Mapping[str, Any]
    usage_key: str | None = None

    def __repr__(self) -> str:
        # A usage plan's key is a secret, and the context may hold one.
        return f"Answer(policy={self.policy is not None}, allowed={self.allowed})"


def understood(said: object, kind: Attached) -> Answer:
    """Return an answer that the gateway takes.

    Raises:
        NotUnderstood: the gateway would answer 500.
    """
    if not isinstance(said, Mapping):
        raise NotUnderstood("the answer is no object")
    return _simple(said) if kind == "http-simple" else _policy(said, kind)


def _simple(said: Mapping[str, Any]) -> Answer:
    allowed = said.get("isAuthorized")
    if not isinstance(allowed, bool):
        policy = "; it is a policy, and this API expects a simple answer" if "policyDocument" in said else ""
        raise NotUnderstood(f"the answer has no isAuthorized that is true or false{policy}")
    return Answer(None, allowed, {"lambda": _as_is(_context(said))})


def _policy(said: Mapping[str, Any], kind: Attached) -> Answer:
    principal, document = said.get("principalId"), said.get("policyDocument")
    if not isinstance(document, Mapping):
        simple = "; it is a simple answer, and this API expects a policy" if "isAuthorized" in said else ""
        raise NotUnderstood(f"the answer has no policyDocument that is an object{simple}")
    if not isinstance(principal, str) or not principal:
        raise NotUnderstood("the answer has no principalId")
    if kind == "websocket" and len(json.dumps(said)) > LARGEST_ON_WEBSOCKETS:
        raise NotUnderstood("the answer is over 8 KB, the most a WebSocket API takes")
    context = _context(said)
    if kind == "http-v2":
        authorizer: dict[str, Any] = {"lambda": {**_as_is(context), "principalId": principal}}
    else:
        authorizer = {**_as_texts(context), "principalId": principal}
    key = said.get("usageIdentifierKey")
    return Answer(_parsed(document), True, authorizer, key if isinstance(key, str) else None)


def _parsed(document: Mapping[str, Any]) -> Policy:
    try:
        policy = Policy.parse(document)
    except (BadPolicy, UnknownCondition) as fault:
        raise NotUnderstood(str(fault)) from None
    if any(len(resource) > LONGEST_RESOURCE for resource in _resources(document)):
        raise NotUnderstood(f"a resource is over {LONGEST_RESOURCE} characters")
    return policy


def _resources(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the resources of a document that has been parsed before."""
    statements = document["Statement"]
    for statement in [statements] if isinstance(statements, Mapping) else statements:
        listed = statement.get("Resource", statement.get("NotResource"))
        yield from [listed] if isinstance(listed, str) else listed


def _context(said: Mapping[str, Any]) -> Mapping[str, Any]:
    context = said.get("context")
    if context is not None and not isinstance(context, Mapping):
        raise NotUnderstood("the context is no object")
    return context or {}


def _as_is(context: Mapping[str, Any]) -> dict[str, Any]:
    """Return a context as HTTP APIs of payload 2.0 pass it on: any JSON, in its own types."""
    try:
        json.dumps(context, allow_nan=False)
    except (TypeError, ValueError):
        raise NotUnderstood("the context holds something that JSON does not have") from None
    return dict(context)


def _as_texts(context: Mapping[str, Any]) -> dict[str, str | None]:
    return {name: _text(name, value) for name, value in context.items()}


def _text(name: str, value: object) -> str | None:
    """Return a value as the other kinds pass it on: as a text, or null."""
    if isinstance(value, (list, dict)):
        raise NotUnderstood(f"the context holds {'a list' if isinstance(value, list) else 'an object'}, {name!r}")
    if isinstance(value, float) and not isfinite(value):
        raise NotUnderstood(f"{name!r} of the context is a number that JSON does not have")
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (bool, int, float)):
        return json.dumps(value)
    raise NotUnderstood(f"{name!r} of the context is a {type(value).__name__}")
