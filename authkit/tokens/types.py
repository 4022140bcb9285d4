"""Types of the registered claims (RFC 7519 section 4.1): before anything is asked of what they say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import InvalidClaims, MalformedToken

LATEST = 253402300799  # the last second of the year 9999


def check_types(unverified: Mapping[str, Any]) -> None:
    """Refuse registered claims of the wrong type, and null as well: absent is said by leaving out.

    Raises:
        InvalidClaims: ``bad_claim_type``.
        MalformedToken: ``bad_number``, a time beyond the year 9999.
    """
    get = unverified.get
    expires, begins, issued = get("exp"), get("nbf"), get("iat")
    subject, audience = get("sub"), get("aud")
    if (type(expires) is not int or not 0 <= expires <= LATEST) and "exp" in unverified:
        demand_time("exp", expires)
    if (type(begins) is not int or not 0 <= begins <= LATEST) and "nbf" in unverified:
        demand_time("nbf", begins)
    if (type(issued) is not int or not 0 <= issued <= LATEST) and "iat" in unverified:
        demand_time("iat", issued)
    if type(subject) is not str and "sub" in unverified:
        raise InvalidClaims("bad_claim_type", claim="sub", detail="not a text (RFC 7519 section 4.1.2)")
    if subject == "":
        raise InvalidClaims("bad_claim_type", claim="sub", detail="empty")
    if type(get("jti", "")) is not str:  # lists of what was revoked or used before go by it
        raise InvalidClaims("bad_claim_type", claim="jti", detail="not a text (RFC 7519 section 4.1.7)")
    if type(audience) is not str and "aud" in unverified:
        demand_texts("aud", audience)


def demand_issuer(unverified: Mapping[str, Any]) -> str:
    """Return the ``iss`` of a token.

    Raises:
        InvalidClaims: ``missing_claim`` or ``bad_claim_type``.
    """
    issuer = unverified.get("iss")
    if isinstance(issuer, str):
        return issuer
    if "iss" not in unverified:
        raise InvalidClaims("missing_claim", claim="iss", detail="the token does not say who issued it")
    raise InvalidClaims("bad_claim_type", claim="iss", detail="not a text")


def demand_time(name: str, value: Any) -> None:
    """Refuse what is no time.

    Raises:
        InvalidClaims: ``bad_claim_type``.
        MalformedToken: ``bad_number``.
    """
    if type(value) is not int and type(value) is not float:
        raise InvalidClaims("bad_claim_type", claim=name, detail="not a number (RFC 7519 section 2, NumericDate)")
    if not 0 <= value <= LATEST:
        raise MalformedToken("bad_number", claim=name, detail="not a time between 1970 and 9999")


def demand_texts(name: str, value: object) -> list[str]:
    """Return a list of texts.

    Raises:
        InvalidClaims: ``bad_claim_type``.
    """
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InvalidClaims("bad_claim_type", claim=name, detail="neither a text nor a list of texts")
    return value
