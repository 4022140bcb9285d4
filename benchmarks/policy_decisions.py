"""Does a compiled policy ever decide otherwise than the route table says?

Random tables of up to 300 routes and the OpenAPI documents of public APIs (benchmarks/apis), random callers and requests,
hostile values among them, are judged by a router and an evaluator that share nothing with the compiler (tests/judge);
with --outsider by Principal Mapper's evaluator as well. Exits 1 if anything refused was allowed, or an ordinary value of a
granted route refused by a table that construction accepted. The same seed judges the same, in any number of processes.

    python -m benchmarks.policy_decisions --decisions 1000000 --seed 1 --json
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.apis import NAMES, document
from benchmarks.machine import machine
from tests.judge.documents import build_document, rules_of
from tests.judge.sweep import VERDICTS, Sweep, tables_from, tables_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tests.judge.sweep import Source

SHOWN = 5
TOLD_EVERY = 5.0  # seconds between two lines of progress
PIECE = 10_000  # decisions that are judged at a time
RANDOM = {"random, 1 to 25 routes": (25, 1), "random, 50 to 300 routes": (300, 50)}


class Piece(NamedTuple):
    """Some decisions of one source, judged by one process from a seed of their own."""

    source: str
    seed: str
    decisions: int
    outsider: bool


class Judged(NamedTuple):
    """What came of a piece: counts, faults spelled out, rules of the outsider, and seconds."""

    source: str
    counts: Counter[str]
    faults: list[str]
    rules: Counter[str]
    seconds: float


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.policy_decisions", description=__doc__.split("\n")[0])
    parser.add_argument("--decisions", type=int, default=1_000_000, help="how many at least (default: 1000000)")
    parser.add_argument("--seed", type=int, default=1, help="of the random tables, callers and requests (default: 1)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="(default: one a processor)")
    parser.add_argument("--outsider", action="store_true", help="let principalmapper 1.1.5 evaluate the policies")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser.parse_args(argv)


def pieces(decisions: int, seed: int, *, outsider: bool) -> list[Piece]:
    """Share decisions out: half to random tables, half to the documents."""
    share = dict.fromkeys(RANDOM, 0.25) | {name: 0.5 / len(NAMES) for name in NAMES}
    found = []
    for name, part in share.items():
        left = round(decisions * part + 0.5)
        while left > 0:
            found.append(Piece(name, f"{seed} {name} {left}", min(left, PIECE), outsider))
            left -= PIECE
    return found


def source_of(name: str) -> Source:
    return tables_of(*RANDOM[name]) if name in RANDOM else tables_from(document(name))


def judge(piece: Piece) -> Judged:
    """Judge tables until there are enough decisions."""
    start = time.perf_counter()
    rules: Counter[str] = Counter()
    if piece.outsider:
        from tests.judge.outsider import Outsider  # needs principalmapper

        outsider = Outsider()
        sweep, rules = Sweep(piece.seed, source_of(piece.source), outsider.allows), outsider.rules
    else:
        sweep = Sweep(piece.seed, source_of(piece.source))
    while sweep.decisions < piece.decisions:
        sweep.judge_table()
    faults = [f"{piece.source}: {fault}" for fault in sweep.faults]
    verdicts = Counter(f"fault {fault.verdict}" for fault in sweep.faults)
    return Judged(piece.source, sweep.counts + verdicts, faults, rules, time.perf_counter() - start)


def run(todo: list[Piece], processes: int) -> Iterator[Judged]:
    """Judge all pieces; say how far it is on stderr."""
    told, decisions, faults = time.perf_counter(), 0, 0
    for done in _each(todo, processes):
        decisions += judged_in(done.counts)
        faults += len(done.faults)
        if time.perf_counter() - told > TOLD_EVERY:
            told = time.perf_counter()
            print(f"{decisions:,} decisions, {faults} faults", file=sys.stderr)
        yield done


def _each(todo: list[Piece], processes: int) -> Iterator[Judged]:
    if processes == 1:
        yield from map(judge, todo)
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap(judge, todo)


def judged_in(counts: Counter[str]) -> int:
    return sum(counts[verdict] for verdict in VERDICTS)


def share(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0


def figures(counts: Counter[str], seconds: float) -> dict[str, Any]:
    """Return what is told of one source, or of all."""
    decisions = judged_in(counts)
    return {
        "decisions": decisions,
        "tables": counts["tables"],
        "tables_of_http_apis": counts["tables of HTTP APIs"],
        "routes_of_the_largest": counts["routes of the largest"],
        "policies": counts["callers"],
        "over_allowed": counts["fault over-allowed"],
        "over_denied_ordinary": counts["fault over-denied"],
        "tables_with_conflicts_percent": share(counts["tables in conflict"], counts["tables"]),
        "policies_with_conflicts_percent": share(counts["callers in conflict"], counts["callers"]),
        "over_denied_ordinary_in_conflict": counts["over-denied in a refused table"],
        "tables_with_residues_percent": share(counts["tables with residues"], counts["tables"]),
        "residues_percent_of_decisions": share(counts["residue"], decisions),
        "paths_of_no_route_not_judged": counts["unrouted"],
        "seconds": round(seconds, 1),
    }


def added(each: Iterable[Counter[str]]) -> Counter[str]:
    """Add counts up; of the largest table take the largest."""
    total: Counter[str] = Counter()
    largest = 0
    for counts in each:
        largest = max(largest, counts["routes of the largest"])
        total += counts
    total["routes of the largest"] = largest
    return total


def as_published() -> list[dict[str, Any]]:
    """Return the public APIs as they are: how many conflicts and residues their tables have."""
    from authkit.policy.residues import residues

    found = []
    for name in NAMES:
        content = document(name)
        routes = build_document(content, rules_of(content), (), http=False).routes
        info = content["info"]
        found.append(
            {
                "api": f"{info['title']} {info['version']}",
                "routes": len(routes),
                "scopes": len({scope for route in routes for scope in route.scopes}),
                "conflicts": len(routes.conflicts),
                "residues": len(residues(routes)),
            }
        )
    return found


def table(rows: dict[str, dict[str, Any]]) -> str:
    """Return one line a source."""
    columns = {
        "decisions": "decisions",
        "tables": "tables",
        "routes_of_the_largest": "routes ≤",
        "over_allowed": "over-allowed",
        "over_denied_ordinary": "over-denied",
        "tables_with_conflicts_percent": "conflicts %",
        "tables_with_residues_percent": "residues %",
        "seconds": "s",
    }
    lines = [f"{'source':26}" + "".join(f"{title:>13}" for title in columns.values())]
    lines += [f"{name:26}" + "".join(f"{row[column]:>13,}" for column in columns) for name, row in rows.items()]
    return "\n".join(lines)


def report(done: list[Judged], elapsed: float) -> dict[str, Any]:
    """Return all figures: the sum, each source, the documents as they are, and where the outsider was wrong."""
    sources = {}
    for name in dict.fromkeys(each.source for each in done):
        of_source = [each for each in done if each.source == name]
        sources[name] = figures(added(each.counts for each in of_source), sum(each.seconds for each in of_source))
    return {
        **figures(added(each.counts for each in done), elapsed),
        "sources": sources,
        "published": as_published(),
        "outsider_wrong_by_rule": dict(sum((each.rules for each in done), Counter())),
    }


def in_words(told: dict[str, Any]) -> str:
    """Return the report as lines."""
    whole = {name: value for name, value in told.items() if not isinstance(value, (dict, list))}
    lines = [table({**told["sources"], "all": whole}), "", *(f"{name:36} {value}" for name, value in whole.items())]
    lines += ["", "as published:"]
    lines += ["  " + ", ".join(f"{key} {value}" for key, value in each.items()) for each in told["published"]]
    wrong = told["outsider_wrong_by_rule"]
    return "\n".join(lines + [f"the outsider is wrong by the rule {name!r}: {wrong[name]} times" for name in wrong])


def main(argv: Sequence[str] | None = None) -> int:
    options = arguments(argv)
    start = time.perf_counter()
    done = list(run(pieces(options.decisions, options.seed, outsider=options.outsider), options.processes))

    told = report(done, time.perf_counter() - start)
    told |= {"seed": options.seed, "processes": options.processes}
    told |= machine("principalmapper") if options.outsider else machine()
    print(json.dumps(told, indent=2) if options.json else in_words(told))
    faults = [fault for each in done for fault in each.faults]
    for fault in faults[:SHOWN]:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
