"""The compiler's policies before Principal Mapper: an evaluator by others, and a router that shares nothing with us."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.apis import document
from tests.judge.outsider import RULES, Outsider
from tests.judge.subject import PREFIX
from tests.judge.sweep import Sweep, tables_from, tables_of

if TYPE_CHECKING:
    from tests.judge.sweep import Source

try:
    Outsider()
except ImportError:
    pytest.skip(
        "principalmapper is not installed: python -m pip install principalmapper==1.1.5", allow_module_level=True
    )

pytestmark = pytest.mark.external

SOURCES: dict[str, Source] = {
    "random": tables_of(25),
    "petstore": tables_from(document("petstore")),
    "spotify": tables_from(document("spotify")),
    "box": tables_from(document("box")),
}
DECISIONS = 6000


@cache
def judged(name: str) -> tuple[Sweep, Outsider]:
    """Judge some thousand decisions of a source."""
    outsider = Outsider()
    sweep = Sweep(7, SOURCES[name], outsider.allows)
    while sweep.decisions < DECISIONS:
        sweep.judge_table()
    return sweep, outsider


@pytest.mark.parametrize("name", SOURCES)
def test_an_outsider_finds_nothing_allowed_that_is_refused_and_no_ordinary_value_denied(name: str) -> None:
    """With random tables and with those of public APIs, for hostile values too."""
    sweep, outsider = judged(name)

    assert [str(fault) for fault in sweep.faults] == []
    assert outsider.asked >= DECISIONS
    assert sweep.counts["right"] > DECISIONS * 0.9


def test_rules_explain_little() -> None:
    """One that excused everything would hide everything."""
    assert sum(sum(judged(name)[1].rules.values()) for name in SOURCES) < DECISIONS / 50


@pytest.mark.parametrize(
    ("rule", "allowed", "asked", "right"),
    [
        ("case", "GET/items", "GET/ITEMS", False),
        ("regular expression", "GET/u/a+b", "GET/u/a+b", True),
        ("line ends", "GET/a/*", "GET/a/x\ny", True),
    ],
)
def test_where_the_outsider_is_wrong_a_rule_says_why(rule: str, allowed: str, asked: str, right: bool) -> None:
    """Each is seen at work; IAM's answer stands."""
    outsider = Outsider()

    assert outsider.allows(policy({"Allow": [allowed]}), PREFIX + asked) is right
    assert outsider.rules == {rule: 1}
    assert rule in {each.name for each in RULES}


def policy(resources: dict[str, list[str]]) -> dict[str, Any]:
    statements = [
        {"Effect": effect, "Action": "execute-api:Invoke", "Resource": [PREFIX + each for each in listed]}
        for effect, listed in resources.items()
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def test_the_outsider_sees_a_leak() -> None:
    """A judge that cannot find fault proves nothing."""
    leaking, closed = policy({"Allow": ["GET/a/*"]}), policy({"Allow": ["GET/a/*"], "Deny": ["GET/a/*/secret"]})
    asked = ((leaking, "GET/a/1/secret"), (closed, "GET/a/1/secret"), (closed, "GET/a/1"))

    assert [Outsider().allows(document, PREFIX + path) for document, path in asked] == [True, False, True]
