"""The evaluator says of a policy what IAM says (contract section 8.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from authkit import BadEvent
from authkit.policy.conditions import UnknownCondition
from authkit.policy.evaluate import BadPolicy, Policy, UnknownElement, evaluate
from tests.support.shared import event_names, load

if TYPE_CHECKING:
    from pathlib import Path

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


def statement(**changes: Any) -> dict[str, Any]:
    """Return a statement that allows everything, with some elements changed; None takes one away."""
    whole = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": STAGE + "*", **changes}
    return {name: value for name, value in whole.items() if value is not None}


def document(*statements: Any, **changes: Any) -> dict[str, Any]:
    """Return a document of these statements, with some elements changed; None takes one away."""
    whole = {"Version": "2012-10-17", "Statement": list(statements), **changes}
    return {name: value for name, value in whole.items() if value is not None}


@pytest.mark.parametrize(
    "bad",
    [
        document(statement(), Version=None),
        document(statement(), Version=["2012-10-17"]),
        document(statement(), Id=7),
        document(statement(), Statements=[]),
        document(statement(), version="2012-10-17"),
        document(statement(), Statement="*"),
        document(statement(Sid=1)),
        document(statement(Sid="a"), statement(Sid="a")),
        document(statement(effect="Allow")),
        document(statement(Effect=["Allow"])),
        document(statement(Action=None)),
        document(statement(Action=[])),
        document(statement(Action=["execute-api:Invoke", 1])),
        document(statement(Action="Invoke")),
        document(statement(Action="execute-api*")),
        document(statement(NotAction="s3:*")),
        document(statement(Resource=None)),
        document(statement(Resource={})),
        document(statement(Resource="GET/orders")),
        document(statement(Resource="execute-api:/*")),
        document(statement(Resource="")),
        document(statement(Condition=[])),
        document(statement(), statement(Effect="Deny", Action="s3:*", Resource=[])),
        [document(statement())],
    ],
)
def test_what_is_malformed_is_an_error_wherever_it_stands(bad: object) -> None:
    """Also in a statement that would not apply, and whatever is asked for."""
    for path in ("GET/a", "PUT/b"):
        with pytest.raises(BadPolicy):
            evaluate(bad, STAGE + path)


@pytest.mark.parametrize(
    "good",
    [
        document(statement()),
        document(statement(), Version="2008-10-17"),
        document(statement(), Id="an-id"),
        document(statement(Sid="One"), statement(Sid="Two")),
        document(statement(Sid=""), statement(Sid="")),
        document(statement(), Statement=statement()),
        document(statement(Condition={})),
        document(statement(Principal="*")),
        document(statement(Principal={"AWS": "arn:aws:iam::444455556666:root"})),
        document(statement(Principal=7)),
        document(statement(NotPrincipal="*")),
        document(statement(Resource=["*"])),
        document(statement(Resource=None, NotResource=STAGE + "PUT/*")),
    ],
)
def test_what_is_well_formed_allows(good: object) -> None:
    """Id and Sid say nothing, and in an authorizer's policy neither does a Principal."""
    assert evaluate(good, STAGE + "GET/a").allowed


@pytest.mark.parametrize(
    "changes",
    [
        {"Resource": STAGE + "GET/${aws:username}"},
        {"Resource": [STAGE + "GET/a", "${*}"]},
        {"Resource": None, "NotResource": STAGE + "${x}"},
        {"Action": "execute-api:${x}"},
    ],
)
@pytest.mark.parametrize("version", ["2012-10-17", "2008-10-17"])
def test_a_policy_variable_is_said_to_be_unknown(changes: dict[str, Any], version: str) -> None:
    """It could be filled in or be plain text: what API Gateway does is not documented."""
    with pytest.raises(BadPolicy):
        evaluate(document(statement(**changes), Version=version), STAGE + "GET/a")


def test_a_variable_in_a_resource_is_named_as_that() -> None:
    """The fault is one of its own class, and its message has the word."""
    with pytest.raises(UnknownElement, match="policy variable"):
        evaluate(document(statement(Resource=STAGE + "${x}")), STAGE + "GET/a")
    with pytest.raises(UnknownCondition, match="policy variable"):
        evaluate(document(statement(Condition={"StringLike": {"aws:Referer": "${x}"}})), STAGE + "PUT/a")


@pytest.mark.parametrize("arn", ["", "GET/a", "arn:aws:execute-api", None, 7, "execute-api:/prod/GET/a"])
def test_what_is_asked_for_must_be_an_arn(arn: Any) -> None:
    """Anything else could match by accident."""
    with pytest.raises(BadEvent):
        evaluate(document(statement(Resource="*")), arn)


def test_a_request_that_looks_like_a_pattern_is_only_text() -> None:
    """Stars, question marks and variables of a request mean nothing."""
    policy = document(statement(Resource=[STAGE + "GET/a", STAGE + "GET/b/?"]))

    assert not evaluate(policy, STAGE + "GET/*").allowed
    assert not evaluate(policy, STAGE + "GET/?").allowed
    assert not evaluate(policy, STAGE + "GET/${x}").allowed
    assert evaluate(policy, STAGE + "GET/b/*").allowed


def test_a_policy_can_be_taken_apart_once() -> None:
    """And judges as the document does."""
    whole = document(statement(), statement(Effect="Deny", Resource=STAGE + "GET/b"))

    parsed = Policy.parse(whole)

    for path in ("GET/a", "GET/b"):
        assert evaluate(parsed, STAGE + path) == evaluate(whole, STAGE + path)


def test_a_policy_taken_apart_for_one_side_is_not_judged_as_the_others() -> None:
    """A Principal means something there, and nothing here."""
    parsed = Policy.parse(document(statement(Principal="*")), kind="resource policy")

    with pytest.raises(BadPolicy, match="parsed for the resource policy"):
        evaluate(parsed, STAGE + "GET/a")


def test_a_fault_of_the_request_does_not_depend_on_the_order_of_statements() -> None:
    """A Deny that stands before or behind makes no difference."""
    unclear = statement(Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}})
    deny = statement(Effect="Deny")

    for statements in ([unclear, deny], [deny, unclear]):
        with pytest.raises(UnknownCondition):
            evaluate(document(*statements), STAGE + "GET/a", {"aws:SourceIp": "?"})


@pytest.mark.parametrize("name", event_names("responses/iam-*.json"))
def test_the_shared_answers_are_policies(shared: Path, name: str) -> None:
    """Each is understood; those that allow do so for what they name, from the network they name."""
    policy = load(shared, f"responses/{name}")["policyDocument"]
    (first, *_) = ([each] if isinstance(each, str) else each for each in (s["Resource"] for s in policy["Statement"]))

    inside = evaluate(policy, first[0].replace("*", "x"), {"aws:SourceIp": "203.0.113.24"})
    outside = evaluate(policy, first[0].replace("*", "x"), {"aws:SourceIp": "192.0.2.1"})

    assert inside.allowed is (policy["Statement"][0]["Effect"] == "Allow")
    assert outside.allowed is (inside.allowed and "Condition" not in policy["Statement"][0])
