"""Budget: what a policy may weigh is settled when the table is built, and the route that breaks it is named."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from authkit import BadAnswer, ConfigError, Principal, Route, Routes
from authkit.policy import budget
from authkit.policy.compile import Compiler
from authkit.policy.operations import not_ours
from tests.judge.subject import ARN, PREFIX, principal_of, route_of
from tests.judge.tables import random_caller, random_table

ANN = Principal("ann", scopes={"a"}, claims={"sub": "s" * 200})


def many(count: int, **more: Any) -> list[Route]:
    return [Route("GET", f"/collection-{number:03}", **more) for number in range(count)]


def test_a_table_whose_largest_policy_is_over_the_budget_is_refused_and_the_route_named() -> None:
    """The first that does not fit any more, in the table's order."""
    fits = next(count for count in range(100) if not _builds(count + 1))

    with pytest.raises(ConfigError, match=rf"budget is 4,096: GET /collection-{fits:03} is the route that breaks it"):
        Routes(many(60), budget=4096)


def _builds(count: int) -> bool:
    try:
        return bool(Routes(many(count), budget=4096))
    except ConfigError:
        return False


def test_who_holds_less_can_need_more() -> None:
    """All of it is one Allow; who lacks the other scope needs a Deny for each route."""
    others = [Route("GET", f"/collection-{number}", scopes={f"b{number}"}) for number in range(60)]
    table = [Route("GET", "/{all+}", scopes={"a"}), *others]

    with pytest.raises(ConfigError, match=r"holds 1 of the 61 routes takes .* 1 resources allowed and 60 denied"):
        Routes(table, budget=4096)


def test_what_nobody_can_hold_does_not_count() -> None:
    """Routes that another scheme secures are in the table to be denied, and never granted."""
    table = [*many(20, scopes={"a"}), *many_elsewhere(60)]

    assert len(Routes(table, budget=4096)) == 80


def many_elsewhere(count: int) -> list[Route]:
    return [Route("PUT", f"/collection-{number:03}", when=not_ours) for number in range(count)]


@pytest.mark.parametrize("given", [0, 1023, 6_000_001, "8192", 8192.0, True])
def test_a_budget_is_a_number_of_bytes(given: Any) -> None:
    """Of a document at least, and of what a function can answer at most."""
    with pytest.raises(ConfigError, match="budget is a number of bytes"):
        Routes(many(1), budget=given)


def test_a_table_of_a_websocket_api_has_the_budget_of_its_answers() -> None:
    """8 KB unless told otherwise; other kinds have what a function can answer."""
    assert len(Routes(many(200))) == 200
    with pytest.raises(ConfigError, match="budget is 8,192"):
        Routes([Route("$connect"), *many(200)])


def test_a_policy_for_one_request_has_no_such_budget() -> None:
    """It has one resource."""
    conflict = [Route("GET", "/a/{x}"), Route("GET", "/a/{x}/{y}", scopes={"w"}), Route("GET", "/a/{x}/{y}/{z}")]

    assert Routes([*conflict, *many(60)], on_conflict="one-request", budget=4096).one_request


def test_values_that_break_the_budget_are_an_error_that_names_the_route() -> None:
    """They were not known when the table was built."""
    table = [Route("GET", f"/{{sub}}/part-{number:02}", bind={"sub": "sub"}) for number in range(20)]
    routes = Routes(table, budget=4096)

    with pytest.raises(BadAnswer, match=r"the budget is 4,096: GET /\{sub\}/part-1. is the route that breaks it"):
        routes.policy(ANN, ARN)

    assert routes.policy(Principal("bob", claims={"sub": "bob"}), ARN)["Statement"][0]["Effect"] == "Allow"


def test_values_that_make_a_deny_too_long_are_an_error_that_names_the_route() -> None:
    """The part of it that the caller's own Allow reaches has the caller's value in it."""
    long = Route("GET", f"/{{a}}/{{b}}/{'y' * 370}", scopes={"never"})
    table = [Route("GET", "/{sub}/{rest+}", bind={"sub": "sub"}), long, Route("GET", "/{a}/{b}/z/{c+}")]
    routes = Routes(table, on_conflict="refuse")

    with pytest.raises(BadAnswer, match=r"the resource that closes GET /\{a\}/\{b\}/y+ is over 512 characters"):
        routes.policy(ANN, ARN)

    assert routes.policy(Principal("bob", claims={"sub": "bob"}), ARN)["Statement"][0]["Effect"] == "Allow"


def test_a_deny_that_would_be_too_long_for_everybody_is_found_when_the_table_is_built() -> None:
    """Not by the first who holds the one route and not the other."""
    wide = "/".join(["x" * 90, "{a}", "{b}", "{c}"])
    table = [
        Route("GET", f"/{wide}/{{d+}}", scopes={"a"}),
        Route("GET", f"/{{p}}/{'y' * 100}/{'z' * 100}/{'w' * 120}/{{q+}}", scopes={"b"}),
        Route("GET", f"/{{p}}/{'y' * 100}/k", scopes={"c"}),
    ]

    with pytest.raises(ConfigError, match=r"takes a resource of \d+ characters; shorten one"):
        Routes(table, on_conflict="refuse")


def test_what_stands_twice_counts_twice() -> None:
    """A table that denies the rest names each allowed resource again."""
    fits = next(count for count in range(100) if not _builds(count + 1))

    with pytest.raises(ConfigError, match="is the route that breaks it"):
        Routes(many(fits), budget=4096, deny_the_rest=True)


@pytest.mark.parametrize("rest", [False, True])
def test_the_weight_of_a_policy_is_never_told_too_small(rest: bool) -> None:
    """Random tables and callers: as JSON a document has at most the bytes that were counted, and hardly fewer."""
    rng = Random(3)
    for _ in range(80):
        table = random_table(rng, 25)
        routes = Routes([route_of(rule) for rule in table], api="rest", on_conflict="refuse", deny_the_rest=rest)
        principal = principal_of(random_caller(rng, table))
        shares = Compiler(tuple(routes)).shares(routes.grants(principal))
        if not shares.allow:
            continue

        told = budget._weight(budget._paths(shares, rest=rest), len(PREFIX))

        actual = len(json.dumps(routes.policy(principal, ARN)))
        assert actual <= told <= actual + 300


def test_a_bound_on_all_policies_spares_looking_for_the_largest() -> None:
    """No policy is longer than all resources there can be, as far as the table knows the values in them."""
    rng = Random(4)
    for _ in range(60):
        table = random_table(rng, 25)
        routes = tuple(map(route_of, table))
        compiler = Compiler(routes)
        bound = sum(compiler.lengths())
        for rules in (
            table,
            [rule for rule in table if "write" not in rule.scopes],
            rng.sample(table, len(table) // 2),
        ):
            held = {(rule.method, rule.path) for rule in rules}
            grants = [compiler.symbolic(each) for each in routes if (each.method, each.path) in held]

            used = compiler.resources(frozenset(grants))

            assert sum(map(len, (*used.allow, *used.deny))) <= bound
