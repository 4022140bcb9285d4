"""Answers of AppSync's authorizer, as it understands them (contract sections 5.2 and 5.3)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from math import isfinite
from typing import Any, NamedTuple

from .answers import NotUnderstood
from .events import Api
from .settings import LONGEST_TTL

LARGEST_CONTEXT = 5 * 1024 * 1024  # bytes

_FIELD = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\.([A-Za-z_][A-Za-z0-9_]*)")
_ARN = re.compile(
    r"arn:([^:/]+):appsync:([^:/]*):([^:/]*):apis/([^:/]+)"
    r"/types/([A-Za-z_][A-Za-z0-9_]*)/fields/([A-Za-z_][A-Za-z0-9_]*)"
)


class Authorization(NamedTuple):
    """An answer that AppSync understands, and may keep.

    Attributes:
        allowed: whether the request may pass.
        context: what resolvers see in ``$ctx.identity.resolverContext``.
        denied: type and name of the fields that become null.
        idle: of ``deniedFields`` what denies nothing here: another API's, or no field at all.
        ttl: seconds it may be kept, if it says so itself.
    """

    allowed: bool
    context: Mapping[str, Any]
    denied: frozenset[tuple[str, str]]
    idle: tuple[str, ...] = ()
    ttl: float | None = None

    def __repr__(self) -> str:
        # The context may hold a secret.
        return f"Authorization(allowed={self.allowed}, denied={len(self.denied)}, ttl={self.ttl})"


def understood(said: object, api: Api) -> Authorization:
    """Return an answer that AppSync takes.

    Raises:
        NotUnderstood: it is none.
    """
    if not isinstance(said, Mapping):
        raise NotUnderstood("the answer is no object")
    allowed = said.get("isAuthorized")
    if not isinstance(allowed, bool):
        policy = "; it is a policy, which AppSync does not know" if "policyDocument" in said else ""
        raise NotUnderstood(f"the answer has no isAuthorized that is true or false{policy}")
    denied, idle = _denied(said.get("deniedFields"), api)
    return Authorization(allowed, _context(said.get("resolverContext")), denied, idle, _ttl(said.get("ttlOverride")))


def _context(context: object) -> Mapping[str, Any]:
    if context is None:
        return {}
    if not isinstance(context, Mapping):
        raise NotUnderstood("resolverContext is no object")
    for name, value in context.items():
        if isinstance(value, (list, dict)):
            kind = "a list" if isinstance(value, list) else "an object"
            raise NotUnderstood(f"resolverContext holds {kind}, {name!r}, and is flat")
        if isinstance(value, float) and not isfinite(value):
            raise NotUnderstood(f"{name!r} of resolverContext is a number that JSON does not have")
    if len(json.dumps(context)) > LARGEST_CONTEXT:
        raise NotUnderstood("resolverContext is over 5 MB")
    return context


def _denied(listed: object, api: Api) -> tuple[frozenset[tuple[str, str]], tuple[str, ...]]:
    """Return the fields of this API that are denied, and what of the list means nothing here."""
    if listed is None:
        return frozenset(), ()
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise NotUnderstood("deniedFields is no list of texts")
    found = {text: _field(text, api) for text in listed}
    fields = frozenset(field for field in found.values() if field is not None)
    return fields, tuple(text for text, field in found.items() if field is None)


def _field(text: str, api: Api) -> tuple[str, str] | None:
    short = _FIELD.fullmatch(text)
    if short is not None:
        return short[1], short[2]
    whole = _ARN.fullmatch(text)
    own = (api.partition, api.region, api.account, api.id)
    return (whole[5], whole[6]) if whole is not None and whole.groups()[:4] == own else None


def _ttl(given: object) -> float | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not isfinite(given) or given < 0:
        raise NotUnderstood("ttlOverride is no number of seconds")
    return min(float(given), LONGEST_TTL)
