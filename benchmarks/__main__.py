"""Run every benchmark, one after the other with progress, and write one report: figures, budgets and histograms."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.machine import machine
from benchmarks.page import Ran, page

ALLOWED = 10 * 60  # seconds for all of them


class Script(NamedTuple):
    """A script, the question it answers, and how it is asked when all are run in under ten minutes."""

    name: str
    question: str
    arguments: tuple[str, ...] = ()


SCRIPTS = (
    Script("verify_speed", "What does verifying a token cost, beside others?", ("--quick",)),
    Script("handler_speed", "What does the whole handler cost, new token and repeated?", ("--quick",)),
    Script("gate", "Has anything become twice as dear?"),
    Script("check_speed", "What does each check of a request cost?"),
    Script("api_key_check", "What does an API key cost?"),
    Script("network_check", "What does a list of 1,000 networks cost?"),
    Script("sigv4_speed", "What do signing and verifying by SigV4 cost, beside others?", ("--quick",)),
    Script("cold_start", "What does a cold start cost?", ("--quick",)),
    Script("package_size", "How large is the function's package?"),
    Script("policy_compile", "What do large route tables cost?", ("--quick",)),
    Script("policy_decisions", "Is any decision wrong?", ("--decisions", "500000")),
    Script("token_differential", "Do tokens get the same verdict as by others?", ("--tokens", "10000")),
    Script("sigv4_differential", "Do signatures get the same verdict as by botocore?", ("--requests", "10000")),
    Script("hostile_tokens", "Who lets what through?"),
    Script("keyset_behaviour", "What do key sets ask of their issuer?"),
    Script("emulator_throughput", "How many requests a second does the emulator answer?"),
    Script("memory", "Does anything grow under a million bad credentials?"),
    Script("scale", "What happens with 10,000 environments, routes and callers?"),
)


def ran(script: Script) -> Ran:
    """Run a script to its end in a process of its own, so that none warms another's caches."""
    command = [sys.executable, "-m", f"benchmarks.{script.name}", *script.arguments, "--json"]
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        figures = json.loads(done.stdout)
    except ValueError:
        figures = {}
    return Ran(*(script.name, script.question, done.returncode, time.monotonic() - began, figures, done.stderr[-2000:]))


def in_all(runs: Sequence[Ran]) -> str:
    """Say how long they took together, and whether that is more than it may be."""
    seconds = round(sum(each.seconds for each in runs))
    told = f"in all {seconds // 60} min {seconds % 60} s"
    return told if seconds <= ALLOWED else f"{told}: more than the {ALLOWED // 60} min that all of them may take"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run them; the exit code is 1 if one of them ended with 1."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("scripts", nargs="*", metavar="SCRIPT", help="by default all")
    parser.add_argument("--report", default="benchmarks.html", metavar="FILE", help="default: benchmarks.html")
    parser.add_argument("--json", metavar="FILE", help="write the figures of all as JSON too")
    options = parser.parse_args(arguments)
    known = {script.name: script for script in SCRIPTS}
    strangers = [name for name in options.scripts if name not in known]
    if strangers:
        parser.error(f"no such script: {', '.join(strangers)}; there are {', '.join(known)}")
    chosen = [known[name] for name in options.scripts] or list(SCRIPTS)
    runs = []
    for number, script in enumerate(chosen, 1):
        print(f"[{number}/{len(chosen)}] {script.name}: {script.question}", file=sys.stderr, flush=True)
        runs.append(ran(script))
        print(f"    exit code {runs[-1].code}, {runs[-1].seconds:.0f} s", file=sys.stderr, flush=True)
        if runs[-1].code:
            print(runs[-1].said, file=sys.stderr)
    Path(options.report).write_text(page(runs, machine("cryptography", "pyjwt")), encoding="utf-8")
    if options.json:
        Path(options.json).write_text(
            json.dumps({each.name: each.figures for each in runs}, indent=1), encoding="utf-8"
        )
    print(in_all(runs), file=sys.stderr)
    print(options.report)
    return 1 if any(each.code for each in runs) else 0


if __name__ == "__main__":
    raise SystemExit(main())
