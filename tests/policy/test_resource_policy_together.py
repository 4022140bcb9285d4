"""An authorizer's policy beside a resource policy: the table of the contract, row by row, and the trap in it."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authkit import Principal, Route, Routes
from authkit.policy.conditions import UnknownCondition
from authkit.policy.evaluate import BadPolicy, Policy, UnknownElement, evaluate
from authkit.policy.resource_policy import (
    deny_the_rest,
    evaluate_resource_policy,
    evaluate_with,
    resource_policy,
)
from tests.judge.paths import random_requests
from tests.judge.subject import arn_of, build
from tests.judge.tables import random_caller, random_table
from tests.policy.test_evaluate_properties import CONDITIONS, PATHS, POLICIES, REQUESTS
from tests.policy.test_evaluate_properties import document as properties_document

STAGE = "arn:aws:execute-api:eu-west-1:111122223333:k3p9x7q2wd/prod/"
ASKED = STAGE + "GET/orders"


def said(effect: str | None, **more: Any) -> dict[str, Any]:
    """Return a policy that allows or denies the request, or is silent about it."""
    resource = ASKED if effect else STAGE + "PUT/other"
    statement = {"Effect": effect or "Allow", "Action": "execute-api:Invoke", "Resource": resource, **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


def around(effect: str | None) -> dict[str, Any]:
    return said(effect, Principal="*")


AFTER, BEFORE = "after the authorizer", "before the authorizer"


@pytest.mark.parametrize(
    ("own", "resource", "same_account", "verdict", "side", "stage"),
    [
        ("Allow", "Allow", True, "allow", "both", AFTER),
        ("Allow", "Allow", False, "allow", "both", AFTER),
        ("Allow", None, True, "allow", "authorizer", AFTER),
        ("Allow", None, False, "implicit deny", "resource policy", AFTER),
        (None, "Allow", True, "allow", "resource policy", AFTER),
        (None, "Allow", False, "implicit deny", "authorizer", AFTER),
        (None, None, True, "implicit deny", "both", AFTER),
        (None, None, False, "implicit deny", "both", AFTER),
        ("Allow", "Deny", True, "explicit deny", "resource policy", BEFORE),
        ("Allow", "Deny", False, "explicit deny", "resource policy", BEFORE),
        (None, "Deny", True, "explicit deny", "resource policy", BEFORE),
        (None, "Deny", False, "explicit deny", "resource policy", BEFORE),
        ("Deny", "Deny", True, "explicit deny", "resource policy", BEFORE),
        ("Deny", "Deny", False, "explicit deny", "resource policy", BEFORE),
        ("Deny", "Allow", True, "explicit deny", "authorizer", AFTER),
        ("Deny", "Allow", False, "explicit deny", "authorizer", AFTER),
        ("Deny", None, True, "explicit deny", "authorizer", AFTER),
        ("Deny", None, False, "explicit deny", "authorizer", AFTER),
    ],
)
def test_the_table_of_the_contract(
    own: str | None, resource: str | None, same_account: bool, verdict: str, side: str, stage: str
) -> None:
    """Section 8.4: six rows, those with "any" written out, two accounts."""
    authorizer, beside = said(own), around(resource)

    joint = evaluate_with(authorizer, beside, ASKED, same_account=same_account)

    assert (joint.verdict, joint.side, joint.stage) == (verdict, side, stage)
    assert joint.allowed is (verdict == "allow")
    if verdict == "implicit deny":
        assert (joint.statement, joint.resource) == (None, "")
    else:
        deciding = beside if side == "resource policy" else authorizer
        assert (joint.statement, joint.resource) == (deciding["Statement"][0], ASKED)


def test_an_authorizer_that_is_not_called_is_not_judged() -> None:
    """Its policy could be anything; there is none yet."""
    joint = evaluate_with(None, around("Deny"), ASKED)

    assert joint.authorizer is None
    assert joint.resource_policy.verdict == "explicit deny"


@pytest.mark.parametrize("own", ["Allow", "Deny", None])
def test_without_a_resource_policy_the_authorizer_decides_alone(own: str | None) -> None:
    """In the API's own account."""
    assert evaluate_with(said(own), None, ASKED).verdict == evaluate(said(own), ASKED).verdict


