"""Known: what is kept about a caller elsewhere becomes claims, before the routes are judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError, Forbidden, Unforeseen
from ..gateway.cachekey import CacheKey
from ..gateway.slots import says_reads
from ..principal import Principal
from .parts import prefetched

if TYPE_CHECKING:
    from ..gateway.request import Request

    Authenticate = Callable[[Request], Principal]

LookUp = Callable[[Principal], Mapping[str, Any]]
"""What an enricher is too: from the principal to more that is known of it."""


class Known:
    """What `known` returns."""

    def __init__(self, authenticate: Authenticate, look_ups: tuple[LookUp, ...]) -> None:
        self._authenticate = authenticate
        self._look_ups = look_ups
        key = CacheKey((authenticate,))
        self.reads, self.optional, self.per_request = key.sources, key.optional, key.per_request
        self.takes: frozenset[str] = getattr(authenticate, "takes", frozenset())

    def __call__(self, request: Request) -> Principal:
        """Return the principal, with what was looked up among its claims.

        Raises:
            Refused, Unavailable: as the credential, or a look-up, has it.
            Forbidden: ``claim_conflict``, the credential claims what was looked up, and it is not for it to say.
        """
        principal = self._authenticate(request)
        if not isinstance(principal, Principal):
            raise Unforeseen(f"a credential returns a Principal, not {type(principal).__name__}")
        for look_up in self._look_ups:
            # All that it may give, not what it gives this time: where nothing is found, a claim of the credential's
            # own would stand in its place, and say what only we may say.
            _demand_unclaimed(getattr(look_up, "gives", ()), principal)
            principal = _with(principal, look_up(principal))
        return principal

    def prefetch(self) -> bool:
        """Have everything ready before the first request, and tell whether it is."""
        return prefetched((self._authenticate,))

    def __repr__(self) -> str:
        return f"known({self._authenticate!r}, {', '.join(map(repr, self._look_ups))})"


def known(authenticate: Authenticate, *look_ups: LookUp) -> Known:
    """Return a credential whose principal has more claims: so ``Route(bind=…)``, ``when=`` and ``enrich=`` see them.

    >>> authenticate = known(JWTBearer(...), Lookup(dynamodb("members", key="id"), by="sub", give={"tenant": str}))
    >>> routes = [Route("GET", "/tenants/{tenant}/orders", bind={"tenant": "tenant"})]

    What is looked up is a function of the principal, never of the request, so an answer that the gateway keeps is right
    for as long as it is kept. It is as old as that: after a change in the store, the old answer holds for the look-up's
    own ``seconds``, and in an outage its ``stale``, and the gateway's TTL besides.

    A claim that the credential has is never replaced, and never taken for one that was looked up: the request is
    refused. So name what you look up as no issuer of yours names its claims. A `Lookup` says what it may give (its
    ``gives``); a callable of your own either has such a tuple of names too, or returns every name, every time.

    Args:
        authenticate: the credential.
        look_ups: each takes the principal, with what those before it have added, and returns more.

    Raises:
        ConfigError: names every fault.
    """
    faults = []
    if not callable(authenticate) or isinstance(authenticate, type):
        faults.append("authenticate must be a credential")
    elif not says_reads(authenticate):
        faults.append("authenticate does not say what it reads of the request; decorate it with @reads('header.…')")
    if not look_ups or not all(callable(each) and not isinstance(each, type) for each in look_ups):
        faults.append("give one look-up at least, each a callable that takes the principal")
    if faults:
        raise ConfigError.of("known", faults)
    return Known(authenticate, look_ups)


def _demand_unclaimed(names: Iterable[Any], principal: Principal) -> None:
    for name in names:
        if name in principal.claims:
            raise Forbidden("claim_conflict", claim=str(name), detail="the credential claims what is looked up")


def _with(principal: Principal, more: object) -> Principal:
    if not isinstance(more, Mapping):
        raise Unforeseen(f"a look-up returns a mapping, not {type(more).__name__}")
    _demand_unclaimed(more, principal)
    return Principal(
        principal.id,
        scopes=principal.scopes,
        claims={**principal.claims, **more},
        usage_key=principal.usage_key,
        expires_at=principal.expires_at,
    )
