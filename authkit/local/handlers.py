"""Handlers: what a command may know about an authorizer, and a copy of it that tells each step.

All that is asked of an `Authorizer` beyond its public names is asked here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from typing import Any

from ..authorizer import Authorizer
from ..errors import ConfigError
from ..gateway.answer import Form
from ..gateway.arn import MethodArn
from ..gateway.request import Request
from ..observe.record import Record
from ..observe.trail import Trail
from ..principal import Principal
from . import target
from .tables import undecorated


def load_handler(named: str) -> Authorizer:
    """Return the authorizer a target names; one that is decorated is found below its decorators.

    Raises:
        ConfigError: it is none.
    """
    return authorizer_in(target.load(named), named)


def authorizer_in(found: Any, named: str) -> Authorizer:
    """Return what was loaded, or what is below its decorators; see `load_handler`."""
    found = undecorated(found)
    if not isinstance(found, Authorizer):
        kind = "a function" if callable(found) else f"a {type(found).__name__}"
        raise ConfigError(f"{named} is {kind}, and no Authorizer; name the Authorizer itself")
    return found


def form_of(handler: Authorizer) -> Form:
    """Return what kind of answer a handler gives where there is a choice."""
    return handler.response


def slots_of(handler: Authorizer) -> dict[str, tuple[Any, ...]]:
    """Return what fills each slot of a handler, but its routes."""
    return {
        "guards": handler._guards,
        "authenticate": (handler._authenticate,),
        "enrich": handler._enrich,
        "limits": handler._limits,
    }


def policy_of(handler: Authorizer, principal: Principal, arn: MethodArn) -> dict[str, Any]:
    """Return the document a principal gets, with the handler's limits on it."""
    policy = handler.routes.policy(principal, arn)
    if handler._limits and policy["Statement"][0]["Effect"] == "Allow":
        handler._limit(policy, principal)
    return policy


class Watched:
    """A copy of a handler that writes down each step of its next decision. The handler itself is left as it is.

    Args:
        handler: what is copied.
        telling: whether the handler's own observer is told too, as where the copy stands in for it.

    Attributes:
        routes: its table.
        guards: how many guards have let the request pass, of `all_guards`.
        principal: who it is, once that is known.
        record: what the handler tells of the decision.
    """

    def __init__(self, handler: Authorizer, *, telling: bool = False) -> None:
        self.guards = 0
        self.principal: Principal | None = None
        self.record: Record | None = None
        self.routes = handler.routes
        self.all_guards = len(handler._guards)
        self._tell = handler._tell if telling else None
        self._copy = copy(handler)
        self._copy._guards = tuple(self._passed(guard) for guard in handler._guards)
        self._copy._authenticate = self._known(handler._authenticate)
        self._copy._tell = self._told

    def __call__(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Decide as the handler would, raising what it raises."""
        return self._copy(event, None)

    def _passed(self, guard: Callable[[Request], Any]) -> Callable[[Request], Any]:
        def watched(request: Request) -> Any:
            result = guard(request)
            self.guards += result is None
            return result

        return watched

    def _known(self, authenticate: Callable[[Request], Principal]) -> Callable[[Request], Principal]:
        def watched(request: Request) -> Principal:
            self.principal = authenticate(request)
            return self.principal

        return watched

    def _told(self, trail: Trail) -> None:
        self.record = trail.record()
        if self._tell is not None:
            self._tell(trail)
