"""Forged tokens: what anybody can write without a key of the issuer."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Any

from ...tokens.base64url import encode
from .act import Credential


def unsigned(claims: Mapping[str, Any]) -> Credential:
    """Return a token that says it needs no signature (RFC 7518 section 3.6)."""
    return Credential('a token nobody signed, "alg": "none"', _signing_input("none", claims) + ".")


def signed_with_the_public_key(claims: Mapping[str, Any], public_key: bytes, kid: str) -> Credential:
    """Return a token whose HMAC secret is the issuer's public key, which everybody has (RFC 8725 section 2.1)."""
    signing_input = _signing_input("HS256", claims, kid=kid)
    signature = hmac.digest(public_key, signing_input.encode(), "sha256")
    return Credential('a token made with the public key, "alg": "HS256"', f"{signing_input}.{encode(signature)}")


def pem(jwk: Mapping[str, Any]) -> bytes:
    """Return a public key as libraries are mostly given it."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from jwt import PyJWK

    key: Any = PyJWK(dict(jwk)).key
    found: bytes = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return found


def _signing_input(alg: str, claims: Mapping[str, Any], **header: str) -> str:
    parts = ({"alg": alg, "typ": "at+jwt", **header}, claims)
    return ".".join(encode(json.dumps(part).encode()) for part in parts)
