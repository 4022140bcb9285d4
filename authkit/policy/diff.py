"""Diff: what changed between two route tables or two policies, and who gains and loses what by it.

Routes are compared by method and template, whatever their parameters are called. Gains and losses are found by asking:
the same requests of both, with ordinary values, one's own and another's. So a route that is gone and whose requests now
go to a wider one shows as a gain for whoever may call that.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ..principal import Principal
from .diff_text import tables_as_markdown, tables_as_text
from .holders import Needs, Table, View, speller
from .matrix import by_needs, named
from .policy_diff import Item, PolicyDiff, diff_policies
from .route import METHODS, Route
from .routes import Routes
from .shape import ONE, Shape, Wild

__all__ = ["Change", "Item", "PolicyDiff", "RouteChange", "TableDiff", "diff_policies", "diff_tables"]


class RouteChange(NamedTuple):
    """A route that was added (no ``before``), removed (no ``after``) or changed, and what it needs."""

    before: Route | None
    after: Route | None
    needed: Needs
    needs: Needs

    @property
    def what(self) -> str:
        """``added``, ``removed`` or ``changed``."""
        return "added" if self.before is None else "removed" if self.after is None else "changed"

    @property
    def route(self) -> str:
        """The route, as it is called now."""
        return str(self.after or self.before)


class Change(NamedTuple):
    """What somebody gains and loses: requests, by their routes, and resources of the policy."""

    who: str
    gains: tuple[str, ...]
    loses: tuple[str, ...]
    allow_added: tuple[str, ...]
    allow_removed: tuple[str, ...]
    deny_added: tuple[str, ...]
    deny_removed: tuple[str, ...]


class TableDiff(NamedTuple):
    """What changed between two tables."""

    routes: tuple[RouteChange, ...]
    changes: tuple[Change, ...]

    def __bool__(self) -> bool:
        return bool(self.routes or self.changes)

    def data(self) -> dict[str, Any]:
        """Return it as what JSON can say."""
        listed = [
            {"what": each.what, "route": each.route, "before": list(each.needed), "after": list(each.needs)}
            for each in self.routes
        ]
        return {"routes": listed, "changes": [change._asdict() for change in self.changes]}

    def text(self) -> str:
        """Return it as plain text."""
        return tables_as_text(self)

    def markdown(self) -> str:
        """Return it as GitHub's Markdown, for a pull request."""
        return tables_as_markdown(self)


def diff_tables(
    old: Routes, new: Routes, principals: Mapping[str, Principal] | Iterable[Principal] | None = None
) -> TableDiff:
    """Return what changed between two tables.

    Args:
        old: the table as it was.
        new: the table as it is.
        principals: of whom to say what they gain and lose, by name. None: of everybody the tables can tell apart.
    """
    before, after = Table(old), Table(new)
    holders = named(principals) if principals is not None else by_needs([before, after])
    asked, spelled = list(_requests(old, new)), speller(old, new)
    changes = (_change(name, before.seen_by(who), after.seen_by(who), asked, spelled) for name, who in holders.items())
    return TableDiff(tuple(_route_changes(before, after)), tuple(change for change in changes if any(change[1:])))


def _route_changes(before: Table, after: Table) -> Iterator[RouteChange]:
    was = {(route.method, route.template): route for route in before.routes}
    now = {(route.method, route.template): route for route in after.routes}
    for key in sorted({*was, *now}, key=lambda key: str(now.get(key) or was.get(key)).partition(" ")[::-1]):
        old, new = was.get(key), now.get(key)
        needed, needs = before.needs[old] if old else (), after.needs[new] if new else ()
        if not old or not new or needed != needs or _bound(old) != _bound(new):
            yield RouteChange(old, new, needed, needs)


def _bound(route: Route) -> set[tuple[int, str]]:
    """Return which places of a route must be which claim."""
    return {(route.parameters[parameter], claim) for parameter, claim in route.bind.items()}


class _Request(NamedTuple):
    """A request to ask both tables about."""

    method: str
    path: str  # as the route has it
    template: Shape
    own: tuple[tuple[int, str], ...]  # places to fill with the caller's own claims
    foreign: bool  # whether other places are bound, and are another's

    def shape(self, values: Mapping[str, str]) -> Shape:
        shape = [ONE if isinstance(segment, Wild) else segment for segment in self.template]
        for place, claim in self.own:
            shape[place] = values.get(claim, ONE)
        return tuple(shape)


def _requests(old: Routes, new: Routes) -> Iterator[_Request]:
    """Yield a plain request for each method of each route of either table, with one's own and another's values."""
    routes = {(route.method, route.template): route for route in (*old, *new)}  # the new names stay
    bound: dict[tuple[str, Shape], set[tuple[tuple[int, str], ...]]] = {key: set() for key in routes}
    for route in (*old, *new):
        bound[route.method, route.template].add(tuple(sorted(_bound(route))))
    for key, route in routes.items():
        for own in sorted(bound[key] | {()}, key=lambda own: (-len(own), own)):
            for method in route.methods:
                yield _Request(method, route.path, route.template, own, foreign=not own and bound[key] != {()})


def _change(name: str, was: View, now: View, asked: list[_Request], spelled: Callable[[Shape], str]) -> Change:
    values = {claim: value for view in (was, now) for own in view.granted.values() for claim, value in own.items()}
    gains: dict[str, list[str]] = {}
    loses: dict[str, list[str]] = {}
    known: set[tuple[str, str]] = set()
    for request in asked:
        method, path = request.method, spelled(request.shape(values))
        before, after = was.allows(method, path), now.allows(method, path)
        if before != after and (method, path) not in known:
            what = request.path + (" of others" if request.foreign else "")
            (gains if after else loses).setdefault(what, []).append(method)
        known.add((method, path))
    return Change(name, _listed(gains), _listed(loses), *_resource_changes(was, now))


def _listed(paths: Mapping[str, list[str]]) -> tuple[str, ...]:
    """Return paths with their methods; all seven are ANY."""
    return tuple(
        f"{method} {path}"
        for path, methods in paths.items()
        for method in (["ANY"] if set(methods) == set(METHODS) else sorted(methods))
    )


def _resource_changes(was: View, now: View) -> Iterator[tuple[str, ...]]:
    for effect in ("Allow", "Deny"):
        before, after = was.resources(effect), now.resources(effect)
        yield tuple(sorted(after - before))
        yield tuple(sorted(before - after))
