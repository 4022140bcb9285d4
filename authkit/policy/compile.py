"""Compiler: a route table, and which of it a principal may call, to the resources to allow and to deny.

Two promises. *Never over-allow*: no path that goes to a refused route is allowed, whatever its parameter values. *Over-deny
only where IAM leaves no choice*: a Deny takes from a granted route at most paths with a parameter that equals a literal of
the table. Where a Deny would take ordinary values, the table has a conflict, known before any caller comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from ..errors import ConfigError
from .reach import Leak, Reach, reach
from .route import METHODS, Route
from .router import Router
from .shape import ONE, REST, Shape, Value, text, widest


class Conflict(NamedTuple):
    """Allowing ``granted`` needs a Deny for ``refused`` that takes ordinary paths of ``taken``, also granted."""

    granted: Route
    refused: Route
    taken: Route
    resource: str

    def __str__(self) -> str:
        return (
            f"with {self.granted} and {self.taken} granted and {self.refused} refused, the Deny {self.resource!r} would"
            f" take ordinary paths of {self.taken}"
        )


class Grant(NamedTuple):
    """A route a principal may call, with the values of the claims it is bound to."""

    route: Route
    values: tuple[tuple[str, str], ...] = ()


class Resources(NamedTuple):
    """Method and path of every resource to allow and to deny, each sorted and each once."""

    allow: tuple[str, ...]
    deny: tuple[str, ...]


class Compiler:
    """What the table alone decides, worked out once; `resources` then only puts it together."""

    def __init__(self, table: tuple[Route, ...]) -> None:
        self._routers = _routers(table)
        self._claims = {claim: Value(claim) for route in table for claim in route.bind.values()}
        self._reach = lru_cache(maxsize=max(1024, 8 * len(table)))(self._reach_of)
        self.resources = lru_cache(maxsize=1024)(self._resources)
        self.conflicts = tuple(sorted(set(self._conflicts(table)), key=str))

    def find(self, method: str, path: str) -> Route | None:
        """Return the route that a request goes to; ``path`` without its leading slash, as in a method ARN."""
        router = self._routers.get(method)
        return router.find(tuple(path.split("/"))) if router else None

    def _resources(self, grants: frozenset[Grant]) -> Resources:
        """Return what to allow and to deny for these grants, as the fewest and narrowest resources."""
        granted = {grant.route: grant for grant in grants}
        allow, deny = [], []
        for method, router in self._routers.items():
            reaches = [self._reach(method, granted[route]) for route in router.routes if route in granted]
            leaks = (leak for reached in reaches for leak in reached.leaks if _refused(leak, granted))
            allow += [f"{method}/{text(shape)}" for shape in widest(shape for each in reaches for shape in each.allows)]
            deny += [f"{method}/{text(shape)}" for shape in widest(leak.shape for leak in leaks)]
        return Resources(tuple(sorted(allow)), tuple(sorted(deny)))

    def _reach_of(self, method: str, grant: Grant) -> Reach:
        return reach(self._routers[method], grant.route, grant.route.filled(dict(grant.values)))

    def _conflicts(self, table: tuple[Route, ...]) -> Iterator[Conflict]:
        """Look at every Deny that some grants can need, and at every ordinary path it would take."""
        for method, router in self._routers.items():
            for route in router.routes:
                for leak in self._reach(method, self._symbolic(route)).leaks:
                    for taken in self._ordinarily_taken(router, leak):
                        if self._together(route, leak, taken):
                            yield Conflict(route, leak.route, taken, text(leak.shape))

    def _ordinarily_taken(self, router: Router, leak: Leak) -> Iterator[Route]:
        for route, part in router.meets(leak.shape):
            free = part[route.free_start :]
            if route is leak.route and not route.bind:
                continue
            if part[: route.free_start] != self._ordinary_start(route, part):
                continue
            if route.template[-1] is not REST or _takes_rest(router, route, free):
                yield route

    def _ordinary_start(self, route: Route, part: Shape) -> Shape:
        """Return the route's segments, a bound one as its value where the Deny names that value."""
        values = route.filled(self._claims)
        template = route.template
        return tuple(
            values[index] if part[index] == values[index] else template[index] for index in range(route.free_start)
        )

    def _together(self, granted: Route, leak: Leak, taken: Route) -> bool:
        """Tell whether some principal can hold both routes and not the leak."""
        if leak.route.bind and not leak.route.is_filled_by(leak.shape, self._claims):
            return True  # another's values are refused to everybody
        if leak.route in (granted, taken):
            return False
        return not leak.route.demands <= granted.demands | taken.demands

    def _symbolic(self, route: Route) -> Grant:
        return Grant(route, tuple((claim, self._claims[claim]) for claim in sorted(set(route.bind.values()))))


def _refused(leak: Leak, granted: Mapping[Route, Grant]) -> bool:
    grant = granted.get(leak.route)
    return grant is None or not leak.route.is_filled_by(leak.shape, dict(grant.values))


def _takes_rest(router: Router, route: Route, free: Shape) -> bool:
    """Tell whether ordinary values of a greedy parameter match what a Deny says of it, and do go to the route."""
    if any(segment is not REST for segment in free):
        return False
    sizes = range(len(free), max(len(free), router.longest) + 2)
    return any(router.find((*route.template[:-1], *(ONE,) * size)) is route for size in sizes)


def _routers(table: tuple[Route, ...]) -> dict[str, Router]:
    """Return a router for each method. On the same path an exact method goes before ANY.

    Raises:
        ConfigError: names each pair of routes that API Gateway could not tell apart.
    """
    faults = []
    routers = {method: Router() for method in METHODS}
    for route in sorted(table, key=lambda route: route.method != "ANY"):
        for method in route.methods:
            replaced = routers[method].add(route)
            if replaced is not None and replaced.method == route.method:
                faults.append(f"{replaced} and {route} are the same route")
    if faults:
        raise ConfigError.of("Routes", dict.fromkeys(faults))
    return {method: router for method, router in routers.items() if router.routes}
