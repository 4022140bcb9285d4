"""Holders: a table seen from outside, by somebody who holds scopes and claims, or by everything it can ask for.

What a table asks of a principal has a name here: a scope; ``own sub``, for a route bound to that claim; ``when is_admin``,
for a predicate. Two versions of a table are compared by these names, because their predicates are never the same objects.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from ..principal import Principal
from .evaluate import Policy, evaluate
from .route import Route
from .routes import Routes
from .shape import ONE, Shape, Wild, literals

Needs = tuple[str, ...]

_STAGE = "arn:aws:execute-api:eu-west-1:111122223333:api/stage/"
_OWN, _WHEN = "own ", "when "
ANYBODY = "anybody"  # who has authenticated, and holds nothing the table asks for


class Table:
    """A route table, with names for everything it asks for."""

    def __init__(self, routes: Routes) -> None:
        self.routes = routes
        self._predicates = _predicate_names(routes)
        self.needs = {route: self._needs_of(route) for route in routes}
        self._stand_in = _stand_in(routes, self.needs)

    def sets(self) -> set[Needs]:
        """Return the sets of needs that open some route, or two at once that cannot be granted together."""
        together = ({*self.needs[conflict.granted], *self.needs[conflict.taken]} for conflict in self.routes.conflicts)
        return {*self.needs.values(), *(_ordered(needs) for needs in together)}

    def seen_by(self, who: Principal | Needs) -> View:
        """Return what a principal sees of the table, or somebody who holds just these needs."""
        if isinstance(who, Principal):
            return View(self.routes, who, self.routes)
        claims = sorted(name.removeprefix(_OWN) for name in who if name.startswith(_OWN))
        values = {claim: f"own-{_plain(claim)}-{place}" for place, claim in enumerate(claims, start=1)}
        held = [_scope(name) for name in who if not name.startswith(_OWN)]
        return View(self._stand_in, Principal("holder", scopes=held, claims=values), self.routes)

    def _needs_of(self, route: Route) -> Needs:
        own = {_OWN + claim for claim in route.bind.values()}
        when = {_WHEN + self._predicates[route]} if route.when is not None else set()
        return _ordered({*route.scopes, *own, *when})


def _ordered(needs: set[str]) -> Needs:
    """Return scopes first, for they have no blanks."""
    return tuple(sorted(needs, key=lambda need: (" " in need, need)))


class View:
    """What somebody sees of a table: which routes are granted, and which requests their policy lets pass."""

    def __init__(self, asked: Routes, principal: Principal, routes: Routes) -> None:
        original = dict(zip(asked, routes, strict=True))
        self.granted = {original[grant.route]: dict(grant.values) for grant in asked.grants(principal)}
        self._routes = asked
        self._principal = principal
        self.document = asked.policy(principal, _STAGE + "GET/")
        self._policy = Policy.parse(unconditional(self.document))

    @property
    def one_request(self) -> bool:
        """Whether there is no policy for all requests, but one for each."""
        return self._routes.one_request

    def allows(self, method: str, path: str) -> bool:
        """Tell whether a request goes to a route and passes; conditions are taken to hold."""
        if self._routes.find(method, path) is None:
            return False
        arn = f"{_STAGE}{method}/{path}"
        if self.one_request:
            return evaluate(unconditional(self._routes.policy(self._principal, arn)), arn).allowed
        return evaluate(self._policy, arn).allowed

    def resources(self, effect: str) -> set[str]:
        """Return the resources of one effect, from the method on."""
        listed = (each.get("Resource", ()) for each in self.document["Statement"] if each["Effect"] == effect)
        return set() if self.one_request else {text.removeprefix(_STAGE) for texts in listed for text in texts}


def unconditional(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a policy without its conditions."""
    statements = document["Statement"]
    listed = [statements] if isinstance(statements, Mapping) else statements
    bare = [{name: value for name, value in each.items() if name != "Condition"} for each in listed]
    return {**document, "Statement": bare}


def speller(*tables: Routes) -> Callable[[Shape], str]:
    """Return what spells a shape as a path, its free segments filled with values that are no literal of these tables."""
    known = {name for routes in tables for route in routes for name in literals(route.template)}
    fresh: list[str] = []

    def spelled(shape: Shape) -> str:
        free = sum(isinstance(segment, Wild) for segment in shape)
        while len(fresh) < free:
            number = len(fresh) + 1
            fresh.append(next(name for name in (f"{'x' * times}{number}" for times in count(1)) if name not in known))
        filling = iter(fresh)
        return "/".join(next(filling) if isinstance(segment, Wild) else segment for segment in shape)

    return spelled


def ordinary(route: Route, values: Mapping[str, str]) -> Shape:
    """Return the shape of a route's plainest paths, bound parameters filled where ``values`` has their claims."""
    shape = [ONE if isinstance(segment, Wild) else segment for segment in route.template]
    for parameter, claim in route.bind.items():
        shape[route.parameters[parameter]] = values.get(claim, ONE)
    return tuple(shape)


def _stand_in(routes: Routes, needs: Mapping[Route, Needs]) -> Routes:
    """Return the same table with scopes in place of predicates, so that they can be held."""
    return Routes(
        [
            Route(
                route.method,
                route.path,
                scopes=[_scope(name) for name in needs[route] if not name.startswith(_OWN)],
                bind=route.bind,
            )
            for route in routes
        ],
        on_conflict="one-request" if routes.one_request else "refuse",
        trailing_slash=_takes_trailing_slash(routes),
    )


def _plain(claim: str) -> str:
    """Return a claim's name as a part of a path segment."""
    return re.sub("[^A-Za-z0-9_-]", "-", claim)[:64]


def _scope(need: str) -> str:
    return need.replace(" ", "\u00a0")  # a scope has no blanks


def _takes_trailing_slash(routes: Routes) -> bool:
    spelled = speller(routes)
    plain = [(route, spelled(ordinary(route, {})) + "/") for route in routes if "+}" not in route.path]
    return any(routes.find(route.methods[0], path) is route for route, path in plain if route.path != "/")


def _predicate_names(routes: Routes) -> dict[Route, str]:
    """Return a name for each predicate; those that are called the same are numbered, in the table's order."""
    names: dict[object, str] = {}
    for route in routes:
        if route.when is not None and route.when not in names:
            name = _name_of(route.when)
            same = sum(each == name or each.startswith(f"{name} #") for each in names.values())
            names[route.when] = f"{name} #{same + 1}" if same else name
    return {route: names[route.when] for route in routes if route.when is not None}


def _name_of(predicate: object) -> str:
    name = getattr(predicate, "__qualname__", None) or repr(predicate)
    shown = name.rpartition(".")[2] if hasattr(predicate, "__qualname__") else name
    return shown.removeprefix("Demand(").removesuffix(")") if shown.startswith("Demand(") else shown.strip("<>")
