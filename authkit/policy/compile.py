"""Compiler: a route table, and which of it a principal may call, to the resources to allow and to deny.

Two promises. *Never over-allow*: no path that goes to a refused route is allowed, whatever its parameter values.
*Over-deny only where IAM leaves no choice*: a Deny takes from a granted route at most paths with a parameter that equals
a literal of the table. Where a Deny would take ordinary values, the table has a conflict, known before any caller comes.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from ..errors import ConfigError
from .conflicts import Conflict, conflicts
from .ordinary import OrdinaryPaths
from .reach import Leak, Reach, reach
from .route import CONNECT, LONGEST_PATH, METHODS, Route, parse_template
from .router import by_method, slashed, without
from .separate import Globs, closing, separate
from .shape import REST, ROOT, Shape, Value, literals, text, widest

_MOST_CONFLICTS = 20_000  # that are worked out; tables that people write have none, or a few dozen
_CALLERS = 256  # grants with somebody's own values that are remembered
_KEYS = 1024  # route keys of an HTTP API whose routes are remembered


class Grant(NamedTuple):
    """A route a principal may call, with the values of the claims it is bound to."""

    route: Route
    values: tuple[tuple[str, str], ...] = ()


class Resources(NamedTuple):
    """Method and path of every resource to allow and to deny, each sorted and each once."""

    allow: tuple[str, ...]
    deny: tuple[str, ...]


class Shares(NamedTuple):
    """Method and path of every resource, and the route that it allows, or that it closes."""

    allow: dict[str, Route]
    deny: dict[str, Route]


class Under(NamedTuple):
    """What may be asked for under a route key of an HTTP API.

    Attributes:
        routes: those of the table.
        whole: whether all of it goes to one of them; else some goes to none.
    """

    routes: tuple[Route, ...]
    whole: bool


class Compiler:
    """What the table alone decides, worked out once; `resources` then only puts it together."""

    def __init__(self, table: tuple[Route, ...], *, trailing_slash: bool = False, full_first: bool = False) -> None:
        self._routers = by_method(table, full_first=full_first)
        self._slashed = {name: slashed(router) for name, router in self._routers.items()} if trailing_slash else {}
        apart = {} if trailing_slash else {name: separate(router) for name, router in self._routers.items()}
        self._separate: dict[str, frozenset[Route]] = apart
        self._entangled = {
            name: without(apart.get(name, frozenset()), router) for name, router in self._routers.items()
        }
        self._claims = {claim: Value(claim) for route in table for claim in route.bind.values()}
        self._literals = frozenset(name for route in table for name in literals(route.template))
        self._reach_of_route = lru_cache(maxsize=None)(self._reach_of)  # as many as the table has
        self._reach_of_caller = lru_cache(maxsize=_CALLERS)(self._reach_of)
        self._found_under = lru_cache(maxsize=_KEYS)(self._find_under)
        self.conflicts = tuple(sorted(self._all_conflicts(), key=str))

    def find(self, method: str, path: str) -> Route | None:
        """Return the route that a request goes to; ``path`` without its leading slash, as in a method ARN."""
        router = self._routers.get(method)
        if router is None:
            return None
        found = router.find(tuple(path.split("/")))
        return (
            router.find(tuple(path[:-1].split("/"))) if found is None and self._slashed and path[-1:] == "/" else found
        )

    def under(self, key: str) -> Under:
        """Return what may be asked for under a route key of an HTTP API, by all that the key says."""
        return self._found_under(key)

    def own(self, key: str) -> tuple[Route, ...]:
        """Return the routes of the table that stand for a route key of an HTTP API, to the letter: one, two or none."""
        method, _, path = key.partition(" ")
        named = {(method, parse_template(path)[0])} if path.startswith("/") else {("ANY", ROOT), ("ANY", (REST,))}
        return tuple(route for route in self._found_under(key).routes if (route.method, route.template) in named)

    def _find_under(self, key: str) -> Under:
        method, _, path = key.partition(" ")
        methods = METHODS if method in ("ANY", "$default") else (method,)
        routers = [self._routers[name] for name in methods if name in self._routers]
        shapes = (parse_template(path)[0],) if path.startswith("/") else (ROOT, (REST,))
        reached = dict.fromkeys(route for router in routers for shape in shapes for route in router.taking(shape))
        whole = len(routers) == len(methods) and all(router.takes(shape) for router in routers for shape in shapes)
        return Under(tuple(sorted(reached, key=str)), whole)

    def orders_differ(self) -> bool:
        """Tell whether some path goes to one route of a REST API, and to another of an HTTP API."""
        return any(router.orders_differ() for router in self._routers.values())

    def resources(self, grants: frozenset[Grant]) -> Resources:
        """Return what to allow and to deny for these grants, as the fewest and narrowest resources."""
        shares = self.shares(grants)
        return Resources(tuple(sorted(shares.allow)), tuple(sorted(shares.deny)))

    def shares(self, grants: frozenset[Grant]) -> Shares:
        """Return the same, with the route that each resource is for."""
        granted = self._unambiguous(grants)
        shares = Shares({}, {})
        for method, router in self._routers.items():
            reaches = {route: self._reach(method, granted[route]) for route in router.routes if route in granted}
            allow = {shape: route for route, each in reaches.items() for shape in each.allows}
            leaks = (leak for each in reaches.values() for leak in each.leaks if _refused(leak, granted))
            deny = {leak.shape: leak.route for leak in leaks} | self._closing(method, allow, granted)
            shares.allow.update({_named(method, shape): allow[shape] for shape in widest(allow)})
            shares.deny.update({_named(method, shape): deny[shape] for shape in widest(deny)})
        return shares

    def _closing(self, method: str, allow: Iterable[Shape], granted: Mapping[Route, Grant]) -> dict[Shape, Route]:
        """Return what closes the refused routes that lie apart from all others, where an Allow reaches them."""
        globs = Globs(allow)
        refused = (route for route in self._separate.get(method, ()) if route not in granted)
        return {shape: route for route in refused if (shape := closing(route, globs))}

    def lengths(self) -> Iterator[int]:
        """Yield the length of each resource that some grants can need, or more; callers' values are left out."""
        for method, router in self._routers.items():
            apart = self._separate.get(method, frozenset())
            shapes: set[Shape] = set()
            for route in router.routes:
                reached = self._foreseen(method, route)
                shapes.update(reached.allows, (leak.shape for leak in reached.leaks))
            yield from (len(_named(method, shape)) for shape in shapes)
            yield from (len(method) + 1 + LONGEST_PATH for _ in apart)  # what closes it is not known before the grants

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
        ordinary = {method: OrdinaryPaths(router, claims) for method, router in self._routers.items()}
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
        self, grant: Grant, granted: Mapping[Route, Grant], ordinary: Mapping[str, OrdinaryPaths]
    ) -> bool:
        values = {value for _, value in grant.values}
        return any(
            taken is not grant.route and taken in granted
            for method, leak in self._leaks(grant)
            if not values.isdisjoint(leak.shape) and _refused(leak, granted)
            for taken in ordinary[method].of_any_route_in(leak.shape)
        )

    def _foreseen(self, method: str, route: Route) -> Reach:
        """Return a route's reach for whoever it is bound to, before that is known."""
        return self._reach(method, self.symbolic(route))

    def _reach(self, method: str, grant: Grant) -> Reach:
        """Return a grant's reach, routes that lie apart left out. Callers' own values must not crowd out what is the same for all of them."""
        return self._reach_of_caller(method, grant) if grant.values else self._reach_of_route(method, grant)

    def _reach_of(self, method: str, grant: Grant) -> Reach:
        filled = grant.route.filled(dict(grant.values))
        return reach(self._routers[method], self._entangled[method], grant.route, filled, self._slashed.get(method))

    def _all_conflicts(self) -> set[Conflict]:
        found: set[Conflict] = set()
        for conflict in conflicts(self._routers, self._claims, self._foreseen):
            found.add(conflict)
            if len(found) > _MOST_CONFLICTS:
                raise ConfigError(
                    f"Routes: over {_MOST_CONFLICTS:,} conflicts, one of them {conflict}; name routes apart"
                )
        return found

    def symbolic(self, route: Route) -> Grant:
        """Return a route's grant to whoever it is bound to, before that is known."""
        return Grant(route, tuple((claim, self._claims[claim]) for claim in sorted(set(route.bind.values()))))


def _named(method: str, shape: Shape) -> str:
    """Name a resource behind its stage; a WebSocket's has no path and no slash."""
    return method if method == CONNECT else f"{method}/{text(shape)}"


def _refused(leak: Leak, granted: Mapping[Route, Grant]) -> bool:
    grant = granted.get(leak.route)
    return grant is None or not leak.route.is_filled_by(leak.shape, dict(grant.values))
