"""Shapes of paths: what a route matches, and what a policy resource matches.

A path is its segments: ``orders/1042`` is ``("orders", "1042")`` and the root is ``("",)``. A shape puts a wildcard
where a segment is free. IAM's ``*`` crosses slashes, but between slashes it can only cover whole segments, one or more
of them, each perhaps empty. So everything about the compiler can be said in segments.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import Enum


class Wild(Enum):
    """A free segment of a shape. As a policy resource both are ``*``."""

    ONE = "one segment, not empty"  # a path parameter
    REST = "one or more segments, each perhaps empty"  # a greedy parameter, or what IAM's * may swallow


class Value(str):
    """The value a parameter is bound to, before it is known: equal to no literal and to no other claim's value."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Value) and str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((Value, str(self)))


ONE, REST = Wild.ONE, Wild.REST
Segment = str | Wild
Shape = tuple[Segment, ...]


def text(shape: Shape) -> str:
    """Return the shape as the path part of an IAM resource."""
    return "/".join("*" if isinstance(segment, Wild) else segment for segment in shape)


def covers(glob: Shape, shape: Shape) -> bool:
    """Tell whether the IAM resource of ``glob`` matches every path of ``shape``.

    An automaton whose states are bits: bit n is set when the first n segments of the glob have been matched.
    """
    swallowing = 0
    for index, segment in enumerate(glob):
        if isinstance(segment, Wild):
            swallowing |= 2 << index
    states = 1
    for letter in shape:
        advanced = 0
        for index, segment in enumerate(glob):
            if states >> index & 1 and (isinstance(segment, Wild) or segment == letter):
                advanced |= 2 << index
        states = advanced | states & swallowing
    return bool(states >> len(glob) & 1)


def widest(shapes: Iterable[Shape]) -> list[Shape]:
    """Return the fewest of the shapes that, as IAM resources, match all that any of them matches."""
    unique = {text(shape): shape for shape in shapes}
    by_start: dict[Shape, list[Shape]] = defaultdict(list)
    for shape in unique.values():
        start = literal_start(shape)
        if len(start) < len(shape):
            by_start[start].append(shape)
    return [shape for shape in unique.values() if not _covered(shape, by_start)]


def literal_start(shape: Sequence[Segment]) -> Shape:
    """Return the literal segments before the first wildcard."""
    for index, segment in enumerate(shape):
        if isinstance(segment, Wild):
            return tuple(shape[:index])
    return tuple(shape)


def _covered(shape: Shape, by_start: dict[Shape, list[Shape]]) -> bool:
    """Look for a wider shape among those whose literal start is a start of this one."""
    start = literal_start(shape)
    wider = (other for size in range(len(start) + 1) for other in by_start.get(start[:size], ()))
    return any(other is not shape and covers(other, shape) for other in wider)
