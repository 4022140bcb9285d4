"""Rules: what the claims of one issuer's tokens must say (RFC 7519 section 4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..errors import BindingProblem, InvalidClaims
from .scopes import scopes_of

FUTURE_ISSUE = 60  # seconds of `iat` in the future that clocks account for

BINDINGS = frozenset({"jkt", "x5t#S256"})
"""The members of ``cnf`` that can be proved: a DPoP key (RFC 9449 section 6.1), a certificate (RFC 8705 section 3.1)."""

TENANT = "{tenantid}"
"""Where the tenant's id stands in an issuer that is a template."""

_MISMATCH = {
    "token_use": "token_use_mismatch",
    "typ": "token_use_mismatch",
    "idtyp": "token_use_mismatch",
    "client_id": "client_mismatch",
    "azp": "client_mismatch",
    "cid": "client_mismatch",
    "appid": "client_mismatch",
    "sub": "subject_mismatch",
}


class _AnyAudience:
    """The type of `ANY_AUDIENCE`."""

    def __repr__(self) -> str:
        return "ANY_AUDIENCE"


ANY_AUDIENCE: Final = _AnyAudience()
"""Said instead of an audience where tokens have none, and another claim names the client they are for."""


class Template:
    """An issuer with a tenant's id in it, `TENANT`, as Entra has one for each; and those that are taken, None: any."""

    __slots__ = ("tenants", "text")

    def __init__(self, text: str, tenants: frozenset[str] | None) -> None:
        self.text, self.tenants = text, tenants

    def fits(self, issuer: object, tenant: object) -> bool:
        """Tell whether this is the issuer of that tenant, and the tenant one of ours."""
        if not isinstance(tenant, str) or (self.tenants is not None and tenant not in self.tenants):
            return False
        return is_tenant(tenant) and issuer == self.text.replace(TENANT, tenant)


def is_tenant(text: str) -> bool:
    """Tell whether this is a tenant's id: hexadecimal digits in groups of 8, 4, 4, 4 and 12."""
    groups = text.split("-", 5)
    return [len(group) for group in groups] == [8, 4, 4, 4, 12] and set(text) <= set("0123456789abcdef-")


