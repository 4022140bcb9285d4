"""How long do signing and verifying a request take, beside the bare hashes and beside others?

Every contender gets the same requests, in turns of small blocks (benchmarks/timing.py), and signs all their headers. The
floor is what no signature can do without, on the same bytes: SHA-256 of the canonical request (and of the body), and one
HMAC with the signing key at hand. For verifying it compares in constant time as well. Peers that are not installed are
named on stderr.

    python -m benchmarks.sigv4_speed --quick
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from benchmarks.machine import machine
from benchmarks.report import Budget, closing, rows, size_of, sized_parser, table
from benchmarks.sigv4_peers import SIGNERS, VERIFIERS, missing, signers, verifiers
from benchmarks.sigv4_requests import Pool, authkit_sign, authkit_verify, sign_floor, verify_floor
from benchmarks.timing import Contender, Size, Times, here, race

if TYPE_CHECKING:
    from collections.abc import Sequence

METHODS = ("GET", "POST")
OVER_FLOOR = {("sign", "GET"): 5.0, ("sign", "POST"): 3.0, ("verify", "GET"): 12.0}  # design section 8
BESIDE = ("floor",)


def contenders(what: str, pool: Pool) -> list[Contender]:
    """Return the floor, authkit and whoever else is installed."""
    if what == "sign":
        calls = {"floor": sign_floor(), "authkit": authkit_sign, **signers()}
    else:
        calls = {"floor": verify_floor(), "authkit": authkit_verify(), **verifiers()}
    return [here(name, call, pool.fresh) for name, call in calls.items()]


def budget(what: str, method: str, times: Sequence[Times]) -> list[Budget]:
    """Hold authkit's times to the design's budget, if there is one."""
    by_name = {each.name: each for each in times}
    allowed = OVER_FLOOR.get((what, method))
    return [Budget(f"{what} {method} / floor", allowed, by_name["authkit"].over(by_name["floor"]))] if allowed else []


def measure(what: str, method: str, size: Size) -> list[Times]:
    return race(contenders(what, Pool(method, size.pool)), size, f"{what} {method}")


def main(argv: Sequence[str] | None = None) -> int:
    options = sized_parser("sigv4_speed", __doc__).parse_args(argv)
    size = size_of(options)
    absent = sorted({*missing(SIGNERS), *missing(VERIFIERS)})
    if absent:
        print(f"not installed, so not timed: {', '.join(absent)}", file=sys.stderr)
    report: dict[str, Any] = {}
    kept: list[Budget] = []
    for what in ("sign", "verify"):
        for method in METHODS:
            times = measure(what, method, size)
            report[f"{what} {method}"] = rows(times, BESIDE)
            kept += budget(what, method, times)
            if not options.json:
                print(table(f"{what} {method}", times, BESIDE), end="\n\n")
    about = machine("botocore", "awscrt", "requests-aws4auth", "asigv4", "cryptography")
    if options.json:
        print(json.dumps({**report, "budgets": [each.as_json() for each in kept], "absent": absent, **about}, indent=2))
    else:
        print(closing(kept, about))
    return 0  # times depend on the machine: they are told, and gate nothing


if __name__ == "__main__":
    raise SystemExit(main())
