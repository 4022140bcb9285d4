"""An API that takes ``/orders/`` for ``/orders``: told so, the policy covers both."""

from __future__ import annotations

import random

import pytest

from authkit import ConfigError, Principal, Route, Routes
from tests.judge.iam import allows
from tests.judge.paths import random_requests
from tests.judge.router import route
from tests.judge.rules import permitted
from tests.judge.subject import ARN, PREFIX, principal_of, route_of
from tests.judge.tables import random_caller, random_table

TABLE = (
    Route("GET", "/orders", scopes={"list"}),
    Route("GET", "/orders/{id}", scopes={"read"}),
    Route("GET", "/orders/export", scopes={"export"}),
    Route("GET", "/"),
)


def said(routes: Routes, *scopes: str) -> dict[str, list[str]]:
    """Return the resources of each effect, without the stage."""
    policy = routes.policy(Principal("ann", scopes=scopes), ARN)
    return {each["Effect"]: [name.removeprefix(PREFIX) for name in each["Resource"]] for each in policy["Statement"]}


def test_a_refused_route_is_denied_with_the_slash_too() -> None:
    """The list and the export stay closed to who may read one order."""
    found = said(Routes(TABLE, trailing_slash=True), "read")

    assert found == {
        "Allow": ["GET/", "GET/orders/*"],
        "Deny": ["GET/orders/", "GET/orders/export", "GET/orders/export/"],
    }


def test_a_granted_route_is_allowed_with_the_slash_too() -> None:
    """And nothing more."""
    assert said(Routes(TABLE, trailing_slash=True), "list") == {"Allow": ["GET/", "GET/orders", "GET/orders/"]}


def test_without_being_told_paths_are_taken_as_they_are() -> None:
    """Contract section 16."""
    assert said(Routes(TABLE), "read") == {"Allow": ["GET/", "GET/orders/*"], "Deny": ["GET/orders/export"]}
    assert Routes(TABLE).find("GET", "orders/") is None


def test_one_request_mode_finds_the_route_behind_the_slash() -> None:
    """The ARN is named as it came."""
    conflict = [Route("GET", "/a/{x}"), Route("GET", "/a/{x}/{y}/{z}"), Route("GET", "/a/{x}/{y}", scopes={"no"})]
    routes = Routes(conflict, on_conflict="one-request", trailing_slash=True)

    granted, refused = (routes.policy(Principal("ann"), PREFIX + path) for path in ("GET/a/1/", "GET/a/1/2/"))

    assert granted["Statement"][0] == {
        "Effect": "Allow",
        "Action": "execute-api:Invoke",
        "Resource": [f"{PREFIX}GET/a/1/"],
    }
    assert refused["Statement"][0]["Effect"] == "Deny"
    assert routes.find("POST", "a/1/") is None


@pytest.mark.parametrize("seed", range(5))
def test_no_path_with_a_slash_is_allowed_that_its_route_refuses(seed: int) -> None:
    """Random tables and paths, judged by the router that knows nothing of slashes, with one taken off."""
    rng, judged = random.Random(seed), 0
    while judged < 3000:
        table = random_table(rng)
        caller = random_caller(rng, table)
        routes = Routes([route_of(rule) for rule in table], on_conflict="refuse", trailing_slash=True)
        document = routes.policy(principal_of(caller), ARN)
        for method, path in random_requests(rng, table, caller):
            match = route(table, method, path)
            if match is None or path == "/" or route(table, method, path + "/") is not None:
                continue  # a greedy route takes it as it is
            judged += 1
            if allows(document, PREFIX + method + path + "/"):
                assert permitted(match.rule, match.values, caller), (table, caller, method, path)


def test_conflicts_are_the_same_with_slashes() -> None:
    """A path with a slash in the end is no ordinary one."""
    table = [Route("GET", "/a/{x}"), Route("GET", "/a/{x}/{y}/{z}"), Route("GET", "/a/{x}/{y}", scopes={"no"})]

    with pytest.raises(ConfigError, match="would take ordinary paths"):
        Routes(table, trailing_slash=True)
    assert len(Routes(table, on_conflict="refuse", trailing_slash=True).conflicts) == 1
