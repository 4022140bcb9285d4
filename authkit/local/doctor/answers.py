"""Answers: how big they become, and whether the API has the routes of the table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ...authorizer import Authorizer
from ...errors import ConfigError
from ...gateway.arn import MethodArn
from ...policy import sam
from ...policy.agreement import between
from ...policy.operations import Operation
from ...policy.route import CONNECT, parse_template
from ...policy.routes import Routes
from ...principal import Principal
from ..handlers import policy_of
from ..lint.finding import Finding
from .project import Project, resources

SURE = 8 * 1024  # bytes: beyond, what the gateway takes is not documented
_MOST_HOLDERS = 64
_ARN = MethodArn.parse("arn:aws-us-gov:execute-api:us-gov-west-1:111122223333:a1b2c3d4e5/production/GET/")
_APIS = ("AWS::Serverless::Api", "AWS::Serverless::HttpApi")


def judge(project: Project, handler: Authorizer) -> Iterator[Finding]:
    """Yield what is to be known about a handler's answers."""
    target = str(project.target)
    yield from _sizes(handler, target)
    for file, content in project.templates.items():
        for name, kind, _ in resources(content):
            if kind in _APIS:
                yield from _routes(handler, content, name, f"{file}:/Resources/{name}")
    for document in project.documents:
        yield from _checked(handler.routes, document)


def largest(handler: Authorizer) -> int:
    """Return the bytes of the largest policy found, of those who hold all scopes together or what one route demands."""
    scopes = frozenset(scope for route in handler.routes for scope in route.scopes)
    held = dict.fromkeys([scopes, *(route.scopes for route in handler.routes)])
    claims = {claim: "x" * 36 for route in handler.routes for claim in route.bind.values()}
    return max((_size(handler, each, claims) for each in list(held)[:_MOST_HOLDERS]), default=0)


def _size(handler: Authorizer, scopes: frozenset[str], claims: Mapping[str, Any]) -> int:
    try:
        policy = policy_of(handler, Principal("somebody", scopes=sorted(scopes), claims=claims), _ARN)
    except Exception:  # noqa: BLE001 - of a limit of the user's own, on claims that nobody can make up
        return 0
    return len(json.dumps(policy))


def _sizes(handler: Authorizer, target: str) -> Iterator[Finding]:
    if handler.response != "policy":
        return
    size = largest(handler)
    if size > SURE:
        problem = f"a policy takes {size:,} bytes, and up to {SURE:,} are known to be taken by every kind of API"
        advice = "Merge routes under one with a greedy parameter, or split the API."
        yield Finding("answer_big", "warning", target, problem, advice)


def _routes(handler: Authorizer, content: Mapping[str, Any], name: str, place: str) -> Iterator[Finding]:
    table = handler.routes
    try:
        found, _, faults = sam.operations(content, resource=name, authorizer=None, parameters={}, scopes="all")
    except ConfigError as fault:
        found, faults = [], [str(fault)]
    if faults or not found:
        problem = f"the API's routes cannot be read: {'; '.join(faults) or 'there are none'}"
        yield Finding(
            "routes_unread", "note", place, problem, "Compare them with Routes.check and an OpenAPI document."
        )
        return
    yield from _lacking(table, found, place)
    if handler.response == "simple" and handler.cacheable:
        yield from _kept(table, found, place)
    for each in found:
        if each.guard.by == "nobody" and each.method != "OPTIONS" and table.find(each.method, each.path.lstrip("/")):
            problem = f"{each} is behind no authorizer, and the table has it"
            advice = "Put it behind the authorizer, or take it out of the table."
            yield Finding("route_open", "warning", place, problem, advice)


def _lacking(table: Routes, found: list[Operation], place: str) -> Iterator[Finding]:
    """Yield what API and table do not both have. A template tells no scopes, so these are not compared."""
    paths = [route for route in table if route.method != CONNECT]
    asked = [each for each in found if each.guard.by == "us"]
    for text in between(paths, asked, table.find):
        if text.startswith("missing: "):
            problem = f"the table has no {text.removeprefix('missing: ')}: nobody gets there"
            yield Finding("route_missing", "warning", place, problem, "Add it to routes= of the handler.")
    for text in between(paths, found, table.find):
        if text.startswith("not in the document: "):
            problem = f"the API has no {text.removeprefix('not in the document: ')}"
            yield Finding("route_unknown", "warning", place, problem, "Add it to the API, or take it out of the table.")


def _kept(table: Routes, found: list[Operation], place: str) -> Iterator[Finding]:
    """Yield routes of the API for which a simple answer cannot be kept: all that one may take must have the same."""
    for each in found:
        if each.guard.by != "us":
            continue
        under = table.under("$default" if each.default else str(each))
        several = {(route.scopes, route.when) for route in under.routes}
        if len(several) > 1 or not under.whole:
            takes = " and ".join(map(str, under.routes)) if len(several) > 1 else "more than the table has a route for"
            problem = f"{each} takes {takes}: a simple answer cannot be kept for it, and there is a 500 instead"
            advice = (
                "Give each a route of its own in the API and say Routes(…, one_to_one=True), or answer with a policy."
            )
            yield Finding("simple_answers_differ", "error", place, problem, advice)
    there = {(each.method, parse_template(each.path)[0]) for each in found}
    lacking = [route for route in table if (route.method, route.template) not in there]
    if table.one_to_one and lacking:
        problem = f"the table says one_to_one, and the API has no {lacking[0]}: what is kept for another route opens it"
        yield Finding("not_one_to_one", "error", place, problem, "Add it to the API, or leave one_to_one out.")


def _checked(table: Routes, document: str) -> Iterator[Finding]:
    try:
        table.check(document)
    except ConfigError as fault:
        yield Finding("routes_differ", "warning", document, str(fault), "Make table and document say the same.")
