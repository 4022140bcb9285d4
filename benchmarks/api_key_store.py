"""A million API keys in DynamoDB: what an item is, what it costs, and how often authkit's own memory spares a read.

Prices are those of us-east-1 in USD, on demand, without free tiers (2026). The checks are authkit's own, each with the
memory of one execution environment and a simulated clock; each call goes to any environment.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from authkit import APIKey, Client
from authkit.credentials.apikey_text import new_key
from authkit.errors import Unauthenticated
from authkit.gateway.request import Request
from authkit.stores.aws import to_item
from authkit.stores.clients import Issued, MemoryClients, to_text
from authkit.stores.clients_issue import issue
from benchmarks.api_key_check import request
from benchmarks.callers import HOUR, Call, reaching
from benchmarks.fleets import Clock

KEYS = 1_000_000
READ, WRITE = 0.125, 0.625  # USD for a million request units
STORAGE, OVERHEAD = 0.25, 100  # USD for 10⁹ bytes a month; bytes that are stored of each item beside its own
READ_UNIT, WRITE_UNIT = 4096, 1024  # bytes of an item that one unit reads with strong consistency, or writes
PARTITION = 3000  # read units a second that one partition gives, and so all there is for one key
TTLS = (0, 60)  # of the gateway's cache
SETTINGS = ((50, 0), (5, 60), (5, 300), (50, 60), (50, 300))  # environments and cache_seconds
MADE_UP = 1000

_PEPPER = os.urandom(32)


class Paper(NamedTuple):
    """What a table of so many keys is, and costs."""

    keys: int
    item_bytes: int
    gigabytes: float
    storage_usd_a_month: float
    issuing_usd: float
    read_units: int
    usd_a_million_reads: float
    usd_a_million_eventual_reads: float


def paper(keys: int = KEYS) -> Paper:
    """Work out what a table costs, of items as `DynamoDBClients` writes them."""
    client = Client("client-0123456", scopes={"orders:read", "orders:write", "invoices:read"}, not_after=1_821_536_000)
    kept = issue(MemoryClients(), client, pepper=_PEPPER, now=1_790_000_000).issued
    size = item_size(to_item({"digest": kept.digest, "record": to_text(kept), "version": kept.version}))
    stored = keys * (size + OVERHEAD) / 1e9
    units = _units(size, READ_UNIT)
    issuing = keys * _units(size, WRITE_UNIT) * WRITE / 1e6
    return Paper(keys, size, stored, stored * STORAGE, issuing, units, units * READ, units * READ / 2)


def item_size(item: Mapping[str, Mapping[str, str]]) -> int:
    """Return an item's size by DynamoDB's rules: names and texts as UTF-8, a number a byte for two digits and one more."""
    return sum(
        len(name.encode()) + ((len(value) + 1) // 2 + 1 if kind == "N" else len(value.encode()))
        for name, typed in item.items()
        for kind, value in typed.items()
    )


def _units(size: int, of: int) -> int:
    return -(-size // of)


class Counting:
    """A store that counts what it is asked for, second by second."""

    def __init__(self, known: Mapping[str, Issued], clock: Clock) -> None:
        self._known, self._clock, self._began = known, clock, clock.now
        self.seconds = Counter[int]()
        self.of = Counter[str]()

    def find(self, digest: str) -> Issued | None:
        self.seconds[int(self._clock.now - self._began)] += 1
        self.of[digest] += 1
        return self._known.get(digest)


class Hour(NamedTuple):
    """What an hour of calls asks of the table."""

    ttl: int  # of the gateway's cache
    environments: int
    cache_seconds: int
    calls: int
    reach: int  # the function
    reads: int
    hits: float  # share of the calls that reach the function
    peak: int  # reads in a second
    busiest_key: int  # reads of one key in the hour
    usd_a_million_calls: float


def hours(calls: Sequence[Call], seed: int, unit: float) -> list[Hour]:
    """Let callers with keys call for an hour, under every setting. ``unit`` is what a million reads cost."""
    callers, rng = 1 + max(call.caller for call in calls), random.Random(seed)
    store = MemoryClients()
    texts = [issue(store, Client(f"c{at}"), pepper=_PEPPER, now=0, entropy=rng.randbytes).text for at in range(callers)]
    asked, known = [request(text) for text in texts], {each.digest: each for each in store.listed()}
    found = []
    for ttl in TTLS:
        arriving = list(reaching(calls, ttl))
        for environments, seconds in SETTINGS:
            table = _called(arriving, asked, known, environments, seconds, rng.random)
            reads = table.seconds.total()
            found.append(
                Hour(
                    *(ttl, environments, seconds, len(calls), len(arriving), reads, 1 - reads / len(arriving)),
                    *(max(table.seconds.values()), max(table.of.values()), reads / len(calls) * unit),
                )
            )
    return found


def _called(
    calls: Iterable[Call],
    asked: Sequence[Request],
    known: Mapping[str, Issued],
    environments: int,
    seconds: float,
    chance: Any,
) -> Counting:
    clock = Clock()
    began, table = clock.now, Counting(known, clock)
    store: Any = table  # of a client store all that is asked here is what it finds
    settings = {"cache_seconds": seconds, "clock": clock, "monotonic": clock, "jitter": chance}
    checks = [APIKey(store=store, pepper=_PEPPER, **settings) for _ in range(environments)]
    for call in calls:
        clock.now = began + call.moment
        checks[int(chance() * environments)](asked[call.caller])
    return table


def made_up(count: int = MADE_UP) -> int:
    """Return how many reads made-up keys of the right form cost: their check digits tell, without the store."""
    clock = Clock()
    table = Counting({}, clock)
    check = APIKey(store=table, pepper=_PEPPER, clock=clock, monotonic=clock)  # type: ignore[arg-type]
    for _ in range(count):
        try:
            check(request(new_key("ak_live", os.urandom(32), os.urandom).text))
        except Unauthenticated:
            continue
        raise AssertionError("a made-up key was taken")
    return table.seconds.total()


def told(on_paper: Paper, found: Sequence[Hour], strangers: int) -> list[str]:
    """Return all of it as lines."""
    each = on_paper
    reads = f"{each.usd_a_million_reads:.3f} USD a million ({each.usd_a_million_eventual_reads:.4f} if eventually"
    lines = [
        f"{each.keys:,} API keys in DynamoDB, on paper: an item has {each.item_bytes} bytes; {each.gigabytes:.2f} GB,"
        f" {each.storage_usd_a_month:.2f} USD a month; issuing them all {each.issuing_usd:.2f} USD",
        f"a read is consistent, {each.read_units} unit: {reads} consistent, and a key taken back may pass)",
        f"no hot partition: digests are spread evenly. One key is read at most once in cache_seconds by each environment:"
        f" of 10,000 in 60 s {10_000 / 60:.0f} times a second, and a partition gives {PARTITION:,}",
        f"{MADE_UP:,} made-up keys: {strangers} reads",
        "",
        f"An hour of {found[0].calls:,} calls; each goes to any environment, so that none has a favourite",
        f"{'TTL':>5}{'environments':>14}{'cache_seconds':>15}{'reach it':>10}{'reads':>9}{'hits':>8}{'peak a s':>10}"
        f"{'busiest key':>13}{'USD a 10⁶ calls':>17}",
    ]
    lines += [
        f"{row.ttl:5}{row.environments:14}{row.cache_seconds:15}{row.reach:10,}{row.reads:9,}{row.hits:8.1%}"
        f"{row.peak:10}{row.busiest_key / HOUR:11.2f}/s{row.usd_a_million_calls:17.4f}"
        for row in found
    ]
    return lines
