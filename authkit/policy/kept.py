"""Kept: a simple answer is kept for the API's route, and so is the answer to all else that this route may take.

Nothing in an event tells which routes an HTTP API has beside the one it names. So all that the named one may take must
have the answer, unless the table is said to be the API's, route by route.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..gateway.arn import MethodArn
    from ..principal import Principal
    from .routes import Routes

ADVICE = (
    "name the routes at the API, and if it has them all say Routes(…, one_to_one=True); or answer with a policy, or set"
    " TTL 0 and say cached=False"
)


def answered_otherwise(routes: Routes, key: str, principal: Principal, arn: MethodArn, *, granted: bool) -> str | None:
    """Return what a route key may take that has another answer than this request; None: nothing.

    Args:
        routes: the table.
        key: of the API's route, as ``ANY /orders/{id}`` or ``$default``.
        principal: who asks.
        arn: what for.
        granted: the answer.
    """
    under, asked = routes.under(key), routes.find(arn.method, arn.path)
    if asked is not None and asked not in under.routes:
        return str(asked)  # the API is coarser than was said
    others = [route for route in under.routes if route is not asked]
    held = routes.granted_routes(principal) if others else frozenset()
    other = next((str(route) for route in others if (route in held) != granted), None)
    if other is None and granted and not under.whole:
        return "what is for no route of the table"
    return other
