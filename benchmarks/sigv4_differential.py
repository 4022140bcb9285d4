"""Does the signer ever arrive at another signature than botocore, where a URL is written canonically?

Random requests, odd ones among them, are signed by both (tests/differential/sigv4_judge.py). What is not written
canonically must be refused, and what is handed back instead must be what a server arrives at. Everything that is signed
is verified too, with botocore's own header where that is the one. Exits 1 if anything is otherwise.

    python -m benchmarks.sigv4_differential --requests 10000 --seed 1 --json
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING

from benchmarks.machine import machine

if TYPE_CHECKING:
    from collections.abc import Sequence

SHOWN = 5
STEP = 1000


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sigv4_differential", description=__doc__.split("\n")[0])
    parser.add_argument("--requests", type=int, default=10_000, help="how many to judge (default: 10000)")
    parser.add_argument("--seed", type=int, default=1, help="of the choices (default: 1)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    options = arguments(argv)
    if find_spec("botocore") is None:
        print("botocore is not installed: there is nothing to compare with", file=sys.stderr)
        return 3
    from tests.differential.sigv4_judge import Sweep

    sweep = Sweep(options.seed)
    began = time.perf_counter()
    for most in [*range(STEP, options.requests, STEP), options.requests]:
        sweep.run(most)
        print(f"{most:,} of {options.requests:,} requests, {len(sweep.faults)} faults", file=sys.stderr)
    seconds = round(time.perf_counter() - began, 1)
    found = {
        "seed": options.seed,
        **dict(sorted(sweep.counts.items())),
        "faults": len(sweep.faults),
        "seconds": seconds,
    }
    found |= machine("botocore")
    print(
        json.dumps(found, indent=2)
        if options.json
        else "\n".join(f"{name:36} {value}" for name, value in found.items())
    )
    for fault in sweep.faults[:SHOWN]:
        print(f"{fault.what}: {fault.request}", file=sys.stderr)
    return 1 if sweep.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
