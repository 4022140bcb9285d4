"""The matrix tells what the policies say, as data and as text that fits a terminal."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from authkit import Principal, Route, Routes
from authkit.policy.evaluate import evaluate
from authkit.policy.matrix import Cell, Matrix, matrix
from authkit.tokens.access import in_group
from tests.judge.subject import arn_of
from tests.judge.tables import random_caller, random_table


def is_admin(principal: Principal) -> bool:
    return "admin" in principal.claims.get("groups", ())


ORDERS = Routes(
    [
        Route("GET", "/orders/{id}", scopes={"orders:read"}),
        Route("GET", "/orders/{id}/items", scopes={"items:list"}),
        Route("GET", "/orders/{id}/items/{item}", scopes={"orders:read"}),
        Route("ANY", "/admin/{p+}", when=is_admin),
        Route("GET", "/users/{sub}/profile", bind={"sub": "cognito:username"}),
        Route("GET", "/"),
    ]
)
CONFLICT = [
    Route("GET", "/a/{x}", scopes={"read"}),
    Route("GET", "/a/{x}/{y}", scopes={"write"}),
    Route("GET", "/a/{x}/{y}/{z}", scopes={"list"}),
]


def column(found: Matrix, name: str) -> dict[str, str]:
    """Return a column's states by route."""
    place = found.columns.index(name)
    return {str(row.route): row.cells[place].state for row in found.rows}


def test_every_set_of_needs_has_a_column() -> None:
    """Scopes, own claims and predicates by name, and having nothing."""
    found = matrix(ORDERS)

    assert found.columns == ("anybody", "items:list", "orders:read", "own cognito:username", "when is_admin")
    assert [row.needs for row in found.rows] == [
        ("orders:read",), ("items:list",), ("orders:read",), ("when is_admin",), ("own cognito:username",), (),
    ]  # fmt: skip


def test_a_cell_tells_what_becomes_of_the_route() -> None:
    """Allowed, denied, or allowed but for a value that is a literal of the table."""
    found = matrix(ORDERS)

    assert column(found, "orders:read") == {
        "GET /orders/{id}": "allowed",
        "GET /orders/{id}/items": "denied",
        "GET /orders/{id}/items/{item}": "residue",
        "ANY /admin/{p+}": "denied",
        "GET /users/{sub}/profile": "denied",
        "GET /": "allowed",
    }
    assert column(found, "when is_admin")["ANY /admin/{p+}"] == "allowed"
    assert column(found, "own cognito:username")["GET /users/{sub}/profile"] == "allowed"
    assert [state for state in column(found, "anybody").values() if state == "allowed"] == ["allowed"]


def test_a_residue_names_the_request_that_is_refused() -> None:
    """So that it can be tried."""
    (row,) = (row for row in matrix(ORDERS).rows if row.route.path == "/orders/{id}/items/{item}")

    assert row.cells[2] == Cell("residue", "GET /orders/x1/items/items is refused")


def test_principals_have_columns_of_their_own() -> None:
    """By name, or by their ids; a claim that cannot stand in a resource opens nothing."""
    alice = Principal("alice", scopes={"items:list"}, claims={"cognito:username": "alice", "groups": ["admin"]})
    mallory = Principal("mallory", claims={"cognito:username": "*"})

    found = matrix(ORDERS, {"the boss": alice, "mallory": mallory})

    assert found.columns == ("the boss", "mallory")
    assert matrix(ORDERS, [alice, mallory]).columns == ("alice", "mallory")
    assert column(found, "the boss")["GET /users/{sub}/profile"] == "allowed"
    notes = {str(row.route): [cell.note for cell in row.cells] for row in found.rows}
    assert notes["GET /users/{sub}/profile"] == ["", "a claim's value cannot stand in a resource"]
    assert notes["ANY /admin/{p+}"] == ["", "needs when is_admin"]
    assert notes["GET /orders/{id}"] == ["needs orders:read", "needs orders:read"]


def test_a_conflict_has_a_column_of_what_brings_it_about() -> None:
    """Held together, and only then, ordinary values are refused."""
    found = matrix(Routes(CONFLICT, on_conflict="refuse"))

    assert "list + read" in found.columns
    assert column(found, "list + read")["GET /a/{x}/{y}/{z}"] == "conflict"
    assert column(found, "list")["GET /a/{x}/{y}/{z}"] == "allowed"
    assert "GET /a/{x}/{y}/{z}, 5: conflict, GET /a/x1/x2/x3 is refused" in found.text()


def test_a_table_that_answers_for_one_request_says_so() -> None:
    """It has no conflict left, and no cache."""
    found = matrix(Routes(CONFLICT, on_conflict="one-request"))

    assert column(found, "list + read")["GET /a/{x}/{y}/{z}"] == "allowed"
    assert "result cache must be off" in found.text()
    assert found.data()["cacheable"] is False


