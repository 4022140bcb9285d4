"""The evaluator beside Principal Mapper's, over random policies. `evaluators.run` asks as many as one likes."""

from __future__ import annotations

from functools import cache

import pytest

from tests.differential.evaluators import Found, run
from tests.differential.mapper import Mapper
from tests.differential.policies import STAGE, Case
from tests.differential.policy_rules import RULES

try:
    Mapper()
except ImportError:
    pytest.skip(
        "principalmapper is not installed: python -m pip install principalmapper==1.1.5", allow_module_level=True
    )

pytestmark = pytest.mark.external

COUNT = 6000
SEED = 20_261_121


@cache
def found() -> Found:
    return run(COUNT, SEED)


def test_no_difference_is_without_a_rule() -> None:
    """Neither of a leaf nor of a verdict."""
    assert [str(fault) for fault in found().faults[:5]] == []


def test_the_cases_are_of_all_kinds() -> None:
    """Each judge says every word often, and mostly they agree."""
    counts = found().counts

    assert counts["decisions"] == COUNT
    for judge in ("authkit", "principalmapper"):
        assert all(
            counts[f"{judge}: {verdict}"] > COUNT / 50 for verdict in ("allow", "explicit deny", "implicit deny")
        )
    assert COUNT / 50 < counts["verdicts that differ"] < COUNT / 2


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_is_seen_at_work(rule) -> None:
    """A rule that explains nothing would hide nothing, and is in the way."""
    assert found().rules[rule.name] > 0


def test_rules_are_told_apart_by_their_names() -> None:
    """Each with a sentence."""
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.sentence for rule in RULES)


def test_the_judges_speak_of_the_same_thing() -> None:
    """Plain policies are judged alike."""
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": STAGE + "GET/orders/*"},
            {"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": STAGE + "GET/orders/*/items"},
        ],
    }

    said = [
        Mapper().verdict(policy, "execute-api:Invoke", STAGE + path, {})
        for path in ("GET/orders/1", "GET/orders/1/items", "PUT/orders")
    ]

    assert said == ["allow", "explicit deny", "implicit deny"]
    assert Case(policy, STAGE, {}).policy is policy
