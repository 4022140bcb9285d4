"""Terms: what is demanded of a token's claims, and of whoever sends it, whoever vouches for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import AuthkitError, BindingProblem, InvalidClaims, MissingClaim, Unavailable, Unforeseen
from ..principal import Principal
from ..tokens.claims import Claims
from ..tokens.rules import Rules

if TYPE_CHECKING:
    from ..gateway.request import Request
    from ..tokens.access import Demand

Revoked = Callable[[Claims], bool]
Check = Callable[[Claims], object]
"""Raises, or returns None."""


class Proof(Protocol):
    """Shows that whoever sends a bound token is the one it was given to."""

    member: str
    """What it proves: the member of ``cnf`` (RFC 7800)."""
    scheme: str
    """The authentication scheme the token comes under, in lower case."""
    reads: tuple[str, ...]
    per_request: bool

    def __call__(self, request: Request, token: str, confirmation: str) -> object:
        """Raise `BindingProblem`, or return None."""


class Accepted:
    """What a token says, after its issuer has vouched for it and the rules have been kept.

    Args:
        terms: what it was held to.
        said: its claims. They are taken over as they are.
        scopes: those among them.
        vouched: where a signature vouches for it, the policy, the header and the key that it was judged by.
    """

    __slots__ = ("_principal", "claims", "said", "scopes", "terms", "vouched")

    def __init__(self, terms: Terms, said: dict[str, Any], scopes: frozenset[str], vouched: Any = None) -> None:
        self.terms = terms
        self.said = said
        self.scopes = scopes
        self.vouched = vouched
        self.claims = Claims.of(said)
        self._principal: Principal | None = None

    @property
    def principal(self) -> Principal:
        """Return the principal, made once: it is immutable, and a function of the claims alone."""
        if self._principal is None:
            terms, said = self.terms, self.said
            # Past the constructor, which would ask once more what `Rules.check_rest` has seen to.
            told = (said[terms.rules.principal], self.scopes, self.claims, None, said.get("exp"))
            principal = tuple.__new__(Principal, told)
            self._principal = _ending(principal, terms.require) if terms.require else principal
        return self._principal


def _ending(principal: Principal, require: Iterable[Demand]) -> Principal:
    """Return a principal that ends with its token, or with a demand that is met no longer than that."""
    ends = [principal.expires_at, *(demand.ends(principal) for demand in require)]
    return principal._replace(expires_at=min((end for end in ends if end is not None), default=None))


class Terms:
    """What is demanded of one issuer's tokens, beyond what proves that they are its own.

    Args:
        rules: what their claims must say.
        checks: each looks at the claims and raises, or returns nothing.
        require: what the principal must hold.
        proofs: how a bound token is proved.
        unbound: whether tokens bound to nothing are taken, although ``proofs`` are there.
        revoked: tells whether a token was taken back.
        alias: what logs and metrics call the issuer; empty: its ``iss``.
    """

    __slots__ = ("alias", "asks", "checks", "proofs", "require", "revoked", "rules", "unbound")

    def __init__(
        self,
        rules: Rules,
        *,
        checks: tuple[Check, ...] = (),
        require: tuple[Demand, ...] = (),
        proofs: tuple[Proof, ...] = (),
        unbound: bool = False,
        revoked: Revoked | None = None,
        alias: str = "",
    ) -> None:
        self.rules, self.alias = rules, alias
        self.checks, self.require, self.revoked = checks, require, revoked
        self.proofs, self.unbound = proofs, unbound
        self.asks = bool(checks or require or revoked)  # whether `admit` has anything to do

    def admit(self, accepted: Accepted) -> None:
        """Run what may say otherwise today than yesterday: checks, demands, revocation. For each use of a token.

        Raises:
            Refused: by a check; or ``revoked``.
            InsufficientAccess: a demand is not met.
            Unavailable: ``revocation_unavailable``.
        """
        try:
            for check in self.checks:
                _demand_none(check(accepted.claims), "a check raises, or returns None")
            for demand in self.require:
                demand.enforce(accepted.principal)
            revoked = self.revoked is not None and _ask(self.revoked, accepted.claims)
        except MissingClaim as fault:  # of a route it means that it is not granted; here, that the token is not ours
            raise InvalidClaims("missing_claim", claim=fault.claim, detail="a check asks for it") from None
        if revoked:
            raise BindingProblem("revoked", detail="it was taken back")

    def prove(self, accepted: Accepted, request: Request, scheme: str | None, token: str) -> None:
        """Hold a request to what its token is bound to.

        Args:
            accepted: the token's claims.
            request: what it came with.
            scheme: the authentication scheme it came under, in lower case; None where its source has none.
            token: as it was sent.

        Raises:
            BindingProblem: it is not proved, or comes under the wrong scheme.
            Unavailable: a proof cannot be judged now.
        """
        bound = accepted.said.get("cnf", {})
        due = [proof for proof in self.proofs if proof.member in bound]
        if not due and self.proofs and not self.unbound:
            raise BindingProblem("proof_missing", claim="cnf", detail="a token that is bound to nothing is not taken")
        # RFC 9449 section 7.1 and 7.2: a bound token may not be used as a bearer, nor another one as a bound one.
        expected = "dpop" if any(proof.scheme == "dpop" for proof in due) else "bearer"
        if scheme is not None and scheme != expected:
            code = "proof_missing" if expected == "dpop" else "proof_invalid"
            raise BindingProblem(code, claim="header.authorization", detail=f"this token comes under {expected}")
        for proof in due:
            _demand_none(proof(request, token, bound[proof.member]), "a proof raises, or returns None")

    def explain(self) -> list[str]:
        """Say in lines what is demanded."""
        rules = self.rules
        audience = "any" if rules.audiences is None else ", ".join(sorted(rules.audiences))
        lines = [f"  audience {audience}; principal {rules.principal}; leeway {rules.leeway:g} s"]
        for name, allowed in rules.exact:
            lines.append(f"  {name} is {' or '.join(sorted(str(value) for _, value in allowed))}")
        for word, given in (
            ("needs", rules.required),
            ("refuses", sorted(rules.absent)),
            ("checks", [name_of(check) for check in self.checks]),
            ("requires", self.require),
        ):
            if given:
                lines.append(f"  {word} {', '.join(map(str, given))}")
        for name, seconds in (("max_age", rules.max_age), ("max_lifetime", rules.max_lifetime)):
            if seconds is not None:
                lines.append(f"  {name} {seconds:g} s")
        bound = " or ".join(proof.member for proof in self.proofs)
        return [*lines, f"  bound by {bound}"] if bound else lines


def optional_places(several: Iterable[Terms], token: str) -> tuple[str, ...]:
    """Return what proofs read that a good request may lack: its token is bound to nothing, or by another proof.

    Args:
        several: the terms of each issuer.
        token: where the token is, which no request may lack.
    """
    listed = tuple(several)
    read = dict.fromkeys(place for each in listed for proof in each.proofs for place in proof.reads)
    demanded = [each.proofs[0].reads if len(each.proofs) == 1 and not each.unbound else () for each in listed]
    return tuple(place for place in read if place != token and not all(place in places for places in demanded))


def _demand_none(result: object, rule: str) -> None:
    """What returns False, or a coroutine that has not run, means to refuse, and would be ignored."""
    if result is not None:
        raise Unforeseen(f"{rule}; it returned {type(result).__name__}")


def name_of(check: object) -> str:
    """Name a callable without its repr, which could show a secret it was given."""
    return str(getattr(check, "__name__", type(check).__name__)).strip("_")


def _ask(revoked: Revoked, claims: Claims) -> bool:
    """Fail closed, and loud: a list that cannot be read neither lets the token pass nor condemns it."""
    try:
        answer = revoked(claims)
    except AuthkitError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the hook's store raises when it is down
        raise Unavailable("revocation_unavailable", detail=f"the hook raised {type(error).__name__}") from None
    if type(answer) not in (bool, int):  # nothing, or what has not run yet: neither is an answer
        detail = f"the hook answered with {type(answer).__name__}, not with true or false"
        raise Unavailable("revocation_unavailable", detail=detail)
    return bool(answer)
