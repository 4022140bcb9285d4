"""Shapes of paths: what a route matches, and what a policy resource matches.

A path is its segments: ``orders/1042`` is ``("orders", "1042")`` and the root is ``("",)``. A shape puts a wildcard
where a segment is free. IAM's ``*`` crosses slashes, but between slashes it can only cover whole segments, one or more
of them, each perhaps empty. So everything about the compiler can be said in segments.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
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
ROOT: Shape = ("",)


def text(shape: Shape) -> str:
    """Return the shape as the path part of an IAM resource."""
    return "/".join("*" if isinstance(segment, Wild) else segment for segment in shape)


def covers(glob: Shape, shape: Shape) -> bool:
    """Tell whether the IAM resource of ``glob`` matches every path of ``shape``.

    An automaton whose states are bits: bit n is set when the first n segments of the glob have been matched.
    """
    if len(shape) < len(glob):
        return False
    for end in (0, -1):  # spares most of the work: a literal at either end is at that end
        if glob[end] != shape[end] and not isinstance(glob[end], Wild):
            return False
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


def contains(template: Shape, shape: Shape) -> bool:
    """Tell whether a route of this template takes every path of ``shape``, as API Gateway and not IAM matches it."""
    if template[-1:] == (REST,):
        head = len(template) - 1
        return len(shape) > head and contains(template[:-1], shape[:head])
    return len(template) == len(shape) and all(
        mine == other or (mine is ONE and other is not REST and other != "")
        for mine, other in zip(template, shape, strict=True)
    )


def in_common(template: Shape, other: Shape) -> Shape | None:
    """Return the paths that routes of two templates both take, as API Gateway matches them; None: there are none."""
    common: list[Segment] = []
    for at, (mine, its) in enumerate(zip(template, other, strict=False)):
        if mine is REST or its is REST:  # the last there is
            return (*common, *(other if mine is REST else template)[at:])
        if mine != its and ((mine if its is ONE else its if mine is ONE else "") == ""):
            return None
        common.append(its if mine is ONE else mine)
    return tuple(common) if len(template) == len(other) else None


def literals(shape: Shape) -> list[str]:
    """Return the literal segments, in their order."""
    return [segment for segment in shape if not isinstance(segment, Wild)]


def widest(shapes: Iterable[Shape]) -> list[Shape]:
    """Return the fewest of the shapes that, as IAM resources, match all that any of them matches."""
    unique = {text(shape): shape for shape in shapes}
    frequency = Counter(name for shape in unique.values() for name in set(literals(shape)))
    kept: dict[str | None, list[Shape]] = defaultdict(list)
    # Whatever covers a shape has no literal that the shape lacks. So it comes first in this order, and is found under
    # its rarest literal, which is one of the shape's.
    for shape in sorted(unique.values(), key=lambda shape: (len(literals(shape)), len(shape))):
        named = set(literals(shape))
        if not any(covers(wider, shape) for name in (None, *named) for wider in kept.get(name, ())):
            kept[min(named, key=lambda name: (frequency[name], name), default=None)].append(shape)
    return [shape for group in kept.values() for shape in group]
