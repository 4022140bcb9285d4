"""What happens at scale: an issuer with 10,000 environments, what the gateway's cache saves, and a store of API keys.

Key sets and key checks are authkit's own, each with a simulated clock; what they ask for is counted, second by second.
The rest is arithmetic over simulated callers. Nothing here is timed but the route table: it counts, and says what it
assumes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import NamedTuple

from authkit import Principal, Route, Routes
from authkit.gateway.arn import MethodArn
from benchmarks import api_key_store
from benchmarks.api_key_store import Hour, Paper
from benchmarks.callers import Saved, gateway_cache, hour_of_calls
from benchmarks.fleets import BETWEEN, BUSY, BUSY_HOURS, HOURS, LANDS, RAMP, SETUPS, Fleet, fleet
from benchmarks.machine import machine
from benchmarks.outage import Endured, endured
from benchmarks.report import sized_parser

ENVIRONMENTS, QUICK = 10_000, 500
ROUTES = 10_000
CALLS, QUICK_CALLS = 100_000, 10_000
EACH = 10  # calls of a caller, on average
INVOCATIONS = 0.20  # USD for a million invocations of a function, its time aside (us-east-1, 2026)


class Table(NamedTuple):
    """What a large route table takes: milliseconds to compile and for the first policy, microseconds for the next."""

    routes: int
    compile_ms: float
    first_ms: float
    again_us: float


def table(routes: int = ROUTES) -> Table:
    """Compile a large table, and answer for it twice."""
    made = [Route("GET", f"/r{at // 100}/s{at % 100}/{{id}}", scopes={f"s{at % 7}"}) for at in range(routes)]
    arn = MethodArn.parse("arn:aws:execute-api:eu-west-1:123456789012:abcdef1234/live/GET/r1/s1/7")
    began = perf_counter()
    compiled = Routes(made)
    built = perf_counter()
    compiled.policy(Principal("ann", scopes={"s1"}), arn)
    first = perf_counter()
    compiled.policy(Principal("bob", scopes={"s1"}), arn)
    again = perf_counter()
    taken = ((built - began) * 1e3, (first - built) * 1e3, (again - first) * 1e6)
    return Table(routes, *(round(each, 3) for each in taken))


class Found(NamedTuple):
    """All that is simulated and worked out."""

    environments: int
    fleets: list[Fleet]
    busy: list[Fleet]
    outage: Endured
    cache: list[Saved]
    paper: Paper
    hours: list[Hour]
    made_up_reads: int
    table: Table

    @property
    def as_simulated(self) -> bool:
        """Tell whether nobody was refused who should not be, and made-up keys cost nothing."""
        ready = [each for each in self.busy if "bundled" in each.name]
        return not any(each.refused for each in (*self.fleets, *ready)) and not self.made_up_reads


def found(environments: int, calls: int, seed: int) -> Found:
    """Simulate all of it."""
    fleets, busy = [], []
    for setup in SETUPS:
        print(f"fleet: {setup.name}", file=sys.stderr)
        fleets.append(fleet(setup, environments, seed))
        busy.append(fleet(setup, environments, seed, hours=BUSY_HOURS, most=BUSY))
    called = hour_of_calls(calls // EACH, calls, seed)
    print("API keys", file=sys.stderr)
    paper = api_key_store.paper()
    hours = api_key_store.hours(called, seed, paper.usd_a_million_reads)
    return Found(
        *(environments, fleets, busy, endured(), gateway_cache(called)),
        *(paper, hours, api_key_store.made_up(), table()),
    )


def as_json(all_of_it: Found) -> dict[str, object]:
    """Return it for the JSON report."""
    return {
        "environments": all_of_it.environments,
        "fleets": [each._asdict() for each in all_of_it.fleets],
        "busy_issuer": {"answers_a_second": BUSY, "fleets": [each._asdict() for each in all_of_it.busy]},
        "outage": {name: round(value, 4) for name, value in all_of_it.outage._asdict().items()},
        "cache": [{**each._asdict(), "share": round(each.share, 4)} for each in all_of_it.cache],
        "api_keys_on_paper": {name: round(value, 4) for name, value in all_of_it.paper._asdict().items()},
        "api_keys": [{name: round(value, 4) for name, value in each._asdict().items()} for each in all_of_it.hours],
        "made_up_reads": all_of_it.made_up_reads,
        "table": all_of_it.table._asdict(),
        **machine(),
    }


def in_words(all_of_it: Found) -> str:
    """Return it for people."""
    lines = [
        f"{all_of_it.environments:,} environments start within {RAMP:.0f} s, each is asked once in {BETWEEN:.0f} s for"
        f" {HOURS} h; the set lives an hour; what is put in the store is there {LANDS} s later",
        *_of_fleets(all_of_it.fleets),
        'Keys packed with the function (jwks="jwks.json") are never fetched; bundle= begins with them, and renews.',
        "",
        f"The same at an issuer that answers {BUSY} fetches a second, and the rest with 503, for {BUSY_HOURS * 60:.0f} min",
        *_of_fleets(all_of_it.busy),
        "",
        f"One environment: valid tokens pass for {all_of_it.outage.hours_served:.1f} h after the issuer's last answer"
        f" ({all_of_it.outage.fetches_meanwhile:,} fetches meanwhile); {all_of_it.outage.strangers:,} made-up key names,"
        f" one a second, cause {all_of_it.outage.fetches_for_strangers} fetches, {all_of_it.outage.seconds_between} s apart"
        " at least",
        "",
        "The gateway's own cache: an hour of calls by callers of very different diligence (Zipf)",
        *map(_of_cache, all_of_it.cache),
        "",
        *api_key_store.told(all_of_it.paper, all_of_it.hours, all_of_it.made_up_reads),
        "",
        f"{all_of_it.table.routes:,} routes: compiled in {all_of_it.table.compile_ms:.0f} ms,"
        f" first policy {all_of_it.table.first_ms:.1f} ms, again {all_of_it.table.again_us:.1f} µs",
        "",
        ", ".join(f"{name} {value}" for name, value in machine().items()),
    ]
    return "\n".join(lines)


def _of_fleets(fleets: Sequence[Fleet]) -> Iterator[str]:
    yield f"{'':26}{'requests':>11}{'fetches':>9}{'1st minute':>12}{'peak a s':>10}{'peak later':>12}{'refused':>9}"
    for each in fleets:
        yield (
            f"{each.name:26}{each.requests:11,}{each.fetches:9,}{each.first_minute:12,}{each.peak:10,}"
            f"{each.peak_later:12,}{each.refused:9,}"
        )


def _of_cache(saved: Saved) -> str:
    bar = "#" * round(30 * saved.invocations / saved.calls)
    cost = saved.invocations / saved.calls * INVOCATIONS
    return (
        f"TTL {saved.ttl:5} s   {saved.invocations:9,} of {saved.calls:,} calls reach the function,"
        f" {saved.share:6.1%} do not, {cost:.3f} USD a 10⁶ calls {bar}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; the exit code is 1 if a caller with a good token was refused where nothing is down."""
    parser = sized_parser("scale", __doc__)
    parser.add_argument("--environments", type=int, help=f"of the fleet (default: {ENVIRONMENTS:,}, quick {QUICK:,})")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    environments = options.environments or (QUICK if options.quick else ENVIRONMENTS)
    all_of_it = found(environments, QUICK_CALLS if options.quick else CALLS, options.seed)
    print(json.dumps(as_json(all_of_it), indent=2) if options.json else in_words(all_of_it))
    return 0 if all_of_it.as_simulated else 1


if __name__ == "__main__":
    raise SystemExit(main())
