"""Grants: what of a table one principal holds, by scopes, own values and predicates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ..errors import Refused
from .compile import Grant
from .field import Field
from .route import LONGEST_PATH, Route
from .shape import text

if TYPE_CHECKING:
    from ..principal import Principal

_UNFIT = frozenset("*?$/:%\\")
_LONGEST_VALUE = 256

Values = tuple[tuple[str, str], ...]
"""Claims that routes are bound to, with somebody's values."""


class Held:
    """What a principal holds of a table. Whoever holds the same gets the same object, for as long as it is remembered.

    Args:
        grants: the routes, each with the principal's own values.
    """

    __slots__ = ("_own", "grants")

    def __init__(self, grants: frozenset[Grant]) -> None:
        self.grants = grants
        self._own = {grant.route: dict(grant.values) for grant in grants}

    def __contains__(self, route: object) -> bool:
        return route in self._own

    def takes(self, route: Route | None, path: str) -> bool:
        """Tell whether this route is held, with the values that this path of it has."""
        if route is None or route not in self._own:
            return False
        own = self._own[route]
        return not own or route.is_filled_by(tuple(path.split("/")), own)


def fulfilled_routes(predicated: Iterable[Route], principal: Principal, known: Mapping[str, str]) -> frozenset[Route]:
    """Return the routes whose predicate a principal fulfils; only those that are not refused it anyway are asked."""
    return frozenset(
        route
        for route in predicated
        if route.scopes <= principal.scopes and own_values(route, known) is not None and holds(route, principal)
    )


def own_values(route: Route, known: Mapping[str, str]) -> Values | None:
    """Return the claims a route is bound to with this principal's values; None where one is missing or unfit."""
    if not route.bind:
        return ()
    values = tuple((claim, known[claim]) for claim in sorted(set(route.bind.values())) if claim in known)
    whole = len(values) == len(set(route.bind.values()))
    return values if whole and all(fills_a_segment(value) for _, value in values) and _fits(route, values) else None


def _fits(route: Route, values: Values) -> bool:
    """Tell whether the filled path is short enough for a resource; else it is nobody's."""
    return len(text(route.filled(dict(values)))) <= LONGEST_PATH


def holds(route: Route | Field, principal: Principal) -> bool:
    """Ask a route's predicate. What has not run yet (a coroutine, a generator, a function) is always true: an error."""
    try:
        held = route.when is None or route.when(principal)
    except Refused:
        return False  # no such claim, or none that says so, no such right; the other routes are none the worse for it
    if held is True or held is False:
        return held
    unanswered = callable(held) or isinstance(held, BaseException) or held is NotImplemented
    if unanswered or any(hasattr(held, name) for name in ("__await__", "__next__", "__anext__", "result")):
        raise TypeError("when must answer, and not return a coroutine, a generator, a function or an error")
    return bool(held)


def fills_a_segment(value: object) -> bool:
    """Tell whether a claim's value can stand in a resource: one path segment, in one spelling, and no pattern."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= _LONGEST_VALUE
        and value not in (".", "..")
        and not set(value) & _UNFIT
        and value.isprintable()
    )
