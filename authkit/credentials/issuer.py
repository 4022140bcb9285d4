"""IssuerPolicy: what is demanded of one issuer's tokens, and the keys they are signed with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ..errors import AuthkitError, BindingProblem, InvalidClaims, InvalidHeader, KeyProblem, Unavailable
from ..keys.verify import check_signature
from ..principal import Principal
from ..tokens.claims import Claims
from ..tokens.jws import Envelope, Header, alg_fault, typ_fault
from ..tokens.rules import TENANT, Rules, mismatch, scopes_of

if TYPE_CHECKING:
    from ..gateway.request import Request
    from ..tokens.access import Demand

Revoked = Callable[[Claims], bool]
Check = Callable[[Claims], None]


class Proof(Protocol):
    """Shows that whoever sends a bound token is the one it was given to."""

    member: str
    """What it proves: the member of ``cnf`` (RFC 7800)."""
    scheme: str
    """The authentication scheme the token comes under, in lower case."""
    reads: tuple[str, ...]
    per_request: bool

    def __call__(self, request: Request, token: str, confirmation: str) -> None:
        """Raise `BindingProblem`, or return nothing."""


class Verified:
    """A token whose signature and claims are good, and what they were judged by."""

    __slots__ = ("_principal", "claims", "header", "key", "policy", "said", "scopes")

    def __init__(
        self, policy: IssuerPolicy, header: Header, key: Any, said: dict[str, Any], scopes: frozenset[str]
    ) -> None:
        self.policy = policy
        self.header = header
        self.key = key
        self.said = said
        self.scopes = scopes
        self.claims = Claims(said)
        self._principal: Principal | None = None

    @property
    def principal(self) -> Principal:
        """Return the principal, made once: it is immutable, and a function of the claims alone."""
        if self._principal is None:
            self._principal = self.policy.principal(self.said, self.claims, self.scopes)
        return self._principal


class IssuerPolicy(NamedTuple):
    """What is demanded of one issuer's tokens.

    Args:
        rules: what their claims must say.
        keys: finds the key a token names.
        algorithms, types: the ``alg`` and ``typ`` values allowed.
        header: exact values that further header members must have.
        checks: each looks at the verified claims and raises, or returns nothing.
        require: what the principal must hold.
        proofs: how a bound token is proved.
        unbound: whether tokens bound to nothing are taken, although ``proofs`` are there.
        revoked: tells whether a token was taken back.
        duplicates: whether a claim may stand twice.
    """

    rules: Rules
    keys: Any
    algorithms: frozenset[str]
    types: frozenset[str]
    header: Mapping[str, frozenset[str]]
    checks: tuple[Check, ...]
    require: tuple[Demand, ...]
    proofs: tuple[Proof, ...]
    unbound: bool
    revoked: Revoked | None
    duplicates: bool

    @property
    def name(self) -> str:
        """Return the issuer as it was given: one text, or the template."""
        return self.rules.template.text if self.rules.template else ", ".join(sorted(self.rules.issuers))

    @property
    def names(self) -> tuple[str, ...]:
        """Return each text that chooses this policy."""
        return (self.rules.template.text,) if self.rules.template else tuple(self.rules.issuers)

    @property
    def audience(self) -> str:
        """Return the audiences in words."""
        return "any" if self.rules.audiences is None else repr(sorted(self.rules.audiences))

    def demand_header(self, header: Header) -> None:
        """Hold a header, already found good for one of several issuers, to the rules of this one.

        Raises:
            InvalidHeader: ``alg_not_allowed``, ``bad_typ``.
            InvalidClaims: ``client_mismatch`` or ``custom_check_failed``, for a further member.
        """
        if header.alg not in self.algorithms:
            raise alg_fault(self.algorithms)
        if header.typ not in self.types:
            raise typ_fault(self.types)
        for name, allowed in self.header.items():
            value = header.members.get(name)
            if not isinstance(value, str):
                raise InvalidHeader("header_param_missing", claim=name, detail="tokens of this issuer have it")
            if value not in allowed:
                code = "client_mismatch" if name == "client" else mismatch(name)
                raise InvalidClaims(code, claim=name, detail=f"expected {', '.join(sorted(allowed))}")

    def verify(self, envelope: Envelope, unverified: dict[str, Any]) -> Verified:
        """Check the signature, and what it vouches for; only this makes a `Verified`.

        Raises:
            KeyProblem, BadSignature, KeysUnavailable: as `check_signature` has them.
            InvalidClaims, BindingProblem: as `Rules.check_rest` has them.
        """
        key = check_signature(envelope, self.keys)
        self._demand_issuer_of(key, unverified)
        return Verified(self, envelope.header, key, unverified, self.rules.check_rest(unverified))

    def still_holds(self, verified: Verified, now: float) -> bool:
        """Tell whether a token verified before would verify again, all but its signature.

        Raises:
            InvalidClaims: its time is over.
            KeyProblem, KeysUnavailable: its key is no longer to be had.
        """
        self.rules.check_times(verified.said, now)
        header, known = verified.header, verified.key
        key = self.keys.find(header.kid, header.alg)
        return key is known or key.identity == known.identity

    def admit(self, verified: Verified) -> None:
        """Run what may say otherwise today than yesterday: checks, demands, revocation. For each use of a token.

        Raises:
            Refused: by a check; or ``revoked``.
            InsufficientAccess: a demand is not met.
            Unavailable: ``revocation_unavailable``.
        """
        for check in self.checks:
            check(verified.claims)
        for demand in self.require:
            demand.enforce(verified.principal)
        if self.revoked is not None and _ask(self.revoked, verified.claims):
            raise BindingProblem("revoked", detail="it was taken back")

    def prove(self, verified: Verified, request: Request, scheme: str | None, token: str) -> None:
        """Hold a request to what its token is bound to.

        Args:
            verified: the token's claims.
            request: what it came with.
            scheme: the authentication scheme it came under, in lower case; None where its source has none.
            token: as it was sent.

        Raises:
            BindingProblem: it is not proved, or comes under the wrong scheme.
            Unavailable: a proof cannot be judged now.
        """
        bound = verified.said.get("cnf", {})
        due = [proof for proof in self.proofs if proof.member in bound]
        if not due and self.proofs and not self.unbound:
            raise BindingProblem("proof_missing", claim="cnf", detail="a token that is bound to nothing is not taken")
        # RFC 9449 section 7.1 and 7.2: a bound token may not be used as a bearer, nor another one as a bound one.
        expected = "dpop" if any(proof.scheme == "dpop" for proof in due) else "bearer"
        if scheme is not None and scheme != expected:
            code = "proof_missing" if expected == "dpop" else "proof_invalid"
            raise BindingProblem(code, claim="header.authorization", detail=f"this token comes under {expected}")
        for proof in due:
            proof(request, token, bound[proof.member])

    def principal(self, said: Mapping[str, Any], claims: Claims, scopes: frozenset[str] | None = None) -> Principal:
        """Return the principal the claims describe. Its end is the token's, or that of a demand which ends sooner."""
        scopes = scopes_of(said, self.rules.scopes) if scopes is None else scopes
        name, end = said[self.rules.principal], said.get("exp")
        principal = Principal(name, scopes=scopes, claims=claims, expires_at=end)
        if not self.require:
            return principal
        ends = [each for demand in self.require if (each := demand.ends(principal)) is not None]
        end = min([*ends, *([] if end is None else [end])], default=None)
        return Principal(name, scopes=scopes, claims=claims, expires_at=end)

    def explain(self) -> list[str]:
        """Say in lines what is demanded."""
        rules = self.rules
        lines = [
            f"issuer {self.name}",
            f"  algorithms {', '.join(sorted(self.algorithms))}; typ {', '.join(sorted(self.types))}; keys {self.keys!r}",
            f"  audience {self.audience}; principal {rules.principal}; leeway {rules.leeway:g} s",
        ]
        for name, allowed in rules.exact:
            lines.append(f"  {name} is {' or '.join(sorted(str(value) for _, value in allowed))}")
        for word, given in (("needs", rules.required), ("refuses", sorted(rules.absent)), ("requires", self.require)):
            if given:
                lines.append(f"  {word} {', '.join(map(str, given))}")
        for name, seconds in (("max_age", rules.max_age), ("max_lifetime", rules.max_lifetime)):
            if seconds is not None:
                lines.append(f"  {name} {seconds:g} s")
        bound = " or ".join(proof.member for proof in self.proofs)
        return [*lines, f"  bound by {bound}"] if bound else lines

    def _demand_issuer_of(self, key: Any, unverified: Mapping[str, Any]) -> None:
        """A set that serves many tenants says of each key whose tokens it signs (Entra's ``issuer`` of a JWK)."""
        issuer = getattr(key, "issuer", None)
        if issuer is not None and issuer.replace(TENANT, str(unverified.get("tid", ""))) != unverified["iss"]:
            raise KeyProblem("key_use_mismatch", claim="kid", detail="the key signs tokens of another issuer")


def _ask(revoked: Revoked, claims: Claims) -> bool:
    """Fail closed, and loud: a list that cannot be read neither lets the token pass nor condemns it."""
    try:
        return bool(revoked(claims))
    except AuthkitError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the hook's store raises when it is down
        raise Unavailable("revocation_unavailable", detail=f"the hook raised {type(error).__name__}") from None
