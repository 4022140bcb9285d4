"""Many policies before two judges, authkit's evaluator and Principal Mapper: every difference must have a named rule.

Both are asked for the verdict of the whole policy and for each leaf of it. Each leaf that they answer differently needs
a rule, and without such a leaf there must be no different verdict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, NamedTuple

from authkit.policy.conditions import UnknownCondition, holds
from authkit.policy.evaluate import BadPolicy, Policy, evaluate
from tests.differential.mapper import Mapper
from tests.differential.policies import Case, cases
from tests.differential.policy_rules import FAULT, Leaf, explain

ACTION = "execute-api:Invoke"
BATCH = 1000
WHOLE = "the policy as a whole"  # ours is checked whole, whatever is asked; the other reads as far as it must


class Fault(NamedTuple):
    """A difference that no rule explains."""

    what: str
    case: Case

    def __str__(self) -> str:
        return f"{self.what}; asked for {self.case.arn!r} with {self.case.request} by {self.case.policy}"


class Found(NamedTuple):
    """What came of it: how often what happened, how often each rule explained a leaf, and what has no explanation."""

    counts: Counter[str]
    rules: Counter[str]
    faults: tuple[Fault, ...]


def run(n: int, seed: int) -> Found:
    """Judge ``n`` requests by random policies.

    Raises:
        ImportError: principalmapper is not installed.
    """
    chance, mapper = Random(seed), Mapper()
    counts: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    faults: list[Fault] = []
    while counts["decisions"] < n:
        for case in cases(chance, min(BATCH, n - counts["decisions"])):
            faults += _judge(case, mapper, counts, rules)
    return Found(counts, rules, tuple(faults))


def _judge(case: Case, mapper: Mapper, counts: Counter[str], rules: Counter[str]) -> Iterator[Fault]:
    ours = _answer(lambda: evaluate(case.policy, case.arn, case.request).verdict, (BadPolicy, UnknownCondition))
    theirs = _answer(lambda: mapper.verdict(case.policy, ACTION, case.arn, case.request), (Exception,))
    counts["decisions"] += 1
    counts[f"authkit: {ours}"] += 1
    counts[f"principalmapper: {theirs}"] += 1
    leaves = list(_leaves(case, mapper))
    differing = [leaf for leaf in leaves if leaf.ours != leaf.theirs]
    counts["leaves that differ"] += len(differing)
    for leaf in differing:
        rule = explain(leaf)
        rules[rule.name if rule else "none"] += 1
        if rule is None:
            yield Fault(f"no rule explains {leaf}", case)
    if ours != theirs:
        counts["verdicts that differ"] += 1
        counts[f"authkit {ours}, principalmapper {theirs}"] += 1
        if not differing and ours == FAULT and any(leaf.ours == FAULT for leaf in leaves):
            rules[WHOLE] += 1
        elif not differing:
            yield Fault(f"{ours} and {theirs}, and every leaf is the same", case)


def _leaves(case: Case, mapper: Mapper) -> Iterator[Leaf]:
    known = {key.lower(): value for key, value in case.request.items()}
    for statement in case.policy["Statement"]:
        for resource in _listed(statement.get("Resource", statement.get("NotResource"))):
            yield _named("resource", resource, case, mapper)
        for action in _listed(statement.get("Action", statement.get("NotAction"))):
            yield _named("action", action, case, mapper)
        for operator, keys in statement.get("Condition", {}).items():
            for key, values in keys.items():
                answers = _condition(operator, key, values, case, mapper)
                yield Leaf("condition", operator, key, tuple(_listed(values)), known.get(key.lower()), *answers)


def _named(kind: str, pattern: str, case: Case, mapper: Mapper) -> Leaf:
    """Ask whether a resource or an action names what is asked for; ours by a policy of nothing else."""
    statement = {"Effect": "Allow", "Action": ACTION, "Resource": "*", kind.capitalize(): pattern}
    policy = {"Version": "2012-10-17", "Statement": statement}
    asked = case.arn if kind == "resource" else ACTION
    ours = _answer(lambda: evaluate(Policy.parse(policy), case.arn).allowed, (BadPolicy,))
    return Leaf(kind, pattern, asked, (), None, ours, _answer(lambda: mapper.names(pattern, asked, case.request)))


def _condition(operator: str, key: str, values: Any, case: Case, mapper: Mapper) -> tuple[object, object]:
    ours = _answer(lambda: holds({operator: {key: values}}, case.request), (UnknownCondition,))
    return ours, _answer(lambda: mapper.holds(operator, key, values, case.request))


def _answer(ask: Callable[[], object], faults: tuple[type[Exception], ...] = (Exception,)) -> object:
    try:
        return ask()
    except faults:
        return FAULT


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