@pytest.mark.parametrize(
    "statement",
    [
        {"Principal": None},
        {"Principal": []},
        {"Principal": {}},
        {"Principal": "arn:aws:iam::111122223333:root"},
        {"Principal": {"AWS": []}},
        {"Principal": {"AWS": 7}},
        {"Principal": {"AWS": "arn:aws:iam::111122223333:role/*"}},
        {"Principal": {"Everybody": "*"}},
        {},
    ],
)
def test_a_resource_policy_says_whom_it_is_about(statement: dict[str, Any]) -> None:
    """A statement without a Principal, or with one that is none, is no statement of it."""
    with pytest.raises(BadPolicy):
        evaluate_resource_policy(said("Allow", **statement), ASKED)


@pytest.mark.parametrize(
    ("principal", "applies"),
    [
        ("*", True),
        ({"AWS": "*"}, True),
        ({"AWS": ["111122223333", "*"]}, True),
        ({"AWS": "111122223333"}, False),
        ({"Service": "apigateway.amazonaws.com"}, False),
        ({"Federated": "cognito-identity.amazonaws.com", "AWS": "*"}, True),
    ],
)
def test_callers_without_iam_are_only_everybody(principal: object, applies: bool) -> None:
    """As those of a Lambda authorizer are."""
    assert evaluate_resource_policy(said("Allow", Principal=principal), ASKED).allowed is applies


def test_who_is_nobody_of_those_is_not_guessed() -> None:
    """NotPrincipal and a caller who has not signed in with IAM."""
    with pytest.raises(UnknownElement, match="NotPrincipal"):
        evaluate_resource_policy(said("Deny", NotPrincipal={"AWS": "111122223333"}), ASKED)


def test_a_resource_policy_needs_no_version() -> None:
    """Without one it is of 2008, as IAM has it; an authorizer's must say one."""
    policy = around("Allow")
    del policy["Version"]

    assert evaluate_resource_policy(policy, ASKED).allowed
    with pytest.raises(BadPolicy):
        evaluate(policy, ASKED)


@pytest.mark.parametrize(
    ("short", "matches"),
    [
        ("execute-api:/*", True),
        ("execute-api:/prod/GET/orders", True),
        ("execute-api:/prod/*", True),
        ("execute-api:/*/GET/orders", True),
        ("execute-api:/prod/GET/order?", True),
        ("execute-api:/prod/GET", False),
        ("execute-api:/", False),
        ("execute-api:/dev/*", False),
    ],
)
def test_the_short_form_means_the_api_that_is_asked(short: str, matches: bool) -> None:
    """Its stage, method and path."""
    assert evaluate_resource_policy(said("Allow", Principal="*", Resource=short), ASKED).allowed is matches


def test_the_trap_of_the_third_row() -> None:
    """A reader without the right to delete may delete, because the resource policy allows what is left unsaid."""
    routes = Routes([Route("GET", "/orders"), Route("DELETE", "/orders/{id}", scopes={"orders:delete"})])
    policy = routes.policy(Principal("ann"), ASKED)
    delete = STAGE + "DELETE/orders/1"
    office = {"aws:SourceIp": "203.0.113.24"}

    trapped = evaluate_with(policy, resource_policy(networks=["203.0.113.0/24"]), delete, office)
    without_allow = evaluate_with(policy, resource_policy(networks=["203.0.113.0/24"], allow=()), delete, office)
    denied = evaluate_with(deny_the_rest(policy), resource_policy(networks=["203.0.113.0/24"]), delete, office)

    assert not evaluate(policy, delete).allowed
    assert (trapped.verdict, trapped.side) == ("allow", "resource policy")
    assert (without_allow.verdict, without_allow.side) == ("implicit deny", "both")
    assert (denied.verdict, denied.side, denied.resource) == ("explicit deny", "authorizer", "NotResource")


def test_an_allow_that_ends_is_the_same_trap() -> None:
    """A cached answer whose condition no longer holds is silence; denying the rest says so by name."""
    until = {"DateLessThan": {"aws:CurrentTime": "2026-08-17T09:41:07Z"}}
    policy, beside = said("Allow", Condition=until), resource_policy(networks=["203.0.113.0/24"])
    before = {"aws:SourceIp": "203.0.113.24", "aws:CurrentTime": "2026-08-17T09:41:06Z"}
    after = {**before, "aws:CurrentTime": "2026-08-17T09:41:07Z"}

    assert evaluate_with(policy, beside, ASKED, after).allowed
    assert not evaluate_with(deny_the_rest(policy), beside, ASKED, after).allowed
    assert evaluate_with(deny_the_rest(policy), beside, ASKED, before).allowed


