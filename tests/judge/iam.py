"""IAM's evaluation of a policy document, from scratch: default deny, an Allow permits, a Deny wins.

It knows exactly the statements an authorizer may answer with. Anything else is an error, never a guess.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

INVOKE = "execute-api:Invoke"
FIELDS = ({"Effect", "Action", "Resource"}, {"Effect", "Action", "NotResource"})


@lru_cache(maxsize=65536)
def _pattern(glob: str) -> re.Pattern[str]:
    if "${" in glob:
        raise ValueError("a policy variable in a resource")
    spelled = "".join(".*" if char == "*" else "." if char == "?" else re.escape(char) for char in glob)
    return re.compile(spelled, re.DOTALL)


def matches(glob: str, text: str) -> bool:
    """Match a whole text: `*` is any run of characters, slashes too, `?` exactly one; case matters."""
    return _pattern(glob).fullmatch(text) is not None


def _applies(statement: Mapping[str, Any], arn: str) -> bool:
    if set(statement) not in FIELDS:
        raise ValueError(f"statement fields {sorted(statement)}, expected Effect, Action and Resource or NotResource")
    if statement["Effect"] not in ("Allow", "Deny"):
        raise ValueError(f"effect {statement['Effect']!r}")
    if "NotResource" in statement and statement["Effect"] != "Deny":
        raise ValueError("a statement that allows all but some resources")
    named = any(matches(each, arn) for each in _listed(statement.get("Resource", statement.get("NotResource"))))
    return any(matches(action, INVOKE) for action in _listed(statement["Action"])) and named is (
        "Resource" in statement
    )


def _listed(value: str | list[str]) -> list[str]:
    entries = [value] if isinstance(value, str) else value
    if not entries:
        raise ValueError("an empty list in a statement")
    return entries


def allows(document: Mapping[str, Any], arn: str) -> bool:
    """Tell whether a policy document lets a request for this ARN pass."""
    if document["Version"] != "2012-10-17" or not document["Statement"]:
        raise ValueError("a document needs its version and a statement")
    effects = {statement["Effect"] for statement in document["Statement"] if _applies(statement, arn)}
    return effects == {"Allow"}
