"""Many random decisions, judged and counted: what the property tests sample and the benchmark runs at length."""

from __future__ import annotations

from collections import Counter
from random import Random

from tests.judge.paths import random_requests
from tests.judge.subject import PREFIX, Subject, build
from tests.judge.tables import random_caller, random_table
from tests.judge.verdict import Finding, explained, judge, meets

CALLERS = 3


class Sweep:
    """Judge random tables one after the other, a few callers each; counts add up, faults are kept.

    Every second table is an HTTP API's, whose routes are tried in another order.
    """

    def __init__(self, seed: int, most: int = 25) -> None:
        self._rng = Random(seed)
        self._most = most
        self.counts: Counter[str] = Counter()
        self.faults: list[Finding] = []

    @property
    def decisions(self) -> int:
        """Count what was judged: requests that go to a route of their table."""
        return sum(self.counts[verdict] for verdict in ("right", "over-allowed", "over-denied", "residue"))

    def judge_table(self) -> None:
        """Make one more table and judge the policies of some callers against it."""
        table = random_table(self._rng, self._most)
        http = bool(self.counts["tables"] % 2)
        subject = build(table, http=http)
        self.counts["tables"] += 1
        self.counts["tables of HTTP APIs"] += http
        self.counts["tables in conflict"] += subject.refusal is not None
        with_residue = [self._judge_caller(subject, http=http) for _ in range(CALLERS)]
        self.counts["tables with residues"] += any(with_residue)

    def _judge_caller(self, subject: Subject, *, http: bool) -> bool:
        caller = random_caller(self._rng, subject.table)
        document = subject.policy(caller)
        requests = random_requests(self._rng, subject.table, caller)
        findings = [judge(subject.table, caller, document, PREFIX, request, http=http) for request in requests]
        self.counts["callers"] += 1
        self.counts["callers in conflict"] += any(meets(one, caller) for one in subject.reported)
        self.counts.update(finding.verdict for finding in findings)
        for finding in findings:
            self._hold(subject, finding)
        return any(finding.verdict == "residue" for finding in findings)

    def _hold(self, subject: Subject, finding: Finding) -> None:
        """Keep a fault; ordinary values lost to a conflict that construction refused are counted apart."""
        if finding.verdict == "over-denied" and subject.refusal and explained(finding, subject.reported):
            self.counts["over-denied in a refused table"] += 1
        elif finding.verdict in ("over-allowed", "over-denied"):
            self.faults.append(finding)
