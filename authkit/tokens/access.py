"""Access: what a principal must hold beyond a good token. Each demand serves a route and a credential alike.

>>> Route("DELETE", "/orders/{id}", when=in_group("admins", claim="cognito:groups"))
>>> JWTBearer(..., require=[any_scope("orders:read", "orders:write"), logged_in_within(900)])
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError, InsufficientAccess, InvalidClaims
from .types import demand_time

if TYPE_CHECKING:
    from ..principal import Principal

Path = str | tuple[str, ...]
"""A claim by its name, or by the names on the way to it: ``("realm_access", "roles")``."""


class Demand:
    """Something a principal holds or does not.

    Called with a `Principal` it tells which, as `Route` wants to know ``when``; `enforce` raises instead.
    """

    __slots__ = ("_code", "_ends", "_held", "_wanted")

    def __init__(
        self,
        code: str,
        wanted: str,
        held: Callable[[Principal], bool],
        ends: Callable[[Principal], float | None] | None = None,
    ) -> None:
        self._code = code
        self._wanted = wanted
        self._held = held
        self._ends = ends

    def __call__(self, principal: Principal) -> bool:
        """Tell whether the principal holds it.

        Raises:
            InvalidClaims: the claim that would say so is of the wrong type.
            InsufficientAccess: ``group_overage``, the token leaves the groups out because there are too many.
        """
        return self._held(principal)

    def enforce(self, principal: Principal) -> None:
        """Refuse a principal that does not hold it.

        Raises:
            InsufficientAccess: ``scope``, ``group``, ``role``, ``acr`` or ``auth_time``.
        """
        if not self._held(principal):
            raise InsufficientAccess(self._code, claim=self._code, detail=f"needs {self._wanted}")

    def ends(self, principal: Principal) -> float | None:
        """Return when the principal stops holding it, in seconds since the epoch, if that is sooner than its token."""
        return self._ends(principal) if self._ends else None

    def __str__(self) -> str:
        return self._wanted

    def __repr__(self) -> str:
        return f"Demand({self._wanted})"


def all_scopes(*names: str) -> Demand:
    """Demand every one of these scopes."""
    wanted = _named("all_scopes", names)
    return Demand("scope", f"all of the scopes {_shown(wanted)}", lambda principal: wanted <= principal.scopes)


def any_scope(*names: str) -> Demand:
    """Demand one of these scopes at least."""
    wanted = _named("any_scope", names)
    return Demand("scope", f"one of the scopes {_shown(wanted)}", lambda each: not wanted.isdisjoint(each.scopes))


def in_group(*names: str, claim: Path = "groups") -> Demand:
    """Demand one of these groups at least, as ``claim`` lists them."""
    wanted = _named("in_group", names)
    return Demand(
        "group", f"one of the groups {_shown(wanted)}", lambda each: not wanted.isdisjoint(_listed(each, claim))
    )


def has_role(*names: str, claim: Path = "roles") -> Demand:
    """Demand one of these roles at least, as ``claim`` lists them."""
    wanted = _named("has_role", names)
    return Demand(
        "role", f"one of the roles {_shown(wanted)}", lambda each: not wanted.isdisjoint(_listed(each, claim))
    )


def acr(*values: str) -> Demand:
    """Demand that the caller has logged in in one of these ways (OpenID Connect Core section 2, RFC 9470)."""
    wanted = _named("acr", values)
    return Demand("acr", f"a login of the kind {_shown(wanted)}", lambda each: _text(each, "acr") in wanted)


def logged_in_within(seconds: float, *, leeway: float = 0, clock: Callable[[], float] = time.time) -> Demand:
    """Demand that the caller has logged in lately, by ``auth_time`` (RFC 9470 section 4).

    As ``require=`` of a bearer it also ends the principal, which `until_token_ends` tells the gateway. As ``when=`` of a
    route it is judged when the answer is made, and an answer that the gateway keeps stays as it is until its TTL ends.

    Args:
        seconds: how long ago at most.
        leeway: seconds by which clocks may differ.
        clock: gives the time in seconds since the epoch.

    Raises:
        ConfigError: no time span.
    """
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 < seconds < float("inf"):
        raise ConfigError("logged_in_within: a number of seconds above 0")

    def ends(principal: Principal) -> float | None:
        return _time(principal, "auth_time") + seconds + leeway if "auth_time" in principal.claims else None

    def held(principal: Principal) -> bool:
        end, now = ends(principal), clock()
        # A login in the future is no login; a token without one does not tell.
        return end is not None and now < end and _time(principal, "auth_time") <= now + max(leeway, 60)

    return Demand("auth_time", f"a login in the last {seconds:g} s", held, ends)


def _named(demand: str, names: tuple[str, ...]) -> frozenset[str]:
    if not names or not all(isinstance(name, str) and name for name in names):
        raise ConfigError(f"{demand}: names one text at least, each not empty")
    return frozenset(names)


def _shown(wanted: frozenset[str]) -> str:
    return ", ".join(sorted(wanted))


def _listed(principal: Principal, claim: Path) -> list[str]:
    """Return the texts a claim lists; a claim that is not there lists none."""
    steps = (claim,) if isinstance(claim, str) else claim
    value: Any = principal.claims
    for step in steps:
        if not hasattr(value, "get"):
            raise InvalidClaims("bad_claim_type", claim=steps[0], detail="not an object")
        if step not in value:
            return _left_out(principal, steps[0])
        value = value[step]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        # One text where a list is due could be one group, or several in a spelling we would have to guess.
        raise InvalidClaims("bad_claim_type", claim=steps[0], detail="not a list of texts")
    return value


def _left_out(principal: Principal, claim: str) -> list[str]:
    """Entra leaves groups out of a token that would hold too many of them, and says so in ``_claim_names``."""
    elsewhere = principal.claims.get("_claim_names")
    if isinstance(elsewhere, dict) and claim in elsewhere:
        detail = "the token has too many to list them; have the issuer put only assigned ones into it, or use roles"
        raise InsufficientAccess("group_overage", claim=claim, detail=detail)
    return []


def _text(principal: Principal, claim: str) -> str | None:
    value = principal.claims.get(claim)
    if value is not None and not isinstance(value, str):
        raise InvalidClaims("bad_claim_type", claim=claim, detail="not a text")
    return value


def _time(principal: Principal, claim: str) -> float:
    value = principal.claims[claim]
    demand_time(claim, value)
    return float(value)
