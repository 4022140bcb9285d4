"""Bearer tokens that are JWTs (RFC 6750, RFC 7519, RFC 8725)."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeGuard

from ..errors import ConfigError, InvalidClaims, Unauthenticated
from ..gateway.sources import Header, Source, read_one
from ..keys.source import JWKS, key_source
from ..principal import Principal
from ..tokens.algorithms import ALGORITHMS
from ..tokens.claims import Claims
from ..tokens.jws import Opener, media_type
from ..tokens.rules import Rules
from ..tokens.strictjson import parse_object

if TYPE_CHECKING:
    from ..gateway.request import Request
    from ..keys.fetch import Fetch

RELAXATIONS = frozenset({"http-loopback", "private-address"})
MOST_LEEWAY = 300  # seconds

_AUTHORIZATION = Header("authorization")


class JWTBearer:
    """Authenticate a bearer JWT and make its subject the principal.

    Args:
        issuer: the exact ``iss``, and where discovery begins if ``jwks`` is not given.
        audience: the ``aud`` that is us, or several of which one must be there.
        algorithms: the ``alg`` values allowed, asymmetric ones only.
        leeway: seconds by which clocks may differ, at most 300, for ``exp`` and ``nbf``.
        jwks: where the keys are: a URL of a JWKS or of the issuer's metadata, a mapping, a file packed with the
            function, a key set. None: discovery below the issuer.
        source: where the token is. In ``Authorization`` it follows the word Bearer; elsewhere it stands alone.
        typ: the ``typ`` values allowed (RFC 8725 section 3.11); a token without one counts as ``JWT``.
        principal: the claim that becomes the principal's id.
        relax: ``"http-loopback"`` (plain http to this machine) or ``"private-address"``, for this issuer's keys.
        fetch: another transport for keys, see `authkit.keys.fetch.Fetch`.
        clock: gives the time in seconds since the epoch.

    Raises:
        ConfigError: names every fault.
    """

    per_request = False

    def __init__(
        self,
        *,
        issuer: str,
        audience: str | Collection[str],
        algorithms: Sequence[str] = ("RS256", "ES256"),
        leeway: float = 0,
        jwks: JWKS | None = None,
        source: Source = _AUTHORIZATION,
        typ: Collection[str] = ("JWT", "at+jwt"),
        principal: str = "sub",
        relax: Collection[str] = (),
        fetch: Fetch | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        relax_faults, issuer_faults = _relax_faults(relax), _issuer_faults(issuer, relax)
        faults = [
            *relax_faults,
            *issuer_faults,
            *_audience_faults(audience),
            *_algorithm_faults(algorithms),
            *_other_faults(leeway, typ, principal, source),
            *_callable_faults(fetch=fetch, clock=clock),
        ]
        relaxed = frozenset(() if relax_faults else relax)
        keys = None
        try:
            if jwks is not None or not issuer_faults:  # without keys of their own, they are wherever the issuer says
                keys = key_source(jwks, issuer=issuer, relax=relaxed, fetch=fetch)
        except ConfigError as fault:
            faults.append(str(fault))
        if faults or keys is None:
            raise ConfigError.of("JWTBearer", faults)
        self._keys = keys
        self._opener = Opener(algorithms=algorithms, types=[media_type(each) or "" for each in typ])
        self._rules = Rules(issuer, frozenset([audience] if isinstance(audience, str) else audience), leeway)
        self._source = source
        self._after_scheme = source == _AUTHORIZATION
        self._principal = principal
        self._clock = clock
        self.reads = (str(source),)

    def __call__(self, request: Request) -> Principal:
        """Return the principal of a request.

        Raises:
            Unauthenticated: the token is missing, repeated or bad.
            KeysUnavailable: the issuer's keys are out of reach.
        """
        value = read_one(self._source, request)
        claims = self.verify(_bearer(value) if self._after_scheme else value)
        subject = claims.get(self._principal)
        if not isinstance(subject, str) or not subject:
            code = "bad_claim_type" if self._principal in claims else "missing_claim"
            raise InvalidClaims(code, claim=self._principal, detail="the claim that names the principal must be a text")
        return Principal(subject, scopes=scopes_of(claims), claims=claims, expires_at=claims["exp"])

    def verify(self, token: str | bytes, *, at: float | None = None) -> Claims:
        """Return the claims of a token, which is given without the word Bearer.

        Args:
            token: the compact form.
            at: the time to judge it by, in seconds since the epoch; the clock's if None.

        Raises:
            Unauthenticated: it is bad; `Refused.code` says how, and the first fault in the order of checks wins.
            KeysUnavailable: the issuer's keys are out of reach.
        """
        envelope = self._opener.open(token)
        unverified = parse_object(envelope.payload)
        self._rules.check(unverified, self._clock() if at is None else at)
        header = envelope.header
        key = self._keys.find(header.kid, header.alg)
        key.verify(header.alg, envelope.signature, envelope.signed)
        self._opener.remember(envelope)
        if "cnf" in unverified:
            # RFC 7800: the token is only good together with a proof, and none is asked for here (RFC 9449 section 7.1).
            raise InvalidClaims(
                "proof_missing", claim="cnf", detail="the token is bound to a key; a bearer is not enough"
            )
        return Claims(unverified)

    def __repr__(self) -> str:
        return f"JWTBearer(issuer={self._rules.issuer!r}, audience={sorted(self._rules.audiences)!r})"


def scopes_of(claims: Mapping[str, Any]) -> frozenset[str]:
    """Return the scopes of a token: ``scope`` (RFC 8693 section 4.2), or ``scp`` as a text or a list.

    Raises:
        InvalidClaims: ``bad_claim_type``.
    """
    name = "scope" if "scope" in claims else "scp"
    value = claims.get(name, "")
    listed = value.split(" ") if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
        raise InvalidClaims("bad_claim_type", claim=name, detail="neither a text nor a list of texts")
    return frozenset(item for item in listed if item)


def _bearer(value: str) -> str:
    """RFC 9110 section 11.1: the scheme's case does not matter, and one blank or more follows it."""
    scheme, _, token = value.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated("invalid_request", claim="header.authorization", detail="the scheme is not Bearer")
    return token.lstrip(" ")


