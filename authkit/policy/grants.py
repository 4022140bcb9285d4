"""Grants: what of a table one principal holds, by scopes, own values and predicates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from ..errors import Refused
from .compile import Grant
from .field import WHOLE, Field
from .route import LONGEST_PATH, Route
from .shape import text

if TYPE_CHECKING:
    from ..principal import Principal

_UNFIT = frozenset("*?$/:%\\")
_LONGEST_VALUE = 256

Values = tuple[tuple[str, str], ...]
"""Claims that routes are bound to, with somebody's values."""

Known = tuple[frozenset[str], Values, frozenset[Route]]
"""All that a table asks of a principal: scopes, values of claims, and the routes whose predicates it fulfils."""

REMEMBERED = 256  # principals that differ, and their policies; that of a large table takes some 100 KB
_NONE: frozenset[Route] = frozenset()


class Held:
    """What a principal holds of a table. Whoever holds the same gets the same object, for as long as it is remembered.

    Args:
        grants: the routes, each with the principal's own values.
    """

    __slots__ = ("_own", "grants")

    def __init__(self, grants: frozenset[Grant]) -> None:
        self.grants = grants
        self._own: dict[Route, Values] | None = None  # only who asks for single requests pays for it

    def values(self) -> dict[Route, Values]:
        """Return the routes, each with the principal's own values."""
        if self._own is None:
            self._own = {grant.route: grant.values for grant in self.grants}
        return self._own

    def takes(self, route: Route | None, path: str) -> bool:
        """Tell whether this route is held, with the values that this path of it has."""
        if route is None or route not in self.values():
            return False
        own = self.values()[route]
        return not own or route.is_filled_by(tuple(path.split("/")), dict(own))


class Holdings:
    """What principals hold of one table, remembered by what the table asks of them: who has that in common holds the same.

    Args:
        table: the routes.
    """

    __slots__ = ("_claims", "_predicated", "_scopes", "_table", "held")

    held: Callable[[Known], Held]
    """Returns what those hold of whom this is known."""

    def __init__(self, table: tuple[Route, ...]) -> None:
        self._table = table
        self._scopes = frozenset(scope for route in table for scope in route.scopes)
        self._claims = tuple(sorted({claim for route in table for claim in route.bind.values()}))
        self._predicated = tuple(route for route in table if route.when is not None)
        self.held = lru_cache(maxsize=REMEMBERED)(self._held_by)

    def known(self, principal: Principal) -> Known:
        """Return all that the table asks of a principal."""
        claims = principal.claims
        values = tuple([(name, value) for name in self._claims if type(value := claims.get(name)) is str])
        fulfilled = fulfilled_routes(self._predicated, principal, dict(values)) if self._predicated else _NONE
        return principal.scopes & self._scopes, values, fulfilled

    def of(self, principal: Principal) -> Held:
        """Return what a principal holds."""
        return self.held(self.known(principal))

    def _held_by(self, known: Known) -> Held:
        scopes, values, fulfilled = known
        claims = dict(values)
        open_to = (each for each in self._table if each.scopes <= scopes and (each.when is None or each in fulfilled))
        each_own = ((route, own_values(route, claims)) for route in open_to)
        return Held(frozenset(Grant(route, own) for route, own in each_own if own is not None))


def denied_of(fields: Iterable[Field], principal: Principal) -> tuple[str, ...] | None:
    """Return the fields that a principal is refused; None where it may ask for nothing at all."""
    listed = tuple(fields)
    held = {field.name for field in listed if field.scopes <= principal.scopes and holds(field, principal)}
    names = [field.name for field in listed]
    if not held or (WHOLE in names and WHOLE not in held):
        return None
    return tuple(sorted(name for name in names if name not in held))


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
