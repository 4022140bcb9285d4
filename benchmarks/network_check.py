"""What does a list of 1,000 networks cost a request? Beside it the standard library's own answer.

python -m benchmarks.network_check [--ranges 1000] [--json]
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterable, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from authkit.gateway.request import Request, parse
from authkit.guards.networks import networks
from benchmarks.machine import machine
from benchmarks.timing import FULL, Contender, Size, here, race
from tests.support.events import request_event

BUDGET = 3.0  # microseconds for a list of 1,000 ranges (issue 5)
SEED = 7


def ranges(count: int, dice: random.Random) -> list[str]:
    """Return as many networks, three of four IPv4, apart from each other as they fall."""
    found: dict[str, None] = {}
    while len(found) < count:
        six = dice.random() < 0.25
        bits = 128 if six else 32
        prefix = dice.randint(29, 64) if six else dice.randint(12, 32)
        number = dice.getrandbits(prefix) << (bits - prefix)
        found[str(ip_network((number | (0x2 << 124) if six else number, prefix), strict=False))] = None
    return list(found)


def requests(listed: Sequence[str], dice: random.Random, size: int) -> list[Request]:
    """Return requests from within these networks, each parsed anew, as a handler has them."""
    within = [ip_network(dice.choice(listed)) for _ in range(size)]
    addresses = [str(each[dice.randrange(each.num_addresses)]) for each in within]
    return [parse(request_event(context={"identity": {"sourceIp": address}})) for address in addresses]


def contenders(count: int, pool: int) -> list[Contender]:
    """Return the guard, and a loop over the standard library's networks."""
    dice = random.Random(SEED)
    listed = ranges(count, dice)
    asked = requests(listed, dice, pool)
    guard = networks(allow=listed)
    parsed = [ip_network(each) for each in listed]

    def loop(request: Request) -> bool:
        address = ip_address(request.context("identity", "sourceIp") or "")
        return any(address in each for each in parsed)

    def some(start: int, calls: int) -> Iterable[Request]:
        return (asked[(start + each) % pool] for each in range(calls))

    return [here("authkit", guard, some), here("ipaddress", loop, some)]


def microseconds(count: int = 1000, size: Size = FULL) -> dict[str, float]:
    """Return the microseconds that each takes for one request, in the median of its blocks."""
    times = race(contenders(count, size.pool), size, "networks")
    return {each.name: each.median * 1e6 for each in times}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ranges", type=int, default=1000, help="how many networks the list has")
    parser.add_argument("--blocks", type=int, default=FULL.blocks, help="blocks of a pass")
    parser.add_argument("--calls", type=int, default=FULL.calls, help="calls of a block")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args(arguments)
    took = microseconds(given.ranges, Size(FULL.pool, given.blocks, given.calls))
    if given.json:
        told: dict[str, Any] = {"machine": machine(), "ranges": given.ranges, "budget": BUDGET, "microseconds": took}
        print(json.dumps(told, indent=2))
        return 0
    print(", ".join(f"{name} {value}" for name, value in machine().items()))
    for name, each in took.items():
        print(f"{name:<10} {each:9.2f} µs a request, {given.ranges} networks")
    print(f"budget     {BUDGET:9.2f} µs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
