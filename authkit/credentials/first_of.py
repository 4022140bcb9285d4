"""Combinations of credentials: the first that is there, or two that must come together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ..errors import ConfigError, Forbidden, NoCredential, Unforeseen
from ..gateway.cachekey import CacheKey
from ..gateway.slots import name_of
from ..principal import Principal
from .parts import explained, faults_of, optional_of, prefetched, read_by, taken_by

if TYPE_CHECKING:
    from ..gateway.request import Request

    Authenticate = Callable[[Request], Principal]

Agree = Callable[[Principal, Principal], object]
"""Takes both principals, and tells whether they belong together."""

_ABSENT = NoCredential.default_code


class FirstOf:
    """What `first_of` returns."""

    def __init__(self, credentials: tuple[Authenticate, ...]) -> None:
        self._credentials = credentials
        key = CacheKey(credentials)
        self.reads = key.sources
        self.takes = frozenset[str]().union(*map(taken_by, credentials))
        demanded = [frozenset(read_by(each)).difference(optional_of(each)) for each in credentials]
        self.optional: tuple[str, ...] = tuple(
            place for place in self.reads if not all(place in places for places in demanded)
        )
        # The gateway demands every identity source, and answers 401 itself where one is missing. So what a good request
        # may lack cannot be named; and left out, an Allow for one alternative would be kept for others.
        self.per_request = bool(self.optional) or key.per_request

    def __call__(self, request: Request) -> Principal:
        """Return the principal of the first credential that is there.

        Raises:
            NoCredential: there is none of them.
            Refused, Unavailable: as that credential has it, and no other is asked then.
        """
        missing = []
        for credential in self._credentials:
            try:
                return credential(request)
            except NoCredential as absence:
                missing.append(absence)
        raise _none_of(missing)

    def prefetch(self) -> bool:
        """Have everything ready before the first request, and tell whether it is."""
        return prefetched(self._credentials)

    def explain(self) -> str:
        """Say in words what each of them demands, in the order in which they are asked."""
        return "\n".join(["the first that is there of", *map(explained, self._credentials)])

    def __repr__(self) -> str:
        return f"first_of({', '.join(map(repr, self._credentials))})"


class Both:
    """What `both` returns."""

    def __init__(self, first: Authenticate, second: Authenticate, agree: Agree) -> None:
        self._pair = (first, second)
        self._agree = agree
        key = CacheKey(self._pair)
        self.reads, self.optional, self.per_request = key.sources, key.optional, key.per_request

    def __call__(self, request: Request) -> Principal:
        """Return the first credential's principal, once the second is good too and they belong together.

        Raises:
            NoCredential: one of them is not there, and none is wrong.
            Forbidden: ``credentials_disagree``.
            Refused, Unavailable: as the first of them that is wrong, or cannot be judged, has it.
        """
        found, missing = [], []
        for credential in self._pair:
            try:
                found.append(credential(request))
            except NoCredential as absence:  # the other is asked all the same: one that is wrong is not absent
                missing.append(absence)
        if missing:
            raise _none_of(missing)
        first, second = found
        answer = self._agree(first, second)
        if type(answer) is not bool:  # nothing, or what has not run yet: neither is an answer
            raise Unforeseen(f"agree tells True or False; it returned {type(answer).__name__}")
        if not answer:
            raise Forbidden("credentials_disagree", detail="each is good, and they are not of the same caller")
        return _until(first, second.expires_at)

    def prefetch(self) -> bool:
        """Have everything ready before the first request, and tell whether it is."""
        return prefetched(self._pair)

    def explain(self) -> str:
        """Say in words what each of them demands."""
        return "\n".join(["both together of", *map(explained, self._pair)])

    def __repr__(self) -> str:
        return f"both({', '.join(map(repr, self._pair))})"


def first_of(*credentials: Authenticate) -> FirstOf:
    """Return a credential that takes the first of several that the request has.

    >>> authenticate = first_of(JWTBearer(issuer=..., audience=...), APIKey(...))

    The next is asked for only where one is absent: nothing in its place, or another scheme (`NoCredential`). One that
    is there and wrong refuses the request, whatever else it carries; one that cannot be judged is an outage, and no
    other takes its place. Of two that are there the first counts, and the second is not looked at. Of two that share a
    place, the first must be the one that tells its own by a scheme: to an `APIKey` any text is a key.

    Answers are cacheable where all alternatives read the same places, as two schemes of ``Authorization`` do. Where they
    read different places they are not: set the TTL to 0 then, and name as identity sources those alone that each of them
    reads. The others are its ``optional``, and `Authorizer.optional_sources`.

    Raises:
        ConfigError: names every fault.
    """
    faults = faults_of(credentials) + _never_asked(credentials)
    if len(credentials) < 2:
        faults.append("give two credentials at least")
    if faults:
        raise ConfigError.of("first_of", faults)
    return FirstOf(credentials)


def both(first: Authenticate, second: Authenticate, *, agree: Agree) -> Both:
    """Return a credential that needs two together, and binds them to each other.

    >>> both(
    ...     APIKey(...),
    ...     ClientCertificate(...),
    ...     agree=lambda client, device: device.claims["O"] == client.claims["company"],
    ... )

    The principal is the first one's, until the sooner end of the two. A guard can demand a second credential as well;
    but then any certificate goes with any key, and one who has a certificate can use another one's stolen key.

    Args:
        first: makes the principal.
        second: has to be there, and good.
        agree: takes both principals and tells, by True, that they belong together.

    Raises:
        ConfigError: names every fault.
    """
    faults = faults_of((first, second))
    if not callable(agree):
        faults.append("agree must be a callable that takes both principals")
    if faults:
        raise ConfigError.of("both", faults)
    return Both(first, second, agree)


def _never_asked(credentials: Iterable[Authenticate]) -> list[str]:
    """Name those whose every credential one before takes for its own, and refuses."""
    faults, before = [], set[str]()
    for each in credentials:
        own = taken_by(each)
        if own and all(one in before or one.partition(" ")[0] in before for one in own):
            faults.append(
                f"{name_of(each)} is never asked: one before it takes all that is in {' or '.join(sorted(own))} for its own;"
                " put first what tells its own by a scheme, and several issuers into by_issuer"
            )
        before |= own
    return faults


def _none_of(missing: Iterable[NoCredential]) -> NoCredential:
    """Return one refusal for several; that a credential of a foreign scheme is there says more than that there is none."""
    listed = tuple(missing)
    code = next((each.code for each in listed if each.code != _ABSENT), _ABSENT)
    claims = ", ".join(dict.fromkeys(each.claim for each in listed if each.claim))
    return NoCredential(code, claim=claims, detail="; ".join(dict.fromkeys(each.detail for each in listed)))


def _until(principal: Principal, end: float | None) -> Principal:
    """Return a principal that ends no later than this."""
    ends = [each for each in (principal.expires_at, end) if each is not None]
    return Principal(
        principal.id,
        scopes=principal.scopes,
        claims=principal.claims,
        usage_key=principal.usage_key,
        expires_at=min(ends, default=None),
    )
