"""Compiler: a route table, and which of it a principal may call, to the resources to allow and to deny.

Two promises. *Never over-allow*: no path that goes to a refused route is allowed, whatever its parameter values.
*Over-deny only where IAM leaves no choice*: a Deny takes from a granted route at most paths with a parameter that equals
a literal of the table. Where a Deny would take ordinary values, the table has a conflict, known before any caller comes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from ..errors import ConfigError
from .reach import Leak, Reach, reach
from .route import CONNECT, LONGEST_PATH, METHODS, Route, parse_template
from .router import Router
from .shape import ONE, REST, Shape, Value, covers, literals, text, widest

_CALLERS = 256  # grants with somebody's own values that are remembered


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

    def __init__(self, table: tuple[Route, ...], *, trailing_slash: bool = False, full_first: bool = False) -> None:
        self._routers = _routers(table, full_first=full_first)
        self._slashed = {name: _slashed(router) for name, router in self._routers.items()} if trailing_slash else {}
        self._claims = {claim: Value(claim) for route in table for claim in route.bind.values()}
        self._literals = frozenset(name for route in table for name in literals(route.template))
        self._reach_of_route = lru_cache(maxsize=None)(self._reach_of)  # as many as the table has
        self._reach_of_caller = lru_cache(maxsize=_CALLERS)(self._reach_of)
        self.conflicts = tuple(sorted(set(self._conflicts()), key=str))

    def find(self, method: str, path: str) -> Route | None:
        """Return the route that a request goes to; ``path`` without its leading slash, as in a method ARN."""
        router = self._routers.get(method)
        if router is None:
            return None
        found = router.find(tuple(path.split("/")))
        return (
            router.find(tuple(path[:-1].split("/"))) if found is None and self._slashed and path[-1:] == "/" else found
        )

    def under(self, key: str) -> tuple[Route, ...]:
        """Return the routes that may be asked for under a route key of an HTTP API: its own, or all that it reaches."""
        method, _, path = key.partition(" ")
        wide = method in ("ANY", "$default")
        routers = [router for name, router in self._routers.items() if name == method or (wide and name != CONNECT)]
        if not path.startswith("/"):
            return tuple(dict.fromkeys(route for router in routers for route in router.routes))
        shape, _ = parse_template(path)
        reached = dict.fromkeys(route for router in routers for route, _ in sorted(router.meets(shape), key=str))
        return tuple(route for route in reached if route.method == method and route.template == shape) or tuple(reached)

    def orders_differ(self) -> bool:
        """Tell whether some path goes to one route of a REST API, and to another of an HTTP API."""
        return any(router.orders_differ() for router in self._routers.values())

    def resources(self, grants: frozenset[Grant]) -> Resources:
        """Return what to allow and to deny for these grants, as the fewest and narrowest resources."""
        granted = self._unambiguous(grants)
        allow, deny = [], []
        for method, router in self._routers.items():
            reaches = [self._reach(method, granted[route]) for route in router.routes if route in granted]
            leaks = (leak for reached in reaches for leak in reached.leaks if _refused(leak, granted))
            allow += [_named(method, shape) for shape in widest(shape for each in reaches for shape in each.allows)]
            deny += [_named(method, shape) for shape in widest(leak.shape for leak in leaks)]
        return Resources(tuple(sorted(allow)), tuple(sorted(deny)))

    def _unambiguous(self, grants: frozenset[Grant]) -> dict[Route, Grant]:
        """Drop the grants of a caller named like a literal of the table that would cost other routes ordinary paths.

        Such a name was not foreseen when the table was built. The caller's own route gives way: its value is no
        ordinary one, those of the other routes are.
        """
        granted = {grant.route: grant for grant in grants}
        named = [grant for grant in grants if not self._literals.isdisjoint(value for _, value in grant.values)]
        if not named:
            return granted
        claims = {**self._claims, **{claim: value for grant in grants for claim, value in grant.values}}
        ordinary = {method: _OrdinaryPaths(router, claims) for method, router in self._routers.items()}
        takers = [grant for grant in sorted(named, key=lambda grant: str(grant.route)) if self._leaks(grant)]
        before = len(granted) + 1
        while len(granted) < before:  # each that gives way can make another one's Deny wider
            before = len(granted)
            for grant in takers:
                if grant.route in granted and self._takes_from_others(grant, granted, ordinary):
                    del granted[grant.route]
        return granted

    def _leaks(self, grant: Grant) -> list[tuple[str, Leak]]:
        """Return where a grant leaks, by method."""
        methods = (method for method, router in self._routers.items() if grant.route in router.routes)
        return [(method, leak) for method in methods for leak in self._reach(method, grant).leaks]

    def _takes_from_others(
        self, grant: Grant, granted: Mapping[Route, Grant], ordinary: Mapping[str, _OrdinaryPaths]
    ) -> bool:
        values = {value for _, value in grant.values}
        return any(
            taken is not grant.route and taken in granted
            for method, leak in self._leaks(grant)
            if not values.isdisjoint(leak.shape) and _refused(leak, granted)
            for taken in ordinary[method].of_any_route_in(leak.shape)
        )

    def _reach(self, method: str, grant: Grant) -> Reach:
        """Return a grant's reach. Callers' own values must not crowd out what is the same for all of them."""
        return self._reach_of_caller(method, grant) if grant.values else self._reach_of_route(method, grant)

    def _reach_of(self, method: str, grant: Grant) -> Reach:
        filled = grant.route.filled(dict(grant.values))
        return reach(self._routers[method], grant.route, filled, self._slashed.get(method))

    def _conflicts(self) -> Iterator[Conflict]:
        """Look at every Deny that some grants can need, and at every ordinary path it would take."""
        for method, router in self._routers.items():
            ordinary = _OrdinaryPaths(router, self._claims)
            for route in router.routes:
                for leak in self._reach(method, self._symbolic(route)).leaks:
                    _demand_short(route, leak)
                    for taken in ordinary.of_any_route_in(leak.shape):
                        if self._together(route, leak, taken):
                            yield Conflict(route, leak.route, taken, text(leak.shape))

    def _together(self, granted: Route, leak: Leak, taken: Route) -> bool:
        """Tell whether some principal can hold both routes and not the leak."""
        if leak.route.bind and not leak.route.is_filled_by(leak.shape, self._claims):
            return True  # another's values are refused to everybody
        held = granted.demands | taken.demands
        if any(getattr(demand, "never", False) for demand in held):
            return False  # nobody holds both
        return any(not _implied(demand, held) for demand in leak.route.demands - held)

    def _symbolic(self, route: Route) -> Grant:
        return Grant(route, tuple((claim, self._claims[claim]) for claim in sorted(set(route.bind.values()))))


def _implied(demand: object, held: frozenset[object]) -> bool:
    """Tell whether a predicate holds for whoever has all of these, as far as it can tell."""
    implied_by = getattr(demand, "implied_by", None)
    return implied_by is not None and bool(implied_by(frozenset(each for each in held if isinstance(each, str))))


def _demand_short(route: Route, leak: Leak) -> None:
    """Refuse a table whose Deny would be too long for a resource: the first to need it would get an error."""
    length = len(text(leak.shape))
    if length > LONGEST_PATH:
        raise ConfigError(
            f"Routes: to keep {leak.route} from whoever has {route} takes a resource of {length} characters; shorten one"
        )


def _named(method: str, shape: Shape) -> str:
    """Name a resource behind its stage; a WebSocket's has no path and no slash."""
    return method if method == CONNECT else f"{method}/{text(shape)}"


def _refused(leak: Leak, granted: Mapping[Route, Grant]) -> bool:
    grant = granted.get(leak.route)
    return grant is None or not leak.route.is_filled_by(leak.shape, dict(grant.values))


class _OrdinaryPaths:
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


def _slashed(router: Router) -> Router:
    """Return the routes with a trailing slash; the root has one anyway, and a greedy parameter takes it in."""
    slashed = Router()
    for route in router.routes:
        if route.path != "/" and route.template[-1] is not REST:
            slashed.add(route, ending=("",))
    return slashed


def _routers(table: tuple[Route, ...], *, full_first: bool) -> dict[str, Router]:
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
