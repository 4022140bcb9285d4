"""Verifier: a token judged by the policy of the issuer that it names, or remembered from before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import InvalidClaims, MalformedToken
from ..keys.verify import check_signature
from ..tokens.jws import CERTIFICATES, Envelope, Opener
from ..tokens.strictjson import parse_object
from ..tokens.types import check_types, demand_issuer
from .issuer import IssuerPolicy
from .terms import Accepted

if TYPE_CHECKING:
    from ..tokens.cache import Remembered, TokenCache

Notes = dict[str, str]


class Verifier:
    """Judges tokens of one issuer or of several.

    Args:
        policies: what is demanded of each issuer's tokens.
        padding: whether segments may end in the ``=`` that base64url leaves out.
        certificates: whether a token's header may name a certificate.
        cache: how many verified tokens are remembered, and for how long; None: none.
    """

    __slots__ = ("_by_issuer", "_lenient", "_opener", "_policies", "_remembered", "_several", "_templates", "accepted")

    accepted: Callable[[str | bytes, float, Notes], Accepted]
    """Returns what a good token says at a time, in seconds since the epoch, and notes for the log by which key.

    Raises:
        Unauthenticated: it is bad; the first fault in the order of jwt.md 4.0 wins.
        Unavailable: the issuer's keys are out of reach.
    """

    def __init__(
        self, policies: Sequence[IssuerPolicy], *, padding: bool, certificates: bool, cache: TokenCache | None
    ) -> None:
        self._policies = policies
        self._several = len(policies) > 1
        self._opener = Opener(
            algorithms={alg for each in policies for alg in each.algorithms},
            types={typ for each in policies for typ in each.types},
            refused=() if certificates else CERTIFICATES,
            padding=padding,
        )
        self._by_issuer = {issuer: each for each in policies for issuer in each.terms.rules.issuers}
        self._templates = tuple(each for each in policies if each.terms.rules.template is not None)
        self._lenient = any(each.duplicates for each in policies)
        self._remembered: Remembered[Accepted] | None = None if cache is None else _memory(cache)
        self.accepted = self._judged if cache is None else self._recalled

    def _recalled(self, token: str | bytes, now: float, notes: Notes) -> Accepted:
        """Return a token that is remembered and would still be good, or verify it."""
        remembered: Any = self._remembered
        digest = remembered.digest(token)
        known = remembered.get(digest, now)
        if known is not None:
            policy, header, key = known.vouched
            if policy.still_holds(known.said, header, key, now):
                notes["kid"], notes["cache"] = header.kid or "", "hit"
                return known  # type: ignore[no-any-return]
        notes["cache"] = "miss"
        accepted = self._judged(token, now, notes)
        remembered.put(digest, accepted, now)
        return accepted

    def _judged(self, token: str | bytes, now: float, notes: Notes) -> Accepted:
        """Verify a token, in the order of jwt.md 4.0."""
        envelope = self._opener.open(token)
        unverified, duplicate = self._parsed(envelope) if self._lenient else (parse_object(envelope.payload), None)
        check_types(unverified)
        issuer = unverified.get("iss")
        policy = self._by_issuer.get(issuer) if type(issuer) is str else None
        if policy is None:
            policy = self._chosen(unverified)
        if duplicate is not None and not policy.duplicates:
            raise duplicate
        header = envelope.header
        if self._several or policy.header:
            policy.demand_header(header)
        terms = policy.terms
        rules = terms.rules
        rules.check(unverified, now)
        key = check_signature(envelope, policy.keys)
        if getattr(key, "issuer", None) is not None:  # a secret's, and a key of the caller's own making, name none
            policy.demand_own(key, unverified)
        scopes = rules.check_rest(unverified)
        if not envelope.is_known:
            self._opener.remember(envelope)
        notes["kid"] = header.kid or ""
        return Accepted(terms, unverified, scopes, (policy, header, key))

    def _parsed(self, envelope: Envelope) -> tuple[dict[str, Any], MalformedToken | None]:
        """Return the claims, and the refusal of a duplicate among them, which one issuer of several may have."""
        try:
            return parse_object(envelope.payload), None
        except MalformedToken as fault:
            if fault.code != "duplicate_member":
                raise
            return parse_object(envelope.payload, duplicates=True), fault

    def _chosen(self, unverified: Mapping[str, Any]) -> IssuerPolicy:
        """Choose by a template where no exact text has chosen. Anybody can have written it: unknown, it costs nothing."""
        demand_issuer(unverified)
        for each in self._templates:
            if each.terms.rules.takes(unverified):
                return each
        if self._several:
            raise InvalidClaims("unknown_issuer", claim="iss", detail=f"none of {len(self._policies)} known issuers")
        names = " or ".join(self._policies[0].names)
        raise InvalidClaims("issuer_mismatch", claim="iss", detail=f"expected exactly {names}")


def _memory(cache: TokenCache) -> Remembered[Accepted]:
    from ..tokens.cache import Remembered  # most authorizers remember none

    return Remembered(cache)
