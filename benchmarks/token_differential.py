"""Does the token verifier ever disagree with PyJWT or joserfc for a reason that has no name?

Generated tokens (good, changed in one to three ways, hostile) of issuers with odd keys among their good ones are judged
by all three (tests/differential). Keys are made afresh in every run. Exits 1 if a difference is explained by no rule, if
a text is accepted that no key signed, if a good token is refused, or if anything but a refusal is raised.

    python -m benchmarks.token_differential --tokens 100000 --seed 1 --json
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import TYPE_CHECKING, Any

from benchmarks.machine import machine
from tests.differential.rules import RULES
from tests.differential.sweep import PEERS, Sweep

if TYPE_CHECKING:
    from collections.abc import Sequence

SHOWN = 5
TOLD_EVERY = 2.0  # seconds between two lines of progress


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.token_differential", description=__doc__.split("\n")[0])
    parser.add_argument("--tokens", type=int, default=100_000, help="how many to judge (default: 100000)")
    parser.add_argument("--seed", type=int, default=1, help="of the choices; keys are fresh each time (default: 1)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser.parse_args(argv)


def run(sweep: Sweep, tokens: int) -> float:
    """Judge until there are enough tokens; say how far it is on stderr; return the seconds it took."""
    start = told = time.perf_counter()
    while sweep.tokens < tokens:
        sweep.judge_world(tokens - sweep.tokens)
        if time.perf_counter() - told > TOLD_EVERY:
            told = time.perf_counter()
            print(f"{sweep.tokens:,} of {tokens:,} tokens, {len(sweep.faults)} faults", file=sys.stderr)
    return time.perf_counter() - start


def figures(sweep: Sweep, seed: int, seconds: float) -> dict[str, Any]:
    return {
        "seed": seed,
        **dict(sorted(sweep.counts.items())),
        "faults": len(sweep.faults),
        "seconds": round(seconds, 1),
        "rules": {peer: {rule.name: sweep.rules[peer][rule.name] for rule in RULES} for peer in PEERS},
        "sentences": {rule.name: rule.sentence for rule in RULES},
        **machine("PyJWT", "joserfc", "cryptography"),
    }


def table(found: dict[str, Any]) -> str:
    """Return the figures as lines, and the rules as a table with their sentences."""
    rules, sentences = found.pop("rules"), found.pop("sentences")
    lines = [f"{name:44} {value}" for name, value in found.items()]
    lines += ["", f"{'rule':24} {'who is stricter':15} {'/ PyJWT':>8} {'/ joserfc':>9}  why"]
    for rule in RULES:
        counts = [rules[peer][rule.name] for peer in PEERS]
        who = "authkit" if rule.ours else "the other"
        lines.append(f"{rule.name:24} {who:15} {counts[0]:8} {counts[1]:9}  {sentences[rule.name]}")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    options = arguments(argv)
    sweep = Sweep(options.seed)

    seconds = run(sweep, options.tokens)

    found = figures(sweep, options.seed, seconds)
    print(json.dumps(found, indent=2) if options.json else table(found))
    for fault in sweep.faults[:SHOWN]:
        print(fault, file=sys.stderr)
    return 1 if sweep.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
