"""Facts: what else is known of a decision, worked out only when somebody asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..gateway.request import Request
    from ..policy.routes import Routes
    from ..principal import Principal

STEPS = ("guards", "authenticate", "routes", "enrich")


class Facts:
    """What a decision was made on. It holds the request, so an observer should not keep it."""

    __slots__ = ("_context", "_policy", "_principal", "_request", "_routes", "steps")

    def __init__(
        self,
        request: Request | None,
        routes: Routes | None,
        principal: Principal | None,
        policy: Mapping[str, Any] | None,
        steps: Mapping[str, float],
        context: object = None,
    ) -> None:
        self._request = request
        self._routes = routes
        self._principal = principal
        self._policy = policy
        self._context = context
        self.steps = steps
        """How many seconds each slot took, in their order, as far as the request came: what a tracer makes spans of."""

    @property
    def request_id(self) -> str:
        """The gateway's id of the request; where an event has none, the function's own of this call."""
        asked = self._request.context("requestId") if self._request is not None else None
        return asked or _text(getattr(self._context, "aws_request_id", ""))

    @property
    def route(self) -> str:
        """The route of the table the request goes to. The policy does not depend on it."""
        request = self._request
        if request is None or self._routes is None or request.kind == "appsync":
            return ""
        found = self._routes.find(request.arn.method, request.arn.path)
        return str(found) if found is not None else ""

    @property
    def issuer(self) -> str:
        """Who vouches for the caller: the ``iss`` of a verified credential."""
        return _text(self._principal.claims.get("iss", "")) if self._principal is not None else ""

    @property
    def kid(self) -> str:
        """The name of the key that verified the token."""
        return self._noted("kid")

    @property
    def cache(self) -> str:
        """``hit`` or ``miss`` of what credentials remember; empty where nothing is remembered."""
        return self._noted("cache")

    @property
    def policy(self) -> str:
        """The beginning of the policy's digest: the same for whoever gets the same policy."""
        if not self._policy:
            return ""
        import json
        from hashlib import sha256

        return sha256(json.dumps(self._policy, sort_keys=True).encode()).hexdigest()[:16]

    def fields(self) -> dict[str, str]:
        """Return what is known of these as texts, by their names."""
        names = ("request_id", "route", "issuer", "kid", "cache", "policy")
        known = ((name, getattr(self, name)) for name in names)
        return {name: value for name, value in known if value}

    def _noted(self, name: str) -> str:
        return self._request.notes.get(name, "") if self._request is not None else ""

    def __repr__(self) -> str:
        return "Facts()"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def anonymous(principal: str) -> str:
    """Return a name for a principal that tells nothing of it but whether two are the same.

    It hides an id from who reads a log, not from who has a list of all ids and tries each.
    """
    from hashlib import sha256

    return f"sha256:{sha256(principal.encode(errors='backslashreplace')).hexdigest()[:16]}"
