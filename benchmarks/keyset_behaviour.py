"""What does fetching keys do under a herd, a flood of unknown keys, an outage, and answers meant to harm?

Fetches are counted at a server on this machine, authkit beside PyJWT's client. Counts do not depend on the machine; times
do. Of the time that has to pass for keys to come due, authkit is told by its clocks, and PyJWT's client is given brief
lives that are waited for; so is ryjwt's, where it is installed.

    python -m benchmarks.keyset_behaviour --json
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from benchmarks.key_clients import CLIENTS
from benchmarks.key_server import BROKEN
from benchmarks.keyset_trials import FULL, QUICK, TRIALS
from benchmarks.machine import machine
from benchmarks.report import Budget, closing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

KNOWN_WAITS = 5.0  # ms
OF_NORMAL = 2.0  # p99 of a known key while a refetch hangs, beside that before
LONGEST = 3.0  # s: performance.md section 1
RENEWAL, ONCE = 0.3, 2.0  # s: what the README says a known key waits at most, and once in a lifetime of the set
UNKNOWN_EACH = 20.0  # µs: likewise
TAKEN = 2  # MiB: the largest answer, once as bytes and once as what it says


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.keyset_behaviour", description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer tokens, and less patience with what never ends")
    parser.add_argument("--trials", default=",".join(TRIALS), help=f"some of {', '.join(TRIALS)} (default: all)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args(argv)
    strangers = set(options.trials.split(",")) - set(TRIALS)
    if strangers:
        parser.error(f"not among the trials: {', '.join(sorted(strangers))}")
    return options


def budgets(ours: dict[str, Any]) -> list[Budget]:
    """Hold authkit's figures to the counts of design section 8."""
    return [budget for trial, figures in ours.items() for budget in BUDGETS.get(trial, lambda _: [])(figures)]


def _outage(figures: dict[str, Any]) -> list[Budget]:
    return [
        *(Budget(f"fetches, outage: {name}", 1, figures[name]["fetches"]) for name in BROKEN),
        *(Budget(f"valid tokens refused, outage: {name}", 0, figures[name]["valid_refused"]) for name in BROKEN),
    ]


BUDGETS: dict[str, Callable[[dict[str, Any]], list[Budget]]] = {
    "herd": lambda seen: [Budget("fetches, 64 threads cold", 1, seen["fetches"])],
    "unknown kids": lambda seen: [
        Budget("fetches, unknown kids in a cooldown", 1, seen["fetches"]),
        Budget("µs each, unknown kids in a cooldown", UNKNOWN_EACH, seen["each_us"]),
    ],
    "unknown kids at 500": lambda seen: [
        Budget("fetches, unknown kids at 500", 1, seen["fetches"]),
        Budget("valid tokens refused, unknown kids at 500", 0, seen["valid_refused"]),
    ],
    "outage": _outage,
    "cold outage": lambda seen: [Budget("fetches, cold outage", 1, seen["fetches"])],
    "known while hanging": lambda seen: [
        Budget("ms a known key waits while a refetch hangs", KNOWN_WAITS, seen["waits_ms"]),
        Budget("p99 of a known key while a refetch hangs / before", OF_NORMAL, seen["p99_us"] / seen["p99_before_us"]),
    ],
    "slow renewal": lambda seen: [
        Budget("s a known key waits for a renewal at most", RENEWAL, seen["ordinary_s"]),
        Budget("s a known key waits once in a lifetime at most", ONCE, seen["once_s"]),
    ],
    "drip": lambda seen: [Budget("s at most while an answer drips", LONGEST, seen["waits_s"])],
    "huge": lambda seen: [Budget("MiB taken of an answer of 64", TAKEN, seen["grown_mib"])],
}


def shown(figures: dict[str, Any]) -> str:
    """Return figures in one line."""
    texts = []
    for name, value in figures.items():
        if isinstance(value, dict):
            texts.append(f"{name}: {shown(value)};")
        elif isinstance(value, list):
            texts.append(f"{name} {', '.join(value) or '–'}")
        else:
            texts.append(f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}")
    return "  ".join(texts)


def main(argv: Sequence[str] | None = None) -> int:
    options = arguments(argv)
    counts = QUICK if options.quick else FULL
    report: dict[str, dict[str, Any]] = {name: {} for name in CLIENTS}
    trials = {name: run for name, run in TRIALS.items() if name in options.trials.split(",")}
    for trial, run in trials.items():
        for name, make in CLIENTS.items():
            print(f"{trial}: {name}", file=sys.stderr)
            report[name][trial] = run(make, counts)
    kept = budgets(report["authkit"])
    about = machine("PyJWT", "ryjwt", "cryptography")
    if options.json:
        print(json.dumps({"clients": report, "budgets": [each.as_json() for each in kept], **about}, indent=2))
        return 0
    for trial, run in trials.items():
        print(f"{trial}: {run.__doc__}")
        for name in CLIENTS:
            print(f"    {name:16} {shown(report[name][trial])}")
    print("\n" + closing(kept, about))
    return 0  # counts are gates in the tests, times are none


if __name__ == "__main__":
    raise SystemExit(main())
