"""Residues: what Denies take of granted routes though no ordinary value is refused; and routes no path goes to.

A Deny for a refused route can match paths of a granted one with a value that equals a literal of the table: with
``/orders/{id}`` and ``/orders/{id}/items/{item}`` granted and ``/orders/{id}/items`` refused, it takes the one item that
is itself named ``items``.
"""

from collections.abc import Iterator
from typing import NamedTuple

from .reach import Leak, own, reach
from .route import CONNECT, METHODS, Route
from .router import Router
from .routes import Routes
from .shape import Shape, Value, Wild, text


class Residue(NamedTuple):
    """Allowing ``granted`` needs a Deny for ``refused`` that takes ``path`` of ``taken``, also granted."""

    method: str
    granted: Route
    refused: Route
    taken: Route
    resource: str
    path: str

    def __str__(self) -> str:
        with_it = f" and {self.taken}" if self.taken is not self.granted else ""
        return (
            f"with {self.granted}{with_it} granted and {self.refused} refused, the Deny {self.method}/{self.resource}"
            f" takes {self.method} /{self.path}, which goes to {self.taken}"
        )


def residues(table: Routes) -> list[Residue]:
    """Return the residues of a table, for whatever grants can come together.

    Conflicts are left out, and so are paths with an empty segment, which name nothing.
    """
    conflicts = {(each.granted, each.refused, each.taken) for each in table.conflicts}
    claims = {claim: Value(claim) for route in table for claim in route.bind.values()}
    found = {
        residue
        for method, router in routers(table).items()
        for route in router.routes
        for leak in reach(router, router, route, route.filled(claims)).leaks
        for residue in _taken_by(method, router, route, leak, claims)
        if (route, leak.route, residue.taken) not in conflicts
    }
    # The same path can be taken in several ways; the first says it.
    first: dict[tuple[str, Route, str], Residue] = {}
    for residue in sorted(found, key=str):
        first.setdefault((residue.method, residue.taken, residue.path), residue)
    return list(first.values())


def unreachable(table: Routes) -> list[Route]:
    """Return the routes that no path goes to: others take all of theirs."""
    reached = {
        route
        for router in routers(table).values()
        for route in router.routes
        if route.method == CONNECT or own(router, route, route.template)
    }
    return [route for route in table if route not in reached]


def routers(table: Routes) -> dict[str, Router]:
    """Return a router for each method of a table. On the same path an exact method goes before ANY."""
    found = {method: Router(full_first=table.api == "http") for method in (*METHODS, CONNECT)}
    for route in sorted(table, key=lambda route: route.method != "ANY"):
        for method in route.methods:
            found[method].add(route)
    return {method: router for method, router in found.items() if router.routes}


def _taken_by(method: str, router: Router, granted: Route, leak: Leak, claims: dict[str, Value]) -> Iterator[Residue]:
    """Yield what a Deny for a leak takes from other routes that can be granted with this one."""
    for taken, meet in router.meets(leak.shape):
        if taken is leak.route or not _together(granted, leak, taken, claims):
            continue
        for part in own(router, taken, meet):
            if not _binds_a_literal(taken, part) and "" not in part:
                yield Residue(method, granted, leak.route, taken, _resource(leak.shape), _spelled(part))


def _together(granted: Route, leak: Leak, taken: Route, claims: dict[str, Value]) -> bool:
    """Tell whether some principal can hold both routes and not the leak."""
    if leak.route.bind and not leak.route.is_filled_by(leak.shape, claims):
        return True
    return not leak.route.demands <= granted.demands | taken.demands


def _binds_a_literal(route: Route, part: Shape) -> bool:
    """Tell whether a part is a caller's whose own claim is a literal of the table; that caller is no ordinary one."""
    return any(not isinstance(part[route.parameters[name]], (Wild, Value)) for name in route.bind)


def _resource(shape: Shape) -> str:
    return text(tuple(f"{{{segment}}}" if isinstance(segment, Value) else segment for segment in shape))


def _spelled(part: Shape) -> str:
    """Spell a part with an ordinary value in each free segment."""
    return _resource(tuple(f"x{place}" if isinstance(segment, Wild) else segment for place, segment in enumerate(part)))
