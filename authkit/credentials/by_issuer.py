"""One bearer for the tokens of several issuers, each by a policy of its own."""

from __future__ import annotations

from ..errors import ConfigError
from ..tokens.cache import TokenCache
from .bearer import JWTBearer


def by_issuer(*bearers: JWTBearer, cache: TokenCache | None = None) -> JWTBearer:
    """Return one bearer that takes the tokens of several issuers, each by its own policy.

    The token's unverified ``iss`` chooses by its exact text, and does nothing else: one that is not known costs no
    look-up, no request and no memory.

    >>> by_issuer(cognito("eu-west-1_a1B2c3", client_id="web"), auth0("acme.eu.auth0.com", audience="https://api"))

    Args:
        bearers: one for each issuer. All read the same source.
        cache: remember verified tokens of all of them.

    Raises:
        ConfigError: names every fault.
    """
    faults = [f"{type(each).__name__} is no JWTBearer" for each in bearers if not isinstance(each, JWTBearer)]
    faults = faults or ([] if bearers else ["give one bearer at least"])
    faults = faults or _faults(bearers)
    if cache is not None:
        faults += cache.faults() if isinstance(cache, TokenCache) else ["cache must be a TokenCache"]
    if faults:
        raise ConfigError.of("by_issuer", faults)
    relaxed = frozenset(name for each in bearers for name in each.given.relaxed())
    tightened = frozenset(name for each in bearers for name in each.given.tightened())
    policies = [policy for each in bearers for policy in each.policies]
    given = bearers[0].given._replace(cache=cache, relax=relaxed, tighten=tightened)
    return JWTBearer.joined(policies, given)


def _faults(bearers: tuple[JWTBearer, ...]) -> list[str]:
    given = [each.given for each in bearers]
    names = [name for each in bearers for policy in each.policies for name in policy.names]
    faults = [f"two policies for {name}" for name in sorted(set(names)) if names.count(name) > 1]
    if len({each.source for each in given}) > 1:
        faults.append("they read different sources; all must read the same one")
    if any("padding" in each.relaxed() for each in given):
        faults.append("a bearer that permits padding stands alone: tokens with it are told apart by their source")
    if len({"x5-refused" in each.tightened() for each in given}) > 1:
        faults.append("tighten x5-refused is for all of them or for none: a header is read before its issuer is known")
    if any(each.cache is not None for each in given):
        faults.append("cache is given to by_issuer, and to none of them")
    if len({each.clock for each in given}) > 1:
        faults.append("they have different clocks")
    return faults
