"""Keys and tokens for tests: fresh keys, tokens signed by PyJWT, and bytes signed as they are."""

from __future__ import annotations

import base64
import functools
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm, get_default_algorithms

from authkit import JWTBearer

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = 1_700_000_000
ISSUER = "https://idp.example.com/"
AUDIENCE = "https://api.example.com"

_CURVES: dict[str, Any] = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1, "ES256K": ec.SECP256K1}
_SIGNERS = get_default_algorithms()


class Signer(NamedTuple):
    """A private key, what it signs with, and its public half as an issuer publishes it."""

    alg: str
    kid: str
    private: Any
    jwk: dict[str, Any]

    def sign(self, data: bytes) -> bytes:
        """Return the JOSE signature of bytes."""
        return _SIGNERS.get(self.alg, _SIGNERS["EdDSA"]).sign(data, self.private)

    def token(self, claims: Mapping[str, Any] | None = None, **header: Any) -> str:
        """Return a token as PyJWT makes it; header members given as None are left out."""
        wanted = {"kid": self.kid, "typ": "at+jwt", **header}
        members = {name: value for name, value in wanted.items() if value is not None}
        return jwt.encode(dict(good_claims() if claims is None else claims), self.private, self.alg, headers=members)

    def raw(self, header: bytes | Mapping[str, Any], payload: bytes | Mapping[str, Any]) -> str:
        """Return a token whose segments hold exactly these bytes, properly signed."""
        signed = f"{b64(_bytes(header))}.{b64(_bytes(payload))}"
        return f"{signed}.{b64(self.sign(signed.encode()))}"

    def header(self, **changes: Any) -> dict[str, Any]:
        """Return a good header with changes."""
        return {"alg": self.alg, "kid": self.kid, "typ": "at+jwt", **changes}


def new_signer(alg: str = "ES256", kid: str = "k1", **members: Any) -> Signer:
    """Make a key; ``members`` are added to its public half."""
    private, jwk = _generated(alg)
    return Signer(alg, kid, private, {**jwk, "kid": kid, **members})


def signer(alg: str = "ES256", kid: str = "k1") -> Signer:
    """Return a key that lives as long as this run: the same for the same words."""
    return _kept(alg, kid)


@functools.cache
def _kept(alg: str, kid: str) -> Signer:
    return new_signer(alg, kid, use="sig")


def jwks(*signers: Signer) -> dict[str, Any]:
    """Return the public halves as a key set."""
    return {"keys": [each.jwk for each in signers]}


def good_claims(**changes: Any) -> dict[str, Any]:
    """Return claims that `bearer` accepts at `NOW`, with changes; a claim given as ``...`` is left out."""
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "alice",
        "iat": NOW - 10,
        "nbf": NOW - 10,
        "exp": NOW + 600,
        "scope": "orders:read orders:write",
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not ...}


def bearer(*signers: Signer, **changes: Any) -> JWTBearer:
    """Return what accepts the tokens of these keys at `NOW`."""
    trusted = signers or (signer(),)
    settings: dict[str, Any] = {
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "algorithms": sorted({each.alg for each in trusted}),
        "jwks": jwks(*trusted),
        "clock": lambda: NOW,
        **changes,
    }
    return JWTBearer(**settings)


def b64(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Return the bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _bytes(part: bytes | Mapping[str, Any]) -> bytes:
    return part if isinstance(part, bytes) else json.dumps(part).encode()


def _generated(alg: str) -> tuple[Any, dict[str, Any]]:
    if alg[:2] in ("RS", "PS"):
        private: Any = rsa.generate_private_key(65537, 2048)
        return private, RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    if alg in _CURVES:
        private = ec.generate_private_key(_CURVES[alg]())
        return private, ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    private = ed448.Ed448PrivateKey.generate() if alg == "Ed448" else ed25519.Ed25519PrivateKey.generate()
    return private, OKPAlgorithm.to_jwk(private.public_key(), as_dict=True)
