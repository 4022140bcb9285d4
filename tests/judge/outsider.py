"""An evaluator by others as the judge of the compiler's documents: Principal Mapper, with the rules by which it is wrong.

It matches resources by regular expressions that it makes of them. Where it decides otherwise than IAM, one of these
rules must say why; what none explains is a fault.
"""

from __future__ import annotations

from collections import Counter
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.differential.mapper import Mapper
from tests.judge.iam import INVOKE, allows, matches

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SIGNS = frozenset("+()[]{}|\\")


class Rule(NamedTuple):
    """Why the outsider takes a resource for another; ``applies`` looks at the resource and the ARN that is asked for."""

    name: str
    sentence: str
    applies: Callable[[str, str], bool]


RULES = (
    Rule(
        "line ends",
        "IAM Resource: * stands for any character; to the other not for a line end, and it overlooks one at the end",
        lambda pattern, arn: "\n" in arn,
    ),
    Rule(
        "regular expression",
        "IAM Resource: * and ? alone are special; the other leaves the signs of regular expressions standing",
        lambda pattern, arn: bool(SIGNS & set(pattern)),
    ),
    Rule(
        "case",
        "IAM Resource: case matters; the other disregards it",
        lambda pattern, arn: fnmatchcase(arn.lower(), pattern.lower().replace("[", "[[]")),
    ),
)


class Outsider:
    """Principal Mapper as the judge of whole policies. Where a rule says that it is wrong, IAM's answer stands.

    Raises:
        ImportError: principalmapper is not installed.
    """

    def __init__(self) -> None:
        self._mapper = Mapper()
        self.rules: Counter[str] = Counter()
        self.asked = 0

    def allows(self, document: Mapping[str, Any], arn: str) -> bool:
        """Tell what the outsider says of a request, unless a rule explains why that is another answer than IAM's."""
        self.asked += 1
        said = self._mapper.verdict(dict(document), INVOKE, arn, {}) == "allow"
        right = allows(document, arn)
        if said is right:
            return said
        reason = self._reason(document, arn)
        if reason is None:
            return said
        self.rules[reason] += 1
        return right

    def _reason(self, document: Mapping[str, Any], arn: str) -> str | None:
        """Return the rule for the resources that it matches otherwise; None if there is none, or not for all of them."""
        patterns = [
            pattern
            for statement in document["Statement"]
            for pattern in statement.get("Resource", statement.get("NotResource"))
            if self._mapper.names(pattern, arn, {}) is not matches(pattern, arn)
        ]
        reasons = [next((rule.name for rule in RULES if rule.applies(each, arn)), None) for each in patterns]
        return reasons[0] if reasons and None not in reasons else None
