"""How long do signing and verifying a request take, beside the bare hashes and beside others?

Every contender gets the same requests, in turns of small blocks (benchmarks/timing.py), and signs all their headers. The
floor is what no signature can do without, on the same bytes: SHA-256 of the canonical request (and of the body), and one
HMAC with the signing key at hand. For verifying it compares in constant time as well. Peers that are not installed are
named on stderr; Node's aws4 signs too where AUTHKIT_NODE_MODULES names a folder with it.

    python -m benchmarks.sigv4_speed --rows "sign GET,verify GET" --quick
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from typing import TYPE_CHECKING, Any

from benchmarks import node
from benchmarks.machine import machine
from benchmarks.report import Budget, closing, rows, size_of, sized_parser, table
from benchmarks.sigv4_peers import SIGNERS, VERIFIERS, missing, signers, verifiers
from benchmarks.sigv4_requests import Pool, authkit_sign, authkit_verify, sign_floor, verify_floor
from benchmarks.timing import Contender, Size, Times, here, race

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS = ("sign GET", "sign POST", "verify GET", "verify POST")
OVER_FLOOR = {"sign GET": 5.0, "sign POST": 3.0, "verify GET": 12.0}  # design section 8
BESIDE = ("floor",)


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = sized_parser("sigv4_speed", __doc__)
    parser.add_argument("--rows", default=",".join(ROWS), help=f"some of {', '.join(ROWS)} (default: all)")
    parser.add_argument("--alone", action="store_true", help="authkit and the floor, and nobody else")
    options = parser.parse_args(argv)
    strangers = set(options.rows.split(",")) - set(ROWS)
    if strangers:
        parser.error(f"not among the rows: {', '.join(sorted(strangers))}")
    return options


def absent() -> list[str]:
    """Return the names of peers that are not there."""
    lacking = {*missing(SIGNERS), *missing(VERIFIERS)}
    return sorted(lacking | {f"node {name}" for name in node.SIGNERS if node.missing((name,))})


def contenders(row: str, pool: Pool, *, alone: bool) -> list[Contender]:
    """Return the floor, authkit and whoever else is installed for this Python."""
    if row.startswith("sign"):
        calls = {"floor": sign_floor(), "authkit": authkit_sign, **({} if alone else signers())}
    else:
        calls = {"floor": verify_floor(), "authkit": authkit_verify(), **({} if alone else verifiers())}
    return [here(name, call, pool.fresh) for name, call in calls.items()]


def measure(row: str, size: Size, *, alone: bool = False) -> tuple[list[Times], dict[str, str]]:
    """Time one row; return that, and the versions of Node's packages."""
    pool = Pool(row.split()[1], size.pool)
    found, versions = contenders(row, pool, alone=alone), dict[str, str]()
    with contextlib.ExitStack() as stack:
        if row.startswith("sign") and not alone and not node.missing(node.SIGNERS):
            child = stack.enter_context(node.signing(pool.fresh(0, size.pool)))
            found, versions = [*found, *child.contenders()], child.versions
        return race(found, size, row), versions


def budget(row: str, times: Sequence[Times]) -> list[Budget]:
    """Hold authkit's times to the design's budget, if there is one."""
    by_name = {each.name: each for each in times}
    allowed = OVER_FLOOR.get(row)
    return [Budget(f"{row} / floor", allowed, by_name["authkit"].over(by_name["floor"]))] if allowed else []


def main(argv: Sequence[str] | None = None) -> int:
    options = arguments(argv)
    size = size_of(options)
    lacking = [] if options.alone else absent()
    if lacking:
        print(f"not installed, so not timed: {', '.join(lacking)}", file=sys.stderr)
    report: dict[str, Any] = {}
    kept: list[Budget] = []
    about = machine("botocore", "awscrt", "requests-aws4auth", "asigv4", "cryptography")
    for row in options.rows.split(","):
        times, versions = measure(row, size, alone=options.alone)
        about |= versions
        report[row] = rows(times, BESIDE)
        kept += budget(row, times)
        if not options.json:
            print(table(row, times, BESIDE), end="\n\n")
    if options.json:
        told = {**report, "budgets": [each.as_json() for each in kept], "absent": lacking, **about}
        print(json.dumps(told, indent=2))
    else:
        print(closing(kept, about))
    return 0  # times depend on the machine: they are told, and gate nothing


if __name__ == "__main__":
    raise SystemExit(main())
