"""Validation expressions: what a TOKEN's credential must match before the function is called."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .finding import Finding
from .settings import Attachment

_TOKENS = (
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl-_",
    "3f2a9c1e-5b7d-4e8f-9a0b-1c2d3e4f5a6b",
    "9f86d081884c7d659a2feaa0c55ad015",
    "dXNlcjpwYXNzd29yZA==",
    "allow",
    "42",
)
_SCHEMES = ("", "Bearer ", "bearer ", "Basic ", "DPoP ", "Token ", "ApiKey ", "Key ")


def judge(each: Attachment) -> Iterator[Finding]:
    """Yield what is wrong with an authorizer's validation expression."""
    if not isinstance(each.expression, str) or not each.expression:
        return
    if each.kind != "token" or each.api == "http":
        problem = "only TOKEN authorizers of REST APIs have a validation expression; here it is accepted and not used"
        yield Finding("expression_unused", "warning", each.place, problem, f"Remove {each.words.expression}.")
        return
    yield from _of_token(each, each.expression)


def _of_token(each: Attachment, expression: str) -> Iterator[Finding]:
    word = each.words.expression
    try:
        pattern = re.compile(expression)
    except (re.error, RecursionError, OverflowError) as error:
        problem = f"the expression {expression!r} cannot be read: {error}"
        yield Finding("expression_invalid", "error", each.place, problem, f"Write {word} as a regular expression.")
        return
    if _misplaced(expression):
        problem = f"the expression {expression!r} can never match: it asks for text before ^ or behind $"
        yield Finding("expression_never", "error", each.place, problem, r"Write ^Bearer [-0-9a-zA-Z._]+$, for example.")
        return
    samples = [scheme + token for scheme in _SCHEMES for token in _TOKENS]
    if not any(pattern.search(sample) for sample in samples):
        problem = f"the expression {expression!r} matches no usual credential: whoever sends one gets a 401 unasked"
        yield Finding(
            "expression_never", "warning", each.place, problem, r"Write ^Bearer [-0-9a-zA-Z._]+$, for example."
        )
    if not (expression.startswith("^") and expression.endswith("$")):
        problem = f"the expression {expression!r} is not anchored: what stands around the match may be anything"
        yield Finding(
            "expression_unanchored", "warning", each.place, problem, f"Begin {word} with ^ and end it with $."
        )


def _misplaced(expression: str) -> bool:
    """Tell whether an anchor stands where nothing can match: a ^ behind text, a $ before it."""
    bare = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", "x", expression)
    behind = re.search(r"(?<![(|^:>=!,])(?<!^)\^", bare)
    before = re.search(r"\$(?![)|$]|\Z)", bare)
    return bool(behind or before)