class Rules:
    """What one issuer's tokens must say. Immutable, and no tuple: each token reads many of its fields, at half the price.

    Args:
        issuers: the exact values of ``iss``.
        template: or the template it follows, together with ``tid``.
        audiences: values of ``aud`` of which one must be there; None: any or none.
        leeway: seconds by which clocks may differ, for ``exp``, ``nbf`` and ages.
        exact: claims, and the values each may have, with their types.
        required: claims that must be there.
        absent: claims that may not be there: they mark tokens of another use.
        principal: the claim that names the principal: a text.
        scopes: the claims that hold scopes.
        max_age, max_lifetime: seconds since ``iat``, and from ``iat`` to ``exp``.
        exp_optional: whether a token may be without end.
        bindings: the members of ``cnf`` that can be proved here (RFC 7800).
    """

    __slots__ = (
        "_ahead",
        "_further",
        "absent",
        "audiences",
        "bindings",
        "exact",
        "exp_optional",
        "issuers",
        "leeway",
        "max_age",
        "max_lifetime",
        "principal",
        "required",
        "scopes",
        "template",
    )

    def __init__(
        self,
        issuers: frozenset[str],
        audiences: frozenset[str] | None,
        leeway: float = 0,
        *,
        template: Template | None = None,
        exact: tuple[tuple[str, frozenset[tuple[type, Any]]], ...] = (),
        required: tuple[str, ...] = (),
        absent: frozenset[str] = frozenset(),
        principal: str = "sub",
        scopes: tuple[str, ...] = ("scope", "scp"),
        max_age: float | None = None,
        max_lifetime: float | None = None,
        exp_optional: bool = False,
        bindings: frozenset[str] = frozenset(),
    ) -> None:
        self.issuers, self.template, self.audiences = issuers, template, audiences
        self.leeway, self._ahead = leeway, max(leeway, FUTURE_ISSUE)
        self.max_age, self.max_lifetime, self.exp_optional = max_age, max_lifetime, exp_optional
        self.exact, self.required, self.absent = exact, required, absent
        self.principal, self.scopes, self.bindings = principal, scopes, bindings
        further = ((exact, self._demand_exact), (required, self._demand_present), (absent, self._demand_absent))
        self._further = tuple(demand for given, demand in further if given)

    def takes(self, unverified: Mapping[str, Any]) -> bool:
        """Tell whether these are the rules for a token of this ``iss``."""
        issuer = unverified.get("iss")
        if type(issuer) is str and issuer in self.issuers:
            return True
        return self.template is not None and self.template.fits(issuer, unverified.get("tid"))

    def check(self, unverified: Mapping[str, Any], now: float) -> None:
        """Hold the claims to the rules, in the order of jwt.md 4.0. Their types and issuer have been looked at before.

        No key has been looked up: a token that cannot be meant for us causes no fetch.

        Raises:
            InvalidClaims: ``missing_claim``, ``expired``, ``not_yet_valid``, ``issued_in_future``, ``too_old``,
                ``lifetime_too_long``, ``audience_mismatch``, ``token_use_mismatch``, ``client_mismatch``,
                ``subject_mismatch``, ``custom_check_failed`` or ``bad_claim_type``.
        """
        self.check_times(unverified, now)
        audiences = self.audiences
        if audiences is not None:
            audience = unverified.get("aud")
            if type(audience) is not str or audience not in audiences:
                _demand_audience(audience, audiences)
        for demand in self._further:
            demand(unverified)

    def check_rest(self, claims: Mapping[str, Any]) -> frozenset[str]:
        """Hold what a signature vouches for to the rules, and return the scopes: told to the token's owner only.

        Raises:
            InvalidClaims: ``missing_claim`` or ``bad_claim_type``, of principal, scopes or confirmation.
            BindingProblem: ``proof_missing``, the token is bound to what cannot be proved here.
        """
        subject = claims.get(self.principal)
        if type(subject) is not str or not subject:
            raise _principal_fault(claims, self.principal)
        scopes = scopes_of(claims, self.scopes)
        if "cnf" in claims:
            _demand_provable(claims["cnf"], self.bindings)
        return scopes

    def check_times(self, unverified: Mapping[str, Any], now: float) -> None:
        """Hold the times to the rules; they are all that can change about a token.

        Raises:
            InvalidClaims: ``missing_claim``, ``expired``, ``not_yet_valid``, ``issued_in_future``, ``too_old`` or
                ``lifetime_too_long``.
        """
        get, leeway = unverified.get, self.leeway
        expires: Any = get("exp")
        begins, issued = get("nbf"), get("iat")
        if expires is None:
            if not self.exp_optional:
                raise InvalidClaims("missing_claim", claim="exp", detail="a token must say when it ends")
        # RFC 7519 section 4.1.4: "on or after" the expiration time it must not be accepted, so equality is expired.
        elif not now < expires + leeway:  # said so that no number at all is too late as well
            raise InvalidClaims(
                "expired", claim="exp", detail=f"expired {now - expires:.0f} s ago, leeway {leeway:g} s"
            )
        if begins is not None and not begins <= now + leeway:
            raise InvalidClaims("not_yet_valid", claim="nbf", detail=f"valid in {begins - now:.0f} s")
        if issued is not None and not issued <= now + self._ahead:
            raise InvalidClaims(
                "issued_in_future", claim="iat", detail=f"issued {issued - now:.0f} s ahead of this clock"
            )
        if self.max_age is not None or self.max_lifetime is not None:
            self._demand_young(issued, expires, now)

    def _demand_young(self, issued: float | None, expires: float | None, now: float) -> None:
        if issued is None:
            raise InvalidClaims("missing_claim", claim="iat", detail="its age is limited, and it does not tell it")
        if self.max_age is not None and now - issued > self.max_age + self.leeway:
            detail = f"issued {now - issued:.0f} s ago, at most {self.max_age:g} s are allowed"
            raise InvalidClaims("too_old", claim="iat", detail=detail)
        if self.max_lifetime is not None and (expires is None or expires - issued > self.max_lifetime):
            detail = f"made to live longer than {self.max_lifetime:g} s"
            raise InvalidClaims("lifetime_too_long", claim="exp", detail=detail)

    def _demand_exact(self, unverified: Mapping[str, Any]) -> None:
        for name, allowed in self.exact:
            if name not in unverified:
                raise InvalidClaims("missing_claim", claim=name, detail="its value is prescribed, and there is none")
            value = unverified[name]
            if isinstance(value, (list, dict)):
                raise InvalidClaims("bad_claim_type", claim=name, detail="several values where one is prescribed")
            # With their types, because True and 1 are the same key.
            if (type(value), value) not in allowed:
                expected = ", ".join(sorted(str(each) for _, each in allowed))
                raise InvalidClaims(mismatch(name), claim=name, detail=f"expected {expected}")

    def _demand_present(self, unverified: Mapping[str, Any]) -> None:
        for name in self.required:
            if unverified.get(name) is None:
                raise InvalidClaims("missing_claim", claim=name, detail="tokens of this kind have it")

    def _demand_absent(self, unverified: Mapping[str, Any]) -> None:
        found = self.absent & unverified.keys()
        if found:
            raise InvalidClaims("token_use_mismatch", claim=min(found), detail="marks a token made for another use")


def mismatch(claim: str) -> str:
    """Return the code for a claim that has another value than it must."""
    return _MISMATCH.get(claim, "custom_check_failed")


def _demand_audience(audience: str | list[str] | None, expected: frozenset[str]) -> None:
    if audience is None:
        raise InvalidClaims("missing_claim", claim="aud", detail="the token is for nobody in particular")
    if expected.isdisjoint([audience] if isinstance(audience, str) else audience):
        raise InvalidClaims("audience_mismatch", claim="aud", detail=f"expected {', '.join(sorted(expected))}")


def _principal_fault(claims: Mapping[str, Any], name: str) -> InvalidClaims:
    code = "bad_claim_type" if name in claims else "missing_claim"
    return InvalidClaims(code, claim=name, detail="the claim that names the principal must be a text")


def _demand_provable(confirmation: object, bindings: frozenset[str]) -> None:
    """RFC 7800 section 3.1: a token bound to something is only good together with a proof, of all it is bound to."""
    if not isinstance(confirmation, dict):
        raise InvalidClaims("bad_claim_type", claim="cnf", detail="not an object (RFC 7800 section 3.1)")
    known = BINDINGS & confirmation.keys()
    if not all(isinstance(confirmation[name], str) for name in known):
        raise InvalidClaims("bad_claim_type", claim="cnf", detail="a confirmation that is no text")
    if not known or not known <= bindings:
        raise BindingProblem("proof_missing", claim="cnf", detail="the token is bound; a bearer is not enough")
