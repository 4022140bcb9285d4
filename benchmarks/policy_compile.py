"""How long does it take to compile a route table, and to answer from grants that were seen before?

Tables of 10 to 10,000 routes in three shapes: ordinary ones; behind a tenant that is the caller's own; and behind a tenant
that is free, where every Allow reaches into the routes of the others. Of each: building the table, the first policy of
a caller who holds three of ten scopes, and the same policy again. Then one table of 300 routes and thirty scopes, for
callers who hold 1, 3, 10 and 30 of them.

    python -m benchmarks.policy_compile --routes 10,1000 --json
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from authkit import MethodArn, Principal, Route, Routes
from benchmarks.machine import machine
from benchmarks.report import Budget, closing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SIZES = (10, 100, 300, 1000, 10_000)
SHAPES = ("ordinary", "bound", "unbound")
METHODS = ("GET", "POST", "PUT", "DELETE")
SCOPES = 10
HELD = 3  # of the scopes
GRANTED, GRANTED_SCOPES, GRANTED_ROUTES = (1, 3, 10, 30), 30, 300
TIMES, QUICK = 15, 3
CALLS = 2000
ARN = MethodArn.parse("arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/prod/GET/")


class Measured(NamedTuple):
    """Seconds of each time something was done."""

    seconds: list[float]

    @property
    def median(self) -> float:
        """Return the time in the middle."""
        return median(self.seconds)

    @property
    def spread(self) -> float:
        """Return how far the middle half lies apart, as a share of the median."""
        ordered = sorted(self.seconds)
        quarter = len(ordered) // 4
        return (ordered[-1 - quarter] - ordered[quarter]) / self.median


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.policy_compile", description=__doc__.split("\n")[0])
    parser.add_argument("--routes", default=",".join(map(str, SIZES)), help="sizes of tables (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="few times each: the figures are rough")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser.parse_args(argv)


def table(shape: str, size: int, scopes: int = SCOPES) -> list[Route]:
    """Make a table: eight routes a resource, a collection and its items by four methods."""
    before = "" if shape == "ordinary" else "/{tenant}"
    bind = {"tenant": "tenant"} if shape == "bound" else None
    return [
        Route(
            METHODS[number % 4],
            f"{before}/r{number // 8}{'/{id}' * (number % 8 > 3)}",
            scopes={f"s{number // 8 % scopes}"},
            bind=bind,
        )
        for number in range(size)
    ]


def timed(do: Callable[[], object], times: int, calls: int = 1) -> Measured:
    seconds = []
    gc.disable()
    try:
        for _ in range(times):
            gc.collect()
            start = time.perf_counter()
            for _ in range(calls):
                do()
            seconds.append((time.perf_counter() - start) / calls)
    finally:
        gc.enable()
    return Measured(seconds)


def caller(held: int) -> Principal:
    """Make a caller with the first so many scopes."""
    return Principal("ann", scopes={f"s{number}" for number in range(held)}, claims={"tenant": "acme"})


def measure(shape: str, size: int, times: int) -> dict[str, Any]:
    """Time one table."""
    routes = table(shape, size)
    built = [Routes(routes) for _ in range(times)]
    compiling = timed(lambda: Routes(routes), times)
    return {
        "shape": shape,
        "routes": size,
        **answered(built, caller(HELD)),
        "compile_ms": round(compiling.median * 1e3, 3),
        "compile_spread": round(compiling.spread, 3),
    }


def granted(shape: str, held: int, times: int) -> dict[str, Any]:
    """Time one caller of one table."""
    routes = table(shape, GRANTED_ROUTES, GRANTED_SCOPES)
    scopes = {f"s{number}" for number in range(held)}
    return {
        "shape": shape,
        "held": held,
        "granted": sum(route.scopes <= scopes for route in routes),
        **answered([Routes(routes) for _ in range(times)], caller(held)),
    }


def answered(built: Sequence[Routes], caller: Principal) -> dict[str, Any]:
    """Time a caller's first policy, by tables that never answered before, and the same again by one of them."""
    fresh = iter(built)
    first = timed(lambda: next(fresh).policy(caller, ARN), len(built))
    again = timed(lambda: built[0].policy(caller, ARN), len(built), CALLS)
    policy = built[0].policy(caller, ARN)
    return {
        "resources": sum(len(statement["Resource"]) for statement in policy["Statement"]),
        "bytes": len(json.dumps(policy)),
        "first_policy_ms": round(first.median * 1e3, 3),
        "first_policy_spread": round(first.spread, 3),
        "again_us": round(again.median * 1e6, 3),
        "again_spread": round(again.spread, 3),
    }


def budgets(rows: list[dict[str, Any]]) -> list[Budget]:
    """Hold the figures to design section 8."""
    found = []
    for row in rows:
        named = f"{row['shape']}, {row['routes']:,} routes"
        if row["routes"] == 1000:
            found.append(Budget(f"{named}: ms to compile", 100.0, row["compile_ms"]))
        if row["routes"] in (300, 1000):
            found.append(Budget(f"{named}, {row['resources']} resources: µs from cached grants", 5.0, row["again_us"]))
    return found


COMPILED = {
    "routes": "routes",
    "resources": "resources",
    "bytes": "bytes",
    "compile_ms": "compile ms",
    "compile_spread": "spread",
    "first_policy_ms": "first ms",
    "first_policy_spread": "spread",
    "again_us": "again µs",
    "again_spread": "spread",
}
ANSWERED = {"held": "scopes held", "granted": "granted", **COMPILED}


def in_words(rows: list[dict[str, Any]], columns: dict[str, str]) -> str:
    """Return rows as lines, with those of the columns that they have."""
    there = {name: title for name, title in columns.items() if name in rows[0]}
    lines = [f"{'shape':10}" + "".join(f"{title:>12}" for title in there.values())]
    lines += [f"{row['shape']:10}" + "".join(f"{row[name]:>12,}" for name in there) for row in rows]
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    options = arguments(argv)
    times = QUICK if options.quick else TIMES
    rows = []
    for size in map(int, options.routes.split(",")):
        for shape in SHAPES:
            print(f"{shape}, {size:,} routes", file=sys.stderr)
            rows.append(measure(shape, size, times))
    grants = [granted(shape, held, times) for shape in SHAPES for held in GRANTED]
    kept = budgets(rows)
    if options.json:
        found = {"tables": rows, "grants": grants, "budgets": [each.as_json() for each in kept]}
        print(json.dumps({**found, **machine()}, indent=2))
    else:
        print(in_words(rows, COMPILED), end="\n\n")
        print(f"{GRANTED_ROUTES} routes, {GRANTED_SCOPES} scopes\n{in_words(grants, ANSWERED)}", end="\n\n")
        print(closing(kept, machine()))
    return 0  # times depend on the machine: they are told, and gate nothing


if __name__ == "__main__":
    raise SystemExit(main())
