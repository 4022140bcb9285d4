"""Pointers into a document: where a fault is (RFC 6901), and what a ``$ref`` leads to."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

NOTHING: Mapping[str, Any] = MappingProxyType({})

_MOST_REFERENCES = 16


def resolved(
    content: Mapping[str, Any], value: object, where: str, faults: list[str], *, lost: AbstractSet[str] = frozenset()
) -> Mapping[str, Any]:
    """Return an object, or the one it refers to. References to elsewhere are refused: they are not at hand.

    So is, wherever on the way, what stands beside a reference under a name that must not be ``lost``.
    """
    seen: list[str] = []
    while isinstance(value, Mapping) and "$ref" in value:
        reference = value["$ref"]
        if not isinstance(reference, str) or not reference.startswith("#/"):
            faults.append(f"{where}: $ref must point into the document itself, as '#/components/…'")
            return NOTHING
        if reference in seen or len(seen) == _MOST_REFERENCES:
            faults.append(f"{where}: $ref {reference!r} leads round and round")
            return NOTHING
        if not lost.isdisjoint(value):
            faults.append(f"{where}: methods beside $ref, and nothing says which of them would count")
        seen.append(reference)
        value = _pointed(content, reference)
    if not isinstance(value, Mapping):
        faults.append(f"{where}: {f'$ref {seen[-1]!r} leads to no object' if seen else 'must be an object'}")
        return NOTHING
    return value


def _pointed(content: object, reference: str) -> object:
    for step in unquote(reference[2:]).split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        if not isinstance(content, Mapping) or name not in content:
            return None
        content = content[name]
    return content


def escaped(name: object) -> str:
    """Return a name as a step of a pointer."""
    return str(name).replace("~", "~0").replace("/", "~1")


def functions(content: Mapping[str, Any], where: str) -> list[str]:
    """Name CloudFormation's functions in an object: what they would put there is not known before it is deployed."""
    return [
        f"{where}/{name}: is worked out when the stack is deployed, and cannot be read here; give what it comes to"
        for name in content
        if isinstance(name, str) and name.startswith("Fn::")
    ]
