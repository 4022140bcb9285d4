"""A difference tells what changed, who gains and who loses, and nothing where nothing did."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from authkit import Principal, Route, Routes
from authkit.policy.diff import Change, TableDiff, diff_policies, diff_tables
from authkit.policy.evaluate import BadPolicy, evaluate
from authkit.policy.resource_policy import resource_policy
from tests.judge.subject import arn_of
from tests.judge.tables import random_table
from tests.policy.test_matrix import routes_of

STAGE = "arn:aws:execute-api:eu-west-1:111122223333:api/prod/"

READ, LIST = {"orders:read"}, {"items:list"}
OLD = [Route("GET", "/orders/{id}", scopes=READ), Route("GET", "/orders/{id}/items", scopes=LIST)]


def diff(old: list[Route], new: list[Route], **more: Any) -> TableDiff:
    return diff_tables(Routes(old, **more), Routes(new, **more))


def of(found: TableDiff, who: str) -> Change:
    return next(change for change in found.changes if change.who == who)


def test_nothing_changed_is_nothing() -> None:
    """Neither by the order of routes nor by the names of parameters."""
    found = diff(OLD, [Route("GET", "/orders/{order}/items", scopes=LIST), Route("GET", "/orders/{o}", scopes=READ)])

    assert not found
    assert found.text() == found.markdown() == "Nothing changed.\n"


def test_routes_are_added_removed_and_changed() -> None:
    """By method and template, with what they needed and need."""
    found = diff(
        OLD, [Route("GET", "/orders/{id}", scopes=READ | {"mfa"}), Route("POST", "/orders", scopes={"orders:write"})]
    )

    assert [(each.what, each.route, each.needed, each.needs) for each in found.routes] == [
        ("added", "POST /orders", (), ("orders:write",)),
        ("changed", "GET /orders/{id}", ("orders:read",), ("mfa", "orders:read")),
        ("removed", "GET /orders/{id}/items", ("items:list",), ()),
    ]


def test_who_held_the_scope_gains_and_loses() -> None:
    """With the resources by which it comes about."""
    found = diff(OLD, [OLD[0], Route("GET", "/orders/{id}/items", scopes=READ)])

    assert of(found, "items:list") == Change(
        who="items:list",
        gains=(),
        loses=("GET /orders/{id}/items",),
        allow_added=(),
        allow_removed=("GET/orders/*/items",),
        deny_added=("*",),
        deny_removed=(),
    )
    assert of(found, "orders:read").gains == ("GET /orders/{id}/items",)
    assert of(found, "orders:read").deny_removed == ("GET/orders/*/items",)
    assert {change.who for change in found.changes} == {"items:list", "orders:read"}


def test_a_route_taken_out_of_a_wider_one_is_a_loss_to_whoever_called_it_there() -> None:
    """The table grants them no less; the request goes elsewhere now."""
    found = diff(OLD, [*OLD, Route("GET", "/orders/export", scopes={"admin"})])

    assert of(found, "orders:read").loses == ("GET /orders/export",)
    assert of(found, "orders:read").deny_added == ("GET/orders/export",)
    assert of(found, "admin").gains == ("GET /orders/export",)


def test_a_route_that_falls_back_to_a_wider_one_is_a_gain() -> None:
    """What was refused by its own route is allowed by the one its requests go to now."""
    found = diff([*OLD, Route("GET", "/orders/export", scopes={"admin"})], OLD)

    assert of(found, "orders:read").gains == ("GET /orders/export",)
    assert of(found, "admin").loses == ("GET /orders/export",)


def test_another_ones_values_are_asked_for_as_well() -> None:
    """A route that is no longer bound opens other callers' paths to everybody, the caller's own to nobody new."""
    bound, open_to_all = Route("GET", "/users/{sub}", bind={"sub": "sub"}), Route("GET", "/users/{sub}")

    opened = diff([bound], [open_to_all])
    closed = diff([open_to_all], [bound])

    assert of(opened, "own sub").gains == ("GET /users/{sub} of others",)
    assert of(opened, "anybody").gains == ("GET /users/{sub}",)
    assert of(closed, "own sub").loses == ("GET /users/{sub} of others",)
    assert of(closed, "own sub").allow_added == ("GET/users/own-sub-1",)


def test_a_binding_to_another_claim_is_a_change() -> None:
    """The needs tell which claim, and who gains."""
    found = diff([Route("GET", "/t/{t}", bind={"t": "tenant"})], [Route("GET", "/t/{t}", bind={"t": "org"})])

    assert [(each.needed, each.needs) for each in found.routes] == [(("own tenant",), ("own org",))]
    assert of(found, "own org").gains == ("GET /t/{t}",)
    assert of(found, "own tenant").loses == ("GET /t/{t}",)


def test_predicates_are_compared_by_their_names() -> None:
    """Two versions of a table never have the same objects."""

    def versions(name: str) -> list[Route]:
        def predicate(principal: Principal) -> bool:
            return True

        predicate.__qualname__ = name
        return [Route("GET", "/a", when=predicate)]

    assert not diff(versions("is_admin"), versions("is_admin"))
    assert [each.needs for each in diff(versions("is_admin"), versions("is_boss")).routes] == [("when is_boss",)]


def test_all_methods_at_once_are_any() -> None:
    """Seven lines would say no more."""
    found = diff(OLD, [*OLD, Route("ANY", "/admin/{p+}", scopes={"admin"})])

    assert of(found, "admin").gains == ("ANY /admin/{p+}",)


def test_principals_can_be_named() -> None:
    """Then it tells of them alone."""
    people = {"alice": Principal("a", scopes=LIST), "bob": Principal("b", scopes=LIST | READ)}

    found = diff_tables(Routes(OLD), Routes(OLD[:1]), people)

    assert [change.who for change in found.changes] == ["alice", "bob"]
    assert of(found, "alice").loses == ("GET /orders/{id}/items",)


def test_routes_can_change_for_nobody_who_is_named() -> None:
    """Then only the routes are told."""
    found = diff_tables(Routes(OLD), Routes(OLD[:1]), [Principal("carol")])

    assert found.changes == ()
    assert found.text().splitlines()[-1].startswith("-  GET /orders/{id}/items")
    assert "Who gains" not in found.markdown()


def test_somebody_can_gain_or_lose_without_a_changed_route() -> None:
    """A predicate of the same name that says something else."""
    open_to, closed_to = (
        Routes([Route("GET", "/a", when=lambda principal, answer=answer: answer)]) for answer in (True, False)
    )

    found = diff_tables(open_to, closed_to, [Principal("carol")])

    assert found.routes == ()
    assert of(found, "carol").loses == ("GET /a",)
    assert found.text().startswith("carol\n  loses  GET /a\n")
    assert "### Routes" not in found.markdown()


def test_a_table_that_answers_for_one_request_is_compared_by_its_requests() -> None:
    """It has no resources to compare."""
    conflict = [
        Route("GET", "/a/{x}", scopes={"r"}),
        Route("GET", "/a/{x}/{y}", scopes={"w"}),
        Route("GET", "/a/{x}/{y}/{z}", scopes={"r"}),
    ]

    found = diff(conflict, [*conflict[:2], Route("GET", "/a/{x}/{y}/{z}", scopes={"w"})], on_conflict="one-request")

    assert of(found, "r").loses == ("GET /a/{x}/{y}/{z}",)
    assert of(found, "w").gains == ("GET /a/{x}/{y}/{z}",)


def test_the_text_is_for_a_terminal() -> None:
    """Signs, routes, needs; then who, what, and resources."""
    found = diff(OLD, [OLD[0], Route("GET", "/orders/{id}/items", scopes=READ)])

    assert found.text() == (
        "   Route                   Needed      Needs\n"
        "~  GET /orders/{id}/items  items:list  orders:read\n"
        "\n"
        "items:list\n"
        "  loses  GET /orders/{id}/items\n"
        "    - Allow GET/orders/*/items\n"
        "    + Deny *\n"
        "\n"
        "orders:read\n"
        "  gains  GET /orders/{id}/items\n"
        "    - Deny GET/orders/*/items\n"
    )


def test_the_markdown_is_for_a_pull_request() -> None:
    """Tables, and the resources folded away."""
    found = diff(OLD, [OLD[0], Route("GET", "/orders/{id}/items", scopes=READ)])

    assert found.markdown() == (
        "### Routes\n"
        "\n"
        "|  | route | needed | needs |\n"
        "| --- | --- | --- | --- |\n"
        "| changed | `GET /orders/{id}/items` | `items:list` | `orders:read` |\n"
        "\n"
        "### Who gains, who loses\n"
        "\n"
        "| who holds | gains | loses |\n"
        "| --- | --- | --- |\n"
        "| `items:list` | - | `GET /orders/{id}/items` |\n"
        "| `orders:read` | `GET /orders/{id}/items` | - |\n"
        "\n"
        "<details><summary>Resources</summary>\n"
        "\n"
        "**`items:list`**\n"
        "\n"
        "```diff\n"
        "- Allow GET/orders/*/items\n"
        "+ Deny *\n"
        "```\n"
        "\n"
        "**`orders:read`**\n"
        "\n"
        "```diff\n"
        "- Deny GET/orders/*/items\n"
        "```\n"
        "\n"
        "</details>\n"
    )


@pytest.mark.parametrize("scope", ["a|b", "a`b", "``", "|", "a\\|b", "<b>", "```x"])
def test_what_a_table_calls_its_scopes_is_no_markup(scope: str) -> None:
    """Neither ends a cell nor a fence."""
    markdown = diff(OLD, [*OLD, Route("GET", "/x", scopes={scope})]).markdown()

    rows = [line for line in markdown.splitlines() if line.startswith("| added") or line.startswith("| `")]
    assert all(unescaped(row) == (5 if row.startswith("| added") else 4) for row in rows)
    assert "<b>" not in markdown.replace("`<b>`", "")


def unescaped(row: str) -> int:
    """Count the bars of a row that part its cells."""
    return row.count("|") - row.count("\\|")


def test_the_data_is_json() -> None:
    """Both lists."""
    found = json.loads(json.dumps(diff(OLD, OLD[:1]).data()))

    assert found["routes"] == [
        {"what": "removed", "route": "GET /orders/{id}/items", "before": ["items:list"], "after": []}
    ]
    assert found["changes"][0]["who"] == "items:list"


def test_gains_and_losses_are_what_the_policies_say() -> None:
    """Of random tables: forwards and backwards are opposites, and no change means the same resources."""
    rng = Random(3)
    for _ in range(30):
        old, new = (routes_of(random_table(rng, 6)) for _ in range(2))

        forwards, backwards = diff_tables(old, new), diff_tables(new, old)

        gained = {(change.who, *change.allow_added) for change in forwards.changes}
        assert gained == {(change.who, *change.allow_removed) for change in backwards.changes}
        lengths = {change.who: (len(change.gains), len(change.loses)) for change in forwards.changes}
        assert lengths == {change.who: (len(change.loses), len(change.gains)) for change in backwards.changes}
        assert not diff_tables(old, old)


def policy(*statements: tuple[str, str] | tuple[str, str, dict[str, Any]]) -> dict[str, Any]:
    """Return a policy of these effects, paths and further elements."""
    listed = [
        {"Effect": effect, "Action": "execute-api:Invoke", "Resource": STAGE + path, **(more[0] if more else {})}
        for effect, path, *more in statements
    ]
    return {"Version": "2012-10-17", "Statement": listed}


def test_policies_are_compared_resource_by_resource() -> None:
    """Whatever statement they stand in and in whatever order."""
    one = policy(("Allow", "GET/a"), ("Deny", "GET/b"))
    other = policy(("Deny", "GET/b"), ("Allow", "GET/a"))
    other["Statement"][1]["Resource"] = [STAGE + "GET/a"]

    assert not diff_policies(one, other)
    assert diff_policies(one, other).text() == "Nothing changed.\n"


def test_a_request_is_named_for_what_was_gained_and_lost() -> None:
    """Each judged by both policies."""
    found = diff_policies(
        policy(("Allow", "GET/a"), ("Allow", "GET/o/*")),
        policy(("Allow", "GET/o/*"), ("Deny", "GET/o/*/x"), ("Allow", "PUT/?")),
    )

    assert [str(item) for item in found.removed] == [f"Allow {STAGE}GET/a"]
    assert [str(item) for item in found.added] == [f"Allow {STAGE}PUT/?", f"Deny {STAGE}GET/o/*/x"]
    assert found.gained == (STAGE + "PUT/x",)
    assert found.lost == (STAGE + "GET/a", STAGE + "GET/o/x1/x")
    assert found.text() == (
        f"- Allow {STAGE}GET/a\n"
        f"+ Allow {STAGE}PUT/?\n"
        f"+ Deny {STAGE}GET/o/*/x\n"
        "\n"
        f"gained  {STAGE}PUT/x\n"
        f"lost    {STAGE}GET/a\n"
        f"lost    {STAGE}GET/o/x1/x\n"
    )
    assert f"| lost | `{STAGE}GET/a` |" in found.markdown()
    json.dumps(found.data())


def test_a_change_without_effect_is_told_as_that() -> None:
    """What is allowed twice, and a condition, which is taken to hold."""
    until = {"Condition": {"DateLessThan": {"aws:CurrentTime": "2026-01-01"}}}
    one, other = policy(("Allow", "GET/*")), policy(("Allow", "GET/*"), ("Allow", "GET/a", until))

    found = diff_policies(one, other)

    assert found
    assert (found.gained, found.lost) == ((), ())
    assert 'GET/a if {"DateLessThan": {"aws:CurrentTime": "2026-01-01"}}' in found.text()
    assert "No request was found by which they differ" in found.text()
    assert "No request was found by which they differ" in found.markdown()


def test_elements_of_all_kinds_are_told() -> None:
    """NotResource, NotAction and other actions."""
    one = policy(("Allow", "GET/*"))
    other = {
        "Version": "2012-10-17",
        "Statement": [
            *one["Statement"],
            {"Effect": "Deny", "NotAction": "s3:*", "NotResource": [STAGE + "GET/b", STAGE + "GET/a"]},
        ],
    }

    (item,) = diff_policies(one, other).added

    assert str(item) == f'Deny everything but {STAGE}GET/a, {STAGE}GET/b to not "s3:*"'


def test_resource_policies_are_compared_by_what_they_say() -> None:
    """They are all conditions, so no request is asked."""
    old, new = (resource_policy(networks=[network]) for network in ("203.0.113.0/24", "192.0.2.0/24"))

    found = diff_policies(old, new, kind="resource policy")

    assert (found.gained, found.lost) == (None, None)
    assert "192.0.2.0/24" in str(found.added[0])
    assert 'for "*"' in str(found.added[0])
    assert "No request" not in found.text() + found.markdown()


def test_what_is_no_policy_is_not_compared() -> None:
    """Either of them."""
    for pair in (({}, policy(("Allow", "*"))), (policy(("Allow", "*")), {})):
        with pytest.raises(BadPolicy):
            diff_policies(*pair)


def test_examples_are_true() -> None:
    """Of random policies: each example of a gain passes now and did not before."""
    rng = Random(11)
    principal = Principal("p", scopes={"read", "audit"})
    for _ in range(40):
        old, new = (routes_of(random_table(rng, 6)).policy(principal, arn_of("GET", "/")) for _ in range(2))

        found = diff_policies(old, new)

        for arns, before, after in ((found.gained, False, True), (found.lost, True, False)):
            assert all(evaluate(old, arn).allowed is before for arn in arns or ())
            assert all(evaluate(new, arn).allowed is after for arn in arns or ())
