"""OpenAPI documents under judgement: their rules read a second time, with nothing of authkit, and the routes made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authkit import ConfigError, Routes
from tests.judge.rules import Rule, Table, is_greedy, is_literal, segments
from tests.judge.subject import Subject, route_of
from tests.judge.tables import OWN, SCOPES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

SCHEME = "caller"


def rules_of(document: Mapping[str, Any]) -> Table:
    """Read a reduced document: an operation without `security` has that of the root, and `[]` is open to everybody."""
    return tuple(
        _rule(method.upper(), path, operation.get("security", document["security"]))
        for path, item in document["paths"].items()
        for method, operation in item.items()
    )


def _rule(method: str, path: str, security: list[dict[str, list[str]]]) -> Rule:
    either = tuple(frozenset(requirement[SCHEME]) for requirement in security)
    if len(either) < 2:
        return Rule(method, path, *either)
    return Rule(method, path, either=either)


def narrowed(rng: Random, table: Table) -> tuple[Table, Table]:
    """Ask more for some of the rules: a scope for all of a kind, and own values; return the whole, and what is asked."""
    asked: list[Rule] = []
    share = rng.choice((0.2, 0.5, 0.9))
    of_kind = {kind: rng.choice(SCOPES) for kind in sorted({_kind(rule) for rule in table})}
    for rule in table:
        parameters = [part[1:-1] for part in segments(rule.path) if not is_literal(part) and not is_greedy(part)]
        bind = ((rng.choice(parameters), rng.choice(tuple(OWN))),) if parameters and rng.random() < 0.05 else ()
        if rng.random() < share or bind:
            asked.append(Rule(rule.method, rule.path, frozenset({of_kind[_kind(rule)]}), bind))
    more = {(rule.method, rule.path): rule for rule in asked}
    return tuple(_both(rule, more.get((rule.method, rule.path))) for rule in table), tuple(asked)


def _kind(rule: Rule) -> tuple[bool, tuple[str, ...]]:
    """Group rules as people would: reading or writing one kind of resource."""
    return rule.method in ("GET", "HEAD"), tuple(filter(is_literal, segments(rule.path)))[:3]


def _both(rule: Rule, more: Rule | None) -> Rule:
    return rule if more is None else rule._replace(scopes=rule.scopes | more.scopes, bind=more.bind)


def build_document(document: Mapping[str, Any], table: Table, narrow: Table, *, http: bool) -> Subject:
    """Let authkit read the document: strictly, and where that is refused for a conflict, so that the Deny wins."""
    options: Any = {
        "inherit_security": True,
        "api": "http" if http else "rest",
        "narrow": [route_of(rule) for rule in narrow],
    }
    try:
        return Subject(table, Routes.from_openapi(document, **options), None)
    except ConfigError as error:
        return Subject(table, Routes.from_openapi(document, **options, on_conflict="refuse"), str(error))
