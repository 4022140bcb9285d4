"""Tables that deny the rest by name, for a REST API whose resource policy allows everybody (contract 8.4, third row)."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from authkit import Principal, Route, Routes, from_networks, until_token_ends
from authkit.policy.evaluate import BadPolicy, Policy
from authkit.policy.limits import bind, together
from authkit.policy.together import evaluate_with
from tests.judge import iam
from tests.judge.paths import random_requests
from tests.judge.subject import ARN, PREFIX, arn_of, build, principal_of, route_of
from tests.judge.tables import random_caller, random_table

EVERYBODY = Policy.parse(
    {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}},
    kind="resource policy",
)
TABLE = [
    Route("GET", "/orders/{id}"),
    Route("GET", "/orders/{id}/audit", scopes={"audit"}),
    Route("PUT", "/orders", scopes={"write"}),
]
ANN = Principal("ann", expires_at=1_700_000_000.0)


def rest_denied(*resources: str) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": "execute-api:Invoke", "NotResource": [PREFIX + each for each in resources]}


def test_silence_is_a_deny_where_it_is_switched_on() -> None:
    """And an Allow of the resource policy's where it is not: the trap."""
    closed, silent = Routes(TABLE, deny_the_rest=True).policy(ANN, ARN), Routes(TABLE).policy(ANN, ARN)
    asked = [PREFIX + each for each in ("GET/orders/1", "GET/orders/1/audit", "PUT/orders", "GET/elsewhere")]

    said = [[evaluate_with(policy, EVERYBODY, arn).allowed for arn in asked] for policy in (closed, silent)]

    assert said == [[True, False, False, False], [True, False, True, True]]
    assert closed["Statement"][:2] == silent["Statement"]
    assert closed["Statement"][2:] == [rest_denied("GET/orders/*")]


def test_what_passes_beside_everybody_is_what_passes_alone() -> None:
    """Random tables and hostile requests, by the evaluator for both policies and by the judge for the one."""
    rng, differing, trapped = Random(11), [], 0
    for _ in range(40):
        table = random_table(rng, 12)
        caller = random_caller(rng, table)
        rules = [route_of(rule) for rule in table]
        policy = build(table).policy(caller)
        closed = Routes(rules, api="rest", on_conflict="refuse", deny_the_rest=True).policy(principal_of(caller), ARN)
        for arn in (arn_of(*request) for request in random_requests(rng, table, caller)):
            alone = iam.allows(policy, arn)
            both = (evaluate_with(closed, EVERYBODY, arn).allowed, iam.allows(closed, arn))
            differing += [arn] if both != (alone, alone) else []
            trapped += evaluate_with(policy, EVERYBODY, arn).allowed is not alone

    assert differing == []
    assert trapped > 100  # so many would have passed


def test_a_kept_policy_is_the_same_for_every_request_and_nobody_can_change_it() -> None:
    """The gateway keeps it, and so do we: what one caller of ours changes, the next does not see."""
    routes = Routes(TABLE, deny_the_rest=True)
    first = routes.policy(ANN, ARN)

    first["Statement"][2]["NotResource"].clear()

    assert routes.policy(ANN, PREFIX + "DELETE/x")["Statement"][2] == rest_denied("GET/orders/*")


def test_a_policy_for_one_request_denies_all_others() -> None:
    """In one-request mode the rest is everything but what is asked for."""
    table = [Route("GET", "/a/{x}"), Route("GET", "/a/{x}/{y}", scopes={"w"}), Route("GET", "/a/{x}/{y}/{z}")]
    routes = Routes(table, on_conflict="one-request", deny_the_rest=True)

    policy = routes.policy(ANN, PREFIX + "GET/a/1/2/3")

    assert policy["Statement"][1:] == [rest_denied("GET/a/1/2/3")]


def test_who_may_call_nothing_is_denied_everything_once() -> None:
    """There is nothing to leave out."""
    policy = Routes([Route("GET", "/", scopes={"x"})], deny_the_rest=True).policy(ANN, ARN)

    assert policy["Statement"] == [{"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": [PREFIX + "*"]}]


@pytest.mark.parametrize(
    ("told", "allowed"),
    [
        ({"aws:CurrentTime": "2023-11-14T22:13:19Z", "aws:SourceIp": "203.0.113.9"}, True),
        ({"aws:CurrentTime": "2023-11-14T22:13:20Z", "aws:SourceIp": "203.0.113.9"}, False),
        ({"aws:CurrentTime": "2023-11-14T22:13:19Z", "aws:SourceIp": "198.51.100.1"}, False),
        ({"aws:CurrentTime": "2023-11-14T22:13:19Z"}, False),
        ({"aws:SourceIp": "203.0.113.9"}, False),
    ],
)
def test_limits_are_closed_too(told: dict[str, str], allowed: bool) -> None:
    """An Allow that does not hold any more is silence, and beside everybody's Allow silence is none."""
    policy = Routes(TABLE, deny_the_rest=True).policy(ANN, ARN)

    bind(policy, together([until_token_ends(ANN), from_networks("203.0.113.0/24")(ANN)]))

    assert evaluate_with(policy, EVERYBODY, PREFIX + "GET/orders/1", told).allowed is allowed


def test_limits_of_other_tables_stay_with_the_allow() -> None:
    """Nothing is denied there that silence refuses anyway; without a condition, or an Allow, nothing is changed."""
    policy, refused = Routes(TABLE).policy(ANN, ARN), Routes([Route("GET", "/", scopes={"x"})]).policy(ANN, ARN)
    condition = until_token_ends(ANN)

    bind(policy, condition)
    bind(refused, condition)
    bind(policy, {})

    assert [each.get("Condition") for each in policy["Statement"]] == [condition, None]
    assert "Condition" not in refused["Statement"][0]


def test_a_limit_without_an_opposite_is_an_error() -> None:
    """Better no answer than one with a hole."""
    policy = Routes(TABLE, deny_the_rest=True).policy(ANN, ARN)

    with pytest.raises(BadPolicy, match="no opposite to Bool"):
        bind(policy, {"Bool": {"aws:SecureTransport": "true"}})
