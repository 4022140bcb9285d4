"""Matrix: which scopes, claims and predicates open which routes of a table, and what a policy makes of that.

>>> print(matrix(routes).text())
>>> print(matrix(routes, {"alice": Principal("alice", scopes={"orders:read"})}).text())
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from ..principal import Principal
from .columns import columns, shortened
from .holders import ANYBODY, Needs, Table, View, ordinary, speller
from .reach import own
from .route import Route
from .router import Router
from .routes import Routes
from .shape import ONE, Shape, Wild

State = Literal["allowed", "denied", "residue", "conflict"]

WIDTH = 120
_CELL = len("conflict")


class Cell(NamedTuple):
    """What becomes of somebody's requests to a route.

    Attributes:
        state: ``allowed``; ``denied``, it is not granted; ``residue``, granted, and a Deny for another route takes
            values of it that equal a literal of the table; ``conflict``, granted, and ordinary values are refused.
        note: what is missing, or which request is refused all the same.
    """

    state: State
    note: str = ""


class Row(NamedTuple):
    """A route, what it needs, and a cell for each column."""

    route: Route
    needs: Needs
    cells: tuple[Cell, ...]


class Matrix(NamedTuple):
    """Routes by holders. A column is a principal by its name, or a set of needs: their names joined by ``+``."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    cacheable: bool = True

    def data(self) -> dict[str, Any]:
        """Return it as what JSON can say."""
        return {
            "columns": list(self.columns),
            "cacheable": self.cacheable,
            "routes": [
                {
                    "route": str(row.route),
                    "needs": list(row.needs),
                    "cells": [
                        {"state": cell.state, **({"note": cell.note} if cell.note else {})} for cell in row.cells
                    ],
                }
                for row in self.rows
            ],
        }

    def text(self, width: int = WIDTH) -> str:
        """Return it as plain text of at most ``width`` columns; what does not fit beside stands below."""
        numbered = [f"{place:>4}  {name}" for place, name in enumerate(self.columns, start=1)]
        lines = ["Who", *(shortened(line, width) for line in numbered), ""]
        fixed = [
            [shortened(str(row.route), 3 * width // 8), shortened(", ".join(row.needs) or "-", width // 4)]
            for row in self.rows
        ]
        taken = sum(max(len(each[place]) for each in [*fixed, ["Route", "Needs"]]) + 2 for place in (0, 1))
        beside = max(1, (width - taken + 2) // (_CELL + 2))
        for start in range(0, len(self.columns), beside):
            numbers = [str(number + 1) for number in range(start, min(start + beside, len(self.columns)))]
            body = [
                [*names, *(cell.state for cell in row.cells[start : start + beside])]
                for names, row in zip(fixed, self.rows, strict=True)
            ]
            lines += [*columns(["Route", "Needs", *numbers], body), ""]
        return "\n".join(lines + self._notes(width)).rstrip() + "\n"

    def _notes(self, width: int) -> list[str]:
        """Say of each granted route that is not allowed whole which request is refused."""
        notes = [
            f"  {row.route}, {place}: {cell.state}, {cell.note}"
            for row in self.rows
            for place, cell in enumerate(row.cells, start=1)
            if cell.state in ("residue", "conflict")
        ]
        if not self.cacheable:
            notes.insert(0, "  each request is answered for itself: the gateway's result cache must be off")
        return ["Notes", *(shortened(note, width) for note in notes)] if notes else []


def matrix(routes: Routes, principals: Mapping[str, Principal] | Iterable[Principal] | None = None) -> Matrix:
    """Return the matrix of a table.

    Args:
        routes: the table.
        principals: who shall have a column, by name, or by their ids. None: everybody the table can tell apart, each
            set of scopes, claims and predicates that opens some route.
    """
    table = Table(routes)
    holders = named(principals) if principals is not None else by_needs([table])
    whole = _Whole(table)
    views = [table.seen_by(who) for who in holders.values()]
    seen = list(zip(holders.values(), views, strict=True))
    rows = (
        Row(route, needs, tuple(whole.cell(route, view, who) for who, view in seen))
        for route, needs in table.needs.items()
    )
    return Matrix(tuple(holders), tuple(rows), routes.cacheable)


def named(principals: Mapping[str, Principal] | Iterable[Principal]) -> dict[str, Principal | Needs]:
    """Return principals by name."""
    if isinstance(principals, Mapping):
        return dict(principals)
    return {principal.id: principal for principal in principals}


def by_needs(tables: Iterable[Table]) -> dict[str, Principal | Needs]:
    """Return the sets of needs that open some route of these tables, by name, smallest first; and having nothing."""
    sets = {needs for table in tables for needs in table.sets()} | {()}
    return {" + ".join(needs) or ANYBODY: needs for needs in sorted(sets, key=lambda needs: (len(needs), needs))}


def _missing(needs: Needs, who: Principal | Needs) -> str:
    """Say what somebody lacks for a route that is not granted."""
    held = who.scopes | {f"own {claim}" for claim in who.claims} if isinstance(who, Principal) else frozenset(who)
    missing = [need for need in needs if need not in held]
    if isinstance(who, Principal):  # its predicates have been asked; if all else is there, it was one of these
        missing = [need for need in missing if not need.startswith("when ")] or missing
    return "needs " + ", ".join(missing) if missing else "a claim's value cannot stand in a resource"


class _Whole:
    """The table by method, to find out what Denies take of a granted route."""

    def __init__(self, table: Table) -> None:
        self._routes = table.routes
        self._needs = table.needs
        self._spelled = speller(table.routes)
        self._routers: dict[str, Router] = {}
        for route in sorted(table.routes, key=lambda route: route.method != "ANY"):
            for method in route.methods:
                self._routers.setdefault(method, Router()).add(route)

    def cell(self, route: Route, view: View, who: Principal | Needs) -> Cell:
        """Return what becomes of somebody's requests to a route."""
        if route not in view.granted:
            return Cell("denied", _missing(self._needs[route], who))
        values = view.granted[route]
        for method, path in self._plain(route, values):
            if not view.allows(method, path):
                return Cell("conflict", f"{method} /{path} is refused")
        refused = min(self._residues(route, values, view), default="")
        return Cell("residue", refused) if refused else Cell("allowed")

    def _plain(self, route: Route, values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Yield a route's requests with ordinary values, one of each length that goes to it."""
        for method in self._methods(route):
            shape, router = ordinary(route, values), self._routers[method]
            longest = router.longest + 1 if route.path.endswith("+}") else len(shape)
            for length in range(len(shape), max(longest, len(shape)) + 1):
                path = self._spelled((*shape, *(ONE,) * (length - len(shape))))
                if self._routes.find(method, path) is route:
                    yield method, path

    def _residues(self, route: Route, values: Mapping[str, str], view: View) -> Iterator[str]:
        """Yield the requests to a granted route that a Deny takes."""
        for denied in view.resources("Deny"):
            method, _, path = denied.partition("/")
            if method in self._methods(route):
                glob = tuple(ONE if segment == "*" else segment for segment in path.split("/"))
                for part in self._reached(method, route, glob):
                    own_part = _filled(route, part, values)
                    if own_part is not None and not view.allows(method, self._spelled(own_part)):
                        yield f"{method} /{self._spelled(own_part)} is refused"

    def _reached(self, method: str, route: Route, glob: Shape) -> Iterator[Shape]:
        router = self._routers[method]
        for found, meet in router.meets(glob):
            if found is route:
                yield from own(router, route, meet)

    def _methods(self, route: Route) -> list[str]:
        return [method for method in route.methods if route in self._routers[method].routes]


def _filled(route: Route, part: Shape, values: Mapping[str, str]) -> Shape | None:
    """Return a part of a route with somebody's own values, or None if it has another's."""
    filled = list(part)
    for parameter, claim in route.bind.items():
        place = route.parameters[parameter]
        if not isinstance(part[place], Wild) and part[place] != values[claim]:
            return None
        filled[place] = values[claim]
    return tuple(filled)
