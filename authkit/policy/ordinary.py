"""Ordinary paths: those whose values are no literal of the table. No Deny may take one of a granted route."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from .route import Route
from .router import Router
from .shape import ONE, REST, Shape, covers, literals


class OrdinaryPaths:
    """The paths of each route with values that are no literal of the table, or its own bound ones."""

    def __init__(self, router: Router, claims: Mapping[str, str]) -> None:
        self._router = router
        self._starts = {route: route.filled(claims)[: route.free_start] for route in router.routes}
        self._named: dict[str, set[Route]] = defaultdict(set)
        for route, start in self._starts.items():
            for name in literals(start):
                self._named[name].add(route)

    def of_any_route_in(self, glob: Shape) -> Iterator[Route]:
        """Yield the routes that have an ordinary path which the resource of ``glob`` matches."""
        groups = [self._named.get(name, set()) for name in set(literals(glob))]
        candidates = set.intersection(*groups) if groups else set(self._router.routes)
        return (route for route in candidates if any(covers(glob, path) for path in self._paths(route, len(glob))))

    def _paths(self, route: Route, size: int) -> Iterator[Shape]:
        start = self._starts[route]
        if route.template[-1] is not REST:
            yield start
            return
        # A greedy value may have any number of segments. Beyond the longest template and the glob, more of them change
        # neither where the path goes nor what matches it.
        for length in range(1, max(size, self._router.longest) + 2):
            if self._router.find((*route.template[:-1], *(ONE,) * length)) is route:
                yield (*start, *(ONE,) * length)
