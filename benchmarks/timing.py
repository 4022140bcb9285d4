"""Timing side by side: contenders take turns in small blocks, so that the machine's moods fall on all of them alike.

Ratios are taken between blocks of the same turn, and their median told; the whole is done twice. The collector is off
while they take turns, and every call gets an argument made just before, outside the time taken: a text that was seen
before keeps its hash. A block begins with a few calls that are not timed, which fetch code and data back into the
processor's caches: what is asked is the time of a warm call.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import Any, NamedTuple

PASSES = 2
WARM_UP = 8  # calls of each block that are not timed
TOLD_EVERY = 2.0  # seconds between two lines of progress


class Size(NamedTuple):
    """How much is measured: tokens to choose from, blocks of a pass, and calls of a block."""

    pool: int
    blocks: int
    calls: int


FULL, QUICK = Size(1000, 25, 100), Size(500, 15, 20)

Block = Callable[[int, int], float]
"""Takes where in its pool to begin and how many calls to make, and returns seconds per call."""


class Contender(NamedTuple):
    """What is timed, by its name in the table."""

    name: str
    block: Block


def here(name: str, call: Callable[[Any], object], arguments: Callable[[int, int], Iterable[Any]]) -> Contender:
    """Return a contender in this process: ``arguments`` makes those of one block, outside the time taken."""

    def block(start: int, count: int) -> float:
        fresh = list(arguments(start, count + WARM_UP))
        for each in fresh[:WARM_UP]:
            call(each)
        timed = fresh[WARM_UP:]
        began = time.perf_counter()
        for each in timed:
            call(each)
        return (time.perf_counter() - began) / count

    return Contender(name, block)


class Times(NamedTuple):
    """Seconds per call, block by block, of each pass."""

    name: str
    passes: tuple[tuple[float, ...], ...]

    @property
    def blocks(self) -> list[float]:
        """Return those of all passes."""
        return [each for one in self.passes for each in one]

    @property
    def best(self) -> float:
        """Return the quickest block."""
        return min(self.blocks)

    @property
    def median(self) -> float:
        """Return the block in the middle."""
        return median(self.blocks)

    @property
    def spread(self) -> float:
        """Return how far the middle half of the blocks lies apart, as a share of the median."""
        ordered = sorted(self.blocks)
        quarter = len(ordered) // 4
        return (ordered[-1 - quarter] - ordered[quarter]) / self.median

    def over(self, other: Times) -> float:
        """Return how many times as long as another this takes: the pass in which it does worse."""
        return max(self.ratios(other))

    def ratios(self, other: Times) -> tuple[float, ...]:
        """Return the ratio to another of each pass: the median over blocks of the same turn."""
        pairs = zip(self.passes, other.passes, strict=True)
        return tuple(median(mine / its for mine, its in zip(one, another, strict=True)) for one, another in pairs)


def race(contenders: Sequence[Contender], size: Size, title: str) -> list[Times]:
    """Let contenders take turns, each block with other arguments of the pool, and return their times in their order."""
    passes: list[tuple[tuple[float, ...], ...]] = []
    gc.disable()
    try:
        for number in range(PASSES):
            passes.append(_one_pass(contenders, size, f"{title}, pass {number + 1} of {PASSES}"))
    finally:
        gc.enable()
    return [Times(each.name, tuple(one[at] for one in passes)) for at, each in enumerate(contenders)]


def _one_pass(contenders: Sequence[Contender], size: Size, title: str) -> tuple[tuple[float, ...], ...]:
    times: list[list[float]] = [[] for _ in contenders]
    told = time.perf_counter()
    for turn in range(size.blocks + 1):  # the first turn is not counted
        gc.collect()
        for offset in range(len(contenders)):
            at = (turn + offset) % len(contenders)  # nobody always follows the same
            times[at].append(contenders[at].block(turn * (size.calls + WARM_UP) % size.pool, size.calls))
        if time.perf_counter() - told > TOLD_EVERY:
            told = time.perf_counter()
            print(f"{title}, block {turn} of {size.blocks}", file=sys.stderr)
    return tuple(tuple(each[1:]) for each in times)
