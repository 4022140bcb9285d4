"""Has anything that decides become twice as dear? Ratios to the floor of the same run, each with a bound of its own.

The best block of each contender, taken in turns; a ratio counts as broken only if two runs break it. A bound stands
where our own part, what is above the floor, would be about one and three quarters of what it was when the bound was
set: a noisy machine stays under it, a doubled cost does not.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

RUNS = 2


class Bound(NamedTuple):
    """A ratio to the floor: where it is found, what it was, and what it may be."""

    script: str
    arguments: tuple[str, ...]
    path: tuple[str, ...]
    name: str
    was: float
    most: float


VERIFY = ("verify_speed", ("--quick", "--alone", "--algorithms", "RS256,ES256,EdDSA,HS256"))
HANDLER = ("handler_speed", ("--quick", "--kinds", "REQUEST", "--algorithms", "RS256,ES256"))
SIGV4 = ("sigv4_speed", ("--quick", "--alone", "--rows", "sign GET,verify GET"))

BOUNDS = (
    Bound(*VERIFY, ("algorithms", "RS256"), "authkit", 1.53, 1.95),
    Bound(*VERIFY, ("algorithms", "ES256"), "authkit", 1.21, 1.4),
    Bound(*VERIFY, ("algorithms", "EdDSA"), "authkit", 1.14, 1.25),
    Bound(*VERIFY, ("algorithms", "HS256"), "authkit", 6.1, 10.0),
    Bound(*HANDLER, ("RS256 REQUEST",), "authkit", 2.05, 2.85),
    Bound(*HANDLER, ("RS256 REQUEST",), "authkit, cache, same token", 0.44, 0.78),
    Bound(*HANDLER, ("ES256 REQUEST",), "authkit", 1.43, 1.76),
    Bound(*SIGV4, ("sign GET",), "authkit", 4.6, 7.3),
    Bound(*SIGV4, ("verify GET",), "authkit", 11.3, 19.0),
)


def figures(script: str, arguments: Sequence[str]) -> Any:
    """Return what a script prints."""
    command = [sys.executable, "-m", f"benchmarks.{script}", *arguments, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    return json.loads(done.stdout)


def ratio(found: Any, bound: Bound) -> float:
    """Return a contender's best block over the floor's."""
    for step in bound.path:
        found = found[step]
    (row,) = [each for each in found if each["name"] == bound.name]
    return float(row["best_over_best"]["floor"])


def judged(bounds: Sequence[Bound] = BOUNDS, runs: int = RUNS) -> Iterator[tuple[Bound, float]]:
    """Measure, and yield the better of the runs for each bound; what holds in the first is not measured again."""
    waiting = {bound: float("inf") for bound in bounds}
    for _ in range(runs):
        broken = [bound for bound, seen in waiting.items() if seen > bound.most]
        for script, arguments in dict.fromkeys((bound.script, bound.arguments) for bound in broken):
            found = figures(script, arguments)
            for bound in broken:
                if (bound.script, bound.arguments) == (script, arguments):
                    waiting[bound] = min(waiting[bound], ratio(found, bound))
    yield from waiting.items()


def main(arguments: Sequence[str] | None = None) -> int:
    """Print each bound; the exit code is 1 if one is broken twice."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args(arguments)
    found = list(judged())
    broken = [bound for bound, seen in found if seen > bound.most]
    if options.json:
        print(json.dumps({"bounds": [{**bound._asdict(), "seen": round(seen, 3)} for bound, seen in found]}, indent=1))
        return 1 if broken else 0
    for bound, seen in found:
        what = f"{bound.path[-1]}, {bound.name}"
        word = "BROKEN" if bound in broken else "holds "
        print(f"{word}  {what:44} {seen:6.2f} x floor, at most {bound.most:g} (was {bound.was:g})")
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
