"""Conflicts: what IAM cannot express for some principals of a table, known before any of them comes."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from ..errors import ConfigError
from .ordinary import OrdinaryPaths
from .reach import Leak, Reach
from .route import LONGEST_PATH, Route
from .router import Router
from .shape import text


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


def conflicts(
    routers: Mapping[str, Router], claims: Mapping[str, str], reach_of: Callable[[str, Route], Reach]
) -> Iterator[Conflict]:
    """Look at every Deny that some grants can need, and at every ordinary path it would take.

    Args:
        routers: the table's, by method.
        claims: for each claim that a route is bound to, what stands for its value.
        reach_of: takes a method and a route, and returns what the route reaches for whoever it is bound to.

    Raises:
        ConfigError: such a Deny would be too long for a resource.
    """
    for method, router in routers.items():
        ordinary = OrdinaryPaths(router, claims)
        for route in router.routes:
            for leak in reach_of(method, route).leaks:
                _demand_short(route, leak)
                for taken in ordinary.of_any_route_in(leak.shape):
                    if _together(route, leak, taken, claims):
                        yield Conflict(route, leak.route, taken, text(leak.shape))


def _together(granted: Route, leak: Leak, taken: Route, claims: Mapping[str, str]) -> bool:
    """Tell whether some principal can hold both routes and not the leak."""
    if leak.route.bind and not leak.route.is_filled_by(leak.shape, claims):
        return True  # another's values are refused to everybody
    held = granted.demands | taken.demands
    if any(getattr(demand, "never", False) for demand in held):
        return False  # nobody holds both
    return any(not _implied(demand, held) for demand in leak.route.demands - held)


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
