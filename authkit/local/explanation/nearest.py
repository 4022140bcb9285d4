"""The nearest grant: which route was asked for, and what a principal lacks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...errors import MissingClaim
from ...policy.evaluate import Evaluation
from ...policy.grants import fills_a_segment
from ...policy.route import CONNECT, METHODS, Route
from ...policy.routes import Routes
from ...principal import Principal
from .tree import Node


def nearest(routes: Routes, principal: Principal | None, method: str, path: str) -> Node:
    """Say what stands between a principal and the route asked for.

    Args:
        routes: the table.
        principal: None where nobody knows who it was; then what the route needs is told.
        method, path: as in a method ARN.
    """
    route = routes.find(method, path)
    if route is None:
        return Node(
            "nearest", False, f"no route of the table takes {method} /{path}", tuple(_beside(routes, method, path))
        )
    if principal is None:
        return Node("nearest", None, f"{route} needs {_told(needs(route))}")
    missing = tuple(lacking(route, principal, path))
    if missing:
        return Node("nearest", False, f"{route} is not granted", missing)
    return Node("nearest", True, f"{route} is granted by {_told(needs(route))}")


def taken(node: Node, evaluation: Evaluation | None) -> Node:
    """Return the nearest grant, less what the policy takes from it for this request."""
    if not node.good or evaluation is None or evaluation.allowed:
        return node
    why = "a condition of the policy does not hold"
    if evaluation.verdict == "explicit deny":
        why = "a Deny for a refused route takes this path as well: a value in it equals a literal of the table"
    return node._replace(good=False, more=(*node.more, why))


def needs(route: Route) -> list[str]:
    """Return what a route asks of a principal, in words."""
    scopes = [f"the scope {scope}" for scope in sorted(route.scopes)]
    bound = [f"{{{name}}} to be the caller's own {claim}" for name, claim in route.bind.items()]
    return [*scopes, *bound, *([f"the predicate {_name(route.when)}"] if route.when is not None else [])]


def lacking(route: Route, principal: Principal, path: str) -> Iterator[str]:
    """Yield what a principal lacks for one path of a route."""
    for scope in sorted(route.scopes - principal.scopes):
        yield f"the scope {scope} is missing"
    segments = path.split("/")
    for name, claim in route.bind.items():
        yield from _unbound(name, claim, principal.claims, segments[route.parameters[name]])
    if route.when is not None:
        yield from _unfulfilled(route, principal)


def _unbound(name: str, claim: str, claims: Mapping[str, object], asked: str) -> Iterator[str]:
    """Say why a bound parameter is not the caller's. Neither of the values is shown: they are personal data."""
    value = claims.get(claim)
    if value is None:
        yield f"{{{name}}} must be the caller's own {claim}, and the credential has no such claim"
    elif not fills_a_segment(value):
        yield f"{{{name}}} must be the caller's own {claim}, and that cannot stand in a path"
    elif value != asked:
        yield f"{{{name}}} must be the caller's own {claim}, and is another's"


def _unfulfilled(route: Route, principal: Principal) -> Iterator[str]:
    assert route.when is not None
    name = _name(route.when)
    try:
        held = bool(route.when(principal))
    except MissingClaim as missing:
        yield f"the predicate {name} asks for the claim {missing.claim}, which is missing"
    except Exception as error:  # noqa: BLE001 - a predicate may raise anything, and its message could hold a secret
        yield f"the predicate {name} raised {type(error).__name__}"
    else:
        if not held:
            yield f"the predicate {name} does not hold"


def _beside(routes: Routes, method: str, path: str) -> Iterator[str]:
    """Yield what in the table is close to a path that goes to no route of it."""
    if method == CONNECT:
        yield "the table has no Route('$connect')"
        return
    others = [each for each in METHODS if each != method and routes.find(each, path)]
    if others:
        yield f"the path has {', '.join(others)}"
    bare = path.rstrip("/")
    for other, why in (
        (bare, "without the slash in the end"),
        (path.lower(), "in lower case"),
        (path + "/", "with a slash in the end"),
    ):
        route = routes.find(method, other) if other != path else None
        if route is not None:
            yield f"{why} it would go to {route}"


def _told(words: list[str]) -> str:
    return ", ".join(words) or "nothing but a good credential"


def _name(predicate: object) -> str:
    return str(getattr(predicate, "__qualname__", None) or type(predicate).__name__).rpartition(".")[2].strip("<>")
