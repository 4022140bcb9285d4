"""Rules: what the claims of a token must say (RFC 7519 section 4.1), before and after its signature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..errors import InvalidClaims, MalformedToken

LATEST = 253402300799  # the last second of the year 9999
FUTURE_ISSUE = 60  # seconds of `iat` in the future that clocks account for


class Rules(NamedTuple):
    """What one issuer's tokens must say."""

    issuer: str
    audiences: frozenset[str]
    leeway: float  # seconds, for exp and nbf

    def check(self, unverified: Mapping[str, Any], now: float) -> None:
        """Hold the claims to the rules, in the order of jwt.md 4.0; none of them needs the signature.

        Raises:
            InvalidClaims: ``bad_claim_type``, ``missing_claim``, ``issuer_mismatch``, ``expired``, ``not_yet_valid``,
                ``issued_in_future`` or ``audience_mismatch``.
            MalformedToken: ``bad_number``, a time beyond the year 9999.
        """
        get = unverified.get
        expires: Any = get("exp")
        begins, issued = get("nbf"), get("iat")
        subject, issuer, audience = get("sub"), get("iss"), get("aud")
        _demand_types(unverified, expires, begins, issued, subject)
        if type(audience) is not str and "aud" in unverified:
            _demand_texts(audience)
        if issuer != self.issuer:
            raise _issuer_fault(unverified, self.issuer)
        if expires is None:
            raise InvalidClaims("missing_claim", claim="exp", detail="a token must say when it ends")
        # RFC 7519 section 4.1.4: "on or after" the expiration time it must not be accepted, so equality is expired.
        if now >= expires + self.leeway:
            raise InvalidClaims(
                "expired", claim="exp", detail=f"expired {now - expires:.0f} s ago, leeway {self.leeway:g} s"
            )
        if begins is not None and begins > now + self.leeway:
            raise InvalidClaims("not_yet_valid", claim="nbf", detail=f"valid in {begins - now:.0f} s")
        if issued is not None and issued > now + max(self.leeway, FUTURE_ISSUE):
            raise InvalidClaims(
                "issued_in_future", claim="iat", detail=f"issued {issued - now:.0f} s ahead of this clock"
            )
        if audience not in self.audiences if isinstance(audience, str) else True:
            self._demand_audience(audience)

    def _demand_audience(self, audience: str | list[str] | None) -> None:
        if audience is None:
            raise InvalidClaims("missing_claim", claim="aud", detail="the token is for nobody in particular")
        if self.audiences.isdisjoint([audience] if isinstance(audience, str) else audience):
            raise InvalidClaims(
                "audience_mismatch", claim="aud", detail=f"expected {', '.join(sorted(self.audiences))}"
            )


def _demand_types(unverified: Mapping[str, Any], expires: Any, begins: Any, issued: Any, subject: Any) -> None:
    """Refuse claims of the wrong type, and null as well: absent is said by leaving out."""
    if (type(expires) is not int or not 0 <= expires <= LATEST) and "exp" in unverified:
        _demand_time("exp", expires)
    if begins is not None or "nbf" in unverified:
        _demand_time("nbf", begins)
    if issued is not None or "iat" in unverified:
        _demand_time("iat", issued)
    if type(subject) is not str and (subject is not None or "sub" in unverified):
        raise InvalidClaims("bad_claim_type", claim="sub", detail="not a text (RFC 7519 section 4.1.2)")
    if subject == "":
        raise InvalidClaims("bad_claim_type", claim="sub", detail="empty")


def _demand_texts(audience: object) -> None:
    if not isinstance(audience, list) or not all(isinstance(item, str) for item in audience):
        raise InvalidClaims("bad_claim_type", claim="aud", detail="neither a text nor a list of texts")


def _demand_time(name: str, value: Any) -> None:
    if type(value) is not int and type(value) is not float:
        raise InvalidClaims("bad_claim_type", claim=name, detail="not a number (RFC 7519 section 2, NumericDate)")
    if not 0 <= value <= LATEST:
        raise MalformedToken("bad_number", claim=name, detail="not a time between 1970 and 9999")


def _issuer_fault(unverified: Mapping[str, Any], expected: str) -> InvalidClaims:
    if "iss" not in unverified:
        return InvalidClaims("missing_claim", claim="iss", detail="the token does not say who issued it")
    if not isinstance(unverified["iss"], str):
        return InvalidClaims("bad_claim_type", claim="iss", detail="not a text")
    return InvalidClaims("issuer_mismatch", claim="iss", detail=f"expected exactly {expected}")
