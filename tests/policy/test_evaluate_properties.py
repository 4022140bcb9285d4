"""What holds of every policy: default deny, a Deny only takes away, an Allow only gives, order is nothing."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from authkit.policy.conditions import UnknownCondition
from authkit.policy.evaluate import BadPolicy, Evaluation, Policy, evaluate
from tests.judge.iam import allows
from tests.judge.paths import random_requests
from tests.judge.subject import arn_of, build
from tests.judge.tables import random_caller, random_table

STAGE = "arn:aws:execute-api:eu-west-1:111122223333:api/prod/"

PATTERNS = st.text("ab*?/", max_size=5)
PATHS = st.text("ab/:", max_size=5)
CONDITIONS = st.sampled_from(
    [
        {},
        {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
        {"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32"]}},
        {"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}},
        {"Null": {"aws:Referer": "true"}, "Bool": {"aws:SecureTransport": True}},
        {"StringNotLike": {"aws:UserAgent": "curl*"}},
    ]
)
REQUESTS = st.fixed_dictionaries(
    {},
    optional={
        "aws:SourceIp": st.sampled_from(["192.0.2.7", "203.0.113.1", "2001:db8::1"]),
        "aws:CurrentTime": st.sampled_from(["2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z"]),
        "aws:Referer": st.just("https://example.com"),
        "aws:SecureTransport": st.sampled_from(["true", "false"]),
        "aws:UserAgent": st.sampled_from(["curl/8", "other"]),
    },
)


@st.composite
def statements(draw: st.DrawFn, effect: str | None = None) -> dict[str, Any]:
    """Draw a statement of any form."""
    resources = [STAGE + pattern for pattern in draw(st.lists(PATTERNS, min_size=1, max_size=3))]
    action = draw(st.sampled_from(["Action", "Action", "NotAction"]))
    actions = st.sampled_from(["execute-api:Invoke", "execute-api:*", "*", "s3:*", "EXECUTE-API:INVOKE"])
    condition = draw(CONDITIONS)
    return {
        "Effect": effect or draw(st.sampled_from(["Allow", "Deny"])),
        action: draw(actions),
        draw(st.sampled_from(["Resource", "Resource", "NotResource"])): resources,
        **({"Condition": condition} if condition else {}),
    }


def document(*listed: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(listed)}


POLICIES = st.lists(statements(), min_size=1, max_size=4)


@given(POLICIES, statements("Deny"), PATHS, REQUESTS)
def test_adding_a_deny_never_allows_more(listed: list[Any], deny: Any, path: str, request: Any) -> None:
    """Wherever it is put."""
    before = evaluate(document(*listed), STAGE + path, request)

    after = evaluate(document(deny, *listed), STAGE + path, request)

    assert not after.allowed or before.allowed
    assert after.verdict == before.verdict or after.verdict == "explicit deny"


@given(POLICIES, statements("Allow"), PATHS, REQUESTS)
def test_adding_an_allow_never_denies_more(listed: list[Any], allow: Any, path: str, request: Any) -> None:
    """And never takes back an explicit Deny."""
    before = evaluate(document(*listed), STAGE + path, request)

    after = evaluate(document(*listed, allow), STAGE + path, request)

    assert after.allowed or not before.allowed
    assert (after.verdict == "explicit deny") is (before.verdict == "explicit deny")


@given(POLICIES.flatmap(lambda listed: st.tuples(st.just(listed), st.permutations(listed))), PATHS, REQUESTS)
def test_the_order_of_statements_means_nothing(orders: tuple[list[Any], list[Any]], path: str, request: Any) -> None:
    """The verdict is the same; only which of several statements is named can change."""
    one, other = (evaluate(document(*listed), STAGE + path, request).verdict for listed in orders)

    assert one == other


@given(POLICIES, PATHS, REQUESTS)
def test_a_verdict_is_that_of_its_statements(listed: list[Any], path: str, request: Any) -> None:
    """Each for itself either applies or not; a Deny among those that do wins, and else an Allow."""
    alone = [evaluate(document({**each, "Effect": "Allow"}), STAGE + path, request).allowed for each in listed]
    effects = {each["Effect"] for each, applies in zip(listed, alone, strict=True) if applies}

    whole = evaluate(document(*listed), STAGE + path, request)

    assert whole.verdict == ("explicit deny" if "Deny" in effects else "allow" if effects else "implicit deny")
    assert (whole.statement in listed) is bool(effects)


@given(POLICIES, PATHS, REQUESTS)
def test_a_statement_and_its_not_are_opposites(listed: list[Any], path: str, request: Any) -> None:
    """What Resource names NotResource does not; and nothing is changed that was handed in."""
    resources = [resource for each in listed for resource in each.get("Resource", each.get("NotResource"))]
    kept = json.dumps(resources)

    named, others = (
        evaluate(document({"Effect": "Allow", "Action": "*", element: resources}), STAGE + path, request)
        for element in ("Resource", "NotResource")
    )

    assert named.allowed is not others.allowed
    assert json.dumps(resources) == kept


@given(POLICIES, PATHS, REQUESTS)
def test_a_policy_taken_apart_judges_the_same(listed: list[Any], path: str, request: Any) -> None:
    """Once or each time."""
    assert evaluate(Policy.parse(document(*listed)), STAGE + path, request) == evaluate(
        document(*listed), STAGE + path, request
    )


SCALARS = st.one_of(st.text(max_size=5), st.integers(), st.booleans(), st.none(), st.floats())
NAMES = st.sampled_from(
    [
        "Version",
        "Id",
        "Statement",
        "Sid",
        "Effect",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
        "Principal",
    ]
)
WORDS = st.sampled_from(
    ["2012-10-17", "Allow", "Deny", "*", "execute-api:Invoke", STAGE + "*", "${x}", "execute-api:/*"]
)
ANYTHING = st.recursive(
    SCALARS | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=3), inner, max_size=5),
    max_leaves=20,
)


@given(ANYTHING, st.sampled_from(["authorizer", "resource policy"]))
def test_any_json_is_a_policy_or_a_typed_fault(anything: Any, kind: Any) -> None:
    """Never another exception, and never a verdict on what is no policy."""
    try:
        parsed = Policy.parse(anything, kind=kind)
    except (BadPolicy, UnknownCondition):
        return

    assert parsed.statements


@given(st.dictionaries(NAMES, ANYTHING), REQUESTS)
def test_any_statement_is_judged_or_a_typed_fault(statement: Any, request: Any) -> None:
    """The same for what stands in a good document."""
    try:
        evaluation = evaluate(document(statement), STAGE + "GET/a", request)
    except (BadPolicy, UnknownCondition):
        return

    assert isinstance(evaluation, Evaluation)


def test_policies_of_random_tables_are_judged_as_the_independent_judge_does() -> None:
    """Which shares no code with this evaluator; hostile paths are among the requests."""
    rng, differing, allowed = Random(17), [], 0
    for _ in range(80):
        table = random_table(rng, 12)
        caller = random_caller(rng, table)
        policy = build(table).policy(caller)
        parsed = Policy.parse(policy)
        for request in random_requests(rng, table, caller):
            arn = arn_of(*request)
            ours = evaluate(parsed, arn).allowed
            allowed += ours
            differing += [arn] if ours is not allows(policy, arn) else []

    assert differing == []
    assert allowed > 200
