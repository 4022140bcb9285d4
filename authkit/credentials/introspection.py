"""Bearer tokens that only their server can read: introspection (RFC 7662)."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, Literal

from ..errors import (
    AuthkitError,
    BindingProblem,
    ConfigError,
    InvalidClaims,
    Unavailable,
)
from ..gateway.sources import Header, Source, read_one
from ..principal import Principal
from ..tokens.claims import Claims
from ..tokens.opaque import demand_access_token, demand_b64token
from ..tokens.types import check_types, demand_issuer
from .answers import Answer
from .client_secret import CODE
from .introspection_settings import RELAXATIONS, IntrospectionSettings
from .scheme import parted, schemes_of, taken
from .terms import Accepted, Check, Proof, Revoked, optional_places

if TYPE_CHECKING:
    from ..gateway.request import Request
    from ..keys.fetch import Post
    from ..stores.source import SecretSource
    from ..tokens.access import Demand

_AUTHORIZATION = Header("authorization")


class Introspection:
    """Authenticate an opaque bearer token by asking the server that issued it.

    >>> Introspection(
    ...     url="https://idp.example.com/oauth2/introspect",
    ...     client_id="orders-api",
    ...     client_secret=secret,
    ...     audience="https://api.example.com",
    ... )

    Its server sees every token once in ``cache_seconds``, and a token that was taken back passes as long. The last one
    that passed is held in memory: when others make the server fail, it is asked about that one, to tell whether it is
    down or they are at fault.

    Args:
        url: the introspection endpoint.
        client_id, client_secret: our own credentials there. The secret is a text, a source, as ``secrets.manager(…)`` or
            ``secrets.at(…)``, or a callable that is asked at each use. Of a source's values the newest is shown. Where
            the server takes it for none of ours (401), the source is asked anew, at most once in its interval, and
            the server once more with another value, which is then the one that is shown.
        audience: the ``aud`` that is us, or several of which one must be there; or `ANY_AUDIENCE`, best together with
            ``claims={"client_id": …}`` and ``required={"token_type"}``: refresh tokens have no audience either.
        issuer: the exact ``iss`` that answers must have; None: none is asked for.
        auth: whether our credentials go into the Authorization header or into the form. In the header they are
            form-encoded, as RFC 6749 section 2.3.1 has it; a server that does not decode them takes them by ``"post"``.
        token_type_hint: what to tell the server about the token's kind; None: nothing.
        source: where the token is. In ``Authorization`` it follows the scheme; elsewhere it stands alone.
        principal: the member of the answer that becomes the principal's id.
        scopes: the members that hold scopes, all of which count.
        required: members that must be there.
        claims: exact values that members must have: ``{"client_id": {"web", "app"}}``.
        checks: callables that take the answer and raise `InvalidClaims` or `Forbidden`.
        require: what the principal must hold, as ``any_scope("orders:read")``.
        proofs: how bound tokens are proved, as ``DPoP()``. With one of them only bound tokens are taken.
        revoked: takes the answer and tells whether the token was taken back; asked for remembered ones too.
        cache_seconds: how long an answer may be remembered, if the token does not end sooner; 0: not at all.
        entries: how many answers are remembered, and as many refusals apart from them.
        leeway: seconds by which clocks may differ, at most 300.
        timeout: seconds for all of one answer.
        relax: ``"http-loopback"``, ``"private-address"`` or ``"unbound-token"``.
        alias: what logs and metrics call the issuer: a text of at most 64 characters. Empty: they say its ``iss``.
        post: another transport, see `authkit.keys.fetch.Post`.
        clock, monotonic, jitter: the time in seconds since the epoch, a clock for pauses, and randomness in [0, 1).

    Raises:
        ConfigError: names every fault.
    """

    def __init__(
        self,
        *,
        url: str,
        client_id: str,
        client_secret: str | bytes | SecretSource | Callable[[], str],
        audience: Any,
        issuer: str | None = None,
        auth: Literal["basic", "post"] = "basic",
        token_type_hint: str | None = "access_token",  # noqa: S107 - a kind of token
        source: Source = _AUTHORIZATION,
        principal: str = "sub",
        scopes: Collection[str] = ("scope",),
        required: Collection[str] = (),
        claims: Mapping[str, Any] = {},
        checks: Collection[Check] = (),
        require: Collection[Demand] = (),
        proofs: Collection[Proof] = (),
        revoked: Revoked | None = None,
        cache_seconds: float = 60,
        entries: int = 1000,
        leeway: float = 0,
        timeout: float = 2.0,
        relax: Collection[str] = (),
        alias: str = "",
        post: Post | None = None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._assemble(IntrospectionSettings(**{name: value for name, value in locals().items() if name != "self"}))

    def _assemble(self, given: IntrospectionSettings) -> None:
        faults = given.faults()
        if faults:
            raise ConfigError.of("Introspection", faults)
        self._endpoint = given.endpoint()
        self._answers = given.answers()
        self._terms = given.terms()
        self._issuer = given.issuer
        self._source = given.source
        self._after_scheme = given.source == _AUTHORIZATION
        self._schemes = schemes_of(given.proofs)
        self.takes = taken(str(given.source), self._schemes if self._after_scheme else ())
        self._told = frozenset(given.claims)
        self._clock = given.clock
        self._relaxed = given.relaxed()
        places = (place for proof in given.proofs for place in proof.reads)
        self.reads = tuple(dict.fromkeys([str(given.source), *places]))
        self.optional = optional_places([self._terms], str(given.source))
        self.per_request = any(proof.per_request for proof in given.proofs)

    def __call__(self, request: Request) -> Principal:
        """Return the principal of a request.

        Raises:
            Unauthenticated: the token is missing, repeated or bad.
            Forbidden: it does not reach far enough.
            Unavailable: the server cannot be asked, or does not answer as it must.
        """
        value = read_one(self._source, request)
        scheme, token = (
            parted(value, self._schemes, bare=request.kind == "appsync") if self._after_scheme else (None, value)
        )
        active = self._active(token, self._clock())
        if self._terms.alias:
            request.notes["issuer"] = self._terms.alias
        self._terms.admit(active)
        if self._terms.proofs:
            self._terms.prove(active, request, scheme, token)
        return active.principal

    def verify(self, token: str | bytes, *, at: float | None = None) -> Claims:
        """Return what the server says of a token, which is given without the word Bearer.

        Args:
            token: the token.
            at: the time to judge the answer by, in seconds since the epoch; the clock's if None.

        Raises:
            Unauthenticated: it is bad; `Refused.code` says how.
            Forbidden: it does not reach far enough.
            Unavailable: the server cannot be asked, or does not answer as it must.
        """
        active = self._active(token, self._clock() if at is None else at)
        self._terms.admit(active)
        if "cnf" in active.said:
            raise BindingProblem("proof_missing", claim="cnf", detail="its proof comes with a request: call with that")
        if self._terms.proofs and not self._terms.unbound:
            raise BindingProblem("proof_missing", claim="cnf", detail="a token that is bound to nothing is not taken")
        return active.claims

    async def averify(self, token: str | bytes, *, at: float | None = None) -> Claims:
        """Return what `verify` does, from a thread, so that asking the server does not hold up the loop."""
        from asyncio import to_thread

        return await to_thread(self.verify, token, at=at)

    def explain(self) -> str:
        """Say in words who is asked, what is demanded and what is relaxed."""
        lines = [
            f"reads {', '.join(self.reads)}; answers {'may not' if self.per_request else 'may'} be cached",
            f"asks {self._endpoint!r}; {self._answers!r}",
            f"issuer {self._issuer or 'any'}",
            *self._terms.explain(),
        ]
        return "\n".join([*lines, *(f"relaxed: {name}: {RELAXATIONS[name]}" for name in sorted(self._relaxed))])

    def _active(self, token: str | bytes, now: float) -> Accepted:
        """Return what is said of a token that is active and to our liking; each use of an answer is judged anew."""
        text = demand_b64token(token)
        known = self._answers.get(text)
        answer = known or self._endpoint.ask(text)
        try:
            active = self._judged(answer, now)
        except AuthkitError:
            if known is None:
                self._answers.put(text, answer, passed=False)
            raise
        if known is None:
            self._answers.put(text, answer, passed=True)
            self._endpoint.passed(text)
        return active

    def _judged(self, answer: Answer, now: float) -> Accepted:
        if answer.fault:
            raise Unavailable(CODE, detail=answer.fault)
        said = answer.said
        if said is None:
            raise BindingProblem("inactive", detail="the server does not know the token, or no longer takes it")
        check_types(said)
        if self._issuer is not None and demand_issuer(said) != self._issuer:
            raise InvalidClaims("issuer_mismatch", claim="iss", detail=f"expected exactly {self._issuer}")
        demand_access_token(said, schemes=self._schemes, told=self._told)
        self._terms.rules.check(said, now)
        return Accepted(self._terms, dict(said), self._terms.rules.check_rest(said))

    def __repr__(self) -> str:
        return f"Introspection({self._endpoint!r})"
