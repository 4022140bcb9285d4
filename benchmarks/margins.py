"""How far a figure is from its budget: as a ratio, and in microseconds above the bare operation."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median
from typing import Any, NamedTuple

from benchmarks.timing import Times


class Margin(NamedTuple):
    """A contender beside the bare operation, and how many times as long as that it may take."""

    what: str
    ours: Times
    floor: Times
    allowed: float

    @property
    def seen(self) -> float:
        """Return the ratio, of the pass in which it is worse."""
        return self.ours.over(self.floor)

    @property
    def above(self) -> float:
        """Return the microseconds it takes beyond the bare operation: the median over blocks of the same turn."""
        return median(mine - bare for mine, bare in zip(self.ours.blocks, self.floor.blocks, strict=True)) * 1e6

    @property
    def room(self) -> float:
        """Return the microseconds it may take beyond; below zero where it may not even take as long."""
        return (self.allowed - 1) * self.floor.median * 1e6

    def __str__(self) -> str:
        far = self.seen / self.allowed - 1
        verdict = f"met, {-far:.0%} to spare" if far <= 0 else f"NOT MET, {far:.0%} over"
        took = f"{abs(self.above):.1f} µs {'above' if self.above >= 0 else 'below'} the floor"
        may = f"{abs(self.room):.1f} µs {'above' if self.room >= 0 else 'below'} it"
        return f"{self.what}: {self.seen:.3g} × floor, budget {self.allowed:g}: {verdict}; {took}, allowed {may}"

    def as_json(self) -> dict[str, Any]:
        """Return it for the JSON report."""
        return {
            "what": self.what,
            "seen": round(self.seen, 3),
            "allowed": self.allowed,
            "met": self.seen <= self.allowed,
            "above_floor_us": round(self.above, 2),
            "allowed_above_floor_us": round(self.room, 2),
        }


def margins(times: Iterable[Times], allowed: dict[str, float]) -> list[Margin]:
    """Return the margin of each contender that has a budget, by its name."""
    by_name = {each.name: each for each in times}
    return [Margin(name, by_name[name], by_name["floor"], ratio) for name, ratio in allowed.items()]
