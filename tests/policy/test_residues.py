"""Residues are found, all of them and nothing else; so are routes that no path goes to."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from authkit import ConfigError, Principal, Route, Routes
from authkit.policy.evaluate import evaluate
from authkit.policy.residues import residues, unreachable

STAGE = "arn:aws:execute-api:eu-west-1:111122223333:api/stage/"


def test_the_item_that_is_named_items() -> None:
    """The example of the design."""
    table = Routes(
        [
            Route("GET", "/orders/{id}", scopes={"r"}),
            Route("GET", "/orders/{id}/items/{item}", scopes={"r"}),
            Route("GET", "/orders/{id}/items", scopes={"l"}),
        ]
    )

    (residue,) = residues(table)

    assert str(residue) == (
        "with GET /orders/{id} and GET /orders/{id}/items/{item} granted and GET /orders/{id}/items refused, the Deny"
        " GET/orders/*/items takes GET /orders/x1/items/items, which goes to GET /orders/{id}/items/{item}"
    )


def test_grants_that_always_come_together_leave_no_residue() -> None:
    """Whoever holds the one holds the other."""
    table = Routes(
        [
            Route("GET", "/orders/{id}", scopes={"r"}),
            Route("GET", "/orders/{id}/items/{item}", scopes={"r"}),
            Route("GET", "/orders/{id}/items"),
        ]
    )

    assert residues(table) == []


def test_routes_that_others_take_whole_are_unreachable() -> None:
    """ANY behind every method; nothing else as plain."""
    table = Routes(
        [
            Route("ANY", "/b", scopes={"s"}),
            *(Route(method, "/b") for method in ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")),
            Route("GET", "/{any+}"),
            Route("$connect"),
        ]
    )

    assert [str(route) for route in unreachable(table)] == ["ANY /b"]


SEGMENTS = st.sampled_from(["a", "b", "{x}"])
PATHS = st.lists(SEGMENTS, min_size=1, max_size=4).map(
    lambda parts: "/" + "/".join(part.replace("x", f"x{place}") for place, part in enumerate(parts))
)


def table_of(paths: list[str], scopes: list[str]) -> Routes | None:
    """Return a table, or None if it cannot be built."""
    routes = [Route("GET", path, scopes={scope}) for path, scope in zip(paths, scopes, strict=False)]
    try:
        return Routes(routes, on_conflict="refuse")
    except ConfigError:
        return None


@given(st.lists(PATHS, min_size=1, max_size=6), st.lists(st.sampled_from("rst"), min_size=6, max_size=6))
def test_every_granted_path_that_is_denied_is_a_residue_or_a_conflict(paths: list[str], scopes: list[str]) -> None:
    """Asked path by path, of everybody the scopes tell apart; and every residue is one for somebody."""
    table = table_of(paths, scopes)
    if table is None:
        return
    known = {(each.taken, each.refused) for each in residues(table)} | {
        (each.taken, each.refused) for each in table.conflicts
    }
    taken = {route for route, _ in known}
    asked = ["/".join(parts) for size in range(1, 5) for parts in product("abv", repeat=size)]

    met = set()
    for held in ("r", "s", "t", "rs", "rt", "st", "rst"):
        principal = Principal("p", scopes=list(held))
        policy = table.policy(principal, f"{STAGE}GET/")
        granted = {grant.route for grant in table.grants(principal)}
        for path in asked:
            route = table.find("GET", path)
            if route in granted and not evaluate(policy, f"{STAGE}GET/{path}").allowed:
                met.add(route)

    assert met <= taken
    for residue in residues(table):
        assert table.find("GET", residue.path.replace("x", "v")) is residue.taken
        assert residue.taken in met