def test_predicates_are_named_as_they_are_written() -> None:
    """A demand by what it asks for, a function by its name, and two of one name are told apart."""
    routes = Routes(
        [
            Route("GET", "/a", when=in_group("staff")),
            Route("GET", "/b", when=lambda principal: True),
            Route("GET", "/c", when=lambda principal: False),
            Route("GET", "/d", when=is_admin),
        ]
    )

    assert [row.needs for row in matrix(routes).rows] == [
        ("when one of the groups staff",),
        ("when lambda",),
        ("when lambda #2",),
        ("when is_admin",),
    ]


def test_the_text_is_what_stands_in_the_guide() -> None:
    """Routes below each other, columns numbered, notes behind."""
    assert matrix(ORDERS).text() == (
        "Who\n"
        "   1  anybody\n"
        "   2  items:list\n"
        "   3  orders:read\n"
        "   4  own cognito:username\n"
        "   5  when is_admin\n"
        "\n"
        "Route                          Needs                 1        2        3        4        5\n"
        "GET /orders/{id}               orders:read           denied   denied   allowed  denied   denied\n"
        "GET /orders/{id}/items         items:list            denied   allowed  denied   denied   denied\n"
        "GET /orders/{id}/items/{item}  orders:read           denied   denied   residue  denied   denied\n"
        "ANY /admin/{p+}                when is_admin         denied   denied   denied   denied   allowed\n"
        "GET /users/{sub}/profile       own cognito:username  denied   denied   denied   allowed  denied\n"
        "GET /                          -                     allowed  allowed  allowed  allowed  allowed\n"
        "\n"
        "Notes\n"
        "  GET /orders/{id}/items/{item}, 3: residue, GET /orders/x1/items/items is refused\n"
    )


@pytest.mark.parametrize("width", [80, 120])
def test_the_text_fits(width: int) -> None:
    """Long paths and names are cut, and columns that do not fit beside stand below."""
    long = "/" + "/".join(f"part{number}" for number in range(20))
    routes = Routes([Route("GET", f"{long}/{n}", scopes={f"scope:{n}:{'x' * 150}", "more"}) for n in range(40)])

    lines = matrix(routes).text(width).splitlines()

    assert max(map(len, lines)) <= width
    assert sum(line.startswith("Route ") for line in lines) > 3


def test_the_data_is_json() -> None:
    """States with their notes."""
    found = json.loads(json.dumps(matrix(ORDERS).data()))

    assert found["columns"][0] == "anybody"
    assert found["routes"][0] == {
        "route": "GET /orders/{id}",
        "needs": ["orders:read"],
        "cells": [
            {"state": "denied", "note": "needs orders:read"},
            {"state": "denied", "note": "needs orders:read"},
            {"state": "allowed"},
            {"state": "denied", "note": "needs orders:read"},
            {"state": "denied", "note": "needs orders:read"},
        ],
    }


def test_states_are_what_the_policies_say() -> None:
    """Of random tables and callers: a path of an allowed route passes, one of a denied route does not."""
    rng, seen = Random(5), set()
    for _ in range(200):
        table = random_table(rng, 15)
        caller = random_caller(rng, table)
        routes, principal = routes_of(table), Principal("p", scopes=caller.scopes, claims=caller.claims)
        for row in matrix(routes, [principal]).rows:
            cell = row.cells[0]
            seen.add(cell.state)
            asked = plain(routes, row.route, principal)
            allowed = {evaluate(routes.policy(principal, arn), arn).allowed for arn in asked}
            expected = {"allowed": {True}, "residue": {True}, "denied": {False}}.get(cell.state)
            if allowed and expected:
                assert allowed == expected, (table, caller, row)
            elif allowed and "+}" not in row.route.path:  # of a greedy route longer paths can be the refused ones
                assert False in allowed, (table, caller, row)

    assert seen == {"allowed", "denied", "residue", "conflict"}


def routes_of(table: Any) -> Routes:
    return Routes(
        [Route(rule.method, rule.path, scopes=rule.scopes, bind=dict(rule.bind)) for rule in table],
        on_conflict="refuse",
    )


def plain(routes: Routes, route: Route, principal: Principal) -> list[str]:
    """Return requests to a route with values of nobody else's, one for each method that is its own."""
    path = route.path[1:]
    for name in route.parameters:
        claim = principal.claims.get(route.bind.get(name, ""))
        value = claim if isinstance(claim, str) and claim else f"zz{name}"
        path = path.replace(f"{{{name}}}", value).replace(f"{{{name}+}}", value)
    return [arn_of(method, "/" + path) for method in route.methods if routes.find(method, path) is route]