def _issuer_faults(issuer: object, relax: Collection[str]) -> list[str]:
    allowed = ("https://", "http://") if _is_several(relax) and "http-loopback" in relax else ("https://",)
    if not isinstance(issuer, str) or not issuer.startswith(allowed):
        return ["issuer must be an https URL, exactly as the tokens have it"]
    return []


def _audience_faults(audience: object) -> list[str]:
    several = [audience] if isinstance(audience, str) else audience
    if not _is_several(several) or not all(isinstance(each, str) and each for each in several):
        return ["audience must be a text that is not empty, or several: without it tokens for others would do"]
    return []


def _algorithm_faults(algorithms: object) -> list[str]:
    if not _is_several(algorithms):
        return ["algorithms must be a list that is not empty, as ['RS256']"]
    unknown = [alg for alg in algorithms if not isinstance(alg, str) or alg not in ALGORITHMS]
    return [f"algorithms {unknown}: only asymmetric ones are taken: {', '.join(ALGORITHMS)}"] if unknown else []


def _other_faults(leeway: object, typ: object, principal: object, source: object) -> list[str]:
    faults = []
    if isinstance(leeway, bool) or not isinstance(leeway, (int, float)) or not 0 <= leeway <= MOST_LEEWAY:
        faults.append(f"leeway must be 0 to {MOST_LEEWAY} seconds")
    if not _is_several(typ) or not all(media_type(each) for each in typ):
        faults.append("typ must be a list of types that is not empty, as ['at+jwt']")
    if not isinstance(principal, str) or not principal:
        faults.append("principal must be the name of a claim")
    if not isinstance(source, Source):
        faults.append("source must be a Header, Query or Cookie")
    return faults


def _callable_faults(**given: object) -> list[str]:
    return [f"{name} cannot be called" for name, each in given.items() if each is not None and not callable(each)]


def _relax_faults(relax: object) -> list[str]:
    if isinstance(relax, Collection) and not relax:
        return []
    if not _is_several(relax) or not all(isinstance(each, str) and each in RELAXATIONS for each in relax):
        return [f"relax holds only {', '.join(sorted(RELAXATIONS))}"]
    return []


def _is_several(value: object) -> TypeGuard[Collection[object]]:
    """A collection that is not empty; a text is one value, not several."""
    return isinstance(value, Collection) and not isinstance(value, (str, bytes)) and bool(value)
