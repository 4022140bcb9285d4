"""How single calls are spread: percentiles and a histogram, of contenders that take turns in small blocks."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from math import ceil, log2
from time import perf_counter
from typing import Any, NamedTuple

from benchmarks.timing import WARM_UP

BLOCK = 50  # calls of a contender in a row
SHARES = {"half": 0.5, "90 %": 0.9, "99 %": 0.99, "all": 1.0}
STEPS = 2  # bins of the histogram to each doubling


class Called(NamedTuple):
    """Who is called, and what makes the arguments of some calls."""

    name: str
    call: Callable[[Any], object]
    arguments: Callable[[int, int], Iterator[Any]]


class Latency(NamedTuple):
    """What each single call took, in microseconds, the quickest first. The clock's own part is some tenths of one."""

    name: str
    micros: tuple[float, ...]

    def at(self, share: float) -> float:
        """Return what this share of the calls took at most."""
        return self.micros[max(ceil(share * len(self.micros)) - 1, 0)]

    @property
    def bins(self) -> list[tuple[float, int]]:
        """Return how many calls took up to each bound, and more than the one before; bounds grow by doublings."""
        counts: dict[int, int] = {}
        for each in self.micros:
            step = ceil(STEPS * log2(each))
            counts[step] = counts.get(step, 0) + 1
        return [(round(2 ** (step / STEPS), 2), counts.get(step, 0)) for step in range(min(counts), max(counts) + 1)]

    def as_json(self) -> dict[str, Any]:
        """Return it for the JSON report."""
        told = {f"{name}_us": round(self.at(share), 2) for name, share in SHARES.items()}
        return {"name": self.name, "calls": len(self.micros), **told, "bins": self.bins}


def latencies(called: Sequence[Called], calls: int) -> list[Latency]:
    """Time so many single calls of each, with the collector off, and a few before each block that are not timed."""
    taken: list[list[float]] = [[] for _ in called]
    gc.disable()
    try:
        for start in range(0, calls, BLOCK):
            for each, times in zip(called, taken, strict=True):
                times.extend(_block(each, start))
            gc.collect()
    finally:
        gc.enable()
    return [Latency(each.name, tuple(sorted(times))) for each, times in zip(called, taken, strict=True)]


def _block(called: Called, start: int) -> list[float]:
    arguments = list(called.arguments(start, BLOCK + WARM_UP))
    for each in arguments[:WARM_UP]:
        called.call(each)
    times = []
    for each in arguments[WARM_UP:]:
        began = perf_counter()
        called.call(each)
        times.append((perf_counter() - began) * 1e6)
    return times


def latency_table(title: str, found: Sequence[Latency]) -> str:
    """Return the percentiles as lines."""
    lines = [f"{title:28}" + "".join(f" {name:>9}" for name in SHARES) + "   of single calls took at most so many µs"]
    lines += [f"{each.name:28}" + "".join(f" {each.at(share):9.1f}" for share in SHARES.values()) for each in found]
    return "\n".join(lines)
