"""Does a compiled policy ever decide otherwise than the route table says?

Random tables, callers and requests, hostile values among them, are judged by a router and an evaluator that share nothing
with the compiler (tests/judge). Exits 1 if anything refused was allowed, or an ordinary value of a granted route refused
by a table that construction accepted.

    python -m benchmarks.policy_decisions --decisions 100000 --seed 1 --json
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from typing import TYPE_CHECKING

import authkit
from tests.judge.sweep import Sweep

if TYPE_CHECKING:
    from collections.abc import Sequence

SHOWN = 5
TOLD_EVERY = 2.0  # seconds between two lines of progress


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.policy_decisions", description=__doc__.split("\n")[0])
    parser.add_argument("--decisions", type=int, default=100_000, help="how many to judge at least (default: 100000)")
    parser.add_argument("--seed", type=int, default=1, help="of the random tables, callers and requests (default: 1)")
    parser.add_argument("--routes", type=int, default=25, help="the most routes of a table (default: 25)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser.parse_args(argv)


def run(sweep: Sweep, decisions: int) -> float:
    """Judge tables until there are enough decisions; say how far it is on stderr; return the seconds it took."""
    start = told = time.perf_counter()
    while sweep.decisions < decisions:
        sweep.judge_table()
        if time.perf_counter() - told > TOLD_EVERY:
            told = time.perf_counter()
            print(f"{sweep.decisions:,} of {decisions:,} decisions, {len(sweep.faults)} faults", file=sys.stderr)
    return time.perf_counter() - start


def share(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0


def figures(sweep: Sweep, seed: int, seconds: float) -> dict[str, object]:
    counts, faults = sweep.counts, [fault.verdict for fault in sweep.faults]
    return {
        "seed": seed,
        "decisions": sweep.decisions,
        "tables": counts["tables"],
        "tables_of_http_apis": counts["tables of HTTP APIs"],
        "policies": counts["callers"],
        "over_allowed": faults.count("over-allowed"),
        "over_denied_ordinary": faults.count("over-denied"),
        "tables_with_conflicts_percent": share(counts["tables in conflict"], counts["tables"]),
        "policies_with_conflicts_percent": share(counts["callers in conflict"], counts["callers"]),
        "over_denied_ordinary_in_conflict": counts["over-denied in a refused table"],
        "tables_with_residues_percent": share(counts["tables with residues"], counts["tables"]),
        "residues_percent_of_decisions": share(counts["residue"], sweep.decisions),
        "paths_of_no_route_not_judged": counts["unrouted"],
        "seconds": round(seconds, 1),
        "machine": f"{platform.machine()}, {os.cpu_count()} processors, {platform.system()}",
        "python": platform.python_version(),
        "authkit": authkit.__version__,
    }


def main(argv: Sequence[str] | None = None) -> int:
    options = arguments(argv)
    sweep = Sweep(options.seed, options.routes)

    seconds = run(sweep, options.decisions)

    found = figures(sweep, options.seed, seconds)
    print(json.dumps(found, indent=2) if options.json else "\n".join(f"{name:36} {found[name]}" for name in found))
    for fault in sweep.faults[:SHOWN]:
        print(fault, file=sys.stderr)
    return 1 if sweep.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
