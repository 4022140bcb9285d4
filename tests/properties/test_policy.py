"""The compiler's two promises, judged by a router and an evaluator that share nothing with it.

Never over-allow, whatever the values. Over-deny only where IAM leaves no choice: no ordinary value of a table that
construction accepted, and nothing at all that some refusal does not force.
"""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import assume, given, note
from hypothesis import strategies as st

from tests.judge.iam import matches
from tests.judge.paths import random_requests
from tests.judge.router import route
from tests.judge.rules import Caller, Rule, literals, own_values, permitted, segments
from tests.judge.strategies import callers, requests, tables
from tests.judge.subject import PREFIX, build, resources
from tests.judge.sweep import Sweep
from tests.judge.tables import random_caller, random_table
from tests.judge.unavoidable import FRESH, conflicts, forced, reachable, words
from tests.judge.verdict import explained, judge


def small(table: tuple[Rule, ...]) -> bool:
    """Tell whether a table is small enough to try every word."""
    return len(table) <= 6 and len(literals(table)) <= 3 and max(len(segments(rule.path)) for rule in table) <= 4


def small_tables(seed: int, count: int) -> list[tuple[Random, tuple[Rule, ...]]]:
    rng = Random(seed)
    found: list[tuple[Random, tuple[Rule, ...]]] = []
    while len(found) < count:
        table = random_table(rng, 6)
        if small(table):
            found.append((rng, table))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_random_tables_are_neither_over_allowed_nor_over_denied(seed):
    """Thousands of random decisions, hostile values among them, show no fault."""
    sweep = Sweep(seed)

    while sweep.decisions < 5000:
        sweep.judge_table()

    assert [str(fault) for fault in sweep.faults] == []


@given(table=tables(), caller=callers(), data=st.data())
def test_no_request_reaches_a_refused_route(table, caller, data):
    """Never over-allow: shrinks to the smallest table, caller and path that show the opposite."""
    subject = build(table)
    document = subject.policy(caller)
    asked = data.draw(st.lists(requests(table), min_size=5, max_size=20), label="requests")

    findings = [judge(table, caller, document, PREFIX, request) for request in asked]

    note(str(document))
    assert [str(finding) for finding in findings if finding.verdict == "over-allowed"] == []


@given(table=tables(), caller=callers(), data=st.data())
def test_no_ordinary_value_of_a_granted_route_is_refused(table, caller, data):
    """An accepted table refuses no ordinary value; a refused one only where a reported conflict says so."""
    subject = build(table)
    document = subject.policy(caller)
    asked = data.draw(st.lists(requests(table), min_size=5, max_size=20), label="requests")

    lost = [judge(table, caller, document, PREFIX, request) for request in asked]
    lost = [finding for finding in lost if finding.verdict == "over-denied"]

    note(str(document))
    assert [str(one) for one in lost if not (subject.refusal and explained(one, subject.reported))] == []


def test_a_table_is_refused_exactly_when_some_reachable_grants_have_a_conflict():
    """Brute force over words and scope subsets finds a conflict if and only if construction does."""
    for _, table in small_tables(seed=1, count=250):
        subject = build(table)

        genuine = conflicts(table, reachable(table))

        assert (subject.refusal is not None) == bool(genuine), (table, subject.refusal, genuine)


@given(table=tables(most=4))
def test_a_table_is_refused_exactly_when_it_must_be(table):
    """The same, over drawn tables, so that a disagreement shrinks."""
    assume(small(table))
    subject = build(table)

    genuine = conflicts(table, reachable(table))

    note(str(genuine))
    assert (subject.refusal is not None) == bool(genuine)


def test_every_reported_conflict_is_genuine_and_its_three_routes_are_named():
    """No set of IAM globs could do what a reported conflict says cannot be done."""
    refused = [build(table) for _, table in small_tables(seed=2, count=400)]
    refused = [subject for subject in refused if subject.refusal]

    for subject in refused:
        genuine = conflicts(subject.table, reachable(subject.table))

        assert subject.reported, subject.table
        assert set(subject.reported) <= genuine, (subject.table, subject.reported)
        for rule in {rule for conflict in subject.reported[:1] for rule in conflict}:
            assert f"{rule.method} {rule.path}" in str(subject.refusal)


def test_every_refusal_of_a_granted_value_is_forced():
    """Each denied value of a granted route is one that every safe policy must deny: the Denies are the narrowest.

    Left out: callers named like a literal, whose own route may give way, and routes with bound and greedy parameters, for
    which the words tried here are too short.
    """
    lost, needless = 0, []
    for rng, table in small_tables(seed=3, count=900):
        caller = random_caller(rng, table)
        if own_values(table, caller) & literals(table) or any(rule.bind and "+}" in rule.path for rule in table):
            continue
        document = build(table).policy(caller)
        asked = [request for request in random_requests(rng, table, caller) if "" not in segments(request.path)]

        findings = [judge(table, caller, document, PREFIX, request) for request in asked]
        denied = [finding for finding in findings if finding.verdict in ("over-denied", "residue")]

        lost += len(denied)
        needless += [str(one) for one in denied if not forced(table, caller, *one.request)]
    assert (lost > 50, needless) == (True, [])


def test_every_resource_of_a_policy_is_needed():
    """Without any one Allow a granted word is refused, without any one Deny a refused word is allowed."""
    for rng, table in small_tables(seed=4, count=60):
        caller = random_caller(rng, table)
        allow, deny = (resources(build(table).policy(caller), effect) for effect in ("Allow", "Deny"))
        if not allow:
            continue
        right, wrong = spelled(table, caller)

        idle = [one for one in allow if not any(only(one, allow, word) for word in right)]
        idle += [one for one in deny if not any(only(one, deny, word) and any_of(allow, word) for word in wrong)]

        assert idle == [], (table, caller, allow, deny)


def spelled(table: tuple[Rule, ...], caller: Caller) -> tuple[list[str], list[str]]:
    """Spell every short word that goes to a route, with empty segments too: those permitted, and those not."""
    right, wrong = [], []
    known = {FRESH, "", *literals(table), *own_values(table, caller)}
    for method in ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"):
        for path in words(table, caller, known):
            match = route(table, method, path)
            if match:
                (right if permitted(match.rule, match.values, caller) else wrong).append(PREFIX + method + path)
    return right, wrong


def any_of(globs: list[str], word: str) -> bool:
    return any(matches(glob, word) for glob in globs)


def only(glob: str, globs: list[str], word: str) -> bool:
    return matches(glob, word) and not any_of([other for other in globs if other != glob], word)
