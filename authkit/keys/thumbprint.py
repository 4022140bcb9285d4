"""Thumbprint: the name a public key gives itself (RFC 7638, RFC 8037 section 2)."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from ..errors import KeyProblem
from ..tokens.base64url import ALPHABET, encode

# What makes a key of each kind, in the order of its canonical JSON. A shared secret has no place here: its hash is a
# hint at the secret (RFC 7638 section 7).
_REQUIRED = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x"), "RSA": ("e", "kty", "n")}
_ALPHABET = frozenset(ALPHABET.decode())


def thumbprint(jwk: object) -> str:
    """Return the SHA-256 thumbprint of a public JWK, in base64url.

    It says nothing about whether the key is sound; `read_key` does.

    Raises:
        KeyProblem: ``invalid_key``, it is no public key of a kind that signs (RSA, EC, OKP).
    """
    if not isinstance(jwk, Mapping):
        raise KeyProblem("invalid_key", detail="a key that is no JSON object")
    kty = jwk.get("kty")
    names = _REQUIRED.get(kty) if isinstance(kty, str) else None
    if names is None:
        raise KeyProblem("invalid_key", claim="kty", detail="no public key of a kind that signs (RSA, EC, OKP)")
    members = ",".join(f'"{name}":"{_plain(jwk, name)}"' for name in names)
    return encode(sha256(f"{{{members}}}".encode()).digest())


def _plain(jwk: Mapping[str, Any], name: str) -> str:
    """Return a member's text. Base64url and the names of kinds and curves hold nothing that JSON would escape."""
    value = jwk.get(name)
    if not isinstance(value, str) or not value or not _ALPHABET.issuperset(value):
        raise KeyProblem("invalid_key", claim=name, detail="missing, or not base64url")
    return value
