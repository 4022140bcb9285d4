"""Policy diff: what changed between two policy documents, resource by resource, and requests that show it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .diff_text import policies_as_markdown, policies_as_text
from .evaluate import Policy, evaluate
from .holders import unconditional
from .statement import Kind


class Item(NamedTuple):
    """One resource of one statement."""

    effect: str
    element: str
    resource: str
    condition: str  # as JSON, or empty
    principal: str  # as JSON, or empty
    action: str

    def __str__(self) -> str:
        said = f"{self.effect} {'everything but ' if self.element == 'NotResource' else ''}{self.resource}"
        said += f" for {self.principal}" if self.principal else ""
        said += f" to {self.action}" if self.action != '"execute-api:Invoke"' else ""
        return f"{said} if {self.condition}" if self.condition else said


class PolicyDiff(NamedTuple):
    """What changed between two policies.

    ``gained`` and ``lost`` are requests by which the two differ if all conditions hold, one for each resource that made
    a difference; both are None for resource policies, which are nothing but conditions.
    """

    added: tuple[Item, ...]
    removed: tuple[Item, ...]
    gained: tuple[str, ...] | None
    lost: tuple[str, ...] | None

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)

    def data(self) -> dict[str, Any]:
        """Return it as what JSON can say."""
        items = {"added": [str(item) for item in self.added], "removed": [str(item) for item in self.removed]}
        return {**items, "gained": list(self.gained or ()), "lost": list(self.lost or ())}

    def text(self) -> str:
        """Return it as plain text."""
        return policies_as_text(self)

    def markdown(self) -> str:
        """Return it as GitHub's Markdown, for a pull request."""
        return policies_as_markdown(self)


def diff_policies(old: Mapping[str, Any], new: Mapping[str, Any], *, kind: Kind = "authorizer") -> PolicyDiff:
    """Return what changed between two policy documents.

    Raises:
        BadPolicy, UnknownCondition: one of them is not understood.
    """
    for document in (old, new):
        Policy.parse(document, kind=kind)
    before, after = _items(old), _items(new)
    added, removed = tuple(sorted(after - before)), tuple(sorted(before - after))
    if kind == "resource policy":
        return PolicyDiff(added, removed, None, None)
    earlier, later = Policy.parse(unconditional(old)), Policy.parse(unconditional(new))
    gained: set[str] = set()
    lost: set[str] = set()
    for item in (*added, *removed):
        for arn in _examples(item.resource):
            was, now = evaluate(earlier, arn).allowed, evaluate(later, arn).allowed
            if was != now:
                (gained if now else lost).add(arn)
                break
    return PolicyDiff(added, removed, tuple(sorted(gained)), tuple(sorted(lost)))


def _items(document: Mapping[str, Any]) -> set[Item]:
    statements = document["Statement"]
    return {
        item
        for statement in ([statements] if isinstance(statements, Mapping) else statements)
        for item in _items_of(statement)
    }


def _items_of(statement: Mapping[str, Any]) -> Iterator[Item]:
    element = "NotResource" if "NotResource" in statement else "Resource"
    resources = statement[element]
    said = {
        name: json.dumps(statement[name], sort_keys=True) for name in ("Condition", "Principal") if statement.get(name)
    }
    action = json.dumps(statement["Action"]) if "Action" in statement else f"not {json.dumps(statement['NotAction'])}"
    listed = [resources] if isinstance(resources, str) else resources
    # What a NotResource leaves out is left out together.
    for resource in [", ".join(sorted(listed))] if element == "NotResource" else listed:
        yield Item(statement["Effect"], element, resource, said.get("Condition", ""), said.get("Principal", ""), action)


def _examples(resource: str) -> Iterator[str]:
    """Yield requests that a resource names, the plainest first."""
    for run in ("x1", "x1/x2", ""):
        arn = resource.replace("*", run).replace("?", "x")
        if arn.startswith("arn:") and arn.count(":") >= 5:
            yield arn
