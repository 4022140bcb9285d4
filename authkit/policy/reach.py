"""Reach: what must be said to IAM so that a route is allowed, and what that would allow besides.

All of it follows from the table alone, so it is worked out once, when the table is built.
"""

from typing import NamedTuple

from ..errors import ConfigError
from .route import Route
from .router import Router
from .shape import ONE, REST, Segment, Shape, covers

_EMPTY_REST: Shape = ("",)
_MOST_PARTS = 5000  # of one route looked at; tables that people write need a few


class Leak(NamedTuple):
    """A part of another route that allowing a route reaches; the narrowest Deny that closes it is its shape."""

    route: Route
    shape: Shape


class Reach(NamedTuple):
    """What to allow for one route of one method, and where that leaks."""

    allows: tuple[Shape, ...]
    leaks: tuple[Leak, ...]


def reach(router: Router, others: Router, route: Route, shape: Shape, slashed: Router | None = None) -> Reach:
    """Return what allowing ``shape``, a part of ``route``, takes and gives away.

    ``others`` has those of the router's routes into which leaks are asked for. ``slashed`` has the same routes with a trailing slash, if the API takes them with and without.
    """
    allows = own(router, route, shape)
    if slashed is not None and route in slashed.routes:
        allows += [(*allow, "") for allow in allows]
    leaks = {
        Leak(other, part)
        for allow in allows
        for other, meet in others.meets(allow)
        if other is not route or route.bind
        for part in own(router, other, meet)
    }
    if slashed is not None:
        leaks |= {
            Leak(other, (*part, ""))
            for allow in allows
            for other, meet in slashed.meets(allow)
            if other is not route or route.bind
            for part in own(router, other, meet[:-1])
        }
    return Reach(tuple(allows), tuple(leaks))


def own(router: Router, route: Route, shape: Shape) -> list[Shape]:
    """Return the narrowest resources that hold every path of ``shape`` which goes to ``route``.

    ``shape`` lies within the route's template. Its plainest paths have one fresh value in each free segment. If those
    go to the route, any resource for them is as wide as the shape, so the shape itself it is. If another route takes
    them, it takes all of that length, and only paths where a wildcard is longer, or empty, can be the route's.
    """
    found: list[Shape] = []
    seen: set[Shape] = set()
    waiting = [shape]
    while waiting:
        part = waiting.pop()
        if part in seen or any(covers(wider, part) for wider in found):
            continue
        seen.add(part)
        if len(seen) > _MOST_PARTS:
            raise ConfigError(f"{route} meets the other routes in too many ways; give them different first segments")
        taker = router.find(tuple(ONE if segment is REST else segment for segment in part))
        if taker is route:
            found.append(part)
        elif taker is not None:
            waiting += _left_by(taker, route, part)
    return found


def _left_by(taker: Route, route: Route, part: Shape) -> list[Shape]:
    """Return the parts of ``part`` that hold every path which ``taker`` leaves over, longest last."""
    splits = [index for index, segment in enumerate(part) if segment is REST]
    greedy = taker.template[-1] is REST
    left: list[Shape] = []
    if greedy:
        # Where the taker is greedy as well, more segments make no difference to it; only an empty rest does.
        splits = [index for index in splits if index < taker.free_start]
        if part[taker.free_start :] == (REST,):
            left.append(_replaced(part, taker.free_start, ""))
    if splits and _all_free(taker, part, splits[0]):
        left += _emptied(taker, part, splits[0]) + ([] if greedy else [(*part, REST)])
    else:
        for index in splits:
            left += [_replaced(part, index, *longer) for longer in (("",), ("", REST), (ONE, REST))]
    return [shape for shape in left if shape[route.free_start :] != _EMPTY_REST]


def _all_free(taker: Route, part: Shape, start: int) -> bool:
    """Tell whether nothing has a name from ``start`` on: then it does not matter which wildcard is the longer one."""
    return all(segment is REST for segment in part[start:]) and all(
        segment is ONE for segment in taker.template[start : taker.free_start]
    )


def _emptied(taker: Route, part: Shape, start: int) -> list[Shape]:
    """Return the parts where the first empty segment stands in place of a parameter of ``taker``."""
    return [
        (*part[:start], *(ONE,) * (index - start), "", *(REST,) * (len(part) - index - 1))
        for index in range(start, taker.free_start)
    ]


def _replaced(shape: Shape, index: int, *segments: Segment) -> Shape:
    return (*shape[:index], *segments, *shape[index + 1 :])
