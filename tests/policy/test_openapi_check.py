"""A table written by hand is compared with the document of its API."""

from __future__ import annotations

from typing import Any

import pytest

from authkit import ConfigError, Principal, Route, Routes

SCHEMES = {
    "gate": {"type": "http", "scheme": "bearer"},
    "signed": {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"},
}


def document(paths: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a document with our scheme and another."""
    return {"openapi": "3.0.1", "components": {"securitySchemes": SCHEMES}, "paths": paths, **more}


def op(*scopes: str) -> dict[str, Any]:
    """Return an operation that asks for these scopes."""
    return {"security": [{"gate": list(scopes)}]}


ORDERS = document(
    {
        "/orders": {"get": op("orders:read"), "post": op("orders:write"), "options": {}},
        "/orders/{id}": {"get": op("orders:read"), "delete": op("orders:write", "admin")},
        "/files/{proxy+}": {"x-amazon-apigateway-any-method": op("files")},
        "/health": {"get": {"security": []}},
        "/export": {"post": {"security": [{"signed": []}]}},
    }
)

TABLE = (
    Route("GET", "/orders", scopes={"orders:read"}),
    Route("POST", "/orders", scopes={"orders:write"}),
    Route("GET", "/orders/{order}", scopes={"orders:read"}),
    Route("DELETE", "/orders/{order}", scopes={"orders:write", "admin"}),
    Route("ANY", "/files/{path+}", scopes={"files"}),
    Route("GET", "/health"),
    Route("POST", "/export"),
)


def differences(table: Any, given: Any, **more: Any) -> list[str]:
    """Return what is said of a table."""
    try:
        Routes(table, on_conflict="refuse").check(given, **more)
    except ConfigError as error:
        return str(error).removeprefix("Routes.check: ").split("; ")
    return []


def without(*names: str) -> list[Route]:
    """Return the table less some of its routes."""
    return [route for route in TABLE if str(route) not in names]


def test_a_table_that_says_the_same_passes() -> None:
    """Whatever its parameters are called; a preflight that is open may be missing."""
    assert differences(TABLE, ORDERS) == []


def test_a_table_made_of_the_document_passes() -> None:
    """Also where nobody is granted what another scheme guards."""
    assert differences(Routes.from_openapi(ORDERS), ORDERS) == []


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("POST /orders", "missing: POST /orders"),
        ("GET /orders/{order}", "missing: GET /orders/{id}"),
        ("ANY /files/{path+}", "missing: ANY /files/{proxy+}"),
        ("GET /health", "missing: GET /health"),
        ("POST /export", "missing: POST /export"),
    ],
)
def test_a_method_that_the_table_lacks_is_named(missing: str, said: str) -> None:
    """As the document writes it; also one that the gateway lets pass by itself."""
    assert differences(without(missing), ORDERS) == [said]


def test_a_method_that_another_route_would_take_is_named_with_it() -> None:
    """The trap: its callers are judged by the other one's scopes."""
    table = [*without("GET /orders", "GET /health"), Route("GET", "/{rest+}", scopes={"rest"})]

    assert differences(table, ORDERS) == [
        "missing: GET /orders, which the table takes for GET /{rest+}",
        "missing: GET /health, which the table takes for GET /{rest+}",
        "not in the document: GET /{rest+}",
    ]


def test_all_methods_of_a_path_can_be_held_one_by_one() -> None:
    """Those that are not are named with the document's own word for all."""
    held = [Route(method, "/files/{path+}", scopes={"files"}) for method in ("DELETE", "GET", "HEAD", "OPTIONS", "PUT")]
    table = [*without("ANY /files/{path+}"), *held]
    rest = [Route(method, "/files/{path+}", scopes={"files"}) for method in ("PATCH", "POST")]

    assert differences(table, ORDERS) == ["missing: PATCH, POST of ANY /files/{proxy+}"]
    assert differences([*table, *rest], ORDERS) == []


def test_all_methods_of_a_path_can_be_held_by_any() -> None:
    """That the document has fewer is no difference: the gateway sends none of the others."""
    given = document({"/a": {"get": op("a"), "put": op("a")}})

    assert differences([Route("ANY", "/a", scopes={"a"})], given) == []
    assert differences([Route("ANY", "/a", scopes={"a"}), Route("PUT", "/a", scopes={"b"})], given) == [
        "PUT /a: the table demands b, the document a"
    ]


def test_a_route_that_the_document_does_not_have_is_named() -> None:
    """It grants what nobody can call, or a document is behind."""
    table = [*TABLE, Route("PATCH", "/orders/{id}"), Route("GET", "/old", scopes={"x"})]

    assert differences(table, ORDERS) == ["not in the document: PATCH /orders/{id}", "not in the document: GET /old"]


@pytest.mark.parametrize(
    ("route", "said"),
    [
        (Route("GET", "/orders"), "GET /orders: the table demands no scope, the document orders:read"),
        (
            Route("GET", "/orders", scopes={"admin", "orders:read"}),
            "GET /orders: the table demands admin and orders:read, the document orders:read",
        ),
        (
            Route("GET", "/health", scopes={"ops"}),
            "GET /health: the table demands ops, and in the document no authorizer guards it",
        ),
        (
            Route("POST", "/export", scopes={"ops"}),
            "POST /export: the table demands ops, and in the document another scheme guards it",
        ),
        (
            Route("GET", "/health", when=lambda principal: True),
            "GET /health: the table demands no scope, and in the document no authorizer guards it",
        ),
    ],
)
def test_other_demands_than_the_documents_are_named(route: Route, said: str) -> None:
    """Laxer, stricter, and where the gateway would not ask the authorizer at all."""
    assert differences([*without(str(route)), route], ORDERS) == [said]


@pytest.mark.parametrize(
    ("route", "same"),
    [
        (Route("GET", "/a", scopes={"base", "a"}), True),
        (Route("GET", "/a", scopes={"base", "b", "c"}), True),
        (Route("GET", "/a", scopes={"base"}, when=lambda principal: "a" in principal.scopes), True),
        (Route("GET", "/a", scopes={"base"}), False),
        (Route("GET", "/a", scopes={"base", "b"}), False),
        (Route("GET", "/a", when=lambda principal: "a" in principal.scopes), False),
    ],
)
def test_of_alternatives_a_table_may_hold_one_or_ask_a_predicate(route: Route, same: bool) -> None:
    """What a predicate asks cannot be seen; what all alternatives ask for must be there."""
    given = document({"/a": {"get": {"security": [{"gate": ["base", "a"]}, {"gate": ["base", "b", "c"]}]}}})

    told = f"GET /a: the table demands {' and '.join(sorted(route.scopes)) or 'no scope'}, the document a and base or"
    assert [each.startswith(told) for each in differences([route], given)] == ([] if same else [True])


def test_a_document_that_does_not_speak_of_security_is_compared_by_its_methods() -> None:
    """Its authorizer is attached elsewhere."""
    given = {"openapi": "3.0.1", "paths": {"/a": {"get": {}}, "/b": {"get": {}}}}

    assert differences([Route("GET", "/a", scopes={"a"})], given) == ["missing: GET /b"]


def test_a_document_is_read_as_for_a_table() -> None:
    """By the same arguments."""
    given = document({"/a/": {"get": {}}, "/b": {"get": op("x", "y")}}, security=[{"gate": ["root"]}])
    table = [Route("GET", "/a", scopes={"root"}), Route("GET", "/b", scopes={"x"})]

    assert differences(table, given, trailing_slash=True, inherit_security=True, scopes="any", authorizer="gate") == []
    assert "missing: GET /a/" in differences(table, given)


def test_a_document_with_faults_is_not_compared() -> None:
    """The faults are told instead, so that nothing passes by being overlooked."""
    given = document({"/a": {"get": op(), "trace": {}}})

    assert differences([Route("GET", "/a")], given)[0].startswith("/paths/~1a/trace: 'trace' is neither")


def test_routes_that_no_document_speaks_of_are_left_alone() -> None:
    """A WebSocket API's is not in OpenAPI."""
    assert differences([*TABLE, Route("$connect", scopes={"chat"})], ORDERS) == []


def test_what_a_table_of_the_document_grants_is_what_its_own_check_compares() -> None:
    """An open method is granted to everybody, one of another scheme to nobody."""
    granted = {str(grant.route) for grant in Routes.from_openapi(ORDERS).grants(Principal("ann"))}

    assert granted == {"GET /health", "OPTIONS /orders"}
