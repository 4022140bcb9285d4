"""Agreement of a table written by hand with the document of its API: what differs, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

from ..errors import ConfigError
from .files import Document
from .openapi import ScopeRule, operations
from .operations import Operation, demands, not_ours
from .route import CONNECT, METHODS, Route
from .shape import ONE, REST, Shape

if TYPE_CHECKING:
    from .routes import Routes

Find = Callable[[str, str], Route | None]
Place = tuple[str, Shape]
"""A method and a path's template: what a request can go to."""

_Any = TypeVar("_Any", Route, Operation)


def check(
    table: Routes,
    document: Document,
    *,
    authorizer: str | None = None,
    inherit_security: bool = False,
    scopes: ScopeRule = "all",
    trailing_slash: bool = False,
) -> None:
    """Compare; `Routes.check` says what the arguments mean.

    Raises:
        ConfigError: names every difference.
    """
    subject = "Routes.check"
    found, faults = operations(
        document, authorizer=authorizer, inherit_security=inherit_security, scopes=scopes, subject=subject
    )
    if faults:
        raise ConfigError.of(subject, faults)
    paths = [route for route in table if route.method != CONNECT]  # of a WebSocket API no document speaks
    differences = between(paths, found, table.find, trailing_slash=trailing_slash)
    if differences:
        raise ConfigError.of(subject, differences)


def between(
    table: Sequence[Route], found: Sequence[Operation], find: Find, *, trailing_slash: bool = False
) -> list[str]:
    """Return what a table lacks, has too much, and demands otherwise than the document; a clause each."""
    held = _by_place((each, each.method, each.template) for each in table)
    asked = _by_place((each, each.method, _template(each.path, trailing_slash=trailing_slash)) for each in found)
    lacks = [text for each, places in _of_each(asked) if (text := _lack(each, places, held, find))]
    surplus = [f"not in the document: {route}" for route, places in _of_each(held) if asked.keys().isdisjoint(places)]
    if all(each.guard.by == "nobody" for each in found):
        return lacks + surplus  # it does not speak of security at all
    pairs = {(id(held[place]), id(asked[place])): (held[place], asked[place]) for place in asked if place in held}
    return lacks + surplus + [text for route, each in pairs.values() if (text := _demanded(route, each))]


def _by_place(listed: Iterable[tuple[_Any, str, Shape]]) -> dict[Place, _Any]:
    """Return who takes each place: of one path an exact method goes before ANY."""
    taken: dict[Place, _Any] = {}
    for each, method, template in sorted(listed, key=lambda entry: entry[1] == "ANY"):
        for exact in METHODS if method == "ANY" else (method,):
            taken.setdefault((exact, template), each)
    return taken


def _of_each(taken: dict[Place, _Any]) -> list[tuple[_Any, list[Place]]]:
    places: dict[int, tuple[_Any, list[Place]]] = {}
    for place, each in taken.items():
        places.setdefault(id(each), (each, []))[1].append(place)
    return list(places.values())


def _template(path: str, *, trailing_slash: bool) -> Shape:
    bare = path[:-1] if trailing_slash and len(path) > 1 and path.endswith("/") else path
    return tuple(
        part if not part.startswith("{") else REST if part.endswith("+}") else ONE
        for part in bare.removeprefix("/").split("/")
    )


def _lack(each: Operation, places: list[Place], held: dict[Place, Route], find: Find) -> str:
    if each.method == "OPTIONS" and each.guard.by == "nobody":
        return ""  # a preflight that everybody may make
    methods = sorted(method for method, template in places if (method, template) not in held)
    if not methods:
        return ""
    named = str(each) if len(methods) == len(places) else f"{', '.join(methods)} of {each}"
    taken = find(methods[0], each.path.removeprefix("/"))
    return f"missing: {named}" + (f", which the table takes for {taken}" if taken else "")


def _demanded(route: Route, each: Operation) -> str:
    if each.guard.by != "us":
        if not route.demands or route.when is not_ours:
            return ""
        guarded = "no authorizer guards it" if each.guard.by == "nobody" else "another scheme guards it"
        return f"{each}: the table demands {_told(route.scopes)}, and in the document {guarded}"
    common, beyond = demands(each.guard)
    if beyond is None:
        same = route.scopes == common
    else:
        met = any(alternative <= route.scopes for alternative in each.guard.alternatives)
        same = met or (common <= route.scopes and route.when is not None)
    told = " or ".join(_told(alternative) for alternative in each.guard.alternatives)
    return "" if same else f"{each}: the table demands {_told(route.scopes)}, the document {told}"


def _told(scopes: Iterable[str]) -> str:
    return " and ".join(sorted(scopes)) or "no scope"
