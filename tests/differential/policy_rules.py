"""The rules by which judges of policies may differ. Each is about one leaf of a policy: a resource, an action, a condition.

A difference that no rule explains is a fault: of ours, of the other's, or of this list.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network
from typing import Any, NamedTuple

from authkit.policy.conditions import holds

FAULT = "fault"  # refuses to answer: ours by a typed fault, the other by any exception
SIGNS = frozenset("+()[]{}|\\")  # of regular expressions, which the other does not take for plain


class Leaf(NamedTuple):
    """One question to both judges, and their answers: True, False or a fault."""

    kind: str  # "resource", "action" or "condition"
    pattern: str  # or the operator
    asked: str  # or the key
    values: tuple[Any, ...]  # of the policy
    actual: Any  # of the request; None if it is absent
    ours: object
    theirs: object


class Rule(NamedTuple):
    """Why judges differ; ``applies`` looks at the leaf itself."""

    name: str
    sentence: str
    applies: Callable[[Leaf], bool]


def explain(leaf: Leaf) -> Rule | None:
    """Return the first rule by which these answers may differ."""
    return next((rule for rule in RULES if rule.applies(leaf)), None)


def _plain(leaf: Leaf, *, fold: bool = True) -> bool:
    """Match as the other means to: any case, and no parts."""
    pattern = re.sub(r"\[", "[[]", leaf.pattern)  # nothing but * and ? is special
    return fnmatchcase(leaf.asked.lower(), pattern.lower()) if fold else fnmatchcase(leaf.asked, pattern)


def _base(leaf: Leaf) -> str:
    """Return the operator without quantity and IfExists."""
    return leaf.pattern.rpartition(":")[2].removesuffix("IfExists")


def _decorated(leaf: Leaf) -> bool:
    return _base(leaf) != leaf.pattern


def _texts(leaf: Leaf) -> list[str]:
    """Return all that is compared."""
    actual = leaf.actual if isinstance(leaf.actual, list) else [leaf.actual]
    return [str(text) for text in (*leaf.values, *actual) if text is not None]


def _family(leaf: Leaf) -> str:
    found = re.search("Numeric|Date|Ip|Bool|Arn", leaf.pattern) if leaf.kind == "condition" else None
    return found[0] if found else ""


def _formless(family: str, text: str) -> bool:
    """Tell whether a text is none of a family's."""
    if family == "Ip":
        try:
            return ("/" not in text and bool(getattr(ip_address(text), "ipv4_mapped", None))) or not ip_network(text)
        except ValueError:
            return True
    forms = {
        "Numeric": r"-?[0-9]+(\.[0-9]+)?",
        "Date": r"[0-9]{10}(\.[0-9]+)?|0|010|[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9:]{5})?)?",
        "Bool": "(?i:true|false)",
        "Arn": "arn(:[^:]*){4}:.*",
    }
    return family in forms and re.fullmatch(forms[family], text) is None


def _zoneless(text: str) -> bool:
    return re.fullmatch(r"[0-9]{4}-[0-9-]+(T[0-9:.]+)?", text) is not None


def _is(leaf: Leaf, *families: str) -> bool:
    return leaf.kind == "condition" and any(family in leaf.pattern for family in families)


def _named(leaf: Leaf) -> bool:
    return leaf.kind in ("resource", "action")


