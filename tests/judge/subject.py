"""The one place where the judge meets authkit: its values turned into the library's, and answers into the judge's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from authkit import ConfigError, Principal, Route, Routes
from tests.judge.unavoidable import Conflict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.judge.rules import Caller, Rule, Table

PREFIX = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3/prod/"
ARN = PREFIX + "GET/whatever"


def arn_of(method: str, path: str, prefix: str = PREFIX) -> str:
    """Spell the ARN of a request: the path follows the method as it is."""
    return prefix + method + path


def _asks_admin(principal: Principal) -> bool:
    return principal.claims.get("admin") is True


def route_of(rule: Rule) -> Route:
    """Say a rule in authkit's words."""
    return Route(
        rule.method,
        rule.path,
        scopes=set(rule.scopes),
        bind=dict(rule.bind),
        when=_asks_admin if rule.admin else None,
    )


def principal_of(caller: Caller) -> Principal:
    """Say a caller in authkit's words."""
    return Principal(id="user-42", scopes=caller.scopes, claims=dict(caller.claims))


class Subject(NamedTuple):
    """A table under judgement: its rules, the routes made of them, and whether authkit refused it for a conflict."""

    table: Table
    routes: Routes
    refusal: str | None

    def policy(self, caller: Caller, arn: str = ARN) -> dict[str, Any]:
        """Compile the caller's policy."""
        return self.routes.policy(principal_of(caller), arn)

    @property
    def reported(self) -> list[Conflict]:
        """Give the conflicts authkit reports, in the judge's rules."""
        by_name = {(rule.method, rule.path): rule for rule in self.table}

        def rule_of(route: Route) -> Rule:
            return by_name[route.method, route.path]

        return [
            Conflict(rule_of(one.granted), rule_of(one.refused), rule_of(one.taken)) for one in self.routes.conflicts
        ]


def build(table: Sequence[Rule], *, http: bool = False) -> Subject:
    """Construct the table strictly; where that is refused for a conflict, construct it so that the Deny wins."""
    routes = [route_of(rule) for rule in table]
    api: Any = "http" if http else "rest"
    try:
        return Subject(tuple(table), Routes(routes, api=api), None)
    except ConfigError as error:
        return Subject(tuple(table), Routes(routes, api=api, on_conflict="refuse"), str(error))


def resources(document: Mapping[str, Any], effect: str) -> list[str]:
    """List the resources of one effect, in their order."""
    return [
        resource
        for statement in document["Statement"]
        if statement["Effect"] == effect
        for resource in statement["Resource"]
    ]
