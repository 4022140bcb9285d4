"""Facts: what else is known of a decision, worked out only when somebody asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .trail import Trail

STEPS = ("guards", "authenticate", "routes", "enrich")


class Facts:
    """What a decision was made on. It holds the request, so an observer should not keep it."""

    __slots__ = ("_ended", "_trail")

    def __init__(self, trail: Trail, ended: float) -> None:
        self._trail = trail
        self._ended = ended

    @property
    def steps(self) -> dict[str, float]:
        """How many seconds each slot took, in their order, as far as the request came: what a tracer makes spans of."""
        steps = self._trail.steps
        ends = [*(began for _, began in steps[1:]), self._ended]  # each ends where the next begins
        return {slot: end - began for (slot, began), end in zip(steps, ends, strict=False)}  # it may have come to none

    @property
    def request_id(self) -> str:
        """The gateway's id of the request; where an event has none, the function's own of this call."""
        request = self._trail.request
        asked = request.context("requestId") if request is not None else None
        return asked or _text(getattr(self._trail.context, "aws_request_id", ""))

    @property
    def route(self) -> str:
        """The route of the table the request goes to. The policy does not depend on it."""
        request, routes = self._trail.request, self._trail.routes
        if request is None or routes is None or request.kind == "appsync":
            return ""
        found = routes.find(request.arn.method, request.arn.path)
        return str(found) if found is not None else ""

    @property
    def issuer(self) -> str:
        """Who vouches for the caller: what its credential calls it, or the ``iss`` of a verified one."""
        principal = self._trail.principal
        if alias := self._noted("issuer"):
            return alias
        return _text(principal.claims.get("iss", "")) if principal is not None else ""

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
        if not self._trail.policy:
            return ""
        import json
        from hashlib import sha256

        return sha256(json.dumps(self._trail.policy, sort_keys=True).encode()).hexdigest()[:16]

    def fields(self) -> dict[str, str]:
        """Return what is known of these as texts, by their names."""
        names = ("request_id", "route", "issuer", "kid", "cache", "policy")
        known = ((name, getattr(self, name)) for name in names)
        return {name: value for name, value in known if value}

    def _noted(self, name: str) -> str:
        request = self._trail.request
        return request.notes.get(name, "") if request is not None else ""

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
