"""Bearer tokens that are JWTs (RFC 6750, RFC 7519, RFC 8725), of one issuer or of several."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import BindingProblem
from ..gateway.sources import Header, Source, read_one
from ..principal import Principal
from ..tokens.claims import Claims
from .issuer import IssuerPolicy
from .policy import policy_of
from .scheme import parted, schemes_of, taken
from .settings import RELAXATIONS, TIGHTENINGS, Settings
from .terms import Check, Proof, Revoked, optional_places
from .verifier import Verifier

if TYPE_CHECKING:
    from ..gateway.request import Request
    from ..keys.fetch import Fetch
    from ..keys.source import JWKS
    from ..tokens.access import Demand
    from ..tokens.cache import TokenCache

_AUTHORIZATION = Header("authorization")


class JWTBearer:
    """Authenticate a bearer JWT and make its subject the principal.

    >>> JWTBearer(issuer="https://idp.example.com/", audience="https://api.example.com")

    Args:
        issuer: the exact ``iss``, and where discovery begins if ``jwks`` is not given. Several spellings of one issuer
            may be given, or one template that holds ``{tenantid}``, together with ``tenants``.
        audience: the ``aud`` that is us, or several of which one must be there; or `ANY_AUDIENCE`.
        algorithms: the ``alg`` values allowed. By default RS256 and ES256; with a ``secret`` HS256.
        leeway: seconds by which clocks may differ, at most 300.
        jwks: where the keys are: a URL of a JWKS or of the issuer's metadata, a mapping, a file packed with the
            function, a key source. None: discovery below the issuer, whose metadata may name any public host; the URL
            of a JWKS pins the place: no metadata is asked, and none can move it.
        secret: what HMAC tokens are checked with instead: bytes, a text, a JWK, or several by ``kid``.
        source: where the token is. In ``Authorization`` it follows the scheme; elsewhere it stands alone.
        typ: the ``typ`` values allowed (RFC 8725 section 3.11); a token without one counts as ``JWT``.
        header: exact values that further header members must have.
        claims: exact values that claims must have: ``{"token_use": "access", "client_id": {"web", "app"}}``.
        required, absent: claims that must be there, and claims that may not.
        tenants: the tenants' ids that fill the template, or `ANY_TENANT`.
        principal: the claim that becomes the principal's id.
        scopes: the claims that hold scopes, all of which count.
        max_age, max_lifetime: seconds since ``iat``, and from ``iat`` to ``exp``.
        checks: callables that take the verified claims and raise `InvalidClaims` or `Forbidden`.
        require: what the principal must hold, as ``any_scope("orders:read")`` or ``logged_in_within(900)``.
        proofs: how bound tokens are proved, as ``DPoP()``. With one of them only bound tokens are taken.
        revoked: takes the verified claims and tells whether the token was taken back.
        cache: remember verified tokens. Off by default: the gateway keeps whole answers.
        relax: what is allowed beyond the rules, by name; see `authkit.credentials.settings.RELAXATIONS`.
        tighten: what is demanded beyond them, by name: ``"x5c-agrees"``, that a key which the issuer publishes with a
            certificate is that certificate's (no chain is validated); ``"x5-refused"``, that no token's header names one.
        alias: what logs and metrics call the issuer: a text of at most 64 characters. Empty: they say its ``iss``.
        fetch: another transport for keys, see `authkit.keys.fetch.Fetch`.
        bundle: a file of keys packed with the function, to begin with while ``jwks`` has not been fetched.
        store: shares fetched keys between execution environments, see `authkit.keys.store.KeyStore`.
        timing: how long keys live and fetches may take, see `authkit.keys.remote.Timing`.
        on_event: is told what happens to keys; by default what somebody should look at is logged.
        clock: gives the time in seconds since the epoch.

    Raises:
        ConfigError: names every fault.
    """

    def __init__(
        self,
        *,
        issuer: str | Sequence[str],
        audience: Any,
        algorithms: Sequence[str] | None = None,
        leeway: float = 0,
        jwks: JWKS | None = None,
        secret: Any = None,
        source: Source = _AUTHORIZATION,
        typ: Collection[str] = ("JWT", "at+jwt"),
        header: Mapping[str, Any] = {},
        claims: Mapping[str, Any] = {},
        required: Collection[str] = (),
        absent: Collection[str] = (),
        tenants: Any = None,
        principal: str = "sub",
        scopes: Collection[str] = ("scope", "scp"),
        max_age: float | None = None,
        max_lifetime: float | None = None,
        checks: Collection[Check] = (),
        require: Collection[Demand] = (),
        proofs: Collection[Proof] = (),
        revoked: Revoked | None = None,
        cache: TokenCache | None = None,
        relax: Collection[str] = (),
        tighten: Collection[str] = (),
        alias: str = "",
        fetch: Fetch | None = None,
        bundle: Any = None,
        store: Any = None,
        timing: Any = None,
        on_event: Callable[[Any], None] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        given = Settings(**{name: value for name, value in locals().items() if name != "self"})
        self._assemble([policy_of(given)], given._replace(secret=None))  # kept where it is used, and nowhere else

    @classmethod
    def joined(cls, policies: Sequence[IssuerPolicy], given: Settings) -> JWTBearer:
        """Return one bearer for several policies; `by_issuer` has seen to it that they go together."""
        bearer = cls.__new__(cls)
        bearer._assemble(policies, given)
        return bearer

    def _assemble(self, policies: Sequence[IssuerPolicy], given: Settings) -> None:
        self.policies = tuple(policies)
        self.given = given
        self._source = given.source
        self._after_scheme = given.source == _AUTHORIZATION
        self._clock = given.clock
        self._verifier = Verifier(
            self.policies,
            padding="padding" in given.relaxed(),
            certificates="x5-refused" not in given.tightened(),
            cache=given.cache,
        )
        self._accepted = self._verifier.accepted
        proofs = [proof for each in policies for proof in each.terms.proofs]
        self.reads = tuple(dict.fromkeys([str(given.source), *(place for proof in proofs for place in proof.reads)]))
        self.optional = optional_places((each.terms for each in policies), str(given.source))
        self.per_request = any(proof.per_request for proof in proofs)
        self._schemes = schemes_of(proofs)
        self.takes = taken(str(given.source), self._schemes if self._after_scheme else ())

    def __call__(self, request: Request) -> Principal:
        """Return the principal of a request.

        Raises:
            Unauthenticated: the token is missing, repeated or bad.
            Forbidden: it does not reach far enough.
            Unavailable: the issuer's keys, or what else must be asked, are out of reach.
        """
        value = read_one(self._source, request)
        scheme, token = (
            parted(value, self._schemes, bare=request.kind == "appsync") if self._after_scheme else (None, value)
        )
        accepted = self._accepted(token, self._clock(), request.notes)
        terms = accepted.terms
        if terms.alias:
            request.notes["issuer"] = terms.alias
        if terms.asks:
            terms.admit(accepted)
        if terms.proofs or scheme == "dpop":
            terms.prove(accepted, request, scheme, token)
        return accepted.principal

    def verify(self, token: str | bytes, *, at: float | None = None) -> Claims:
        """Return the claims of a token, which is given without the word Bearer.

        Args:
            token: the compact form.
            at: the time to judge it by, in seconds since the epoch; the clock's if None.

        Raises:
            Unauthenticated: it is bad; `Refused.code` says how, and the first fault in the order of checks wins.
            Forbidden: it does not reach far enough.
            Unavailable: the issuer's keys, or what else must be asked, are out of reach.
        """
        accepted = self._accepted(token, self._clock() if at is None else at, {})
        terms = accepted.terms
        if terms.asks:
            terms.admit(accepted)
        if "cnf" in accepted.said or (terms.proofs and not terms.unbound):
            raise BindingProblem("proof_missing", claim="cnf", detail="its proof comes with a request: call with that")
        return accepted.claims

    async def averify(self, token: str | bytes, *, at: float | None = None) -> Claims:
        """Return the claims of a token as `verify` does, from a thread, so that a fetch does not hold up the loop."""
        from asyncio import to_thread

        return await to_thread(self.verify, token, at=at)

    def prefetch(self) -> bool:
        """Have the keys ready before the first request, in the function's init phase, and tell whether they are.

        Never raises: an issuer that is down must not keep a function from starting. Keys that are given need nothing.
        """
        fetched = [each.keys.prefetch() for each in self.policies if hasattr(each.keys, "prefetch")]
        return all(fetched)

    def explain(self) -> str:
        """Say in words what is demanded and what is relaxed, one issuer after another."""
        lines = [f"reads {', '.join(self.reads)}; answers {'may not' if self.per_request else 'may'} be cached"]
        for policy in self.policies:
            lines += policy.explain()
        lines += [f"relaxed: {name}: {RELAXATIONS[name]}" for name in sorted(self.given.relaxed())]
        lines += [f"tightened: {name}: {TIGHTENINGS[name]}" for name in sorted(self.given.tightened())]
        return "\n".join(lines)

    def _names(self) -> list[str]:
        return [name for each in self.policies for name in each.names]

    def __repr__(self) -> str:
        if not hasattr(self, "policies"):  # its construction has failed
            return "JWTBearer()"
        if len(self.policies) > 1:
            return f"JWTBearer(issuers={self._names()!r})"
        audiences = self.policies[0].terms.rules.audiences
        shown = "any" if audiences is None else sorted(audiences)
        return f"JWTBearer(issuer={', '.join(self._names())!r}, audience={shown})"
