"""Statement: an IAM policy document taken apart and checked, so that judging a request asks nothing of its form."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from .conditions import VARIABLE, Condition
from .document import ACTION
from .glob import ArnGlob, Glob, like
from .principals import Principals

Kind = Literal["authorizer", "resource policy"]
Effect = Literal["Allow", "Deny"]

VERSIONS = ("2012-10-17", "2008-10-17")
SHORTHAND = "execute-api:/"  # in a resource policy: this API, and then stage, method and path

_DOCUMENT = frozenset(("Version", "Id", "Statement"))
_STATEMENT = frozenset(
    ("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition")
)


class BadPolicy(ValueError):
    """The document is no policy the gateway would understand."""


class UnknownElement(BadPolicy):
    """IAM knows such an element, and nobody has said what API Gateway makes of it: a policy variable, a NotPrincipal."""


class Statement:
    """One statement, ready to judge requests by."""

    __slots__ = ("_condition", "_invokes", "_principals", "_resources", "effect", "source")

    def __init__(self, source: Mapping[str, Any], kind: Kind) -> None:
        _demand_form(source)
        self.source = source
        self.effect: Effect = source["Effect"]
        self._invokes = _invokes(source)
        self._resources = _Resources(source, kind)
        self._condition = Condition(source["Condition"]) if source.get("Condition") else None
        self._principals = _principals(source) if kind == "resource policy" else None

    def applies(self, arn: str, request: Mapping[str, Any], principal: str | None) -> str | None:
        """Return the resource by which it applies to a request, or None.

        Raises:
            UnknownCondition: a value of the request is not understood.
        """
        resource = self._resources.naming(arn) if self._invokes else None
        if resource is None or (self._principals is not None and not self._principals.names(principal)):
            return None
        return resource if self._condition is None or self._condition.holds(request) else None


class Policy(NamedTuple):
    """A policy document that has been checked; `evaluate` takes it in place of the document and need not check again."""

    kind: Kind
    statements: tuple[Statement, ...]

    @classmethod
    def parse(cls, document: object, *, kind: Kind = "authorizer") -> "Policy":
        """Check a document and take it apart.

        An authorizer's must say its version, and a Principal in it means nothing. In a resource policy a Principal is
        required and the version is not.

        Raises:
            BadPolicy: the gateway would not understand the document, or nobody knows what it makes of it.
            UnknownCondition: a condition is not understood.
        """
        if not isinstance(document, Mapping) or not set(document) <= _DOCUMENT:
            raise BadPolicy("a policy document is an object with Version and Statement, and perhaps an Id")
        # IAM takes a policy without a version for one of 2008; the gateway demands it of an authorizer (contract 5.1).
        if document.get("Version", None if kind == "authorizer" else VERSIONS[1]) not in VERSIONS:
            raise BadPolicy(f"Version is missing, or neither {VERSIONS[0]} nor {VERSIONS[1]}")
        if not isinstance(document.get("Id", ""), str):
            raise BadPolicy("Id is no text")
        statements = document.get("Statement")
        listed = [statements] if isinstance(statements, Mapping) else statements
        if not isinstance(listed, list) or not listed:
            raise BadPolicy("Statement is missing or empty")
        parsed = tuple(Statement(statement, kind) for statement in listed)
        _demand_own_names(listed)
        return cls(kind, parsed)


class _Resources:
    """Resource or NotResource of a statement."""

    __slots__ = ("_inverted", "_literal", "_patterns")

    def __init__(self, source: Mapping[str, Any], kind: Kind) -> None:
        self._inverted = "NotResource" in source
        listed = _listed(source, "NotResource" if self._inverted else "Resource")
        for resource in listed:
            _demand_resource(resource, kind)
        patterns = [each for each in listed if "*" in each or "?" in each or each.startswith(SHORTHAND)]
        self._patterns = tuple((each, _matcher(each)) for each in patterns)
        self._literal = frozenset(listed).difference(patterns)

    def naming(self, arn: str) -> str | None:
        """Return what names an ARN: the resource, or the word NotResource."""
        found = arn if arn in self._literal else None
        found = found or next((text for text, glob in self._patterns if glob.matches(arn)), None)
        if self._inverted:
            return "NotResource" if found is None else None
        return found


@lru_cache(maxsize=4096)  # the same policy is often judged again
def _matcher(resource: str) -> "ArnGlob | _OfThisApi":
    return _OfThisApi(resource) if resource.startswith(SHORTHAND) else ArnGlob(resource)


class _OfThisApi:
    """The shorthand of a resource policy, which the gateway expands with the API that the policy belongs to."""

    __slots__ = ("_glob",)

    def __init__(self, resource: str) -> None:
        self._glob = Glob(resource.removeprefix(SHORTHAND))

    def matches(self, arn: str) -> bool:
        _, slash, named = arn.split(":", 5)[-1].partition("/")
        return bool(slash) and self._glob.matches(named)


def _demand_form(source: object) -> None:
    if not isinstance(source, Mapping) or source.get("Effect") not in ("Allow", "Deny"):
        raise BadPolicy("a statement has an Effect, Allow or Deny")
    odd = sorted(str(name) for name in set(source) - _STATEMENT)
    if odd:
        raise BadPolicy(f"a statement has no {', '.join(odd)}")
    for name in ("Action", "Resource"):
        if (name in source) == (f"Not{name}" in source):
            raise BadPolicy(f"a statement has either {name} or Not{name}")
        if not _listed(source, name) and not _listed(source, f"Not{name}"):
            raise BadPolicy(f"{name} is empty, or no text")
    if not isinstance(source.get("Sid", ""), str) or not isinstance(source.get("Condition", {}), Mapping):
        raise BadPolicy("Sid is a text, and Condition an object")


def _demand_own_names(statements: list[Mapping[str, Any]]) -> None:
    named = [statement["Sid"] for statement in statements if statement.get("Sid")]
    if len(set(named)) < len(named):
        raise BadPolicy("two statements have the same Sid")


def _demand_resource(resource: str, kind: Kind) -> None:
    if VARIABLE in resource:
        raise UnknownElement(f"the policy variable in {resource!r}: what API Gateway makes of it is not documented")
    start = resource.partition(":")[0]
    shorthand = kind == "resource policy" and resource.startswith(SHORTHAND)
    if not (start == "arn" or "*" in start or "?" in start or shorthand):
        raise BadPolicy(f"the resource {resource!r} is no ARN")


def _invokes(source: Mapping[str, Any]) -> bool:
    """Tell whether a statement is about calling the API. Case is no matter in an action."""
    name = "NotAction" if "NotAction" in source else "Action"
    actions = _listed(source, name)
    for action in actions:
        if VARIABLE in action or (":" not in action and action != "*"):
            raise BadPolicy(f"the action {action!r} is not of the form service:name")
    return any(like(ACTION.lower(), action.lower()) for action in actions) == (name == "Action")


def _principals(source: Mapping[str, Any]) -> Principals:
    if "NotPrincipal" in source:
        raise UnknownElement("NotPrincipal: who is none of them, if nobody signs in with IAM, is not documented")
    if "Principal" not in source:
        raise BadPolicy("a statement of a resource policy has a Principal")
    try:
        return Principals.parse(source["Principal"])
    except ValueError as fault:
        raise BadPolicy(str(fault)) from None


def _listed(statement: Mapping[str, Any], name: str) -> list[str]:
    value = statement.get(name)
    listed = [value] if isinstance(value, str) else value
    return listed if isinstance(listed, list) and all(isinstance(item, str) for item in listed) else []
