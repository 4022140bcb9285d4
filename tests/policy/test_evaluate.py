"""The evaluator says of a policy what IAM says (contract section 8.1)."""

from __future__ import annotations

from typing import Any

import pytest

from authkit.policy.evaluate import BadPolicy, evaluate

STAGE = "arn:aws:execute-api:eu-west-1:111122223333:api/prod/"


def policy(*statements: tuple[str, str | list[str]], **more: Any) -> dict[str, Any]:
    """Return a document with these effects and resources, resources without their stage."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": effect,
                "Action": "execute-api:Invoke",
                "Resource": STAGE + paths if isinstance(paths, str) else [STAGE + path for path in paths],
                **more,
            }
            for effect, paths in statements
        ],
    }


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("GET/orders", "GET/orders", True),
        ("GET/orders", "GET/orders/", False),
        ("GET/orders", "get/orders", False),
        ("GET/orders", "GET/Orders", False),
        ("GET/orders/*", "GET/orders/1", True),
        ("GET/orders/*", "GET/orders/1/lines/2", True),
        ("GET/orders/*", "GET/orders/", True),
        ("GET/orders/*", "GET/orders", False),
        ("GET/users/*/profile", "GET/users/1/profile", True),
        ("GET/users/*/profile", "GET/users/1/admin/profile", True),
        ("GET/pet?", "GET/pets", True),
        ("GET/pet?", "GET/pet/", True),
        ("GET/pet?", "GET/pet", False),
        ("*/orders", "POST/admin/orders", True),
        ("GET/items/{id}", "GET/items/{id}", True),
        ("GET/items/{id}", "GET/items/5", False),
        ("GET/a.c", "GET/abc", False),
        ("GET/line*", "GET/line\nbreak", True),
    ],
)
def test_a_resource_matches_text_as_the_contract_tells(pattern: str, path: str, matches: bool) -> None:
    """Each row of the contract's table of patterns."""
    document = policy(("Allow", pattern))

    evaluation = evaluate(document, STAGE + path)

    assert evaluation.allowed is matches


def test_a_deny_beats_any_allow_wherever_it_stands() -> None:
    """The order of statements means nothing."""
    allow, deny = ("Allow", "GET/*"), ("Deny", ["GET/a", "GET/b"])

    first = evaluate(policy(allow, deny), STAGE + "GET/b")
    last = evaluate(policy(deny, allow), STAGE + "GET/b")

    assert first == last
    assert (first.verdict, first.resource) == ("explicit deny", STAGE + "GET/b")


def test_nothing_said_is_an_implicit_deny() -> None:
    """Default deny, told apart from an explicit one."""
    evaluation = evaluate(policy(("Allow", "GET/a")), STAGE + "GET/b")

    assert evaluation.verdict == "implicit deny"
    assert not evaluation.allowed


def test_not_resource_means_everything_else() -> None:
    """A Deny on NotResource refuses what it does not name."""
    statement = {"Effect": "Deny", "Action": "*", "NotResource": [STAGE + "GET/a"]}
    document = {"Version": "2012-10-17", "Statement": [*policy(("Allow", "*"))["Statement"], statement]}

    named, other = evaluate(document, STAGE + "GET/a"), evaluate(document, STAGE + "GET/b")

    assert named.verdict == "allow"
    assert (other.verdict, other.resource) == ("explicit deny", "NotResource")


@pytest.mark.parametrize(
    ("action", "applies"),
    [
        ({"Action": "execute-api:Invoke"}, True),
        ({"Action": "EXECUTE-API:invoke"}, True),
        ({"Action": ["s3:GetObject", "execute-api:*"]}, True),
        ({"Action": "*"}, True),
        ({"Action": "execute-api:ManageConnections"}, False),
        ({"NotAction": "execute-api:Invoke"}, False),
        ({"NotAction": "s3:*"}, True),
    ],
)
def test_only_statements_about_invoking_apply(action: dict[str, Any], applies: bool) -> None:
    """Action and NotAction, wildcards, and the case of actions, which does not matter."""
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Resource": STAGE + "*", **action}}

    assert evaluate(document, STAGE + "GET/a").allowed is applies


def test_a_statement_applies_while_its_condition_holds() -> None:
    """The condition is judged for each request, kept policy or not."""
    document = policy(("Allow", "*"), Condition={"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}})

    before = evaluate(document, STAGE + "GET/a", {"aws:CurrentTime": "2025-12-31T23:59:59Z"})
    after = evaluate(document, STAGE + "GET/a", {"aws:CurrentTime": "2026-01-01T00:00:00Z"})

    assert before.allowed
    assert not after.allowed


@pytest.mark.parametrize(
    "document",
    [
        None,
        "{}",
        {},
        {"Version": "2012-10-17"},
        {"Version": "2012-10-17", "Statement": []},
        {"Version": "2020-01-01", "Statement": policy(("Allow", "*"))["Statement"]},
        {"Version": "2012-10-17", "Statement": ["Allow"]},
        {"Version": "2012-10-17", "Statement": [{"Effect": "allow", "Action": "*", "Resource": "*"}]},
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*"}]},
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": []}]},
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": 1, "Resource": "*"}]},
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "NotResource": "*"}],
        },
    ],
)
def test_what_is_no_policy_is_an_error_and_not_a_verdict(document: object) -> None:
    """The gateway answers 500 to it, and neither allows nor denies."""
    with pytest.raises(BadPolicy):
        evaluate(document, STAGE + "GET/a")


def test_a_hostile_pattern_is_judged_in_no_time() -> None:
    """Runs of stars are one star: no backtracking without end."""
    document = policy(("Allow", "GET/" + "*" * 400 + "x"))

    assert not evaluate(document, STAGE + "GET/" + "a" * 2000).allowed
