"""Separate routes: those of which the whole can be denied, and no path of another route is taken.

Of such a route any Deny within its template is harmless. So nothing about it has to be worked out pair by pair when a
table is built, and for a caller one Deny closes it, however many Allows reach it: the part that they reach, if that is
one resource, else the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from .reach import own
from .route import LONGEST_PATH, Route
from .router import Router
from .shape import ONE, REST, Segment, Shape, Wild, text, widest

_MOST_PARTS = 8  # of one route looked at; where Allows reach it in more, the whole is denied


def separate(router: Router) -> frozenset[Route]:
    """Return the routes of one method whose template, as an IAM resource, matches only paths that go to them."""
    return frozenset(route for route in router.routes if _is_separate(router, route))


def _is_separate(router: Router, route: Route) -> bool:
    if route.bind or route.template[-1] is REST:
        return False  # its own paths are not all alike, or have no certain length
    return not any(other is not route and own(router, other, part) for other, part in router.meeting(route.template))


def closing(route: Route, allowed: Globs) -> Shape | None:
    """Return the narrowest resource that closes a separate route; None where nothing that is allowed reaches it."""
    parts = list(islice(allowed.meeting(route.template), _MOST_PARTS))
    if not parts:
        return None
    reached = widest(parts)
    whole = len(parts) == _MOST_PARTS or len(reached) > 1 or len(text(reached[0])) > LONGEST_PATH
    return route.template if whole else reached[0]


class _Node:
    """A place in the tree of resources: behind it come literals, or a wildcard."""

    __slots__ = ("least", "literals", "swallows", "wild")

    def __init__(self, *, swallows: bool) -> None:
        self.literals: dict[Segment, _Node] = {}
        self.wild: _Node | None = None
        self.swallows = swallows  # whether a wildcard leads here, which takes as many segments as there are
        self.least = 1 << 30  # the fewest segments to the end of a resource


class Globs:
    """IAM resources as a tree, so that a template is held against all of them at once."""

    def __init__(self, shapes: Iterable[Shape]) -> None:
        self._root = _Node(swallows=False)
        for shape in sorted(shapes, key=text):
            self._add(shape)

    def _add(self, shape: Shape) -> None:
        node = self._root
        for place, segment in enumerate(shape):
            node.least = min(node.least, len(shape) - place)
            if isinstance(segment, Wild):
                node.wild = node.wild or _Node(swallows=True)
                node = node.wild
            else:
                node = node.literals.setdefault(segment, _Node(swallows=False))
        node.least = 0

    def meeting(self, template: Shape) -> Iterator[Shape]:
        """Yield the parts of a template without a greedy parameter that some resource matches."""
        return _meeting(self._root, template, 0, ())


def _meeting(node: _Node, template: Shape, at: int, part: Shape) -> Iterator[Shape]:
    left = len(template) - at
    if node.least > left:
        return
    if not left:
        yield part  # a resource ends here, for none is the fewest
        return
    segment = template[at]
    if node.swallows:
        yield from _meeting(node, template, at + 1, (*part, segment))
    if node.wild is not None:
        yield from _meeting(node.wild, template, at + 1, (*part, segment))
    if segment is ONE:
        for name, child in node.literals.items():
            if name != "":
                yield from _meeting(child, template, at + 1, (*part, name))
    elif segment in node.literals:
        yield from _meeting(node.literals[segment], template, at + 1, (*part, segment))
