"""How figures are told: options, tables and budgets that the scripts share."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from benchmarks.timing import FULL, QUICK, Size, Times


def sized_parser(script: str, doc: str | None) -> argparse.ArgumentParser:
    """Return a parser with the options of scripts that time."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{script}", description=(doc or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few and small blocks: the figures are rough")
    parser.add_argument("--blocks", type=int, help=f"of each pass (default: {FULL.blocks}, quick {QUICK.blocks})")
    parser.add_argument("--calls", type=int, help=f"of each block (default: {FULL.calls}, quick {QUICK.calls})")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser


def size_of(options: argparse.Namespace) -> Size:
    """Return how much to measure."""
    chosen = QUICK if options.quick else FULL
    return Size(chosen.pool, options.blocks or chosen.blocks, options.calls or chosen.calls)


def rows(times: Sequence[Times], beside: Iterable[str]) -> list[dict[str, Any]]:
    """Return one row a contender, with the ratios of each pass to some of them."""
    by_name = {each.name: each for each in times}
    return [
        {
            "name": each.name,
            "median_us": round(each.median * 1e6, 2),
            "best_us": round(each.best * 1e6, 2),
            "spread": round(each.spread, 3),
            "ratios": {name: [round(ratio, 3) for ratio in each.ratios(by_name[name])] for name in beside},
            "best_over_best": {name: round(each.best / by_name[name].best, 3) for name in beside},
        }
        for each in times
    ]


def table(title: str, times: Sequence[Times], beside: Sequence[str]) -> str:
    """Return the same as lines: for each ratio both passes, and that of the best blocks behind them."""
    heads = "".join(f"{'/ ' + name:>30}" for name in beside)
    lines = [f"{title:28} {'median µs':>9} {'best':>6} {'spread':>6}{heads}"]
    for row, each in zip(rows(times, beside), times, strict=True):
        ratios = "".join(_ratio(row["ratios"][name], row["best_over_best"][name]) for name in beside)
        lines.append(f"{each.name:28} {micros(each.median):>9} {micros(each.best):>6} {each.spread:>6.0%}{ratios}")
    return "\n".join(lines)


def _ratio(passes: list[float], best: float) -> str:
    return f"{' '.join(f'{each:.2f}' for each in passes) + f' ({best:.2f})':>30}"


def micros(seconds: float) -> str:
    """Return a time in microseconds, as tables show it."""
    return f"{seconds * 1e6:.1f}" if seconds < 1e-4 else f"{seconds * 1e6:.0f}"


class Budget(NamedTuple):
    """What design section 8 allows, what was seen, and the least there can be where that is more than is allowed."""

    what: str
    allowed: float
    seen: float
    least: float = 0.0

    @property
    def met(self) -> bool:
        """Tell whether it was kept."""
        return self.seen <= self.allowed

    def __str__(self) -> str:
        beyond = f" (the bare operation alone is {self.least:.3g})" if self.least > self.allowed else ""
        return f"{'met    ' if self.met else 'NOT MET'}  {self.what}: {self.seen:.3g}, allowed {self.allowed:g}{beyond}"

    def as_json(self) -> dict[str, Any]:
        """Return it for the JSON report."""
        return {"budget": self.what, "allowed": self.allowed, "seen": round(self.seen, 3), "met": self.met}


def closing(budgets: Iterable[Budget], about: dict[str, str]) -> str:
    """Return the lines every report ends with: budgets, machine and versions."""
    words = ", ".join(f"{name} {value}" for name, value in about.items())
    return "\n".join(["Budgets (design section 8; of ratios, the worse pass)", *map(str, budgets), "", words])
