"""Many random decisions, judged and counted: what the property tests sample and the benchmark runs at length."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

from tests.judge.documents import build_document, narrowed, rules_of
from tests.judge.iam import allows
from tests.judge.paths import random_requests
from tests.judge.router import Index
from tests.judge.subject import PREFIX, Subject, build
from tests.judge.tables import random_caller, random_table
from tests.judge.verdict import Finding, explained, judge, meets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.judge.rules import Caller
    from tests.judge.verdict import Evaluate

    Source = Callable[[Random, int], Subject]

CALLERS = 3
MOST_RULES = 60  # of a table, for which requests of one caller are made
VERDICTS = ("right", "over-allowed", "over-denied", "residue")


def tables_of(most: int, least: int = 1) -> Source:
    """Make random tables of so many routes; every second is an HTTP API's, with its other order of routes."""

    def make(rng: Random, number: int) -> Subject:
        return build(random_table(rng, most, least), http=bool(number % 2))

    return make


def tables_from(document: Mapping[str, Any]) -> Source:
    """Take an OpenAPI document: as it was published first, then with more asked for at random."""
    published = rules_of(document)

    def make(rng: Random, number: int) -> Subject:
        table, narrow = narrowed(rng, published) if number else (published, ())
        return build_document(document, table, narrow, http=bool(number % 2))

    return make


class Sweep:
    """Judge the tables of a source one after the other, a few callers each; counts add up, faults are kept.

    Args:
        seed: of everything random.
        source: makes a table for a number; by default random ones of up to 25 routes.
        evaluate: who says what a policy allows; by default the judge's own evaluator.
    """

    def __init__(self, seed: int | str, source: Source | None = None, evaluate: Evaluate = allows) -> None:
        self._rng = Random(seed)
        self._source = source or tables_of(25)
        self._evaluate = evaluate
        self.counts: Counter[str] = Counter()
        self.faults: list[Finding] = []

    @property
    def decisions(self) -> int:
        """Count what was judged: requests that go to a route of their table."""
        return sum(self.counts[verdict] for verdict in VERDICTS)

    def judge_table(self) -> None:
        """Make one more table and judge the policies of some callers against it."""
        http = bool(self.counts["tables"] % 2)
        subject = self._source(self._rng, self.counts["tables"])
        index = Index(subject.table, http=http)
        self.counts["tables"] += 1
        self.counts["tables of HTTP APIs"] += http
        self.counts["tables in conflict"] += subject.refusal is not None
        self.counts["routes of the largest"] = max(self.counts["routes of the largest"], len(subject.table))
        with_residue = [self._judge_caller(subject, index) for _ in range(CALLERS)]
        self.counts["tables with residues"] += any(with_residue)

    def _judge_caller(self, subject: Subject, index: Index) -> bool:
        caller = random_caller(self._rng, subject.table)
        document = subject.policy(caller)
        findings = [
            judge(subject.table, caller, document, PREFIX, request, index=index, evaluate=self._evaluate)
            for request in random_requests(self._rng, subject.table, caller, most=MOST_RULES)
        ]
        self._count_caller(subject, caller, document)
        self.counts.update(finding.verdict for finding in findings)
        for finding in findings:
            self._hold(subject, finding)
        return any(finding.verdict == "residue" for finding in findings)

    def _count_caller(self, subject: Subject, caller: Caller, document: Mapping[str, Any]) -> None:
        self.counts["callers"] += 1
        self.counts["callers in conflict"] += any(meets(one, caller) for one in subject.reported)
        for statement in document["Statement"]:
            self.counts[f"resources {statement['Effect']}"] += len(statement["Resource"])

    def _hold(self, subject: Subject, finding: Finding) -> None:
        """Keep a fault; ordinary values lost to a conflict that construction refused are counted apart."""
        if finding.verdict == "over-denied" and subject.refusal and explained(finding, subject.reported):
            self.counts["over-denied in a refused table"] += 1
        elif finding.verdict in ("over-allowed", "over-denied"):
            self.faults.append(finding)
