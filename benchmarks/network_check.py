"""What does a list of 1,000 networks cost a request? Beside it the standard library's own answer.

The floor is the least that must be done with an address however long the list is: to make bytes of its text.

    python -m benchmarks.network_check --ranges 1000 --quick
"""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Iterable, Sequence
from ipaddress import ip_address, ip_network

from authkit.gateway.request import Request, parse
from authkit.guards.networks import networks
from benchmarks.machine import machine
from benchmarks.report import Budget, closing, rows, size_of, sized_parser, table
from benchmarks.timing import Contender, Times, here, race
from tests.support.events import request_event

BESIDE = ("floor", "ipaddress")
ALLOWED = 3.0  # microseconds for a list of 1,000 ranges (issue 5)
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
    """Return the floor, the guard, and a loop over the standard library's networks."""
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

    def some_texts(start: int, calls: int) -> Iterable[str]:
        return (each.context("identity", "sourceIp") or "" for each in some(start, calls))

    return [here("floor", packed, some_texts), here("authkit", guard, some), here("ipaddress", loop, some)]


def packed(address: str) -> bytes:
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


def budget(times: Sequence[Times], count: int) -> Budget:
    """Hold the guard to its budget."""
    ours = next(each for each in times if each.name == "authkit")
    return Budget(f"µs a request, a list of {count:,} networks", ALLOWED, ours.median * 1e6)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the figures."""
    parser = sized_parser("network_check", __doc__)
    parser.add_argument("--ranges", type=int, default=1000, help="how many networks the list has (default: 1000)")
    options = parser.parse_args(argv)
    size = size_of(options)
    times = race(contenders(options.ranges, size.pool), size, "networks")
    kept, about = budget(times, options.ranges), machine()
    if options.json:
        found = {"ranges": options.ranges, "requests": rows(times, BESIDE), "budgets": [kept.as_json()], **about}
        print(json.dumps(found, indent=2))
    else:
        print(table(f"{options.ranges:,} networks", times, BESIDE), end="\n\n")
        print(closing([kept], about))
    return 0  # times depend on the machine: they are told, and gate nothing


if __name__ == "__main__":
    raise SystemExit(main())
