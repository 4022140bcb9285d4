"""Many tokens before three judges: what the tests sample and the benchmark runs at length."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import NamedTuple

from tests.differential.facts import facts
from tests.differential.judges import FOREIGN, Bench, Judged
from tests.differential.mutations import cases
from tests.differential.rules import explain
from tests.differential.world import Pool, World

PEERS = ("pyjwt", "joserfc")
PER_WORLD = 250  # tokens of one issuer
LARGEST_SHOWN = 400  # characters of a token in a report


class Fault(NamedTuple):
    """What must not be: a verdict of ours that is wrong, or a difference that no rule explains."""

    what: str
    judged: Judged

    def __str__(self) -> str:
        case = self.judged.case
        verdicts = {name: getattr(self.judged, name) or "accepts" for name in ("ours", *PEERS)}
        return f"{self.what}: {verdicts}, changes {list(case.changes)}, token {case.token[:LARGEST_SHOWN]!a}"


class Sweep:
    """Judge issuer after issuer; counts add up, faults are kept."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(seed)
        self._pool = Pool()
        self.counts: Counter[str] = Counter()
        self.rules: dict[str, Counter[str]] = {peer: Counter() for peer in PEERS}
        self.changes: Counter[str] = Counter()
        self.faults: list[Fault] = []

    @property
    def tokens(self) -> int:
        """Count what was judged."""
        return self.counts["tokens"]

    def judge_world(self, most: int = PER_WORLD) -> None:
        """Make one more issuer, and judge some tokens of it."""
        world = World(self._pool, self._chance)
        bench = Bench(world.document)
        self.counts["key sets"] += 1
        self.counts["key sets joserfc does not take whole"] += bench.in_parts
        for case in cases(world, min(most, PER_WORLD), self._chance):
            self._count(bench.judge(case))

    def _count(self, judged: Judged) -> None:
        refusals = [bool(getattr(judged, name)) for name in ("ours", *PEERS)]
        self.counts["tokens"] += 1
        self.changes.update(judged.case.changes)
        self.counts["accepted by all"] += not any(refusals)
        self.counts["refused by all"] += all(refusals)
        self.counts["accepted by authkit"] += not judged.ours
        for peer in PEERS:
            self.counts[f"accepted by {peer}"] += not getattr(judged, peer)
            self.counts[f"exceptions {peer} does not declare"] += getattr(judged, peer).startswith(FOREIGN)
            self._compare(judged, peer)
        if judged.ours.startswith(FOREIGN):
            self.faults.append(Fault("an exception of another kind", judged))
        if not judged.ours and not judged.case.genuine:
            self.faults.append(Fault("accepted, though no key of the issuer signed this text", judged))
        if judged.ours and not judged.case.changes:
            self.faults.append(Fault("refused, though nothing is wrong with it", judged))

    def _compare(self, judged: Judged, peer: str) -> None:
        theirs = getattr(judged, peer)
        if bool(judged.ours) == bool(theirs):
            return
        self.counts[f"differences to {peer}"] += 1
        rule = explain(judged.ours, theirs, facts(judged.case.token, judged.document))
        if rule is None:
            self.faults.append(Fault(f"a difference to {peer} that no rule explains", judged))
        else:
            self.rules[peer][rule.name] += 1
