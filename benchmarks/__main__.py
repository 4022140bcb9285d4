"""Run every benchmark, one after the other with progress, and write one report: figures, budgets and histograms."""

from __future__ import annotations

import argparse
import html
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.machine import machine


class Script(NamedTuple):
    """A script, the question it answers, and how it is asked when all are run in under ten minutes."""

    name: str
    question: str
    arguments: tuple[str, ...] = ()


SCRIPTS = (
    Script("verify_speed", "What does verifying a token cost, beside others?", ("--quick",)),
    Script("handler_speed", "What does the whole handler cost, new token and repeated?", ("--quick",)),
    Script("gate", "Has anything become twice as dear?"),
    Script("check_speed", "What does each check of a request cost?", ("--quick",)),
    Script("api_key_check", "What does an API key cost?", ("--quick",)),
    Script("network_check", "What does a list of 1,000 networks cost?"),
    Script("sigv4_speed", "What do signing and verifying by SigV4 cost, beside others?", ("--quick",)),
    Script("cold_start", "What does a cold start cost?", ("--quick",)),
    Script("package_size", "How large is the function's package?"),
    Script("policy_compile", "What do large route tables cost?", ("--quick",)),
    Script("policy_decisions", "Is any decision wrong?", ("--decisions", "100000")),
    Script("token_differential", "Do tokens get the same verdict as by others?", ("--tokens", "10000")),
    Script("sigv4_differential", "Do signatures get the same verdict as by botocore?", ("--requests", "2000")),
    Script("hostile_tokens", "Who lets what through?"),
    Script("keyset_behaviour", "What do key sets ask of their issuer?"),
    Script("emulator_throughput", "How many requests a second does the emulator answer?"),
    Script("memory", "Does anything grow under attack?", ("--quick",)),
    Script("scale", "What happens with thousands of environments?", ("--environments", "2000")),
)


class Ran(NamedTuple):
    """A script that was run."""

    script: Script
    code: int
    seconds: float
    figures: dict[str, Any]
    said: str


def ran(script: Script) -> Ran:
    """Run a script to its end in a process of its own, so that none warms another's caches."""
    command = [sys.executable, "-m", f"benchmarks.{script.name}", *script.arguments, "--json"]
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        figures = json.loads(done.stdout)
    except ValueError:
        figures = {}
    return Ran(script, done.returncode, time.monotonic() - began, figures, done.stderr[-2000:])


def rows(figures: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Return every median in a script's figures with where it stands, for the histogram."""
    if isinstance(figures, dict):
        if isinstance(figures.get("median_us"), (int, float)):
            yield f"{path} {figures.get('name', '')}".strip(), figures["median_us"]
        for name, each in figures.items():
            yield from rows(each, f"{path} {name}".strip() if isinstance(each, dict) else path)
    elif isinstance(figures, list):
        for each in figures:
            yield from rows(each, path)


def budgets(figures: Any) -> Iterator[dict[str, Any]]:
    """Return every budget in a script's figures."""
    if isinstance(figures, dict):
        if "budget" in figures and "met" in figures:
            yield figures
        for each in figures.values():
            yield from budgets(each)
    elif isinstance(figures, list):
        for each in figures:
            yield from budgets(each)


def page(runs: Sequence[Ran]) -> str:
    """Return the report."""
    about = ", ".join(f"{name} {value}" for name, value in machine("cryptography", "pyjwt").items())
    parts = [
        "<!doctype html><meta charset=utf-8><title>authkit benchmarks</title>",
        "<style>body{font:15px/1.5 system-ui;max-width:70em;margin:2em auto;padding:0 1em}td,th{padding:.1em .8em;text-align:left}"
        ".bar{background:#4a7;height:.8em;display:inline-block}.no{color:#b00}pre{overflow:auto;background:#f6f6f6;padding:1em}</style>",
        f"<h1>authkit benchmarks</h1><p>{html.escape(about)}</p>",
    ]
    for each in runs:
        parts.append(f"<h2>{html.escape(each.script.question)}</h2>")
        mark = "" if each.code == 0 else f" <b class=no>exit code {each.code}</b>"
        parts.append(f"<p><code>python -m benchmarks.{each.script.name}</code>, {each.seconds:.0f} s{mark}</p>")
        parts += [*_judged(each), *_histogram(each)]
        parts.append(
            f"<details><summary>figures</summary><pre>{html.escape(json.dumps(each.figures, indent=1))}</pre></details>"
        )
    return "\n".join(parts)


def _judged(each: Ran) -> Iterator[str]:
    found = list(budgets(each.figures))
    if not found:
        return
    yield "<table>"
    for budget in found:
        word = "met" if budget["met"] else "<b class=no>not met</b>"
        yield f"<tr><td>{html.escape(str(budget['budget']))}<td>{budget['seen']}<td>of {budget['allowed']}<td>{word}"
    yield "</table>"


def _histogram(each: Ran) -> Iterator[str]:
    found = list(rows(each.figures))
    most = max((value for _, value in found), default=0.0)
    if not most:
        return
    yield "<table>"
    for name, value in found:
        yield f"<tr><td>{html.escape(name)}<td>{value:.1f} µs<td><span class=bar style='width:{30 * value / most:.2f}em'></span>"
    yield "</table>"


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
    Path(options.report).write_text(page(runs), encoding="utf-8")
    if options.json:
        Path(options.json).write_text(
            json.dumps({each.script.name: each.figures for each in runs}, indent=1), encoding="utf-8"
        )
    print(options.report)
    return 1 if any(each.code for each in runs) else 0


if __name__ == "__main__":
    raise SystemExit(main())
