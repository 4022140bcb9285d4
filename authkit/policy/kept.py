"""Kept: a simple answer is kept for the API's route, and so is the answer to all else that this route may take.

Nothing in an event tells which routes an HTTP API has beside the one it names. So all that the named one may take must
have the answer, unless the table is said to be the API's, route by route.
"""

from __future__ import annotations

from functools import lru_cache

from ..errors import BadEvent
from ..gateway.request import Request
from ..principal import Principal
from .grants import Held
from .route import Route
from .routes import Routes

ADVICE = (
    "name the routes at the API, and if it has them all say Routes(…, one_to_one=True); or answer with a policy, or set"
    " TTL 0 and say cached=False"
)
_REMEMBERED = 256


_Firsts = tuple[str | None, str | None]
"""Of all that a route key may take, what is granted first, and what is refused."""


class SimpleAnswers:
    """Say yes or no to single requests of an HTTP API.

    Args:
        routes: the table.
        kept: whether the gateway may keep an answer.
    """

    def __init__(self, routes: Routes, *, kept: bool) -> None:
        self._routes = routes
        self._kept = kept
        self._under = lru_cache(maxsize=_REMEMBERED)(self._taken_under)
        self._firsts = lru_cache(maxsize=_REMEMBERED)(self._firsts_of)

    def __call__(self, principal: Principal, request: Request) -> bool:
        """Tell whether a principal may make this request.

        Raises:
            BadEvent: the gateway would keep the answer for something that has another one.
        """
        arn = request.arn
        asked, held = self._routes.find(arn.method, arn.path), self._routes.held(principal)
        granted = held.takes(asked, arn.path)
        if self._kept:
            key = request.context("routeKey") or "$default"
            other = self._answered_otherwise(key, asked, held, granted=granted)
            if other is not None:
                detail = f"the API's route {key!r} also takes {other}, which has another answer"
                raise BadEvent(f"{detail}, and the gateway would keep this one for it: {ADVICE}")
        return granted

    def _answered_otherwise(self, key: str, asked: Route | None, held: Held, *, granted: bool) -> str | None:
        """Return what a route key may take that has another answer than this request; None: nothing."""
        if asked is not None and asked not in self._under(key):
            return str(asked)  # the API is coarser than was said
        first_granted, first_refused = self._firsts(key, held)
        return first_refused if granted else first_granted

    def _taken_under(self, key: str) -> frozenset[Route]:
        return frozenset(self._routes.under(key).routes)

    def _firsts_of(self, key: str, held: Held) -> _Firsts:
        under, own = self._routes.under(key), held.values()
        granted = next((str(route) for route in under.routes if route in own), None)
        refused = next((str(route) for route in under.routes if route not in own), None)
        return granted, refused or (None if under.whole else "what is for no route of the table")
