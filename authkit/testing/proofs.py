"""Proofs: what a client shows to use a token that is bound to its key (RFC 9449) or its certificate (RFC 8705)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from ..tokens.base64url import encode
from .keypair import KeyPair, given, key_pair, public_part


def confirmation(certificate: str | None) -> dict[str, str]:
    """Return the ``cnf`` of a token bound to a certificate, or to the key that `proof` is signed by."""
    if certificate is None:
        from ..keys.thumbprint import thumbprint

        return {"jkt": thumbprint(_holder().jwk)}
    from ..credentials.certificate import der_of

    return {"x5t#S256": encode(sha256(der_of(certificate)).digest())}


def proof(token: str, method: str, url: str, now: float, changes: Mapping[str, Any]) -> str:
    """Return a proof for one request with a token."""
    holder = _holder()
    claims = {
        "jti": secrets.token_hex(16),
        "htm": method,
        "htu": url.partition("#")[0].partition("?")[0],  # RFC 9449 section 4.2: without query and fragment
        "iat": int(now),
        "ath": encode(sha256(token.encode()).digest()),
        **changes,
    }
    return holder.compact({"typ": "dpop+jwt", "alg": holder.alg, "jwk": public_part(holder)}, given(claims))


def _holder() -> KeyPair:
    return key_pair("ES256", "holder")