@given(POLICIES, st.sampled_from([{}, {"aws:SourceIp": "192.0.2.7"}]), PATHS, REQUESTS, CONDITIONS)
def test_with_the_rest_denied_a_resource_policy_adds_nothing(
    listed: list[Any], more: Any, path: str, request: Any, condition: Any
) -> None:
    """What passes beside an Allow for everybody is what passes alone, for any policy that can be closed."""
    alike = [
        {**each, "Condition": condition} if condition and each["Effect"] == "Allow" else each
        for each in listed
        if condition or "Condition" not in each or each["Effect"] == "Deny"
    ]
    policy = properties_document(*(alike or [{"Effect": "Deny", "Action": "*", "Resource": "*"}]))
    everybody = {
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": ["execute-api:/*", "*"]}]
    }
    arn = "arn:aws:execute-api:eu-west-1:111122223333:api/prod/" + path
    asked = {**request, **more}
    try:
        closed = deny_the_rest(policy)
    except BadPolicy:
        return  # of no form that can be closed

    joint = evaluate_with(closed, everybody, arn, asked)

    assert joint.verdict == ("allow" if evaluate(policy, arn, asked).allowed else "explicit deny")


def test_with_the_rest_denied_no_request_of_random_tables_gets_past() -> None:
    """Policies as the compiler writes them, hostile paths among the requests."""
    everybody = Policy.parse(
        {
            "Statement": {
                "Effect": "Allow",
                "Principal": "*",
                "Action": "execute-api:Invoke",
                "Resource": "execute-api:/*",
            }
        },
        kind="resource policy",
    )
    rng, differing, trapped = Random(7), [], 0
    for _ in range(60):
        table = random_table(rng, 12)
        caller = random_caller(rng, table)
        policy = build(table).policy(caller)
        closed = Policy.parse(deny_the_rest(policy))
        for request in random_requests(rng, table, caller):
            arn = arn_of(*request)
            alone = evaluate(policy, arn).allowed
            differing += [arn] if evaluate_with(closed, everybody, arn).allowed is not alone else []
            trapped += evaluate_with(policy, everybody, arn).allowed is not alone

    assert differing == []
    assert trapped > 100  # and so many would have


@pytest.mark.parametrize(
    "policy",
    [
        said("Allow", Action="execute-api:*"),
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": "execute-api:Invoke", "NotResource": ASKED},
        },
        said("Allow", Condition={"Bool": {"aws:SecureTransport": "true"}}),
        said("Allow", Condition={"DateLessThan": {"aws:CurrentTime": ["2026-01-01", "2026-01-02"]}}),
        said("Allow", Condition={"ForAnyValue:StringEquals": {"aws:Referer": "a"}}),
        properties_document(
            said("Allow")["Statement"][0],
            said("Allow", Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}})["Statement"][0],
        ),
    ],
)
def test_what_has_no_exact_opposite_is_refused(policy: dict[str, Any]) -> None:
    """Rather than closed in part."""
    with pytest.raises(BadPolicy, match="to deny the rest"):
        deny_the_rest(policy)


def test_a_policy_is_not_changed_by_denying_the_rest() -> None:
    """A new document comes out; one that allows nothing denies everything."""
    policy = said("Deny")

    closed = deny_the_rest(policy)

    assert policy == said("Deny")
    assert closed["Statement"][1:] == [{"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": "*"}]


def test_conditions_hold_for_both_sides() -> None:
    """The same request is told to both."""
    outside = {"aws:SourceIp": "192.0.2.1"}

    joint = evaluate_with(said("Allow"), resource_policy(networks=["203.0.113.0/24"]), ASKED, outside)

    assert (joint.verdict, joint.stage) == ("explicit deny", BEFORE)
    with pytest.raises(UnknownCondition):
        evaluate_with(said("Allow"), resource_policy(networks=["203.0.113.0/24"]), ASKED, {"aws:SourceIp": "?"})
