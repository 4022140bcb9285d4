"""What happens at scale: an issuer with 10,000 environments, what the gateway's cache saves, and a store of API keys.

The key sets are authkit's own, each with a simulated clock; what they ask for is counted, second by second. The rest is
arithmetic over simulated callers. Nothing here is timed but the route table: it counts, and says what it assumes.
"""

from __future__ import annotations

import heapq
import json
import random
import sys
from collections import Counter
from collections.abc import Sequence
from time import perf_counter
from typing import Any, NamedTuple

from authkit import KeySet, Principal, Route, Routes, Stored
from authkit.gateway.arn import MethodArn
from authkit.keys.fetch import Response
from authkit.keys.remote import RemoteKeys
from benchmarks.issued import issue
from benchmarks.machine import machine
from benchmarks.report import sized_parser

URL = "https://idp.example.com/jwks.json"
ISSUER = "https://idp.example.com/"
HOURS, RAMP, BETWEEN = 3, 10.0, 60.0  # of simulation; seconds until all have started; seconds between requests to one


class Clock:
    """The one clock of a simulation."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


class Store:
    """A store that all environments share and that costs nothing."""

    def __init__(self) -> None:
        self._entries: dict[str, Stored] = {}

    def get(self, name: str) -> Stored | None:
        return self._entries.get(name)

    def put(self, name: str, stored: Stored) -> None:
        self._entries[name] = stored


class Fleet(NamedTuple):
    """What an issuer saw of a fleet."""

    name: str
    fetches: int
    first_minute: int
    peak: int  # in a second
    peak_later: int  # in a second, after the first minute
    refused: int


def fleet(
    name: str, count: int, seed: int, *, bundled: bool = False, shared: bool = False, jitter: bool = True
) -> Fleet:
    """Start environments at once and let each answer a request a minute; count what they ask the issuer for."""
    clock, rng, seconds = Clock(), random.Random(seed), Counter[int]()
    issued = issue("RS256", 1)
    document, kid = json.dumps(issued.jwks).encode(), issued.key.jwk["kid"]
    began = clock.now

    def fetch(*_: object, **__: object) -> Response:
        seconds[int(clock.now - began)] += 1
        return Response(200, {"content-type": "application/json", "cache-control": "max-age=3600"}, document)

    store = Store() if shared else None
    own = {"bundle": KeySet(issued.jwks)} if bundled else {}
    environments = [
        RemoteKeys(
            lambda _: URL, fetch, issuer=ISSUER, url=URL, store=store, monotonic=clock, wall=clock,
            jitter=rng.random if jitter else lambda: 0.5, **own,
        )
        for _ in range(count)
    ]  # fmt: skip
    refused = 0
    due = [(began + rng.random() * RAMP, at) for at in range(count)]
    heapq.heapify(due)
    while due[0][0] < began + HOURS * 3600:
        clock.now, at = due[0]
        try:
            environments[at].find(kid, "RS256")
        except Exception:  # noqa: BLE001 - whatever it is, a caller with a good token was sent away
            refused += 1
        heapq.heapreplace(due, (clock.now + rng.expovariate(1 / BETWEEN), at))
    later = [number for second, number in seconds.items() if second >= 60]
    first = sum(number for second, number in seconds.items() if second < 60)
    return Fleet(name, seconds.total(), first, max(seconds.values(), default=0), max(later, default=0), refused)


class Saved(NamedTuple):
    """How often the function is called behind a cache."""

    ttl: int
    calls: int
    invocations: int

    @property
    def share(self) -> float:
        """Return what share of the calls the cache answers."""
        return 1 - self.invocations / self.calls


def gateway_cache(callers: int, calls: int, seed: int) -> list[Saved]:
    """Let callers of very different diligence call for an hour; one answer a token is kept for each TTL."""
    rng = random.Random(seed)
    weights = [1 / (rank + 1) for rank in range(callers)]  # Zipf: a few call all the time, most hardly ever
    who = rng.choices(range(callers), weights, k=calls)
    when = sorted(rng.random() * 3600 for _ in range(calls))
    found = []
    for ttl in (0, 60, 300, 3600):
        ends: dict[int, float] = {}
        invocations = 0
        for caller, moment in zip(who, when, strict=True):
            if moment >= ends.get(caller, 0.0):
                invocations += 1
                ends[caller] = moment + ttl
        found.append(Saved(ttl, calls, invocations))
    return found


class Keys(NamedTuple):
    """What API keys in DynamoDB cost for an hour."""

    keys: int
    cache_seconds: int
    reads: int
    gibibytes: float


def api_keys(keys: int, active: int, environments: int, calls: int, seed: int) -> list[Keys]:
    """Let callers with keys of a large table call for an hour, each call going to any environment that has its cache."""
    rng = random.Random(seed)
    size = 400  # bytes of an item: digest, client, scopes, times
    moments = sorted((rng.random() * 3600, rng.randrange(active), rng.randrange(environments)) for _ in range(calls))
    found = []
    for seconds in (0, 60, 300):
        ends: dict[tuple[int, int], float] = {}
        reads = 0
        for moment, key, environment in moments:
            if moment >= ends.get((key, environment), 0.0):
                reads += 1
                ends[key, environment] = moment + seconds
        found.append(Keys(keys, seconds, reads, keys * size / 2**30))
    return found


def table(routes: int) -> dict[str, float]:
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
    return {
        "routes": routes,
        "compile_ms": (built - began) * 1e3,
        "first_ms": (first - built) * 1e3,
        "again_us": (again - first) * 1e6,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures."""
    parser = sized_parser("scale", __doc__)
    parser.add_argument("--environments", type=int, help="of the fleet (default: 10,000, quick 500)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    count = options.environments or (500 if options.quick else 10_000)
    calls = 20 * count
    fleets = []
    for name, how in (
        ("each fetches", {}),
        ("each fetches, no jitter", {"jitter": False}),
        ("a bundled set", {"bundled": True}),
        ("a shared store", {"shared": True}),
        ("bundled and shared", {"bundled": True, "shared": True}),
    ):
        print(f"fleet: {name}", file=sys.stderr)
        fleets.append(fleet(name, count, options.seed, **how))
    saved = gateway_cache(count, calls, options.seed)
    keys = api_keys(1_000_000, count, 50, calls, options.seed)
    routes = table(count)
    found = {
        "fleets": [each._asdict() for each in fleets],
        "cache": [{**each._asdict(), "share": round(each.share, 4)} for each in saved],
        "api_keys": [each._asdict() for each in keys],
        "table": {name: round(value, 3) for name, value in routes.items()},
        **machine(),
    }
    print(json.dumps(found, indent=2) if options.json else _told(count, found))
    return 1 if any(each.refused for each in fleets) else 0


def _told(count: int, found: dict[str, Any]) -> str:
    lines = [
        f"{count:,} environments start within {RAMP:.0f} s, each is asked once in {BETWEEN:.0f} s for {HOURS} h; the set lives an hour",
        f"{'':28}{'fetches':>9}{'1st minute':>12}{'peak a s':>10}{'peak later':>12}{'refused':>9}",
    ]
    for each in found["fleets"]:
        lines.append(
            f"{each['name']:28}{each['fetches']:9,}{each['first_minute']:12,}{each['peak']:10,}{each['peak_later']:12,}{each['refused']:9,}"
        )
    lines += ["", "The gateway's own cache: an hour of calls by callers of very different diligence (Zipf)"]
    for each in found["cache"]:
        bar = "#" * round(30 * each["invocations"] / each["calls"])
        lines.append(
            f"TTL {each['ttl']:5} s   {each['invocations']:9,} of {each['calls']:,} calls reach the function {bar}"
        )
    lines += [
        "",
        f"{found['api_keys'][0]['keys']:,} API keys in DynamoDB ({found['api_keys'][0]['gibibytes']:.2f} GiB), an hour, 50 environments",
    ]
    for each in found["api_keys"]:
        lines.append(
            f"cache_seconds {each['cache_seconds']:4}   {each['reads']:9,} reads, {each['reads'] / 3600:.1f} a second"
        )
    routes = found["table"]
    lines += [
        "",
        f"{routes['routes']:,} routes: compiled in {routes['compile_ms']:.0f} ms, first policy {routes['first_ms']:.1f} ms,"
        f" again {routes['again_us']:.1f} µs",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
