"""What the judge knows of a table and a caller: its own plain values, free of the library under test."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


class Rule(NamedTuple):
    """One line of a route table; `bind` pairs a path parameter with the claim it must equal."""

    method: str
    path: str
    scopes: frozenset[str] = frozenset()
    bind: tuple[tuple[str, str], ...] = ()
    admin: bool = False  # stands for `when=`: asks something of the principal that no scope tells
    either: tuple[frozenset[str], ...] = ()  # of these, all scopes of one are needed besides

    def __repr__(self) -> str:
        needs = "+".join(sorted(self.scopes)) + "".join(f" {name}={claim}" for name, claim in self.bind)
        return f"<{self.method} {self.path} [{needs}{' admin' if self.admin else ''}]>"


class Caller(NamedTuple):
    """Who asks: the scopes held, and the claims."""

    scopes: frozenset[str]
    claims: Mapping[str, object] = {}


Table = tuple[Rule, ...]


def segments(path: str) -> tuple[str, ...]:
    """Split a path at its slashes; the root has no segment, and empty segments are kept."""
    return () if path == "/" else tuple(path[1:].split("/"))


def is_greedy(segment: str) -> bool:
    """Tell `{name+}`, which takes the rest of the path."""
    return segment.startswith("{") and segment.endswith("+}")


def is_parameter(segment: str) -> bool:
    """Tell `{name}`, which takes one segment."""
    return segment.startswith("{") and segment.endswith("}") and not is_greedy(segment)


def is_literal(segment: str) -> bool:
    """Tell a segment that stands for itself."""
    return not segment.startswith("{")


def literals(table: Iterable[Rule]) -> frozenset[str]:
    """Collect every literal segment of a table, wherever it stands."""
    return frozenset(part for rule in table for part in segments(rule.path) if is_literal(part))


def serves(rule: Rule, method: str) -> bool:
    """Tell whether a rule answers a method at all."""
    return rule.method in (method, "ANY")


def bindable(value: object) -> bool:
    """Tell whether a claim may be filled into a resource: contract 8.2, step 3."""
    if not isinstance(value, str) or value in ("", ".", ".."):
        return False
    return not any(char in "*?$/:" or unicodedata.category(char) == "Cc" for char in value)


def granted(rule: Rule, caller: Caller) -> bool:
    """Tell whether the caller may call the rule with at least one value of its parameters."""
    if not rule.scopes <= caller.scopes:
        return False
    if rule.either and not any(one <= caller.scopes for one in rule.either):
        return False
    if rule.admin and caller.claims.get("admin") is not True:
        return False
    return all(bindable(caller.claims.get(claim)) for _, claim in rule.bind)


def permitted(rule: Rule, values: Mapping[str, str], caller: Caller) -> bool:
    """Tell whether the caller may call the rule with exactly these values of its parameters."""
    return granted(rule, caller) and all(values[name] == caller.claims[claim] for name, claim in rule.bind)


def own_values(table: Iterable[Rule], caller: Caller) -> frozenset[str]:
    """Collect the caller's values of the claims that a table binds: for this caller they stand like literals."""
    claims = {claim for rule in table for _, claim in rule.bind}
    return frozenset(str(caller.claims[name]) for name in claims if bindable(caller.claims.get(name)))


def ordinary(rule: Rule, values: Mapping[str, str], table: Table, caller: Caller) -> bool:
    """Tell whether no value is told apart from others by a literal of the table, or by an own value not asked for."""
    known, bound = literals(table), dict(rule.bind)
    free = [part for name, value in values.items() if name not in bound for part in value.split("/")]
    if "" in free or not own_values(table, caller).isdisjoint(free):
        return False
    return known.isdisjoint(free) and known.isdisjoint(values[name] for name in bound)
