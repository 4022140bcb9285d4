"""Router: which route of a table a path goes to, in API Gateway's order, and which routes a resource reaches.

One router knows the routes of one method. Segment by segment a literal goes before a parameter and a parameter before
a greedy one, and the router turns back where a choice leads nowhere. (A gateway that did not turn back would find
fewer paths, never other routes.) HTTP APIs take any route that matches in full before any greedy one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from math import inf

from ..errors import ConfigError
from .route import CONNECT, METHODS, Route
from .shape import ONE, REST, ROOT, Segment, Shape, Wild, contains, in_common

_EMPTY_REST: Shape = ("",)


class _Node:
    """A place in the tree of resources."""

    __slots__ = ("ends", "greedy", "height", "literals", "parameter")

    def __init__(self) -> None:
        self.literals: dict[Segment, _Node] = {}
        self.parameter: _Node | None = None
        self.ends: Route | None = None  # the route that ends here
        self.greedy: Route | None = None  # the route whose {rest+} begins here
        self.height: float = 0  # the most segments behind it


class Router:
    """The routes of one method as a tree of resources.

    Args:
        full_first: whether a route that matches in full goes before any greedy one, as HTTP APIs have it.
    """

    def __init__(self, *, full_first: bool = False) -> None:
        self._full_first = full_first
        self._root = _Node()
        self._routes: dict[Route, None] = {}
        self.longest = 0

    @property
    def routes(self) -> Collection[Route]:
        """The routes, in the order they were added."""
        return self._routes.keys()

    def add(self, route: Route, *, ending: Shape = ()) -> Route | None:
        """Add a route and return the one whose template it had before, whatever its parameters were called.

        With an ``ending`` the tree holds the route's template with these segments behind it.
        """
        node = self._root
        way = (*route.template[: route.free_start], *ending)
        below = inf if route.template[-1] is REST else len(way)
        for depth, segment in enumerate(way):
            node.height = max(node.height, below - depth)
            if segment is ONE:
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.literals.setdefault(segment, _Node())
        place = "greedy" if route.template[-1] is REST else "ends"
        replaced: Route | None = getattr(node, place)
        setattr(node, place, route)
        if place == "greedy":
            node.height = inf
        if replaced is not None:
            del self._routes[replaced]
        self._routes[route] = None
        self.longest = max(self.longest, len(route.template))
        return replaced

    def find(self, path: Shape) -> Route | None:
        """Return the route a path goes to. A wildcard in it stands for a value that is no literal of the table."""
        if self._full_first:
            full = _find(self._root, path, 0, greedy=False)
            if full is not None:
                return full
        return _find(self._root, path, 0)

    def orders_differ(self) -> bool:
        """Tell whether it matters in which order full and greedy matches are tried."""
        greedy = (route for route in self.routes if route.template[-1] is REST)
        both = (
            part for route in greedy for other, part in self.meets(route.template) if other.template[-1] is not REST
        )
        paths = (tuple(ONE if segment is REST else segment for segment in part) for part in both)
        return any(_find(self._root, path, 0) is not _find(self._root, path, 0, greedy=False) for path in paths)

    def takes(self, shape: Shape) -> bool:
        """Tell whether one route takes every path of a shape, unless a narrower one does."""
        if shape == ROOT:
            return self.find(ROOT) is not None
        return any(contains(route.template, shape) for route in self.routes)

    def taking(self, shape: Shape) -> Iterator[Route]:
        """Yield the routes that some paths of a shape go to, as API Gateway and not IAM matches them."""
        for route in self.routes:
            common = in_common(route.template, shape)
            # Ordinary values go where any value goes that a literal does not take elsewhere.
            if common and any(self.find(path) is route for path in self._lengths(common)):
                yield route

    def _lengths(self, shape: Shape) -> Iterator[Shape]:
        """Yield ordinary paths of a shape, up to longer ones than any template."""
        if shape[-1] is not REST:
            yield shape
            return
        longest = max(len(route.template) for route in self.routes)
        for more in range(1, max(longest - len(shape), 0) + 3):
            yield (*shape[:-1], *[ONE] * more)

    def meets(self, glob: Shape) -> set[tuple[Route, Shape]]:
        """Return each route the IAM resource of ``glob`` reaches, with the part of the route that it reaches.

        One route can be reached in several parts, as a wildcard of the glob may swallow more or fewer segments. A
        part does not yet regard which route its paths go to.
        """
        return set(self.meeting(glob))

    def meeting(self, glob: Shape) -> Iterator[tuple[Route, Shape]]:
        """Yield the same one by one, some more than once."""
        return _meets(self._root, glob, 0, ())


def _find(node: _Node, path: Shape, index: int, *, greedy: bool = True) -> Route | None:
    if index == len(path):
        return node.ends
    segment = path[index]
    literal = node.literals.get(segment)
    found = _find(literal, path, index + 1, greedy=greedy) if literal is not None else None
    if found is None and node.parameter is not None and segment != "":
        found = _find(node.parameter, path, index + 1, greedy=greedy)
    if found is None and greedy and path[index:] != _EMPTY_REST:
        found = node.greedy
    return found


def _meets(node: _Node, glob: Shape, at: int, part: Shape) -> Iterator[tuple[Route, Shape]]:
    """Walk tree and glob together: ``part`` is the way so far, ``glob[at:]`` is still to be matched."""
    missing = len(glob) - at
    if node.height < missing:
        return  # no way behind this place is long enough
    if node.ends is not None and not missing:
        yield node.ends, part
    # The wildcard before `at` has its segment and may swallow more; or the next segment of the glob takes its turn.
    swallowing = at > 0 and isinstance(glob[at - 1], Wild)
    if node.greedy is not None:
        for tail in _tails(glob[at:], swallowing=swallowing):
            yield node.greedy, part + tail
    if swallowing and node.height > missing:
        for segment, child in _children(node):
            yield from _meets(child, glob, at, (*part, segment))
    if missing:
        for common, child in _in_common(node, glob[at]):
            yield from _meets(child, glob, at + 1, (*part, common))


def _children(node: _Node) -> Iterator[tuple[Segment, _Node]]:
    yield from node.literals.items()
    if node.parameter is not None:
        yield ONE, node.parameter


def _in_common(node: _Node, glob: Segment) -> Iterator[tuple[Segment, _Node]]:
    """Yield what one segment of a glob and those behind a place in the tree have in common."""
    if isinstance(glob, Wild):
        yield from _children(node)
        return
    if glob in node.literals:
        yield glob, node.literals[glob]
    if node.parameter is not None and glob != "":
        yield glob, node.parameter


def _tails(rest: Shape, *, swallowing: bool) -> Iterator[Shape]:
    """Return what a greedy parameter and the rest of a glob have in common."""
    free: Shape = tuple(REST if isinstance(segment, Wild) else segment for segment in rest)
    if free and free != _EMPTY_REST:
        yield free
    if swallowing:
        yield (REST, *free)


def slashed(router: Router) -> Router:
    """Return the routes with a trailing slash; the root has one anyway, and a greedy parameter takes it in."""
    found = Router()
    for route in router.routes:
        if route.path != "/" and route.template[-1] is not REST:
            found.add(route, ending=("",))
    return found


def without(left_out: frozenset[Route], router: Router) -> Router:
    """Return the routes of a router less some of them, to be met; where a path goes, only the whole can tell."""
    if not left_out:
        return router
    rest = Router()
    for route in router.routes:
        if route not in left_out:
            rest.add(route)
    return rest


def by_method(table: tuple[Route, ...], *, full_first: bool) -> dict[str, Router]:
    """Return a router for each method. On the same path an exact method goes before ANY.

    Raises:
        ConfigError: names each pair of routes that API Gateway could not tell apart.
    """
    faults = []
    routers = {method: Router(full_first=full_first) for method in (*METHODS, CONNECT)}
    for route in sorted(table, key=lambda route: route.method != "ANY"):
        for method in route.methods:
            replaced = routers[method].add(route)
            if replaced is not None and replaced.method == route.method:
                faults.append(f"{replaced} and {route} are the same route")
    if faults:
        raise ConfigError.of("Routes", dict.fromkeys(faults))
    return {method: router for method, router in routers.items() if router.routes}