RULES = (
    Rule(
        "a variable",
        "contract.md 8.1: what ${…} means to API Gateway is open, so it is refused; the other fills it in",
        lambda leaf: leaf.kind == "resource" and "${" in leaf.pattern and leaf.ours == FAULT,
    ),
    Rule(
        "no ARN",
        "IAM Resource: a resource is an ARN or begins with a wildcard; the other compares any text",
        lambda leaf: leaf.kind == "resource" and not leaf.pattern.startswith(("arn:", "*", "?")) and leaf.ours == FAULT,
    ),
    Rule(
        "regular expression",
        "IAM Resource: * and ? alone are special; the other leaves the signs of regular expressions standing",
        lambda leaf: (
            (_named(leaf) or _is(leaf, "Like", "Arn"))
            and bool(SIGNS & set(leaf.pattern + "".join(map(str, leaf.values))))
        ),
    ),
    Rule(
        "line ends",
        "IAM Resource: * and ? stand for any character; to the other not for a line end, and one at the end is overlooked",
        lambda leaf: (
            (_named(leaf) and "\n" in leaf.asked)
            or (_is(leaf, "Like", "Arn") and any("\n" in text for text in _texts(leaf)))
        ),
    ),
    Rule(
        "case",
        "contract.md 8.1: resources are compared with regard to case; the other disregards it",
        lambda leaf: (
            leaf.kind == "resource"
            and leaf.ours is False
            and leaf.theirs is True
            and _plain(leaf)
            and not _plain(leaf, fold=False)
        ),
    ),
    Rule(
        "parts of an ARN",
        "IAM Resource: a wildcard goes beyond a colon only at the end of its part; to the other there are no parts",
        lambda leaf: (
            leaf.kind == "resource" and leaf.ours is False and leaf.theirs is True and _plain(leaf, fold=False)
        ),
    ),
    Rule(
        "unknown operator",
        "An operator that is not understood is refused; the other takes it to hold",
        lambda leaf: (
            leaf.kind == "condition" and leaf.ours == FAULT and _base(leaf) in ("StringMatches", "BinaryEquals")
        ),
    ),
    Rule(
        "Null is whole",
        "IAM Null: the one operator without IfExists and quantity; the other takes them, and any value for false",
        lambda leaf: (
            _is(leaf, "Null")
            and leaf.ours == FAULT
            and (_decorated(leaf) or not {str(v).lower() for v in leaf.values} <= {"true", "false"})
        ),
    ),
    Rule(
        "several values",
        "IAM: a key of several values needs ForAnyValue or ForAllValues; the other takes any of them",
        lambda leaf: (
            leaf.ours == FAULT and isinstance(leaf.actual, list) and len(leaf.actual) > 1 and ":" not in leaf.pattern
        ),
    ),
    Rule(
        "no such value",
        "A date, number, network, ARN or truth of another form is refused; the other guesses, or does not look",
        lambda leaf: leaf.ours == FAULT and any(_formless(_family(leaf), text) for text in _texts(leaf)),
    ),
    Rule(
        "no text",
        "IAM: true is the text true; the other takes texts alone",
        lambda leaf: leaf.kind == "condition" and any(not isinstance(value, str) for value in leaf.values),
    ),
    Rule(
        "no zone",
        "A date without a zone is of UTC; the other leaves it without, and compares it with none that has one",
        lambda leaf: _is(leaf, "Date") and any(_zoneless(text) for text in _texts(leaf)),
    ),
    Rule(
        "forms of numbers",
        "A number is read as a decimal one; the other reads it as Python's source, which has no leading zeros, or raises",
        lambda leaf: _is(leaf, "Numeric", "Date", "Ip") and leaf.theirs == FAULT,
    ),
    Rule(
        "decorated operators",
        "IAM: IfExists and a quantity change nothing where the key has one value; the other no longer knows numbers, dates and networks by them",
        lambda leaf: (
            _is(leaf, "Numeric", "Date", "Ip")
            and _decorated(leaf)
            and isinstance(leaf.actual, str)
            and leaf.ours is holds({_base(leaf): {leaf.asked: list(leaf.values)}}, {leaf.asked: leaf.actual})
        ),
    ),
    Rule(
        "an absent key that must not be like",
        "IAM: an absent key satisfies what asks for difference; the other's StringNotLike does not hold",
        lambda leaf: _base(leaf) == "StringNotLike" and leaf.actual in (None, []) and leaf.ours is True,
    ),
    Rule(
        "no values",
        "IAM: of no values, or empty ones, all are as they should be and none is like another; the other looks for the key alone",
        lambda leaf: leaf.kind == "condition" and leaf.actual in ("", [], [""]),
    ),
    Rule(
        "any value that exists",
        "IAM: IfExists holds of an absent key, with a quantity too; the other's ForAnyValue does not",
        lambda leaf: (
            leaf.pattern.startswith("ForAnyValue:") and leaf.pattern.endswith("IfExists") and leaf.actual is None
        ),
    ),
    Rule(
        "any value that differs",
        "IAM: ForAnyValue with Not holds if one value is like none of the policy's; the other's only if none is",
        lambda leaf: leaf.pattern.startswith("ForAnyValue:") and "Not" in leaf.pattern,
    ),
    Rule(
        "several dates",
        "IAM: of several values any will do; the other compares a date with the first alone",
        lambda leaf: _is(leaf, "Date") and len(leaf.values) > 1 and leaf.ours is True and leaf.theirs is False,
    ),
    Rule(
        "truth in any case",
        "IAM: True is true; the other knows the small letters alone",
        lambda leaf: _is(leaf, "Bool") and any(value not in ("true", "false") for value in leaf.values),
    ),
    Rule(
        "case and parts of an ARN that is compared",
        "IAM ArnLike: each part for itself, with regard to case; the other regards neither",
        lambda leaf: _is(leaf, "Arn"),
    ),
)
